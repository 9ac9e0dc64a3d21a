// `pad`: margins around an array, filled with constants, edges, ramps, statistics or reflections, or by a function.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { pythonRepr } from "../core/text.ts";
import { empty } from "./creation.ts";
import { alongAxis } from "./differences.ts";
import { ndindex } from "./grids.ts";
import { asArray, fromValues } from "./make.ts";
import { take } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import { median } from "./quantiles.ts";
import { linspace } from "./ranges.ts";
import { amax, amin, mean } from "./reductions.ts";
import type { ArrayLike } from "./types.ts";
import { round } from "./ufunc-functions.ts";
import { multiply, subtract } from "./ufuncs.ts";
import { moveaxis } from "./views.ts";

/** What the margins hold. */
export type PadMode =
  | "constant"
  | "edge"
  | "linear_ramp"
  | "maximum"
  | "mean"
  | "median"
  | "minimum"
  | "reflect"
  | "symmetric"
  | "wrap"
  | "empty";

/** Fills the margins of one line in place. */
export type PadFunction = (
  vector: NDArray,
  widths: readonly [before: number, after: number],
  axis: number,
  options: Readonly<Record<string, unknown>>,
) => void;

/** One width for all margins, `[before, after]` for all axes, a pair for each, or an object of those by axis. */
export type PadWidth =
  | number
  | readonly number[]
  | readonly (readonly number[])[]
  | NDArray
  | Readonly<Record<string, number | readonly number[]>>
  | ReadonlyMap<number, number | readonly number[]>;

interface PadOptions {
  readonly mode: PadMode | PadFunction;
  readonly constantValues: ArrayLike;
  readonly endValues: ArrayLike;
  readonly statLength: ArrayLike | null;
  readonly reflectType: "even" | "odd";
}

type Pair<T> = readonly [before: T, after: T];

/** A pair for each axis of what may be one value, a pair, or a pair for each. @throws ValueError */
function pairsOf(values: NDArray, ndim: number, isCount: boolean): Pair<NDArray>[] {
  if (isCount && elements(values).some((value) => Number(value) < 0)) {
    throw new ValueError("index can't contain negative values");
  }
  const flat = values.reshape([-1]);
  if (values.ndim < 3 && flat.size === 1) return same(ndim, [flat.at(0), flat.at(0)]);
  const isColumn = values.ndim === 2 && values.shape[1] === 1;
  if (values.ndim < 3 && flat.size === 2 && !isColumn) return same(ndim, [flat.at(0), flat.at(1)]);
  const rows = values.ndim === 0 ? 1 : (values.shape[values.ndim - 2] ?? 1);
  const columns = values.shape.at(-1) ?? 1;
  if (values.ndim > 2 || (rows !== 1 && rows !== ndim) || (columns !== 1 && columns !== 2)) {
    throw new ValueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: (${values.shape.join(",")}${values.ndim === 1 ? "," : ""})  and requested shape (${ndim},2)`,
    );
  }
  return Array.from({ length: ndim }, (_, axis) => {
    const row = values.reshape([rows, columns]).at(rows === 1 ? 0 : axis);
    return [row.at(0), row.at(columns - 1)];
  });
}

function same<T>(count: number, value: T): T[] {
  return new Array<T>(count).fill(value);
}

function widthsOf(width: PadWidth, ndim: number): Pair<number>[] {
  if (isOptions(width) || width instanceof Map) {
    const pairs = same<Pair<number>>(ndim, [0, 0]);
    const entries = width instanceof Map ? [...width] : Object.entries(width);
    for (const [axis, value] of entries as (readonly [unknown, number | readonly number[]])[]) {
      const place = Number(axis) < 0 ? Number(axis) + ndim : Number(axis);
      const [before, after] = typeof value === "number" ? [value, value] : value;
      pairs[place] = [before!, after!];
    }
    return pairs;
  }
  const given = asArray(width as ArrayLike);
  if (given.dtype.kind !== "signed") throw new PythonTypeError("`pad_width` must be of integral type.");
  return pairsOf(given, ndim, true).map(([before, after]) => [Number(before.item()), Number(after.item())]);
}

/** A new array with the old one inside. */
function framed(array: NDArray, widths: readonly Pair<number>[]): NDArray {
  const shape = array.shape.map((length, axis) => length + widths[axis]![0] + widths[axis]![1]);
  const order = isOnlyFortran(array.layout) ? "F" : "C";
  const result = empty(shape, { dtype: array.dtype, order });
  result.set(
    array.shape.map((length, axis) => `${widths[axis]![0]}:${widths[axis]![0] + length}`),
    array,
  );
  return result;
}

/** The lines of an axis whose other margins are not to be filled yet. */
function inside(padded: NDArray, array: NDArray, widths: readonly Pair<number>[], axis: number): NDArray {
  const index = array.shape.map((length, each) => {
    const start = widths[each]![0];
    return each > axis ? `${start}:${start + length}` : ":";
  });
  return index.length === 0 ? padded : padded.at(...index);
}

function setAlong(target: NDArray, axis: number, item: string, value: ArrayLike): void {
  target.set([...same(axis, ":"), item, "..."], value);
}

function fill(target: NDArray, axis: number, [before, after]: Pair<number>, values: Pair<ArrayLike>): void {
  setAlong(target, axis, `:${before}`, values[0]);
  setAlong(target, axis, `${target.shape[axis]! - after}:`, values[1]);
}

function edges(target: NDArray, axis: number, [before, after]: Pair<number>): Pair<NDArray> {
  const last = target.shape[axis]! - after;
  return [alongAxis(target, axis, `${before}:${before + 1}`), alongAxis(target, axis, `${last - 1}:${last}`)];
}

function ramps(target: NDArray, axis: number, widths: Pair<number>, ends: Pair<ArrayLike>): Pair<NDArray> {
  const [left, right] = edges(target, axis, widths).map((edge, i) =>
    linspace(ends[i]!, edge.squeeze(axis), {
      num: widths[i]!,
      endpoint: false,
      dtype: target.dtype,
      axis,
    }),
  ) as [NDArray, NDArray];
  return [left, alongAxis(right, axis, "::-1")];
}

const statistics = { maximum: amax, minimum: amin, mean, median } as const;

function statistic(
  target: NDArray,
  axis: number,
  [before, after]: Pair<number>,
  lengths: Pair<number | null>,
  mode: keyof typeof statistics,
): Pair<NDArray> {
  const last = target.shape[axis]! - after;
  const whole = last - before;
  const [left, right] = lengths.map((length) => Math.min(length ?? whole, whole)) as [number, number];
  if ((left === 0 || right === 0) && (mode === "maximum" || mode === "minimum")) {
    throw new ValueError("stat_length of 0 yields no value for padding");
  }
  const of = (item: string): NDArray => {
    const value = statistics[mode](alongAxis(target, axis, item), { axis, keepdims: true });
    return target.dtype.isInteger ? round(value) : value;
  };
  const first = of(`${before}:${before + left}`);
  if (left === right && left === whole) return [first, first];
  return [first, of(`${last - right}:${last}`)];
}

/** Places of an axis in reverse, from `from` down to before `to`. */
function reversed(target: NDArray, axis: number, from: number, count: number): NDArray {
  const places = Array.from({ length: count }, (_, i) => BigInt(from - i));
  return take(target, fromValues(int64, [count], places), axis);
}

/** Reflects as much as there is into both margins. @returns what of them is not filled yet */
function reflectOnce(
  target: NDArray,
  axis: number,
  [before, after]: Pair<number>,
  isOdd: boolean,
  period: number,
  includesEdge: boolean,
): Pair<number> {
  const filled = target.shape[axis]! - before - after;
  const shift = includesEdge ? 1 : 0;
  const length = includesEdge
    ? Math.floor(filled / period) * period
    : Math.floor((filled - 1) / (period - 1)) * (period - 1);
  const mirrored = (chunk: NDArray, edge: NDArray): NDArray =>
    isOdd ? subtract(multiply(edge, 2), chunk) : chunk;
  let [left, right] = [before, after];
  if (before > 0) {
    const count = Math.min(length, before);
    const chunk = reversed(target, axis, before - shift + count, count);
    const edge = alongAxis(target, axis, `${before}:${before + 1}`);
    setAlong(target, axis, `${before - count}:${before}`, mirrored(chunk, edge));
    left -= count;
  }
  if (after > 0) {
    const count = Math.min(length, after);
    const end = target.shape[axis]! - after;
    const chunk = reversed(target, axis, end - 2 + shift, count);
    const edge = alongAxis(target, axis, `${end - 1}:${end}`);
    setAlong(target, axis, `${end}:${end + count}`, mirrored(chunk, edge));
    right -= count;
  }
  return [left, right];
}

/** Fills the margins with the array again and again. */
function wrap(target: NDArray, axis: number, [before, after]: Pair<number>): void {
  const total = target.shape[axis]!;
  const length = total - before - after;
  const source = (at: number): bigint => BigInt(before + ((((at - before) % length) + length) % length));
  const places = (start: number, count: number): NDArray =>
    fromValues(
      int64,
      [count],
      Array.from({ length: count }, (_, i) => source(start + i)),
    );
  setAlong(target, axis, `:${before}`, take(target, places(0, before), axis));
  setAlong(target, axis, `${total - after}:`, take(target, places(total - after, after), axis));
}

const allowed: Readonly<Record<PadMode, readonly string[]>> = {
  empty: [],
  edge: [],
  wrap: [],
  constant: ["constantValues"],
  linear_ramp: ["endValues"],
  maximum: ["statLength"],
  mean: ["statLength"],
  median: ["statLength"],
  minimum: ["statLength"],
  reflect: ["reflectType"],
  symmetric: ["reflectType"],
};

/** @throws ValueError for an unknown mode, or options that it does not take */
function checkMode(mode: PadMode, given: readonly string[]): void {
  const names = allowed[mode];
  if (names === undefined) throw new ValueError(`mode '${mode}' is not supported`);
  const others = given.filter((name) => name !== "mode" && !names.includes(name));
  if (others.length === 0) return;
  const texts = others.map((name) =>
    pythonRepr(name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)),
  );
  throw new ValueError(`unsupported keyword arguments for mode '${mode}': {${texts.join(", ")}}`);
}

function fillAxis(
  padded: NDArray,
  array: NDArray,
  widths: readonly Pair<number>[],
  axis: number,
  options: PadOptions,
): void {
  const target = inside(padded, array, widths, axis);
  let pair = widths[axis]!;
  const rank = array.ndim;
  const { mode } = options;
  if (mode === "constant") {
    fill(target, axis, pair, pairsOf(asArray(options.constantValues), rank, false)[axis]!);
  } else if (mode === "edge") fill(target, axis, pair, edges(target, axis, pair));
  else if (mode === "linear_ramp") {
    const ends = pairsOf(asArray(options.endValues), rank, false)[axis]!;
    fill(target, axis, pair, ramps(target, axis, pair, ends));
  } else if (mode === "wrap") wrap(target, axis, pair);
  else if (mode === "reflect" || mode === "symmetric") {
    if (array.shape[axis] === 1) {
      fill(padded, axis, pair, edges(padded, axis, pair));
      return;
    }
    while (pair[0] > 0 || pair[1] > 0) {
      const isOdd = options.reflectType === "odd";
      pair = reflectOnce(target, axis, pair, isOdd, array.shape[axis]!, mode === "symmetric");
    }
  } else {
    const { statLength } = options;
    const lengths: Pair<number | null> =
      statLength === null
        ? [null, null]
        : (pairsOf(asArray(statLength), rank, true)[axis]!.map((each) =>
            Number(each.item()),
          ) as unknown as Pair<number>);
    fill(target, axis, pair, statistic(target, axis, pair, lengths, mode as keyof typeof statistics));
  }
}

function padByFunction(
  padded: NDArray,
  widths: readonly Pair<number>[],
  pad: PadFunction,
  options: Readonly<Record<string, unknown>>,
): NDArray {
  for (let axis = 0; axis < padded.ndim; axis++) {
    const lines = moveaxis(padded, axis, -1);
    for (const index of ndindex(lines.shape.slice(0, -1))) {
      pad(lines.at(...index, "..."), widths[axis]!, axis, options);
    }
  }
  return padded;
}

/** The array with margins along each axis (`numpy.pad`). @throws ValueError, TypeError */
export function pad(
  array: ArrayLike,
  padWidth: PadWidth,
  ...args: Signature<[mode: PadMode | PadFunction], Partial<PadOptions>>
): NDArray {
  const options = bind<PadOptions>("pad", ["mode"], args, {
    mode: "constant",
    constantValues: 0,
    endValues: 0,
    statLength: null,
    reflectType: "even",
  });
  const last = args.at(-1);
  const own = isOptions(last) ? last : {};
  const given = asArray(array);
  const widths = widthsOf(padWidth, given.ndim);
  const { mode } = options;
  if (typeof mode === "function") return padByFunction(framed(given, widths), widths, mode, own);
  checkMode(mode, Object.keys(own));
  const padded = framed(given, widths);
  const isPlain = mode === "constant" || mode === "empty";
  for (let axis = 0; axis < given.ndim && mode !== "empty"; axis++) {
    if (!isPlain && given.size === 0) {
      const isWidened = widths[axis]!.some((width) => width > 0);
      if (given.shape[axis] !== 0 || !isWidened) continue;
      throw new ValueError(`can't extend empty axis ${axis} using modes other than 'constant' or 'empty'`);
    }
    fillAxis(padded, given, widths, axis, options);
  }
  return padded;
}
