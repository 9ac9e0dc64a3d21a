// Window functions, and the Bessel function that one of them needs: `bartlett`, `blackman`, `hamming`, `hanning`,
// `kaiser`, `i0`. The series of `i0` are those of the Cephes library, as in NumPy.

import { bool, float64 } from "../core/dtype.ts";
import { elements } from "../core/elements.ts";
import { PythonTypeError } from "../core/errors.ts";
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

/** Chebyshev coefficients to 8. */
const near: readonly number[] = [
  -4.4153416464793395e-18, 3.3307945188222384e-17, -2.431279846547955e-16, 1.715391285555133e-15,
  -1.1685332877993451e-14, 7.676185498604936e-14, -4.856446783111929e-13, 2.95505266312964e-12,
  -1.726826291441556e-11, 9.675809035373237e-11, -5.189795601635263e-10, 2.6598237246823866e-9,
  -1.300025009986248e-8, 6.046995022541919e-8, -2.670793853940612e-7, 1.1173875391201037e-6,
  -4.4167383584587505e-6, 1.6448448070728896e-5, -5.754195010082104e-5, 0.00018850288509584165,
  -0.0005763755745385824, 0.0016394756169413357, -0.004324309995050576, 0.010546460394594998,
  -0.02373741480589947, 0.04930528423967071, -0.09490109704804764, 0.17162090152220877, -0.3046826723431984,
  0.6767952744094761,
];

/** Chebyshev coefficients from 8 on. */
const far: readonly number[] = [
  -7.233180487874754e-18, -4.830504485944182e-18, 4.46562142029676e-17, 3.461222867697461e-17,
  -2.8276239805165836e-16, -3.425485619677219e-16, 1.7725601330565263e-15, 3.8116806693526224e-15,
  -9.554846698828307e-15, -4.150569347287222e-14, 1.54008621752141e-14, 3.8527783827421426e-13,
  7.180124451383666e-13, -1.7941785315068062e-12, -1.3215811840447713e-11, -3.1499165279632416e-11,
  1.1889147107846439e-11, 4.94060238822497e-10, 3.3962320257083865e-9, 2.266668990498178e-8,
  2.0489185894690638e-7, 2.8913705208347567e-6, 6.889758346916825e-5, 0.0033691164782556943,
  0.8044904110141088,
];

/** The sum of a Chebyshev series. */
function chebyshev(x: number, coefficients: readonly number[]): number {
  let [b0, b1, b2] = [coefficients[0]!, 0, 0];
  for (let i = 1; i < coefficients.length; i++) {
    b2 = b1;
    b1 = b0;
    b0 = x * b1 - b2 + coefficients[i]!;
  }
  return 0.5 * (b0 - b2);
}

function besselI0(value: number): number {
  const x = Math.abs(value);
  if (x <= 8) return Math.exp(x) * chebyshev(x / 2 - 2, near);
  return (Math.exp(x) * chebyshev(32 / x - 2, far)) / Math.sqrt(x);
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
