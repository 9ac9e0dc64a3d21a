// torch.optim.swa_utils: averages of a model's weights along its training (stochastic weight averaging, Izmailov et al.,
// arXiv:1803.05407; exponential moving averages).

import { bind, type Signature } from "../../core/arguments.ts";
import { int64 } from "../../core/dtype.ts";
import { PythonError, ValueError } from "../../core/errors.ts";
import { deepcopy } from "../copy.ts";
import { zeros } from "../creation.ts";
import type { ChannelNorm } from "../nn/channel-norm.ts";
import { Module } from "../nn/module.ts";
import { BatchNorm1d, BatchNorm2d, BatchNorm3d } from "../nn/normalization.ts";
import { settingText } from "../nn/text.ts";
import { noGrad } from "../tape.ts";
import { Tensor } from "../tensor.ts";
import {
  formatted,
  groupsOf,
  LRScheduler,
  type RateGroup,
  readArguments,
  type SchedulerArguments,
} from "./lr-scheduler/scheduler.ts";

/** Gives the new average of a parameter from the old one and the parameter, as many having been averaged. */
export type AverageFunction = (averaged: Tensor, current: Tensor, numAveraged: Tensor | number) => Tensor;

/** Moves the averages of many parameters in place. */
export type MultiAverageFunction = (
  averaged: readonly Tensor[],
  current: readonly Tensor[],
  numAveraged: Tensor | number,
) => void;

function checkDecay(decay: number): void {
  if (decay >= 0 && decay <= 1) return;
  throw new ValueError(
    `Invalid decay value ${settingText(decay)} provided. Please provide a value in [0,1] range.`,
  );
}

function isContinuous({ dtype }: Tensor): boolean {
  return dtype.isFloatingPoint || dtype.isComplex;
}

/** Exponential moving averages of many parameters: average + (1 - decay) (parameter - average). */
export function getEmaMultiAvgFn(decay = 0.999): MultiAverageFunction {
  checkDecay(decay);
  return (averaged, current) =>
    noGrad(() => {
      averaged.forEach((each, i) => {
        const next = current[i]!;
        if (isContinuous(each)) each.lerp_(next, 1 - decay);
        else each.copy_(each.mul(decay).add(next.mul(1 - decay)));
      });
    });
}

/** Equal averages of many parameters. */
export function getSwaMultiAvgFn(): MultiAverageFunction {
  return (averaged, current, numAveraged) =>
    noGrad(() => {
      const weight = 1 / (Number(numAveraged instanceof Tensor ? numAveraged.item() : numAveraged) + 1);
      averaged.forEach((each, i) => {
        const next = current[i]!;
        if (isContinuous(each)) each.lerp_(next, weight);
        else each.add_(next.sub(each).mul(weight).to(each.dtype));
      });
    });
}

/** The exponential moving average of one parameter: decay * average + (1 - decay) * parameter. */
export function getEmaAvgFn(decay = 0.999): AverageFunction {
  checkDecay(decay);
  return (averaged, current) => noGrad(() => averaged.mul(decay).add(current.mul(1 - decay)));
}

/** The equal average of one parameter. */
export function getSwaAvgFn(): AverageFunction {
  return (averaged, current, numAveraged) =>
    noGrad(() => {
      const count = numAveraged instanceof Tensor ? numAveraged.add(1) : numAveraged + 1;
      return averaged.add(current.sub(averaged).div(count));
    });
}

interface AveragedOptions {
  readonly model?: Module;
  readonly device?: string | null;
  readonly avgFn?: AverageFunction | null;
  readonly multiAvgFn?: MultiAverageFunction | null;
  readonly useBuffers?: boolean;
}

/** A copy of a model whose parameters are averages of the model's, equal ones where no function says otherwise. */
export class AveragedModel extends Module {
  module: Module;
  /** How many states were averaged. */
  declare nAveraged: Tensor;
  avgFn: AverageFunction | null;
  multiAvgFn: MultiAverageFunction | null;
  useBuffers: boolean;

  constructor(
    ...args: Signature<
      [model: Module, device?: string | null, avgFn?: AverageFunction | null],
      AveragedOptions
    >
  ) {
    super();
    const names = ["model", "device", "avgFn", "multiAvgFn", "useBuffers"] as const;
    const bound = bind<Required<AveragedOptions>>("AveragedModel.__init__", names, args, {
      device: null,
      avgFn: null,
      multiAvgFn: null,
      useBuffers: false,
    });
    if (bound.avgFn !== null && bound.multiAvgFn !== null) {
      throw new PythonError("AssertionError", "Only one of avg_fn and multi_avg_fn should be provided");
    }
    this.module = deepcopy(bound.model);
    this.registerBuffer("n_averaged", zeros([], { dtype: int64 }));
    this.avgFn = bound.avgFn;
    this.multiAvgFn = bound.multiAvgFn;
    this.useBuffers = bound.useBuffers;
  }

  override forward(...inputs: never[]): unknown {
    return this.module.call(...inputs);
  }

  /** Takes the present parameters of the model into the averages; the first time they are taken as they are. */
  updateParameters(model: Module): void {
    const all = (each: Module): Tensor[] => [
      ...each.parameters(),
      ...(this.useBuffers ? each.buffers() : []),
    ];
    const detached = (tensors: readonly Tensor[]): Tensor[] => tensors.map((tensor) => tensor.detach());
    const [averaged, current] = [detached(all(this.module)), detached(all(model))];
    if (Number(this.nAveraged.item()) === 0) {
      averaged.forEach((each, i) => {
        each.copy_(current[i]!);
      });
    } else if (this.avgFn === null) {
      (this.multiAvgFn ?? getSwaMultiAvgFn())(averaged, current, this.nAveraged);
    } else {
      const average = this.avgFn;
      averaged.forEach((each, i) => {
        each.copy_(average(each, current[i]!, this.nAveraged));
      });
    }
    if (!this.useBuffers) {
      const buffers = [...model.buffers()];
      [...this.module.buffers()].forEach((each, i) => {
        each.detach().copy_(buffers[i]!.detach());
      });
    }
    this.nAveraged.add_(1);
  }
}

/**
 * Reckons the running statistics of batch normalisation anew, as means over all batches.
 * @param loader batches, or lists whose first item is one
 */
export function updateBn(loader: Iterable<unknown>, model: Module): void {
  const momenta = new Map<ChannelNorm, ChannelNorm["momentum"]>();
  for (const module of model.modules()) {
    const isBatchNorm = [BatchNorm1d, BatchNorm2d, BatchNorm3d].some((Class) => module instanceof Class);
    if (!isBatchNorm) continue;
    const layer = module as ChannelNorm;
    layer.resetRunningStats();
    momenta.set(layer, layer.momentum);
  }
  if (momenta.size === 0) return;
  const wasTraining = model.training;
  model.train();
  for (const layer of momenta.keys()) layer.momentum = null;
  noGrad(() => {
    for (const batch of loader) model.call(...([Array.isArray(batch) ? batch[0] : batch] as never[]));
  });
  for (const [layer, momentum] of momenta) layer.momentum = momentum;
  model.train(wasTraining);
}

interface SwaOptions {
  readonly swaLr: number | readonly number[];
  readonly annealEpochs: number;
  readonly annealStrategy: "cos" | "linear";
}

interface SwaGroup extends RateGroup {
  swaLr: number;
}

/** Moves the learning rates to those of averaging, in so many epochs, where they stay. */
export class SWALR extends LRScheduler {
  annealEpochs: number;
  protected annealStrategy: SwaOptions["annealStrategy"];
  protected override readonly kept: readonly string[] = ["_anneal_strategy", "anneal_epochs"];

  constructor(
    ...args: SchedulerArguments<
      [
        swaLr: number | readonly number[],
        annealEpochs?: number,
        annealStrategy?: SwaOptions["annealStrategy"],
        lastEpoch?: number,
      ],
      SwaOptions
    >
  ) {
    const names = ["swaLr", "annealEpochs", "annealStrategy"] as const;
    const bound = readArguments<SwaOptions>("SWALR", names, args, {
      annealEpochs: 10,
      annealStrategy: "cos",
    });
    const { optimizer, annealEpochs, annealStrategy } = bound;
    super(optimizer);
    const rates = formatted("swa_lr", optimizer, bound.swaLr);
    this.groups().forEach((group, i) => {
      group.swaLr = rates[i]!;
    });
    if (annealStrategy !== "cos" && annealStrategy !== "linear") {
      throw new ValueError(
        `anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
      );
    }
    if (!Number.isInteger(annealEpochs) || annealEpochs < 0) {
      throw new ValueError(`anneal_epochs must be equal or greater than 0, got ${settingText(annealEpochs)}`);
    }
    this.annealStrategy = annealStrategy;
    this.annealEpochs = annealEpochs;
    this.begin(bound.lastEpoch);
  }

  private groups(): SwaGroup[] {
    return groupsOf(this.optimizer) as SwaGroup[];
  }

  /** How far the way is gone at a step: from 0 to 1. */
  private share(step: number): number {
    const t = Math.max(0, Math.min(1, step / Math.max(1, this.annealEpochs)));
    return this.annealStrategy === "linear" ? t : (1 - Math.cos(Math.PI * t)) / 2;
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const step = this.annealEpochs === 0 ? Math.max(1, this.stepCount - 1) : this.stepCount - 1;
    const [before, now] = [this.share(step - 1), this.share(step)];
    return this.groups().map(({ lr, swaLr }) => {
      // The rate without the averaging, which is no more to be seen when the way is gone.
      const own = before === 1 ? swaLr : (lr - before * swaLr) / (1 - before);
      return swaLr * now + own * (1 - now);
    });
  }
}
