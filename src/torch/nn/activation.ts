// torch.nn: smooth activation functions, gates, and functions that draw values towards 0 or 1.

import { bind, type Signature } from "../../core/arguments.ts";
import { float } from "../../core/python.ts";
import type { Tensor } from "../tensor.ts";
import * as functional from "./functional/activation.ts";
import * as shrinking from "./functional/shrinking.ts";
import { InPlace } from "./in-place.ts";
import { Module } from "./module.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** x sigmoid(x) (torch.nn.SiLU). */
export class SiLU extends InPlace {
  override forward(input: Tensor): Tensor {
    return functional.silu(input, this.inplace);
  }
}

/** x tanh(log(1 + exp(x))) (torch.nn.Mish). */
export class Mish extends InPlace {
  override forward(input: Tensor): Tensor {
    return functional.mish(input, this.inplace);
  }
}

/** 0 below -3, 1 above 3, between them a line (torch.nn.Hardsigmoid). */
export class Hardsigmoid extends InPlace {
  override forward(input: Tensor): Tensor {
    return shrinking.hardsigmoid(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}

/** log(sigmoid(x)) (torch.nn.LogSigmoid). */
export class LogSigmoid extends Module {
  override forward(input: Tensor): Tensor {
    return functional.logsigmoid(input);
  }
}

/** x / (1 + |x|) (torch.nn.Softsign). */
export class Softsign extends Module {
  override forward(input: Tensor): Tensor {
    return shrinking.softsign(input);
  }
}

/** x - tanh(x) (torch.nn.Tanhshrink). */
export class Tanhshrink extends Module {
  override forward(input: Tensor): Tensor {
    return shrinking.tanhshrink(input);
  }
}

/** What the shrinkages have in common: how far from 0 they reach. */
abstract class Shrinkage extends Module {
  readonly lambd: Numeric;

  constructor(...args: Signature<[lambd?: Numeric], { readonly lambd?: Numeric }>) {
    super();
    this.lambd = bind<{ lambd: Numeric }>("__init__", ["lambd"], args, { lambd: 0.5 }).lambd;
  }

  override extraRepr(): string {
    return settingText(this.lambd);
  }
}

/** 0 within lambd of 0, else x (torch.nn.Hardshrink). */
export class Hardshrink extends Shrinkage {
  override forward(input: Tensor): Tensor {
    return shrinking.hardshrink(input, this.lambd);
  }
}

/** 0 within lambd of 0, else x, nearer to 0 by lambd (torch.nn.Softshrink). */
export class Softshrink extends Shrinkage {
  override forward(input: Tensor): Tensor {
    return shrinking.softshrink(input, this.lambd);
  }
}

/** The first half along an axis times the sigmoid of the second (torch.nn.GLU). */
export class GLU extends Module {
  readonly dim: number;

  constructor(...args: Signature<[dim?: number], { readonly dim?: number }>) {
    super();
    this.dim = bind<{ dim: number }>("GLU.__init__", ["dim"], args, { dim: -1 }).dim;
  }

  override forward(input: Tensor): Tensor {
    return functional.glu(input, this.dim);
  }

  override extraRepr(): string {
    return settingsText({ dim: this.dim });
  }
}

/** log(1 + exp(beta x)) / beta (torch.nn.Softplus). */
export class Softplus extends Module {
  readonly beta: Numeric;
  readonly threshold: Numeric;

  constructor(...args: Signature<[beta?: Numeric, threshold?: Numeric], functional.SoftplusOptions>) {
    super();
    const names = ["beta", "threshold"] as const;
    const bound = bind<Required<functional.SoftplusOptions>>("Softplus.__init__", names, args, {
      beta: float(1),
      threshold: float(20),
    });
    this.beta = bound.beta;
    this.threshold = bound.threshold;
  }

  override forward(input: Tensor): Tensor {
    return functional.softplus(input, { beta: this.beta, threshold: this.threshold });
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
    return functional.gelu(input, { approximate: this.approximate });
  }

  override extraRepr(): string {
    return `approximate=${settingText(this.approximate)}`;
  }
}
