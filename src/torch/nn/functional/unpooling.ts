// torch.nn.functional: max_unpool, which puts maxima back where they came from, and lp_pool, the p-norms of windows.

import { bind, type Signature } from "../../../core/arguments.ts";
import { int64 } from "../../../core/dtype.ts";
import { elements } from "../../../core/elements.ts";
import { RuntimeError, ValueError, ZeroDivisionError } from "../../../core/errors.ts";
import { product, type Shape } from "../../../core/layout.ts";
import { scatter } from "../../../ops/indexing.ts";
import { zeros } from "../../creation.ts";
import { scalarTypeName, shapeText } from "../../errors.ts";
import { named } from "../../node.ts";
import { lacks, type Refusals, refusals, refuse } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Size, sizes } from "../sizes.ts";
import { avgPool, maxPool, poolLabel } from "./pooling.ts";

/** How max pooling went, which unpooling undoes. */
export interface UnpoolSettings {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
  readonly outputSize: Shape | null;
}

const unpoolRefusals: readonly Refusals[] = [2, 2, 3].map((axes) =>
  refusals(lacks(`max_unpool${axes}d`, "bool", "rare", "whole", "complex")),
);

/**
 * Zeros with the maxima where their indices say.
 * @param input maxima, shape [N, C, ...spatial] or [C, ...spatial]
 * @param indices int64, of the same shape: positions in the flattened spatial axes of the result
 * @throws ValueError for an output size out of reach; RuntimeError when the operands do not go together
 */
export function maxUnpool(input: Tensor, indices: Tensor, axes: number, settings: UnpoolSettings): Tensor {
  const kernel = sizes(settings.kernelSize, axes);
  const stride = settings.stride === null ? kernel : sizes(settings.stride, axes);
  const lengths = unpooledLengths(input.layout.shape, kernel, stride, settings);
  check(input, indices, axes, stride);
  const lead = input.layout.shape.slice(0, -axes);
  const axis = lead.length;
  const total = product(lengths);
  checkIndices(indices, axes === 1 ? [...lengths, 1] : lengths, total);
  const empty = zeros([...lead, total], { dtype: input.layout.dtype });
  const flat = run(scatter, [empty, indices.flatten(axis), input.flatten(axis)], { axis });
  return named(flat.view([...lead, ...lengths]), poolLabel(axes, "MaxUnpool_DBackward0"));
}

/** The spatial lengths of the result: those of the smallest input that pooling takes to this shape, or those asked for. */
function unpooledLengths(
  shape: Shape,
  kernel: readonly number[],
  stride: readonly number[],
  { padding: given, outputSize }: UnpoolSettings,
): readonly number[] {
  const axes = kernel.length;
  const padding = sizes(given, axes);
  const smallest = kernel.map(
    (length, axis) => (shape.at(axis - axes)! - 1) * stride[axis]! + length - 2 * padding[axis]!,
  );
  if (outputSize === null) return smallest;
  const asked = outputSize.length === axes + 2 ? outputSize.slice(2) : outputSize;
  if (asked.length !== axes) {
    throw new ValueError(
      `output_size should be a sequence containing ${axes} or ${axes + 2} elements, but it has a length of '${asked.length}'`,
    );
  }
  asked.forEach((length, axis) => {
    const [low, high] = [smallest[axis]! - stride[axis]!, smallest[axis]! + stride[axis]!];
    if (length > low && length < high) return;
    throw new ValueError(
      `invalid output_size "${shapeText(asked)}" (dim ${axis} must be between ${low} and ${high})`,
    );
  });
  return asked;
}

/** PyTorch puts lines back as planes of width 1, in errors too. */
function check(input: Tensor, indices: Tensor, axes: number, stride: readonly number[]): void {
  const line = axes === 1 ? [1] : [];
  const [shape, places] = [
    [...input.layout.shape, ...line],
    [...indices.layout.shape, ...line],
  ];
  const count = axes === 3 ? 3 : 2;
  const { dtype } = indices.layout;
  if (dtype !== int64) {
    const got = axes === 3 ? "" : ` but got: ${scalarTypeName(dtype)}`;
    throw new RuntimeError(`elements in indices should be type int64${got}`);
  }
  const rank = shape.length;
  if (rank !== count + 1 && rank !== count + 2) {
    throw new RuntimeError(
      `Input to max_unpooling${count}d should be a ${count + 1}d or ${count + 2}d Tensor, but got a tensor with ${rank} dimensions.`,
    );
  }
  if (axes === 3 && stride.some((step) => step <= 0)) {
    throw new RuntimeError(`strides should be greater than zero, but got stride: ${shapeText(stride)}`);
  }
  if (`${shape}` !== `${places}`) {
    throw new RuntimeError(
      `Expected shape of indices to be same as that of the input tensor (${shapeText(shape)}) but got indices tensor with shape: ${shapeText(places)}`,
    );
  }
  const empty = shape.findIndex((length, axis) => axis > 0 && length === 0);
  if (empty >= 0) {
    throw new RuntimeError(
      `max_unpooling${count}d_forward_out_cpu(): Expected input to have non-zero size for non-batch dimensions, but got ${shapeText(shape)} with dimension ${empty} being empty.`,
    );
  }
  refuse(unpoolRefusals[axes - 1], input.layout.dtype);
}

/** @throws RuntimeError for an index outside the result */
function checkIndices(indices: Tensor, lengths: readonly number[], total: number): void {
  for (const place of elements(indices)) {
    const at = Number(place);
    if (at >= 0 && at < total) continue;
    throw new RuntimeError(
      `Found an invalid max index: ${at} (output volumes are of size ${lengths.join("x")})`,
    );
  }
}

interface UnpoolBound extends UnpoolSettings {
  readonly input: Tensor;
  readonly indices: Tensor;
}

type UnpoolArguments = Signature<
  [
    input: Tensor,
    indices: Tensor,
    kernelSize: Size,
    stride: Size | null,
    padding: Size,
    outputSize: Shape | null,
  ],
  Partial<UnpoolBound>
>;

function unpoolCall(axes: number, args: readonly unknown[]): Tensor {
  const names = ["input", "indices", "kernelSize", "stride", "padding", "outputSize"] as const;
  const bound = bind<UnpoolBound>(`max_unpool${axes}d`, names, args, {
    stride: null,
    padding: 0,
    outputSize: null,
  });
  return maxUnpool(bound.input, bound.indices, axes, bound);
}

/** The inverse of `maxPool1d`, zero elsewhere (torch.nn.functional.max_unpool1d). */
export function maxUnpool1d(...args: UnpoolArguments): Tensor {
  return unpoolCall(1, args);
}

/** The inverse of `maxPool2d`, zero elsewhere (torch.nn.functional.max_unpool2d). */
export function maxUnpool2d(...args: UnpoolArguments): Tensor {
  return unpoolCall(2, args);
}

/** The inverse of `maxPool3d`, zero elsewhere (torch.nn.functional.max_unpool3d). */
export function maxUnpool3d(...args: UnpoolArguments): Tensor {
  return unpoolCall(3, args);
}

/** What p-norm pooling takes by name. */
export interface LPPoolSettings {
  /** The exponent p; infinities give extremes of absolute values. */
  readonly normType: number;
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly ceilMode: boolean;
}

/**
 * (sum of x^p)^(1/p) of each window.
 * @throws RuntimeError as `avgPool`
 */
export function lpPool(input: Tensor, axes: number, settings: LPPoolSettings): Tensor {
  const { normType, kernelSize, stride, ceilMode } = settings;
  const window = { kernelSize, stride, padding: 0, ceilMode };
  if (normType === Number.POSITIVE_INFINITY)
    return maxPool(input.abs(), axes, { ...window, dilation: 1 }) as Tensor;
  if (normType === Number.NEGATIVE_INFINITY)
    return (maxPool(input.abs().neg(), axes, { ...window, dilation: 1 }) as Tensor).neg();
  const mean = avgPool(input.pow(normType), axes, {
    ...window,
    countIncludePad: true,
    divisorOverride: null,
  });
  if (normType === 0) throw new ZeroDivisionError("float division by zero");
  const sum = mean
    .sign()
    .mul(mean.abs().relu())
    .mul(product(sizes(kernelSize, axes)));
  return sum.pow(1 / normType);
}

interface LPPoolBound extends LPPoolSettings {
  readonly input: Tensor;
}

type LPPoolArguments = Signature<
  [input: Tensor, normType: number, kernelSize: Size, stride: Size | null, ceilMode: boolean],
  Partial<LPPoolBound>
>;

function lpPoolCall(axes: number, args: readonly unknown[]): Tensor {
  const names = ["input", "normType", "kernelSize", "stride", "ceilMode"] as const;
  const bound = bind<LPPoolBound>(`lp_pool${axes}d`, names, args, { stride: null, ceilMode: false });
  return lpPool(bound.input, axes, { ...bound, normType: Number(bound.normType) });
}

/** p-norms of windows over one axis (torch.nn.functional.lp_pool1d). */
export function lpPool1d(...args: LPPoolArguments): Tensor {
  return lpPoolCall(1, args);
}

/** p-norms of windows over two axes (torch.nn.functional.lp_pool2d). */
export function lpPool2d(...args: LPPoolArguments): Tensor {
  return lpPoolCall(2, args);
}

/** p-norms of windows over three axes (torch.nn.functional.lp_pool3d). */
export function lpPool3d(...args: LPPoolArguments): Tensor {
  return lpPoolCall(3, args);
}
