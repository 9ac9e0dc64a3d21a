// torch.nn.functional.grid_sample: samples of planes and volumes anywhere (aten/src/ATen/native/GridSampler.cpp,
// cpu/GridSamplerKernel.cpp). What each sample takes of which elements is reckoned with tensors, so that gradients of
// the grid follow; the sums are one operation.

import { int64 } from "../../../core/dtype.ts";
import { product } from "../../../core/layout.ts";
import { sampling as operations } from "../../../devices/families/sampling.ts";
import { stack } from "../../stacking.ts";
import { noGrad, run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/** How elements are found between elements. */
export type GridMode = "bilinear" | "nearest" | "bicubic";

/** What stands beyond the border: zeros, the outermost element, or the mirror image. */
export type GridPadding = "zeros" | "border" | "reflection";

/** How a grid is read. */
export interface GridSettings {
  readonly mode: GridMode;
  readonly paddingMode: GridPadding;
  /** -1 and 1 are the centres of the outermost elements, instead of their outer edges. */
  readonly alignCorners: boolean;
}

/** One of the elements that samples take along an axis: which (a whole number, without history), and how much of it. */
interface Tap {
  readonly position: Tensor;
  readonly weight: Tensor | null;
}

/** `value`, which follows `x` with this slope. Both are without history. */
function following(value: Tensor, slope: Tensor, x: Tensor): Tensor {
  if (!x.requiresGrad) return value;
  const change = x.sub(x.detach());
  return value.add(slope.mul(change.where(change.isfinite(), 0)));
}

/** Places beyond the border brought inside. */
function inside(x: Tensor, length: number, { paddingMode, alignCorners }: GridSettings): Tensor {
  if (paddingMode === "zeros") return x;
  const [value, slope] = noGrad(() => {
    const still = x.detach();
    const [reflected, turn] =
      paddingMode === "reflection" ? reflection(still, length, alignCorners) : [still, still.mul(0).add(1)];
    const clipped = reflected.clamp(0, length - 1);
    const isInside = clipped.gt(0).logicalAnd(clipped.lt(length - 1));
    return [clipped.nanToNum(0), turn.where(isInside, 0)] as const;
  });
  return following(value, slope, x);
}

/** Places mirrored at the borders until they lie inside, and the direction in which they then move. */
function reflection(x: Tensor, length: number, alignCorners: boolean): readonly [Tensor, Tensor] {
  const low = alignCorners ? 0 : -0.5;
  const span = 2 * (alignCorners ? length - 1 : length);
  if (span === 0) return [x.mul(0).nanToNum(0), x.mul(0).nanToNum(0)];
  const shifted = x.sub(low);
  const distance = shifted.abs();
  const extra = distance.sub(distance.div(span).trunc().mul(span));
  const back = extra.neg().add(span);
  const isTurned = shifted.lt(0).logicalXor(extra.gt(back));
  return [extra.minimum(back).add(low), isTurned.to(x.dtype).mul(-2).add(1)];
}

/** Where a coordinate from -1 to 1 lies among the elements of an axis. */
function unnormalized(x: Tensor, length: number, alignCorners: boolean): Tensor {
  if (alignCorners) return x.add(1).mul((length - 1) / 2);
  return x
    .add(1)
    .mul(length / 2)
    .sub(0.5);
}

/** Coefficients of Keys' cubic kernel (a = -0.75) for four neighbours of a place `part` behind the second. */
function cubicCoefficients(part: Tensor): readonly Tensor[] {
  const a = -0.75;
  const near = (x: Tensor) =>
    x
      .mul(a + 2)
      .sub(a + 3)
      .mul(x)
      .mul(x)
      .add(1);
  const far = (x: Tensor) =>
    x
      .mul(a)
      .sub(5 * a)
      .mul(x)
      .add(8 * a)
      .mul(x)
      .sub(4 * a);
  const rest = part.neg().add(1);
  return [far(part.add(1)), near(part), near(rest), far(rest.add(1))];
}

/** What samples take along one axis. */
function tapsOf(coordinate: Tensor, length: number, settings: GridSettings): readonly Tap[] {
  const { mode, alignCorners } = settings;
  const raw = unnormalized(coordinate, length, alignCorners);
  if (mode === "bicubic") {
    const low = raw.detach().floor();
    return cubicCoefficients(raw.sub(low)).map((weight, tap) => ({
      position: inside(low.add(tap - 1), length, settings),
      weight,
    }));
  }
  const place = inside(raw, length, settings);
  if (mode === "nearest") return [{ position: place.detach().round(), weight: null }];
  const low = place.detach().floor();
  const part = place.sub(low);
  return [
    { position: low, weight: part.neg().add(1) },
    { position: low.add(1), weight: part },
  ];
}

/** All combinations of one tap of each axis. */
function combinations(axes: readonly (readonly Tap[])[]): Tap[][] {
  return axes.reduce<Tap[][]>((all, taps) => all.flatMap((some) => taps.map((tap) => [...some, tap])), [[]]);
}

/** Where a combination's elements lie in the flattened plane; -1 outside. */
function planePositions(taps: readonly Tap[], lengths: readonly number[]): Tensor {
  return noGrad(() => {
    let flat: Tensor | undefined;
    let isInside: Tensor | undefined;
    taps.forEach(({ position }, axis) => {
      const length = lengths[axis]!;
      const here = position.ge(0).logicalAnd(position.lt(length));
      isInside = isInside === undefined ? here : isInside.logicalAnd(here);
      const whole = position.where(here, 0).to(int64);
      flat = flat === undefined ? whole : flat.mul(length).add(whole);
    });
    return flat!.where(isInside!, -1);
  });
}

/** How much of a combination's element a sample takes. Nearest elements are taken whole, wherever the grid moves. */
function combinedWeight(taps: readonly Tap[], grid: Tensor): Tensor {
  const weights = taps.flatMap(({ weight }) => (weight === null ? [] : [weight]));
  if (weights.length > 0) return weights.reduce((total, weight) => total.mul(weight));
  const still = noGrad(() => grid.detach().mul(0).nanToNum(0));
  return following(still.add(1), still, grid);
}

/**
 * Samples of an input at the places of a grid.
 * @param input shape [N, C, ...spatial] @param grid shape [N, ...out, axes]: the last axis holds x, y, (z)
 * @returns shape [N, C, ...out]
 */
export function sampled(input: Tensor, grid: Tensor, settings: GridSettings): Tensor {
  const [batch, channels, ...lengths] = input.layout.shape as readonly [number, number, ...number[]];
  const out = grid.layout.shape.slice(1, -1);
  const count = product(out);
  const places = grid.reshape([batch, count, lengths.length]);
  const axes = lengths.map((length, axis) =>
    tapsOf(places.select(2, lengths.length - 1 - axis), length, settings),
  );
  const all = combinations(axes);
  const index = noGrad(() =>
    stack(
      all.map((taps) => planePositions(taps, lengths)),
      1,
    ),
  );
  const weights = stack(
    all.map((taps) => combinedWeight(taps, places.select(2, 0))),
    1,
  );
  const flat = input.reshape([batch, channels, product(lengths)]);
  return run(operations.sample, [flat, weights, index], undefined).view([batch, channels, ...out]);
}
