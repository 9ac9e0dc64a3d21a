// torch.optim.lr_scheduler: schedules of the learning rate.

export { ChainedScheduler, SequentialLR } from "./combined.ts";
export { CosineAnnealingLR, CosineAnnealingWarmRestarts } from "./cosine.ts";
export { CyclicLR, OneCycleLR } from "./cycles.ts";
export {
  ConstantLR,
  ExponentialLR,
  LambdaLR,
  LinearLR,
  MultiplicativeLR,
  MultiStepLR,
  PolynomialLR,
  StepLR,
} from "./factors.ts";
export { ReduceLROnPlateau } from "./plateau.ts";
export { LRScheduler } from "./scheduler.ts";
