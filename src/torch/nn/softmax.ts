// torch.nn.Softmax, Softmin, LogSoftmax, Softmax2d.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import { logSoftmax, softmax, softmin } from "./functional/activation.ts";
import { Module } from "./module.ts";
import { settingText } from "./text.ts";

type DimArguments = Signature<[dim?: number | null], { readonly dim?: number | null }>;

/** What softmax and its logarithm have in common: the axis. */
class AlongDim extends Module {
  readonly dim: number | null;

  constructor(args: readonly unknown[]) {
    super();
    this.dim = bind<{ dim: number | null }>("__init__", ["dim"], args, { dim: null }).dim;
  }

  override extraRepr(): string {
    return `dim=${settingText(this.dim)}`;
  }
}

/** exp(x) over its sum along an axis (torch.nn.Softmax). */
export class Softmax extends AlongDim {
  constructor(...args: DimArguments) {
    super(args);
  }

  override forward(input: Tensor): Tensor {
    return softmax(input, this.dim);
  }
}

/** The logarithm of softmax, computed as one (torch.nn.LogSoftmax). */
export class LogSoftmax extends AlongDim {
  constructor(...args: DimArguments) {
    super(args);
  }

  override forward(input: Tensor): Tensor {
    return logSoftmax(input, this.dim);
  }
}

/** exp(-x) over its sum along an axis (torch.nn.Softmin). */
export class Softmin extends AlongDim {
  constructor(...args: DimArguments) {
    super(args);
  }

  override forward(input: Tensor): Tensor {
    return softmin(input, this.dim);
  }
}

/** `Softmax` over the channels of (N, C, H, W) or (C, H, W) (torch.nn.Softmax2d). */
export class Softmax2d extends Module {
  /** @throws ValueError for other shapes */
  override forward(input: Tensor): Tensor {
    if (input.ndim !== 3 && input.ndim !== 4)
      throw new ValueError(`Softmax2d: expected input to be 3D or 4D, got ${input.ndim}D instead`);
    return softmax(input, -3);
  }
}
