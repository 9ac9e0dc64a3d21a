// torch.optim.lr_scheduler: schedules that multiply the learning rates by a factor, epoch by epoch.

import { PythonTypeError, ValueError } from "../../../core/errors.ts";
import { typeName } from "../../errors.ts";
import {
  type AnyOptimizer,
  LRScheduler,
  ratesOf,
  readArguments,
  type SchedulerArguments,
} from "./scheduler.ts";

/** A factor as a function of the epoch. */
export type Factor = (epoch: number) => number;

interface LambdaOptions {
  readonly lrLambda: Factor | readonly Factor[];
}

type LambdaArguments = SchedulerArguments<
  [lrLambda: Factor | readonly Factor[], lastEpoch?: number],
  LambdaOptions
>;

/** Schedules by functions of one's own, which a state dict cannot hold. */
abstract class FunctionScheduler extends LRScheduler {
  /** One function for each group. */
  readonly lrLambdas: readonly Factor[];

  constructor(optimizer: AnyOptimizer, given: Factor | readonly Factor[]) {
    super(optimizer);
    const count = optimizer.paramGroups.length;
    const functions = typeof given === "function" ? new Array<Factor>(count).fill(given) : [given].flat();
    if (Array.isArray(given) && functions.length !== count)
      throw new ValueError(`Expected ${count} lr_lambdas, but got ${functions.length}`);
    this.lrLambdas = functions;
  }

  override stateDict(): Map<string, unknown> {
    return super.stateDict().set("lr_lambdas", new Array<null>(this.lrLambdas.length).fill(null));
  }
}

/** The first rate times a function of the epoch (torch.optim.lr_scheduler.LambdaLR). */
export class LambdaLR extends FunctionScheduler {
  constructor(...args: LambdaArguments) {
    const bound = readArguments<LambdaOptions>("LambdaLR", ["lrLambda"], args, {});
    super(bound.optimizer, bound.lrLambda);
    this.begin(bound.lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    return this.baseLrs.map((rate, i) => rate * this.lrLambdas[i]!(this.lastEpoch));
  }
}

/** The last rate times a function of the epoch (torch.optim.lr_scheduler.MultiplicativeLR). */
export class MultiplicativeLR extends FunctionScheduler {
  constructor(...args: LambdaArguments) {
    const bound = readArguments<LambdaOptions>("MultiplicativeLR", ["lrLambda"], args, {});
    super(bound.optimizer, bound.lrLambda);
    for (const each of this.lrLambdas) {
      if (typeof each !== "function")
        throw new PythonTypeError(`lr_lambda should be a function, but got ${typeName(each)}`);
    }
    this.begin(bound.lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const rates = ratesOf(this.optimizer);
    return this.isInitial ? rates : rates.map((rate, i) => rate * this.lrLambdas[i]!(this.lastEpoch));
  }
}

/** A schedule that multiplies the rates of all groups by one factor. */
abstract class FactorScheduler extends LRScheduler {
  /** The factor of this epoch; undefined where the rates stay. */
  protected abstract factor(): number | undefined;

  override getLr(): number[] {
    this.warnOutsideStep();
    const rates = ratesOf(this.optimizer);
    const factor = this.factor();
    return factor === undefined ? rates : rates.map((rate) => rate * factor);
  }

  protected scaled(factor: number): number[] {
    return this.baseLrs.map((rate) => rate * factor);
  }
}

interface StepOptions {
  readonly stepSize: number;
  readonly gamma: number;
}

/** Times gamma every `stepSize` epochs (torch.optim.lr_scheduler.StepLR). */
export class StepLR extends FactorScheduler {
  stepSize: number;
  gamma: number;
  protected override readonly kept: readonly string[] = ["step_size", "gamma"];

  constructor(
    ...args: SchedulerArguments<[stepSize: number, gamma?: number, lastEpoch?: number], StepOptions>
  ) {
    const bound = readArguments<StepOptions>("StepLR", ["stepSize", "gamma"], args, { gamma: 0.1 });
    super(bound.optimizer);
    this.stepSize = bound.stepSize;
    this.gamma = Number(bound.gamma);
    this.begin(bound.lastEpoch);
  }

  protected override factor(): number | undefined {
    return this.lastEpoch === 0 || this.lastEpoch % this.stepSize !== 0 ? undefined : this.gamma;
  }

  protected override closedForm(): number[] {
    return this.scaled(this.gamma ** Math.floor(this.lastEpoch / this.stepSize));
  }
}

interface MultiStepOptions {
  readonly milestones: Iterable<number>;
  readonly gamma: number;
}

/** Times gamma at each milestone, as often as that is named (torch.optim.lr_scheduler.MultiStepLR). */
export class MultiStepLR extends FactorScheduler {
  /** How often each epoch is named. */
  milestones: Map<number, number> = new Map();
  gamma: number;
  protected override readonly kept: readonly string[] = ["milestones", "gamma"];

  constructor(
    ...args: SchedulerArguments<
      [milestones: Iterable<number>, gamma?: number, lastEpoch?: number],
      MultiStepOptions
    >
  ) {
    const bound = readArguments<MultiStepOptions>("MultiStepLR", ["milestones", "gamma"], args, {
      gamma: 0.1,
    });
    super(bound.optimizer);
    for (const each of bound.milestones) this.milestones.set(each, (this.milestones.get(each) ?? 0) + 1);
    this.gamma = Number(bound.gamma);
    this.begin(bound.lastEpoch);
  }

  protected override factor(): number | undefined {
    const times = this.milestones.get(this.lastEpoch);
    return times === undefined ? undefined : this.gamma ** times;
  }

  protected override closedForm(): number[] {
    let passed = 0;
    for (const [epoch, times] of this.milestones) if (epoch <= this.lastEpoch) passed += times;
    return this.scaled(this.gamma ** passed);
  }

  override loadStateDict(stateDict: ReadonlyMap<string, unknown>): void {
    super.loadStateDict(stateDict);
    const given: unknown = this.milestones;
    const entries =
      given instanceof Map ? [...(given as Map<unknown, unknown>)] : Object.entries(given as object);
    this.milestones = new Map(entries.map(([epoch, times]) => [Number(epoch), Number(times)]));
  }
}

interface ConstantOptions {
  readonly factor: number;
  readonly totalIters: number;
}

/** A constant fraction of the rates until `totalIters` (torch.optim.lr_scheduler.ConstantLR). */
export class ConstantLR extends LRScheduler {
  factor: number;
  totalIters: number;
  protected override readonly kept: readonly string[] = ["factor", "total_iters"];

  constructor(
    ...args: SchedulerArguments<[factor?: number, totalIters?: number, lastEpoch?: number], ConstantOptions>
  ) {
    const bound = readArguments<ConstantOptions>("ConstantLR", ["factor", "totalIters"], args, {
      factor: 1 / 3,
      totalIters: 5,
    });
    if (bound.factor > 1 || bound.factor < 0)
      throw new ValueError("Constant multiplicative factor expected to be between 0 and 1.");
    super(bound.optimizer);
    this.factor = Number(bound.factor);
    this.totalIters = bound.totalIters;
    this.begin(bound.lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const rates = ratesOf(this.optimizer);
    if (this.lastEpoch === 0) return rates.map((rate) => rate * this.factor);
    return this.lastEpoch === this.totalIters ? rates.map((rate) => rate * (1 / this.factor)) : rates;
  }

  protected override closedForm(): number[] {
    const factor = this.factor + (this.lastEpoch >= this.totalIters ? 1 - this.factor : 0);
    return this.baseLrs.map((rate) => rate * factor);
  }
}

interface LinearOptions {
  readonly startFactor: number;
  readonly endFactor: number;
  readonly totalIters: number;
}

/** A fraction of the rates that changes linearly until `totalIters` (torch.optim.lr_scheduler.LinearLR). */
export class LinearLR extends FactorScheduler {
  startFactor: number;
  endFactor: number;
  totalIters: number;
  protected override readonly kept: readonly string[] = ["start_factor", "end_factor", "total_iters"];

  constructor(
    ...args: SchedulerArguments<
      [startFactor?: number, endFactor?: number, totalIters?: number, lastEpoch?: number],
      LinearOptions
    >
  ) {
    const bound = readArguments<LinearOptions>("LinearLR", ["startFactor", "endFactor", "totalIters"], args, {
      startFactor: 1 / 3,
      endFactor: 1,
      totalIters: 5,
    });
    if (bound.startFactor > 1 || bound.startFactor <= 0) {
      throw new ValueError(
        "Starting multiplicative factor expected to be greater than 0 and less or equal to 1.",
      );
    }
    if (bound.endFactor > 1 || bound.endFactor < 0)
      throw new ValueError("Ending multiplicative factor expected to be between 0 and 1.");
    super(bound.optimizer);
    this.startFactor = Number(bound.startFactor);
    this.endFactor = Number(bound.endFactor);
    this.totalIters = bound.totalIters;
    this.begin(bound.lastEpoch);
  }

  protected override factor(): number | undefined {
    if (this.lastEpoch === 0) return this.startFactor;
    if (this.isInitial || this.lastEpoch > this.totalIters) return undefined;
    const change = this.endFactor - this.startFactor;
    return 1 + change / (this.totalIters * this.startFactor + (this.lastEpoch - 1) * change);
  }

  protected override closedForm(): number[] {
    const change = this.endFactor - this.startFactor;
    const passed = Math.min(this.totalIters, this.lastEpoch);
    return this.scaled(this.startFactor + (change * passed) / this.totalIters);
  }
}

interface ExponentialOptions {
  readonly gamma: number;
}

/** Times gamma every epoch (torch.optim.lr_scheduler.ExponentialLR). */
export class ExponentialLR extends FactorScheduler {
  gamma: number;
  protected override readonly kept: readonly string[] = ["gamma"];

  constructor(...args: SchedulerArguments<[gamma: number, lastEpoch?: number], ExponentialOptions>) {
    const bound = readArguments<ExponentialOptions>("ExponentialLR", ["gamma"], args, {});
    super(bound.optimizer);
    this.gamma = Number(bound.gamma);
    this.begin(bound.lastEpoch);
  }

  protected override factor(): number | undefined {
    return this.isInitial ? undefined : this.gamma;
  }

  protected override closedForm(): number[] {
    return this.scaled(this.gamma ** this.lastEpoch);
  }
}

interface PolynomialOptions {
  readonly totalIters: number;
  readonly power: number;
}

/** Down to 0 along a polynomial until `totalIters` (torch.optim.lr_scheduler.PolynomialLR). */
export class PolynomialLR extends FactorScheduler {
  totalIters: number;
  power: number;
  protected override readonly kept: readonly string[] = ["total_iters", "power"];

  constructor(
    ...args: SchedulerArguments<[totalIters?: number, power?: number, lastEpoch?: number], PolynomialOptions>
  ) {
    const bound = readArguments<PolynomialOptions>("PolynomialLR", ["totalIters", "power"], args, {
      totalIters: 5,
      power: 1,
    });
    super(bound.optimizer);
    this.totalIters = bound.totalIters;
    this.power = Number(bound.power);
    this.begin(bound.lastEpoch);
  }

  protected override factor(): number | undefined {
    if (this.isInitial || this.lastEpoch > this.totalIters) return undefined;
    const rest = (epoch: number): number => 1 - epoch / this.totalIters;
    return (rest(this.lastEpoch) / rest(this.lastEpoch - 1)) ** this.power;
  }

  protected override closedForm(): number[] {
    return this.scaled((1 - Math.min(this.totalIters, this.lastEpoch) / this.totalIters) ** this.power);
  }
}
