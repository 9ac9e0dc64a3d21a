// NumPy's face: `import * as np from "weightbridge/numpy"`. Names are NumPy's in camelCase, arguments as in Python with
// one trailing options object for those given by name; NumPy's documentation is the documentation.

import {
  bool,
  complex64,
  complex128,
  type DType,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
import { strideTricks } from "./flips.ts";
import { objectItems } from "./item-plain.ts";

export {
  bfloat16,
  bool,
  complex64,
  complex128,
  DType,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
export { float, PyFloat } from "../core/python.ts";
export {
  applyAlongAxis,
  applyOverAxes,
  fromfunction,
  fromiter,
  vectorize,
} from "./applying.ts";
export { type BitOrder, baseRepr, binaryRepr, packbits, unpackbits } from "./bits.ts";
export { astype } from "./casting.ts";
export * from "./creation.ts";
export { diff, ediff1d, gradient, trapezoid, unwrap } from "./differences.ts";
export { type EinsumOptions, einsum } from "./einsum.ts";
export { einsumPath } from "./einsum-path.ts";
export * as fft from "./fft.ts";
export type { Flags } from "./flags.ts";
export {
  atleast1d,
  atleast2d,
  atleast3d,
  broadcastArrays,
  broadcastShapes,
  broadcastTo,
  flip,
  fliplr,
  flipud,
  rot90,
} from "./flips.ts";
export { formatFloatPositional, formatFloatScientific, type Trim } from "./format-float.ts";
export {
  c_,
  diagflat,
  diagIndices,
  diagIndicesFrom,
  type Grid,
  indexExp,
  type Joiner,
  maskIndices,
  mgrid,
  ndenumerate,
  ndindex,
  ogrid,
  r_,
  s_,
  trilIndices,
  trilIndicesFrom,
  triuIndices,
  triuIndicesFrom,
} from "./grids.ts";
export {
  type BinRule,
  type Bins,
  histogram,
  histogram2d,
  histogramBinEdges,
  histogramdd,
} from "./histograms.ts";
export type { Index } from "./index-items.ts";
export {
  append,
  type Blocks,
  block,
  insert,
  type Places,
  remove as delete,
  resize,
  trimZeros,
  unstack,
} from "./inserting.ts";
export {
  type Loaded,
  type LoadOptions,
  load,
  type NpzFile,
  type Pickled,
  type SavedArrays,
  save,
  savez,
  savezCompressed,
} from "./io.ts";
export { ItemArray } from "./item-array.ts";
export type { ItemLike } from "./item-creation.ts";
export { PyTuple } from "./item-files.ts";
export type { ItemField, RecordItems } from "./item-records.ts";
export { bytes_, datetime64, False_, str_, True_, timedelta64, voidScalar as void } from "./item-scalars.ts";
export type { ItemType } from "./item-type.ts";
export { dtype, type FieldSpec, type ItemTypeLike, type ItemTypeName } from "./item-types.ts";
export { type FloatInfo, finfo, type IntegerInfo, iinfo } from "./limits.ts";
export * as linalg from "./linalg/index.ts";
export { indices, ix_, ravelMultiIndex, takeAlongAxis, unravelIndex } from "./lookup.ts";
export {
  columnStack,
  concatenate,
  concatenate as concat,
  copyto,
  dstack,
  hstack,
  repeat,
  roll,
  stack,
  take,
  tile,
  vstack,
} from "./manipulation.ts";
export { mayShareMemory, sharesMemory } from "./memory.ts";
export {
  nanargmax,
  nanargmin,
  nancumprod,
  nancumsum,
  nanmax,
  nanmean,
  nanmedian,
  nanmin,
  nanpercentile,
  nanprod,
  nanquantile,
  nanstd,
  nansum,
  nanvar,
} from "./nan.ts";
export { NDArray, NDArray as ndarray, type NDArrayOptions } from "./ndarray.ts";
export { type PadMode, type PadWidth, pad } from "./pad.ts";
export {
  choose,
  compress,
  extract,
  fillDiagonal,
  type Piece,
  piecewise,
  place,
  put,
  putAlongAxis,
  putmask,
  select,
} from "./placing.ts";
export { type Fit, polyfit, roots } from "./polynomial-fits.ts";
export { poly, polyadd, polyder, polydiv, polyint, polymul, polysub, polyval } from "./polynomials.ts";
export {
  type Array2stringOptions,
  type ArrayTextOptions,
  array2string,
  arrayRepr,
  arrayStr,
  getPrintoptions,
  type PrintOptionChanges,
  type PrintOptions,
  printoptions,
  setPrintoptions,
} from "./print.ts";
export { dot, inner, kron, matmul, outer, tensordot, vdot } from "./products.ts";
export { canCast, minScalarType, promoteTypes, resultType } from "./promotion.ts";
export { median, percentile, type QuantileMethod, quantile } from "./quantiles.ts";
export * as random from "./random/index.ts";
export * from "./ranges.ts";
export {
  all,
  amax,
  amax as max,
  amin,
  amin as min,
  any,
  argmax,
  argmin,
  countNonzero,
  cumprod,
  cumsum,
  cumulativeProd,
  cumulativeSum,
  mean,
  prod,
  ptp,
  std,
  sum,
  trace,
  variance as var,
} from "./reductions.ts";
export { asarrayChkfinite, fromstring, isfortran, iterable, require } from "./requiring.ts";
export { bincount, type ConvolutionMode, convolve, correlate, digitize, interp } from "./samples.ts";
export {
  intersect1d,
  isin,
  setdiff1d,
  setxor1d,
  type UniqueAll,
  union1d,
  unique,
  uniqueAll,
  uniqueCounts,
  uniqueInverse,
  uniqueValues,
} from "./sets.ts";
export {
  argpartition,
  argsort,
  argwhere,
  flatnonzero,
  lexsort,
  nonzero,
  partition,
  searchsorted,
  sort,
  sortComplex,
} from "./sorting.ts";
export { arraySplit, dsplit, hsplit, split, vsplit } from "./split.ts";
export { cross, matvec, vecdot, vecmat } from "./stacked-products.ts";
export { average, corrcoef, cov } from "./statistics.ts";
export * as testing from "./testing/index.ts";
export {
  commonType,
  complexfloating,
  floating,
  generic,
  inexact,
  integer,
  isdtype,
  issubdtype,
  number,
  signedinteger,
  TypeFamily,
  unsignedinteger,
} from "./type-tests.ts";
export type {
  ArrayLike,
  Axes,
  Casting,
  DTypeLike,
  Order,
  PyScalar,
} from "./types.ts";
export {
  allclose,
  angle,
  arrayEqual,
  arrayEquiv,
  clip,
  fix,
  imag,
  isclose,
  iscomplex,
  iscomplexobj,
  isneginf,
  isposinf,
  isreal,
  isrealobj,
  ldexp,
  nanToNum,
  real,
  realIfClose,
  round,
  round as around,
  sinc,
  where,
} from "./ufunc-functions.ts";
export * from "./ufuncs.ts";
export {
  absolute as abs,
  arccos as acos,
  arccosh as acosh,
  arcsin as asin,
  arcsinh as asinh,
  arctan as atan,
  arctan2 as atan2,
  arctanh as atanh,
  conjugate as conj,
  degrees as rad2deg,
  divide as trueDivide,
  invert as bitwiseInvert,
  invert as bitwiseNot,
  leftShift as bitwiseLeftShift,
  power as pow,
  radians as deg2rad,
  remainder as mod,
  rightShift as bitwiseRightShift,
} from "./ufuncs.ts";
export {
  diagonal,
  expandDims,
  matrixTranspose,
  moveaxis,
  ndim,
  ravel,
  reshape,
  rollaxis,
  shape,
  size,
  squeeze,
  swapaxes,
  transpose,
  transpose as permuteDims,
} from "./views.ts";
export { bartlett, blackman, hamming, hanning, i0, kaiser } from "./windows.ts";

/** `numpy.lib` */
export const lib: { readonly strideTricks: typeof strideTricks } = { strideTricks };

/** A new axis in an index: `x.at(null)`. */
export const newaxis: null = null;

/** The ratio of a circle's circumference to its diameter. */
export const pi: number = Math.PI;
/** The base of the natural logarithm. */
export const e: number = Math.E;
/** Positive infinity. */
export const inf: number = Number.POSITIVE_INFINITY;
/** The Euler-Mascheroni constant. */
export const eulerGamma: number = 0.5772156649015329;
/** True: memory has the least byte first. */
export const littleEndian: boolean = true;
/** Not a number. */
export const nan: number = Number.NaN;

// NumPy's other names of its types.
export const bool_: DType = bool;
export const byte: DType = int8;
export const ubyte: DType = uint8;
export const short: DType = int16;
export const ushort: DType = uint16;
export const intc: DType = int32;
export const uintc: DType = uint32;
export const int_: DType = int64;
export const uint: DType = uint64;
export const intp: DType = int64;
export const uintp: DType = uint64;
export const longlong: DType = int64;
export const half: DType = float16;
export const single: DType = float32;
export const double: DType = float64;
export const csingle: DType = complex64;
export const cdouble: DType = complex128;
export const object_: typeof objectItems = objectItems;
