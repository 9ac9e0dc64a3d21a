// torch.nn.Linear, Bilinear, Identity, Flatten, Unflatten.

import { bind, isOptions, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { empty } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { bilinear } from "./functional/bilinear.ts";
import { linear } from "./functional/linear.ts";
import { kaimingUniform_, uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { settingsText } from "./text.ts";

/** What `Linear` takes by name. */
export interface LinearOptions {
  readonly inFeatures?: number;
  readonly outFeatures?: number;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

type LinearBound = Required<Omit<LinearOptions, "dtype">> & { readonly dtype: DType | undefined };

/** y = x W^T + b, with `weight` of shape [outFeatures, inFeatures] (torch.nn.Linear). */
export class Linear extends Module {
  readonly inFeatures: number;
  readonly outFeatures: number;
  declare weight: Parameter;
  declare bias: Parameter | null;

  constructor(...args: Signature<[inFeatures: number, outFeatures: number, bias: boolean], LinearOptions>) {
    super();
    const { inFeatures, outFeatures, bias, dtype } = bind<LinearBound>(
      "Linear.__init__",
      ["inFeatures", "outFeatures", "bias"],
      args,
      { bias: true, dtype: undefined },
    );
    this.inFeatures = inFeatures;
    this.outFeatures = outFeatures;
    this.registerParameter("weight", new Parameter(empty([outFeatures, inFeatures], ofType(dtype))));
    this.registerParameter("bias", bias ? new Parameter(empty([outFeatures], ofType(dtype))) : null);
    this.resetParameters();
  }

  /** Draws weight and bias from U(-1/sqrt(inFeatures), 1/sqrt(inFeatures)). */
  resetParameters(): void {
    kaimingUniform_(this.weight, { a: Math.sqrt(5) });
    if (this.bias === null) return;
    const bound = this.inFeatures > 0 ? 1 / Math.sqrt(this.inFeatures) : 0;
    uniform_(this.bias, -bound, bound);
  }

  /** @param input shape [..., inFeatures], also by name @returns shape [..., outFeatures] */
  override forward(input: Tensor | { readonly input: Tensor }): Tensor {
    return linear(isOptions(input) ? input.input : input, this.weight, this.bias);
  }

  override extraRepr(): string {
    const settings = {
      in_features: this.inFeatures,
      out_features: this.outFeatures,
      bias: this.bias !== null,
    };
    return settingsText(settings);
  }
}

/** What `Bilinear` takes by name. */
export interface BilinearOptions {
  readonly in1Features?: number;
  readonly in2Features?: number;
  readonly outFeatures?: number;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

type BilinearBound = Required<Omit<BilinearOptions, "dtype">> & { readonly dtype: DType | undefined };

/** y = x1^T W x2 + b, with `weight` of shape [outFeatures, in1Features, in2Features] (torch.nn.Bilinear). */
export class Bilinear extends Module {
  readonly in1Features: number;
  readonly in2Features: number;
  readonly outFeatures: number;
  declare weight: Parameter;
  declare bias: Parameter | null;

  constructor(
    ...args: Signature<
      [in1Features: number, in2Features: number, outFeatures: number, bias: boolean],
      BilinearOptions
    >
  ) {
    super();
    const { in1Features, in2Features, outFeatures, bias, dtype } = bind<BilinearBound>(
      "Bilinear.__init__",
      ["in1Features", "in2Features", "outFeatures", "bias"],
      args,
      { bias: true, dtype: undefined },
    );
    if (in1Features <= 0)
      throw new ValueError(`in1_features must be > 0, but got (in1_features=${in1Features})`);
    this.in1Features = in1Features;
    this.in2Features = in2Features;
    this.outFeatures = outFeatures;
    const shape = [outFeatures, in1Features, in2Features];
    this.registerParameter("weight", new Parameter(empty(shape, ofType(dtype))));
    this.registerParameter("bias", bias ? new Parameter(empty([outFeatures], ofType(dtype))) : null);
    this.resetParameters();
  }

  /** Draws weight and bias from U(-1/sqrt(in1Features), 1/sqrt(in1Features)). */
  resetParameters(): void {
    const bound = 1 / Math.sqrt(this.in1Features);
    uniform_(this.weight, -bound, bound);
    if (this.bias !== null) uniform_(this.bias, -bound, bound);
  }

  /** @param input1 shape [..., in1Features] @param input2 shape [..., in2Features] @returns shape [..., outFeatures] */
  override forward(input1: Tensor, input2: Tensor): Tensor {
    return bilinear(input1, input2, this.weight, this.bias);
  }

  override extraRepr(): string {
    return settingsText({
      in1_features: this.in1Features,
      in2_features: this.in2Features,
      out_features: this.outFeatures,
      bias: this.bias !== null,
    });
  }
}

/** Gives its input back (torch.nn.Identity). It takes any arguments and uses none. */
export class Identity extends Module {
  /** What was passed and is not used. */
  readonly ignored: readonly unknown[];

  constructor(...ignored: readonly unknown[]) {
    super();
    this.ignored = ignored;
  }

  override forward(input: Tensor): Tensor {
    return input;
  }
}

/** Axes from `startDim` to `endDim` as one (torch.nn.Flatten). The order is that of the axes: CHW for images. */
export class Flatten extends Module {
  readonly startDim: number;
  readonly endDim: number;

  constructor(
    ...args: Signature<
      [startDim: number, endDim: number],
      { readonly startDim?: number; readonly endDim?: number }
    >
  ) {
    super();
    const { startDim, endDim } = bind<{ startDim: number; endDim: number }>(
      "Flatten.__init__",
      ["startDim", "endDim"],
      args,
      { startDim: 1, endDim: -1 },
    );
    this.startDim = startDim;
    this.endDim = endDim;
  }

  override forward(input: Tensor): Tensor {
    return input.flatten(this.startDim, this.endDim);
  }

  override extraRepr(): string {
    return settingsText({ start_dim: this.startDim, end_dim: this.endDim });
  }
}

/** One axis as several (torch.nn.Unflatten). */
export class Unflatten extends Module {
  readonly dim: number;
  readonly unflattenedSize: readonly number[];

  constructor(dim: number, unflattenedSize: readonly number[]) {
    super();
    this.dim = dim;
    this.unflattenedSize = unflattenedSize;
  }

  override forward(input: Tensor): Tensor {
    return input.unflatten(this.dim, this.unflattenedSize);
  }

  override extraRepr(): string {
    return settingsText({ dim: this.dim, unflattened_size: this.unflattenedSize });
  }
}
