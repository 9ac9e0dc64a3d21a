// torch.optim.lr_scheduler.LRScheduler: what schedules of the learning rate have in common.

import { bind, type Signature } from "../../../core/arguments.ts";
import { KeyError, NotImplementedError, PythonTypeError, ValueError } from "../../../core/errors.ts";
import { camelCase } from "../../../core/names.ts";
import { warn } from "../../../core/warnings.ts";
import { typeName } from "../../errors.ts";
import { Optimizer } from "../optimizer.ts";
import { plainSetting } from "../settings.ts";

/** An optimizer of any kind. */
export type AnyOptimizer = Optimizer<object>;

/** What schedules read and write in a group of parameters. */
export interface RateGroup {
  lr: number;
  initialLr?: number;
  maxLr?: number;
  minLr?: number;
  momentum?: number;
  betas?: readonly number[];
  maxMomentum?: number;
  baseMomentum?: number;
}

/** The groups as schedules see them. */
export function groupsOf(optimizer: AnyOptimizer): RateGroup[] {
  return optimizer.paramGroups as unknown as RateGroup[];
}

/** The groups' learning rates. */
export function ratesOf(optimizer: AnyOptimizer): number[] {
  return groupsOf(optimizer).map(({ lr }) => lr);
}

/** What a schedule's constructor takes: the optimizer, some settings by position, and any by name. */
export type SchedulerArguments<Positions extends readonly unknown[], Options> = Signature<
  [optimizer: AnyOptimizer, ...Positions],
  Partial<Options> & { readonly optimizer?: AnyOptimizer; readonly lastEpoch?: number }
>;

/** Reads a constructor's arguments by PyTorch's names and defaults. */
export function readArguments<Bound extends object>(
  name: string,
  positions: readonly (keyof Bound & string)[],
  args: readonly unknown[],
  defaults: Partial<Bound>,
): Bound & { readonly optimizer: AnyOptimizer; readonly lastEpoch: number } {
  type All = Bound & { readonly optimizer: AnyOptimizer; readonly lastEpoch: number };
  return bind<All>(`${name}.__init__`, ["optimizer", ...positions, "lastEpoch"], args, {
    ...defaults,
    lastEpoch: -1,
  } as Partial<All>);
}

/** A setting for each group: one value for all, or a list of as many. @throws ValueError for another length */
export function formatted(
  name: string,
  optimizer: AnyOptimizer,
  value: number | readonly number[],
): number[] {
  const count = optimizer.paramGroups.length;
  if (!Array.isArray(value)) return new Array<number>(count).fill(plainSetting(value) as number);
  if (value.length === count) return plainSetting(value) as number[];
  throw new ValueError(
    `${name} must have the same length as optimizer.param_groups. ${name} has ${value.length} values, ` +
      `param_groups has ${count}.`,
  );
}

/** The `step` that an optimizer had when its first schedule was made. */
const tracked: WeakMap<AnyOptimizer, unknown> = new WeakMap();

const order = "See more details at https://pytorch.org/docs/stable/optim.html#how-to-adjust-learning-rate";

/** That a given epoch is on its way out. */
export const epochWarning: string =
  "The epoch parameter in `scheduler.step()` was not necessary and is being deprecated where possible. Please use " +
  "`scheduler.step()` to step the scheduler. During the deprecation, if epoch is different from None, the closed form " +
  "is used instead of the new chainable form, where available. Please open an issue if you are unable to replicate " +
  "your use case: https://github.com/pytorch/pytorch/issues/new/choose.";

/** The property that holds an entry of the state dict. */
function propertyOf(name: string): string {
  return camelCase(name.replace(/^_/, ""));
}

/**
 * A schedule of the learning rates of an optimizer's groups. A subclass says the rates in `getLr`, and calls `begin` at
 * the end of its constructor.
 */
export class LRScheduler {
  readonly optimizer: AnyOptimizer;
  /** The rates that the schedule starts from. */
  baseLrs: number[] = [];
  lastEpoch = -1;
  protected stepCount = 0;
  /** True while the first rates are set. */
  protected isInitial = false;
  protected getLrCalledWithinStep = false;
  protected lastLr: number[] = [];
  /** Python's names of what the subclass keeps, as the state dict has them. */
  protected readonly kept: readonly string[] = [];

  /** @throws TypeError for what is no optimizer */
  constructor(optimizer: AnyOptimizer) {
    if (!(optimizer instanceof Optimizer))
      throw new PythonTypeError(`${typeName(optimizer)} is not an Optimizer`);
    this.optimizer = optimizer;
  }

  /**
   * Notes the rates to start from and sets the first ones.
   * @param lastEpoch the epoch to go on after; -1 for a fresh start
   * @throws KeyError when there is none to go on from
   */
  protected begin(lastEpoch: number): void {
    const { optimizer } = this;
    groupsOf(optimizer).forEach((group, i) => {
      if (lastEpoch === -1) group.initialLr ??= group.lr;
      else if (group.initialLr === undefined) throw missingRate(i);
    });
    this.baseLrs = groupsOf(optimizer).map((group) => group.initialLr!);
    this.lastEpoch = lastEpoch;
    if (!tracked.has(optimizer)) {
      tracked.set(optimizer, optimizer.step);
      optimizer._optCalled = false;
    }
    this._initialStep();
  }

  /** Sets the first rates. */
  _initialStep(): void {
    this.stepCount = 0;
    this.isInitial = true;
    try {
      this.step();
    } finally {
      this.isInitial = false;
    }
  }

  /** The rates of this epoch, of which each group gets one. */
  getLr(): number[] {
    throw new NotImplementedError("get_lr is for subclasses to say");
  }

  /** The rates of an epoch without those before it, where a schedule has such a form. */
  protected closedForm(): number[] | undefined {
    return undefined;
  }

  /** The rates that were set last. */
  getLastLr(): number[] {
    return this.lastLr;
  }

  /** Goes on to the next epoch, or to the one given (which PyTorch wants no more). */
  step(epoch?: number | null): void {
    if (this.stepCount === 1) this.checkOrder();
    this.stepCount++;
    if (typeof epoch === "number") warn("UserWarning", epochWarning);
    this._updateLr(epoch);
  }

  private checkOrder(): void {
    if (tracked.get(this.optimizer) !== this.optimizer.step) {
      warn(
        "UserWarning",
        "Seems like `optimizer.step()` has been overridden after learning rate scheduler initialization. Please, make " +
          `sure to call \`optimizer.step()\` before \`lr_scheduler.step()\`. ${order}`,
      );
    } else if (!this.optimizer._optCalled) {
      warn(
        "UserWarning",
        "Detected call of `lr_scheduler.step()` before `optimizer.step()`. In PyTorch 1.1.0 and later, you should call " +
          "them in the opposite order: `optimizer.step()` before `lr_scheduler.step()`.  Failure to do this will result " +
          `in PyTorch skipping the first value of the learning rate schedule. ${order}`,
      );
    }
  }

  /** Sets the rates of the next epoch, or of the one given. */
  _updateLr(epoch?: number | null): void {
    this.getLrCalledWithinStep = true;
    let rates: readonly number[];
    try {
      if (typeof epoch !== "number") {
        this.lastEpoch++;
        rates = this.getLr();
      } else {
        this.lastEpoch = epoch;
        rates = this.closedForm() ?? this.getLr();
      }
    } finally {
      this.getLrCalledWithinStep = false;
    }
    this.setRates(rates);
  }

  /** Gives each group its rate. */
  protected setRates(rates: readonly number[]): void {
    groupsOf(this.optimizer).forEach((group, i) => {
      group.lr = rates[i]!;
    });
    this.lastLr = ratesOf(this.optimizer);
  }

  /** Warns where `getLr` is called by other than a step. */
  protected warnOutsideStep(): void {
    if (this.getLrCalledWithinStep) return;
    warn(
      "UserWarning",
      "To get the last learning rate computed by the scheduler, please use `get_last_lr()`.",
    );
  }

  /** Python's names of all that the state dict holds, in order. */
  protected stateNames(): readonly string[] {
    return [
      ...this.kept,
      "base_lrs",
      "last_epoch",
      "_step_count",
      "_is_initial",
      "_get_lr_called_within_step",
      "_last_lr",
    ];
  }

  /** All that the schedule keeps, without the optimizer, under PyTorch's names. */
  stateDict(): Map<string, unknown> {
    const entries = this.stateNames().map((name) => [name, Reflect.get(this, propertyOf(name))] as const);
    return new Map(entries.filter(([, value]) => value !== undefined));
  }

  /** Takes over what a state dict holds. */
  loadStateDict(stateDict: ReadonlyMap<string, unknown>): void {
    const known = new Set(this.stateNames());
    for (const [name, value] of stateDict) {
      if (known.has(name)) Reflect.set(this, propertyOf(name), plainSetting(value));
    }
  }
}

function missingRate(group: number): KeyError {
  return new KeyError(
    `param 'initial_lr' is not specified in param_groups[${group}] when resuming scheduler with last_epoch >= 0.\n` +
      "This typically happens when:\n" +
      "1. You're trying to resume training from a checkpoint but haven't properly loaded the optimizer state\n" +
      "2. You're using last_epoch >= 0 for a fresh training run (not recommended)",
  );
}
