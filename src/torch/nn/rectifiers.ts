// torch.nn: rectifiers, plain, leaky, bounded and smooth.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { float } from "../../core/python.ts";
import { empty } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import type { InplaceOption } from "./functional/placed.ts";
import { rrelu } from "./functional/randomized.ts";
import * as functional from "./functional/rectifiers.ts";
import { InPlace, inplaceText } from "./in-place.ts";
import * as init from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { type Numeric, settingsText, settingText } from "./text.ts";

/** max(x, 0) (torch.nn.ReLU). */
export class ReLU extends InPlace {
  override forward(input: Tensor): Tensor {
    return functional.relu(input, this.inplace);
  }
}

/** x where it is positive, else x times a slope (torch.nn.LeakyReLU). Keras's layer has the slope 0.3. */
export class LeakyReLU extends Module {
  readonly negativeSlope: Numeric;
  readonly inplace: boolean;

  constructor(...args: Signature<[negativeSlope?: Numeric, inplace?: boolean], functional.LeakyReluOptions>) {
    super();
    const names = ["negativeSlope", "inplace"] as const;
    const bound = bind<Required<functional.LeakyReluOptions>>("LeakyReLU.__init__", names, args, {
      negativeSlope: 0.01,
      inplace: false,
    });
    this.negativeSlope = bound.negativeSlope;
    this.inplace = bound.inplace;
  }

  override forward(input: Tensor): Tensor {
    return functional.leakyRelu(input, this.negativeSlope, this.inplace);
  }

  override extraRepr(): string {
    return inplaceText(settingsText({ negative_slope: this.negativeSlope }), this.inplace);
  }
}

/** What ELU and CELU have in common: alpha. */
abstract class WithAlpha extends Module {
  readonly alpha: Numeric;
  readonly inplace: boolean;

  constructor(...args: Signature<[alpha?: Numeric, inplace?: boolean], functional.EluOptions>) {
    super();
    const bound = bind<Required<functional.EluOptions>>("__init__", ["alpha", "inplace"], args, {
      alpha: float(1),
      inplace: false,
    });
    this.alpha = bound.alpha;
    this.inplace = bound.inplace;
  }

  override extraRepr(): string {
    return inplaceText(settingsText({ alpha: this.alpha }), this.inplace);
  }
}

/** x where it is positive, else alpha (exp(x) - 1) (torch.nn.ELU). */
export class ELU extends WithAlpha {
  override forward(input: Tensor): Tensor {
    return functional.elu(input, this.alpha, this.inplace);
  }
}

/** x where it is positive, else alpha (exp(x / alpha) - 1) (torch.nn.CELU). */
export class CELU extends WithAlpha {
  override forward(input: Tensor): Tensor {
    return functional.celu(input, this.alpha, this.inplace);
  }
}

/** ELU with the factors with which activations keep mean 0 and variance 1 (torch.nn.SELU). */
export class SELU extends InPlace {
  override forward(input: Tensor): Tensor {
    return functional.selu(input, this.inplace);
  }
}

/** What `Hardtanh` takes by name; `minValue` and `maxValue` are its old names. */
export interface HardtanhModuleOptions extends functional.HardtanhOptions {
  readonly minValue?: Numeric | null;
  readonly maxValue?: Numeric | null;
}

/** x, held from one value to another (torch.nn.Hardtanh). */
export class Hardtanh extends Module {
  readonly minVal: Numeric;
  readonly maxVal: Numeric;
  readonly inplace: boolean;

  /** @throws ValueError unless the upper value is above the lower one */
  constructor(
    ...args: Signature<
      [
        minVal?: Numeric,
        maxVal?: Numeric,
        inplace?: boolean,
        minValue?: Numeric | null,
        maxValue?: Numeric | null,
      ],
      HardtanhModuleOptions
    >
  ) {
    super();
    const names = ["minVal", "maxVal", "inplace", "minValue", "maxValue"] as const;
    const bound = bind<Required<HardtanhModuleOptions>>("Hardtanh.__init__", names, args, {
      minVal: float(-1),
      maxVal: float(1),
      inplace: false,
      minValue: null,
      maxValue: null,
    });
    this.minVal = bound.minValue ?? bound.minVal;
    this.maxVal = bound.maxValue ?? bound.maxVal;
    this.inplace = bound.inplace;
    if (!(Number(this.maxVal) > Number(this.minVal))) {
      throw new ValueError(
        `max_val (${settingText(this.maxVal)}) must be greater than min_val (${settingText(this.minVal)})`,
      );
    }
  }

  override forward(input: Tensor): Tensor {
    return functional.hardtanh(input, this.minVal, this.maxVal, this.inplace);
  }

  override extraRepr(): string {
    return inplaceText(settingsText({ min_val: this.minVal, max_val: this.maxVal }), this.inplace);
  }
}

/** x, held from 0 to 6 (torch.nn.ReLU6). */
export class ReLU6 extends Hardtanh {
  constructor(...args: Signature<[inplace?: boolean], InplaceOption>) {
    const { inplace } = bind<{ inplace: boolean }>("ReLU6.__init__", ["inplace"], args, { inplace: false });
    super(float(0), float(6), inplace);
  }

  override extraRepr(): string {
    return inplaceText("", this.inplace);
  }
}

/** What `Threshold` takes by name. */
export interface ThresholdModuleOptions extends InplaceOption {
  readonly threshold?: Numeric;
  readonly value?: Numeric;
}

/** x above a threshold, else a value (torch.nn.Threshold). */
export class Threshold extends Module {
  readonly threshold: Numeric;
  readonly value: Numeric;
  readonly inplace: boolean;

  constructor(
    ...args: Signature<[threshold: Numeric, value: Numeric, inplace?: boolean], ThresholdModuleOptions>
  ) {
    super();
    const names = ["threshold", "value", "inplace"] as const;
    const bound = bind<Required<ThresholdModuleOptions>>("Threshold.__init__", names, args, {
      inplace: false,
    });
    this.threshold = bound.threshold;
    this.value = bound.value;
    this.inplace = bound.inplace;
  }

  override forward(input: Tensor): Tensor {
    return functional.threshold(input, this.threshold, this.value, this.inplace);
  }

  override extraRepr(): string {
    return inplaceText(settingsText({ threshold: this.threshold, value: this.value }), this.inplace);
  }
}

/** What `RReLU` takes by name. */
export interface RReLUOptions extends InplaceOption {
  readonly lower?: Numeric;
  readonly upper?: Numeric;
}

/** x where it is positive, else x times a slope that is drawn while training (torch.nn.RReLU). */
export class RReLU extends Module {
  readonly lower: Numeric;
  readonly upper: Numeric;
  readonly inplace: boolean;

  constructor(...args: Signature<[lower?: Numeric, upper?: Numeric, inplace?: boolean], RReLUOptions>) {
    super();
    const bound = bind<Required<RReLUOptions>>("RReLU.__init__", ["lower", "upper", "inplace"], args, {
      lower: 1 / 8,
      upper: 1 / 3,
      inplace: false,
    });
    this.lower = bound.lower;
    this.upper = bound.upper;
    this.inplace = bound.inplace;
  }

  override forward(input: Tensor): Tensor {
    return rrelu(input, this.lower, this.upper, this.training, this.inplace);
  }

  override extraRepr(): string {
    return inplaceText(settingsText({ lower: this.lower, upper: this.upper }), this.inplace);
  }
}

/** What `PReLU` takes by name. */
export interface PReLUOptions {
  /** 1, or the number of channels. */
  readonly numParameters?: number;
  /** The slopes at the beginning. */
  readonly init?: Numeric;
  readonly dtype?: DType;
}

/** x where it is positive, else x times a slope that is learned (torch.nn.PReLU). */
export class PReLU extends Module {
  readonly numParameters: number;
  readonly init: Numeric;
  declare readonly weight: Parameter;

  constructor(...args: Signature<[numParameters?: number, init?: Numeric], PReLUOptions>) {
    super();
    const names = ["numParameters", "init"] as const;
    const bound = bind<Required<Omit<PReLUOptions, "dtype">> & { dtype: DType | undefined }>(
      "PReLU.__init__",
      names,
      args,
      { numParameters: 1, init: 0.25, dtype: undefined },
    );
    this.numParameters = bound.numParameters;
    this.init = bound.init;
    this.registerParameter("weight", new Parameter(empty([this.numParameters], ofType(bound.dtype))));
    this.resetParameters();
  }

  /** Sets all slopes to the initial one. */
  resetParameters(): void {
    init.constant_(this.weight, Number(this.init));
  }

  override forward(input: Tensor): Tensor {
    return functional.prelu(input, this.weight);
  }

  override extraRepr(): string {
    return settingsText({ num_parameters: this.numParameters });
  }
}

/** 0 below -3, x above 3, between them x (x + 3) / 6 (torch.nn.Hardswish). */
export class Hardswish extends InPlace {
  override forward(input: Tensor): Tensor {
    return functional.hardswish(input, this.inplace);
  }

  override extraRepr(): string {
    return "";
  }
}
