// Reading and writing at places that an array of indices names. Indices are integers; each operation has a twin that
// adds what comes back into zeros, which is its gradient, and whose gradient is the operation again.

import type { Operand } from "../core/elements.ts";
import { contiguousStrides, Layout, type Shape } from "../core/layout.ts";
import type { GradientContext, Operation, SavedValues } from "../core/op.ts";
import { divide, multiply } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { equal, logicalAnd } from "./logic.ts";
import { indexedShape } from "./shapes.ts";
import { where } from "./ternary.ts";
import { embedView } from "./views.ts";

export interface AxisAttributes {
  readonly axis: number;
}

/** Axis and length of an axis that indices point into. */
export interface AxisLengthAttributes {
  readonly axis: number;
  readonly length: number;
}

/**
 * take(x, index): elements of an axis; the axis is replaced by the shape of the index. `torch.index_select`,
 * `np.take`, an embedding's lookup.
 * @throws IndexError for an index below 0 or beyond the axis
 */
export const take: Operation<AxisAttributes> = {
  name: "take",
  label: "IndexSelect",
  promotion: "none",
  infer: ([x, index], dtype, { axis }) => [
    Layout.contiguous(dtype, x!.shape.toSpliced(axis, 1, ...index!.shape)),
  ],
  saves: { inputs: [1] },
  gradient: ({ inputs, grads, attributes: { axis }, run }) => {
    const length = inputs[0]!.layout.shape[axis]!;
    return [run(takeGradient, [grads[0]!, inputs[1]!], { axis, length }), undefined];
  },
};

/** takeGradient(g, index): zeros with an axis of `length`, to which the slices of g are added at the indices. */
export const takeGradient: Operation<AxisLengthAttributes> = {
  name: "takeGradient",
  label: "IndexSelectBackward",
  promotion: "none",
  infer: ([g, index], dtype, { axis, length }) => [
    Layout.contiguous(dtype, g!.shape.toSpliced(axis, index!.rank, length)),
  ],
  saves: { inputs: [1] },
  gradient: ({ inputs, grads, attributes: { axis }, run }) => [
    run(take, [grads[0]!, inputs[1]!], { axis }),
    undefined,
  ],
};

/**
 * gather(x, index): result[i][j][k] = x[i][index[i][j][k]][k] for axis 1, of the index's shape. `torch.gather`.
 * @throws IndexError for an index below 0 or beyond the axis
 */
export const gather: Operation<AxisAttributes> = {
  name: "gather",
  label: "Gather",
  promotion: "none",
  infer: ([, index], dtype) => [Layout.contiguous(dtype, index!.shape)],
  saves: { inputs: [1] },
  gradient: ({ inputs, grads, attributes: { axis }, run }) => [
    run(gatherGradient, [grads[0]!, inputs[1]!], { axis, shape: inputs[0]!.layout.shape }),
    undefined,
  ],
};

export interface AxisShapeAttributes {
  readonly axis: number;
  readonly shape: Shape;
}

/** gatherGradient(g, index): zeros of `shape`, to which the elements of g are added where `gather` reads. */
export const gatherGradient: Operation<AxisShapeAttributes> = {
  name: "gatherGradient",
  label: "GatherBackward",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  saves: { inputs: [1] },
  gradient: ({ inputs, grads, attributes: { axis }, run }) => [
    run(gather, [grads[0]!, inputs[1]!], { axis }),
    undefined,
  ],
};

/**
 * scatter(x, index, source): a copy of x with result[i][index[i][j][k]][k] = source[i][j][k] for axis 1. The source
 * has at least the index's lengths, or is 0-d. Where places repeat, the last in row-major order stays.
 */
export const scatter: Operation<AxisAttributes> = {
  name: "scatter",
  label: "Scatter",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: { inputs: [1] },
  gradient: (context) => {
    const { inputs, grads, attributes, needs, run } = context;
    return [
      needs(0) ? run(scatter, [grads[0]!, inputs[1]!, 0], attributes) : undefined,
      undefined,
      needs(2) ? sourceGradient(context) : undefined,
    ];
  },
};

/** scatterAdd(x, index, source): as `scatter`, adding. `torch.scatter_add`. */
export const scatterAdd: Operation<AxisAttributes> = {
  name: "scatterAdd",
  label: "ScatterAdd",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: { inputs: [1] },
  gradient: (context) => [
    context.grads[0],
    undefined,
    context.needs(2) ? sourceGradient(context) : undefined,
  ],
};

/** What flows to the source of a scatter: read back at its places, and 0 beyond the index's lengths. */
function sourceGradient<Value extends Operand>(context: GradientContext<Value, AxisAttributes>): Value {
  const { inputs, grads, attributes, run } = context;
  const read = run(gather, [grads[0]!, inputs[1]!], attributes);
  const { shape } = inputs[2]!.layout;
  const isWhole = shape.length === 0 || shape.every((length, axis) => length === read.layout.shape[axis]);
  return isWhole ? read : run(embedView, [read], { shape, strides: contiguousStrides(shape), offset: 0 });
}

/** How `scatterReduce` joins elements that meet at one place. */
export interface ScatterReduceAttributes extends AxisAttributes {
  readonly reduce: "prod" | "amax" | "amin";
  /** Whether what stands at a place is joined too, or gives way to what is scattered there. */
  readonly includeSelf: boolean;
}

/**
 * scatterReduce(x, index, source): as `scatterAdd`, with products or extremes (NaN wins) instead of sums. The source
 * has the index's shape. `torch.scatter_reduce`.
 */
export const scatterReduce: Operation<ScatterReduceAttributes> = {
  name: "scatterReduce",
  label: "ScatterReduce",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: { inputs: [0, 1, 2], outputs: [0] },
  gradient: (context) =>
    context.attributes.reduce === "prod" ? productGradient(context) : extremeGradient(context),
};

type ScatterReduceGradient<Value extends Operand> = GradientContext<Value, ScatterReduceAttributes>;

/** To each factor flows the product of the others: of all, divided by it; where it is the only 0, that of the rest. */
function productGradient<Value extends Operand>(
  context: ScatterReduceGradient<Value>,
): readonly (Value | undefined)[] {
  const { inputs, outputs, grads, attributes, needs, run } = context;
  const [x, index, source] = inputs as readonly [Value, Value, Value];
  const { axis, includeSelf } = attributes;
  const g = grads[0]!;
  const own = includeSelf ? x : run(scatter, [x, index, 1], { axis });
  const all = { axis, reduce: "prod", includeSelf: true } as const;
  const others = (value: Value): Value => run(multiply, [g, conjugated(run, value)]);
  const toOwn = (): Value => {
    const factor = run(where, [run(equal, [own, 0]), 1, own]);
    const flowing = others(run(divide, [run(scatterReduce, [factor, index, source], all), factor]));
    return includeSelf ? flowing : run(scatter, [flowing, index, 0], { axis });
  };
  const toSource = (): Value => {
    const isZero = run(equal, [source, 0]);
    const zeros = run(where, [isZero, 1, run(zerosLike, [source])]);
    const count = run(gather, [run(scatterAdd, [run(zerosLike, [x]), index, zeros], { axis }), index], {
      axis,
    });
    const isOnly = run(logicalAnd, [isZero, run(equal, [count, 1])]);
    const without = run(scatterReduce, [own, index, run(where, [isOnly, 1, source])], all);
    const divisor = conjugated(run, run(where, [isZero, 1, source]));
    const divided = run(divide, [run(gather, [others(outputs[0]!), index], { axis }), divisor]);
    return run(where, [isOnly, run(gather, [others(without), index], { axis }), divided]);
  };
  return [needs(0) ? toOwn() : undefined, undefined, needs(2) ? toSource() : undefined];
}

/** The elements equal to the extreme at their place share what flows to it. */
function extremeGradient<Value extends Operand>(
  context: ScatterReduceGradient<Value>,
): readonly (Value | undefined)[] {
  const { inputs, outputs, grads, attributes, needs, run } = context;
  const [x, index, source] = inputs as readonly [Value, Value, Value];
  const { axis, includeSelf } = attributes;
  const result = outputs[0]!;
  const taken = (value: Value, from: Value): Value =>
    run(where, [run(equal, [value, from]), 1, run(zerosLike, [value])]);
  const all = taken(x, result);
  const own = includeSelf ? all : run(scatter, [all, index, 0], { axis });
  const scattered = taken(source, run(gather, [result, index], { axis }));
  const share = run(divide, [grads[0]!, run(scatterAdd, [own, index, scattered], { axis })]);
  return [
    needs(0) ? run(multiply, [share, own]) : undefined,
    undefined,
    needs(2) ? run(multiply, [run(gather, [share, index], { axis }), scattered]) : undefined,
  ];
}

/** Which axes an index names. */
export interface IndexAttributes {
  /** The axes that the index arrays point into, in their order, ascending. */
  readonly axes: readonly number[];
  /** Where the axes of the index arrays lie in the result: before its `position`-th remaining axis. */
  readonly position: number;
}

export interface IndexPutAttributes extends IndexAttributes {
  /** Adds instead of writing; then places that repeat get the sum. */
  readonly accumulate: boolean;
}

export interface IndexGradientAttributes extends IndexAttributes {
  readonly shape: Shape;
}

/** The index arrays among the inputs, from `first` on. Inputs that are not there do not count; beyond eight none is watched. */
const savedIndices = (first: number): SavedValues => ({
  inputs: [0, 1, 2, 3, 4, 5, 6, 7].map((i) => first + i),
});

/**
 * indexGet(x, ...indices): indexing with arrays of indices, of one shape, one for each of `axes`. An index below 0
 * counts from the end.
 * @throws IndexError for an index outside its axis
 */
export const indexGet: Operation<IndexAttributes> = {
  name: "indexGet",
  label: "Index",
  promotion: "none",
  infer: ([x, index], dtype, attributes) => [
    Layout.contiguous(dtype, indexedShape(x!.shape, index!.shape, attributes)),
  ],
  saves: savedIndices(1),
  gradient: ({ inputs, grads, attributes, run }) => {
    const [x, ...indices] = inputs;
    const shape = x!.layout.shape;
    return [run(indexGradient, [grads[0]!, ...indices], { ...attributes, shape })];
  },
};

/** indexGradient(g, ...indices): zeros of `shape`, to which g is added where `indexGet` reads. */
export const indexGradient: Operation<IndexGradientAttributes> = {
  name: "indexGradient",
  label: "IndexBackward",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  saves: savedIndices(1),
  gradient: ({ inputs, grads, attributes, run }) => {
    const [, ...indices] = inputs;
    const { axes, position } = attributes;
    return [run(indexGet, [grads[0]!, ...indices], { axes, position })];
  },
};

/**
 * indexPut(x, values, ...indices): a copy of x with the values (stretched to what `indexGet` would give) written or
 * added there. Where places repeat, the last in row-major order stays.
 * @throws IndexError for an index outside its axis
 */
export const indexPut: Operation<IndexPutAttributes> = {
  name: "indexPut",
  label: "IndexPut",
  promotion: "none",
  infer: ([x], dtype) => [Layout.contiguous(dtype, x!.shape)],
  saves: savedIndices(2),
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [, , ...indices] = inputs;
    const { axes, position, accumulate } = attributes;
    const g = grads[0]!;
    const first = accumulate || !needs(0) ? g : run(indexPut, [g, 0, ...indices], attributes);
    return [first, needs(1) ? run(indexGet, [g, ...indices], { axes, position }) : undefined];
  },
};
