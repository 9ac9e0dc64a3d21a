// torch.nn: AdaptiveAvgPool and AdaptiveMaxPool over one, two and three axes.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { adaptiveAvgPool, adaptiveMaxPool, type OutputSize } from "./functional/adaptive-pooling.ts";
import { Module } from "./module.ts";
import { settingsText } from "./text.ts";

type AverageArguments = Signature<[outputSize: OutputSize], { readonly outputSize?: OutputSize }>;

/** What adaptive mean pooling over any number of axes has in common. */
class AdaptiveAvgPool extends Module {
  readonly outputSize: OutputSize;
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    this.axes = axes;
    this.outputSize = bind<{ outputSize: OutputSize }>(
      `AdaptiveAvgPool${axes}d.__init__`,
      ["outputSize"],
      args,
      {},
    ).outputSize;
  }

  override forward(input: Tensor): Tensor {
    return adaptiveAvgPool(input, this.axes, this.outputSize);
  }

  override extraRepr(): string {
    return settingsText({ output_size: this.outputSize });
  }
}

/** Means over as many windows as asked for (torch.nn.AdaptiveAvgPool1d). */
export class AdaptiveAvgPool1d extends AdaptiveAvgPool {
  constructor(...args: AverageArguments) {
    super(1, args);
  }
}

/** Means over as many windows as asked for, on two axes (torch.nn.AdaptiveAvgPool2d). */
export class AdaptiveAvgPool2d extends AdaptiveAvgPool {
  constructor(...args: AverageArguments) {
    super(2, args);
  }
}

/** Means over as many windows as asked for, on three axes (torch.nn.AdaptiveAvgPool3d). */
export class AdaptiveAvgPool3d extends AdaptiveAvgPool {
  constructor(...args: AverageArguments) {
    super(3, args);
  }
}

interface MaximumBound {
  readonly outputSize: OutputSize;
  readonly returnIndices: boolean;
}

type MaximumArguments = Signature<[outputSize: OutputSize, returnIndices: boolean], Partial<MaximumBound>>;

/** What adaptive maximum pooling over any number of axes has in common. */
class AdaptiveMaxPool extends Module {
  readonly outputSize: OutputSize;
  readonly returnIndices: boolean;
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    this.axes = axes;
    const bound = bind<MaximumBound>(
      `AdaptiveMaxPool${axes}d.__init__`,
      ["outputSize", "returnIndices"],
      args,
      { returnIndices: false },
    );
    this.outputSize = bound.outputSize;
    this.returnIndices = bound.returnIndices;
  }

  /** @returns the maxima; with `returnIndices` a pair */
  override forward(input: Tensor): Tensor | readonly [Tensor, Tensor] {
    const pair = adaptiveMaxPool(input, this.axes, this.outputSize);
    return this.returnIndices ? pair : pair[0];
  }

  override extraRepr(): string {
    return settingsText({ output_size: this.outputSize });
  }
}

/** Maxima over as many windows as asked for (torch.nn.AdaptiveMaxPool1d). */
export class AdaptiveMaxPool1d extends AdaptiveMaxPool {
  constructor(...args: MaximumArguments) {
    super(1, args);
  }
}

/** Maxima over as many windows as asked for, on two axes (torch.nn.AdaptiveMaxPool2d). */
export class AdaptiveMaxPool2d extends AdaptiveMaxPool {
  constructor(...args: MaximumArguments) {
    super(2, args);
  }
}

/** Maxima over as many windows as asked for, on three axes (torch.nn.AdaptiveMaxPool3d). */
export class AdaptiveMaxPool3d extends AdaptiveMaxPool {
  constructor(...args: MaximumArguments) {
    super(3, args);
  }
}
