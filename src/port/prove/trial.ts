// Trying plans on a model: fill, run, compare; in the end the model is put back as it was.

import { elements } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import { fromNumpy, noGrad, Tensor } from "../../torch/index.ts";
import type { Recorded } from "../examine.ts";
import { groupBy } from "../match/groups.ts";
import { stepsOf } from "../model/described.ts";
import type { StepOptions } from "../model/steps.ts";
import { applyRule } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";
import { applySetting, type Setting } from "../setting.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import type { Comparison } from "../verify.ts";
import { type Places, placesInSteps, type Window, windowOf } from "./places.ts";

/** A plan to be tried: rules by entry, and settings. */
export interface Plan {
  readonly rules: ReadonlyMap<string, Rule>;
  readonly settings: readonly Setting[];
}

/** How near a plan comes. */
export interface Outcome {
  /** The output that differs most. */
  readonly comparison: Comparison;
  /** |got - want| over |want|, both as lengths of vectors, over all outputs; infinite where it is no number. */
  readonly error: number;
  /** How many recorded activations agree, in the order of the calls, before the first that does not. */
  readonly stage: number;
  /** The error of the first recorded activation that does not agree; of the outputs where all do. */
  readonly next: number;
  /** The module of that activation. */
  readonly diverges?: string;
}

/** A recorded tensor as numbers, and how large they are. */
interface Wanted {
  readonly values: ArrayLike<number>;
  readonly shape: readonly number[];
  readonly largest: number;
  /** Sum of the squares. */
  readonly squares: number;
}

/** How far the recorded activations agree in a run. */
type Reached = Pick<Outcome, "stage" | "diverges"> & { readonly next?: number };

/** Activations that differ by more than this share of their size are far beyond any tolerance. */
const farOff = 1e-3;

/** What the steps give of which one is what a module gives. */
interface WindowedValues {
  readonly path: string;
  readonly window: Window;
  readonly values: Tensor[];
}

/** Ends a run whose activations are far off. */
class FarOff extends Error {}

/** A model under trial. `end` puts it back as it was. */
export class Trial {
  /** How many runs there were. */
  runs = 0;
  readonly model: Model;
  private readonly recorded: Recorded;
  private readonly arrays: ReadonlyMap<string, NDArray>;
  private readonly kept: ReadonlyMap<string, Tensor>;
  private readonly wasTraining: boolean;
  /** The rules whose results the model holds now. */
  private readonly filled: Map<string, Rule> = new Map();
  /** Names of the same tensor behind a name: of several the last one counts, as where one is loaded after the other. */
  private readonly laterNames: ReadonlyMap<string, readonly string[]>;
  private readonly wanted: readonly Wanted[];
  private readonly checkpoints: ReadonlyMap<string, Wanted>;
  /** Size of the recorded outputs' largest number. */
  private readonly scale: number;
  /** Recorded modules that ended in this run, and how far they agreed. */
  private readonly seen: Set<string> = new Set();
  private reached: Reached = { stage: 0 };
  /** True while a run is given up where an activation is far off. */
  private isHasty = false;
  private readonly steps: StepOptions | undefined;
  private readonly places: Map<string, number>;
  private readonly handles: readonly { remove(): void }[];

  constructor(source: Source, model: Model, recorded: Recorded) {
    this.model = model;
    this.recorded = recorded;
    this.arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
    this.kept = noGrad(() => new Map(model.targets.map(({ name, tensor }) => [name, tensor.clone()])));
    this.laterNames = laterNamesOf(model);
    this.wanted = recorded.outputs.map(wantedOf);
    this.scale = Math.max(0, ...this.wanted.map(({ largest }) => largest));
    this.checkpoints = new Map(
      [...(recorded.activations ?? [])].map(([path, each]) => [path, wantedOf(each)]),
    );
    this.wasTraining = model.module.training;
    model.module.eval();
    this.steps = stepsOf(model.module);
    this.places = new Map(this.steps === undefined ? [] : placesInSteps(this.steps.steps));
    this.handles = this.watch();
  }

  /** Looks at recorded activations as they are made. */
  private watch(): { remove(): void }[] {
    const { module } = this.model;
    const called = new Set(this.steps?.steps.map((step) => step.module));
    const hooked = [...module.namedModules()].filter(
      ([path]) => this.checkpoints.has(path) && (this.steps === undefined || called.has(path)),
    );
    const handles = hooked.map(([path, each]) =>
      each.registerForwardHook((_, __, output) => {
        const first: unknown = Array.isArray(output) ? output[0] : output;
        if (first instanceof Tensor) this.reach(path, [first]);
        return undefined;
      }),
    );
    if (this.steps === undefined) return handles;
    const seen = new Set(hooked.map(([path]) => path));
    const windows = [...this.checkpoints.keys()].flatMap((path) => {
      const window = seen.has(path) ? undefined : windowOf(this.steps!.steps, path);
      if (window !== undefined) this.places.set(path, window.last);
      return window === undefined ? [] : [{ path, window, values: [] as Tensor[] }];
    });
    if (windows.length > 0) this.steps.onStep = (at, value) => this.step(windows, at, value);
    return handles;
  }

  /** A step of a described forward pass has given a value. */
  private step(windows: readonly WindowedValues[], at: number, value: unknown): void {
    for (const { path, window, values } of windows) {
      if (at < window.first || at > window.last) continue;
      if (at === window.first) values.length = 0;
      if (value instanceof Tensor) values.push(value);
      if (at === window.last) this.reach(path, values);
    }
  }

  /**
   * What the model gives with a plan, against what was recorded.
   * @throws ValueError when the outputs have other shapes than the recorded ones
   */
  run(plan: Plan): Outcome {
    return this.outcome(this.outputs(plan));
  }

  /**
   * As `run`, given up where a recorded activation is far off: the outputs' error is then infinite. A plan that the model
   * does not run with is as far away as can be.
   */
  attempt(plan: Plan): Outcome {
    this.isHasty = true;
    try {
      return this.run(plan);
    } catch (problem) {
      const { atol, rtol } = this.tolerance;
      const infinite = Number.POSITIVE_INFINITY;
      const comparison = { absolute: infinite, relative: infinite, isWithin: false, atol, rtol };
      const reached = problem instanceof FarOff ? this.reached : { stage: 0 };
      return { comparison, error: infinite, next: infinite, ...reached };
    } finally {
      this.isHasty = false;
    }
  }

  /** The outputs that are recorded too, with the plan filled in. */
  outputs({ rules, settings }: Plan): Tensor[] {
    this.fill(rules);
    return this.withSettings(settings, () => noGrad(() => this.call()));
  }

  /** Runs the model as it is filled. Gradients are recorded unless this is forbidden around it. */
  call(): Tensor[] {
    this.runs++;
    this.seen.clear();
    this.reached = { stage: 0 };
    const { inputs, outputs } = this.recorded;
    const { module } = this.model;
    const result = (module as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs);
    const list = Array.isArray(result) ? result : [result];
    return list.filter((each): each is Tensor => each instanceof Tensor).slice(0, outputs.length);
  }

  /** Does something with settings made, and takes them back. */
  withSettings<T>(settings: readonly Setting[], work: () => T): T {
    const old = settings.map((setting) => applySetting(this.model.module, setting));
    try {
      return work();
    } finally {
      for (const setting of old.reverse()) applySetting(this.model.module, setting);
    }
  }

  /** The name whose rule overwrites what another name's rule fills, where a plan has both. */
  overwriterOf(name: string, rules: ReadonlyMap<string, Rule>): string | undefined {
    return this.laterNames.get(name)?.findLast((later) => rules.has(later));
  }

  /** What a rule makes. */
  made(rule: Rule): NDArray {
    return applyRule(rule, (name) => this.arrays.get(name));
  }

  /** Only what changed since the last run is written. */
  fill(rules: ReadonlyMap<string, Rule>): void {
    noGrad(() => {
      for (const [name, rule] of rules) {
        const { tensor } = this.model.byName.get(name)!;
        const isOverwritten = this.overwriterOf(name, rules) !== undefined;
        if (this.filled.get(name) === rule || isOverwritten) continue;
        tensor.copy_(fromNumpy(this.made(rule).copy()));
        this.filled.set(name, rule);
      }
    });
  }

  /** When each module ended in a run of the model as it is filled, or when its parts were used first in described steps. */
  order(): Places {
    if (this.steps !== undefined) return this.places;
    const ends = new Map<string, number>();
    const handles = [...this.model.module.namedModules()].map(([path, module]) =>
      module.registerForwardHook(() => {
        if (!ends.has(path)) ends.set(path, ends.size);
        return undefined;
      }),
    );
    try {
      noGrad(() => this.call());
    } finally {
      for (const handle of handles) handle.remove();
    }
    return ends;
  }

  /** Modules of which an activation is recorded. */
  get recordedPaths(): readonly string[] {
    return [...this.checkpoints.keys()];
  }

  /** How the first recorded output is asked to agree. */
  get tolerance(): { readonly atol: number; readonly rtol: number } {
    const { atol = 1e-5, rtol = 1e-5 } = this.recorded;
    return { atol, rtol };
  }

  /** Compares outputs, and what was seen on the way. */
  outcome(outputs: readonly Tensor[]): Outcome {
    if (outputs.length < this.wanted.length) {
      throw new ValueError(`the model gives ${outputs.length} outputs, recorded are ${this.wanted.length}`);
    }
    const { atol, rtol } = this.tolerance;
    const differences = this.wanted.map((want, i) => differenceOf(outputs[i]!, want, atol, rtol, false));
    const comparison = differences.map((each): Comparison => ({ ...each, atol, rtol })).reduce(worse);
    const error = Math.sqrt(sum(differences.map(({ error }) => error ** 2)) / differences.length);
    const known = Number.isNaN(error) ? Number.POSITIVE_INFINITY : error;
    return { comparison, error: known, next: known, ...this.reached };
  }

  /**
   * Compares a recorded activation as it is made, up to the first that does not agree. The tolerance is that of the
   * outputs, in proportion to the numbers' size.
   * @param values what it may be: one of them
   */
  private reach(path: string, values: readonly Tensor[]): void {
    if (this.seen.has(path) || this.reached.diverges !== undefined) return;
    this.seen.add(path);
    const want = this.checkpoints.get(path)!;
    const { atol, rtol } = this.tolerance;
    const scale = this.scale > 0 ? Math.max(1, want.largest / this.scale) : 1;
    const { stage } = this.reached;
    const differences = values
      .filter((value) => isComparable(value, want, true))
      .map((value) => differenceOf(value, want, atol * scale, rtol, true));
    // An activation of another shape was recorded of something else: it tells nothing.
    if (differences.length === 0 || differences.some(({ isWithin }) => isWithin)) {
      this.reached = { stage: stage + 1 };
      return;
    }
    const errors = differences.map(({ error }) => (Number.isNaN(error) ? Number.POSITIVE_INFINITY : error));
    const next = Math.min(...errors);
    this.reached = { stage, next, diverges: path };
    if (this.isHasty && next > farOff) throw new FarOff();
  }

  /** Puts the model back as it was. */
  end(): void {
    for (const handle of this.handles) handle.remove();
    if (this.steps !== undefined) this.steps.onStep = undefined;
    noGrad(() => {
      for (const [name, tensor] of this.kept) this.model.byName.get(name)!.tensor.copy_(tensor);
    });
    this.model.module.train(this.wasTraining);
  }
}

/** For each name of a tensor that has several, those behind it. */
function laterNamesOf({ targets }: Model): Map<string, string[]> {
  const names = groupBy(targets, ({ tensor }) => tensor);
  return new Map(
    [...names.values()].flatMap((group) =>
      group.map(({ name }, i): [string, string[]] => [name, group.slice(i + 1).map((each) => each.name)]),
    ),
  );
}

const sum = (values: readonly number[]): number => values.reduce((a, b) => a + b, 0);

/** The numbers of a tensor, row by row; a view where they lie so. */
export function numbersOf(tensor: Tensor): ArrayLike<number> {
  const { layout } = tensor;
  const isPlain = layout.dtype.name === "float32" || layout.dtype.name === "float64";
  if (!isPlain) return elements(tensor).map(Number);
  const { storage, layout: dense } = tensor.detach().contiguous();
  const all = storage.view(dense.dtype) as Float32Array;
  return all.subarray(dense.offset, dense.offset + dense.size);
}

function wantedOf(tensor: Tensor): Wanted {
  const values = numbersOf(tensor);
  let largest = 0;
  let squares = 0;
  for (let i = 0; i < values.length; i++) {
    const size = Math.abs(values[i]!);
    if (!Number.isFinite(size)) continue;
    if (size > largest) largest = size;
    squares += size * size;
  }
  return { values, shape: tensor.shape, largest, squares };
}

/** True iff shapes are the same; of a part, but for more rows. */
function isComparable({ shape }: Tensor, want: Wanted, isPart: boolean): boolean {
  const isSame = (from: number): boolean => shape.slice(from).join() === want.shape.slice(from).join();
  if (!isPart || shape.length === 0) return isSame(0);
  return shape.length === want.shape.length && isSame(1) && shape[0]! >= want.shape[0]!;
}

/** How two tensors differ. With `isPart` the recorded one may be the first rows alone. */
function differenceOf(
  got: Tensor,
  want: Wanted,
  atol: number,
  rtol: number,
  isPart: boolean,
): Pick<Comparison, "absolute" | "relative" | "isWithin"> & { readonly error: number } {
  if (!isComparable(got, want, isPart)) {
    throw new ValueError(
      `the model gives shape [${got.shape.join(", ")}], recorded is [${want.shape.join(", ")}]`,
    );
  }
  const values = numbersOf(got);
  let absolute = 0;
  let squares = 0;
  let isWithin = true;
  for (let i = 0; i < want.values.length; i++) {
    const [a, b] = [values[i]!, want.values[i]!];
    if (a === b || (Number.isNaN(a) && Number.isNaN(b))) continue;
    const difference = Math.abs(a - b);
    if (!(difference <= atol + rtol * Math.abs(b))) isWithin = false;
    if (Number.isNaN(difference)) absolute = Number.POSITIVE_INFINITY;
    else if (difference > absolute) absolute = difference;
    squares += difference * difference;
  }
  const relative = want.largest === 0 ? absolute : absolute / want.largest;
  const error = Math.sqrt(want.squares === 0 ? squares : squares / want.squares);
  return { absolute, relative, isWithin, error };
}

const worse = (a: Comparison, b: Comparison): Comparison => {
  if (a.isWithin !== b.isWithin) return a.isWithin ? b : a;
  return b.relative > a.relative ? b : a;
};
