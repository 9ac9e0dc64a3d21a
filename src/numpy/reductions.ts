// Sums, means, extremes and their positions, running sums: `numpy.sum`, `mean`, `var`, `max`, `argmax`, `cumsum`, ...

import { bind, type Signature } from "../core/arguments.ts";
import { bool, complex64, type DType, float16, float32, float64, int64 } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout, product } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { collectWarnings, warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import {
  argmax as argmaxOperation,
  argmin as argminOperation,
  type PositionAttributes,
} from "../ops/reductions.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { broadcastTo } from "./flips.ts";
import { allocate, asArray, fromValues, isArraySource, scalarIfZeroD } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { accumulateAxis, type ReduceOptions, reduceAxes, reducedAxes } from "./reduce.ts";
import { type ArrayLike, type Axes, type DTypeLike, optionalDtype } from "./types.ts";
import type { BinaryUfunc } from "./ufunc-methods.ts";
import {
  add,
  conjugate,
  divide,
  equal,
  lessEqual,
  logicalAnd,
  logicalOr,
  maximum,
  minimum,
  multiply,
  notEqual,
  sqrt,
  subtract,
} from "./ufuncs.ts";
import { diagonal, ravel } from "./views.ts";

/** Arguments of a sum or product. */
export type SumArguments = Signature<
  [axis: Axes | null, dtype: DTypeLike | null, out: NDArray | null],
  ReduceOptions
>;

/** Arguments of an extreme, of `any` and `all`. */
export type ExtremeArguments = Signature<[axis: Axes | null, out: NDArray | null], ReduceOptions>;

const sumDefaults: ReduceOptions = {
  axis: null,
  dtype: null,
  out: null,
  keepdims: false,
  initial: null,
  where: true,
};

/**
 * NumPy hands what is no array to its own method, and a tensor's knows no `axis`.
 * @param whole true iff that method takes the absence of an axis for a `dim`
 */
function refuseTensor(name: string, a: ArrayLike, axis: unknown, whole: boolean): void {
  if (!isArraySource(a)) return;
  throw new PythonTypeError(
    whole && axis === null
      ? `${name}(): argument 'dim' must be int, not NoneType`
      : `${name}() got an unexpected keyword argument 'axis'`,
  );
}

function total(
  ufunc: BinaryUfunc,
  name: string,
  a: ArrayLike,
  args: SumArguments,
  takesNone: boolean,
): NDArray {
  const options = bind<ReduceOptions>(name, ["axis", "dtype", "out"], args, sumDefaults);
  refuseTensor(name, a, options.axis ?? null, takesNone);
  return reduceAxes(ufunc, a, options);
}

function extreme(ufunc: BinaryUfunc, name: string, a: ArrayLike, args: ExtremeArguments): NDArray {
  const options = bind<ReduceOptions>(name, ["axis", "out"], args, sumDefaults);
  refuseTensor(name, a, options.axis ?? null, true);
  return reduceAxes(ufunc, a, options);
}

/** The sum along axes (`numpy.sum`); small integers are summed in 64 bits. */
export function sum(a: ArrayLike, ...args: SumArguments): NDArray {
  return total(add, "sum", a, args, false);
}

/** The product along axes (`numpy.prod`). */
export function prod(a: ArrayLike, ...args: SumArguments): NDArray {
  return total(multiply, "prod", a, args, true);
}

/** The largest element along axes (`numpy.max`); NaN where there is one. */
export function amax(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme(maximum, "max", a, args);
}

/** The smallest element along axes (`numpy.min`). */
export function amin(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme(minimum, "min", a, args);
}

/** True where any element along axes is not zero (`numpy.any`). */
export function any(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme(logicalOr, "any", a, args);
}

/** True where all elements along axes are not zero (`numpy.all`). */
export function all(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme(logicalAnd, "all", a, args);
}

/** Arguments of a mean. */
export type MeanArguments = Signature<
  [axis: Axes | null, dtype: DTypeLike | null, out: NDArray | null],
  Pick<ReduceOptions, "axis" | "dtype" | "out" | "keepdims" | "where">
>;

/** How many elements come together in one of the result. */
function countOf(array: NDArray, axis: Axes | null | undefined): number {
  const given = axis === null || axis === undefined ? [] : typeof axis === "number" ? [axis] : axis;
  for (const each of given) normalizeAxis(each, array.ndim);
  return product(reducedAxes(axis, array.ndim).map((each) => array.shape[each]!));
}

/** The number of elements that come together, as an array where a mask says which. */
function countsOf(array: NDArray, options: ReduceOptions): ArrayLike {
  if (options.where === undefined || options.where === true) return countOf(array, options.axis);
  const ones = fromValues(int64, [], [1n]).reshape(array.shape.map(() => 1));
  const full = add(multiply(array.astype(bool).astype(int64), 0), ones);
  return sum(full, { axis: options.axis ?? null, keepdims: options.keepdims ?? false, where: options.where });
}

function isWhole(type: DType): boolean {
  return type.isInteger || type === bool;
}

function resultInto(result: NDArray, out: NDArray | null | undefined): NDArray {
  if (out === null || out === undefined) return result;
  assign(out, result);
  return out;
}

/** Sums divided by counts; NumPy divides what is one number by its scalars' arithmetic, and says so. */
function quotient(sums: NDArray, counts: ArrayLike): NDArray {
  if (!sums.isScalar) return divide(sums, counts, { out: sums, casting: "unsafe" });
  const { result, warnings } = collectWarnings(() => divide(sums, counts));
  // A scalar of another type than the count is divided as arrays are.
  const isSmall = sums.dtype.isFloatingPoint ? sums.dtype !== float64 : sums.dtype === complex64;
  const isScalar = result.isScalar && !isSmall;
  for (const { category, message } of warnings) {
    warn(category, isScalar ? message.replace("in divide", "in scalar divide") : message);
  }
  return scalarIfZeroD(withType(result, sums.dtype));
}

/** The mean along axes (`numpy.mean`), of integers in float64; float16 is summed in float32. */
export function mean(a: ArrayLike, ...args: MeanArguments): NDArray {
  const options = bind<ReduceOptions>("mean", ["axis", "dtype", "out"], args, sumDefaults);
  refuseTensor("mean", a, options.axis ?? null, false);
  const array = asArray(a);
  const given = optionalDtype(options.dtype);
  const isHalf = given === undefined && array.dtype === float16;
  const dtype = given ?? (isWhole(array.dtype) ? float64 : isHalf ? float32 : array.dtype);
  const summed = sum(array, { ...options, dtype });
  const counts = countsOf(array, options);
  if (typeof counts === "number" ? counts === 0 : any(equal(counts, 0)).item() === true)
    warn("RuntimeWarning", "Mean of empty slice");
  const result = quotient(summed, counts);
  if (options.out !== null && options.out !== undefined) return result;
  return isHalf ? scalarIfZeroD(converted(result, float16)) : result;
}

/** Options of a variance. */
export interface VarianceOptions
  extends Pick<ReduceOptions, "axis" | "dtype" | "out" | "keepdims" | "where"> {
  /** What is taken off the number of elements in the divisor. */
  readonly ddof?: number;
  readonly mean?: ArrayLike | null;
  readonly correction?: number;
}

/** Arguments of a variance. */
export type VarianceArguments = Signature<
  [axis: Axes | null, dtype: DTypeLike | null, out: NDArray | null, ddof: number],
  VarianceOptions
>;

/** The variance along axes (`numpy.var`): the mean of squared distances from the mean. */
export function variance(a: ArrayLike, ...args: VarianceArguments): NDArray {
  const options = bind<VarianceOptions & { ddof: number }>("var", ["axis", "dtype", "out", "ddof"], args, {
    ...sumDefaults,
    ddof: 0,
    mean: null,
    correction: 0,
  } as Partial<VarianceOptions & { ddof: number }>);
  const array = asArray(a);
  const { axis = null, keepdims = false, where = true } = options;
  const correction = Number(options.correction) || options.ddof;
  const given = optionalDtype(options.dtype);
  const isHalf = given === undefined && array.dtype === float16;
  const dtype = given ?? (isWhole(array.dtype) ? float64 : isHalf ? float32 : array.dtype);
  const total = countsOf(array, { axis, keepdims: true, where });
  if (any(lessEqual(total, correction)).item() === true)
    warn("RuntimeWarning", "Degrees of freedom <= 0 for slice");
  const center = options.mean ?? quotient(sum(array, { axis, keepdims: true, where, dtype }), total);
  const distances = subtract(array, center);
  const squares = distances.dtype.isComplex
    ? multiply(distances, conjugate(distances)).real
    : multiply(distances, distances);
  const summed = sum(squares, {
    axis,
    keepdims,
    where,
    dtype: given ?? (isHalf ? float32 : null),
    out: options.out ?? null,
  });
  const counts = subtract(countsOf(array, { axis, keepdims, where }), correction);
  const result = quotient(summed, maximum(counts, 0));
  if (options.out !== null && options.out !== undefined) return result;
  return isHalf ? scalarIfZeroD(converted(result, float16)) : result;
}

/** The standard deviation along axes (`numpy.std`). */
export function std(a: ArrayLike, ...args: VarianceArguments): NDArray {
  const options = bind<VarianceOptions>("std", ["axis", "dtype", "out", "ddof"], args, {
    ...sumDefaults,
    ddof: 0,
    mean: null,
    correction: 0,
  } as VarianceOptions);
  const squared = variance(a, options as never);
  if (squared.isScalar) return scalarIfZeroD(withType(sqrt(squared), squared.dtype));
  return sqrt(squared, { out: squared });
}

/** Arguments of `argmax` and `argmin`. */
export type PositionArguments = Signature<
  [axis: number | null, out: NDArray | null],
  { readonly axis?: number | null; readonly out?: NDArray | null; readonly keepdims?: boolean }
>;

function position(
  operation: Operation<PositionAttributes>,
  name: string,
  a: ArrayLike,
  args: PositionArguments,
): NDArray {
  const options = bind<{ axis: number | null; out: NDArray | null; keepdims: boolean }>(
    name,
    ["axis", "out"],
    args,
    {
      axis: null,
      out: null,
      keepdims: false,
    },
  );
  const given = asArray(a);
  const array = given.layout.isAligned ? given : converted(given, given.dtype);
  const { keepdims } = options;
  const axis = options.axis === null ? null : normalizeAxis(options.axis, Math.max(array.ndim, 1));
  const along = axis === null || array.ndim === 0 ? array.size : array.shape[axis]!;
  if (along === 0) throw new ValueError(`attempt to get ${name} of an empty sequence`);
  const lengths = array.shape.map((length, each) => (axis === null || each === axis ? 1 : length));
  const shape = keepdims ? lengths : array.shape.filter((_, each) => axis !== null && each !== axis);
  const result = allocate(Layout.contiguous(int64, shape));
  const where = array.ndim === 0 ? null : axis;
  if (result.size > 0) execute(operation, [array], [result], { axis: where, keepdims });
  return resultInto(scalarIfZeroD(result), options.out);
}

/** The position of the largest element along an axis, or in row-major order of all (`numpy.argmax`). */
export function argmax(a: ArrayLike, ...args: PositionArguments): NDArray {
  return position(argmaxOperation, "argmax", a, args);
}

/** The position of the smallest element along an axis, or in row-major order of all (`numpy.argmin`). */
export function argmin(a: ArrayLike, ...args: PositionArguments): NDArray {
  return position(argminOperation, "argmin", a, args);
}

/** Arguments of `cumsum` and `cumprod`. */
export type RunningArguments = Signature<
  [axis: number | null, dtype: DTypeLike | null, out: NDArray | null],
  { readonly axis?: number | null; readonly dtype?: DTypeLike | null; readonly out?: NDArray | null }
>;

function running(ufunc: BinaryUfunc, name: string, a: ArrayLike, args: RunningArguments): NDArray {
  const options = bind<{ axis: number | null; dtype: DTypeLike | null; out: NDArray | null }>(
    name,
    ["axis", "dtype", "out"],
    args,
    { axis: null, dtype: null, out: null },
  );
  const array = asArray(a);
  const isFlat = options.axis === null || array.ndim === 0;
  if (options.axis !== null) normalizeAxis(options.axis, Math.max(array.ndim, 1));
  return accumulateAxis(ufunc, isFlat ? ravel(array) : array, isFlat ? 0 : options.axis!, {
    dtype: options.dtype,
    out: options.out,
  });
}

/** Running sums along an axis, or of all elements in row-major order (`numpy.cumsum`). */
export function cumsum(a: ArrayLike, ...args: RunningArguments): NDArray {
  return running(add, "cumsum", a, args);
}

/** Running products (`numpy.cumprod`). */
export function cumprod(a: ArrayLike, ...args: RunningArguments): NDArray {
  return running(multiply, "cumprod", a, args);
}

interface CumulativeOptions {
  readonly axis: number | null;
  readonly dtype: DTypeLike | null;
  readonly out: NDArray | null;
  readonly includeInitial: boolean;
}

function cumulative(ufunc: BinaryUfunc, x: ArrayLike, options: Partial<CumulativeOptions>): NDArray {
  const { axis = null, dtype = null, out = null, includeInitial = false } = options;
  const given = asArray(x);
  const array = given.ndim === 0 ? given.reshape(1) : given;
  if (axis === null && array.ndim >= 2) {
    throw new ValueError("For arrays which have more than one dimension ``axis`` argument is required.");
  }
  const along = normalizeAxis(axis ?? 0, array.ndim);
  if (out !== null && includeInitial) {
    const before = new Array<string>(along).fill(":");
    assign(out.at(...before, ":1"), fromValues(int64, [], [ufunc === add ? 0n : 1n]));
    accumulateAxis(ufunc, array, along, { dtype, out: out.at(...before, "1:") });
    return out;
  }
  const result = accumulateAxis(ufunc, array, along, { dtype, out });
  if (!includeInitial) return result;
  const first = fromValues(result.dtype, [1], [ufunc === add ? 0 : 1]);
  const margin = first.reshape(array.shape.map(() => 1));
  const shape = result.shape.with(along, 1);
  return concatenate([broadcastTo(margin, shape), result], along);
}

/** Running sums along an axis, with 0 in front where `includeInitial` says so (`numpy.cumulative_sum`). */
export function cumulativeSum(x: ArrayLike, options: Partial<CumulativeOptions> = {}): NDArray {
  return cumulative(add, x, options);
}

/** Running products along an axis, with 1 in front where `includeInitial` says so (`numpy.cumulative_prod`). */
export function cumulativeProd(x: ArrayLike, options: Partial<CumulativeOptions> = {}): NDArray {
  return cumulative(multiply, x, options);
}

/** The sum along the diagonals of two axes (`numpy.trace`). */
export function trace(
  a: ArrayLike,
  ...args: Signature<
    [offset: number, axis1: number, axis2: number, dtype: DTypeLike | null],
    {
      readonly offset?: number;
      readonly axis1?: number;
      readonly axis2?: number;
      readonly dtype?: DTypeLike | null;
    }
  >
): NDArray {
  const options = bind<{ offset: number; axis1: number; axis2: number; dtype: DTypeLike | null }>(
    "trace",
    ["offset", "axis1", "axis2", "dtype"],
    args,
    { offset: 0, axis1: 0, axis2: 1, dtype: null },
  );
  const { offset, axis1, axis2, dtype } = options;
  return sum(diagonal(a, offset, axis1, axis2), { axis: -1, dtype });
}

/** Largest minus smallest element along axes (`numpy.ptp`). */
export function ptp(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  const {
    axis = null,
    keepdims = false,
    out,
  } = bind<ReduceOptions>("ptp", ["axis", "out"], args, sumDefaults);
  return subtract(amax(a, { axis, keepdims }), amin(a, { axis, keepdims }), { out: out ?? null });
}

/** How many elements are not zero (`numpy.count_nonzero`). */
export function countNonzero(
  a: ArrayLike,
  ...args: Signature<[axis: Axes | null], { readonly axis?: Axes | null; readonly keepdims?: boolean }>
): NDArray {
  const { axis, keepdims } = bind<{ axis: Axes | null; keepdims: boolean }>("count_nonzero", ["axis"], args, {
    axis: null,
    keepdims: false,
  });
  return sum(notEqual(a, 0), { axis, keepdims, dtype: int64 });
}
