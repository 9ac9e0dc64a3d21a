// Rows of signs, rounding and parts of numbers, and of the operations that answer true or false or work on bits.

import { bool, type DType, float16, float32 } from "../../core/dtype.ts";
import { formatOf } from "../../core/formats.ts";
import type { Rules } from "../../ops/elementwise.ts";
import type * as logic from "../../ops/logic.ts";
import type * as unary from "../../ops/unary.ts";
import type { NanToNumAttributes } from "../../ops/unary.ts";
import { complexDivide } from "./complex-functions.ts";
import { exponentOf, scaleByPower, spacingOf } from "./floating-formats.ts";
import * as loops from "./loops.ts";
import type { BigFunction, ComplexFunction, MapRow, MapRows } from "./map.ts";

const sameBig: BigFunction = (a) => a;

/** To the nearest integer, halves to even. */
function roundHalfEven(x: number): number {
  const rounded = Math.round(x);
  return rounded - x === 0.5 && rounded % 2 !== 0 ? rounded - 1 : rounded;
}

const samePair: ComplexFunction = (out, o, a, ai) => {
  out[o] = a;
  out[o + 1] = ai;
};

/** NumPy's distance in half precision has no sign, and below a negative power of two it is that towards zero. */
function halfSpacing(a: number): number {
  const step = spacingOf(float16, a);
  const isPower = a < 0 && Number.isInteger(Math.log2(-a)) && -a > 2 ** -14;
  return isPower ? step / 2 : step;
}

/** A real function of both parts. */
const ofParts =
  (compute: (a: number) => number): ComplexFunction =>
  (out, o, a, ai) => {
    out[o] = compute(a);
    out[o + 1] = compute(ai);
  };

const degree = 180 / Math.PI;

function nanToNumRow({ nan, posinf, neginf }: NanToNumAttributes, dtype: DType): MapRow {
  const { largest } = formatOf(dtype.kind === "complex" && dtype.itemSize === 8 ? float32 : dtype);
  const high = posinf ?? largest;
  const low = neginf ?? -largest;
  const real = (a: number): number =>
    Number.isNaN(a) ? nan : a === Infinity ? high : a === -Infinity ? low : a;
  return { real, int: (a) => a, big: sameBig, complex: ofParts(real) };
}

const signRow = (ofNaN: number): MapRow => ({
  real: (a) => (a > 0 ? 1 : a < 0 ? -1 : a === 0 ? 0 : ofNaN),
  big: (a) => (a > 0n ? 1n : a < 0n ? -1n : 0n),
  complex: (out, o, a, ai) => {
    const size = Math.hypot(a, ai);
    out[o] = size === 0 ? 0 : a / size;
    out[o + 1] = size === 0 ? 0 : ai / size;
  },
});
const signRows = { numpy: signRow(NaN), torch: signRow(0) };

export const unaryRows: MapRows<keyof typeof unary> = {
  negative: {
    real: (a) => -a,
    big: (a) => -a,
    complex: (out, o, a, ai) => {
      out[o] = -a;
      out[o + 1] = -ai;
    },
    loop32: loops.negative32,
    loop64: loops.negative64,
  },
  positive: { real: (a) => a, big: sameBig, complex: samePair },
  absolute: {
    real: Math.abs,
    big: (a) => (a < 0n ? -a : a),
    complex: (out, o, a, ai) => {
      out[o] = Math.hypot(a, ai);
    },
  },
  sign: (attributes: Rules | undefined) => signRows[attributes?.rules ?? "numpy"],
  square: {
    real: (a) => a * a,
    int: (a) => Math.imul(a, a),
    big: (a) => a * a,
    complex: (out, o, a, ai) => {
      out[o] = a * a - ai * ai;
      out[o + 1] = a * ai + ai * a;
    },
  },
  reciprocal: {
    real: (a) => 1 / a,
    int: (a) => (a === 0 ? -(2 ** 31) : Math.trunc(1 / a)),
    big: (a) => (a === 0n ? -(2n ** 63n) : 1n / a),
    complex: (out, o, a, ai) => complexDivide(out, o, 1, 0, a, ai),
  },
  conjugate: {
    real: (a) => a,
    big: sameBig,
    complex: (out, o, a, ai) => {
      out[o] = a;
      out[o + 1] = -ai;
    },
  },
  angle: {
    real: (a) => (a < 0 ? Math.PI : Number.isNaN(a) ? a : 0),
    complex: (out, o, a, ai) => {
      out[o] = Math.atan2(ai, a);
    },
  },
  timesI: {
    complex: (out, o, a, ai) => {
      out[o] = -ai;
      out[o + 1] = a;
    },
  },
  floor: { real: Math.floor, big: sameBig },
  ceil: { real: Math.ceil, big: sameBig },
  trunc: { real: Math.trunc, big: sameBig },
  round: { real: roundHalfEven, big: sameBig, complex: ofParts(roundHalfEven) },
  frac: { real: (a) => a - Math.trunc(a) },
  fractionalPart: { real: (a) => (Number.isFinite(a) ? a % 1 : Number.isNaN(a) ? a : a > 0 ? 0 : -0) },
  mantissa: {
    real: (a) => (a === 0 || !Number.isFinite(a) ? a : scaleByPower(a, -exponentOf(a) - 1)),
  },
  exponent: {
    real: (a) => (a === 0 || !Number.isFinite(a) ? 0 : exponentOf(a) + 1),
  },
  scaleByPower: { real: scaleByPower },
  degrees: { real: (a) => a * degree },
  radians: { real: (a) => a / degree },
  nanToNum: nanToNumRow,
  spacing: (_attributes: undefined, dtype: DType) => ({
    real:
      dtype === float16
        ? halfSpacing
        : (a) => (a < 0 || Object.is(a, -0) ? -spacingOf(dtype, a) : spacingOf(dtype, a)),
  }),
};

const asNumber = (condition: boolean): number => (condition ? 1 : 0);

/** A row of a comparison: complex numbers by their real, where those are equal by their imaginary parts. */
function comparison(real: (a: number, b: number) => boolean, big: (a: bigint, b: bigint) => boolean): MapRow {
  return {
    real: (a, b) => (real(a, b) ? 1 : 0),
    big,
    complex: (out, o, a, ai, b, bi) => {
      const isOrdered = !Number.isNaN(ai) && !Number.isNaN(bi);
      out[o] = asNumber(a === b ? real(ai, bi) : isOrdered && real(a, b));
    },
  };
}

/** A row of a test on one element; of a complex one on its parts, of which one or all must pass. */
function test(holds: (a: number) => boolean, ofPair: "some" | "every", big: boolean): MapRow {
  return {
    real: (a) => (holds(a) ? 1 : 0),
    big: () => big,
    complex: (out, o, a, ai) => {
      out[o] = asNumber(ofPair === "some" ? holds(a) || holds(ai) : holds(a) && holds(ai));
    },
  };
}

/** A row of a connective of truth values: everything but 0 is true. */
function connective(holds: (a: boolean, b: boolean) => boolean): MapRow {
  return {
    real: (a, b) => (holds(a !== 0, b !== 0) ? 1 : 0),
    big: (a, b) => holds(a !== 0n, b !== 0n),
    complex: (out, o, a, ai, b, bi) => {
      out[o] = asNumber(holds(a !== 0 || ai !== 0, b !== 0 || bi !== 0));
    },
  };
}

const notRows = {
  logical: { int: (a: number) => 1 - a },
  bits: { int: (a: number) => ~a, big: (a: bigint) => ~a },
};

/** Shifts of a type of `width` bits; as far as the width or more, and by less than 0, everything is shifted out. */
const leftShiftRow = (dtype: DType): MapRow => {
  const width = 8 * dtype.itemSize;
  return {
    int: (a, b) => (b >= 0 && b < width ? a << b : 0),
    big: (a, b) => (b >= 0n && b < 64n ? a << b : 0n),
  };
};
const rightShiftRow = (dtype: DType): MapRow => {
  const width = 8 * dtype.itemSize;
  return {
    int: (a, b) => Math.floor(a / 2 ** (b >= 0 && b < width ? b : width)),
    big: (a, b) => a >> (b >= 0n && b < 64n ? b : 64n),
  };
};

export const logicRows: MapRows<keyof typeof logic> = {
  isnan: test(Number.isNaN, "some", false),
  isinf: test((a) => a === Infinity || a === -Infinity, "some", false),
  isfinite: test(Number.isFinite, "every", true),
  signbit: { real: (a) => asNumber(a < 0 || Object.is(a, -0)), big: (a) => a < 0n },
  equal: {
    real: (a, b) => (a === b ? 1 : 0),
    big: (a, b) => a === b,
    complex: (out, o, a, ai, b, bi) => {
      out[o] = asNumber(a === b && ai === bi);
    },
  },
  notEqual: {
    real: (a, b) => (a === b ? 0 : 1),
    big: (a, b) => a !== b,
    complex: (out, o, a, ai, b, bi) => {
      out[o] = asNumber(a !== b || ai !== bi);
    },
  },
  less: comparison(
    (a, b) => a < b,
    (a, b) => a < b,
  ),
  lessEqual: comparison(
    (a, b) => a <= b,
    (a, b) => a <= b,
  ),
  greater: comparison(
    (a, b) => a > b,
    (a, b) => a > b,
  ),
  greaterEqual: comparison(
    (a, b) => a >= b,
    (a, b) => a >= b,
  ),
  logicalNot: connective((a) => !a),
  logicalAnd: connective((a, b) => a && b),
  logicalOr: connective((a, b) => a || b),
  logicalXor: connective((a, b) => a !== b),
  bitwiseNot: (_attributes: undefined, dtype: DType) => (dtype === bool ? notRows.logical : notRows.bits),
  bitwiseAnd: { int: (a, b) => a & b, big: (a, b) => a & b },
  bitwiseOr: { int: (a, b) => a | b, big: (a, b) => a | b },
  bitwiseXor: { int: (a, b) => a ^ b, big: (a, b) => a ^ b },
  leftShift: (_attributes: undefined, dtype: DType) => leftShiftRow(dtype),
  rightShift: (_attributes: undefined, dtype: DType) => rightShiftRow(dtype),
};
