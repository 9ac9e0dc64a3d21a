// What PyTorch says of the windows of a pooling function and of its input (aten/src/ATen/native/Pool.h, Pooling.cpp).
// Lines are checked as planes of height 1 wherever PyTorch pools them so.

import { IndexError, RuntimeError } from "../../../core/errors.ts";
import type { Shape } from "../../../core/layout.ts";
import { windowCount } from "../../../ops/shapes.ts";
import { wrapDim } from "../../dims.ts";
import { shapeText } from "../../errors.ts";
import { lacks, type Refusals, refusals } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import { type Size, sizes } from "../sizes.ts";

/** How windows go over the input. */
export interface WindowSettings {
  readonly kernelSize: Size;
  readonly stride: Size | null;
  readonly padding: Size;
  readonly ceilMode: boolean;
}

/** What max pooling takes by name. */
export interface MaxPoolSettings extends WindowSettings {
  readonly dilation: Size;
}

/** What average pooling takes by name. */
export interface AvgPoolSettings extends WindowSettings {
  readonly countIncludePad: boolean;
  readonly divisorOverride: number | null;
}

/** Windows; one entry for each spatial axis. */
export interface Windows {
  readonly kernel: readonly number[];
  readonly stride: readonly number[];
  readonly padding: readonly number[];
  readonly dilation: readonly number[];
  readonly ceilMode: boolean;
}

/** Element types that PyTorch does not pool, by kind of pooling and spatial axes. */
export const poolRefusals: Readonly<Record<"max" | "average", readonly Refusals[]>> = {
  max: [
    refusals(lacks("max_pool1d_impl", "bool", "rare", "whole", "complex")),
    refusals(lacks("max_pool2d", "bool", "rare", "complex")),
    refusals(lacks("max_pool3d", "bool", "rare", "complex")),
  ],
  // Of the integers, int64 alone is averaged.
  average: [
    refusals(lacks("avg_pool2d", "bool", "rare", "whole", "complex")),
    refusals(lacks("avg_pool2d", "bool", "rare", "whole", "complex")),
    refusals(lacks("avg_pool3d_out_frame", "bool", "rare", "whole", "complex")),
  ],
};

type Kind = "max" | "avg";

/** What is said of a setting that has neither one entry nor one for each axis. */
function countText(kind: Kind, axes: number, name: string, count: number): string {
  const caller = `${kind}_pool${axes}d`;
  if (axes === 1 && kind === "avg")
    return `${caller}() argument '${name}' should contain one int (got ${count})`;
  if (axes === 1) {
    const omitted = name === "stride" ? "None, " : "";
    const comma = name === "stride" || name === "padding" ? "," : "";
    return `${caller}() ${name} must be ${omitted}an int, list of ints${comma} or tuple of ints of size 1 but got size ${count}`;
  }
  const omitted = name === "stride" ? "omitted, " : "";
  const must =
    name === "dilation" ? "must be either" : kind === "avg" && axes === 3 ? "must be" : "must either be";
  return `${caller}: ${name} ${must} ${omitted}a single int, or a tuple of ${axes === 2 ? "two" : "three"} ints`;
}

/**
 * The windows that settings ask for. Without a stride they lie side by side.
 * @throws RuntimeError when a setting has neither one entry nor one for each axis
 */
export function windowsOf(
  kind: Kind,
  axes: number,
  settings: WindowSettings & { readonly dilation?: Size },
): Windows {
  const of = (name: string, size: Size): readonly number[] => {
    if (typeof size !== "number" && size.length !== 1 && size.length !== axes)
      throw new RuntimeError(countText(kind, axes, name, size.length));
    return sizes(size, axes);
  };
  const { stride: given, ceilMode } = settings;
  const kernel = of("kernel_size", settings.kernelSize);
  const hasStride = given !== null && (typeof given === "number" || given.length > 0);
  const stride = hasStride ? of("stride", given) : kernel;
  const padding = of("padding", settings.padding);
  return { kernel, stride, padding, dilation: of("dilation", settings.dilation ?? 1), ceilMode };
}

/** How many windows go along each spatial axis of a shape that ends in them. */
export function windowCounts(
  shape: Shape,
  { kernel, stride, padding, dilation, ceilMode }: Windows,
): number[] {
  return shape
    .slice(-kernel.length)
    .map((length, axis) =>
      windowCount(length, kernel[axis]!, stride[axis]!, padding[axis]!, dilation[axis]!, ceilMode),
    );
}

/** @throws RuntimeError in the words of `max_pool1d` where it needs no indices, which has a kernel of its own */
export function checkLine({ layout: { shape, rank } }: Tensor, windows: Windows): void {
  const name = "max_pool1d";
  if ((rank !== 2 && rank !== 3) || shape.slice(rank - 2).includes(0)) {
    throw new RuntimeError(
      `${name}: Expected 2D or 3D (batch mode) tensor with optional 0 dim batch size for input, but got:${shapeText(shape)}`,
    );
  }
  const [kernel, stride] = [windows.kernel[0]!, windows.stride[0]!];
  const [padding, dilation] = [windows.padding[0]!, windows.dilation[0]!];
  const refuse = (message: string): never => {
    throw new RuntimeError(`${name}() ${message}`);
  };
  if (kernel <= 0) refuse(`kernel_size must be greater than zero, but got ${kernel}`);
  if (stride <= 0) refuse(`stride must be greater than zero, but got ${stride}`);
  if (padding < 0) refuse(`padding must be non-negative, but got ${padding}`);
  if (padding > kernel / 2)
    refuse(
      `padding should be at most half of kernel size, but got padding=${padding} and kernel_size=${kernel}`,
    );
  if (dilation <= 0) refuse(`dilation must be greater than zero, but got ${dilation}`);
  const [count] = windowCounts(shape, windows);
  if (count! <= 0) refuse(`Invalid computed output size: ${count}`);
}

/** @throws RuntimeError for a line of another rank than 2 or 3, in the words of functions that pool it as a plane */
export function checkLineRank(name: string, { layout: { rank } }: Tensor): void {
  if (rank === 2 || rank === 3) return;
  throw new RuntimeError(
    `Expected 2 to 3 dimensions, but got ${rank}-dimensional tensor for argument #1 'self' (while checking arguments for ${name})`,
  );
}

/** A line's shape and windows as those of a plane of height 1. */
export function asPlane(shape: Shape, windows: Windows): { shape: Shape; windows: Windows } {
  if (windows.kernel.length > 1) return { shape, windows };
  const { kernel, stride, padding, dilation, ceilMode } = windows;
  return {
    shape: shape.toSpliced(-1, 0, 1),
    windows: {
      kernel: [1, ...kernel],
      stride: [1, ...stride],
      padding: [0, ...padding],
      dilation: [1, ...dilation],
      ceilMode,
    },
  };
}

const letters: Readonly<Record<number, string>> = { 2: "HW", 3: "THW" };

/** `kH: 2 kW: 0` */
function lettered(prefix: string, values: readonly number[]): string {
  return values.map((value, axis) => `${prefix}${letters[values.length]![axis]}: ${value}`).join(" ");
}

/** @throws RuntimeError for windows that go nowhere or over more padding than half of them */
function checkSteps({ kernel, stride, padding, dilation }: Windows): void {
  stride.forEach((step, axis) => {
    if (step === 0) throw new RuntimeError("stride should not be zero");
    const pad = padding[axis]!;
    if (pad < 0) throw new RuntimeError(`pad must be non-negative, but got pad: ${pad}`);
    const reach = dilation[axis]! * (kernel[axis]! - 1) + 1;
    if (kernel[axis]! > 0 && dilation[axis]! > 0 && pad > Math.floor(reach / 2)) {
      throw new RuntimeError(
        `pad should be at most half of effective kernel size, but got pad=${pad}, kernel_size=${kernel[axis]} and dilation=${dilation[axis]}`,
      );
    }
  });
}

/** @throws RuntimeError for a setting below one */
function checkPositive({ kernel, stride, dilation }: Windows): void {
  const rows = [
    ["kernel size", "k", kernel],
    ["stride", "d", stride],
    ["dilation", "dilation", dilation],
  ] as const;
  for (const [what, prefix, values] of rows) {
    if (values.some((value) => value <= 0))
      throw new RuntimeError(`${what} should be greater than zero, but got ${lettered(prefix, values)}`);
  }
}

/**
 * Checks windows over planes or volumes, and the input's rank and lengths.
 * @param caller PyTorch's name of the function inside, for its errors
 * @throws RuntimeError, IndexError
 */
export function checkPool(caller: string, shape: Shape, windows: Windows): void {
  const axes = windows.kernel.length;
  const isVolume = axes === 3;
  const rank = shape.length;
  const isRanked = rank === axes + 1 || rank === axes + 2;
  if (!isRanked && caller === "avg_pool2d") checkThirdAxis(rank);
  else if (!isRanked)
    throw new RuntimeError(`non-empty ${axes + 1}D or ${axes + 2}D (batch mode) tensor expected for input`);
  checkSteps(windows);
  checkPositive(windows);
  if (!isRanked || shape.slice(rank - axes - 1).includes(0)) {
    throw new RuntimeError(
      isVolume
        ? `${caller}(): Expected input's non-batch dimensions to have positive length, but input has a shape of ${shapeText(shape)} and non-batch dimension 0 has length zero!`
        : `Expected 3D or 4D (batch mode) tensor with optional 0 dim batch size for input, but got:${shapeText(shape)}`,
    );
  }
  const spatial = shape.slice(-axes);
  if (isVolume && caller === "avg_pool3d" && spatial.some((length, axis) => length < windows.kernel[axis]!)) {
    throw new RuntimeError(
      `input image (${lettered("", spatial)}) smaller than kernel size (${lettered("k", windows.kernel)})`,
    );
  }
  const counts = windowCounts(shape, windows);
  if (counts.every((count) => count >= 1)) return;
  const size = (values: readonly number[]) => `(${[shape.at(-axes - 1), ...values].join("x")})`;
  throw new RuntimeError(
    `Given input size: ${size(spatial)}. Calculated output size: ${size(counts)}. Output size is too small`,
  );
}

/** @throws IndexError where there is no third axis from the end, which PyTorch reads before it looks at the rank */
function checkThirdAxis(rank: number): void {
  if (rank === 0) throw new IndexError("Dimension specified as -3 but tensor has no dimensions");
  wrapDim(-3, rank);
}
