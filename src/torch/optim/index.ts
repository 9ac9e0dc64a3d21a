// torch.optim: optimizers.

export { Adafactor, Muon } from "./adafactor.ts";
export { Adadelta, Adagrad } from "./adagrad.ts";
export { Adam, AdamW } from "./adam.ts";
export { Adamax, NAdam, RAdam } from "./adamax.ts";
export { LBFGS } from "./lbfgs.ts";
export * as lrScheduler from "./lr-scheduler/index.ts";
export { Optimizer, type ParameterGroup } from "./optimizer.ts";
export { ASGD, RMSprop, Rprop } from "./rprop.ts";
export { SGD } from "./sgd.ts";
export type { OptimizerStateDict } from "./state.ts";
export * as swaUtils from "./swa-utils.ts";
