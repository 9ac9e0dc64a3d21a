// torch.nn.Conv1d, Conv2d, Conv3d.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { empty } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { convolution } from "./functional/convolution.ts";
import { type PaddingMode, pad } from "./functional/padding.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { checkPadding, type Padding, type Size, samePadding, sizes } from "./sizes.ts";
import { settingText } from "./text.ts";

/** What convolution layers take by name. */
export interface ConvolutionOptions {
  readonly inChannels?: number;
  readonly outChannels?: number;
  readonly kernelSize?: Size;
  readonly stride?: Size;
  readonly padding?: Padding;
  readonly dilation?: Size;
  readonly groups?: number;
  readonly bias?: boolean;
  readonly paddingMode?: PaddingMode;
  readonly dtype?: DType;
}

type Bound = Required<Omit<ConvolutionOptions, "dtype">> & { readonly dtype: DType | undefined };

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

const paddingModes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

const defaults: Partial<Bound> = {
  stride: 1,
  padding: 0,
  dilation: 1,
  groups: 1,
  bias: true,
  paddingMode: "zeros",
  dtype: undefined,
};

/** What convolutions of any number of spatial axes have in common. */
class Convolution extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "valid" | "same";
  readonly dilation: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  /** Shape [outChannels, inChannels / groups, ...kernelSize]. */
  declare weight: Parameter;
  /** Shape [outChannels]. */
  declare bias: Parameter | null;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    const bound = bind<Bound>(`Conv${axes}d.__init__`, names, args, defaults);
    const { inChannels, outChannels, groups, bias, dtype } = bound;
    if (groups <= 0) throw new ValueError("groups must be a positive integer");
    if (inChannels % groups !== 0) throw new ValueError("in_channels must be divisible by groups");
    if (outChannels % groups !== 0) throw new ValueError("out_channels must be divisible by groups");
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = sizes(bound.kernelSize, axes);
    this.stride = sizes(bound.stride, axes);
    checkPadding(bound.padding, this.stride);
    this.padding = typeof bound.padding === "string" ? bound.padding : sizes(bound.padding, axes);
    this.dilation = sizes(bound.dilation, axes);
    this.groups = groups;
    if (!paddingModes.includes(bound.paddingMode)) {
      throw new ValueError(
        `padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode='${String(bound.paddingMode)}'`,
      );
    }
    this.paddingMode = bound.paddingMode;
    const shape = [outChannels, inChannels / groups, ...this.kernelSize];
    this.registerParameter("weight", new Parameter(empty(shape, ofType(dtype))));
    this.registerParameter("bias", bias ? new Parameter(empty([outChannels], ofType(dtype))) : null);
    this.resetParameters();
  }

  /** Draws weight and bias from U(-1/sqrt(fan in), 1/sqrt(fan in)). */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const fanIn = this.weight.numel() / this.outChannels;
    if (this.bias !== null && fanIn > 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  /** @param input shape [N, inChannels, ...spatial], or without N @returns shape [N, outChannels, ...spatial] */
  override forward(input: Tensor): Tensor {
    const { weight, bias, stride, padding, dilation, groups } = this;
    if (this.paddingMode === "zeros") {
      return convolution(input, weight, bias, { stride, padding, dilation, groups });
    }
    const padded = pad(input, this.borders().reverse().flat(), this.paddingMode);
    return convolution(padded, weight, bias, { stride, padding: stride.map(() => 0), dilation, groups });
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

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${settingText(this.kernelSize)}`,
      `stride=${settingText(this.stride)}`,
    ];
    const { padding } = this;
    if (typeof padding === "string") parts.push(`padding=${padding}`);
    else if (padding.some((each) => each !== 0)) parts.push(`padding=${settingText(padding)}`);
    if (this.dilation.some((each) => each !== 1)) parts.push(`dilation=${settingText(this.dilation)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    if (this.paddingMode !== "zeros") parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(", ");
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
