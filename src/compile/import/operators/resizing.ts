// Resize and Upsample: other lengths of axes, each new element a weighted sum of some old ones along each axis. The weights are
// reckoned as ONNX's definition of Resize has them.

import { NotImplementedError } from "../../../core/errors.ts";
import { sampling as operations } from "../../../devices/families/sampling.ts";
import type { ResampleAttributes } from "../../../ops/sampling.ts";
import { gridSample } from "../../../torch/nn/functional/index.ts";
import { run } from "../../../torch/tape.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, floats, int, ints, type Operator, operator, text } from "../operator.ts";
import { axisOf, vector } from "./helpers.ts";

/** One axis that gets another length. */
interface Axis {
  readonly length: number;
  readonly count: number;
  readonly scale: number;
}

/** How elements are taken. */
interface Settings {
  readonly mode: string;
  readonly coordinate_transformation_mode: string;
  readonly nearest_mode: string;
  readonly cubic_coeff_a: number;
  readonly exclude_outside: number;
}

/** Where among the old elements a new one lies. */
const transformations: Readonly<Record<string, (i: number, axis: Axis) => number>> = {
  half_pixel: (i, { scale }) => (i + 0.5) / scale - 0.5,
  half_pixel_symmetric: (i, { length, count, scale }) => {
    const adjustment = count / (scale * length);
    return (length / 2) * (1 - adjustment) + (i + 0.5) / scale - 0.5;
  },
  pytorch_half_pixel: (i, { count, scale }) => (count > 1 ? (i + 0.5) / scale - 0.5 : 0),
  align_corners: (i, { length, count }) => (count === 1 ? 0 : (i * (length - 1)) / (count - 1)),
  asymmetric: (i, { scale }) => i / scale,
};

const roundings: Readonly<Record<string, (at: number) => number>> = {
  round_prefer_floor: (at) => Math.ceil(at - 0.5),
  round_prefer_ceil: (at) => Math.floor(at + 0.5),
  floor: Math.floor,
  ceil: Math.ceil,
};

function cubic(distance: number, a: number): number {
  const d = Math.abs(distance);
  if (d <= 1) return ((a + 2) * d - (a + 3)) * d * d + 1;
  return d < 2 ? (((d - 5) * d + 8) * d - 4) * a : 0;
}

/** For each new element the old ones it is made of, relative to the one before it, with their weights. */
function tapsOf(at: number, { mode, cubic_coeff_a: a }: Settings): readonly (readonly [number, number])[] {
  const low = Math.floor(at);
  const rest = at - low;
  if (mode === "linear") {
    return [
      [low, 1 - rest],
      [low + 1, rest],
    ];
  }
  return [-1, 0, 1, 2].map((step) => [low + step, cubic(rest - step, a)] as const);
}

function weightsOf(axis: Axis, settings: Settings): Omit<ResampleAttributes, "axis" | "length"> {
  const { length, count } = axis;
  const place = transformations[settings.coordinate_transformation_mode]!;
  const taps = settings.mode === "linear" ? 2 : 4;
  const positions = new Int32Array(taps * count);
  const weights = new Float64Array(taps * count);
  for (let i = 0; i < count; i++) {
    const all = tapsOf(place(i, axis), settings);
    const isIn = all.map(([at]) => settings.exclude_outside === 0 || (at >= 0 && at < length));
    const whole = all.reduce((sum, [, weight], tap) => sum + (isIn[tap] ? weight : 0), 0);
    all.forEach(([at, weight], tap) => {
      positions[taps * i + tap] = Math.min(Math.max(at, 0), length - 1);
      weights[taps * i + tap] = isIn[tap] ? weight / (settings.exclude_outside === 0 ? 1 : whole) : 0;
    });
  }
  return { taps, positions, weights };
}

/** An input at other lengths of some axes. */
function resized(x: Tensor, axes: readonly (Axis & { readonly axis: number })[], settings: Settings): Tensor {
  const place = transformations[settings.coordinate_transformation_mode]!;
  return axes.reduce((result, each) => {
    if (each.count === each.length && each.scale === 1) return result;
    if (settings.mode === "nearest") {
      const round = roundings[settings.nearest_mode]!;
      const positions = Array.from({ length: each.count }, (_, i) =>
        Math.min(Math.max(round(place(i, each)), 0), each.length - 1),
      );
      return result.indexSelect(each.axis, vector(positions));
    }
    return run(operations.resample, [result], {
      ...weightsOf(each, settings),
      axis: each.axis,
      length: each.length,
    });
  }, x);
}

interface ResizeValues extends Settings {
  readonly axes: readonly number[] | undefined;
  readonly keep_aspect_ratio_policy: string;
}

function resize(call: Call<ResizeValues>): Tensor {
  const x = call.tensor(0);
  const { attributes, version } = call;
  // Version 10 has the scales as its second input, and no sizes; empty inputs are as good as none.
  const scales = call.maybeNumbers(version < 11 ? 1 : 2);
  const sizes = call.maybeNumbers(3);
  const axes = (attributes.axes ?? [...x.shape.keys()]).map((axis) => axisOf(axis, x.ndim));
  const hasSizes = sizes !== undefined && sizes.length > 0;
  const factors = hasSizes ? sizes.map((size, i) => size / x.shape[axes[i]!]!) : (scales ?? []);
  const policy = attributes.keep_aspect_ratio_policy;
  const one = policy === "not_smaller" ? Math.max(...factors) : Math.min(...factors);
  const settings = version < 11 ? { ...attributes, ...asVersion10 } : attributes;
  const list = axes.map((axis, i) => {
    const length = x.shape[axis]!;
    const keeps = hasSizes && policy !== "stretch";
    const scale = keeps ? one : factors[i]!;
    const count = keeps ? Math.round(scale * length) : hasSizes ? sizes[i]! : Math.floor(length * scale);
    return { axis, length, count, scale };
  });
  if (list.some(({ length }) => length === 0)) throw new NotImplementedError("there is nothing to resize");
  return resized(x, list, settings);
}

const asVersion10 = { coordinate_transformation_mode: "asymmetric", nearest_mode: "floor" };

function refusal({
  attributes,
}: {
  readonly attributes: ResizeValues & { readonly antialias: number };
}): string | undefined {
  const {
    mode,
    nearest_mode: nearest,
    coordinate_transformation_mode: transformation,
    antialias,
  } = attributes;
  if (!["nearest", "linear", "cubic"].includes(mode)) return `there is no mode ${mode}`;
  if (!(transformation in transformations))
    return `the coordinate transformation ${transformation} is not here`;
  if (!(nearest in roundings)) return `there is no nearest_mode ${nearest}`;
  return antialias === 1 ? "antialias is not here" : undefined;
}

const gridModes: Readonly<Record<string, "bilinear" | "nearest" | "bicubic">> = {
  bilinear: "bilinear",
  linear: "bilinear",
  nearest: "nearest",
  bicubic: "bicubic",
  cubic: "bicubic",
};

/** Resize and what is like it. */
export const resizingOperators: readonly Operator[] = [
  operator(
    "Resize",
    {
      mode: text("nearest"),
      coordinate_transformation_mode: text("half_pixel"),
      nearest_mode: text("round_prefer_floor"),
      cubic_coeff_a: float(-0.75),
      exclude_outside: int(0),
      extrapolation_value: float(0),
      antialias: int(0),
      axes: ints(),
      keep_aspect_ratio_policy: text("stretch"),
    },
    resize,
    { settings: [1, 2], refusal },
  ),
  operator(
    "Upsample",
    { mode: text("nearest"), scales: floats() },
    (call) => {
      const x = call.tensor(0);
      const { mode } = call.attributes;
      const scales = call.attributes.scales ?? call.numbers(1);
      const axes = scales.map((scale, axis) => {
        const length = x.shape[axis]!;
        return { axis, length, count: Math.floor(length * scale), scale };
      });
      return resized(x, axes, { mode, cubic_coeff_a: -0.75, exclude_outside: 0, ...asVersion10 });
    },
    {
      settings: [1],
      refusal: ({ attributes: { mode } }) =>
        ["nearest", "linear"].includes(mode) ? undefined : `there is no mode ${mode}`,
    },
  ),
  operator(
    "GridSample",
    { mode: text("linear"), padding_mode: text("zeros"), align_corners: int(0) },
    (call) => {
      const { mode, padding_mode: paddingMode, align_corners: corners } = call.attributes;
      return gridSample(call.tensor(0), call.tensor(1), {
        mode: gridModes[mode]!,
        paddingMode: paddingMode as "zeros" | "border" | "reflection",
        alignCorners: corners === 1,
      });
    },
    {
      refusal: ({ attributes: { mode, padding_mode: padding } }) =>
        mode in gridModes && ["zeros", "border", "reflection"].includes(padding)
          ? undefined
          : `mode ${mode} with padding ${padding} is not here`,
    },
  ),
];
