// What judges look at: the parts of arrays that a plan uses, each with the entries that are made from it. Axes may be in
// another order and elements too: most of what judges ask is the same for all orders.

import { ValueError } from "../../core/errors.ts";
import type { NDArray } from "../../numpy/ndarray.ts";
import type { Matching } from "../matching.ts";
import { applyRule } from "../rules/apply.ts";
import { applySteps, type Step } from "../rules/steps.ts";
import type { Source } from "../source.ts";
import type { Model, Target } from "../target.ts";

/** A part of an array of the source that a plan uses, and what for. */
export interface Piece {
  /** The array's name in the source. */
  readonly name: string;
  readonly array: NDArray;
  /** Entries that are made from it. */
  readonly targets: readonly Target[];
  /** True iff it alone makes each of them. */
  readonly isWhole: boolean;
}

/** Steps that leave elements out or make other numbers of them: what is left is looked at. */
const picks = ({ op }: Step): boolean => op === "slice" || op === "index" || op === "byteswap";

interface Growing {
  readonly name: string;
  readonly array: NDArray;
  readonly targets: Target[];
  isWhole: boolean;
}

const known = new WeakMap<Matching, readonly Piece[]>();

/** The parts of arrays that a plan uses, in its order. What does not fit is left out: that is told elsewhere. */
export function piecesOf(source: Source, model: Model, matching: Matching): readonly Piece[] {
  const before = known.get(matching);
  if (before !== undefined) return before;
  const arrays = new Map(source.arrays.map(({ name, array }) => [name, array]));
  const pieces = new Map<string, Growing>();
  for (const rule of matching.rules) {
    const target = model.byName.get(rule.target);
    if (target === undefined) continue;
    for (const { name, ops = [] } of rule.from) {
      const array = arrays.get(name);
      if (array === undefined) continue;
      const all = rule.from.length === 1 ? [...ops, ...(rule.ops ?? [])] : ops;
      const used = all.slice(0, all.findLastIndex(picks) + 1);
      const key = JSON.stringify([name, used]);
      const piece = pieces.get(key) ?? grown(name, array, used);
      if (piece === undefined) continue;
      if (!piece.targets.includes(target)) piece.targets.push(target);
      if (rule.from.length > 1) piece.isWhole = false;
      pieces.set(key, piece);
    }
  }
  const list = [...pieces.values()];
  known.set(matching, list);
  return list;
}

function grown(name: string, array: NDArray, used: readonly Step[]): Growing | undefined {
  const part = fitting(() => applySteps(array, used));
  return part === undefined ? undefined : { name, array: part, targets: [], isWhole: true };
}

/** What the work gives, or undefined where a step does not fit. */
function fitting<T>(work: () => T): T | undefined {
  try {
    return work();
  } catch (error) {
    if (error instanceof ValueError || error instanceof RangeError) return undefined;
    throw error;
  }
}

/** What an entry would be filled with; undefined where nothing fills it or the rule does not fit. */
export function filledValue(source: Source, matching: Matching, target: Target): NDArray | undefined {
  const rule = matching.rules.find((each) => each.target === target.name);
  if (rule === undefined) return undefined;
  const value = fitting(() =>
    applyRule(rule, (name) => source.arrays.find((each) => each.name === name)?.array),
  );
  return value !== undefined && value.shape.join() === target.tensor.shape.join() ? value : undefined;
}

/** Names of the entries, for a finding. */
export const namesOf = (targets: readonly Target[]): string[] => targets.map(({ name }) => name);

/** True iff the entry holds weights of a layer that sums: the inputs of a Linear or of a convolution. */
export const isWeight = (target: Target): boolean =>
  !target.isBuffer && /(^|_|\.)weight/.test(target.role) && target.tensor.ndim >= 2;
