// `numpy.pad`: an array with margins of a constant, of its own edge, or of its own elements mirrored or repeated.

import { bind, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { Layout, slice } from "../core/layout.ts";
import { assign } from "./assign.ts";
import { valueFor } from "./contents.ts";
import { allocate, asArray, fromValues } from "./make.ts";
import { take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import type { ArrayLike } from "./types.ts";

/** What the margins hold. */
export type PadMode = "constant" | "edge" | "reflect" | "symmetric" | "wrap" | "empty";

/** One width for all margins, `[before, after]` for all axes, or a pair for each axis. */
export type PadWidth = number | readonly number[] | readonly (readonly number[])[];

interface PadOptions {
  readonly mode: PadMode;
  readonly constantValues: ArrayLike;
}

function pairsOf(width: PadWidth, ndim: number): (readonly [number, number])[] {
  const list: readonly (number | readonly number[])[] = typeof width === "number" ? [width] : width;
  const isNested = Array.isArray(list[0]);
  const rows = isNested ? (list as readonly (readonly number[])[]) : [list as readonly number[]];
  const pairs = rows.map((row): readonly [number, number] => [row[0]!, row[1] ?? row[0]!]);
  if (pairs.length !== 1 && pairs.length !== ndim) {
    throw new ValueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: (${pairs.length},2) and requested shape (${ndim},2)`,
    );
  }
  if (pairs.flat().some((each) => each < 0)) throw new ValueError("index can't contain negative values");
  return Array.from({ length: ndim }, (_, axis) => pairs[pairs.length === 1 ? 0 : axis]!);
}

/** Which element of an axis of that length lies at a place outside it. */
const sources: Readonly<
  Record<"edge" | "reflect" | "symmetric" | "wrap", (at: number, length: number) => number>
> = {
  edge: (at, length) => Math.min(Math.max(at, 0), length - 1),
  wrap: (at, length) => ((at % length) + length) % length,
  symmetric: (at, length) => {
    const place = ((at % (2 * length)) + 2 * length) % (2 * length);
    return place < length ? place : 2 * length - 1 - place;
  },
  reflect: (at, length) => {
    const period = Math.max(2 * (length - 1), 1);
    const place = ((at % period) + period) % period;
    return place < length ? place : period - place;
  },
};

/** The array with margins along each axis (`numpy.pad`). */
export function pad(
  array: ArrayLike,
  padWidth: PadWidth,
  ...args: Signature<[mode: PadMode], Partial<PadOptions>>
): NDArray {
  const { mode, constantValues } = bind<PadOptions>("pad", ["mode"], args, {
    mode: "constant",
    constantValues: 0,
  });
  const given = asArray(array);
  const pairs = pairsOf(padWidth, given.ndim);
  if (mode === "constant" || mode === "empty") return framed(given, pairs, constantValues);
  const source = sources[mode];
  if (source === undefined) throw new ValueError(`mode '${mode}' is not supported`);
  return pairs.reduce((padded, [before, after], axis) => {
    const length = given.shape[axis]!;
    if (length === 0 && before + after > 0) {
      throw new ValueError(`can't extend empty axis ${axis} using modes other than 'constant' or 'empty'`);
    }
    const places = Array.from({ length: before + length + after }, (_, i) => source(i - before, length));
    return take(padded, fromValues(int64, [places.length], places), axis);
  }, given);
}

function framed(given: NDArray, pairs: readonly (readonly [number, number])[], value: ArrayLike): NDArray {
  const shape = given.shape.map((length, axis) => length + pairs[axis]![0] + pairs[axis]![1]);
  const result = allocate(Layout.contiguous(given.dtype, shape));
  assign(result, valueFor(result, value));
  const inner = pairs.reduce((layout, [before], axis) => {
    const length = given.shape[axis]!;
    return slice(layout, axis, length === 0 ? 0 : before, 1, length);
  }, result.layout);
  assign({ storage: result.storage, layout: inner }, given);
  return result;
}
