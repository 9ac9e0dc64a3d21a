// torch.nn.Conv1d, Conv2d, Conv3d.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ConvolutionBound,
  ConvolutionLayer,
  type ConvolutionOptions,
  convolutionDefaults,
} from "./convolution-layer.ts";
import { convolution } from "./functional/convolution.ts";
import { type PaddingMode, pad } from "./functional/padding.ts";
import { type Padding, type Size, samePadding } from "./sizes.ts";

type ConvolutionArguments = Signature<
  [
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    stride: Size,
    padding: Padding,
    dilation: Size,
    groups: number,
    bias: boolean,
    paddingMode: PaddingMode,
  ],
  ConvolutionOptions
>;

const names = [
  "inChannels",
  "outChannels",
  "kernelSize",
  "stride",
  "padding",
  "dilation",
  "groups",
  "bias",
  "paddingMode",
] as const;

/** What convolutions of any number of spatial axes have in common. */
class Convolution extends ConvolutionLayer {
  constructor(axes: number, args: readonly unknown[]) {
    super(axes, bind<ConvolutionBound>(`Conv${axes}d.__init__`, names, args, convolutionDefaults), false, 0);
  }

  /** @param input shape [N, inChannels, ...spatial], or without N @returns shape [N, outChannels, ...spatial] */
  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups } = this;
    const axes = stride.length;
    if (this.paddingMode === "zeros") {
      return convolution(axes, input, weight, bias, { stride, padding, dilation, groups });
    }
    const padded = pad(input, this.borders().reverse().flat(), this.paddingMode);
    const inside = stride.map(() => 0);
    return convolution(axes, padded, weight, bias, { stride, padding: inside, dilation, groups });
  }

  /** Elements before and after each spatial axis. */
  private borders(): [number, number][] {
    const { padding } = this;
    if (padding === "same") return samePadding(this.kernelSize, this.dilation);
    return this.kernelSize.map((_, axis) => {
      const length = padding === "valid" ? 0 : padding[axis]!;
      return [length, length];
    });
  }
}

/** Convolution over one spatial axis (torch.nn.Conv1d). */
export class Conv1d extends Convolution {
  constructor(...args: ConvolutionArguments) {
    super(1, args);
  }
}

/** Convolution over two spatial axes (torch.nn.Conv2d); `weight` is [out, in / groups, height, width]. */
export class Conv2d extends Convolution {
  constructor(...args: ConvolutionArguments) {
    super(2, args);
  }
}

/** Convolution over three spatial axes (torch.nn.Conv3d). */
export class Conv3d extends Convolution {
  constructor(...args: ConvolutionArguments) {
    super(3, args);
  }
}
