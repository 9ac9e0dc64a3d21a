// Carrying a plan out. Nothing is written before the whole plan is valid: every name, every shape, every type.

import { PythonError, ValueError } from "../core/errors.ts";
import { sameShape } from "../core/layout.ts";
import { shapeText } from "../core/words.ts";
import type { NDArray } from "../numpy/ndarray.ts";
import { fromNumpy, type nn, noGrad, type Tensor } from "../torch/index.ts";
import { isHarmless } from "./match/harmless.ts";
import { type ArrayLookup, applyRule, namesIn, ruleShape } from "./rules/apply.ts";
import type { Rule } from "./rules/rule.ts";
import { applySetting, type Setting, settingProblem } from "./setting.ts";
import { type Target, targetsOf } from "./target.ts";

/** Arrays that do not fit a model: every mismatch, and what would fit. */
export class PortError extends PythonError {
  readonly problems: readonly string[];

  constructor(model: string, problems: readonly string[]) {
    super("PortError", `the arrays do not fit ${model}, and nothing was loaded:\n  ${problems.join("\n  ")}`);
    this.problems = problems;
  }
}

/** How a plan is carried out. */
export interface FillOptions {
  /**
   * Whether entries may take the arrays' own memory where they are the arrays as they are, as
   * `load_state_dict(assign=True)` does: nothing is copied, and a write to the one is a write to the other. Default
   * false.
   */
  readonly assign?: boolean;
}

/** What is filled, by which rules, with which settings. */
export interface Filling {
  readonly rules: readonly Rule[];
  readonly settings: readonly Setting[];
}

/** What does not fit where a rule meets arrays: no name, another shape. */
function ruleProblem(rule: Rule, target: Target | undefined, arrays: ArrayLookup): string | undefined {
  if (target === undefined) return `${rule.target}: the model has no entry of that name`;
  const wanted = target.tensor.shape;
  const absent = namesIn(rule).find((name) => arrays(name) === undefined);
  if (absent !== undefined) {
    const own = arrays(rule.target);
    const isDone = own !== undefined && sameShape(own.shape, wanted);
    const hint = isDone ? `; there is "${rule.target}", which fits as it is: converted before?` : "";
    return `${rule.target}: the file has no array "${absent}"${hint}`;
  }
  let given: readonly number[];
  try {
    given = ruleShape(rule, (name) => arrays(name)?.shape);
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    return error.message + conversionHint(rule, wanted, arrays);
  }
  if (!sameShape(given, wanted)) {
    return `${rule.target}: expected ${shapeText(wanted)}, got ${shapeText(given)}${conversionHint(rule, wanted, arrays)}`;
  }
  const complex = namesIn(rule).find((name) => arrays(name)!.dtype.isComplex);
  if (complex === undefined || target.tensor.dtype.isComplex) return undefined;
  return `${rule.target}: "${complex}" is ${arrays(complex)!.dtype.name}, the parameter is ${target.tensor.dtype.name}`;
}

/** Where the array already has the shape that the rule was to give it. */
function conversionHint({ from }: Rule, wanted: readonly number[], arrays: ArrayLookup): string {
  const [only, ...others] = from;
  if (only === undefined || others.length > 0 || (only.ops ?? []).length === 0) return "";
  const array = arrays(only.name);
  return array !== undefined && sameShape(array.shape, wanted)
    ? `; "${only.name}" has this shape as it is: converted before?`
    : "";
}

/** Everything that stands against filling the model. */
function problemsOf(
  model: nn.Module,
  { rules, settings }: Filling,
  targets: readonly Target[],
  arrays: ArrayLookup,
): string[] {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const filled = new Set(rules.map(({ target }) => target));
  for (const { name, tiedTo } of targets) if (tiedTo !== undefined && filled.has(name)) filled.add(tiedTo);
  const missing = targets.filter((target) => !filled.has(target.name) && !isHarmless(target, filled));
  return [
    ...rules.flatMap((rule) => ruleProblem(rule, byName.get(rule.target), arrays) ?? []),
    ...missing.map(({ name, tensor }) => `${name} ${shapeText(tensor.shape)} is missing: no rule fills it`),
    ...settings.flatMap((setting) => settingProblem(model, setting) ?? []),
  ];
}

interface Ready {
  readonly tensor: Tensor;
  readonly array: NDArray;
  readonly isOwn: boolean;
}

/** A rule without its last cast: copying into the entry casts. */
function withoutCast(rule: Rule): Rule {
  const ops = rule.ops ?? [];
  return ops.at(-1)?.op === "cast" ? { ...rule, ops: ops.slice(0, -1) } : rule;
}

/** True iff an entry may have the array's memory: nothing else has it, and it lies as an entry's does. */
function isAdoptable(array: NDArray, tensor: Tensor): boolean {
  const { layout, storage } = array;
  const start = storage.byteOffset + layout.offset * layout.dtype.itemSize;
  return layout.dtype === tensor.dtype && layout.isContiguous && start % layout.dtype.itemSize === 0;
}

function prepared(
  rules: readonly Rule[],
  targets: readonly Target[],
  arrays: ArrayLookup,
  assign: boolean,
): Ready[] {
  const byName = new Map(targets.map((target) => [target.name, target.tensor]));
  const uses = new Map<string, number>();
  for (const name of rules.flatMap(namesIn)) uses.set(name, (uses.get(name) ?? 0) + 1);
  return rules.map((rule) => {
    const tensor = byName.get(rule.target)!;
    const isAlone = namesIn(rule).every((name) => uses.get(name) === 1);
    const array = applyRule(withoutCast(rule), arrays);
    return { tensor, array, isOwn: assign && isAlone && isAdoptable(array, tensor) };
  });
}

/**
 * Fills a model: checks everything, then writes everything. Of each array that is not adopted one copy is made.
 * @throws PortError with everything that does not fit; the model is then as it was
 */
export function applyPlan(
  model: nn.Module,
  plan: Filling,
  arrays: ReadonlyMap<string, NDArray>,
  options: FillOptions = {},
): void {
  const targets = targetsOf(model);
  const lookUp: ArrayLookup = (name) => arrays.get(name);
  const problems = problemsOf(model, plan, targets, lookUp);
  if (problems.length > 0) throw new PortError(model.constructor.name, problems);
  const ready = prepared(plan.rules, targets, lookUp, options.assign === true);
  noGrad(() => {
    for (const { tensor, array, isOwn } of ready) {
      const value = fromNumpy(array);
      if (isOwn) tensor.data = value;
      else tensor.copy_(value);
    }
  });
  for (const setting of plan.settings) applySetting(model, setting);
}
