// Rows of arithmetic on two and three elements. Integers of 64 bits have their true values; what does not fit the type
// wraps when it is stored.

import { type DType, float64 } from "../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import type * as binary from "../../ops/binary.ts";
import type * as complexNumbers from "../../ops/complex.ts";
import type { Rules } from "../../ops/elementwise.ts";
import type * as ternary from "../../ops/ternary.ts";
import { complexDivide, complexPower, copysign } from "./complex-functions.ts";
import { nextAfter } from "./floating-formats.ts";
import { larger, smaller } from "./lanes.ts";
import * as loops from "./loops.ts";
import { type BigFunction, type ComplexFunction, completed, type MapRow, type MapRows } from "./map.ts";

/** PyTorch refuses the division of an integer by zero, NumPy gives 0. */
function byZero<Value>(rules: Rules["rules"], zero: Value): Value {
  if (rules === "torch") throw new RuntimeError("ZeroDivisionError");
  return zero;
}

/** The quotient rounded down, from the remainder, which is exact (CPython's float_divmod, which both libraries follow). */
function floorQuotient(a: number, b: number): number {
  if (b === 0) return a / b;
  const rest = a % b;
  let quotient = (a - rest) / b;
  if (rest !== 0 && b < 0 !== rest < 0) quotient -= 1;
  if (quotient === 0) return copysign(0, a / b);
  const down = Math.floor(quotient);
  return quotient - down > 0.5 ? down + 1 : down;
}

/** The remainder of the divisor's sign. */
function modulo(a: number, b: number): number {
  const rest = a % b;
  return rest !== 0 && b < 0 !== rest < 0 ? rest + b : rest;
}

const floorBig: BigFunction = (a, b) => {
  const quotient = a / b;
  return a % b !== 0n && a < 0n !== b < 0n ? quotient - 1n : quotient;
};

const floorDivideRow = (rules: Rules["rules"]): MapRow => ({
  real: floorQuotient,
  int: (a, b) => (b === 0 ? byZero(rules, 0) : Math.floor(a / b)),
  big: (a, b) => (b === 0n ? byZero(rules, 0n) : floorBig(a, b, 0n)),
});

const remainderRow = (rules: Rules["rules"]): MapRow => ({
  real:
    rules === "torch"
      ? modulo
      : (a, b) => {
          const rest = modulo(a, b);
          return rest === 0 ? copysign(0, b) : rest;
        },
  int: (a, b) => (b === 0 ? byZero(rules, 0) : modulo(a, b)),
  big: (a, b) => {
    if (b === 0n) return byZero(rules, 0n);
    const rest = a % b;
    return rest !== 0n && b < 0n !== rest < 0n ? rest + b : rest;
  },
});

const fmodRow = (rules: Rules["rules"]): MapRow => ({
  real: (a, b) => a % b,
  int: (a, b) => (b === 0 ? byZero(rules, 0) : a % b),
  big: (a, b) => (b === 0n ? byZero(rules, 0n) : a % b),
});

const divideTruncRow = (rules: Rules["rules"], round: (value: number) => number): MapRow => ({
  real: (a, b) => Math.trunc(round(a / b)),
  int: (a, b) => (b === 0 ? byZero(rules, 0) : Math.trunc(a / b)),
  big: (a, b) => (b === 0n ? byZero(rules, 0n) : a / b),
});

/** C's pow: 1 to any power is 1, and so is -1 to an infinite one. */
export function realPower(a: number, b: number): number {
  // The square, and the line that it has as derivative, are what most powers are.
  if (b === 2) return a * a;
  if (b === 1) return a;
  if (a === 1 || (a === -1 && Math.abs(b) === Infinity)) return 1;
  return a ** b;
}

/** Integers to a negative power: an error by NumPy's rules, the truncated quotient by PyTorch's. */
function negativePower(a: number, isOdd: boolean, rules: Rules["rules"]): number {
  if (rules === "numpy") throw new ValueError("Integers to negative integer powers are not allowed.");
  if (a === 1) return 1;
  return a === -1 ? (isOdd ? -1 : 1) : 0;
}

const powerRow = (rules: Rules["rules"]): MapRow => ({
  real: realPower,
  int: (a, b) => {
    if (b < 0) return negativePower(a, b % 2 !== 0, rules);
    let result = 1;
    for (let factor = a, rest = b; rest > 0; rest = Math.floor(rest / 2)) {
      if (rest % 2 === 1) result = Math.imul(result, factor);
      factor = Math.imul(factor, factor);
    }
    return result;
  },
  big: (a, b) => {
    if (b < 0n) return BigInt(negativePower(Number(a), b % 2n !== 0n, rules));
    let result = 1n;
    for (let factor = a, rest = b; rest > 0n; rest >>= 1n) {
      if (rest & 1n) result = BigInt.asUintN(64, result * factor);
      factor = BigInt.asUintN(64, factor * factor);
    }
    return result;
  },
  complex: (out, o, a, ai, b, bi) => complexPower(out, o, a, ai, b, bi),
});

/** One row for each library's rules, made once. */
const byRules = (make: (rules: Rules["rules"]) => MapRow): ((attributes: Rules) => MapRow) => {
  const rows = { numpy: make("numpy"), torch: make("torch") };
  return ({ rules }) => rows[rules];
};

const addScaledRow = (scale: number): MapRow =>
  completed({
    real: (a, b) => a + scale * b,
    big: Number.isSafeInteger(scale) ? (a, b) => a + BigInt(scale) * b : undefined,
    complex: (out, o, a, ai, b, bi) => {
      // The factor counts as a complex number, as PyTorch has it: 0 times an infinity is no number.
      out[o] = a + (scale * b - 0 * bi);
      out[o + 1] = ai + (scale * bi + 0 * b);
    },
    loop32: (n, out, o, oStep, a, i, iStep, b, j, jStep) =>
      loops.addScaled32(scale, n, out, o, oStep, a, i, iStep, b, j, jStep),
    loop64: (n, out, o, oStep, a, i, iStep, b, j, jStep) =>
      loops.addScaled64(scale, n, out, o, oStep, a, i, iStep, b, j, jStep),
  });

/** An optimizer adds to all parameters with one factor: the row for the last one is kept. */
let latestSum: { readonly scale: number; readonly row: MapRow } = { scale: 1, row: addScaledRow(1) };

const divideTruncSingle = byRules((rules) => divideTruncRow(rules, Math.fround));
const divideTruncDouble = byRules((rules) => divideTruncRow(rules, (value) => value));

/** Takes the first operand where the condition on complex operands holds, else the second. */
const chosenPair =
  (takes: (a: number, ai: number, b: number, bi: number) => boolean): ComplexFunction =>
  (out, o, a, ai, b, bi) => {
    const isFirst = takes(a, ai, b, bi);
    out[o] = isFirst ? a : b;
    out[o + 1] = isFirst ? ai : bi;
  };

const isNaNPair = (re: number, im: number): boolean => Number.isNaN(re) || Number.isNaN(im);
/** By real, then imaginary part; false where a NaN is. */
const isAtLeast = (a: number, ai: number, b: number, bi: number): boolean =>
  a > b ? !Number.isNaN(ai) && !Number.isNaN(bi) : a === b && ai >= bi;

function greatestDivisor(a: number, b: number): number {
  let [x, y] = [Math.abs(a), Math.abs(b)];
  while (y !== 0) [x, y] = [y, x % y];
  return x;
}

function greatestDivisorBig(a: bigint, b: bigint): bigint {
  let [x, y] = [a < 0n ? -a : a, b < 0n ? -b : b];
  while (y !== 0n) [x, y] = [y, x % y];
  return x;
}

/** 0 below 0, the second operand at 0, 1 above; NaN stays by NumPy's rules and gives 0 by PyTorch's. */
const heavisideRow = (rules: Rules["rules"]): MapRow => ({
  real: (a, b) => (Number.isNaN(a) ? (rules === "torch" ? 0 : a) : a === 0 ? b : a < 0 ? 0 : 1),
  big: (a, b) => (a === 0n ? b : a < 0n ? 0n : 1n),
});
const heavisideRows = { numpy: heavisideRow("numpy"), torch: heavisideRow("torch") };

/** The product wraps, and its magnitude is taken after that where the type has a sign. */
const lcmRow = (
  magnitude: (wrapped: number) => number,
  magnitudeBig: (wrapped: bigint) => bigint,
): MapRow => ({
  int: (a, b) => {
    const divisor = greatestDivisor(a, b);
    return divisor === 0 ? 0 : magnitude(Math.imul(a / divisor, b));
  },
  big: (a, b) => {
    const divisor = greatestDivisorBig(a, b);
    return divisor === 0n ? 0n : magnitudeBig(BigInt.asIntN(64, (a / divisor) * b));
  },
});
const lcmRows = {
  signed: lcmRow(Math.abs, (wrapped) => (wrapped < 0n ? -wrapped : wrapped)),
  unsigned: lcmRow(
    (wrapped) => wrapped,
    (wrapped) => wrapped,
  ),
};

export const binaryRows: MapRows<keyof typeof binary> = {
  add: {
    real: (a, b) => a + b,
    big: (a, b) => a + b,
    complex: (out, o, a, ai, b, bi) => {
      out[o] = a + b;
      out[o + 1] = ai + bi;
    },
    loop32: loops.add32,
    loop64: loops.add64,
    loopInt64: loops.addInt64,
  },
  addScaled: ({ scale }: binary.ScaleAttributes) => {
    if (latestSum.scale !== scale) latestSum = { scale, row: addScaledRow(scale) };
    return latestSum.row;
  },
  subtract: {
    real: (a, b) => a - b,
    big: (a, b) => a - b,
    complex: (out, o, a, ai, b, bi) => {
      out[o] = a - b;
      out[o + 1] = ai - bi;
    },
    loop32: loops.subtract32,
    loop64: loops.subtract64,
    loopInt64: loops.subtractInt64,
  },
  multiply: {
    real: (a, b) => a * b,
    int: (a, b) => Math.imul(a, b),
    big: (a, b) => a * b,
    complex: (out, o, a, ai, b, bi) => {
      out[o] = a * b - ai * bi;
      out[o + 1] = a * bi + ai * b;
    },
    loop32: loops.multiply32,
    loop64: loops.multiply64,
    loopInt64: loops.multiplyInt64,
  },
  divide: {
    real: (a, b) => a / b,
    complex: (out, o, a, ai, b, bi) => complexDivide(out, o, a, ai, b, bi),
    loop32: loops.divide32,
    loop64: loops.divide64,
  },
  floorDivide: byRules(floorDivideRow),
  remainder: byRules(remainderRow),
  fmod: byRules(fmodRow),
  divideTrunc: (attributes: Rules, dtype: DType) =>
    dtype === float64 ? divideTruncDouble(attributes) : divideTruncSingle(attributes),
  power: byRules(powerRow),
  floatPower: byRules(powerRow),
  maximum: {
    real: (a, b) => (a >= b || Number.isNaN(a) ? a : b),
    big: larger,
    complex: chosenPair((a, ai, b, bi) => isAtLeast(a, ai, b, bi) || isNaNPair(a, ai)),
  },
  minimum: {
    real: (a, b) => (a <= b || Number.isNaN(a) ? a : b),
    big: smaller,
    complex: chosenPair((a, ai, b, bi) => isAtLeast(b, bi, a, ai) || isNaNPair(a, ai)),
  },
  fmax: {
    real: (a, b) => (a >= b || Number.isNaN(b) ? a : b),
    big: larger,
    complex: chosenPair((a, ai, b, bi) => isAtLeast(a, ai, b, bi) || isNaNPair(b, bi)),
  },
  fmin: {
    real: (a, b) => (a <= b || Number.isNaN(b) ? a : b),
    big: smaller,
    complex: chosenPair((a, ai, b, bi) => isAtLeast(b, bi, a, ai) || isNaNPair(b, bi)),
  },
  copysign: { real: copysign },
  nextafter: (_attributes: undefined, dtype: DType) => ({ real: (a, b) => nextAfter(dtype, a, b) }),
  heaviside: (attributes: Rules | undefined) => heavisideRows[attributes?.rules ?? "numpy"],
  gcd: { int: greatestDivisor, big: greatestDivisorBig },
  lcm: (_attributes: undefined, dtype: DType) =>
    dtype.kind === "unsigned" ? lcmRows.unsigned : lcmRows.signed,
};

export const ternaryRows: MapRows<keyof typeof ternary> = {
  where: {
    real: (condition, a, b) => (condition !== 0 ? a : b),
    big: (condition, a, b) => (condition !== 0n ? a : b),
    complex: (out, o, condition, conditionImaginary, a, ai, b, bi) => {
      const isFirst = condition !== 0 || conditionImaginary !== 0;
      out[o] = isFirst ? a : b;
      out[o + 1] = isFirst ? ai : bi;
    },
  },
  lerp: {
    real: (a, b, w) => (Math.abs(w) < 0.5 ? a + w * (b - a) : b - (b - a) * (1 - w)),
    complex: (out, o, a, ai, b, bi, w, wi) => {
      const isNear = Math.hypot(w, wi) < 0.5;
      const [factor, factorImaginary] = isNear ? [w, wi] : [w - 1, wi];
      const [re, im] = [b - a, bi - ai];
      out[o] = (isNear ? a : b) + factor * re - factorImaginary * im;
      out[o + 1] = (isNear ? ai : bi) + factor * im + factorImaginary * re;
    },
  },
  multiplyAdd: {
    real: (x, y, z) => x * y + z,
    int: (x, y, z) => Math.imul(x, y) + z,
    big: (x, y, z) => x * y + z,
    complex: (out, o, x, xi, y, yi, z, zi) => {
      out[o] = x * y - xi * yi + z;
      out[o + 1] = x * yi + xi * y + zi;
    },
  },
  clamp: {
    real: (x, lower, upper) => Math.min(Math.max(x, lower), upper),
    big: (x, lower, upper) => smaller(larger(x, lower), upper),
  },
  addcmul: ({ re, im }: ternary.WeightAttributes) => ({
    real: (a, b, c) => a + re * b * c,
    int: (a, b, c) => a + Math.imul(Math.imul(Math.trunc(re), b), c),
    big: (a, b, c) => a + BigInt(Math.trunc(re)) * b * c,
    complex: (out, o, a, ai, b, bi, c, ci) => {
      const [weighed, weighedImaginary] = [re * b - im * bi, re * bi + im * b];
      out[o] = a + weighed * c - weighedImaginary * ci;
      out[o + 1] = ai + weighed * ci + weighedImaginary * c;
    },
  }),
  addcdiv: ({ re, im }: ternary.WeightAttributes) => ({
    real: (a, b, c) => a + (re * b) / c,
    complex: (out, o, a, ai, b, bi, c, ci) => {
      complexDivide(out, o, re * b - im * bi, re * bi + im * b, c, ci);
      out[o]! += a;
      out[o + 1]! += ai;
    },
  }),
  clampMin: {
    real: (x, lower) => (x >= lower || Number.isNaN(x) ? x : lower),
    big: larger,
  },
  clampMax: {
    real: (x, upper) => (x <= upper || Number.isNaN(x) ? x : upper),
    big: smaller,
  },
};

export const complexRows: MapRows<keyof typeof complexNumbers> = {
  complexOf: {
    complex: (out, o, a, _ai, b) => {
      out[o] = a;
      out[o + 1] = b;
    },
  },
  realOf: {
    real: (a) => a,
    big: (a) => a,
    complex: (out, o, a) => {
      out[o] = a;
    },
  },
  imaginaryOf: {
    real: () => 0,
    complex: (out, o, _a, ai) => {
      out[o] = ai;
    },
  },
};
