// Carrying rules out, and taking them back.

import { ValueError } from "../../core/errors.ts";
import * as np from "../../numpy/index.ts";
import { NDArray } from "../../numpy/ndarray.ts";
import { fromNumpy, type Tensor } from "../../torch/index.ts";
import { withLength } from "../../torch/nn/utils/weight-norm.ts";
import type { Combine, Rule } from "./rule.ts";
import { applySteps, filled, placeThrough, shapeAfter, stepsText } from "./steps.ts";

type CombineOf<Op extends Combine["op"]> = Extract<Combine, { op: Op }>;

interface CombineDeclaration<C extends Combine> {
  apply(parts: readonly NDArray[], combine: C): NDArray;
  shape(shapes: readonly (readonly number[])[], combine: C): readonly number[];
  /** The parts of a value, as views; absent where they cannot be had from it. */
  parts?(value: NDArray, shapes: readonly (readonly number[])[], combine: C): NDArray[];
}

const colons = (axis: number): string[] => Array.from({ length: axis }, () => ":");

const same = (shapes: readonly (readonly number[])[]): readonly number[] => {
  const [first = [], ...others] = shapes;
  for (const shape of others) {
    if (shape.join() !== first.join())
      throw new ValueError(`shapes [${first.join(", ")}] and [${shape.join(", ")}] differ`);
  }
  return first;
};

const combinations: { readonly [Op in Combine["op"]]: CombineDeclaration<CombineOf<Op>> } = {
  concat: {
    apply: (parts, { axis }) => np.concatenate(parts as NDArray[], axis),
    shape: (shapes, { axis }) => {
      const rest = same(shapes.map((shape) => shape.map((length, i) => (i === axis ? 0 : length))));
      const total = shapes.reduce((sum, shape) => sum + (shape[axis] ?? 0), 0);
      return rest.map((length, i) => (i === axis ? total : length));
    },
    parts: (value, shapes, { axis }) => {
      let start = 0;
      return shapes.map((shape) => {
        const stop = start + shape[axis]!;
        const part = value.at(...colons(axis), `${start}:${stop}`);
        start = stop;
        return part;
      });
    },
  },
  stack: {
    apply: (parts, { axis }) => np.stack(parts as NDArray[], axis),
    shape: (shapes, { axis }) => {
      const rest = same(shapes);
      return [...rest.slice(0, axis), shapes.length, ...rest.slice(axis)];
    },
    parts: (value, shapes, { axis }) => shapes.map((_, i) => value.at(...colons(axis), i, "...")),
  },
  sum: {
    apply: (parts) => parts.reduce((total, part) => np.add(total, part) as NDArray),
    shape: same,
  },
  product: {
    apply: (parts) => parts.reduce((total, part) => np.multiply(total, part) as NDArray),
    shape: (shapes) => shapes.reduce((a, b) => (a.length >= b.length ? a : b), []),
  },
  weight_norm: {
    apply: ([size, direction], { dim }) => {
      const [g, v] = [size!, direction!].map((part) => fromNumpy(part.copy()));
      return asArray(withLength(v!, g!, dim));
    },
    shape: (shapes) => shapes[1] ?? [],
  },
};

const declarationOf = (combine: Combine): CombineDeclaration<Combine> =>
  combinations[combine.op] as unknown as CombineDeclaration<Combine>;

const asArray = ({ storage, layout }: Tensor): NDArray => new NDArray(storage, layout);

/** Where a rule's arrays come from. */
export type ArrayLookup = (name: string) => NDArray | undefined;

function lookUp(arrays: ArrayLookup, rule: Rule, name: string): NDArray {
  const array = arrays(name);
  if (array === undefined) {
    throw new ValueError(`${rule.target} is made from "${name}", and the source has no array of that name`);
  }
  return array;
}

/**
 * The array that a rule makes: a view of the source's where that is possible.
 * @throws ValueError naming the entry where an array is missing or a step does not fit
 */
export function applyRule(rule: Rule, arrays: ArrayLookup): NDArray {
  return inRule(rule, () => {
    const [first, ...others] = rule.ops ?? [];
    if (rule.from.length === 0) {
      if (first?.op !== "fill") throw new ValueError("a rule without arrays must begin with a fill");
      return applySteps(filled(first), others);
    }
    const parts = rule.from.map(({ name, ops }) => applySteps(lookUp(arrays, rule, name), ops));
    return applySteps(joined(rule, parts), rule.ops);
  });
}

function joined({ combine }: Rule, parts: readonly NDArray[]): NDArray {
  if (combine !== undefined) return declarationOf(combine).apply(parts, combine);
  if (parts.length !== 1) throw new ValueError(`${parts.length} arrays, and no word on how they are joined`);
  return parts[0]!;
}

/** The shape that a rule gives, without touching an element. @throws ValueError where a step does not fit */
export function ruleShape(
  rule: Rule,
  shapeOf: (name: string) => readonly number[] | undefined,
): readonly number[] {
  return inRule(rule, () => {
    if (rule.from.length === 0) return shapeAfter([], rule.ops);
    return shapeAfter(joinedShape(rule, partShapes(rule, shapeOf)), rule.ops);
  });
}

function partShapes(
  rule: Rule,
  shapeOf: (name: string) => readonly number[] | undefined,
): (readonly number[])[] {
  return rule.from.map(({ name, ops }) => {
    const shape = shapeOf(name);
    if (shape === undefined) throw new ValueError(`the source has no array "${name}"`);
    return shapeAfter(shape, ops);
  });
}

const joinedShape = ({ combine }: Rule, shapes: readonly (readonly number[])[]): readonly number[] =>
  combine === undefined ? shapes[0]! : declarationOf(combine).shape(shapes, combine);

function inRule<T>({ target }: Rule, work: () => T): T {
  try {
    return work();
  } catch (error) {
    if (error instanceof ValueError && !error.message.startsWith(`${target}:`))
      throw new ValueError(`${target}: ${error.message}`);
    throw error;
  }
}

/**
 * Takes a rule back: writes into the arrays of the source that of which the rule makes `value`, bit for bit.
 * @param arrays arrays of the source's names, shapes and types, to be written to
 * @throws ValueError where the rule changes values for good
 */
export function placeRule(rule: Rule, arrays: ArrayLookup, value: NDArray): void {
  if (rule.from.length === 0) return;
  const { combine, ops = [] } = rule;
  inRule(rule, () => {
    if (combine === undefined) {
      const [part] = rule.from;
      placeThrough(lookUp(arrays, rule, part!.name), [...(part!.ops ?? []), ...ops], value);
      return;
    }
    const present = rule.from.map(({ name, ops: own }) => applySteps(lookUp(arrays, rule, name), own));
    const { apply, parts } = declarationOf(combine);
    if (parts === undefined) {
      throw new ValueError(`arrays that were joined by "${combine.op}" cannot be had back from the result`);
    }
    const whole = ops.length === 0 ? value : apply(present, combine);
    if (ops.length > 0) placeThrough(whole, ops, value);
    const shapes = present.map(({ shape }) => shape);
    parts(whole, shapes, combine).forEach((part, i) => {
      const { name, ops: own = [] } = rule.from[i]!;
      placeThrough(lookUp(arrays, rule, name), own, part);
    });
  });
}

/** The rule in one line: `a/kernel.transpose(1, 0)`. */
export function ruleText({ from, combine, ops = [] }: Rule): string {
  if (from.length === 0) return stepsText(ops);
  const parts = from.map((part) => `${part.name}${stepsText(part.ops)}`);
  const rest = stepsText(ops);
  if (combine === undefined) return `${parts[0]}${rest}`;
  const last = "axis" in combine ? `, axis=${combine.axis}` : "dim" in combine ? `, dim=${combine.dim}` : "";
  return `${combine.op}([${parts.join(", ")}]${last})${rest}`;
}

/** All names of the source that a rule reads. */
export const namesIn = (rule: Rule): string[] => rule.from.map(({ name }) => name);
