// Lanes: the rows of elements along one axis, for what goes through an axis in order: positions, scans, sorting.

import {
  getterOf,
  isTruthy,
  type Operand,
  type Scalar,
  setterOf,
  toBigInt,
  toComplex,
  toNumber,
} from "../../core/elements.ts";
import { keepAxes, type Layout } from "../../core/layout.ts";
import { forEachRun, planWalk } from "./walk.ts";

/** Calls `visit` for each lane along the axis with the position of its first element in each of the layouts. */
export function forEachLane(
  layouts: readonly Layout[],
  axis: number,
  visit: (positions: readonly number[]) => void,
): void {
  const rest = layouts.map((layout) =>
    layout.rank === 0 ? layout : keepAxes(layout, (each) => each !== axis),
  );
  const walk = planWalk(rest[0]!.shape, rest);
  const positions = new Array<number>(layouts.length).fill(0);
  forEachRun(walk, (at) => {
    for (let i = 0; i < walk.run; i++) {
      for (let k = 0; k < positions.length; k++) positions[k] = at[k]! + i * walk.steps[k]!;
      visit(positions);
    }
  });
}

/** How many elements a lane has, and how far apart they are; a 0-d layout is one lane of one element. */
export function laneOf(layout: Layout, axis: number): { readonly length: number; readonly step: number } {
  return layout.rank === 0
    ? { length: 1, step: 0 }
    : { length: layout.shape[axis]!, step: layout.strides[axis]! };
}

/** Reads a lane's elements as values to compute with: numbers, bigints, or complex pairs. */
export function readerOf(operand: Operand): (position: number) => Scalar {
  const { dtype } = operand.layout;
  const get = getterOf(dtype);
  const array = operand.storage.view(dtype);
  if (dtype.kind === "bool") return (position) => (isTruthy(get(array, position)) ? 1 : 0);
  return (position) => get(array, position);
}

/** Writes elements; values are converted, integers wrap. */
export function writerOf(operand: Operand): (position: number, value: Scalar) => void {
  const { dtype } = operand.layout;
  const set = setterOf(dtype);
  const array = operand.storage.view(dtype);
  return (position, value) => set(array, position, value);
}

/** How values of one class are ordered and combined. */
export interface Arithmetic {
  /** Negative, 0 or positive, as `Array.sort` wants it; NaN after everything, complex numbers by real, then imaginary part. */
  readonly compare: (a: Scalar, b: Scalar) => number;
  readonly isNaN: (value: Scalar) => boolean;
  readonly add: (a: Scalar, b: Scalar) => Scalar;
  readonly multiply: (a: Scalar, b: Scalar) => Scalar;
  /** A value of another class brought into this one. */
  readonly from: (value: Scalar) => Scalar;
}

/** The larger of two 64-bit integers. */
export function larger(a: bigint, b: bigint): bigint {
  if (a >= b) return a;
  return b;
}

/** The smaller of two 64-bit integers. */
export function smaller(a: bigint, b: bigint): bigint {
  if (a <= b) return a;
  return b;
}

function compareNumbers(a: number, b: number): number {
  if (a < b) return -1;
  if (a > b) return 1;
  if (a === b) return 0;
  return Number(Number.isNaN(a)) - Number(Number.isNaN(b));
}

const real: Arithmetic = {
  compare: (a, b) => compareNumbers(a as number, b as number),
  isNaN: (value) => Number.isNaN(value),
  add: (a, b) => (a as number) + (b as number),
  multiply: (a, b) => (a as number) * (b as number),
  from: toNumber,
};

/** Integers of up to 32 bits: sums and products wrap, where they would outgrow double precision. */
const whole: Arithmetic = {
  ...real,
  add: (a, b) => ((a as number) + (b as number)) | 0,
  multiply: (a, b) => Math.imul(a as number, b as number),
};

const big: Arithmetic = {
  compare: (a, b) => ((a as bigint) < (b as bigint) ? -1 : (a as bigint) > (b as bigint) ? 1 : 0),
  isNaN: () => false,
  add: (a, b) => (a as bigint) + (b as bigint),
  multiply: (a, b) => BigInt.asIntN(64, (a as bigint) * (b as bigint)),
  from: toBigInt,
};

const complex: Arithmetic = {
  compare: (a, b) => {
    const [x, y] = [toComplex(a), toComplex(b)];
    // A NaN among the real parts comes after one among the imaginary parts, and that after none.
    const rank =
      Number(Number.isNaN(x.re)) * 2 +
      Number(Number.isNaN(x.im)) -
      Number(Number.isNaN(y.re)) * 2 -
      Number(Number.isNaN(y.im));
    return rank || compareNumbers(x.re, y.re) || compareNumbers(x.im, y.im);
  },
  isNaN: (value) => Number.isNaN(toComplex(value).re) || Number.isNaN(toComplex(value).im),
  add: (a, b) => {
    const [x, y] = [toComplex(a), toComplex(b)];
    return { re: x.re + y.re, im: x.im + y.im };
  },
  multiply: (a, b) => {
    const [x, y] = [toComplex(a), toComplex(b)];
    return { re: x.re * y.re - x.im * y.im, im: x.re * y.im + x.im * y.re };
  },
  from: toComplex,
};

const arithmetics = { real, big, complex };

/** The arithmetic of a type's class. */
export function arithmeticOf({ dtype }: Layout): Arithmetic {
  return dtype.isInteger && dtype.compute === "real" ? whole : arithmetics[dtype.compute];
}
