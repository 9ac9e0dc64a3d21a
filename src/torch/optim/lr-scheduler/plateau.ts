// torch.optim.lr_scheduler.ReduceLROnPlateau.

import { bind } from "../../../core/arguments.ts";
import { RuntimeError, ValueError } from "../../../core/errors.ts";
import { warn } from "../../../core/warnings.ts";
import type { Tensor } from "../../tensor.ts";
import { plainSetting } from "../settings.ts";
import {
  type AnyOptimizer,
  epochWarning,
  groupsOf,
  LRScheduler,
  ratesOf,
  type SchedulerArguments,
} from "./scheduler.ts";

interface PlateauOptions {
  readonly mode: "min" | "max";
  readonly factor: number;
  readonly patience: number;
  readonly threshold: number;
  readonly thresholdMode: "rel" | "abs";
  readonly cooldown: number;
  readonly minLr: number | readonly number[];
  readonly eps: number;
}

const names = [
  "mode",
  "factor",
  "patience",
  "threshold",
  "thresholdMode",
  "cooldown",
  "minLr",
  "eps",
] as const;

/** Lowers the rates when a metric has not become better for `patience` epochs. */
export class ReduceLROnPlateau extends LRScheduler {
  factor: number;
  defaultMinLr: number | null;
  minLrs: number[];
  patience: number;
  cooldown: number;
  eps: number;
  mode: PlateauOptions["mode"];
  threshold: number;
  thresholdMode: PlateauOptions["thresholdMode"];
  /** The worst value that there is. */
  modeWorse: number;
  best: number;
  cooldownCounter = 0;
  numBadEpochs = 0;

  constructor(
    ...args: SchedulerArguments<
      [mode?: PlateauOptions["mode"], factor?: number, patience?: number, threshold?: number],
      PlateauOptions
    >
  ) {
    type Bound = PlateauOptions & { readonly optimizer: AnyOptimizer };
    const bound = bind<Bound>("ReduceLROnPlateau.__init__", ["optimizer", ...names], args, {
      mode: "min",
      factor: 0.1,
      patience: 10,
      threshold: 1e-4,
      thresholdMode: "rel",
      cooldown: 0,
      minLr: 0,
      eps: 1e-8,
    });
    if (bound.factor >= 1) throw new ValueError("Factor should be < 1.0.");
    super(bound.optimizer);
    const count = this.optimizer.paramGroups.length;
    const least = plainSetting(bound.minLr) as number | number[];
    if (Array.isArray(least) && least.length !== count)
      throw new ValueError(`expected ${count} min_lrs, got ${least.length}`);
    this.factor = Number(bound.factor);
    this.defaultMinLr = Array.isArray(least) ? null : least;
    this.minLrs = Array.isArray(least) ? [...least] : new Array<number>(count).fill(least);
    this.patience = bound.patience;
    this.cooldown = bound.cooldown;
    this.eps = Number(bound.eps);
    this.lastEpoch = 0;
    this.lastLr = ratesOf(this.optimizer);
    this.mode = bound.mode;
    this.threshold = Number(bound.threshold);
    this.thresholdMode = bound.thresholdMode;
    this.modeWorse = this.worst();
    this.best = this.modeWorse;
  }

  /** @throws ValueError for a way of comparing that there is not */
  private worst(): number {
    if (this.mode !== "min" && this.mode !== "max")
      throw new ValueError(`mode ${String(this.mode)} is unknown!`);
    if (this.thresholdMode !== "rel" && this.thresholdMode !== "abs")
      throw new ValueError(`threshold mode ${String(this.thresholdMode)} is unknown!`);
    return this.mode === "min" ? Number.POSITIVE_INFINITY : Number.NEGATIVE_INFINITY;
  }

  /** True while the metric is not looked at after the rates were lowered. */
  get inCooldown(): boolean {
    return this.cooldownCounter > 0;
  }

  /** Takes the metric of an epoch into account. */
  override step(metrics?: number | Tensor | null, epoch?: number | null): void {
    const current =
      typeof metrics === "object" && metrics !== null ? Number(metrics.item()) : Number(metrics);
    if (typeof epoch === "number") warn("UserWarning", epochWarning);
    this.lastEpoch = epoch ?? this.lastEpoch + 1;
    if (this.isBetter(current)) {
      this.best = current;
      this.numBadEpochs = 0;
    } else this.numBadEpochs++;
    if (this.inCooldown) {
      this.cooldownCounter--;
      this.numBadEpochs = 0;
    }
    if (this.numBadEpochs > this.patience) {
      this.reduce();
      this.cooldownCounter = this.cooldown;
      this.numBadEpochs = 0;
    }
    this.lastLr = ratesOf(this.optimizer);
  }

  private isBetter(value: number): boolean {
    const { best, threshold } = this;
    const isRelative = this.thresholdMode === "rel";
    if (this.mode === "min") return value < (isRelative ? best * (1 - threshold) : best - threshold);
    return value > (isRelative ? best * (threshold + 1) : best + threshold);
  }

  private reduce(): void {
    const groups = groupsOf(this.optimizer);
    if (groups.length !== this.minLrs.length) {
      if (this.defaultMinLr === null) {
        throw new RuntimeError(
          `The number of param groups in the \`optimizer\` (${groups.length}) differs from when \`ReduceLROnPlateau\` was ` +
            `initialized (${this.minLrs.length}), usually due to a new param group being added to the optimizer. Please ` +
            "modify the `min_lrs` field to match the length of the `optimizer` param groups.",
        );
      }
      this.minLrs = new Array<number>(groups.length).fill(this.defaultMinLr);
    }
    groups.forEach((group, i) => {
      const rate = Math.max(group.lr * this.factor, this.minLrs[i]!);
      if (group.lr - rate > this.eps) group.lr = rate;
    });
  }

  protected override stateNames(): readonly string[] {
    return [
      "factor",
      "default_min_lr",
      "min_lrs",
      "patience",
      "cooldown",
      "eps",
      "last_epoch",
      "_last_lr",
      "mode_worse",
      "mode",
      "threshold",
      "threshold_mode",
      "best",
      "cooldown_counter",
      "num_bad_epochs",
    ];
  }

  override loadStateDict(stateDict: ReadonlyMap<string, unknown>): void {
    super.loadStateDict(stateDict);
    this.modeWorse = this.worst();
  }
}
