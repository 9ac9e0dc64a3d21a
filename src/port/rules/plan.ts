// A plan: how a model is filled from arrays, as data. It is saved as JSON, carried out on another file of the same kind, and
// taken back.

import type { DType } from "../../core/dtype.ts";
import { dtypeByName } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import * as np from "../../numpy/index.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import type { Examination } from "../examine.ts";
import type { Setting } from "../setting.ts";
import { type ArrayLookup, namesIn, placeRule } from "./apply.ts";
import { checkPlan } from "./check-plan.ts";
import type { Rule } from "./rule.ts";

/** The version of the form in which plans are saved. */
export const planVersion = 1;

/** An array that a plan reads: what is needed to make it again. */
export interface PlannedArray {
  readonly name: string;
  readonly shape: readonly number[];
  readonly dtype: string;
}

/** How a model is filled. */
export interface Plan {
  readonly version: typeof planVersion;
  readonly source: {
    /** Whose layout the arrays are in: "torch", "keras". */
    readonly library: string;
    /** What kind of file they are from. */
    readonly format?: string;
    readonly file?: string;
    readonly arrays: readonly PlannedArray[];
  };
  /** The entries that are filled, each by a rule. */
  readonly rules: readonly Rule[];
  /** Settings of modules that go with the weights. */
  readonly settings: readonly Setting[];
}

/** The plan of an examination. @param file name of the file that was examined, for people */
export function planOf({ source, layout, rules, settings }: Examination, file?: string): Plan {
  const used = new Set(rules.flatMap(namesIn));
  const arrays = source.arrays
    .filter(({ name }) => used.has(name))
    .map(({ name, array }): PlannedArray => ({ name, shape: [...array.shape], dtype: array.dtype.name }));
  const { format } = source.origin;
  return {
    version: planVersion,
    source: {
      library: layout.name,
      ...(format === undefined ? {} : { format }),
      ...(file === undefined ? {} : { file }),
      arrays,
    },
    rules,
    settings,
  };
}

/** A plan as JSON, a rule a line. */
export function planJson({ version, source, rules, settings }: Plan): string {
  const { arrays, ...about } = source;
  const lines = (items: readonly unknown[]): string =>
    items.length === 0 ? "[]" : `[\n${items.map((item) => `    ${JSON.stringify(item)}`).join(",\n")}\n  ]`;
  return [
    "{",
    `  "version": ${version},`,
    `  "source": ${JSON.stringify(about)},`,
    `  "arrays": ${lines(arrays)},`,
    `  "rules": ${lines(rules)},`,
    `  "settings": ${lines(settings)}`,
    "}",
    "",
  ].join("\n");
}

/**
 * Reads a plan that was saved.
 * @throws ValueError naming the place in it, what was expected and what is there
 */
export function parsePlan(text: string): Plan {
  let value: unknown;
  try {
    value = JSON.parse(text);
  } catch (error) {
    throw new ValueError(`a plan is JSON: ${(error as Error).message}`);
  }
  return checkPlan(value);
}

const typeOf = ({ name, dtype }: PlannedArray): DType => {
  const type = dtypeByName(dtype);
  if (type === undefined) throw new ValueError(`"${name}" has the type ${dtype}, which is not known`);
  return type;
};

/**
 * Takes a plan back: the arrays of the source that give a state dict, bit for bit, in their own shapes and types. Numbers of
 * them that no entry was made from are zero.
 * @param entries the state dict
 * @throws ValueError naming the entry that is not there, or whose rule changes values for good
 */
export function invertPlan(plan: Plan, entries: ArrayLookup): Map<string, NDArray> {
  const made = new Map(
    plan.source.arrays.map((each): [string, NDArray] => [
      each.name,
      np.zeros(each.shape, { dtype: typeOf(each) }),
    ]),
  );
  for (const rule of plan.rules) {
    const value = entries(rule.target);
    if (value === undefined) throw new ValueError(`the state dict has no entry ${rule.target}`);
    placeRule(rule, (name) => made.get(name), value);
  }
  return made;
}
