// Pooling: windows over the last axes of [..., channels, spatial axes], reduced to their largest element or their mean.

import { int64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { Layout, product, type Shape } from "../core/layout.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { gatherGradient } from "./indexing.ts";
import { windowCount } from "./shapes.ts";
import { reshape } from "./views.ts";

/** Windows; one entry for each spatial axis. */
export interface WindowAttributes {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  /** On both sides of each axis. */
  readonly padding: readonly number[];
  /** Windows that begin inside the input or its padding before, and end beyond, count too. */
  readonly ceilMode: boolean;
}

export interface MaxPoolAttributes extends WindowAttributes {
  readonly dilation: readonly number[];
}

export interface AveragePoolAttributes extends WindowAttributes {
  /** The padding's zeros count as elements. */
  readonly countIncludePad: boolean;
  /** What sums are divided by instead of the count of elements. */
  readonly divisorOverride?: number | undefined;
}

export interface SizeAttributes {
  /** The lengths of the spatial axes of the result. */
  readonly size: readonly number[];
}

function pooledShape(
  shape: Shape,
  { kernel, stride, padding, ceilMode }: WindowAttributes,
  dilation?: Shape,
): number[] {
  const lead = shape.length - kernel.length;
  return shape.map((length, axis) => {
    const k = axis - lead;
    if (k < 0) return length;
    return windowCount(length, kernel[k]!, stride[k]!, padding[k]!, dilation?.[k] ?? 1, ceilMode);
  });
}

function sizedShape(shape: Shape, { size }: SizeAttributes): number[] {
  return [...shape.slice(0, shape.length - size.length), ...size];
}

/** What flows back from largest elements: each to where its index in the plane says. */
function planeGradient<Value extends Operand>(
  { inputs, outputs, grads, run }: GradientContext<Value, unknown>,
  spatial: number,
): (Value | undefined)[] {
  const g = grads[0];
  if (g === undefined) return [undefined];
  const { shape } = inputs[0]!.layout;
  const lead = shape.slice(0, shape.length - spatial);
  const flat = [...lead, product(g.layout.shape.slice(lead.length))];
  const plane = [...lead, product(shape.slice(lead.length))];
  const index = reshape(run, outputs[1]!, flat);
  const back = run(gatherGradient, [reshape(run, g, flat), index], { axis: lead.length, shape: plane });
  return [reshape(run, back, shape)];
}

/**
 * maxPool(x[..., spatial axes]) -> values, and int64 indices into the flattened spatial axes. The first of equal
 * elements is taken, NaN before all. `torch.nn.functional.max_pool2d` with `return_indices`.
 */
export const maxPool: Operation<MaxPoolAttributes> = {
  name: "maxPool",
  label: "MaxPool2DWithIndices",
  promotion: "none",
  infer: ([x], dtype, attributes) => {
    const shape = pooledShape(x!.shape, attributes, attributes.dilation);
    return [Layout.contiguous(dtype, shape), Layout.contiguous(int64, shape)];
  },
  saves: { inputs: [0], outputs: [1] },
  gradient: (context) => planeGradient(context, context.attributes.kernel.length),
};

/** adaptiveMaxPool(x[..., spatial axes]) -> values and indices as `maxPool`, with as many windows as asked. */
export const adaptiveMaxPool: Operation<SizeAttributes> = {
  name: "adaptiveMaxPool",
  label: "AdaptiveMaxPool2D",
  promotion: "none",
  infer: ([x], dtype, attributes) => {
    const shape = sizedShape(x!.shape, attributes);
    return [Layout.contiguous(dtype, shape), Layout.contiguous(int64, shape)];
  },
  saves: { inputs: [0], outputs: [1] },
  gradient: (context) => planeGradient(context, context.attributes.size.length),
};

/** An attribute set with the shape of the input that a gradient goes to. */
export type WithShape<Attributes> = Attributes & { readonly shape: Shape };

/** avgPool(x[..., spatial axes]): means of windows. `torch.nn.functional.avg_pool2d`. */
export const avgPool: Operation<AveragePoolAttributes> = {
  name: "avgPool",
  label: "AvgPool2D",
  promotion: "none",
  infer: ([x], dtype, attributes) => [Layout.contiguous(dtype, pooledShape(x!.shape, attributes))],
  saves: { inputs: [0] },
  gradient: ({ inputs, grads, attributes, run }) => [
    run(avgPoolGradient, [grads[0]!], { ...attributes, shape: inputs[0]!.layout.shape }),
  ],
};

/** avgPoolGradient(g): each element of g spread evenly over its window of an input of `shape`. */
export const avgPoolGradient: Operation<WithShape<AveragePoolAttributes>> = {
  name: "avgPoolGradient",
  label: "AvgPool2DBackward",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  gradient: ({ grads, attributes, run }) => [run(avgPool, [grads[0]!], attributes)],
};

/** adaptiveAvgPool(x[..., spatial axes]): means of as many windows as asked, which cover the input. */
export const adaptiveAvgPool: Operation<SizeAttributes> = {
  name: "adaptiveAvgPool",
  label: "AdaptiveAvgPool2D",
  promotion: "none",
  infer: ([x], dtype, attributes) => [Layout.contiguous(dtype, sizedShape(x!.shape, attributes))],
  saves: { inputs: [0] },
  gradient: ({ inputs, grads, attributes, run }) => [
    run(adaptiveAvgPoolGradient, [grads[0]!], { ...attributes, shape: inputs[0]!.layout.shape }),
  ],
};

/** adaptiveAvgPoolGradient(g): each element of g spread evenly over its window of an input of `shape`. */
export const adaptiveAvgPoolGradient: Operation<WithShape<SizeAttributes>> = {
  name: "adaptiveAvgPoolGradient",
  label: "AdaptiveAvgPool2DBackward",
  promotion: "none",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  gradient: ({ grads, attributes, run }) => [run(adaptiveAvgPool, [grads[0]!], attributes)],
};
