// Window functions, and the Bessel function that one of them needs: `bartlett`, `blackman`, `hamming`, `hanning`,
// `kaiser`, `i0`.

import { bool, float64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError } from "../core/errors.ts";
import { besselI0 } from "../devices/reference/bessel-functions.ts";
import { assign } from "./assign.ts";
import { withType } from "./casting.ts";
import { allocate, asArray, fromValues } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { layoutLike } from "./order.ts";
import type { ArrayLike } from "./types.ts";

/** A window of M samples from -1 to 1. */
function sampled(M: number, height: (place: number) => number): NDArray {
  if (M < 1) return fromValues(float64, [0], []);
  if (M === 1) return fromValues(float64, [1], [1]);
  const values = Array.from({ length: Math.ceil((2 * M - 1) / 2) }, (_, i) =>
    height((1 - M + 2 * i) / (M - 1)),
  );
  return fromValues(float64, [values.length], values);
}

/** The triangular window that ends in zeros (`numpy.bartlett`). */
export function bartlett(M: number): NDArray {
  return sampled(M, (place) => (place <= 0 ? 1 + place : 1 - place));
}

/** The window of three cosines (`numpy.blackman`). */
export function blackman(M: number): NDArray {
  return sampled(M, (place) => 0.42 + 0.5 * Math.cos(Math.PI * place) + 0.08 * Math.cos(2 * Math.PI * place));
}

/** The raised cosine that does not reach zero (`numpy.hamming`). */
export function hamming(M: number): NDArray {
  return sampled(M, (place) => 0.54 + 0.46 * Math.cos(Math.PI * place));
}

/** The raised cosine (`numpy.hanning`). */
export function hanning(M: number): NDArray {
  return sampled(M, (place) => 0.5 + 0.5 * Math.cos(Math.PI * place));
}

/** The modified Bessel function of the first kind and order 0 (`numpy.i0`). @throws TypeError for complex numbers */
export function i0(x: ArrayLike): NDArray {
  const array = asArray(x);
  if (array.dtype.isComplex) throw new PythonTypeError("i0 not supported for complex values");
  const isWhole = array.dtype.isInteger || array.dtype === bool;
  const source = isWhole ? withType(array, float64) : array;
  const values = elements(source).map((value) => besselI0(Number(value)));
  const result = allocate(layoutLike(source.layout, source.dtype, "K"));
  assign(result, fromValues(source.dtype, source.shape, values));
  return result;
}

/** The window of that Bessel function (`numpy.kaiser`). */
export function kaiser(M: number, beta: number): NDArray {
  if (M === 1) return fromValues(float64, [1], [1]);
  const half = (M - 1) / 2;
  const values = Array.from(
    { length: Math.max(Math.ceil(M), 0) },
    (_, n) => besselI0(beta * Math.sqrt(1 - ((n - half) / half) ** 2)) / besselI0(beta),
  );
  return fromValues(float64, [values.length], values);
}
