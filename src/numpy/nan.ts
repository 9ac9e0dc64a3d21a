// Functions that leave NaNs out: `nansum`, `nanmean`, `nanmax`, `nancumsum`, `nanmedian`, `nanquantile`, ...

import { bind } from "../core/arguments.ts";
import { type DType, int64 } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { warn } from "../core/warnings.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { full } from "./creation.ts";
import { quietly } from "./floating-errors.ts";
import { allocate, asArray, asScalar, singleElement } from "./make.ts";
import { copyto, stack } from "./manipulation.ts";
import { NDArray } from "./ndarray.ts";
import {
  hasNan,
  type MedianArguments,
  medianOfLines,
  medianOptions,
  type QuantileArguments,
  type QuantileCall,
  quantileCall,
  quantilesOfLines,
  reduceLines,
} from "./quantiles.ts";
import { type ReduceOptions, reducedLayout } from "./reduce.ts";
import {
  all,
  amax,
  amin,
  any,
  argmax,
  argmin,
  cumprod,
  cumsum,
  type ExtremeArguments,
  mean,
  type PositionArguments,
  prod,
  type RunningArguments,
  type SumArguments,
  sum,
  type VarianceArguments,
  type VarianceOptions,
  variance,
} from "./reductions.ts";
import { type ArrayLike, optionalDtype } from "./types.ts";
import type { BinaryUfunc } from "./ufunc-methods.ts";
import * as u from "./ufuncs.ts";
import { moveaxis, ravel } from "./views.ts";

interface Replaced {
  readonly array: NDArray;
  /** Where a NaN was; undefined where the type has none. */
  readonly mask: NDArray | undefined;
}

/** A copy with a number in place of NaNs. */
function replaced(a: ArrayLike, value: number): Replaced {
  const given = asArray(a);
  if (!hasNan(given.dtype)) return { array: given, mask: undefined };
  const mask = u.isnan(given);
  const array = converted(given, given.dtype, "K");
  copyto(array, value, { where: mask });
  return { array, mask };
}

const defaults: ReduceOptions = {
  axis: null,
  dtype: null,
  out: null,
  keepdims: false,
  initial: null,
  where: true,
};

/** The sum without NaNs (`numpy.nansum`). */
export function nansum(a: ArrayLike, ...args: SumArguments): NDArray {
  return sum(replaced(a, 0).array, ...args);
}

/** The product without NaNs (`numpy.nanprod`). */
export function nanprod(a: ArrayLike, ...args: SumArguments): NDArray {
  return prod(replaced(a, 1).array, ...args);
}

/** Running sums that pass over NaNs (`numpy.nancumsum`). */
export function nancumsum(a: ArrayLike, ...args: RunningArguments): NDArray {
  return cumsum(replaced(a, 0).array, ...args);
}

/** Running products that pass over NaNs (`numpy.nancumprod`). */
export function nancumprod(a: ArrayLike, ...args: RunningArguments): NDArray {
  return cumprod(replaced(a, 1).array, ...args);
}

/** @throws TypeError for a type that has no NaN */
function checkInexact(dtype: DType | undefined, out: NDArray | null | undefined): void {
  if (dtype !== undefined && !hasNan(dtype)) {
    throw new PythonTypeError("If a is inexact, then dtype must be inexact");
  }
  if (out !== null && out !== undefined && !hasNan(out.dtype)) {
    throw new PythonTypeError("If a is inexact, then out must be inexact");
  }
}

/** Sums divided by counts, in the sums' own type. */
function perCount(sums: NDArray, counts: ArrayLike): NDArray {
  return quietly(() => {
    if (!sums.isScalar) return u.divide(sums, counts, { out: sums, casting: "unsafe" });
    return asScalar(withType(u.divide(sums, counts), sums.dtype));
  });
}

/** The mean without NaNs (`numpy.nanmean`). */
export function nanmean(a: ArrayLike, ...args: SumArguments): NDArray {
  const options = bind<ReduceOptions>("nanmean", ["axis", "dtype", "out", "keepdims"], args, {
    axis: null,
    dtype: null,
    out: null,
    keepdims: false,
    where: true,
  });
  const { array, mask } = replaced(a, 0);
  if (mask === undefined) return mean(array, options as never);
  checkInexact(optionalDtype(options.dtype), options.out);
  const { axis, keepdims, where } = options as Required<ReduceOptions>;
  const counts = sum(u.logicalNot(mask), { axis, keepdims, where, dtype: int64 });
  const result = perCount(sum(array, options), counts);
  if (any(u.equal(counts, 0)).item() === true) warn("RuntimeWarning", "Mean of empty slice");
  return result;
}

/** The variance without NaNs (`numpy.nanvar`). */
export function nanvar(a: ArrayLike, ...args: VarianceArguments): NDArray {
  const options = bind<VarianceOptions>("nanvar", ["axis", "dtype", "out", "ddof", "keepdims"], args, {
    axis: null,
    dtype: null,
    out: null,
    ddof: 0,
    keepdims: false,
    where: true,
    mean: null,
    correction: 0,
  });
  const { array, mask } = replaced(a, 0);
  if (mask === undefined) return variance(array, options as never);
  checkInexact(optionalDtype(options.dtype), options.out);
  const { axis, dtype, out, keepdims, where } = options as Required<VarianceOptions>;
  const taken = Number(options.correction) || Number(options.ddof);
  const full = sum(u.logicalNot(mask), { axis, keepdims: true, where, dtype: int64 });
  const center = options.mean ?? perCount(sum(array, { axis, dtype, keepdims: true, where }), full);
  u.subtract(array, center, { out: array, casting: "unsafe" });
  copyto(array, 0, { where: mask });
  const squares = array.dtype.isComplex ? u.multiply(array, u.conjugate(array)).real : u.square(array);
  const sums = sum(squares, { axis, dtype, out, keepdims, where });
  const counts = sum(u.logicalNot(mask), { axis, keepdims, where, dtype: int64 });
  const degrees = u.subtract(counts, taken);
  const result = perCount(sums, degrees);
  const isBad = u.lessEqual(degrees, 0);
  if (any(isBad).item() !== true) return result;
  warn("RuntimeWarning", "Degrees of freedom <= 0 for slice.");
  if (result.isScalar) return asScalar(singleElement(result.dtype, Number.NaN));
  copyto(result, Number.NaN, { where: isBad });
  return result;
}

/** The standard deviation without NaNs (`numpy.nanstd`). */
export function nanstd(a: ArrayLike, ...args: VarianceArguments): NDArray {
  const result = nanvar(a, ...args);
  return result.isScalar ? u.sqrt(result) : u.sqrt(result, { out: result });
}

function extreme(
  name: string,
  ufunc: BinaryUfunc,
  plain: typeof amax,
  worst: number,
  a: ArrayLike,
  args: ExtremeArguments,
): NDArray {
  const options = bind<ReduceOptions>(name, ["axis", "out", "keepdims"], args, defaults);
  if (a instanceof NDArray) {
    const { axis = null, ...others } = options;
    const result = ufunc.reduce(a, axis, others);
    if (any(u.isnan(result)).item() === true) warn("RuntimeWarning", "All-NaN slice encountered");
    return result;
  }
  const { array, mask } = replaced(a, worst);
  const result = plain(array, options as never);
  if (mask === undefined) return result;
  const isEmpty = all(mask, { axis: options.axis ?? null, keepdims: options.keepdims ?? false });
  if (any(isEmpty).item() !== true) return result;
  warn("RuntimeWarning", "All-NaN axis encountered");
  if (result.isScalar) return asScalar(singleElement(result.dtype, Number.NaN));
  copyto(result, Number.NaN, { where: isEmpty });
  return result;
}

/** The largest element that is no NaN (`numpy.nanmax`). */
export function nanmax(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme("nanmax", u.fmax, amax, Number.NEGATIVE_INFINITY, a, args);
}

/** The smallest element that is no NaN (`numpy.nanmin`). */
export function nanmin(a: ArrayLike, ...args: ExtremeArguments): NDArray {
  return extreme("nanmin", u.fmin, amin, Number.POSITIVE_INFINITY, a, args);
}

function position(find: typeof argmax, worst: number, a: ArrayLike, args: PositionArguments): NDArray {
  const { array, mask } = replaced(a, worst);
  const options = bind<{ axis: number | null }>("nanargmax", ["axis", "out" as never], args, {
    axis: null,
    out: null,
    keepdims: false,
  } as { axis: number | null });
  if (mask !== undefined && mask.size > 0) {
    if (any(all(mask, { axis: options.axis })).item() === true) {
      throw new ValueError("All-NaN slice encountered");
    }
  }
  return find(array, ...args);
}

/** The position of the largest element that is no NaN (`numpy.nanargmax`). */
export function nanargmax(a: ArrayLike, ...args: PositionArguments): NDArray {
  return position(argmax, Number.NEGATIVE_INFINITY, a, args);
}

/** The position of the smallest element that is no NaN (`numpy.nanargmin`). */
export function nanargmin(a: ArrayLike, ...args: PositionArguments): NDArray {
  return position(argmin, Number.POSITIVE_INFINITY, a, args);
}

/** What is left of a line without its NaNs. */
function remaining(line: NDArray): NDArray {
  if (!hasNan(line.dtype)) return line;
  const kept = line.at(u.logicalNot(u.isnan(line)));
  if (kept.size === 0) warn("RuntimeWarning", "All-NaN slice encountered");
  return kept;
}

/** Each line along an axis in turn, and the results put where the lines were. */
function eachLine(array: NDArray, axis: number, reduce: (line: NDArray) => NDArray): NDArray {
  const lines = moveaxis(array, normalizeAxis(axis, array.ndim), -1);
  const length = lines.shape[lines.ndim - 1]!;
  const rest = lines.shape.slice(0, -1);
  const rows = lines.reshape([-1, length]);
  const results = Array.from({ length: rows.shape[0]! }, (_, i) => asArray(reduce(rows.at(i))));
  const { shape } = results[0]!;
  const stacked = stack(results, 0).reshape([...rest, ...shape]);
  const places = shape.map((_, i) => i);
  const from = places.map((place) => rest.length + place);
  return places.length === 0 ? stacked : moveaxis(stacked, from, places);
}

function nanmedianOfLines(array: NDArray, axis: number | null): NDArray {
  const one = (line: NDArray): NDArray => {
    const kept = remaining(line);
    return kept.size === 0 ? line.at(-1) : medianOfLines(kept, null);
  };
  if (axis === null || array.ndim === 1) return one(ravel(array));
  const lines = eachLine(array, axis, one);
  // In the order of memory of what is left of the array.
  const along = normalizeAxis(axis, array.ndim);
  const result = allocate(reducedLayout(array.layout, [along], false, lines.dtype));
  assign(result, lines);
  return result;
}

/** The middle of the sorted elements that are no NaN (`numpy.nanmedian`). */
export function nanmedian(a: ArrayLike, ...args: MedianArguments): NDArray {
  const options = medianOptions("nanmedian", args);
  const array = asArray(a);
  if (array.size === 0) {
    const { axis, out, keepdims } = options;
    return nanmean(array, { axis, out, keepdims });
  }
  return reduceLines(array, options, nanmedianOfLines);
}

function nanquantilesOf({ array, options, quantiles }: QuantileCall): NDArray {
  const { axis, out, keepdims } = options;
  if (array.size === 0) return nanmean(array, { axis, out, keepdims });
  const one = (line: NDArray): NDArray => {
    const kept = remaining(line);
    if (kept.size > 0) return quantilesOfLines(kept, null, quantiles);
    const empty = full([...quantiles.q.shape], Number.NaN, { dtype: line.dtype });
    return empty.ndim === 0 ? asScalar(empty) : empty;
  };
  return reduceLines(array, options, (lines, along) =>
    along === null || lines.ndim === 1 ? one(ravel(lines)) : eachLine(lines, along, one),
  );
}

/** The value below which a fraction of the elements that are no NaN lies (`numpy.nanquantile`). */
export function nanquantile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  return nanquantilesOf(quantileCall("nanquantile", a, q, args, false));
}

/** As `nanquantile`, with percent (`numpy.nanpercentile`). */
export function nanpercentile(a: ArrayLike, q: ArrayLike, ...args: QuantileArguments): NDArray {
  return nanquantilesOf(quantileCall("nanpercentile", a, q, args, true));
}
