// torch.optim: optimizers.

export { Adam } from "./adam.ts";
export { Optimizer, type OptimizerStateDict, type ParameterGroup } from "./optimizer.ts";
export { SGD } from "./sgd.ts";
