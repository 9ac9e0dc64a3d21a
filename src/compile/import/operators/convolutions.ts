// Matrix products and convolutions.

import { NotImplementedError } from "../../../core/errors.ts";
import { einsum } from "../../../torch/einsum.ts";
import { det } from "../../../torch/linalg/index.ts";
import {
  conv1d,
  conv2d,
  conv3d,
  convTranspose1d,
  convTranspose2d,
  convTranspose3d,
  linear,
  pad,
} from "../../../torch/nn/functional/index.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, int, ints, type Operator, operator, text } from "../operator.ts";
import { borderOf, convolutionAttributes, isEven, windowRefusal, windowsOver } from "./windows.ts";

const forward = [conv1d, conv2d, conv3d];
const backward = [convTranspose1d, convTranspose2d, convTranspose3d];

function byRank<T>(table: readonly T[], axes: number): T {
  const found = table[axes - 1];
  if (found === undefined) throw new NotImplementedError(`convolutions over ${axes} axes are not here`);
  return found;
}

interface ConvolutionValues {
  readonly auto_pad: string;
  readonly dilations: readonly number[] | undefined;
  readonly kernel_shape: readonly number[] | undefined;
  readonly pads: readonly number[] | undefined;
  readonly strides: readonly number[] | undefined;
  readonly group: number;
}

/** A convolution, with an even border inside it and an uneven one before it. */
export function convolved(call: Call<ConvolutionValues>): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.maybe(2)];
  const windows = windowsOver(x, weight.shape.slice(2), call.attributes);
  const { stride, dilation, before } = windows;
  const conv = byRank(forward, stride.length);
  const options = { stride, dilation, groups: call.attributes.group };
  if (isEven(windows)) return conv(x, weight, bias, { ...options, padding: before });
  return conv(pad(x, borderOf(windows)), weight, bias, options);
}

interface TransposedValues extends ConvolutionValues {
  readonly output_padding: readonly number[] | undefined;
  readonly output_shape: readonly number[] | undefined;
}

/** What is cut off before and after, and what is added after, along one axis. */
function cuts(
  call: Call<TransposedValues>,
  axis: number,
  whole: number,
  given: number,
): readonly [number, number] {
  const { auto_pad: mode, output_shape: wanted, pads, strides } = call.attributes;
  const isSame = mode === "SAME_UPPER" || mode === "SAME_LOWER";
  const length = call.tensor(0).shape[axis + 2]! * (strides?.[axis] ?? 1);
  const asked =
    wanted === undefined ? (isSame ? length : undefined) : wanted.at(axis - (call.tensor(0).ndim - 2));
  if (asked === undefined)
    return mode === "VALID" || pads === undefined ? [0, 0] : [pads[axis]!, pads[axis + given]!];
  const total = whole - asked;
  const half = Math.floor(total / 2);
  return mode === "SAME_UPPER" ? [half, total - half] : [total - half, half];
}

/** A transposed convolution: all of it, and what the borders cut off. */
function transposed(call: Call<TransposedValues>): Tensor {
  const [x, weight, bias] = [call.tensor(0), call.tensor(1), call.maybe(2)];
  const kernel = weight.shape.slice(2);
  const { attributes } = call;
  const stride = attributes.strides ?? kernel.map(() => 1);
  const dilation = attributes.dilations ?? kernel.map(() => 1);
  const extra = attributes.output_padding ?? kernel.map(() => 0);
  const borders = kernel.map((length, axis) => {
    const reach = (length - 1) * dilation[axis]! + 1;
    const whole = (x.shape[axis + 2]! - 1) * stride[axis]! + reach + extra[axis]!;
    return cuts(call, axis, whole, kernel.length);
  });
  const conv = byRank(backward, kernel.length);
  const options = { stride, dilation, groups: attributes.group };
  if (
    borders.every(
      ([before, after], i) =>
        before === after && before >= 0 && extra[i]! < Math.max(stride[i]!, dilation[i]!),
    )
  ) {
    return conv(x, weight, bias, {
      ...options,
      padding: borders.map(([before]) => before),
      outputPadding: [...extra],
    });
  }
  const all = conv(x, weight, bias, options);
  const lengthened = borderOf({ before: extra.map(() => 0), after: extra });
  // Beyond the kernels' reach there is nothing but the bias.
  const result = extra.some((each) => each > 0) ? withBias(all, lengthened, bias) : all;
  return pad(
    result,
    borderOf({ before: borders.map(([each]) => -each), after: borders.map(([, each]) => -each) }),
  );
}

function withBias(x: Tensor, border: readonly number[], bias: Tensor | null): Tensor {
  if (bias === null) return pad(x, border);
  const along = bias.reshape(1, -1, ...x.shape.slice(2).map(() => 1));
  return pad(x.sub(along), border).add(along);
}

interface GemmValues {
  readonly alpha: number;
  readonly beta: number;
  readonly transA: number;
  readonly transB: number;
}

/** alpha a b + beta c. */
export function gemm(call: Call<GemmValues>): Tensor {
  const [a, b, c] = [call.tensor(0), call.tensor(1), call.maybe(2)];
  const { alpha, beta, transA, transB } = call.attributes;
  const left = transA === 1 ? a.t() : a;
  const isLinear =
    transB === 1 && alpha === 1 && beta === 1 && (c === null || (c.ndim === 1 && c.shape[0] === b.shape[0]));
  if (isLinear && a.dtype.isFloatingPoint) return linear(left, b, c);
  const product = left.matmul(transB === 1 ? b.t() : b);
  const scaled = alpha === 1 ? product : product.mul(alpha).to(product.dtype);
  return c === null ? scaled : scaled.add(beta === 1 ? c : c.mul(beta).to(c.dtype));
}

/** Matrix products and convolutions. */
export const productOperators: readonly Operator[] = [
  operator("MatMul", {}, (call) => call.tensor(0).matmul(call.tensor(1))),
  operator(
    "Gemm",
    { alpha: float(1), beta: float(1), transA: int(0), transB: int(0), broadcast: int() },
    gemm,
  ),
  operator("Einsum", { equation: text("") }, (call) => einsum(call.attributes.equation, ...call.all())),
  operator("Det", {}, (call) => det(call.tensor(0))),
  operator("Conv", convolutionAttributes, convolved, windowRefusal),
  operator(
    "ConvTranspose",
    { ...convolutionAttributes, output_padding: ints(), output_shape: ints() },
    transposed,
    windowRefusal,
  ),
];
