// torch.optim.lr_scheduler.SequentialLR and ChainedScheduler: schedules made of schedules.

import { bind, type Signature } from "../../../core/arguments.ts";
import { PythonTypeError, ValueError } from "../../../core/errors.ts";
import { ReduceLROnPlateau } from "./plateau.ts";
import {
  type AnyOptimizer,
  groupsOf,
  LRScheduler,
  ratesOf,
  readArguments,
  type SchedulerArguments,
} from "./scheduler.ts";

/** A schedule that steps others. */
abstract class CombinedScheduler extends LRScheduler {
  /** The schedules that it steps. */
  readonly schedulers: readonly LRScheduler[];

  constructor(optimizer: AnyOptimizer, schedulers: readonly LRScheduler[]) {
    super(optimizer);
    const name = this.constructor.name;
    schedulers.forEach((each, i) => {
      if (!("optimizer" in each))
        throw new PythonTypeError(`${name} at index ${i} should have \`optimizer\` as its attribute.`);
      if (each instanceof ReduceLROnPlateau) {
        throw new ValueError(
          `${name} does not support \`ReduceLROnPlateau\` scheduler as it requires additional kwargs to be specified ` +
            `when calling \`step\`, but got one at index ${i} in the given schedulers sequence.`,
        );
      }
      if (each.optimizer !== optimizer) {
        throw new ValueError(
          `${name} expects all schedulers to belong to the same optimizer, but got scheduler ${each.constructor.name} at ` +
            `index ${i} has ${each.optimizer}, which is different from ${optimizer.constructor.name}.`,
        );
      }
    });
    this.schedulers = schedulers;
  }

  override stateDict(): Map<string, unknown> {
    return super.stateDict().set(
      "_schedulers",
      this.schedulers.map((each) => each.stateDict()),
    );
  }

  override loadStateDict(stateDict: ReadonlyMap<string, unknown>): void {
    super.loadStateDict(stateDict);
    const inner = stateDict.get("_schedulers") as readonly ReadonlyMap<string, unknown>[];
    inner.forEach((each, i) => {
      this.schedulers[i]!.loadStateDict(each);
    });
  }
}

interface SequentialOptions {
  readonly schedulers: readonly LRScheduler[];
  readonly milestones: readonly number[];
}

/** One schedule after the other, each from its milestone on. */
export class SequentialLR extends CombinedScheduler {
  protected milestones: readonly number[];

  constructor(
    ...args: SchedulerArguments<
      [schedulers: readonly LRScheduler[], milestones: readonly number[], lastEpoch?: number],
      SequentialOptions
    >
  ) {
    const names = ["schedulers", "milestones"] as const;
    const bound = readArguments<SequentialOptions>("SequentialLR", names, args, {});
    const { optimizer, schedulers, milestones, lastEpoch } = bound;
    if (schedulers.length < 1)
      throw new ValueError("SequentialLR expects at least one scheduler, but got no scheduler.");
    super(optimizer, schedulers);
    if (milestones.length !== schedulers.length - 1) {
      throw new ValueError(
        "Sequential Schedulers expects number of schedulers provided to be one more than the number of milestone " +
          `points, but got number of schedulers ${schedulers.length} and the number of milestones to be equal to ` +
          `${milestones.length}`,
      );
    }
    this.milestones = milestones;
    this.lastEpoch = lastEpoch + 1;
    // What the schedules did when they were made is undone, and the first of them begins again.
    for (const group of groupsOf(optimizer)) group.lr = group.initialLr!;
    this.recursiveUndo();
    const first = schedulers[this.indexAt(0)]!;
    first._initialStep();
    this.lastLr = first.getLastLr();
  }

  private indexAt(epoch: number): number {
    return this.milestones.filter((milestone) => milestone <= epoch).length;
  }

  /** Takes every schedule back by an epoch. */
  recursiveUndo(scheduler: LRScheduler = this): void {
    if (scheduler instanceof CombinedScheduler) {
      for (const each of scheduler.schedulers) this.recursiveUndo(each);
    } else scheduler.lastEpoch -= 1;
  }

  override step(): void {
    this.lastEpoch++;
    const index = this.indexAt(this.lastEpoch);
    const scheduler = this.schedulers[index]!;
    if (index > 0 && this.milestones[index - 1] === this.lastEpoch) scheduler._updateLr(0);
    else scheduler.step();
    this.lastLr = scheduler.getLastLr();
  }

  protected override stateNames(): readonly string[] {
    return ["_milestones", "last_epoch", "_last_lr"];
  }
}

interface ChainedOptions {
  readonly schedulers: readonly LRScheduler[];
  readonly optimizer?: AnyOptimizer | null;
}

/** Several schedules at once: each goes on from the rates that the one before it has set. */
export class ChainedScheduler extends CombinedScheduler {
  constructor(
    ...args: Signature<
      [schedulers: readonly LRScheduler[], optimizer?: AnyOptimizer | null],
      Partial<ChainedOptions>
    >
  ) {
    const names = ["schedulers", "optimizer"] as const;
    const bound = bind<ChainedOptions>("ChainedScheduler.__init__", names, args, { optimizer: null });
    const { schedulers } = bound;
    if (schedulers.length < 1) {
      throw new ValueError(
        "ChainedScheduler expects at least one scheduler to be chained, but got no scheduler.",
      );
    }
    super(bound.optimizer ?? schedulers[0]!.optimizer, schedulers);
    this.lastLr = ratesOf(this.optimizer);
  }

  override step(): void {
    for (const each of this.schedulers) each.step();
    this.lastLr = ratesOf(this.optimizer);
  }

  protected override stateNames(): readonly string[] {
    return ["_last_lr"];
  }
}
