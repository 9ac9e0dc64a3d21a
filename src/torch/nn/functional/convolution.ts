// torch.nn.functional.conv1d, conv2d, conv3d.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { conv } from "../../../ops/convolution.ts";
import { scalarTypeName, shapeText } from "../../errors.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkCount, checkPadding, type Padding, type Size, samePadding, sizes } from "../sizes.ts";

/** How a convolution goes over its input, one entry for each spatial axis. */
export interface ConvolutionSettings {
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "valid" | "same";
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * Convolution over as many spatial axes as the weight has.
 * @param input shape [N, C, ...spatial], or without N @param weight shape [O, C / groups, ...kernel]
 * @throws RuntimeError in PyTorch's words when rank, channels, size or element types do not go together
 */
export function convolution(
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvolutionSettings,
): Tensor {
  const axes = weight.layout.rank - 2;
  if (axes < 1) throw new RuntimeError("weight should have at least three dimensions");
  const { stride, dilation, groups } = settings;
  checkTypes(input, weight, bias);
  const { rank, shape } = input.layout;
  if (rank !== axes + 1 && rank !== axes + 2) {
    throw new RuntimeError(
      `Expected ${axes + 1}D (unbatched) or ${axes + 2}D (batched) input to conv${axes}d, but got input of size: ${shapeText(shape)}`,
    );
  }
  if (rank === axes + 1) return convolution(input.unsqueeze(0), weight, bias, settings).squeeze(0);
  const kernel = weight.layout.shape.slice(2);
  const padding = paddingPairs(settings.padding, kernel, dilation);
  checkSizes(input, weight, padding, settings);
  const operands = bias === null ? [input, weight] : [input, weight, bias];
  return run(conv, operands, { stride, padding, dilation, groups });
}

function paddingPairs(
  padding: ConvolutionSettings["padding"],
  kernel: readonly number[],
  dilation: readonly number[],
): [number, number][] {
  if (padding === "same") return samePadding(kernel, dilation);
  return kernel.map((_, axis) => {
    const length = padding === "valid" ? 0 : padding[axis]!;
    return [length, length];
  });
}

function checkTypes(input: Tensor, weight: Tensor, bias: Tensor | null): void {
  const x = input.layout.dtype;
  if (bias !== null && bias.layout.dtype !== x) {
    throw new RuntimeError(
      `Input type (${lowerName(input)}) and bias type (${lowerName(bias)}) should be the same`,
    );
  }
  if (weight.layout.dtype !== x) {
    throw new RuntimeError(
      `Input type (${lowerName(input)}) and weight type (${lowerName(weight)}) should be the same`,
    );
  }
}

/** C's name of the element type, as these messages have it. */
function lowerName(tensor: Tensor): string {
  const name = scalarTypeName(tensor.layout.dtype);
  const special: Readonly<Record<string, string>> = {
    Long: "long int",
    Byte: "unsigned char",
    Char: "signed char",
    Half: "c10::Half",
    BFloat16: "c10::BFloat16",
    ComplexFloat: "c10::complex<float>",
    ComplexDouble: "c10::complex<double>",
  };
  return special[name] ?? name.toLowerCase();
}

function checkSizes(
  input: Tensor,
  weight: Tensor,
  padding: readonly (readonly [number, number])[],
  { stride, dilation, groups }: ConvolutionSettings,
): void {
  const x = input.layout.shape;
  const w = weight.layout.shape;
  if (stride.some((step) => step <= 0)) throw new RuntimeError("non-positive stride is not supported");
  if (padding.some(([before]) => before < 0)) throw new RuntimeError("negative padding is not supported");
  if (dilation.some((step) => step <= 0)) throw new RuntimeError("dilation should be greater than zero");
  if (groups <= 0) throw new RuntimeError("non-positive groups is not supported");
  if (w[0]! < groups) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be at least ${groups} at dimension 0, but got weight of size ${shapeText(w)} instead`,
    );
  }
  if (w[0]! % groups !== 0) {
    throw new RuntimeError(
      `Given groups=${groups}, expected weight to be divisible by ${groups} at dimension 0, but got weight of size ${shapeText(w)} instead`,
    );
  }
  if (x[1] !== w[1]! * groups) {
    throw new RuntimeError(
      `Given groups=${groups}, weight of size ${shapeText(w)}, expected input${shapeText(x)} to have ${w[1]! * groups} channels, but got ${x[1]} channels instead`,
    );
  }
  const padded = x.slice(2).map((length, axis) => length + padding[axis]![0] + padding[axis]![1]);
  const reach = w.slice(2).map((length, axis) => dilation[axis]! * (length - 1) + 1);
  if (padded.some((length, axis) => length < reach[axis]!)) {
    throw new RuntimeError(
      `Calculated padded input size per channel: (${padded.join(" x ")}). Kernel size: (${reach.join(" x ")}). Kernel size can't be greater than actual input size`,
    );
  }
}

interface Options {
  readonly bias?: Tensor | null;
  readonly stride?: Size;
  readonly padding?: Padding;
  readonly dilation?: Size;
  readonly groups?: number;
}

type Arguments = Signature<
  [
    input: Tensor,
    weight: Tensor,
    bias: Tensor | null,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: number,
  ],
  Options
>;

interface Bound {
  readonly input: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
  readonly stride: Size;
  readonly padding: Padding;
  readonly dilation: Size;
  readonly groups: number;
}

function convolve(axes: number, args: readonly unknown[]): Tensor {
  const bound = bind<Bound>(
    `conv${axes}d`,
    ["input", "weight", "bias", "stride", "padding", "dilation", "groups"],
    args,
    { bias: null, stride: 1, padding: 0, dilation: 1, groups: 1 },
  );
  const stride = sizes(bound.stride, axes);
  checkPadding(bound.padding, stride);
  checkCount("stride", stride, axes);
  return convolution(bound.input, bound.weight, bound.bias, {
    stride,
    padding: typeof bound.padding === "string" ? bound.padding : sizes(bound.padding, axes),
    dilation: sizes(bound.dilation, axes),
    groups: bound.groups,
  });
}

/** Convolution over one spatial axis (torch.nn.functional.conv1d). */
export function conv1d(...args: Arguments): Tensor {
  return convolve(1, args);
}

/** Convolution over two spatial axes (torch.nn.functional.conv2d). */
export function conv2d(...args: Arguments): Tensor {
  return convolve(2, args);
}

/** Convolution over three spatial axes (torch.nn.functional.conv3d). */
export function conv3d(...args: Arguments): Tensor {
  return convolve(3, args);
}
