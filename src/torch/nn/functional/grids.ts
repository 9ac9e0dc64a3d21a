// torch.nn.functional.affine_grid and grid_sample: spatial transformers.

import { bind, type Signature } from "../../../core/arguments.ts";
import { NotImplementedError, RuntimeError, ValueError } from "../../../core/errors.ts";
import { product, type Shape } from "../../../core/layout.ts";
import { tupleText } from "../../../core/text.ts";
import { warn } from "../../../core/warnings.ts";
import { ones } from "../../creation.ts";
import { scalarTypeName, shapeText, sizeText } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { linspace } from "../../ranges.ts";
import { notImplemented } from "../../refusals.ts";
import { stack } from "../../stacking.ts";
import { noGrad } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";
import { type GridMode, type GridPadding, sampled } from "./grid-sampling.ts";

interface AffineBound {
  readonly theta: Tensor;
  readonly size: Shape;
  readonly alignCorners: boolean | null;
}

type AffineArguments = Signature<
  [theta: Tensor, size: Shape, alignCorners: boolean | null],
  Partial<AffineBound>
>;

/** @throws ValueError, NotImplementedError for sizes and matrices that do not go together */
function checkAffine(theta: Tensor, size: Shape): void {
  const { dtype, shape } = theta.layout;
  if (!dtype.isFloatingPoint) {
    throw new ValueError(`Expected theta to have floating point type, but got torch.${dtype.name}`);
  }
  const text = tupleText(size.map(String));
  if (size.length !== 4 && size.length !== 5) {
    throw new NotImplementedError(
      `affine_grid only supports 4D and 5D sizes, for 2D and 3D affine transforms, respectively. Got size ${text}.`,
    );
  }
  const axes = size.length - 2;
  if (shape.length !== 3 || shape[1] !== axes || shape[2] !== axes + 1) {
    throw new ValueError(
      `Expected a batch of ${axes}D affine matrices of shape Nx${axes}x${axes + 1} for size ${text}. Got ${sizeText(shape)}.`,
    );
  }
  if (Math.min(...size) <= 0) throw new ValueError(`Expected non-zero, positive output size. Got ${text}`);
}

/**
 * The places that affine maps take the elements of an image to (torch.nn.functional.affine_grid).
 * @param args `theta` of shape [N, 2, 3] or [N, 3, 4], `size` of the image [N, C, ...spatial], `alignCorners`
 * @returns shape [N, ...spatial, 2 or 3]
 */
export function affineGrid(...args: AffineArguments): Tensor {
  const { theta, size, alignCorners } = bind<AffineBound>(
    "affine_grid",
    ["theta", "size", "alignCorners"],
    args,
    { alignCorners: null },
  );
  checkAffine(theta, size);
  if (alignCorners === null) warnOfCorners();
  const [batch, , ...lengths] = size as readonly [number, number, ...number[]];
  const base = noGrad(() => basePlaces(lengths, alignCorners ?? false, theta));
  const places = base.unsqueeze(0).expand(batch, base.shape[0]!, base.shape[1]!);
  const result = places.bmm(theta.transpose(1, 2)).view([batch, ...lengths, lengths.length]);
  return named(result, "AffineGridGeneratorBackward0");
}

/** x, y, (z) and 1 of each element, from -1 to 1; shape [elements, axes + 1]. */
function basePlaces(lengths: readonly number[], alignCorners: boolean, like: Tensor): Tensor {
  const { dtype } = like.layout;
  const columns = lengths.map((length, axis) => {
    const between = linspace(-1, 1, length, { dtype });
    const line = length === 1 ? between.mul(0) : alignCorners ? between : between.mul((length - 1) / length);
    const shape = lengths.map((_, other) => (other === axis ? length : 1));
    return line.view(shape).expand(...lengths);
  });
  const all = stack([...columns.reverse(), ones([...lengths], { dtype })], lengths.length);
  return all.view([product(lengths), lengths.length + 1]);
}

function warnOfCorners(): void {
  warn(
    "UserWarning",
    "Default grid_sample and affine_grid behavior has changed to align_corners=False since 1.3.0. Please specify " +
      "align_corners=True if the old behavior is desired. See the documentation of grid_sample for details.",
  );
}

interface SampleBound {
  readonly input: Tensor;
  readonly grid: Tensor;
  readonly mode: GridMode;
  readonly paddingMode: GridPadding;
  readonly alignCorners: boolean | null;
}

type SampleArguments = Signature<
  [input: Tensor, grid: Tensor, mode: GridMode, paddingMode: GridPadding, alignCorners: boolean | null],
  Partial<SampleBound>
>;

/** @throws RuntimeError in PyTorch's words when input and grid do not go together */
function checkSample({ input, grid, mode }: SampleBound): void {
  const x = input.layout;
  const g = grid.layout;
  const sizesText = `input with sizes ${shapeText(x.shape)} and grid with sizes ${shapeText(g.shape)}`;
  if (x.shape[0] !== g.shape[0]) {
    throw new RuntimeError(
      `grid_sampler(): expected grid and input to have same batch size, but got ${sizesText}`,
    );
  }
  if (g.shape.at(-1) !== x.rank - 2) {
    throw new RuntimeError(
      `grid_sampler(): expected grid to have size ${x.rank - 2} in last dimension, but got grid with sizes ${shapeText(g.shape)}`,
    );
  }
  const empty = x.shape.findIndex((length, axis) => axis >= 2 && length === 0);
  if (empty >= 0) {
    throw new RuntimeError(
      `grid_sampler(): expected input to have non-empty spatial dimensions, but input has sizes ${shapeText(x.shape)} with dimension ${empty} being empty`,
    );
  }
  if ((x.rank !== 4 && x.rank !== 5) || x.rank !== g.rank) {
    const wanted = x.rank === 5 ? "5D" : "4D";
    throw new RuntimeError(
      `grid_sampler(): expected ${wanted} input and grid with same number of dimensions, but got ${sizesText}`,
    );
  }
  if (x.rank === 5 && mode === "bicubic")
    throw new RuntimeError("grid_sampler(): bicubic interpolation only supports 4D input");
  if (x.dtype !== g.dtype) {
    throw new RuntimeError(
      `expected scalar type ${scalarTypeName(x.dtype)} but found ${scalarTypeName(g.dtype)}`,
    );
  }
  if (!x.dtype.isFloatingPoint)
    throw notImplemented(`grid_sampler_${x.rank - 2}d_cpu${x.rank === 4 ? "_kernel_impl" : ""}`, x.dtype);
}

/**
 * Samples of an input at the places of a grid (torch.nn.functional.grid_sample).
 * @param args `input` of shape [N, C, ...spatial]; `grid` of shape [N, ...out, 2 or 3], whose last axis holds x, y, (z)
 *   from -1 to 1; `mode` "bilinear", "nearest" or "bicubic"; `paddingMode` "zeros", "border" or "reflection";
 *   `alignCorners`
 * @returns shape [N, C, ...out]
 */
export function gridSample(...args: SampleArguments): Tensor {
  const bound = bind<SampleBound>(
    "grid_sample",
    ["input", "grid", "mode", "paddingMode", "alignCorners"],
    args,
    { mode: "bilinear", paddingMode: "zeros", alignCorners: null },
  );
  const { input, grid, mode, paddingMode, alignCorners } = bound;
  if (!["bilinear", "nearest", "bicubic"].includes(mode)) {
    throw new ValueError(
      `nn.functional.grid_sample(): expected mode to be 'bilinear', 'nearest' or 'bicubic', but got: '${String(mode)}'`,
    );
  }
  if (!["zeros", "border", "reflection"].includes(paddingMode)) {
    throw new ValueError(
      `nn.functional.grid_sample(): expected padding_mode to be 'zeros', 'border', or 'reflection', but got: '${String(paddingMode)}'`,
    );
  }
  if (alignCorners === null) warnOfCorners();
  checkSample(bound);
  const settings = { mode, paddingMode, alignCorners: alignCorners ?? false };
  const result = inFloat32([input, grid], (x, places) => sampled(x, places, settings));
  return named(result, `GridSampler${input.layout.rank - 2}DBackward0`);
}
