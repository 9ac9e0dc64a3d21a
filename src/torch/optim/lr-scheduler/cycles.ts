// torch.optim.lr_scheduler.CyclicLR (Smith, arXiv:1506.01186) and OneCycleLR (Smith and Topin, arXiv:1708.07120).

import { ValueError } from "../../../core/errors.ts";
import { camelCase } from "../../../core/names.ts";
import { PyFloat } from "../../../core/python.ts";
import { settingText } from "../../nn/text.ts";
import { beginMomentum, setMomentum, usesBetas } from "./momentum.ts";
import {
  formatted,
  groupsOf,
  LRScheduler,
  type RateGroup,
  readArguments,
  type SchedulerArguments,
} from "./scheduler.ts";

type PerGroup = number | readonly number[];

interface CyclicOptions {
  readonly baseLr: PerGroup;
  readonly maxLr: PerGroup;
  readonly stepSizeUp: number;
  readonly stepSizeDown: number | null;
  readonly mode: "triangular" | "triangular2" | "exp_range";
  readonly gamma: number;
  readonly scaleFn: ((x: number) => number) | null;
  readonly scaleMode: "cycle" | "iterations";
  readonly cycleMomentum: boolean;
  readonly baseMomentum: PerGroup;
  readonly maxMomentum: PerGroup;
}

const cyclicNames = [
  "baseLr",
  "maxLr",
  "stepSizeUp",
  "stepSizeDown",
  "mode",
  "gamma",
  "scaleFn",
  "scaleMode",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
] as const;

/** How far a cycle goes up, by PyTorch's names of the ways. */
const scales: Readonly<Record<CyclicOptions["mode"], (x: number, gamma: number) => number>> = {
  triangular: () => 1,
  triangular2: (x) => 1 / 2 ** (x - 1),
  exp_range: (x, gamma) => gamma ** x,
};

/** Up and down between two rates, in cycles. */
export class CyclicLR extends LRScheduler {
  maxLrs: number[];
  totalSize: number;
  stepRatio: number;
  mode: CyclicOptions["mode"];
  gamma: number;
  scaleMode: CyclicOptions["scaleMode"];
  cycleMomentum: boolean;
  useBeta1?: boolean;
  baseMomentums?: number[];
  maxMomentums?: number[];
  private readonly custom: CyclicOptions["scaleFn"];
  protected override readonly kept: readonly string[] = [
    "max_lrs",
    "total_size",
    "step_ratio",
    "mode",
    "gamma",
    "scale_mode",
    "cycle_momentum",
    "use_beta1",
    "base_momentums",
    "max_momentums",
  ];

  constructor(
    ...args: SchedulerArguments<
      [baseLr: PerGroup, maxLr: PerGroup, stepSizeUp?: number, stepSizeDown?: number | null],
      CyclicOptions
    >
  ) {
    const bound = readArguments<CyclicOptions>("CyclicLR", cyclicNames, args, {
      stepSizeUp: 2000,
      stepSizeDown: null,
      mode: "triangular",
      gamma: 1,
      scaleFn: null,
      scaleMode: "cycle",
      cycleMomentum: true,
      baseMomentum: 0.8,
      maxMomentum: 0.9,
    });
    const { optimizer, lastEpoch, mode, scaleFn } = bound;
    super(optimizer);
    const baseLrs = formatted("base_lr", optimizer, bound.baseLr);
    const isFresh = lastEpoch === -1;
    if (isFresh) {
      groupsOf(optimizer).forEach((group, i) => {
        group.lr = baseLrs[i]!;
      });
    }
    this.maxLrs = formatted("max_lr", optimizer, bound.maxLr);
    const up = Number(bound.stepSizeUp);
    this.totalSize = up + Number(bound.stepSizeDown ?? up);
    this.stepRatio = up / this.totalSize;
    if (!(mode in scales) && scaleFn === null) throw new ValueError("mode is invalid and scale_fn is None");
    this.mode = mode;
    this.gamma = Number(bound.gamma);
    this.custom = scaleFn;
    this.scaleMode = scaleFn !== null ? bound.scaleMode : mode === "exp_range" ? "iterations" : "cycle";
    this.cycleMomentum = bound.cycleMomentum;
    if (this.cycleMomentum) {
      this.useBeta1 = usesBetas(optimizer);
      const { baseMomentum, maxMomentum } = bound;
      const bounds = beginMomentum(optimizer, baseMomentum, maxMomentum, this.useBeta1, isFresh);
      this.baseMomentums = bounds.base;
      this.maxMomentums = bounds.max;
    }
    this.begin(lastEpoch);
    this.baseLrs = baseLrs;
  }

  /** How far this cycle, or epoch, goes up. */
  scaleFn(x: number): number {
    return this.custom === null ? scales[this.mode](x, this.gamma) : this.custom(x);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const cycle = Math.floor(1 + this.lastEpoch / this.totalSize);
    const x = 1 + this.lastEpoch / this.totalSize - cycle;
    const height = x <= this.stepRatio ? x / this.stepRatio : (x - 1) / (this.stepRatio - 1);
    const scale = this.scaleFn(this.scaleMode === "cycle" ? cycle : this.lastEpoch);
    if (this.cycleMomentum) {
      groupsOf(this.optimizer).forEach((group, i) => {
        const max = this.maxMomentums![i]!;
        setMomentum(group, max - (max - this.baseMomentums![i]!) * height * scale, this.useBeta1!);
      });
    }
    return this.baseLrs.map((base, i) => base + (this.maxLrs[i]! - base) * height * scale);
  }

  override stateDict(): Map<string, unknown> {
    return super.stateDict().set("_scale_fn_custom", null);
  }
}

interface OneCycleOptions {
  readonly maxLr: PerGroup;
  readonly totalSteps: number | null;
  readonly epochs: number | null;
  readonly stepsPerEpoch: number | null;
  readonly pctStart: number | PyFloat;
  readonly annealStrategy: "cos" | "linear";
  readonly cycleMomentum: boolean;
  readonly baseMomentum: PerGroup;
  readonly maxMomentum: PerGroup;
  readonly divFactor: number;
  readonly finalDivFactor: number;
  readonly threePhase: boolean;
}

const oneCycleNames = [
  "maxLr",
  "totalSteps",
  "epochs",
  "stepsPerEpoch",
  "pctStart",
  "annealStrategy",
  "cycleMomentum",
  "baseMomentum",
  "maxMomentum",
  "divFactor",
  "finalDivFactor",
  "threePhase",
] as const;

/** A phase: where it ends, and the settings of the group that it leads from and to, by Python's names. */
interface Phase {
  readonly end_step: number;
  readonly start_lr: string;
  readonly end_lr: string;
  readonly start_momentum: string;
  readonly end_momentum: string;
}

/** One cycle: up to the highest rate, then down to far below the first. */
export class OneCycleLR extends LRScheduler {
  totalSteps: number;
  cycleMomentum: boolean;
  useBeta1?: boolean;
  protected schedulePhases: readonly Phase[];
  protected annealFuncType: OneCycleOptions["annealStrategy"];
  protected override readonly kept: readonly string[] = [
    "total_steps",
    "_schedule_phases",
    "_anneal_func_type",
    "cycle_momentum",
    "use_beta1",
  ];

  constructor(
    ...args: SchedulerArguments<
      [maxLr: PerGroup, totalSteps?: number | null, epochs?: number | null, stepsPerEpoch?: number | null],
      OneCycleOptions
    >
  ) {
    const bound = readArguments<OneCycleOptions>("OneCycleLR", oneCycleNames, args, {
      totalSteps: null,
      epochs: null,
      stepsPerEpoch: null,
      pctStart: 0.3,
      annealStrategy: "cos",
      cycleMomentum: true,
      baseMomentum: 0.85,
      maxMomentum: 0.95,
      divFactor: 25,
      finalDivFactor: 1e4,
      threePhase: false,
    });
    const { optimizer, lastEpoch, annealStrategy } = bound;
    super(optimizer);
    this.totalSteps = stepsOf(bound);
    this.schedulePhases = phasesOf(Number(bound.pctStart), this.totalSteps, bound.threePhase);
    checkOneCycle(bound);
    this.annealFuncType = annealStrategy;
    const maxLrs = formatted("max_lr", optimizer, bound.maxLr);
    const isFresh = lastEpoch === -1;
    if (isFresh) {
      groupsOf(optimizer).forEach((group, i) => {
        group.initialLr = maxLrs[i]! / bound.divFactor;
        group.maxLr = maxLrs[i]!;
        group.minLr = group.initialLr / bound.finalDivFactor;
      });
    }
    this.cycleMomentum = bound.cycleMomentum;
    if (this.cycleMomentum) {
      this.useBeta1 = usesBetas(optimizer);
      beginMomentum(optimizer, bound.baseMomentum, bound.maxMomentum, this.useBeta1, isFresh);
    }
    this.begin(lastEpoch);
  }

  override getLr(): number[] {
    this.warnOutsideStep();
    const step = this.lastEpoch;
    if (step > this.totalSteps) {
      throw new ValueError(
        `Tried to step ${step} times. The specified number of total steps is ${this.totalSteps}`,
      );
    }
    const phases = this.schedulePhases;
    let index = phases.findIndex(({ end_step }) => step <= end_step);
    if (index < 0) index = phases.length - 1;
    const phase = phases[index]!;
    const start = index === 0 ? 0 : phases[index - 1]!.end_step;
    const share = (step - start) / (phase.end_step - start);
    return groupsOf(this.optimizer).map((group) => {
      if (this.cycleMomentum) {
        const momentum = this.between(group, phase.start_momentum, phase.end_momentum, share);
        setMomentum(group, momentum, this.useBeta1!);
      }
      return this.between(group, phase.start_lr, phase.end_lr, share);
    });
  }

  private between(group: RateGroup, from: string, to: string, share: number): number {
    const start = Reflect.get(group, camelCase(from)) as number;
    const end = Reflect.get(group, camelCase(to)) as number;
    if (this.annealFuncType === "linear") return (end - start) * share + start;
    return end + ((start - end) / 2) * (Math.cos(Math.PI * share) + 1);
  }
}

function isPositiveInteger(value: unknown): boolean {
  return typeof value === "number" && Number.isInteger(value) && value > 0;
}

/** @throws ValueError unless the number of steps is given in one of the two ways */
function stepsOf({ totalSteps, epochs, stepsPerEpoch }: OneCycleOptions): number {
  const check = (name: string, value: number): void => {
    if (!isPositiveInteger(value))
      throw new ValueError(`Expected positive integer ${name}, but got ${settingText(value)}`);
  };
  if (totalSteps !== null) {
    check("total_steps", totalSteps);
    return totalSteps;
  }
  if (epochs === null || stepsPerEpoch === null)
    throw new ValueError("You must define either total_steps OR (epochs AND steps_per_epoch)");
  check("epochs", epochs);
  check("steps_per_epoch", stepsPerEpoch);
  return epochs * stepsPerEpoch;
}

function checkOneCycle({ pctStart, annealStrategy }: OneCycleOptions): void {
  const isFloat = pctStart instanceof PyFloat || !Number.isInteger(pctStart);
  if (!isFloat || Number(pctStart) < 0 || Number(pctStart) > 1)
    throw new ValueError(`Expected float between 0 and 1 pct_start, but got ${settingText(pctStart)}`);
  if (annealStrategy !== "cos" && annealStrategy !== "linear") {
    throw new ValueError(
      `anneal_strategy must be one of 'cos' or 'linear', instead got ${String(annealStrategy)}`,
    );
  }
}

function phasesOf(share: number, steps: number, isThree: boolean): readonly Phase[] {
  const up: Phase = {
    end_step: share * steps - 1,
    start_lr: "initial_lr",
    end_lr: "max_lr",
    start_momentum: "max_momentum",
    end_momentum: "base_momentum",
  };
  const down = { start_lr: "max_lr", start_momentum: "base_momentum", end_momentum: "max_momentum" };
  if (!isThree) return [up, { end_step: steps - 1, end_lr: "min_lr", ...down }];
  return [
    up,
    { end_step: 2 * share * steps - 2, end_lr: "initial_lr", ...down },
    {
      end_step: steps - 1,
      start_lr: "initial_lr",
      end_lr: "min_lr",
      start_momentum: "max_momentum",
      end_momentum: "max_momentum",
    },
  ];
}
