// torch.nn: Upsample, UpsamplingNearest2d, UpsamplingBilinear2d.

import { bind, type Signature } from "../../core/arguments.ts";
import { PyFloat } from "../../core/python.ts";
import type { Tensor } from "../tensor.ts";
import { type InterpolationMode, interpolated } from "./functional/interpolation.ts";
import { Module } from "./module.ts";
import type { Size } from "./sizes.ts";
import { type Numeric, settingsText } from "./text.ts";

/** By what axes grow: one factor for all spatial axes, or one for each. */
export type Factor = Numeric | readonly Numeric[];

interface Bound {
  readonly size: Size | null;
  readonly scaleFactor: Factor | null;
  readonly mode: InterpolationMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;
}

type UpsampleArguments = Signature<
  [
    size: Size | null,
    scaleFactor: Factor | null,
    mode: InterpolationMode,
    alignCorners: boolean | null,
    recomputeScaleFactor: boolean | null,
  ],
  Partial<Bound>
>;

const names = ["size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor"] as const;
const defaults: Bound = {
  size: null,
  scaleFactor: null,
  mode: "nearest",
  alignCorners: null,
  recomputeScaleFactor: null,
};

/** Other lengths of the spatial axes (torch.nn.Upsample). */
export class Upsample extends Module {
  readonly size: Size | null;
  /** Kept as floats, as PyTorch does. */
  readonly scaleFactor: PyFloat | readonly PyFloat[] | null;
  readonly mode: InterpolationMode;
  readonly alignCorners: boolean | null;
  readonly recomputeScaleFactor: boolean | null;

  constructor(...args: UpsampleArguments) {
    super();
    const bound = bind<Bound>("Upsample.__init__", names, args, defaults);
    const { scaleFactor } = bound;
    this.size = bound.size;
    if (scaleFactor === null) this.scaleFactor = null;
    else if (Array.isArray(scaleFactor))
      this.scaleFactor = scaleFactor.map((factor) => new PyFloat(Number(factor)));
    else this.scaleFactor = Number(scaleFactor) === 0 ? null : new PyFloat(Number(scaleFactor));
    this.mode = bound.mode;
    this.alignCorners = bound.alignCorners;
    this.recomputeScaleFactor = bound.recomputeScaleFactor;
  }

  /** @param input shape [N, C, ...spatial] */
  override forward(input: Tensor): Tensor {
    const { size, scaleFactor, mode, alignCorners, recomputeScaleFactor } = this;
    const factor = scaleFactor === null || scaleFactor instanceof PyFloat ? scaleFactor : [...scaleFactor];
    return interpolated(input, {
      size,
      scaleFactor: Array.isArray(factor) ? factor.map(Number) : factor === null ? null : Number(factor),
      mode,
      alignCorners,
      recomputeScaleFactor,
      antialias: false,
    });
  }

  override extraRepr(): string {
    const { size, scaleFactor, mode } = this;
    return settingsText(scaleFactor === null ? { size, mode } : { scale_factor: scaleFactor, mode });
  }
}

type PlaneArguments = Signature<
  [size: Size | null, scaleFactor: Factor | null],
  { readonly size?: Size | null; readonly scaleFactor?: Factor | null }
>;

/** The arguments of an `Upsample` of planes in one mode. */
function planeArguments(name: string, args: readonly unknown[], mode: Partial<Bound>): Partial<Bound> {
  const planeNames = ["size", "scaleFactor"] as const;
  const given = bind<Pick<Bound, "size" | "scaleFactor">>(`${name}.__init__`, planeNames, args, {
    size: null,
    scaleFactor: null,
  });
  return { ...given, ...mode };
}

/** Planes at other lengths, by the nearest elements (torch.nn.UpsamplingNearest2d). */
export class UpsamplingNearest2d extends Upsample {
  constructor(...args: PlaneArguments) {
    super(planeArguments("UpsamplingNearest2d", args, { mode: "nearest" }));
  }
}

/** Planes at other lengths, between four elements, the corners kept (torch.nn.UpsamplingBilinear2d). */
export class UpsamplingBilinear2d extends Upsample {
  constructor(...args: PlaneArguments) {
    super(planeArguments("UpsamplingBilinear2d", args, { mode: "bilinear", alignCorners: true }));
  }
}
