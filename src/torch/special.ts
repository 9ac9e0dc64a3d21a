// `torch.special`: the special functions, most of them under the names that SciPy has for them.

import { type DType, dtypes } from "../core/dtype.ts";
import { besselI0Scaled, besselI1, besselI1Scaled } from "../ops/bessel.ts";
import * as distribution from "../ops/distribution.ts";
import { zeta as zetaOperation } from "../ops/special.ts";
import { apply, type Binary, binary, type Face, type Unary, unary } from "./elementwise.ts";
import { storeOut } from "./in-place.ts";
import { isHalf } from "./promotion.ts";
import { lacks, notImplemented, refusals } from "./refusals.ts";
import { erf } from "./unary.ts";

export { xlogy } from "./binary.ts";
export {
  igamma as gammainc,
  igammac as gammaincc,
  logit,
  mvlgamma as multigammaln,
  polygamma,
} from "./gamma.ts";
export { logSoftmax, logsumexp, softmax } from "./normalization.ts";
export { round } from "./pointwise.ts";
export {
  digamma,
  digamma as psi,
  erf,
  erfc,
  erfinv,
  exp2,
  expm1,
  i0,
  lgamma as gammaln,
  log1p,
  sigmoid as expit,
  sinc,
} from "./unary.ts";

/** A function of that kernel, which complex numbers have not. */
function faceOf(name: string, kernel: string, rest: Partial<Face> = {}): Face {
  return { name, refusals: refusals(lacks(kernel, "complex")), ...rest };
}

/** One that half types have not, either. */
function singleAndDouble(name: string, kernel: string, rest: Partial<Face> = {}): Face {
  const refused = refusals(lacks(kernel, "complex")).map((refusal, index) =>
    isHalf(dtypes[index]!) ? (dtype: DType) => notImplemented(kernel, dtype) : refusal,
  );
  return { name, refusals: refused, ...rest };
}

/** -x log(x): the entropy that a probability adds. */
export const entr: Unary = unary(distribution.entr, faceOf("special_entr", "entr_cpu"));
/** exp(x^2) erfc(x), which does not vanish for large x. */
export const erfcx: Unary = unary(distribution.erfcx, singleAndDouble("special_erfcx", "erfcx_cpu"));
/** exp(-|x|) times the modified Bessel function of order 0. */
export const i0e: Unary = unary(besselI0Scaled, faceOf("special_i0e", "i0e_cpu"));
/** The modified Bessel function of the first kind, of order 1. */
export const i1: Unary = unary(besselI1, faceOf("special_i1", "i1_cpu"));
/** exp(-|x|) times the modified Bessel function of order 1. */
export const i1e: Unary = unary(besselI1Scaled, faceOf("special_i1e", "i1e_cpu"));
const ndtrFace: Face = faceOf("special_ndtr", "erf_vml_cpu");

/** The probability of less than x under the standard normal distribution. */
export const ndtr: Unary = (input, options = {}) => {
  if (!isHalf(input.dtype)) return apply(distribution.ndtr, ndtrFace, [input], undefined, options.out);
  // Of half types PyTorch rounds each step.
  const result = erf(input.div(Math.SQRT2)).add(1).mul(0.5);
  const { out } = options;
  return out === null || out === undefined ? result : storeOut(out, result, ndtrFace.name, [input]);
};
/** The logarithm of `ndtr`, exact far below 0. */
export const logNdtr: Unary = unary(
  distribution.logNdtr,
  singleAndDouble("special_log_ndtr", "log_ndtr_cpu"),
);
/** The number that has that probability below it: the inverse of `ndtr`. */
export const ndtri: Unary = unary(distribution.ndtri, singleAndDouble("special_ndtri", "ndtri_cpu"));
/** a log(1 + b); 0 where a is 0. */
export const xlog1py: Binary = binary(
  distribution.xlog1py,
  faceOf("special_xlog1py", "xlog1py_cpu", {
    scalars: "either",
    labels: ["SpecialXlog1PyBackward2", "SpecialXlog1PyBackward0", "SpecialXlog1PyBackward1"],
  }),
);
/** Hurwitz's zeta function: the sum of (other + n)^-input over n = 0, 1, ... */
export const zeta: Binary = binary(
  zetaOperation,
  singleAndDouble("special_zeta", "zeta_cpu", {
    scalars: "either",
    labels: ["SpecialZetaBackward2", "SpecialZetaBackward0", "SpecialZetaBackward1"],
  }),
);
