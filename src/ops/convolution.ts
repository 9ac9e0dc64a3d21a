// Convolution (as neural networks mean it: the kernel is not flipped) over any number of spatial axes, and its two
// gradients, which are operations too: each one's gradients are the other two.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import type { Operation, Run } from "../core/op.ts";
import { conjugated } from "./conjugated.ts";
import { convolvedLengths } from "./shapes.ts";
import { permute, slice } from "./views.ts";

/** How a kernel goes over the spatial axes; one entry for each of them. */
export interface ConvolutionAttributes {
  readonly stride: readonly number[];
  /** Zeros before and after each axis. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** The shape that is not to be had from the operands: the input's or the weight's. */
export interface ConvolutionGradientAttributes extends ConvolutionAttributes {
  readonly shape: Shape;
}

/**
 * conv(x[N, C, ...], weight[O, C / groups, ...], bias[O]?) -> [N, O, ...].
 * @throws RuntimeError when channels do not meet or the kernel is larger than the padded input
 */
export const conv: Operation<ConvolutionAttributes> = {
  name: "conv",
  label: "Convolution",
  promotion: "common",
  infer: ([x, weight], dtype, attributes) => {
    const { groups } = attributes;
    const [out, channels] = [weight!.shape[0]!, weight!.shape[1]!];
    if (x!.rank !== weight!.rank || x!.shape[1] !== channels * groups || out % groups !== 0) {
      throw new RuntimeError(
        `convolution: weight [${weight!.shape.join(", ")}] in ${groups} groups needs an input of ` +
          `${channels * groups} channels and rank ${weight!.rank}, got [${x!.shape.join(", ")}]`,
      );
    }
    const lengths = convolvedLengths(x!.shape.slice(2), weight!.shape.slice(2), attributes);
    if (lengths.some((length) => length < 1)) {
      throw new RuntimeError(
        `convolution: the kernel [${weight!.shape.slice(2).join(", ")}] is larger than the padded input of ` +
          `[${x!.shape.slice(2).join(", ")}]`,
      );
    }
    return [Layout.contiguous(dtype, [x!.shape[0]!, out, ...lengths])];
  },
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [x, weight] = [inputs[0]!, inputs[1]!];
    const g = grads[0]!;
    return [
      needs(0)
        ? run(convInputGrad, [g, conjugated(run, weight)], { ...attributes, shape: x.layout.shape })
        : undefined,
      needs(1)
        ? run(convWeightGrad, [g, conjugated(run, x)], { ...attributes, shape: weight.layout.shape })
        : undefined,
      inputs.length > 2 && needs(2) ? channelsLast(run, g) : undefined,
    ];
  },
};

/**
 * convInputGrad(g[N, O, ...], weight) -> the gradient of an input of `shape`: the transposed convolution.
 */
export const convInputGrad: Operation<ConvolutionGradientAttributes> = {
  name: "convInputGrad",
  label: "ConvolutionBackward",
  promotion: "common",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [g, weight] = [inputs[0]!, inputs[1]!];
    const back = grads[0]!;
    return [
      needs(0) ? convolvedTo(run, back, conjugated(run, weight), attributes, g.layout.shape) : undefined,
      needs(1)
        ? run(convWeightGrad, [conjugated(run, g), back], { ...attributes, shape: weight.layout.shape })
        : undefined,
    ];
  },
};

/** convWeightGrad(g[N, O, ...], x[N, C, ...]) -> the gradient of a weight of `shape`. */
export const convWeightGrad: Operation<ConvolutionGradientAttributes> = {
  name: "convWeightGrad",
  label: "ConvolutionBackward",
  promotion: "common",
  infer: (_inputs, dtype, { shape }) => [Layout.contiguous(dtype, shape)],
  saves: { inputs: [0, 1] },
  gradient: ({ inputs, grads, attributes, needs, run }) => {
    const [g, x] = [inputs[0]!, inputs[1]!];
    const back = grads[0]!;
    return [
      needs(0) ? convolvedTo(run, conjugated(run, x), back, attributes, g.layout.shape) : undefined,
      needs(1)
        ? run(convInputGrad, [conjugated(run, g), back], { ...attributes, shape: x.layout.shape })
        : undefined,
    ];
  },
};

/**
 * The convolution at the first places alone, as many as `shape` has: a transposed convolution may have been asked for
 * an input that has room for more.
 */
function convolvedTo<Value extends Operand>(
  run: Run<Value>,
  x: Value,
  weight: Value,
  attributes: ConvolutionAttributes,
  shape: Shape,
): Value {
  const { stride, padding, dilation, groups } = attributes;
  let result = run(conv, [x, weight], { stride, padding, dilation, groups });
  for (let axis = 2; axis < shape.length; axis++) {
    const length = shape[axis]!;
    if (result.layout.shape[axis] !== length)
      result = run(slice, [result], { axis, start: 0, step: 1, length });
  }
  return result;
}

/** The channels as last axis, so that all other axes are summed away when a bias's gradient is summed back. */
function channelsLast<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const axes = value.layout.shape.map((_, axis) => axis).filter((axis) => axis !== 1);
  return run(permute, [value], { axes: [...axes, 1] });
}
