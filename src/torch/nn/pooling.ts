// torch.nn: MaxPool and AvgPool over one, two and three axes.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { avgPool, maxPool } from "./functional/pooling.ts";
import { Module } from "./module.ts";
import { type Size, sizes } from "./sizes.ts";
import { settingsText } from "./text.ts";

/** What max-pooling layers take by name. */
export interface MaxPoolOptions {
  readonly kernelSize?: Size;
  readonly stride?: Size | null;
  readonly padding?: Size;
  readonly dilation?: Size;
  readonly returnIndices?: boolean;
  readonly ceilMode?: boolean;
}

interface MaxPoolBound {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
  readonly dilation: Size;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;
}

type MaxPoolArguments = Signature<
  [
    kernelSize: Size,
    stride: Size | null,
    padding: Size,
    dilation: Size,
    returnIndices: boolean,
    ceilMode: boolean,
  ],
  MaxPoolOptions
>;

/** What maximum pooling over any number of axes has in common. */
class MaxPool extends Module {
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly dilation: Size;
  readonly returnIndices: boolean;
  readonly ceilMode: boolean;
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    const bound = bind<MaxPoolBound>(
      `MaxPool${axes}d.__init__`,
      ["kernelSize", "stride", "padding", "dilation", "returnIndices", "ceilMode"],
      args,
      { stride: null, padding: 0, dilation: 1, returnIndices: false, ceilMode: false },
    );
    this.axes = axes;
    this.kernelSize = bound.kernelSize;
    this.stride = bound.stride ?? bound.kernelSize;
    this.padding = bound.padding;
    this.dilation = bound.dilation;
    this.returnIndices = bound.returnIndices;
    this.ceilMode = bound.ceilMode;
  }

  /** @param input shape [N, C, ...spatial] or [C, ...spatial] @returns the maxima; with `returnIndices` a pair */
  override forward(input: Tensor): Tensor | readonly [Tensor, Tensor] {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    const settings = { kernelSize, stride, padding, dilation, ceilMode };
    return maxPool(input, this.axes, settings, this.returnIndices);
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding, dilation, ceilMode } = this;
    return settingsText({ kernel_size: kernelSize, stride, padding, dilation, ceil_mode: ceilMode });
  }
}

/** Maxima of windows over one axis (torch.nn.MaxPool1d). */
export class MaxPool1d extends MaxPool {
  constructor(...args: MaxPoolArguments) {
    super(1, args);
  }
}

/** Maxima of windows over two axes (torch.nn.MaxPool2d). */
export class MaxPool2d extends MaxPool {
  constructor(...args: MaxPoolArguments) {
    super(2, args);
  }
}

/** Maxima of windows over three axes (torch.nn.MaxPool3d). */
export class MaxPool3d extends MaxPool {
  constructor(...args: MaxPoolArguments) {
    super(3, args);
  }
}

/** What average-pooling layers take by name. */
export interface AvgPoolOptions {
  readonly kernelSize?: Size;
  readonly stride?: Size | null;
  readonly padding?: Size;
  readonly ceilMode?: boolean;
  readonly countIncludePad?: boolean;
  readonly divisorOverride?: number | null;
}

interface AvgPoolBound {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

type AvgPoolArguments = Signature<
  [
    kernelSize: Size,
    stride: Size | null,
    padding: Size,
    ceilMode: boolean,
    countIncludePad: boolean,
    divisorOverride: number | null,
  ],
  AvgPoolOptions
>;

/** What mean pooling over any number of axes has in common. */
class AvgPool extends Module {
  readonly kernelSize: Size;
  readonly stride: Size;
  readonly padding: Size;
  readonly ceilMode: boolean;
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[], asSizes: (size: Size) => Size) {
    super();
    const bound = bind<AvgPoolBound>(
      `AvgPool${axes}d.__init__`,
      ["kernelSize", "stride", "padding", "ceilMode", "countIncludePad", "divisorOverride"],
      args,
      { stride: null, padding: 0, ceilMode: false, countIncludePad: true, divisorOverride: null },
    );
    this.axes = axes;
    this.kernelSize = asSizes(bound.kernelSize);
    this.stride = asSizes(bound.stride ?? bound.kernelSize);
    this.padding = asSizes(bound.padding);
    this.ceilMode = bound.ceilMode;
    this.countIncludePad = bound.countIncludePad;
    this.divisorOverride = bound.divisorOverride;
  }

  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, padding, ceilMode, countIncludePad, divisorOverride } = this;
    return avgPool(input, this.axes, {
      kernelSize,
      stride,
      padding,
      ceilMode,
      countIncludePad,
      divisorOverride,
    });
  }

  override extraRepr(): string {
    return settingsText({ kernel_size: this.kernelSize, stride: this.stride, padding: this.padding });
  }
}

/** Means of windows over one axis (torch.nn.AvgPool1d). */
export class AvgPool1d extends AvgPool {
  constructor(...args: AvgPoolArguments) {
    super(1, args, (size) => sizes(size, 1));
  }
}

/** Means of windows over two axes (torch.nn.AvgPool2d). */
export class AvgPool2d extends AvgPool {
  constructor(...args: AvgPoolArguments) {
    super(2, args, (size) => size);
  }
}

/** Means of windows over three axes (torch.nn.AvgPool3d). */
export class AvgPool3d extends AvgPool {
  constructor(...args: AvgPoolArguments) {
    super(3, args, (size) => size);
  }
}
