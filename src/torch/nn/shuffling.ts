// torch.nn: Fold, Unfold, PixelShuffle, PixelUnshuffle, ChannelShuffle.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { foldBlocks, unfoldBlocks } from "./functional/folding.ts";
import { channelShuffle, pixelShuffle, pixelUnshuffle } from "./functional/shuffling.ts";
import { Module } from "./module.ts";
import type { Size } from "./sizes.ts";
import { settingsText } from "./text.ts";

interface UnfoldBound {
  readonly kernelSize: Size;
  readonly dilation: Size;
  readonly padding: Size;
  readonly stride: Size;
}

const blockNames = ["kernelSize", "dilation", "padding", "stride"] as const;
const blockDefaults = { dilation: 1, padding: 0, stride: 1 } as const;

/** Sliding blocks of planes as columns (torch.nn.Unfold). */
export class Unfold extends Module {
  readonly kernelSize: Size;
  readonly dilation: Size;
  readonly padding: Size;
  readonly stride: Size;

  constructor(
    ...args: Signature<[kernelSize: Size, dilation: Size, padding: Size, stride: Size], Partial<UnfoldBound>>
  ) {
    super();
    const bound = bind<UnfoldBound>("Unfold.__init__", blockNames, args, blockDefaults);
    this.kernelSize = bound.kernelSize;
    this.dilation = bound.dilation;
    this.padding = bound.padding;
    this.stride = bound.stride;
  }

  /** @param input shape [N, C, H, W] @returns shape [N, C kH kW, blocks] */
  override forward(input: Tensor): Tensor {
    return unfoldBlocks(input, this);
  }

  override extraRepr(): string {
    const { kernelSize, dilation, padding, stride } = this;
    return settingsText({ kernel_size: kernelSize, dilation, padding, stride });
  }
}

interface FoldBound extends UnfoldBound {
  readonly outputSize: Size;
}

/** Columns added back into planes (torch.nn.Fold). */
export class Fold extends Module {
  readonly outputSize: Size;
  readonly kernelSize: Size;
  readonly dilation: Size;
  readonly padding: Size;
  readonly stride: Size;

  constructor(
    ...args: Signature<
      [outputSize: Size, kernelSize: Size, dilation: Size, padding: Size, stride: Size],
      Partial<FoldBound>
    >
  ) {
    super();
    const bound = bind<FoldBound>("Fold.__init__", ["outputSize", ...blockNames], args, blockDefaults);
    this.outputSize = bound.outputSize;
    this.kernelSize = bound.kernelSize;
    this.dilation = bound.dilation;
    this.padding = bound.padding;
    this.stride = bound.stride;
  }

  /** @param input shape [N, C kH kW, blocks] @returns shape [N, C, ...outputSize] */
  override forward(input: Tensor): Tensor {
    return foldBlocks(input, this);
  }

  override extraRepr(): string {
    const { outputSize, kernelSize, dilation, padding, stride } = this;
    return settingsText({ output_size: outputSize, kernel_size: kernelSize, dilation, padding, stride });
  }
}

/** Channels as pixels (torch.nn.PixelShuffle). */
export class PixelShuffle extends Module {
  readonly upscaleFactor: number;

  constructor(...args: Signature<[upscaleFactor: number], { readonly upscaleFactor?: number }>) {
    super();
    const names = ["upscaleFactor"] as const;
    this.upscaleFactor = bind<{ upscaleFactor: number }>(
      "PixelShuffle.__init__",
      names,
      args,
      {},
    ).upscaleFactor;
  }

  /** @param input shape [..., C r r, H, W] @returns shape [..., C, H r, W r] */
  override forward(input: Tensor): Tensor {
    return pixelShuffle(input, this.upscaleFactor);
  }

  override extraRepr(): string {
    return settingsText({ upscale_factor: this.upscaleFactor });
  }
}

/** Pixels as channels (torch.nn.PixelUnshuffle). */
export class PixelUnshuffle extends Module {
  readonly downscaleFactor: number;

  constructor(...args: Signature<[downscaleFactor: number], { readonly downscaleFactor?: number }>) {
    super();
    const names = ["downscaleFactor"] as const;
    const bound = bind<{ downscaleFactor: number }>("PixelUnshuffle.__init__", names, args, {});
    this.downscaleFactor = bound.downscaleFactor;
  }

  /** @param input shape [..., C, H r, W r] @returns shape [..., C r r, H, W] */
  override forward(input: Tensor): Tensor {
    return pixelUnshuffle(input, this.downscaleFactor);
  }

  override extraRepr(): string {
    return settingsText({ downscale_factor: this.downscaleFactor });
  }
}

/** The channels of all groups in turns (torch.nn.ChannelShuffle). */
export class ChannelShuffle extends Module {
  readonly groups: number;

  constructor(...args: Signature<[groups: number], { readonly groups?: number }>) {
    super();
    this.groups = bind<{ groups: number }>("ChannelShuffle.__init__", ["groups"], args, {}).groups;
  }

  /** @param input shape [N, C, ...] */
  override forward(input: Tensor): Tensor {
    return channelShuffle(input, this.groups);
  }

  override extraRepr(): string {
    return settingsText({ groups: this.groups });
  }
}
