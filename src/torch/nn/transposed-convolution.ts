// torch.nn.ConvTranspose1d, ConvTranspose2d, ConvTranspose3d.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { tupleText } from "../../core/text.ts";
import { shapeText, sizeText } from "../errors.ts";
import type { Tensor } from "../tensor.ts";
import {
  type ConvolutionBound,
  ConvolutionLayer,
  type ConvolutionOptions,
  convolutionDefaults,
} from "./convolution-layer.ts";
import { transposedConvolution } from "./functional/transposed-convolution.ts";
import type { Size } from "./sizes.ts";

/** What layers of transposed convolution take by name. */
export interface ConvTransposeOptions extends Omit<ConvolutionOptions, "padding" | "paddingMode"> {
  readonly padding?: Size;
  readonly outputPadding?: Size;
  /** Zeros are the only border there is. */
  readonly paddingMode?: "zeros";
}

interface Bound extends ConvolutionBound {
  readonly outputPadding: Size;
}

type ConvTransposeArguments = Signature<
  [
    inChannels: number,
    outChannels: number,
    kernelSize: Size,
    stride: Size,
    padding: Size,
    outputPadding: Size,
    groups: number,
    bias: boolean,
    dilation: Size,
    paddingMode: "zeros",
  ],
  ConvTransposeOptions
>;

const names = [
  "inChannels",
  "outChannels",
  "kernelSize",
  "stride",
  "padding",
  "outputPadding",
  "groups",
  "bias",
  "dilation",
  "paddingMode",
] as const;

/** What transposed convolutions of any number of spatial axes have in common. */
class TransposedConvolution extends ConvolutionLayer {
  constructor(axes: number, args: readonly unknown[]) {
    const name = `ConvTranspose${axes}d`;
    const bound = bind<Bound>(`${name}.__init__`, names, args, { ...convolutionDefaults, outputPadding: 0 });
    if (bound.paddingMode !== "zeros")
      throw new ValueError(`Only "zeros" padding mode is supported for ${name}`);
    super(axes, bound, true, bound.outputPadding);
  }

  /**
   * @param input shape [N, inChannels, ...spatial], or without N
   * @param outputSize the spatial shape of the result, or its whole shape: strides leave room for more than one
   * @returns shape [N, outChannels, ...spatial]
   */
  override forward(input: Tensor, outputSize: Shape | null = null): Tensor {
    const { weight, bias, stride, dilation, groups } = this;
    return transposedConvolution(stride.length, input, weight, bias, {
      stride,
      padding: this.padding as readonly number[],
      outputPadding: outputSize === null ? this.outputPadding : this.missing(input, outputSize),
      groups,
      dilation,
    });
  }

  /** By how much the size that is asked for reaches beyond the smallest. @throws ValueError when it cannot be had */
  private missing(input: Tensor, asked: Shape): readonly number[] {
    const { stride, dilation, kernelSize } = this;
    const padding = this.padding as readonly number[];
    const axes = stride.length;
    const { shape, rank } = input.layout;
    const lead = rank === axes + 2 ? 2 : 1;
    const size = asked.length === lead + axes ? asked.slice(lead) : asked;
    if (size.length !== axes) {
      throw new ValueError(
        `ConvTranspose${axes}D: for ${rank}D input, output_size must have ${axes} or ${lead + axes} elements (got ${size.length})`,
      );
    }
    const smallest = stride.map(
      (step, axis) =>
        (shape[lead + axis]! - 1) * step - 2 * padding[axis]! + dilation[axis]! * (kernelSize[axis]! - 1) + 1,
    );
    const largest = smallest.map((length, axis) => length + stride[axis]! - 1);
    if (size.some((length, axis) => length < smallest[axis]! || length > largest[axis]!)) {
      throw new ValueError(
        `requested an output size of ${tupleText(size.map(String))}, but valid sizes range from ${shapeText(smallest)} to ${shapeText(largest)} (for an input of ${sizeText(shape.slice(2))})`,
      );
    }
    return size.map((length, axis) => length - smallest[axis]!);
  }
}

/** Transposed convolution over one spatial axis (torch.nn.ConvTranspose1d). */
export class ConvTranspose1d extends TransposedConvolution {
  constructor(...args: ConvTransposeArguments) {
    super(1, args);
  }
}

/** Transposed convolution over two spatial axes (torch.nn.ConvTranspose2d); `weight` is [in, out / groups, height, width]. */
export class ConvTranspose2d extends TransposedConvolution {
  constructor(...args: ConvTransposeArguments) {
    super(2, args);
  }
}

/** Transposed convolution over three spatial axes (torch.nn.ConvTranspose3d). */
export class ConvTranspose3d extends TransposedConvolution {
  constructor(...args: ConvTransposeArguments) {
    super(3, args);
  }
}
