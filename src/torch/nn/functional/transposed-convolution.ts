// torch.nn.functional.conv_transpose1d, conv_transpose2d, conv_transpose3d: the gradient of a convolution with respect
// to its input, as a layer.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { convolution as operations } from "../../../devices/families/convolution.ts";
import { shapeText } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type Size, sizes } from "../sizes.ts";
import {
  axisTexts,
  type ConvolutionCall,
  checkBias,
  checkGeometry,
  checkKernel,
  checkRank,
  checkTypes,
  checkWeight,
} from "./convolution-checks.ts";

/** How a transposed convolution goes, one entry for each spatial axis. */
export interface TransposedSettings {
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  /** By how much the end of each axis reaches beyond what the other settings give. */
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly dilation: readonly number[];
}

/**
 * Transposed convolution over so many spatial axes.
 * @param input shape [N, C, ...spatial], or without N @param weight shape [C, O / groups, ...kernel]
 * @returns shape [N, O, ...]: an axis is (in - 1) stride - 2 padding + dilation (kernel - 1) + outputPadding + 1 long
 * @throws RuntimeError in PyTorch's words when rank, channels, size or element types do not go together
 */
export function transposedConvolution(
  axes: number,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: TransposedSettings,
): Tensor {
  const { stride, dilation, groups, outputPadding } = settings;
  checkTypes(input, bias);
  checkRank(`conv_transpose${axes}d`, axes, input);
  if (input.layout.rank === axes + 1)
    return transposedConvolution(axes, input.unsqueeze(0), weight, bias, settings).squeeze(0);
  checkKernel(axes, input, weight, settings);
  const padding = settings.padding.map((length): [number, number] => [length, length]);
  const call: ConvolutionCall = { input, weight, bias, stride, padding, dilation, groups };
  checkGeometry(call);
  if (outputPadding.some((length) => length < 0))
    throw new RuntimeError("negative output_padding is not supported");
  checkWeight(call, true);
  checkChannels(call);
  checkBias(call, true);
  const shape = outputShape(call, outputPadding);
  const perChannel = [-1, ...stride.map(() => 1)];
  const result = inFloat32([input, weight, bias], (x, kernel, added) => {
    const product = run(operations.convInputGrad, [x, kernel], { shape, stride, padding, dilation, groups });
    return added === null ? product : product.add(added.view(perChannel));
  });
  return named(result, "ConvolutionBackward0");
}

function checkChannels({ input, weight }: ConvolutionCall): void {
  const x = input.layout.shape;
  const w = weight.layout.shape;
  if (x[1] !== w[0]) {
    throw new RuntimeError(
      `Given transposed=1, weight of size ${shapeText(w)}, expected input${shapeText(x)} to have ${w[0]} channels, but got ${x[1]} channels instead`,
    );
  }
  if (x.slice(2).includes(0)) {
    throw new RuntimeError(
      `Only zero batch or zero channel inputs are supported, but got input shape: ${shapeText(x)}`,
    );
  }
}

function outputShape(call: ConvolutionCall, outputPadding: readonly number[]): number[] {
  const { input, weight, stride, padding, dilation, groups } = call;
  if (outputPadding.some((length, axis) => length >= stride[axis]! && length >= dilation[axis]!)) {
    throw new RuntimeError(
      `output padding must be smaller than either stride or dilation, but got ${axisTexts("output_padding", outputPadding, 0)} ${axisTexts("stride", stride, 1)} ${axisTexts("dilation", dilation, 1)}`,
    );
  }
  const [batch, , ...spatial] = input.layout.shape;
  const kernel = weight.layout.shape.slice(2);
  const lengths = spatial.map(
    (length, axis) =>
      (length - 1) * stride[axis]! -
      2 * padding[axis]![0] +
      dilation[axis]! * (kernel[axis]! - 1) +
      outputPadding[axis]! +
      1,
  );
  if (lengths.some((length) => length < 1)) {
    const line = spatial.length === 1 ? [1] : [];
    throw new RuntimeError(
      `Given input size per channel: (${[...line, ...spatial].join(" x ")}). Calculated output size per channel: (${[...line, ...lengths].join(" x ")}). Output size is too small`,
    );
  }
  return [batch!, weight.layout.shape[1]! * groups, ...lengths];
}

interface Options {
  readonly bias?: Tensor | null;
  readonly stride?: Size;
  readonly padding?: Size;
  readonly outputPadding?: Size;
  readonly groups?: number;
  readonly dilation?: Size;
}

type Arguments = Signature<
  [
    input: Tensor,
    weight: Tensor,
    bias: Tensor | null,
    stride: Size,
    padding: Size,
    outputPadding: Size,
    groups: number,
    dilation: Size,
  ],
  Options
>;

type Bound = Required<Options> & { readonly input: Tensor; readonly weight: Tensor };

function convolve(axes: number, args: readonly unknown[]): Tensor {
  const bound = bind<Bound>(
    `conv_transpose${axes}d`,
    ["input", "weight", "bias", "stride", "padding", "outputPadding", "groups", "dilation"],
    args,
    { bias: null, stride: 1, padding: 0, outputPadding: 0, groups: 1, dilation: 1 },
  );
  return transposedConvolution(axes, bound.input, bound.weight, bound.bias, {
    stride: sizes(bound.stride, axes),
    padding: sizes(bound.padding, axes),
    outputPadding: sizes(bound.outputPadding, axes),
    groups: bound.groups,
    dilation: sizes(bound.dilation, axes),
  });
}

/** Transposed convolution over one spatial axis (torch.nn.functional.conv_transpose1d). */
export function convTranspose1d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.convTranspose1d", convTranspose1d, args);
  return convolve(1, args);
}

/** Transposed convolution over two spatial axes (torch.nn.functional.conv_transpose2d). */
export function convTranspose2d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.convTranspose2d", convTranspose2d, args);
  return convolve(2, args);
}

/** Transposed convolution over three spatial axes (torch.nn.functional.conv_transpose3d). */
export function convTranspose3d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.convTranspose3d", convTranspose3d, args);
  return convolve(3, args);
}
