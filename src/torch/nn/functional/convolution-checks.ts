// What PyTorch says of the operands of a convolution, transposed or not (aten/src/ATen/native/Convolution.cpp).

import { int64 } from "../../../core/dtype.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { cTypeName, scalarTypeName, shapeText } from "../../errors.ts";
import { lacks, refusals, refuse } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import { checkCount } from "../sizes.ts";

/** A convolution about to run, its input with a batch axis. */
export interface ConvolutionCall {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly stride: readonly number[];
  /** Before and after each spatial axis. */
  readonly padding: readonly (readonly [number, number])[];
  readonly dilation: readonly number[];
  readonly groups: number;
}

/** @throws RuntimeError when the bias has another type than the input */
export function checkTypes(input: Tensor, bias: Tensor | null): void {
  if (bias === null || bias.layout.dtype === input.layout.dtype) return;
  throw new RuntimeError(
    `Input type (${cTypeName(input.layout.dtype)}) and bias type (${cTypeName(bias.layout.dtype)}) should be the same`,
  );
}

/** @throws RuntimeError for an input of another rank than the spatial axes, the channels, and a batch axis if any */
export function checkRank(name: string, axes: number, { layout: { rank, shape } }: Tensor): void {
  if (rank === axes + 1 || rank === axes + 2) return;
  throw new RuntimeError(
    `Expected ${axes + 1}D (unbatched) or ${axes + 2}D (batched) input to ${name}, but got input of size: ${shapeText(shape)}`,
  );
}

/** @throws RuntimeError when the weight has another rank than the input, or a setting another count than the axes */
export function checkKernel(
  axes: number,
  input: Tensor,
  weight: Tensor,
  settings: {
    readonly stride: readonly number[];
    readonly padding: readonly number[] | string;
    readonly outputPadding?: readonly number[];
    readonly dilation: readonly number[];
  },
): void {
  const { rank, shape } = weight.layout;
  if (rank < 3) throw new RuntimeError("weight should have at least three dimensions");
  const { padding } = settings;
  if (typeof padding === "string" && rank !== axes + 2) {
    throw new RuntimeError(
      `Expected ${rank}-dimensional input for ${rank}-dimensional weight${shapeText(shape)}, but got ${input.layout.rank}-dimensional input of size ${shapeText(input.layout.shape)} instead`,
    );
  }
  checkCount("stride", settings.stride, rank - 2);
  if (typeof padding !== "string") checkCount("padding", padding, rank - 2);
  checkCount("dilation", settings.dilation, rank - 2);
  if (settings.outputPadding !== undefined) checkCount("output_padding", settings.outputPadding, rank - 2);
}

/** @throws RuntimeError for a setting out of range */
export function checkGeometry({ stride, padding, dilation, groups }: ConvolutionCall): void {
  if (padding.some(([before]) => before < 0)) throw new RuntimeError("negative padding is not supported");
  if (stride.some((step) => step <= 0)) throw new RuntimeError("non-positive stride is not supported");
  if (dilation.some((step) => step <= 0)) throw new RuntimeError("dilation should be greater than zero");
  if (groups <= 0) throw new RuntimeError("non-positive groups is not supported");
}

const axisNames: Readonly<Record<number, readonly string[]>> = {
  1: ["height", "width"],
  2: ["height", "width"],
  3: ["depth", "height", "width"],
};

/** `kernel_height: 2 kernel_width: 2`; PyTorch takes lines for planes of height `line`. */
export function axisTexts(name: string, values: readonly number[], line: number): string {
  const all = values.length === 1 ? [line, ...values] : values;
  return all.map((value, axis) => `${name}_${axisNames[values.length]![axis]}: ${value}`).join(" ");
}

const planeRefusals = refusals(lacks("slow_conv2d_cpu", "bool", "rare"));
const volumeRefusals = refusals(lacks("compute_columns3d", "bool", "rare"));
// Of the integers, int64 alone goes through a transposed convolution.
const backPlaneRefusals = refusals(lacks("slow_conv_transpose2d_out_cpu", "bool", "rare", "whole"));
const backVolumeRefusals = refusals(lacks("slow_conv_transpose3d_out_cpu", "bool", "rare", "whole"));

/** @throws RuntimeError for a weight that the groups do not divide, is empty, or has another type than the input */
export function checkWeight({ input, weight, groups }: ConvolutionCall, isTransposed: boolean): void {
  const { shape, dtype } = weight.layout;
  const [first] = shape;
  if (first! < groups) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${shapeText(shape)} instead`,
    );
  }
  if (first! % groups !== 0) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size [${shapeText(shape)}] instead`,
    );
  }
  const kernel = shape.slice(2);
  if (kernel.includes(0)) {
    throw new RuntimeError(
      `kernel size should be greater than zero, but got ${axisTexts("kernel", kernel, 1)}`,
    );
  }
  const x = input.layout.dtype;
  if (dtype !== x) {
    throw new RuntimeError(`expected scalar type ${scalarTypeName(x)} but found ${scalarTypeName(dtype)}`);
  }
  const isVolume = kernel.length === 3;
  if (!isTransposed) refuse(isVolume ? volumeRefusals : planeRefusals, x);
  else if (x !== int64) refuse(isVolume ? backVolumeRefusals : backPlaneRefusals, x);
}

/** @throws RuntimeError for a bias that is no vector of as many elements as there are output channels */
export function checkBias({ weight, bias, groups }: ConvolutionCall, isTransposed: boolean): void {
  if (bias === null) return;
  const { shape } = weight.layout;
  const channels = isTransposed ? shape[1]! * groups : shape[0]!;
  if (bias.layout.rank === 1 && bias.layout.shape[0] === channels) return;
  throw new RuntimeError(
    `Given ${isTransposed ? "transposed=1, " : ""}weight of size ${shapeText(shape)}, expected bias to be 1-dimensional with ${channels} elements, but got bias of size ${shapeText(bias.layout.shape)} instead`,
  );
}
