// Elementwise functions of one tensor. Those that PyTorch has in place stand here with an underscore as well.

import * as activations from "../ops/activations.ts";
import * as bessel from "../ops/bessel.ts";
import * as exponential from "../ops/exponential.ts";
import * as logic from "../ops/logic.ts";
import * as special from "../ops/special.ts";
import * as trigonometry from "../ops/trigonometry.ts";
import * as operations from "../ops/unary.ts";
import { type Face, type Unary, type UnaryInPlace, unary, unaryInPlace } from "./elementwise.ts";
import { lacks, refusals, refuse, says, saysMissing } from "./refusals.ts";

const plain = (name: string): Face => ({ name });
const torch = { rules: "torch" } as const;

const face = {
  abs: { name: "abs", refusals: refusals(lacks("abs_cpu", "bool", "rare")) },
  absInPlace: {
    name: "abs",
    refusals: refusals(
      lacks("abs_cpu", "bool", "rare"),
      says("In-place abs is not supported for complex tensors.", "complex"),
    ),
  },
  neg: {
    name: "neg",
    refusals: refusals(
      says(
        "Negation, the `-` operator, on a bool tensor is not supported. If you are trying to invert a mask, use the `~` or `logical_not()` operator instead.",
        "bool",
      ),
      lacks("neg_cpu", "rare"),
    ),
  },
  positive: {
    name: "positive",
    refusals: refusals(says("The `+` operator, on a bool tensor is not supported.", "bool")),
  },
  sign: {
    name: "sign",
    refusals: refusals(
      lacks("sign_cpu", "rare"),
      saysMissing(
        "Unlike NumPy, torch.sign is not intended to support complex numbers. Please use torch.sgn instead.",
        "complex",
      ),
    ),
  },
  sgn: { name: "sgn", refusals: refusals(lacks("sign_cpu", "rare")) },
  floor: {
    name: "floor",
    refusals: refusals(
      lacks("floor_vml_cpu", "bool"),
      saysMissing("floor is not supported for complex inputs", "complex"),
    ),
  },
  ceil: {
    name: "ceil",
    refusals: refusals(
      lacks("ceil_vml_cpu", "bool"),
      saysMissing("ceil is not supported for complex inputs", "complex"),
    ),
  },
  trunc: {
    name: "trunc",
    refusals: refusals(
      lacks("trunc_vml_cpu", "bool"),
      saysMissing("trunc is not supported for complex inputs", "complex"),
    ),
  },
  frac: { name: "frac", refusals: refusals(lacks("frac_cpu", "bool", "rare", "whole", "complex")) },
  relu: {
    name: "relu",
    refusals: refusals(
      says("Boolean inputs not supported for relu", "bool"),
      lacks("clamp_min_scalar_cpu", "rare"),
      saysMissing("clamp is not supported for complex types", "complex"),
    ),
  },
  erf: { name: "erf", refusals: refusals(lacks("erf_vml_cpu", "complex")) },
  erfc: { name: "erfc", refusals: refusals(lacks("erfc_vml_cpu", "complex")) },
  erfinv: { name: "erfinv", refusals: refusals(lacks("erfinv_vml_cpu", "complex")) },
  lgamma: { name: "lgamma", refusals: refusals(lacks("lgamma_vml_cpu", "complex")) },
  digamma: { name: "digamma", refusals: refusals(lacks("digamma", "complex")) },
  i0: { name: "i0", refusals: refusals(lacks("i0_vml_cpu", "complex")) },
  deg2rad: {
    name: "deg2rad",
    refusals: refusals(says("deg2rad is not supported for complex tensors.", "complex")),
  },
  rad2deg: {
    name: "rad2deg",
    refusals: refusals(says("rad2deg is not supported for complex tensors.", "complex")),
  },
  bitwiseNot: {
    name: "bitwise_not",
    refusals: refusals(lacks("bitwise_not_cpu", "rare", "floating", "complex")),
  },
  logicalNot: { name: "logical_not", refusals: refusals(lacks("logical_not_cpu", "rare")) },
} satisfies Readonly<Record<string, Face>>;

/** The magnitude, real for complex numbers. */
export const abs: Unary = unary(operations.absolute, face.abs);
export const abs_: UnaryInPlace = unaryInPlace(operations.absolute, face.absInPlace);
/** `abs` under another name. */
export const absolute: Unary = abs;
export const absolute_: UnaryInPlace = abs_;
/** The number with its sign changed. */
export const neg: Unary = unary(operations.negative, face.neg);
export const neg_: UnaryInPlace = unaryInPlace(operations.negative, face.neg);
/** `neg` under another name. */
export const negative: Unary = neg;
export const negative_: UnaryInPlace = neg_;
/** The number itself. */
export const positive: Unary = (input) => {
  refuse(face.positive.refusals, input.dtype);
  return input;
};
/** -1, 0 or 1. */
export const sign: Unary = unary(operations.sign, face.sign, torch);
export const sign_: UnaryInPlace = unaryInPlace(operations.sign, face.sign, torch);
/** The sign; of complex numbers z / |z|. */
export const sgn: Unary = unary(operations.sign, face.sgn, torch);
export const sgn_: UnaryInPlace = unaryInPlace(operations.sign, face.sgn, torch);
/** 1 / x. */
export const reciprocal: Unary = unary(operations.reciprocal, plain("reciprocal"));
export const reciprocal_: UnaryInPlace = unaryInPlace(operations.reciprocal, plain("reciprocal"));
/** The greatest whole number that is not above. */
export const floor: Unary = unary(operations.floor, face.floor);
export const floor_: UnaryInPlace = unaryInPlace(operations.floor, face.floor);
/** The least whole number that is not below. */
export const ceil: Unary = unary(operations.ceil, face.ceil);
export const ceil_: UnaryInPlace = unaryInPlace(operations.ceil, face.ceil);
/** The number without what stands behind the point. */
export const trunc: Unary = unary(operations.trunc, face.trunc);
export const trunc_: UnaryInPlace = unaryInPlace(operations.trunc, face.trunc);
/** `trunc` under another name. */
export const fix: Unary = trunc;
export const fix_: UnaryInPlace = trunc_;
/** What stands behind the point, with the number's sign. */
export const frac: Unary = unary(operations.frac, face.frac);
export const frac_: UnaryInPlace = unaryInPlace(operations.frac, face.frac);
/** The angle of complex numbers, in radians; of real ones 0, or pi below 0. */
export const angle: Unary = unary(operations.angle, plain("angle"));
/** The square root. */
export const sqrt: Unary = unary(exponential.sqrt, plain("sqrt"));
export const sqrt_: UnaryInPlace = unaryInPlace(exponential.sqrt, plain("sqrt"));
/** 1 / sqrt(x). */
export const rsqrt: Unary = unary(exponential.rsqrt, plain("rsqrt"));
export const rsqrt_: UnaryInPlace = unaryInPlace(exponential.rsqrt, plain("rsqrt"));
/** e to the power of x. */
export const exp: Unary = unary(exponential.exp, plain("exp"));
export const exp_: UnaryInPlace = unaryInPlace(exponential.exp, plain("exp"));
/** 2 to the power of x. */
export const exp2: Unary = unary(exponential.exp2, plain("exp2"));
export const exp2_: UnaryInPlace = unaryInPlace(exponential.exp2, plain("exp2"));
/** exp(x) - 1, exact near 0. */
export const expm1: Unary = unary(exponential.expm1, plain("expm1"));
export const expm1_: UnaryInPlace = unaryInPlace(exponential.expm1, plain("expm1"));
/** The natural logarithm. */
export const log: Unary = unary(exponential.log, plain("log"));
export const log_: UnaryInPlace = unaryInPlace(exponential.log, plain("log"));
/** The logarithm to the base 2. */
export const log2: Unary = unary(exponential.log2, plain("log2"));
export const log2_: UnaryInPlace = unaryInPlace(exponential.log2, plain("log2"));
/** The logarithm to the base 10. */
export const log10: Unary = unary(exponential.log10, plain("log10"));
export const log10_: UnaryInPlace = unaryInPlace(exponential.log10, plain("log10"));
/** log(1 + x), exact near 0. */
export const log1p: Unary = unary(exponential.log1p, plain("log1p"));
export const log1p_: UnaryInPlace = unaryInPlace(exponential.log1p, plain("log1p"));
/** The sine of radians. */
export const sin: Unary = unary(trigonometry.sin, plain("sin"));
export const sin_: UnaryInPlace = unaryInPlace(trigonometry.sin, plain("sin"));
/** The cosine of radians. */
export const cos: Unary = unary(trigonometry.cos, plain("cos"));
export const cos_: UnaryInPlace = unaryInPlace(trigonometry.cos, plain("cos"));
/** The tangent of radians. */
export const tan: Unary = unary(trigonometry.tan, plain("tan"));
export const tan_: UnaryInPlace = unaryInPlace(trigonometry.tan, plain("tan"));
/** The angle whose sine it is, in radians. */
export const asin: Unary = unary(trigonometry.asin, plain("asin"));
export const asin_: UnaryInPlace = unaryInPlace(trigonometry.asin, plain("asin"));
/** `asin` under another name. */
export const arcsin: Unary = asin;
export const arcsin_: UnaryInPlace = asin_;
/** The angle whose cosine it is, in radians. */
export const acos: Unary = unary(trigonometry.acos, plain("acos"));
export const acos_: UnaryInPlace = unaryInPlace(trigonometry.acos, plain("acos"));
/** `acos` under another name. */
export const arccos: Unary = acos;
export const arccos_: UnaryInPlace = acos_;
/** The angle whose tangent it is, in radians. */
export const atan: Unary = unary(trigonometry.atan, plain("atan"));
export const atan_: UnaryInPlace = unaryInPlace(trigonometry.atan, plain("atan"));
/** `atan` under another name. */
export const arctan: Unary = atan;
export const arctan_: UnaryInPlace = atan_;
/** The hyperbolic sine. */
export const sinh: Unary = unary(trigonometry.sinh, plain("sinh"));
export const sinh_: UnaryInPlace = unaryInPlace(trigonometry.sinh, plain("sinh"));
/** The hyperbolic cosine. */
export const cosh: Unary = unary(trigonometry.cosh, plain("cosh"));
export const cosh_: UnaryInPlace = unaryInPlace(trigonometry.cosh, plain("cosh"));
/** The inverse of the hyperbolic sine. */
export const asinh: Unary = unary(trigonometry.asinh, plain("asinh"));
export const asinh_: UnaryInPlace = unaryInPlace(trigonometry.asinh, plain("asinh"));
/** `asinh` under another name. */
export const arcsinh: Unary = asinh;
export const arcsinh_: UnaryInPlace = asinh_;
/** The inverse of the hyperbolic cosine. */
export const acosh: Unary = unary(trigonometry.acosh, plain("acosh"));
export const acosh_: UnaryInPlace = unaryInPlace(trigonometry.acosh, plain("acosh"));
/** `acosh` under another name. */
export const arccosh: Unary = acosh;
export const arccosh_: UnaryInPlace = acosh_;
/** The inverse of the hyperbolic tangent. */
export const atanh: Unary = unary(trigonometry.atanh, plain("atanh"));
export const atanh_: UnaryInPlace = unaryInPlace(trigonometry.atanh, plain("atanh"));
/** `atanh` under another name. */
export const arctanh: Unary = atanh;
export const arctanh_: UnaryInPlace = atanh_;
/** The hyperbolic tangent. */
export const tanh: Unary = unary(trigonometry.tanh, plain("tanh"));
export const tanh_: UnaryInPlace = unaryInPlace(trigonometry.tanh, plain("tanh"));
/** sin(pi x) / (pi x), 1 at 0. */
export const sinc: Unary = unary(trigonometry.sinc, plain("sinc"));
export const sinc_: UnaryInPlace = unaryInPlace(trigonometry.sinc, plain("sinc"));
/** 1 / (1 + exp(-x)). */
export const sigmoid: Unary = unary(activations.sigmoid, plain("sigmoid"));
export const sigmoid_: UnaryInPlace = unaryInPlace(activations.sigmoid, plain("sigmoid"));
/** max(x, 0). */
export const relu: Unary = unary(activations.relu, face.relu);
export const relu_: UnaryInPlace = unaryInPlace(activations.relu, face.relu);
/** The error function. */
export const erf: Unary = unary(special.erf, face.erf);
export const erf_: UnaryInPlace = unaryInPlace(special.erf, face.erf);
/** 1 - erf(x), exact for large x. */
export const erfc: Unary = unary(special.erfc, face.erfc);
export const erfc_: UnaryInPlace = unaryInPlace(special.erfc, face.erfc);
/** The inverse of the error function. */
export const erfinv: Unary = unary(special.erfinv, face.erfinv);
export const erfinv_: UnaryInPlace = unaryInPlace(special.erfinv, face.erfinv);
/** The logarithm of the magnitude of the gamma function. */
export const lgamma: Unary = unary(special.lgamma, face.lgamma);
export const lgamma_: UnaryInPlace = unaryInPlace(special.lgamma, face.lgamma);
/** The derivative of the gamma function's logarithm. */
export const digamma: Unary = unary(special.digamma, face.digamma);
export const digamma_: UnaryInPlace = unaryInPlace(special.digamma, face.digamma);
/** The modified Bessel function of the first kind, of order 0. */
export const i0: Unary = unary(bessel.besselI0, face.i0);
export const i0_: UnaryInPlace = unaryInPlace(bessel.besselI0, face.i0);
/** Degrees as radians. */
export const deg2rad: Unary = unary(operations.radians, face.deg2rad);
export const deg2rad_: UnaryInPlace = unaryInPlace(operations.radians, face.deg2rad);
/** Radians as degrees. */
export const rad2deg: Unary = unary(operations.degrees, face.rad2deg);
export const rad2deg_: UnaryInPlace = unaryInPlace(operations.degrees, face.rad2deg);
/** Every bit turned over; of bool the contrary. */
export const bitwiseNot: Unary = unary(logic.bitwiseNot, face.bitwiseNot);
export const bitwiseNot_: UnaryInPlace = unaryInPlace(logic.bitwiseNot, face.bitwiseNot);
/** True where the element is 0. */
export const logicalNot: Unary = unary(logic.logicalNot, face.logicalNot);
export const logicalNot_: UnaryInPlace = unaryInPlace(logic.logicalNot, face.logicalNot);
/** True where the element is not a number. */
export const isnan: Unary = unary(logic.isnan, plain("isnan"));
/** True where the element is infinite. */
export const isinf: Unary = unary(logic.isinf, plain("isinf"));
/** True where the element is neither infinite nor not a number. */
export const isfinite: Unary = unary(logic.isfinite, plain("isfinite"));
/** True where the sign bit is set, that of -0 included. */
export const signbit: Unary = unary(logic.signbit, plain("signbit"));
