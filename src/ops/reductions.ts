// Reductions: one value from the elements along axes. Those along several axes take them as a list (all of them for a
// reduction of everything); those that answer with a position take one.

import { bool, type DType, int64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { Layout, product } from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { add, divide, multiply } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { equal } from "./logic.ts";
import { cumsum } from "./scans.ts";
import { stretchedBack } from "./stretched.ts";
import { where } from "./ternary.ts";
import { insertAxis, permute, reshape } from "./views.ts";

/** Along which axes (0 or more, in rising order), and whether they stay with length 1. */
export interface ReductionAttributes {
  readonly axes: readonly number[];
  readonly keepdims: boolean;
}

export interface SumAttributes extends ReductionAttributes {
  /** The type of the result, and of the accumulation where that is wider; the operand's when it is not given. */
  readonly dtype?: DType | undefined;
}

/** The axis of a position, or null for the position in all elements in row-major order. */
export interface PositionAttributes {
  readonly axis: number | null;
  readonly keepdims: boolean;
}

function reduced({ shape }: Layout, dtype: DType, axes: readonly number[], keepdims: boolean): Layout {
  const rest = new Array<number>(keepdims ? shape.length : shape.length - axes.length);
  for (let axis = 0, at = 0; axis < shape.length; axis++) {
    if (!axes.includes(axis)) rest[at++] = shape[axis]!;
    else if (keepdims) rest[at++] = 1;
  }
  return Layout.contiguous(dtype, rest);
}

/** The sum; of nothing 0. Floating types are summed in double precision and rounded once, but see the kernels of float32. */
export const sum: Operation<SumAttributes> = {
  name: "sum",
  label: "Sum",
  promotion: "none",
  infer: (inputs, dtype, attributes) => [
    reduced(inputs[0]!, attributes.dtype ?? dtype, attributes.axes, attributes.keepdims),
  ],
  gradient: ({ inputs, grads, attributes, run }) => [stretchedBack(run, grads[0]!, inputs[0]!, attributes)],
};

/** The product; of nothing 1. */
export const prod: Operation<SumAttributes> = {
  name: "prod",
  label: "Prod",
  promotion: "none",
  infer: (inputs, dtype, attributes) => [
    reduced(inputs[0]!, attributes.dtype ?? dtype, attributes.axes, attributes.keepdims),
  ],
  saves: { inputs: [0] },
  gradient: ({ inputs, grads, attributes, run }) => {
    const others = run(productOfOthers, [inputs[0]!], { axes: attributes.axes });
    const g = stretchedBack(run, grads[0]!, inputs[0]!, attributes);
    return [run(multiply, [g, conjugated(run, others)])];
  },
};

/** For each element, the product of all the others along the axes: `prod`'s derivative, exact where there are zeros. */
export const productOfOthers: Operation<{ readonly axes: readonly number[] }> = {
  name: "productOfOthers",
  label: "Prod",
  promotion: "none",
  infer: (inputs, dtype) => [Layout.contiguous(dtype, inputs[0]!.shape)],
  saves: { inputs: [0] },
  gradient: ({ inputs, grads, attributes, run }) => {
    const { shape } = inputs[0]!.layout;
    const rest = shape.map((_, axis) => axis).filter((axis) => !attributes.axes.includes(axis));
    const order = [...rest, ...attributes.axes];
    const ordered = order.map((axis) => shape[axis]!);
    const last = rest.length;
    const flat = [...ordered.slice(0, last), product(ordered.slice(last))];
    const lay = (value: (typeof inputs)[0]) => reshape(run, run(permute, [value], { axes: order }), flat);
    const [x, g] = [lay(inputs[0]!), lay(grads[0]!)];
    // A square for each group: row k holds all factors but the k-th, which is 1 there.
    const count = run(cumsum, [run(add, [run(zerosLike, [x]), 1])], { axis: last });
    const row = (value: typeof x) => run(insertAxis, [value], { axis: last + 1 });
    const column = (value: typeof x) => run(insertAxis, [value], { axis: last });
    const isSelf = run(equal, [row(count), column(count)]);
    const factors = run(where, [isSelf, 1, column(x)]);
    const others = conjugated(run, run(productOfOthers, [factors], { axes: [last + 1] }));
    const flowing = run(multiply, [row(g), others]);
    const kept = run(where, [isSelf, run(zerosLike, [flowing]), flowing]);
    const gradient = run(sum, [kept], { axes: [last], keepdims: false });
    const inverse = order.map((_, axis) => order.indexOf(axis));
    return [run(permute, [reshape(run, gradient, ordered)], { axes: inverse })];
  },
};

/** The largest or smallest along axes shares its gradient evenly among the elements equal to it. */
function evenly<Value extends Operand>({
  inputs,
  outputs,
  grads,
  attributes,
  run,
}: GradientContext<Value, ReductionAttributes>): readonly Value[] {
  const x = inputs[0]!;
  const g = stretchedBack(run, grads[0]!, x, attributes);
  const isTaken = run(equal, [x, stretchedBack(run, outputs[0]!, x, attributes)]);
  const shares = run(where, [isTaken, run(add, [run(zerosLike, [g]), 1]), run(zerosLike, [g])]);
  const count = run(sum, [shares], { axes: attributes.axes, keepdims: true });
  return [run(multiply, [run(divide, [g, count]), shares])];
}

/** The largest; NaN when one is there. The axes hold at least one element. */
export const amax: Operation<ReductionAttributes> = {
  name: "amax",
  label: "Amax",
  promotion: "none",
  infer: (inputs, dtype, { axes, keepdims }) => [reduced(inputs[0]!, dtype, axes, keepdims)],
  saves: { inputs: [0], outputs: [0] },
  gradient: evenly,
};

/** The smallest; NaN when one is there. The axes hold at least one element. */
export const amin: Operation<ReductionAttributes> = {
  name: "amin",
  label: "Amin",
  promotion: "none",
  infer: (inputs, dtype, { axes, keepdims }) => [reduced(inputs[0]!, dtype, axes, keepdims)],
  saves: { inputs: [0], outputs: [0] },
  gradient: evenly,
};

/** True iff one is not 0 (NaN is not). */
export const any: Operation<ReductionAttributes> = {
  name: "any",
  label: "Any",
  promotion: "none",
  infer: (inputs, _dtype, { axes, keepdims }) => [reduced(inputs[0]!, bool, axes, keepdims)],
};

/** True iff none is 0. */
export const all: Operation<ReductionAttributes> = {
  name: "all",
  label: "All",
  promotion: "none",
  infer: (inputs, _dtype, { axes, keepdims }) => [reduced(inputs[0]!, bool, axes, keepdims)],
};

function positions(input: Layout, { axis, keepdims }: PositionAttributes): readonly Layout[] {
  const axes = axis === null ? input.shape.map((_, each) => each) : [axis];
  return [reduced(input, int64, axes, keepdims)];
}

/** The position of the first largest, or of the first NaN, as int64. */
export const argmax: Operation<PositionAttributes> = {
  name: "argmax",
  label: "Argmax",
  promotion: "none",
  infer: (inputs, _dtype, attributes) => positions(inputs[0]!, attributes),
};

/** The position of the first smallest, or of the first NaN, as int64. */
export const argmin: Operation<PositionAttributes> = {
  name: "argmin",
  label: "Argmin",
  promotion: "none",
  infer: (inputs, _dtype, attributes) => positions(inputs[0]!, attributes),
};
