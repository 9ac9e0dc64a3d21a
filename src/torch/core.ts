// PyTorch's face without methods of special use: `import * as torch from "weightbridge/torch/core"`, for pages that load as
// little as possible. Functions are all here, and a bundler leaves out those that are not called. In Node the package has
// `weightbridge/torch` under this name too.

import type { DType } from "../core/dtype.ts";
import { snakeCase } from "../core/names.ts";
import * as linalgFunctions from "./linalg/index.ts";
import { type WithOuts, withOuts } from "./out.ts";
import { resultType as typeOfOperands } from "./promotion.ts";
import type { Input } from "./tape.ts";
import { alias } from "./views.ts";

/** The type that two operands meet in (`torch.result_type`). */
export function resultType(tensor1: Input, tensor2: Input): DType {
  return typeOfOperands([tensor1, tensor2]);
}

/** Infinity. */
export const inf: number = Number.POSITIVE_INFINITY;
/** Not a number. */
export const nan: number = Number.NaN;
/** The ratio of a circle's circumference to its diameter. */
export const pi: number = Math.PI;
/** The base of natural logarithms. */
export const e: number = Math.E;
/** A new axis in an index: `x.at(null)`. */
export const newaxis: null = null;

/** `torch.linalg`. */
export const linalg: WithOuts<typeof linalgFunctions> = /* @__PURE__ */ withOuts(
  linalgFunctions,
  (name) => `linalg_${snakeCase(name)}`,
);

/** PyTorch's operators by their own names. */
export const ops: { readonly aten: { readonly alias: typeof alias } } = { aten: { alias } };

export {
  bfloat16,
  bool,
  type ComputeClass,
  complex64,
  complex64 as cfloat,
  complex128,
  complex128 as cdouble,
  DType,
  type DTypeKind,
  type DTypeName,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
  float16 as half,
  float32,
  float32 as float,
  float64,
  float64 as double,
  int8,
  int16,
  int16 as short,
  int32,
  int32 as int,
  int64,
  int64 as long,
  type TypedArray,
  type TypedArrayConstructor,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
export type {
  ContractedDims,
  FactorOptions,
} from "./added-products.ts";
export { adjoint } from "./adjoint.ts";
export {
  isCheckingNaN as isAnomalyCheckNanEnabled,
  isDetectingAnomalies as isAnomalyEnabled,
} from "./anomaly.ts";
export { atleast1d, atleast2d, atleast3d } from "./at-least.ts";
export { detach, detach_ } from "./autograd.ts";
export { autograd } from "./autograd-names.ts";
export { isInferenceModeEnabled } from "./base.ts";
export {
  arctan2,
  atan2,
  bitwiseAnd,
  bitwiseLeftShift,
  bitwiseOr,
  bitwiseRightShift,
  bitwiseXor,
  copysign,
  eq,
  fmax,
  fmin,
  fmod,
  gcd,
  gcd_,
  ge,
  greater,
  greaterEqual,
  gt,
  heaviside,
  hypot,
  lcm,
  lcm_,
  le,
  less,
  lessEqual,
  logaddexp,
  logaddexp2,
  logicalAnd,
  logicalOr,
  logicalXor,
  lt,
  maximum,
  minimum,
  mul,
  multiply,
  ne,
  nextafter,
  notEqual,
  remainder,
  xlogy,
  xlogy_,
} from "./binary.ts";
export * from "./bounds.ts";
export { chainMatmul } from "./chains.ts";
export * from "./comparing.ts";
export { complex, polar } from "./complex-numbers.ts";
export {
  conj,
  conjPhysical_,
  isComplex,
  isConj,
  isFloatingPoint,
  isNeg,
  resolveConj,
  resolveNeg,
} from "./conjugation.ts";
export { equal, isNonzero, isSameSize, isSigned, numel } from "./contents.ts";
export { clone } from "./conversion.ts";
export { copy, deepcopy } from "./copy.ts";
export * from "./counting.ts";
export * from "./covariance.ts";
export {
  empty,
  emptyLike,
  emptyPermuted,
  emptyStrided,
  eye,
  full,
  fullLike,
  type LikeOptions,
  ones,
  onesLike,
  type ShapeArguments,
  scalarTensor,
  zeros,
  zerosLike,
} from "./creation.ts";
export type { CreationOptions } from "./creation-options.ts";
export {
  areDeterministicAlgorithmsEnabled,
  type DeterministicOptions,
  isDeterministicAlgorithmsWarnOnlyEnabled,
  useDeterministicAlgorithms,
} from "./determinism.ts";
export * from "./differences.ts";
export { cdist, dist, pdist } from "./distances.ts";
export * from "./distinct.ts";
export { einsum } from "./einsum.ts";
export { maskedScatter, put } from "./element-writes.ts";
export {
  geqrf,
  logdet,
  matrixExp,
  orgqr,
  ormqr,
  pinverse,
  slogdet,
} from "./factors.ts";
export * as fft from "./fft.ts";
export { ldexp, ldexp_ } from "./floating-parts.ts";
export {
  igamma,
  igammac,
  type LogitOptions,
  logit,
  logit_,
  type MvlgammaOptions,
  mvlgamma,
  polygamma,
} from "./gamma.ts";
export { gather, indexSelect, take, takeAlongDim } from "./gathering.ts";
export * from "./grids.ts";
export { indexAdd, indexCopy, indexFill, indexReduce } from "./index-writes.ts";
export { indexPut, indexPut_ } from "./indexing.ts";
export {
  type AsarrayOptions,
  asarray,
  asTensor,
  BFloat16Tensor,
  BoolTensor,
  ByteTensor,
  CharTensor,
  DoubleTensor,
  FloatTensor,
  fromDlpack,
  fromNumpy,
  HalfTensor,
  IntTensor,
  isTensor,
  LongTensor,
  ShortTensor,
  type TensorOptions,
  tensor,
} from "./interop.ts";
export { finfo, iinfo } from "./limits.ts";
export { load, toTorch } from "./load.ts";
export { flip, fliplr, flipud, repeatInterleave, roll, rot90, tile } from "./manipulation.ts";
export { channelsLast, channelsLast3d, contiguousFormat, preserveFormat } from "./memory-format.ts";
export { addcdiv, addcmul, type WeightOptions } from "./mixtures.ts";
export { multinomial } from "./multinomial.ts";
export { adaptiveAvgPool1d } from "./nn/functional/adaptive-pooling.ts";
export { bilinear } from "./nn/functional/bilinear.ts";
export { conv1d, conv2d, conv3d } from "./nn/functional/convolution.ts";
export { cosineSimilarity, pairwiseDistance } from "./nn/functional/distance.ts";
export { groupNorm, layerNorm, rmsNorm } from "./nn/functional/layer-normalization.ts";
export { avgPool1d, maxPool1d, maxPool2d, maxPool3d } from "./nn/functional/pooling.ts";
export { rrelu, rrelu_ } from "./nn/functional/randomized.ts";
export { celu, celu_, selu, selu_, threshold, threshold_ } from "./nn/functional/rectifiers.ts";
export { channelShuffle, pixelShuffle, pixelUnshuffle } from "./nn/functional/shuffling.ts";
export { convTranspose1d, convTranspose2d, convTranspose3d } from "./nn/functional/transposed-convolution.ts";
export * as nn from "./nn/index.ts";
export * from "./norm.ts";
export * from "./normalization.ts";
export * as optim from "./optim/index.ts";
export * from "./out-forms.ts";
export {
  type AlphaOptions,
  add,
  type DivideOptions,
  div,
  divide,
  floatPower,
  floorDivide,
  pow,
  type RoundOptions,
  round,
  round_,
  rsub,
  square,
  square_,
  sub,
  subtract,
  trueDivide,
} from "./pointwise.ts";
export * from "./positions.ts";
export { getPrintoptions, printoptions, setPrintoptions } from "./print.ts";
export { trace } from "./products.ts";
export { canCast, getDefaultDtype, promoteTypes, setDefaultDtype } from "./promotion.ts";
export { imag, real } from "./properties.ts";
export * from "./quantiles.ts";
export {
  bernoulli,
  binomial,
  Generator,
  getRngState,
  initialSeed,
  manualSeed,
  normal,
  poisson,
  type RandomOptions,
  rand,
  randint,
  randintLike,
  randLike,
  randn,
  randnLike,
  randperm,
  seed,
  setRngState,
} from "./random.ts";
export * as random from "./random-module.ts";
export { arange, linspace, logspace } from "./ranges.ts";
export { hardshrink, prelu } from "./rectifiers.ts";
export * from "./reductions.ts";
export { asStrided_ } from "./relayout.ts";
export {
  flatten,
  ravel,
  reshape,
  unflatten,
  viewAsComplex,
  viewAsReal,
} from "./reshaping.ts";
export { type SaveOptions, save } from "./save.ts";
export { cummax, cummin, cumprod, cumsum, logcumsumexp, type ScanOptions } from "./scans.ts";
export { scatter, scatterAdd, scatterReduce } from "./scattering.ts";
export * from "./searching.ts";
export * as signal from "./signal.ts";
export * from "./sorting.ts";
export * as special from "./special.ts";
export { istft, stft } from "./spectrogram.ts";
export * from "./splitting.ts";
export * from "./stacking.ts";
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from "./tape.ts";
export { Tensor } from "./tensor.ts";
export * as testing from "./testing.ts";
export { getNumThreads, kernelsReady, setNumThreads } from "./threads.ts";
export { diag, diagEmbed, diagflat, tril, triu } from "./triangles.ts";
export {
  abs,
  abs_,
  absolute,
  acos,
  acos_,
  acosh,
  acosh_,
  angle,
  arccos,
  arccos_,
  arccosh,
  arccosh_,
  arcsin,
  arcsin_,
  arcsinh,
  arcsinh_,
  arctan,
  arctan_,
  arctanh,
  arctanh_,
  asin,
  asin_,
  asinh,
  asinh_,
  atan,
  atan_,
  atanh,
  atanh_,
  bitwiseNot,
  ceil,
  ceil_,
  cos,
  cos_,
  cosh,
  cosh_,
  deg2rad,
  deg2rad_,
  digamma,
  erf,
  erf_,
  erfc,
  erfc_,
  erfinv,
  exp,
  exp_,
  exp2,
  exp2_,
  expm1,
  expm1_,
  fix,
  fix_,
  floor,
  floor_,
  frac,
  frac_,
  i0,
  i0_,
  isfinite,
  isinf,
  isnan,
  lgamma,
  log,
  log_,
  log1p,
  log1p_,
  log2,
  log2_,
  log10,
  log10_,
  logicalNot,
  neg,
  neg_,
  negative,
  negative_,
  positive,
  rad2deg,
  rad2deg_,
  reciprocal,
  reciprocal_,
  relu,
  relu_,
  rsqrt,
  rsqrt_,
  sgn,
  sigmoid,
  sigmoid_,
  sign,
  signbit,
  sin,
  sin_,
  sinc,
  sinc_,
  sinh,
  sinh_,
  sqrt,
  sqrt_,
  tan,
  tan_,
  tanh,
  tanh_,
  trunc,
  trunc_,
} from "./unary.ts";
export * as utils from "./utils/index.ts";
export { vander } from "./vander.ts";
export * from "./variances.ts";
export { asStridedScatter, diagonalScatter, selectScatter, sliceScatter } from "./view-writes.ts";
export {
  asStrided,
  broadcastTo,
  diagonal,
  moveaxis,
  movedim,
  narrow,
  narrowCopy,
  permute,
  select,
  squeeze,
  swapaxes,
  swapdims,
  t,
  transpose,
  unsqueeze,
} from "./views.ts";
export {
  bartlettWindow,
  blackmanWindow,
  hammingWindow,
  hannWindow,
  kaiserWindow,
} from "./windows.ts";
export { fill, fill_, maskedFill, resizeAs_, zero_ } from "./writing.ts";
