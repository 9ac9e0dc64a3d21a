// What the layers of convolution have in common, transposed or not: settings, parameters, initial values, printed form.

import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { empty } from "../creation.ts";
import type { PaddingMode } from "./functional/padding.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { checkPadding, type Padding, type Size, sizes } from "./sizes.ts";
import { settingText } from "./text.ts";

/** What layers of convolution take by name. */
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

/** The same with defaults filled in. */
export type ConvolutionBound = Required<Omit<ConvolutionOptions, "dtype">> & {
  readonly dtype: DType | undefined;
};

/** Defaults that all such layers have. */
export const convolutionDefaults: Partial<ConvolutionBound> = {
  stride: 1,
  padding: 0,
  dilation: 1,
  groups: 1,
  bias: true,
  paddingMode: "zeros",
  dtype: undefined,
};

const paddingModes: readonly PaddingMode[] = ["zeros", "reflect", "replicate", "circular"];

/** A layer of convolution over any number of spatial axes. */
export class ConvolutionLayer extends Module {
  readonly inChannels: number;
  readonly outChannels: number;
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[] | "valid" | "same";
  readonly dilation: readonly number[];
  readonly outputPadding: readonly number[];
  readonly groups: number;
  readonly paddingMode: PaddingMode;
  /** Shape [outChannels, inChannels / groups, ...kernelSize]; transposed [inChannels, outChannels / groups, ...]. */
  declare weight: Parameter;
  /** Shape [outChannels]. */
  declare bias: Parameter | null;

  constructor(axes: number, bound: ConvolutionBound, isTransposed: boolean, outputPadding: Size) {
    super();
    const { inChannels, outChannels, groups, bias, dtype } = bound;
    if (groups <= 0) throw new ValueError("groups must be a positive integer");
    if (inChannels % groups !== 0) throw new ValueError("in_channels must be divisible by groups");
    if (outChannels % groups !== 0) throw new ValueError("out_channels must be divisible by groups");
    this.inChannels = inChannels;
    this.outChannels = outChannels;
    this.kernelSize = sizes(bound.kernelSize, axes);
    this.stride = sizes(bound.stride, axes);
    checkPadding(bound.padding, this.stride, "layer");
    this.padding = typeof bound.padding === "string" ? bound.padding : sizes(bound.padding, axes);
    this.dilation = sizes(bound.dilation, axes);
    this.outputPadding = sizes(outputPadding, axes);
    this.groups = groups;
    if (!paddingModes.includes(bound.paddingMode)) {
      throw new ValueError(
        `padding_mode must be one of {'zeros', 'reflect', 'replicate', 'circular'}, but got padding_mode='${String(bound.paddingMode)}'`,
      );
    }
    this.paddingMode = bound.paddingMode;
    const channels = isTransposed ? [inChannels, outChannels / groups] : [outChannels, inChannels / groups];
    const shape = [...channels, ...this.kernelSize];
    this.registerParameter("weight", new Parameter(empty(shape, ofType(dtype))));
    this.registerParameter("bias", bias ? new Parameter(empty([outChannels], ofType(dtype))) : null);
    this.resetParameters();
  }

  /** Draws weight and bias from U(-1/sqrt(fan in), 1/sqrt(fan in)); the fan in is that of the weight's second axis. */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    const fanIn = this.weight.shape.slice(1).reduce((product, length) => product * length, 1);
    if (this.bias !== null && fanIn > 0) uniform_(this.bias, -1 / Math.sqrt(fanIn), 1 / Math.sqrt(fanIn));
  }

  override extraRepr(): string {
    const parts = [
      `${this.inChannels}, ${this.outChannels}`,
      `kernel_size=${settingText(this.kernelSize)}`,
      `stride=${settingText(this.stride)}`,
    ];
    const { padding, outputPadding } = this;
    if (typeof padding === "string") parts.push(`padding=${padding}`);
    else if (padding.some((each) => each !== 0)) parts.push(`padding=${settingText(padding)}`);
    if (this.dilation.some((each) => each !== 1)) parts.push(`dilation=${settingText(this.dilation)}`);
    if (outputPadding.some((each) => each !== 0)) parts.push(`output_padding=${settingText(outputPadding)}`);
    if (this.groups !== 1) parts.push(`groups=${this.groups}`);
    if (this.bias === null) parts.push("bias=False");
    if (this.paddingMode !== "zeros") parts.push(`padding_mode=${this.paddingMode}`);
    return parts.join(", ");
  }
}
