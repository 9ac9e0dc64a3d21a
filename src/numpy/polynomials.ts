// Polynomials as lists of coefficients, the highest power first: `polyval`, `polyadd`, `polymul`, `polyder`, `poly`, ...

import { bind, type Signature } from "../core/arguments.ts";
import { bool, complex128, type DType, float64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { withType } from "./casting.ts";
import { ones, zeros, zerosLike } from "./creation.ts";
import { atleast1d } from "./flips.ts";
import { asArray, scalarIfZeroD } from "./make.ts";
import { concatenate } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { promoteTypes, resultType } from "./promotion.ts";
import { arange } from "./ranges.ts";
import { all } from "./reductions.ts";
import { convolve } from "./samples.ts";
import { sort } from "./sorting.ts";
import type { ArrayLike } from "./types.ts";
import { allclose } from "./ufunc-functions.ts";
import * as u from "./ufuncs.ts";

/** The value of a polynomial at x (`numpy.polyval`). */
export function polyval(p: ArrayLike, x: ArrayLike): NDArray {
  const at = asArray(x);
  const coefficients = asArray(p);
  let result = zerosLike(at);
  for (const coefficient of coefficients) result = u.add(u.multiply(result, at), coefficient);
  return result;
}

function combined(a1: ArrayLike, a2: ArrayLike, combine: typeof u.add): NDArray {
  const [first, second] = [atleast1d(a1), atleast1d(a2)];
  const missing = second.size - first.size;
  const longer = (array: NDArray, by: number): NDArray =>
    by > 0 ? concatenate([zeros([by], { dtype: array.dtype }), array]) : array;
  return combine(longer(first, missing), longer(second, -missing));
}

/** The sum of two polynomials (`numpy.polyadd`). */
export function polyadd(a1: ArrayLike, a2: ArrayLike): NDArray {
  return combined(a1, a2, u.add);
}

/** The difference of two polynomials (`numpy.polysub`). */
export function polysub(a1: ArrayLike, a2: ArrayLike): NDArray {
  return combined(a1, a2, u.subtract);
}

/** Without zeros in front; 0 itself where there is nothing else. */
function trimmed(p: ArrayLike): NDArray {
  const array = atleast1d(p);
  let start = 0;
  while (start < array.size && all(u.equal(array.at(start), 0)).item() === true) start++;
  return start === array.size ? zeros([1], { dtype: array.dtype }) : array.at(`${start}:`);
}

/** The product of two polynomials (`numpy.polymul`). */
export function polymul(a1: ArrayLike, a2: ArrayLike): NDArray {
  return convolve(trimmed(a1), trimmed(a2));
}

/** Quotient and remainder of two polynomials (`numpy.polydiv`). */
export function polydiv(u1: ArrayLike, v1: ArrayLike): [NDArray, NDArray] {
  const dividend = u.add(atleast1d(u1), float(0));
  const divisor = u.add(atleast1d(v1), float(0));
  const type = resultType(dividend, divisor);
  const steps = dividend.size - divisor.size + 1;
  const quotient = zeros([Math.max(steps, 1)], { dtype: type });
  let rest = withType(dividend, type).copy();
  const scale = u.divide(float(1), divisor.at(0));
  for (let k = 0; k < steps; k++) {
    const factor = u.multiply(scale, rest.at(k));
    quotient.set([k], factor);
    const place = `${k}:${k + divisor.size}`;
    rest.set([place], u.subtract(rest.at(place), u.multiply(factor, divisor)));
  }
  while (rest.size > 1 && allclose(rest.at(0), 0, { rtol: 1e-14 })) rest = rest.at("1:");
  return [quotient, rest];
}

/** The derivative, `m` times (`numpy.polyder`). @throws ValueError */
export function polyder(p: ArrayLike, ...args: Signature<[m: number], { readonly m?: number }>): NDArray {
  const { m } = bind<{ m: number }>("polyder", ["m"], args, { m: 1 });
  if (m < 0) throw new ValueError("Order of derivative must be positive (see polyint)");
  const array = asArray(p);
  if (m === 0) return array;
  return polyder(u.multiply(array.at(":-1"), arange(array.size - 1, 0, -1)), m - 1);
}

interface IntegralOptions {
  readonly m: number;
  readonly k: ArrayLike | null;
}

/** The integral, `m` times, with constants (`numpy.polyint`). @throws ValueError */
export function polyint(
  p: ArrayLike,
  ...args: Signature<[m: number, k: ArrayLike | null], Partial<IntegralOptions>>
): NDArray {
  const { m, k } = bind<IntegralOptions>("polyint", ["m", "k"], args, { m: 1, k: null });
  if (m < 0) throw new ValueError("Order of integral must be positive (see polyder)");
  let constants = k === null ? zeros([m]) : atleast1d(k);
  if (constants.size === 1 && m > 1) constants = u.multiply(constants.at(0), ones([m]));
  if (constants.size < m) {
    throw new ValueError("k must be a scalar or a rank-1 array of length 1 or >m.");
  }
  const array = asArray(p);
  if (m === 0) return array;
  const powers = u.divide(array, arange(array.size, 0, -1));
  const next = concatenate([powers, constants.at("0:1")]);
  return polyint(next, m - 1, constants.at("1:"));
}

/** The type in which coefficients are reckoned: single precision stays, integers become float64. */
function floatType(dtype: DType): DType {
  return dtype.isInteger || dtype === bool ? float64 : promoteTypes(dtype, "float32");
}

/** The coefficients of the polynomial with these zeros (`numpy.poly`); 1.0 of none. */
export function poly(seqOfZeros: ArrayLike): NDArray {
  const given = atleast1d(seqOfZeros);
  if (given.ndim !== 1) throw new ValueError("input must be 1d or non-empty square 2d array.");
  if (given.size === 0) return scalarIfZeroD(asArray(float(1)));
  const zerosOf = withType(given, floatType(given.dtype));
  let result = ones([1], { dtype: zerosOf.dtype });
  for (const zero of zerosOf) {
    const factor = concatenate([ones([1], { dtype: zerosOf.dtype }), u.negative(zero).reshape([1])]);
    result = convolve(result, factor);
  }
  if (!result.dtype.isComplex) return result;
  const wide = withType(zerosOf, complex128);
  const isReal = all(u.equal(sort(wide), sort(u.conjugate(wide)))).item() === true;
  return isReal ? result.real.copy() : result;
}
