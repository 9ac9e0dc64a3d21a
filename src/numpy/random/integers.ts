// Whole numbers between two bounds, which may be arrays, in any integer type or bool: `Generator.integers` and
// `RandomState.randint` (numpy/random/_bounded_integers.pyx).

import { type DType, int32, int64 } from "../../core/dtype.ts";
import { elements, setterOf, toBigInt } from "../../core/elements.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { broadcastTo } from "../../core/layout.ts";
import { stringRepr } from "../../core/text.ts";
import { type BitStream, BoundedIntegers, fillBounded } from "../../random/index.ts";
import { allocateShape, asArray, asScalar } from "../make.ts";
import { NDArray } from "../ndarray.ts";
import { integerRange, isPyScalar, scalarOf } from "../scalars.ts";
import { type ArrayLike, type DTypeLike, dtypeText, dtype as parseDtype } from "../types.ts";
import { resultShape } from "./parameters.ts";
import { elementsOf, type Size, shapeOfSize } from "./sizes.ts";

/** What integers to draw. */
export interface IntegerRequest {
  readonly low: ArrayLike;
  /** Null: from 0 to `low`. */
  readonly high: ArrayLike | null;
  readonly size: Size;
  readonly dtype: DTypeLike;
  /** True iff `high` itself may come. */
  readonly isClosed: boolean;
  /** True iff by mask and rejection, as RandomState draws. */
  readonly isMasked: boolean;
  /** The function's name in Python, for errors. */
  readonly name: string;
}

/** A bound as an integer, where it is no array with axes. */
function wholeOf(value: unknown): bigint | undefined {
  if (isPyScalar(value)) return toBigInt(scalarOf(value));
  if (typeof value === "string")
    throw new ValueError(`invalid literal for int() with base 10: ${stringRepr(value)}`);
  if (value instanceof NDArray && value.ndim === 0) return toBigInt(elements(value)[0]!);
  return undefined;
}

function limitsOf(type: DType): { readonly least: bigint; readonly greatest: bigint } {
  return type.kind === "bool" ? { least: 0n, greatest: 1n } : integerRange(type);
}

/** What is drawn from: the least number, and how many follow it. */
interface Range {
  readonly low: bigint;
  readonly top: bigint;
}

/** @throws ValueError where the type does not hold the bounds, or nothing lies between them */
function rangeOf(
  low: bigint,
  high: bigint,
  type: DType,
  isClosed: boolean,
  isLowZero: boolean = low === 0n,
): Range {
  const last = isClosed ? high : high - 1n;
  const { least, greatest } = limitsOf(type);
  if (low < least) throw new ValueError(`low is out of bounds for ${type.name}`);
  if (last > greatest) throw new ValueError(`high is out of bounds for ${type.name}`);
  if (low > last) {
    const text = isLowZero ? `high ${isClosed ? "<" : "<="} 0` : `low ${isClosed ? ">" : ">="} high`;
    throw new ValueError(text);
  }
  return { low, top: last - low };
}

/**
 * Draws the integers: a NumPy scalar without a size and array bounds, else an array.
 * @throws TypeError for a type of no integers, ValueError for bounds that do not do
 */
export function drawIntegers(stream: BitStream, request: IntegerRequest): NDArray {
  const { size, isClosed, isMasked, name } = request;
  const type = parseDtype(request.dtype);
  if (!type.isInteger && type.kind !== "bool")
    throw new PythonTypeError(`Unsupported dtype ${dtypeText(type)} for ${name}`);
  const [from, to] = request.high === null ? [0, request.low] : ([request.low, request.high] as const);
  if (size !== null && shapeOfSize(size).includes(0)) return allocateShape(type, shapeOfSize(size));
  const low = wholeOf(from);
  const high = wholeOf(to);
  if (low === undefined || high === undefined)
    return drawEach(stream, type, asArray(from), asArray(to), request);
  const range = rangeOf(low, high, type, isClosed);
  const result = allocateShape(type, size === null ? [] : shapeOfSize(size));
  fillBounded(elementsOf(result), type, range.low, range.top, stream, isMasked);
  return size === null ? asScalar(result) : result;
}

/** Draws an integer for each place of bounds that are arrays. */
function drawEach(
  stream: BitStream,
  type: DType,
  low: NDArray,
  high: NDArray,
  { size, isClosed, isMasked }: IntegerRequest,
): NDArray {
  const shape = resultShape(size, [low.shape, high.shape]);
  const [lows, highs] = [low, high].map(({ storage, layout }) =>
    elements({ storage, layout: broadcastTo(layout, shape)! }).map(toBigInt),
  ) as [bigint[], bigint[]];
  const isLowZero = lows.every((value) => value === 0n);
  const ranges = lows.map((value, i) => rangeOf(value, highs[i]!, type, isClosed, isLowZero));
  const result = allocateShape(type, shape);
  const [set, data] = [setterOf(type), result.storage.view(type)];
  const integers = new BoundedIntegers(stream, type, isMasked);
  ranges.forEach((range, i) => {
    const value = range.low + integers.nextBig(range.top);
    set(data, i, type.compute === "big" ? value : Number(value));
  });
  return result;
}

/** Numbers 0 to n - 1 as an array of int64. */
export function indexArray(indices: Iterable<number>, shape: readonly number[]): NDArray {
  const result = allocateShape(int64, shape);
  const halves = result.storage.view(int32);
  let at = 0;
  for (const index of indices) {
    halves[2 * at] = index;
    halves[2 * at + 1] = Math.floor(index / 2 ** 32);
    at++;
  }
  return result;
}
