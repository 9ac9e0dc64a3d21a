// Functions of complex numbers in ONNX, of parts in double precision: as the reference device computes them
// (src/devices/reference/complex-functions.ts), with both sides of each choice computed and one of them taken.

import type { GraphValue } from "../onnx/graph.ts";
import { chosenParts, type Parts } from "./complex.ts";
import {
  angleOf,
  areaSine,
  hyperbolicCosine,
  hyperbolicSine,
  hypotenuse,
  odd,
  tangent,
} from "./functions.ts";
import type { Nodes } from "./nodes.ts";
import { expLessOne, hasSign, logOnePlus, withSign } from "./series.ts";

/** A function of a complex number. */
export type ComplexFunction = (n: Nodes, z: Parts) => Parts;

/** The first value where the condition holds, else the second; -0 stays what it is. */
function exactly(n: Nodes, condition: GraphValue, a: GraphValue, b: GraphValue): GraphValue {
  const size = n.where(condition, n.absolute(a), n.absolute(b));
  const sign = n.or(n.and(condition, hasSign(n, a)), n.and(n.not(condition), hasSign(n, b)));
  return n.multiply(size, n.where(sign, -1, n.number(1, size.dtype)));
}

/** A factor times a size; a factor of exactly 0 stays 0, also where the size is infinite. */
const scaled = (n: Nodes, factor: GraphValue, size: GraphValue): GraphValue =>
  n.multiply(factor, n.where(n.equal(factor, 0), 1, size));

const isBounded = (n: Nodes, x: GraphValue): GraphValue => n.equal(n.subtract(x, x), 0);

const sine = (n: Nodes, x: GraphValue): GraphValue => n.one("Sin", x);
const cosine = (n: Nodes, x: GraphValue): GraphValue => n.one("Cos", x);
const areaSineOf = odd(areaSine);
const hyperbolicSineOf = odd(hyperbolicSine);
const tangentOf = odd(tangent);

export const negated: ComplexFunction = (n, { re, im }) => ({ re: n.negate(re), im: n.negate(im) });
export const conjugated: ComplexFunction = (n, { re, im }) => ({ re, im: n.negate(im) });
/** i z */
export const turnedLeft: ComplexFunction = (n, { re, im }) => ({ re: n.negate(im), im: re });

/** Both parts times a real factor. */
export const timesReal = (n: Nodes, { re, im }: Parts, factor: number): Parts => ({
  re: n.multiply(re, factor),
  im: n.multiply(im, factor),
});

export const sumOf = (n: Nodes, a: Parts, b: Parts): Parts => ({
  re: n.add(a.re, b.re),
  im: n.add(a.im, b.im),
});

export const differenceOf = (n: Nodes, a: Parts, b: Parts): Parts => ({
  re: n.subtract(a.re, b.re),
  im: n.subtract(a.im, b.im),
});

export const productOf = (n: Nodes, a: Parts, b: Parts): Parts => ({
  re: n.subtract(n.multiply(a.re, b.re), n.multiply(a.im, b.im)),
  im: n.add(n.multiply(a.re, b.im), n.multiply(a.im, b.re)),
});

/** Smith's division: the larger part of the divisor scales. */
export function quotientOf(n: Nodes, a: Parts, b: Parts): Parts {
  const isWide = n.greaterEqual(n.absolute(b.re), n.absolute(b.im));
  const isZero = n.and(n.equal(b.re, 0), n.equal(b.im, 0));
  const large = n.where(isZero, 1, n.where(isWide, b.re, b.im));
  const ratio = n.divide(n.where(isWide, b.im, b.re), large);
  const scale = n.divide(1, n.add(large, n.multiply(n.where(isWide, b.im, b.re), ratio)));
  const wide = [n.add(a.re, n.multiply(a.im, ratio)), n.subtract(a.im, n.multiply(a.re, ratio))] as const;
  const high = [n.add(n.multiply(a.re, ratio), a.im), n.subtract(n.multiply(a.im, ratio), a.re)] as const;
  const [re, im] = [0, 1].map((k) => n.multiply(n.where(isWide, wide[k]!, high[k]!), scale));
  const byZero = { re: n.divide(a.re, n.absolute(b.re)), im: n.divide(a.im, n.absolute(b.re)) };
  return chosenParts(n, isZero, byZero, { re: re!, im: im! });
}

export const reciprocalOf: ComplexFunction = (n, z) => quotientOf(n, oneLike(n, z), z);

const oneLike = (n: Nodes, { re }: Parts): Parts => ({
  re: n.number(1, re.dtype),
  im: n.number(0, re.dtype),
});

export const sizeOf = (n: Nodes, { re, im }: Parts): GraphValue => hypotenuse(n, re, im);
export const angleOfParts = (n: Nodes, { re, im }: Parts): GraphValue => angleOf(n, im, re);

export const exponential: ComplexFunction = (n, { re, im }) => {
  const size = n.exp(re);
  const isFar = n.not(isBounded(n, im));
  const isNothing = n.equal(size, 0);
  const isSettled = n.and(isFar, n.or(isNothing, n.equal(re, Number.POSITIVE_INFINITY)));
  const turn = n.where(isSettled, 1, cosine(n, im));
  // Of no angle, 0 stays 0.
  const held = n.larger(n.smaller(im, Number.MAX_VALUE), -Number.MAX_VALUE);
  const rise = n.where(n.and(isFar, isNothing), 0, n.add(scaled(n, sine(n, held), size), n.subtract(im, im)));
  const still = scaled(n, sine(n, held), size);
  return { re: n.multiply(turn, size), im: exactly(n, isFar, rise, still) };
};

/** log |z|: through log(1 + x) where that is near 0. */
export function logarithmOfSize(n: Nodes, { re, im }: Parts): GraphValue {
  const size = hypotenuse(n, re, im);
  const [width, height] = [n.absolute(re), n.absolute(im)];
  const [large, small] = [n.larger(width, height), n.smaller(width, height)];
  const more = n.add(n.multiply(n.subtract(large, 1), n.add(large, 1)), n.square(small));
  const isNear = n.and(n.greater(size, 0.5), n.less(size, 2));
  return n.where(isNear, n.multiply(logOnePlus(n, more), 0.5), n.log(size));
}

export const logarithm: ComplexFunction = (n, z) => ({
  re: logarithmOfSize(n, z),
  im: angleOf(n, z.im, z.re),
});

/** log(1 + z) */
export const logarithmOfMore: ComplexFunction = (n, { re, im }) => {
  const more = n.add(re, 1);
  const isNear = n.and(n.less(n.absolute(re), 0.5), n.less(n.absolute(im), 0.5));
  const near = n.multiply(logOnePlus(n, n.add(n.multiply(re, n.add(re, 2)), n.square(im))), 0.5);
  return { re: n.where(isNear, near, n.log(hypotenuse(n, more, im))), im: angleOf(n, im, more) };
};

/** exp(z) - 1, without cancellation near 0. */
export const exponentialLessOne: ComplexFunction = (n, { re, im }) => {
  const half = sine(n, n.multiply(im, 0.5));
  return {
    re: n.subtract(n.multiply(expLessOne(n, re), cosine(n, im)), n.multiply(n.square(half), 2)),
    im: n.multiply(n.exp(re), sine(n, im)),
  };
};

export const root: ComplexFunction = (n, { re, im }) => {
  const isFar = n.isInfinite(im);
  const infinity = n.number(Number.POSITIVE_INFINITY, re.dtype);
  // Made smaller on the way where the length would overflow.
  const isLarge = n.greater(n.larger(n.absolute(re), n.absolute(im)), 1e300);
  const scale = n.where(isLarge, 0.25, n.number(1, re.dtype));
  const back = n.where(isLarge, 2, n.number(1, re.dtype));
  const [width, height] = [n.multiply(n.absolute(re), scale), n.multiply(n.absolute(im), scale)];
  const half = n.sqrt(n.multiply(n.add(width, hypotenuse(n, width, height)), 0.5));
  const long = n.where(isFar, infinity, n.multiply(half, back));
  const divisor = n.where(n.equal(half, 0), 1, n.multiply(half, 2));
  const short = n.where(isFar, infinity, n.divide(n.multiply(height, back), divisor));
  const isRight = n.greaterEqual(re, 0);
  return {
    re: n.where(isRight, long, short),
    im: withSign(n, n.where(isRight, short, long), im),
  };
};

export const sinh: ComplexFunction = (n, { re, im }) => ({
  re: scaled(n, cosine(n, im), hyperbolicSineOf(n, re)),
  im: scaled(n, sine(n, im), hyperbolicCosine(n, re)),
});

export const cosh: ComplexFunction = (n, { re, im }) => {
  const turn = sine(n, im);
  return {
    re: scaled(n, cosine(n, im), hyperbolicCosine(n, re)),
    im: n.multiply(turn, n.where(n.equal(turn, 0), n.one("Sign", re), hyperbolicSineOf(n, re))),
  };
};

export const tanh: ComplexFunction = (n, { re, im }) => {
  const isFar = n.greater(n.absolute(re), 20);
  const decay = n.multiply(n.exp(n.multiply(n.absolute(re), -2)), 4);
  const turn = n.where(isBounded(n, im), n.multiply(sine(n, im), cosine(n, im)), 0);
  const t = tangentOf(n, im);
  const rise = hyperbolicSineOf(n, re);
  const beta = n.add(n.square(t), 1);
  const rho = n.sqrt(n.add(n.square(rise), 1));
  const below = n.add(n.multiply(beta, n.square(rise)), 1);
  const slope = n.multiply(beta, n.multiply(rho, rise));
  return {
    re: exactly(n, isFar, n.one("Sign", re), n.divide(slope, below)),
    im: exactly(n, isFar, n.multiply(turn, decay), n.divide(t, below)),
  };
};

/** A circular function from the hyperbolic one: f(z) = -i h(iz). */
const turned =
  (hyperbolic: ComplexFunction): ComplexFunction =>
  (n, z) => {
    const { re, im } = hyperbolic(n, turnedLeft(n, z));
    return { re: im, im: n.negate(re) };
  };

export const sin: ComplexFunction = turned(sinh);
export const tan: ComplexFunction = turned(tanh);
export const cos: ComplexFunction = (n, z) => cosh(n, turnedLeft(n, z));

/** sqrt(1 - z) and sqrt(1 + z) */
const rootsOf = (n: Nodes, { re, im }: Parts): readonly [Parts, Parts] => [
  root(n, { re: n.subtract(1, re), im: n.negate(im) }),
  root(n, { re: n.add(re, 1), im }),
];

export const asin: ComplexFunction = (n, z) => {
  const [a, b] = rootsOf(n, z);
  const width = n.subtract(n.multiply(a.re, b.re), n.multiply(a.im, b.im));
  const height = n.subtract(n.multiply(a.re, b.im), n.multiply(a.im, b.re));
  return { re: angleOf(n, z.re, width), im: areaSineOf(n, height) };
};

export const acos: ComplexFunction = (n, z) => {
  const [a, b] = rootsOf(n, z);
  const height = n.subtract(n.multiply(b.re, a.im), n.multiply(b.im, a.re));
  return { re: n.multiply(angleOf(n, a.re, b.re), 2), im: areaSineOf(n, height) };
};

export const acosh: ComplexFunction = (n, { re, im }) => {
  const a = root(n, { re: n.subtract(re, 1), im });
  const b = root(n, { re: n.add(re, 1), im });
  const width = n.add(n.multiply(a.re, b.re), n.multiply(a.im, b.im));
  return { re: areaSineOf(n, width), im: n.multiply(angleOf(n, a.im, b.re), 2) };
};

export const atanh: ComplexFunction = (n, { re, im }) => {
  const square = n.square(im);
  const [left, right] = [n.subtract(1, re), n.add(re, 1)];
  const below = n.add(n.square(left), square);
  const angle = angleOf(n, n.multiply(im, 2), n.subtract(n.multiply(left, right), square));
  return {
    re: n.multiply(logOnePlus(n, n.divide(n.multiply(re, 4), below)), 0.25),
    im: n.multiply(angle, 0.5),
  };
};

export const asinh: ComplexFunction = turned(asin);
export const atan: ComplexFunction = turned(atanh);

/** 1 / (1 + exp(-z)), from the side on which the exponential does not overflow. */
export const sigmoid: ComplexFunction = (n, z) => {
  const isPositive = n.greaterEqual(z.re, 0);
  const rise = exponential(n, chosenParts(n, isPositive, negated(n, z), z));
  const above = chosenParts(n, isPositive, oneLike(n, z), rise);
  return quotientOf(n, above, { re: n.add(rise.re, 1), im: rise.im });
};

/** The largest whole exponent that is taken by products. */
const mostSquarings = 7;

/** z to a whole power, of which the size is below 2^7: products of squares. */
function wholePower(n: Nodes, z: Parts, size: GraphValue): Parts {
  let result = oneLike(n, z);
  let square = z;
  let rest = size;
  for (let bit = 0; bit < mostSquarings; bit++) {
    const half = n.one("Floor", n.multiply(rest, 0.5));
    const isOdd = n.not(n.equal(n.multiply(half, 2), rest));
    result = chosenParts(n, isOdd, productOf(n, result, square), result);
    square = productOf(n, square, square);
    rest = half;
  }
  return result;
}

/** Small whole powers by products, so that they are exact; others through the logarithm. */
export function powerOf(n: Nodes, a: Parts, b: Parts): Parts {
  const size = n.absolute(b.re);
  const isReal = n.equal(b.im, 0);
  const isRound = n.equal(n.one("Floor", b.re), b.re);
  const isWhole = n.and(isReal, n.and(isRound, n.lessEqual(size, 100)));
  const whole = wholePower(n, a, n.where(isWhole, size, 0));
  const isNegative = n.less(b.re, 0);
  const exact = chosenParts(n, isNegative, reciprocalOf(n, whole), whole);
  const general = exponential(n, productOf(n, b, logarithm(n, a)));
  const value = chosenParts(n, isWhole, exact, general);
  const isOfNothing = n.and(n.equal(a.re, 0), n.equal(a.im, 0));
  const none = n.where(n.and(isReal, n.greater(b.re, 0)), 0, n.number(Number.NaN, a.re.dtype));
  const isOne = n.and(isReal, n.equal(b.re, 0));
  return chosenParts(n, isOne, oneLike(n, a), chosenParts(n, isOfNothing, { re: none, im: none }, value));
}
