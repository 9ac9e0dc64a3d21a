// torch.nn.functional.interpolate: other lengths of the spatial axes, one axis after the other.

import { bind, type Signature } from "../../../core/arguments.ts";
import { float64, int64, uint8 } from "../../../core/dtype.ts";
import { NotImplementedError, PythonTypeError, RuntimeError, ValueError } from "../../../core/errors.ts";
import { tupleText } from "../../../core/text.ts";
import { sampling as operations } from "../../../devices/families/sampling.ts";
import { shapeText } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { tensor } from "../../interop.ts";
import { named } from "../../node.ts";
import { notImplemented } from "../../refusals.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { settingText } from "../text.ts";
import { adaptiveAvgPool } from "./adaptive-pooling.ts";
import {
  type AxisLengths,
  type AxisWeights,
  byteWeights,
  cubicWeights,
  type FilterMode,
  filterWeights,
  linearWeights,
  nearestPositions,
  type Rounding,
} from "./interpolation-weights.ts";

/** How elements are found between elements. */
export type InterpolationMode =
  | "nearest"
  | "nearest-exact"
  | "linear"
  | "bilinear"
  | "bicubic"
  | "trilinear"
  | "area"
  | "lanczos";

/** What `interpolate` takes by name. */
export interface InterpolationSettings {
  /** The spatial lengths of the result. */
  readonly size: number | readonly number[] | null;
  /** By what the spatial axes grow; the lengths are rounded down. */
  readonly scaleFactor: number | readonly number[] | null;
  readonly mode: InterpolationMode;
  /** Samples at the outermost elements' centres coincide with them, instead of the outermost elements' edges. */
  readonly alignCorners: boolean | null;
  /** The factors are reckoned anew from the rounded lengths. */
  readonly recomputeScaleFactor: boolean | null;
  /** Elements are averaged where samples lie farther apart than they. */
  readonly antialias: boolean;
}

/** The lengths asked for, and the factors where those were given. @throws ValueError, TypeError */
function lengthsOf(
  input: Tensor,
  settings: InterpolationSettings,
): { size: readonly number[]; factors: readonly number[] | null } {
  const { size, scaleFactor, mode, recomputeScaleFactor } = settings;
  const spatial = input.layout.shape.slice(2);
  if (size !== null && scaleFactor !== null)
    throw new ValueError("only one of size or scale_factor should be defined");
  if (size === null && scaleFactor === null)
    throw new ValueError("either size or scale_factor should be defined");
  const given = (size ?? scaleFactor)!;
  const list = typeof given === "object" && Array.isArray(given) ? (given as readonly number[]) : null;
  if (list !== null && list.length !== spatial.length) {
    const [what, name] =
      size !== null ? ["output", "output size of"] : ["scale_factor", "scale_factor of shape"];
    const form = size !== null ? "output size in (o1, o2, ...,oK)" : "scale_factor in (s1, s2, ...,sK)";
    throw new ValueError(
      `Input and ${what} must have the same number of spatial dimensions, but got input with spatial dimensions of ${shapeText(spatial)} and ${name} ${tupleText(list.map(settingText))}. Please provide input tensor in (N, C, d1, d2, ...,dK) format and ${form} format.`,
    );
  }
  const values = (list ?? spatial.map(() => given as number)).map(Number);
  if (size !== null) {
    if (values.some((value) => !Number.isInteger(value))) {
      throw new PythonTypeError(
        `expected size to be one of int or Tuple[int] or Tuple[int, int] or Tuple[int, int, int], but got size with types [${values.map((value) => (Number.isInteger(value) ? "<class 'int'>" : "<class 'float'>")).join(", ")}]`,
      );
    }
    if (recomputeScaleFactor)
      throw new ValueError("recompute_scale_factor is not meaningful with an explicit size.");
    return { size: values, factors: null };
  }
  const lengths = values.map((factor, axis) => Math.trunc(spatial[axis]! * factor));
  return { size: lengths, factors: mode === "area" || recomputeScaleFactor ? null : values };
}

/** The rank that each mode wants; nearest elements and areas are had of three to five axes. */
const ranks: Readonly<Partial<Record<InterpolationMode, number>>> = {
  linear: 3,
  bilinear: 4,
  bicubic: 4,
  lanczos: 4,
  trilinear: 5,
};

/** @throws NotImplementedError for a mode that does not go with the rank */
function checkMode(mode: InterpolationMode, rank: number): void {
  const wanted = ranks[mode];
  const isKnown = wanted !== undefined || ["nearest", "nearest-exact", "area"].includes(mode);
  if (isKnown && rank >= 3 && rank <= 5 && (wanted === undefined || wanted === rank)) return;
  if (rank >= 3 && rank <= 5 && wanted !== undefined && mode.endsWith("linear"))
    throw new NotImplementedError(`Got ${rank}D input, but ${mode} mode needs ${wanted}D input`);
  throw new NotImplementedError(
    `Input Error: Only 3D, 4D and 5D input Tensors supported (got ${rank}D) for the modes: nearest | linear | bilinear | bicubic | trilinear | lanczos | area | nearest-exact (got ${String(mode)})`,
  );
}

/** @throws RuntimeError when there is nothing to take from or to make */
function checkLengths(shape: readonly number[], size: readonly number[]): void {
  const spatial = shape.slice(2);
  const letters = "DHW".slice(-size.length);
  const text = (values: readonly number[]) =>
    `(${values.map((value, axis) => `${letters[axis]}: ${value}`).join(", ")})`;
  if ([...spatial, ...size].some((length) => length <= 0)) {
    throw new RuntimeError(
      `Input and output sizes should be greater than 0, but got input ${text(spatial)}${size.length === 1 ? " and" : ""} output ${text(size)}`,
    );
  }
  if (shape[1] === 0) {
    throw new RuntimeError(
      `Non-empty ${shape.length}D data tensor expected but got a tensor with sizes ${shapeText(shape)}`,
    );
  }
}

/** PyTorch's kernel, which an error names. */
function kernelName(mode: InterpolationMode, rank: number, antialias: boolean): string {
  if (antialias) return "compute_index_ranges_weights";
  if (mode === "bilinear") return "upsample_bilinear2d_channels_last";
  if (mode === "bicubic") return "compute_indices_weights_cubic";
  if (mode === "linear" || mode === "trilinear") return "compute_indices_weights_linear";
  return rank === 4 ? "upsample_nearest2d_channels_last" : "compute_indices_weights_nearest";
}

const nodes: Readonly<Record<Exclude<InterpolationMode, "area">, string>> = {
  nearest: "UpsampleNearest",
  "nearest-exact": "UpsampleNearestExact",
  linear: "UpsampleLinear",
  bilinear: "UpsampleBilinear",
  bicubic: "UpsampleBicubic",
  lanczos: "UpsampleLanczos",
  trilinear: "UpsampleTrilinear",
};

/** The input at other lengths of its spatial axes, as `interpolate` has it. */
export function interpolated(input: Tensor, settings: InterpolationSettings): Tensor {
  const { mode, alignCorners, antialias } = settings;
  if (alignCorners !== null && ["nearest", "nearest-exact", "area"].includes(mode)) {
    throw new ValueError(
      "align_corners option can only be set with the interpolating modes: linear | bilinear | bicubic | trilinear",
    );
  }
  const { rank, shape, dtype } = input.layout;
  const { size, factors } = lengthsOf(input, settings);
  if (antialias && (rank !== 4 || !["bilinear", "bicubic", "lanczos"].includes(mode))) {
    throw new ValueError(
      "Anti-alias option is restricted to bilinear, bicubic, and lanczos modes and requires a 4-D tensor as input",
    );
  }
  checkMode(mode, rank);
  if (mode === "area") return adaptiveAvgPool(input, rank - 2, rank === 3 ? size[0]! : size);
  if (mode === "lanczos" && alignCorners)
    throw new ValueError("Lanczos mode does not support align_corners=True");
  if (mode === "lanczos" && !antialias) throw new ValueError("Lanczos mode requires antialias=True");
  checkLengths(shape, size);
  const takesBytes = mode !== "linear" && mode !== "trilinear";
  if (!dtype.isFloatingPoint && !(dtype === uint8 && takesBytes))
    throw notImplemented(kernelName(mode, rank, antialias), dtype);
  const axes = size.map(
    (count, axis): AxisLengths => ({ length: shape[axis + 2]!, count, factor: factors?.[axis] ?? null }),
  );
  const node = `${nodes[mode]}${rank - 2}D${antialias ? "Aa" : ""}Backward0`;
  if (mode === "nearest" || mode === "nearest-exact")
    return named(nearest(input, axes, mode === "nearest-exact"), node);
  const round: Rounding = dtype === float64 ? (value) => value : Math.fround;
  const tables = axes.map((lengths) => {
    // An axis that keeps its length is not filtered, nor are bytes weighted along it.
    if ((antialias || dtype === uint8) && lengths.count === lengths.length) return null;
    if (antialias) return filterWeights(mode as FilterMode, lengths, alignCorners ?? false, round);
    const weigh = mode === "bicubic" ? cubicWeights : linearWeights;
    return weigh(lengths, alignCorners ?? false, round);
  });
  const result = dtype === uint8 ? weightedBytes(input, tables) : weighted(input, tables);
  return named(result === input ? input.clone() : result, node);
}

function nearest(input: Tensor, axes: readonly AxisLengths[], isExact: boolean): Tensor {
  // PyTorch has a kernel of its own for small planes.
  const copiesKept = axes.length === 2 && axes[0]!.count + axes[1]!.count <= 128;
  return axes.reduce((result, lengths, axis) => {
    const positions = nearestPositions(lengths, isExact, copiesKept);
    return result.indexSelect(axis + 2, tensor([...positions], { dtype: int64 }));
  }, input);
}

function weighted(input: Tensor, tables: readonly (AxisWeights | null)[]): Tensor {
  return inFloat32([input], (source) =>
    tables.reduce(
      (result, table, axis) => (table === null ? result : resampled(result, table, axis)),
      source,
    ),
  );
}

/** Bytes are rounded, half to the larger, after each axis; the last axis comes first. */
function weightedBytes(input: Tensor, tables: readonly (AxisWeights | null)[]): Tensor {
  return tables.reduceRight((result: Tensor, table, axis) => {
    if (table === null) return result;
    const values = resampled(result.to(float64), byteWeights(table), axis);
    return values.add(0.5).floor().clamp(0, 255).to(uint8);
  }, input);
}

function resampled(input: Tensor, table: AxisWeights, axis: number): Tensor {
  return run(operations.resample, [input], {
    ...table,
    axis: axis + 2,
    length: input.layout.shape[axis + 2]!,
  });
}

type Arguments = Signature<
  [
    input: Tensor,
    size: number | readonly number[] | null,
    scaleFactor: number | readonly number[] | null,
    mode: InterpolationMode,
    alignCorners: boolean | null,
    recomputeScaleFactor: boolean | null,
    antialias: boolean,
  ],
  Partial<InterpolationSettings> & { readonly input?: Tensor }
>;

/**
 * Other lengths of the spatial axes (torch.nn.functional.interpolate).
 * @param args `input` of shape [N, C, ...spatial], then `size` or `scaleFactor`, `mode`, `alignCorners`,
 *   `recomputeScaleFactor`, `antialias`
 * @throws ValueError, NotImplementedError, RuntimeError in PyTorch's words for settings that do not go together
 */
export function interpolate(...args: Arguments): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.interpolate", interpolate, args);
  const bound = bind<InterpolationSettings & { readonly input: Tensor }>(
    "interpolate",
    ["input", "size", "scaleFactor", "mode", "alignCorners", "recomputeScaleFactor", "antialias"],
    args,
    {
      size: null,
      scaleFactor: null,
      mode: "nearest",
      alignCorners: null,
      recomputeScaleFactor: null,
      antialias: false,
    },
  );
  return interpolated(bound.input, bound);
}
