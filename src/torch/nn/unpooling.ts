// torch.nn: MaxUnpool and LPPool over one, two and three axes.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Shape } from "../../core/layout.ts";
import type { Tensor } from "../tensor.ts";
import { lpPool, maxUnpool } from "./functional/unpooling.ts";
import { Module } from "./module.ts";
import { type Size, sizes } from "./sizes.ts";
import { type Numeric, settingsText } from "./text.ts";

interface UnpoolBound {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
}

type UnpoolArguments = Signature<
  [kernelSize: Size, stride: Size | null, padding: Size],
  Partial<UnpoolBound>
>;

/** What unpooling over any number of axes has in common. */
class MaxUnpool extends Module {
  readonly kernelSize: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];

  constructor(axes: number, args: readonly unknown[]) {
    super();
    const bound = bind<UnpoolBound>(`MaxUnpool${axes}d.__init__`, ["kernelSize", "stride", "padding"], args, {
      stride: null,
      padding: 0,
    });
    this.kernelSize = sizes(bound.kernelSize, axes);
    this.stride = sizes(bound.stride ?? bound.kernelSize, axes);
    this.padding = sizes(bound.padding, axes);
  }

  /** @param input maxima @param indices what max pooling gave with them @param outputSize the shape before pooling */
  override forward(input: Tensor, indices: Tensor, outputSize: Shape | null = null): Tensor {
    const { kernelSize, stride, padding } = this;
    return maxUnpool(input, indices, kernelSize.length, { kernelSize, stride, padding, outputSize });
  }

  override extraRepr(): string {
    const { kernelSize, stride, padding } = this;
    return settingsText({ kernel_size: kernelSize, stride, padding });
  }
}

/** Puts maxima back where they came from (torch.nn.MaxUnpool1d). */
export class MaxUnpool1d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(1, args);
  }
}

/** Puts maxima back where they came from, on two axes (torch.nn.MaxUnpool2d). */
export class MaxUnpool2d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(2, args);
  }
}

/** Puts maxima back where they came from, on three axes (torch.nn.MaxUnpool3d). */
export class MaxUnpool3d extends MaxUnpool {
  constructor(...args: UnpoolArguments) {
    super(3, args);
  }
}

interface LPPoolBound {
  readonly normType: Numeric;
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly ceilMode: boolean;
}

type LPPoolArguments = Signature<
  [normType: Numeric, kernelSize: Size, stride: Size | null, ceilMode: boolean],
  Partial<LPPoolBound>
>;

/** What p-norm pooling over any number of axes has in common. */
class LPPool extends Module {
  readonly normType: Numeric;
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly ceilMode: boolean;
  private readonly axes: number;

  constructor(axes: number, args: readonly unknown[]) {
    super();
    const bound = bind<LPPoolBound>(
      `LPPool${axes}d.__init__`,
      ["normType", "kernelSize", "stride", "ceilMode"],
      args,
      { stride: null, ceilMode: false },
    );
    this.axes = axes;
    this.normType = bound.normType;
    this.kernelSize = bound.kernelSize;
    this.stride = bound.stride;
    this.ceilMode = bound.ceilMode;
  }

  override forward(input: Tensor): Tensor {
    const { kernelSize, stride, ceilMode } = this;
    return lpPool(input, this.axes, { normType: Number(this.normType), kernelSize, stride, ceilMode });
  }

  override extraRepr(): string {
    const { normType, kernelSize, stride, ceilMode } = this;
    return settingsText({ norm_type: normType, kernel_size: kernelSize, stride, ceil_mode: ceilMode });
  }
}

/** p-norms of windows (torch.nn.LPPool1d). */
export class LPPool1d extends LPPool {
  constructor(...args: LPPoolArguments) {
    super(1, args);
  }
}

/** p-norms of windows over two axes (torch.nn.LPPool2d). */
export class LPPool2d extends LPPool {
  constructor(...args: LPPoolArguments) {
    super(2, args);
  }
}

/** p-norms of windows over three axes (torch.nn.LPPool3d). */
export class LPPool3d extends LPPool {
  constructor(...args: LPPoolArguments) {
    super(3, args);
  }
}
