// The binomial distribution as NumPy draws it (numpy/random/src/distributions): by inversion where few successes are
// expected, else by the BTPE algorithm of Kachitvichyanukul and Schmeiser (Communications of the ACM 31, 1988).

import type { Variates } from "./variates.ts";

/** A number of successes among `n`. */
export function binomial(variates: Variates, n: number, p: number): number {
  return n === 0 || p === 0 ? 0 : legacyBinomial(variates, n, p);
}

/** The same as RandomState draws it, with a uniform even where nothing can succeed. */
export function legacyBinomial(variates: Variates, n: number, p: number): number {
  if (p <= 0.5) return p * n <= 30 ? inverted(variates, n, p) : btpe(variates, n, p);
  const q = 1 - p;
  return n - (q * n <= 30 ? inverted(variates, n, q) : btpe(variates, n, q));
}

function inverted(variates: Variates, n: number, p: number): number {
  const q = 1 - p;
  const none = Math.exp(n * Math.log(q));
  const bound = Math.floor(Math.min(n, n * p + 10 * Math.sqrt(n * p * q + 1)));
  let count = 0;
  let chance = none;
  let u = variates.uniform();
  while (u > chance) {
    count++;
    if (count > bound) {
      count = 0;
      chance = none;
      u = variates.uniform();
    } else {
      u -= chance;
      chance = ((n - count + 1) * p * chance) / (count * q);
    }
  }
  return count;
}

/** The hat over the distribution: a triangle, two parallelograms beside it and exponential tails. */
interface Hat {
  readonly n: number;
  readonly r: number;
  readonly q: number;
  readonly middle: number;
  readonly xm: number;
  readonly xl: number;
  readonly xr: number;
  readonly c: number;
  readonly leftRate: number;
  readonly rightRate: number;
  readonly p1: number;
  readonly p2: number;
  readonly p3: number;
  readonly p4: number;
}

let lastHat: Hat | undefined;

/** The hat for n and p, which is at most one half; the last one is kept. */
function hatOf(n: number, r: number): Hat {
  if (lastHat !== undefined && lastHat.n === n && lastHat.r === r) return lastHat;
  const q = 1 - r;
  const fm = n * r + r;
  const middle = Math.floor(fm);
  const p1 = Math.floor(2.195 * Math.sqrt(n * r * q) - 4.6 * q) + 0.5;
  const xm = middle + 0.5;
  const xl = xm - p1;
  const xr = xm + p1;
  const c = 0.134 + 20.5 / (15.3 + middle);
  const left = (fm - xl) / (fm - xl * r);
  const leftRate = left * (1 + left / 2);
  const right = (xr - fm) / (xr * q);
  const rightRate = right * (1 + right / 2);
  const p2 = p1 * (1 + 2 * c);
  const p3 = p2 + c / leftRate;
  const p4 = p3 + c / rightRate;
  lastHat = { n, r, q, middle, xm, xl, xr, c, leftRate, rightRate, p1, p2, p3, p4 };
  return lastHat;
}

function btpe(variates: Variates, n: number, p: number): number {
  const hat = hatOf(n, p);
  const { middle, xm, xl, xr, c, leftRate, rightRate, p1, p2, p3, p4 } = hat;
  for (;;) {
    const u = variates.uniform() * p4;
    let v = variates.uniform();
    let y: number;
    if (u <= p1) return Math.floor(xm - p1 * v + u);
    if (u <= p2) {
      const x = xl + (u - p1) / c;
      v = v * c + 1 - Math.abs(middle - x + 0.5) / p1;
      if (v > 1) continue;
      y = Math.floor(x);
    } else if (u <= p3) {
      y = Math.floor(xl + Math.log(v) / leftRate);
      if (y < 0 || v === 0) continue;
      v = v * (u - p2) * leftRate;
    } else {
      y = Math.floor(xr - Math.log(v) / rightRate);
      if (y > n || v === 0) continue;
      v = v * (u - p3) * rightRate;
    }
    if (isAccepted(hat, y, v)) return y;
  }
}

/** True iff the point lies below the distribution. */
function isAccepted({ n, r, q, middle, xm }: Hat, y: number, v: number): boolean {
  const k = Math.abs(y - middle);
  const spread = n * r * q;
  if (k <= 20 || k >= spread / 2 - 1) {
    const s = r / q;
    const a = s * (n + 1);
    let height = 1;
    for (let i = middle + 1; i <= y; i++) height *= a / i - s;
    for (let i = y + 1; i <= middle; i++) height /= a / i - s;
    return v <= height;
  }
  const rho = (k / spread) * ((k * (k / 3 + 0.625) + 0.16666666666666666) / spread + 0.5);
  const t = (-k * k) / (2 * spread);
  const logV = Math.log(v);
  if (logV < t - rho) return true;
  if (logV > t + rho) return false;
  const x1 = y + 1;
  const f1 = middle + 1;
  const z = n + 1 - middle;
  const w = n - y + 1;
  const limit =
    xm * Math.log(f1 / x1) +
    (n - middle + 0.5) * Math.log(z / w) +
    (y - middle) * Math.log((w * r) / (x1 * q)) +
    correction(f1) +
    correction(z) +
    correction(x1) +
    correction(w);
  return logV <= limit;
}

/** Stirling's correction. */
function correction(x: number): number {
  const square = x * x;
  return (13680 - (462 - (132 - (99 - 140 / square) / square) / square) / square) / x / 166320;
}

/**
 * How often each of several outcomes comes among `n` trials, to `counts` (`multinomial`).
 * @param likely the probabilities
 */
export function multinomial(
  variates: Variates,
  n: number,
  likely: ArrayLike<number>,
  counts: { [index: number]: number },
): void {
  const last = likely.length - 1;
  let rest = 1;
  let left = n;
  for (let i = 0; i < last; i++) {
    const count = binomial(variates, left, likely[i]! / rest);
    counts[i] = count;
    left -= count;
    if (left <= 0) return;
    rest -= likely[i]!;
  }
  if (left > 0) counts[last] = left;
}
