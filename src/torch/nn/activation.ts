// torch.nn.ReLU, LeakyReLU, ELU, SiLU, Softplus, Tanh, Sigmoid, GELU, Softmax, Softmin, LogSoftmax.

import { bind, type Signature } from "../../core/arguments.ts";
import { float } from "../../core/python.ts";
import type { Tensor } from "../tensor.ts";
import { gelu, logSoftmax, relu, softmax, softmin } from "./functional/activation.ts";
import { elu, leakyRelu, silu, softplus } from "./functional/rectifiers.ts";
import { Module } from "./module.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

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

/** x where it is positive, else x times a slope (torch.nn.LeakyReLU). Keras's layer has the slope 0.3. */
export class LeakyReLU extends Module {
  readonly negativeSlope: Numeric;
  readonly inplace: boolean;

  constructor(
    ...args: Signature<
      [negativeSlope: Numeric, inplace: boolean],
      { readonly negativeSlope?: Numeric; readonly inplace?: boolean }
    >
  ) {
    super();
    const bound = bind<{ negativeSlope: Numeric; inplace: boolean }>(
      "LeakyReLU.__init__",
      ["negativeSlope", "inplace"],
      args,
      { negativeSlope: 0.01, inplace: false },
    );
    this.negativeSlope = bound.negativeSlope;
    this.inplace = bound.inplace;
  }

  override forward(input: Tensor): Tensor {
    return leakyRelu(input, { negativeSlope: this.negativeSlope, inplace: this.inplace });
  }

  override extraRepr(): string {
    const slope = settingsText({ negative_slope: this.negativeSlope });
    return this.inplace ? `${slope}, inplace=True` : slope;
  }
}

/** x where it is positive, else alpha (exp(x) - 1) (torch.nn.ELU). */
export class ELU extends Module {
  readonly alpha: Numeric;
  readonly inplace: boolean;

  constructor(
    ...args: Signature<
      [alpha: Numeric, inplace: boolean],
      { readonly alpha?: Numeric; readonly inplace?: boolean }
    >
  ) {
    super();
    const bound = bind<{ alpha: Numeric; inplace: boolean }>("ELU.__init__", ["alpha", "inplace"], args, {
      alpha: float(1),
      inplace: false,
    });
    this.alpha = bound.alpha;
    this.inplace = bound.inplace;
  }

  override forward(input: Tensor): Tensor {
    return elu(input, { alpha: this.alpha, inplace: this.inplace });
  }

  override extraRepr(): string {
    const alpha = settingsText({ alpha: this.alpha });
    return this.inplace ? `${alpha}, inplace=True` : alpha;
  }
}

/** x sigmoid(x) (torch.nn.SiLU). */
export class SiLU extends Module {
  readonly inplace: boolean;

  constructor(...args: Signature<[inplace: boolean], { readonly inplace?: boolean }>) {
    super();
    this.inplace = bind<{ inplace: boolean }>("SiLU.__init__", ["inplace"], args, { inplace: false }).inplace;
  }

  override forward(input: Tensor): Tensor {
    return silu(input, { inplace: this.inplace });
  }

  override extraRepr(): string {
    return this.inplace ? "inplace=True" : "";
  }
}

/** log(1 + exp(beta x)) / beta (torch.nn.Softplus). */
export class Softplus extends Module {
  readonly beta: Numeric;
  readonly threshold: Numeric;

  constructor(
    ...args: Signature<
      [beta: Numeric, threshold: Numeric],
      { readonly beta?: Numeric; readonly threshold?: Numeric }
    >
  ) {
    super();
    const bound = bind<{ beta: Numeric; threshold: Numeric }>(
      "Softplus.__init__",
      ["beta", "threshold"],
      args,
      {
        beta: float(1),
        threshold: float(20),
      },
    );
    this.beta = bound.beta;
    this.threshold = bound.threshold;
  }

  override forward(input: Tensor): Tensor {
    return softplus(input, { beta: this.beta, threshold: this.threshold });
  }

  override extraRepr(): string {
    return settingsText({ beta: this.beta, threshold: this.threshold });
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

/** exp(-x) over its sum along an axis (torch.nn.Softmin). */
export class Softmin extends AlongDim {
  constructor(...args: DimArguments) {
    super(args);
  }

  override forward(input: Tensor): Tensor {
    return softmin(input, { dim: this.dim });
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
