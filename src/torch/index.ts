// PyTorch's face: `import * as torch from "weightbridge/torch"`. The documentation of PyTorch is its documentation.

import type { DType } from "../core/dtype.ts";
import { multiDot } from "./chains.ts";
import { grad } from "./grad.ts";
import { norm as linalgNorm } from "./normalization.ts";
import { resultType as typeOfOperands } from "./promotion.ts";
import type { Input } from "./tape.ts";
import { alias } from "./views.ts";

/** `torch.autograd`. */
export const autograd: { readonly grad: typeof grad } = { grad };

/** The type that two operands meet in (`torch.result_type`). */
export function resultType(tensor1: Input, tensor2: Input): DType {
  return typeOfOperands([tensor1, tensor2]);
}

/** `torch.linalg`. */
export const linalg: {
  readonly multiDot: typeof multiDot;
  readonly norm: typeof linalgNorm;
  readonly vectorNorm: typeof linalgNorm;
} = {
  multiDot,
  norm: linalgNorm,
  vectorNorm: linalgNorm,
};

/** PyTorch's operators by their own names. */
export const ops: { readonly aten: { readonly alias: typeof alias } } = { aten: { alias } };

export * from "../core/dtype.ts";
export {
  complex64 as cfloat,
  complex128 as cdouble,
  float16 as half,
  float32 as float,
  float64 as double,
  int16 as short,
  int32 as int,
  int64 as long,
} from "../core/dtype.ts";
export * from "./added-products.ts";
export { backward, detach, detach_, requiresGrad_ } from "./autograd.ts";
export * from "./binary.ts";
export * from "./conjugation.ts";
export { numel, repr, storageOffset } from "./contents.ts";
export { clone } from "./conversion.ts";
export * from "./counting.ts";
export * from "./covariance.ts";
export * from "./creation.ts";
export * from "./distinct.ts";
export { einsum } from "./einsum.ts";
export * from "./gathering.ts";
export { indexPut } from "./indexing.ts";
export * from "./interop.ts";
export { load, toTorch } from "./load.ts";
export * from "./manipulation.ts";
export { channelsLast, channelsLast3d, contiguousFormat, preserveFormat } from "./memory-format.ts";
export * as nn from "./nn/index.ts";
export * from "./normalization.ts";
export * as optim from "./optim/index.ts";
export * from "./pointwise.ts";
export { getPrintoptions, printoptions, setPrintoptions } from "./print.ts";
export * from "./products.ts";
export { canCast, getDefaultDtype, promoteTypes, setDefaultDtype } from "./promotion.ts";
export { imag, real } from "./properties.ts";
export * from "./quantiles.ts";
export * from "./random.ts";
export * from "./reductions.ts";
export { variance as var } from "./reductions.ts";
export * from "./reshaping.ts";
export * from "./scans.ts";
export * from "./searching.ts";
export * from "./sorting.ts";
export * from "./splitting.ts";
export { enableGrad, inferenceMode, isGradEnabled, noGrad, setGradEnabled } from "./tape.ts";
export { Tensor } from "./tensor.ts";
export * from "./unary.ts";
export * from "./views.ts";
export { maskedFill } from "./writing.ts";
