// The continuous distributions of numpy.random beyond uniform, normal, exponential and gamma, as NumPy draws them
// (numpy/random/src/distributions and src/legacy, NumPy 2.4). Parameters were checked before.

import { logarithm } from "../elementary.ts";
import { poisson } from "./discrete.ts";
import type { Variates } from "./variates.ts";

/** Below this both parameters of the beta distribution make a coin toss. */
const TINY_BETA = 3e-103;

/** A number of the beta distribution: by Jöhnk's method where both parameters are at most 1, else of two gammas. */
export function beta(variates: Variates, a: number, b: number): number {
  if (a < TINY_BETA && b < TINY_BETA) return (a + b) * variates.uniform() < a ? 1 : 0;
  return legacyBeta(variates, a, b);
}

/** The same as RandomState draws it, without the coin. */
export function legacyBeta(variates: Variates, a: number, b: number): number {
  if (a <= 1 && b <= 1) return smallBeta(variates, a, b);
  const first = variates.gamma(a);
  return first / (first + variates.gamma(b));
}

function smallBeta(variates: Variates, a: number, b: number): number {
  for (;;) {
    const u = variates.uniform();
    const v = variates.uniform();
    const x = u ** (1 / a);
    const y = v ** (1 / b);
    const sum = x + y;
    if (sum > 1 || u + v === 0) continue;
    if (sum > 0) return x / sum;
    const logX = Math.log(u) / a;
    const logY = Math.log(v) / b;
    const greater = Math.max(logX, logY);
    return Math.exp(logX - greater - Math.log(Math.exp(logX - greater) + Math.exp(logY - greater)));
  }
}

/** A number of the chi-squared distribution. */
export function chisquare(variates: Variates, df: number): number {
  return 2 * variates.gamma(df / 2);
}

/** A number of the F distribution. */
export function f(variates: Variates, dfnum: number, dfden: number): number {
  const above = chisquare(variates, dfnum) * dfden;
  return above / (chisquare(variates, dfden) * dfnum);
}

/** A number of the non-central chi-squared distribution. */
export function noncentralChisquare(variates: Variates, df: number, nonc: number): number {
  if (Number.isNaN(nonc)) return Number.NaN;
  if (nonc === 0) return chisquare(variates, df);
  if (df > 1) {
    const rest = chisquare(variates, df - 1);
    const moved = variates.normal() + Math.sqrt(nonc);
    return rest + moved * moved;
  }
  return chisquare(variates, df + 2 * poisson(variates, nonc / 2));
}

/** A number of the non-central F distribution. */
export function noncentralF(variates: Variates, dfnum: number, dfden: number, nonc: number): number {
  const above = noncentralChisquare(variates, dfnum, nonc) * dfden;
  return above / (chisquare(variates, dfden) * dfnum);
}

/** A number of Student's distribution. */
export function standardT(variates: Variates, df: number): number {
  const above = variates.normal();
  return (Math.sqrt(df / 2) * above) / Math.sqrt(variates.gamma(df / 2));
}

/** A number of the Laplace distribution. */
export function laplace(variates: Variates, loc: number, scale: number): number {
  for (;;) {
    const u = variates.uniform();
    if (u >= 0.5) return loc - scale * logarithm(2 - u - u);
    if (u > 0) return loc + scale * logarithm(u + u);
  }
}

/** A number of Gumbel's distribution. */
export function gumbel(variates: Variates, loc: number, scale: number): number {
  for (;;) {
    const u = 1 - variates.uniform();
    if (u < 1) return loc - scale * logarithm(-logarithm(u));
  }
}

/** A number of the logistic distribution. */
export function logistic(variates: Variates, loc: number, scale: number): number {
  for (;;) {
    const u = variates.uniform();
    if (u > 0) return loc + scale * logarithm(u / (1 - u));
  }
}

/** A number of the triangular distribution. */
export function triangular(variates: Variates, left: number, mode: number, right: number): number {
  const base = right - left;
  const part = mode - left;
  const u = variates.uniform();
  if (u <= part / base) return left + Math.sqrt(u * (part * base));
  return right - Math.sqrt((1 - u) * ((right - mode) * base));
}

/** A number of the inverse Gaussian distribution (Michael, Schucany and Haas), as Generator draws it. */
export function wald(variates: Variates, mean: number, scale: number): number {
  const normal = variates.normal();
  const y = mean * normal * normal;
  const d = 1 + Math.sqrt(1 + (4 * scale) / y);
  const x = mean * (1 - 2 / d);
  return variates.uniform() <= mean / (mean + x) ? x : (mean * mean) / x;
}

/** The same as RandomState draws it. */
export function legacyWald(variates: Variates, mean: number, scale: number): number {
  const normal = variates.normal();
  const y = mean * normal * normal;
  const x = mean + (mean / (2 * scale)) * (y - Math.sqrt(4 * scale * y + y * y));
  return variates.uniform() <= mean / (mean + x) ? x : (mean * mean) / x;
}

/** An angle of von Mises' distribution, from -pi to pi (Best and Fisher's method). */
export function vonmises(variates: Variates, mu: number, kappa: number): number {
  if (Number.isNaN(kappa)) return Number.NaN;
  if (kappa < 1e-8) return Math.PI * (2 * variates.uniform() - 1);
  const s = concentration(kappa);
  let w: number;
  for (;;) {
    const z = Math.cos(Math.PI * variates.uniform());
    w = (1 + s * z) / (s + z);
    const y = kappa * (s - w);
    const v = variates.uniform();
    if (y * (2 - y) - v >= 0 || Math.log(y / v) + 1 - y >= 0) break;
  }
  const angle = Math.acos(w);
  const result = (variates.uniform() < 0.5 ? -angle : angle) + mu;
  const size = ((Math.abs(result) + Math.PI) % (2 * Math.PI)) - Math.PI;
  return result < 0 ? -size : size;
}

/** The same as Generator draws it: from 10^6 on the distribution is a normal one, wrapped. */
export function wrappedVonmises(variates: Variates, mu: number, kappa: number): number {
  if (!(kappa > 1e6)) return vonmises(variates, mu, kappa);
  const angle = mu + Math.sqrt(1 / kappa) * variates.normal();
  if (angle < -Math.PI) return angle + 2 * Math.PI;
  return angle > Math.PI ? angle - 2 * Math.PI : angle;
}

function concentration(kappa: number): number {
  if (kappa < 1e-5) return 1 / kappa + kappa;
  const r = 1 + Math.sqrt(1 + 4 * kappa * kappa);
  const rho = (r - Math.sqrt(2 * r)) / (2 * kappa);
  return (1 + rho * rho) / (2 * rho);
}
