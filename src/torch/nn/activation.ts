// torch.nn.ReLU, Tanh, Sigmoid, GELU, Softmax, LogSoftmax.

import { bind, type Signature } from "../../core/arguments.ts";
import type { Tensor } from "../tensor.ts";
import { gelu, logSoftmax, relu, softmax } from "./functional/activation.ts";
import { Module } from "./module.ts";
import { settingText } from "./text.ts";

/** max(x, 0) (torch.nn.ReLU). */
export class ReLU extends Module {
  readonly inplace: boolean;

  constructor(...args: Signature<[inplace: boolean], { readonly inplace?: boolean }>) {
    super();
    this.inplace = bind<{ inplace: boolean }>("ReLU.__init__", ["inplace"], args, { inplace: false }).inplace;
  }

  override forward(input: Tensor): Tensor {
    return relu(input, { inplace: this.inplace });
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** The hyperbolic tangent (torch.nn.Tanh). */
export class Tanh extends Module {
  override forward(input: Tensor): Tensor {
    return input.tanh();
  }
}

/** 1 / (1 + exp(-x)) (torch.nn.Sigmoid). */
export class Sigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return input.sigmoid();
  }
}

/** x times the normal distribution's cumulative function; "tanh" is its approximation (torch.nn.GELU). */
export class GELU extends Module {
  readonly approximate: "none" | "tanh";

  constructor(
    ...args: Signature<[approximate: "none" | "tanh"], { readonly approximate?: "none" | "tanh" }>
  ) {
    super();
    this.approximate = bind<{ approximate: "none" | "tanh" }>("GELU.__init__", ["approximate"], args, {
      approximate: "none",
    }).approximate;
  }

  override forward(input: Tensor): Tensor {
    return gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${settingText(this.approximate)}`;
  }
}

type DimArguments = Signature<[dim: number | null], { readonly dim?: number | null }>;

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
    return softmax(input, { dim: this.dim });
  }
}

/** The logarithm of softmax, computed as one (torch.nn.LogSoftmax). */
export class LogSoftmax extends AlongDim {
  constructor(...args: DimArguments) {
    super(args);
  }

  override forward(input: Tensor): Tensor {
    return logSoftmax(input, { dim: this.dim });
  }
}
