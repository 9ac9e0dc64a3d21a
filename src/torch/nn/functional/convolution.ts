// torch.nn.functional.conv1d, conv2d, conv3d.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { convolution as operations } from "../../../devices/families/convolution.ts";
import { functionMode } from "../../function-mode.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { checkPadding, type Padding, type Size, samePadding, sizes } from "../sizes.ts";
import {
  type ConvolutionCall,
  checkBias,
  checkGeometry,
  checkKernel,
  checkRank,
  checkTypes,
  checkWeight,
} from "./convolution-checks.ts";

/** How a convolution goes over its input, one entry for each spatial axis. */
export interface ConvolutionSettings {
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "valid" | "same";
  readonly dilation: readonly number[];
  readonly groups: number;
}

/**
 * Convolution over so many spatial axes.
 * @param input shape [N, C, ...spatial], or without N @param weight shape [O, C / groups, ...kernel]
 * @throws RuntimeError in PyTorch's words when rank, channels, size or element types do not go together
 */
export function convolution(
  axes: number,
  input: Tensor,
  weight: Tensor,
  bias: Tensor | null,
  settings: ConvolutionSettings,
): Tensor {
  const { stride, dilation, groups } = settings;
  checkTypes(input, bias);
  checkRank(`conv${axes}d`, axes, input);
  if (input.layout.rank === axes + 1)
    return convolution(axes, input.unsqueeze(0), weight, bias, settings).squeeze(0);
  checkKernel(axes, input, weight, settings);
  const kernel = weight.layout.shape.slice(2);
  const padding = paddingPairs(settings.padding, kernel, dilation);
  const call: ConvolutionCall = { input, weight, bias, stride, padding, dilation, groups };
  checkGeometry(call);
  checkWeight(call, false);
  checkSizes(call);
  checkBias(call, false);
  const operands = bias === null ? [input, weight] : [input, weight, bias];
  return run(operations.conv, operands, { stride, padding, dilation, groups });
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

/** @throws RuntimeError when the channels do not meet or the kernel is larger than the padded input */
function checkSizes({ input, weight, padding, dilation, groups }: ConvolutionCall): void {
  const x = input.layout.shape;
  const w = weight.layout.shape;
  if (x[1] !== w[1]! * groups) {
    throw new RuntimeError(
      `Given groups=${groups}, weight of size [${w.join(", ")}], expected input[${x.join(", ")}] to have ${w[1]! * groups} channels, but got ${x[1]} channels instead`,
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
  checkPadding(bound.padding, stride, "function");
  return convolution(axes, bound.input, bound.weight, bound.bias, {
    stride,
    padding: typeof bound.padding === "string" ? bound.padding : sizes(bound.padding, axes),
    dilation: sizes(bound.dilation, axes),
    groups: bound.groups,
  });
}

/** Convolution over one spatial axis (torch.nn.functional.conv1d). */
export function conv1d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.conv1d", conv1d, args);
  return convolve(1, args);
}

/** Convolution over two spatial axes (torch.nn.functional.conv2d). */
export function conv2d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.conv2d", conv2d, args);
  return convolve(2, args);
}

/** Convolution over three spatial axes (torch.nn.functional.conv3d). */
export function conv3d(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.conv3d", conv3d, args);
  return convolve(3, args);
}
