// Views: other layouts over the same storage. None has a kernel; each says its layout and how a gradient comes back.
// A gradient that covers a part only is laid into zeros by `embedView`, whose own gradient is the view again.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import * as layouts from "../core/layout.ts";
import {
  asStrided as asStridedLayout,
  mayOverlap,
  partView,
  reshapeStrides,
  viewAsComplex as viewAsComplexLayout,
  viewAsReal as viewAsRealLayout,
} from "../core/layout-reshape.ts";
import type { GradientContext, Operation, Run } from "../core/op.ts";
import { add, divide } from "./binary.ts";
import { zerosLike } from "./copying.ts";

const { Layout } = layouts;
type Layout = layouts.Layout;
type Shape = layouts.Shape;

/** Declares a view operation. */
function viewOperation<Attributes>(
  name: string,
  view: (input: Layout, attributes: Attributes) => Layout,
  gradient: <Value extends Operand>(context: GradientContext<Value, Attributes>) => Value,
  label: string = name.charAt(0).toUpperCase() + name.slice(1),
): Operation<Attributes> {
  return {
    name,
    label,
    promotion: "none",
    infer: (inputs, _dtype, attributes) => [view(inputs[0]!, attributes)],
    view,
    gradient: (context) => [gradient(context)],
  };
}

/** A view of some of the elements: the gradient is laid into zeros where the view would lie in a row-major input. */
function windowOperation<Attributes>(
  name: string,
  view: (input: Layout, attributes: Attributes) => Layout,
  label?: string,
): Operation<Attributes> {
  return viewOperation(
    name,
    view,
    ({ inputs, grads, attributes, run }) => {
      const { dtype, shape } = inputs[0]!.layout;
      const window = view(Layout.contiguous(dtype, shape), attributes);
      return run(embedView, [grads[0]!], { shape, strides: window.strides, offset: window.offset });
    },
    label,
  );
}

/** A row-major copy. */
export const contiguous: Operation = {
  name: "contiguous",
  label: "Clone",
  promotion: "none",
  infer: (inputs, dtype) => [Layout.contiguous(dtype, inputs[0]!.shape)],
  gradient: ({ grads }) => [grads[0]],
};

export interface StridedAttributes {
  readonly shape: Shape;
  readonly strides: readonly number[];
  /** In elements from the beginning of the storage. */
  readonly offset: number;
}

/**
 * Zeros of `shape`, row-major, to which the operand is added through a window: its element `i` goes to position
 * `offset + sum(i * strides)`. What many elements go to gets their sum; what falls outside is dropped.
 */
export const embedView: Operation<StridedAttributes> = {
  name: "embedView",
  label: "AsStridedScatter",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  gradient: ({ inputs, grads, attributes, run }) => {
    const source = run(contiguous, [grads[0]!]);
    const { shape } = inputs[0]!.layout;
    const { strides, offset } = attributes;
    return [run(asStrided, [source], { shape, strides, offset: offset + source.layout.offset })];
  },
};

/** Shape, strides and offset given outright. @throws RuntimeError when they reach outside the storage (by the faces) */
export const asStrided: Operation<StridedAttributes> = viewOperation(
  "asStrided",
  (input, { shape, strides, offset }) => asStridedLayout(input, shape, strides, offset),
  asStridedGradient,
);

/** The gradient goes to a memory that holds input and view, and the input is read from there. */
function asStridedGradient<Value extends Operand>({
  inputs,
  grads,
  attributes,
  run,
}: GradientContext<Value, StridedAttributes>): Value {
  const input = inputs[0]!.layout;
  const { shape, strides, offset } = attributes;
  const reached = layouts.extent(asStridedLayout(input, shape, strides, offset));
  const held = layouts.extent(input);
  if (held === undefined) return run(embedView, [grads[0]!], { shape: input.shape, strides, offset: 0 });
  const low = Math.min(held.low, reached?.low ?? held.low);
  const high = Math.max(held.high, reached?.high ?? held.high);
  const memory = { shape: [high - low + 1], strides, offset: offset - low };
  const flat = run(embedView, [grads[0]!], memory);
  const back = { shape: input.shape, strides: input.strides, offset: input.offset - low };
  if (!mayOverlap(input)) return run(asStrided, [flat], back);
  // Elements that the input has several times share what flows to them.
  const ones = run(add, [run(zerosLike, [inputs[0]!]), 1]);
  const counts = run(embedView, [ones], { ...back, shape: memory.shape });
  return run(divide, [run(asStrided, [flat], back), run(asStrided, [counts], back)]);
}

export interface AxesAttributes {
  readonly axes: readonly number[];
}

/** Axis `i` of the result is axis `axes[i]`. `Tensor.permute`, `np.transpose`. */
export const permute: Operation<AxesAttributes> = viewOperation(
  "permute",
  (input, { axes }) => layouts.permute(input, axes),
  ({ grads, attributes: { axes }, run }) => {
    const inverse = new Array<number>(axes.length);
    axes.forEach((axis, i) => {
      inverse[axis] = i;
    });
    return run(permute, [grads[0]!], { axes: inverse });
  },
);

export interface ShapeAttributes {
  readonly shape: Shape;
}

/** Stretched to a shape by strides of 0. @throws RuntimeError when the shape does not fit */
export const expand: Operation<ShapeAttributes> = viewOperation(
  "expand",
  (input, { shape }) => {
    const layout = layouts.broadcastTo(input, shape);
    if (layout !== undefined) return layout;
    throw new RuntimeError(`cannot stretch shape [${input.shape.join(", ")}] to [${shape.join(", ")}]`);
  },
  ({ grads }) => grads[0]!,
);

export interface SelectAttributes {
  readonly axis: number;
  /** From 0. */
  readonly index: number;
}

/** One element of an axis; the axis goes away. */
export const select: Operation<SelectAttributes> = windowOperation("select", (input, { axis, index }) =>
  layouts.select(input, axis, index),
);

export interface SliceAttributes {
  readonly axis: number;
  readonly start: number;
  /** May be negative. */
  readonly step: number;
  /** How many elements are taken. */
  readonly length: number;
}

/** Elements of an axis from `start`, `step` apart. */
export const slice: Operation<SliceAttributes> = windowOperation(
  "slice",
  (input, { axis, start, step, length }) => layouts.slice(input, axis, start, step, length),
);

export interface InsertAxisAttributes {
  readonly axis: number;
  /** The stride that the new axis shows; left out, PyTorch's. */
  readonly stride?: number;
}

/** An axis of length 1 before axis `axis`. `Tensor.unsqueeze`, `np.expand_dims`. */
export const insertAxis: Operation<InsertAxisAttributes> = viewOperation(
  "insertAxis",
  (input, { axis, stride }) => {
    const next = axis < input.rank ? input.shape[axis]! * input.strides[axis]! : 1;
    return layouts.insertAxis(input, axis, stride ?? next);
  },
  ({ grads, attributes: { axis }, run }) => run(removeAxes, [grads[0]!], { axes: [axis] }),
  "Unsqueeze",
);

/** Without these axes of length 1. `Tensor.squeeze`. */
export const removeAxes: Operation<AxesAttributes> = viewOperation(
  "removeAxes",
  (input, { axes }) => layouts.keepAxes(input, (axis) => !axes.includes(axis)),
  ({ grads, attributes: { axes }, run }) =>
    [...axes].sort((a, b) => a - b).reduce((value, axis) => run(insertAxis, [value], { axis }), grads[0]!),
  "Squeeze",
);

export interface ReshapeAttributes {
  readonly shape: Shape;
  /** As `reshapeStrides` or `numpyReshapeStrides` give them. */
  readonly strides: readonly number[];
}

/** The same elements in the same order under another shape. `Tensor.view`, and `reshape` where no copy is needed. */
export const reshapeView: Operation<ReshapeAttributes> = viewOperation(
  "reshapeView",
  (input, { shape, strides }) => input.with(shape, strides),
  ({ inputs, grads, run }) => reshape(run, grads[0]!, inputs[0]!.layout.shape),
  "View",
);

/** A value under another shape in row-major order: a view where there is one, else a view of a copy. */
export function reshape<Value extends Operand>(run: Run<Value>, value: Value, shape: Shape): Value {
  const { layout } = value;
  if (layout.rank === shape.length && shape.every((length, axis) => length === layout.shape[axis]))
    return value;
  const strides = reshapeStrides(layout, shape);
  if (strides !== undefined) return run(reshapeView, [value], { shape, strides });
  return run(reshapeView, [run(contiguous, [value])], { shape, strides: layouts.contiguousStrides(shape) });
}

export interface DiagonalAttributes {
  /** Which diagonal: above the main one where positive. */
  readonly offset: number;
  readonly axis1: number;
  readonly axis2: number;
}

/** Diagonals of the plane of two axes, as a last axis. */
export const diagonalView: Operation<DiagonalAttributes> = windowOperation(
  "diagonalView",
  (input, { offset, axis1, axis2 }) => layouts.diagonal(input, offset, axis1, axis2),
  "Diagonal",
);

export interface UnfoldAttributes {
  readonly axis: number;
  readonly size: number;
  readonly step: number;
}

/** Windows along an axis. `Tensor.unfold`. */
export const unfold: Operation<UnfoldAttributes> = windowOperation("unfold", (input, { axis, size, step }) =>
  input.rank === 0 ? input.with([size], [1]) : layouts.unfold(input, axis, size, step),
);

/** The same layout: another value over the same memory. */
export const alias: Operation = viewOperation(
  "alias",
  (input) => input,
  ({ grads }) => grads[0]!,
);

/** Complex numbers as pairs of reals: a last axis of length 2. */
export const viewAsReal: Operation = viewOperation(
  "viewAsReal",
  (input) => viewAsRealLayout(input),
  ({ grads, run }) => run(viewAsComplex, [run(contiguous, [grads[0]!])]),
);

/** Pairs of reals as complex numbers. The last axis has length 2 and stride 1, other strides and offset are even. */
export const viewAsComplex: Operation = viewOperation(
  "viewAsComplex",
  (input) => viewAsComplexLayout(input),
  ({ grads, run }) => run(viewAsReal, [grads[0]!]),
);

/** A complex gradient with one part given and the other 0. */
function partGradient<Value extends Operand>(
  { inputs, grads, run }: GradientContext<Value, undefined>,
  part: 0 | 1,
): Value {
  const { shape } = inputs[0]!.layout;
  const strides = layouts.contiguousStrides(shape).map((stride) => 2 * stride);
  return run(viewAsComplex, [run(embedView, [grads[0]!], { shape: [...shape, 2], strides, offset: part })]);
}

/** The real parts of complex numbers. */
export const realView: Operation = viewOperation(
  "realView",
  (input) => partView(input, 0),
  (context) => partGradient(context, 0),
  "Real",
);

/** The imaginary parts of complex numbers. */
export const imagView: Operation = viewOperation(
  "imagView",
  (input) => partView(input, 1),
  (context) => partGradient(context, 1),
  "Imag",
);
