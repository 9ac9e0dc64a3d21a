// Comparing what a call gave with its record: numbers within the recorded tolerance, everything else exactly.

import { elements, type Scalar } from "../../../src/core/elements.ts";
import { contiguousStrides } from "../../../src/core/layout.ts";
import { PyFloat } from "../../../src/core/python.ts";
import type { Tensor } from "../../../src/torch/index.ts";
import { isTensor } from "../python/host.ts";
import { Failure } from "../suite.ts";
import { type ArrayRecord, isArrayRecord, type Recorded, tensorOf } from "./values.ts";

/** How far numbers may be apart: `|got - expected| <= atol + rtol * |expected|`. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** How an output is compared beside its values. */
export interface Form {
  /** Strides have to be the recorded ones. */
  readonly isView?: boolean;
  /** `meta`: shape and type alone; `abs`: values up to their sign. */
  readonly only?: "meta" | "abs" | undefined;
}

/** Every tensor in a result, in order. */
export function tensorsIn(value: unknown): Tensor[] {
  if (isTensor(value)) return [value];
  return Array.isArray(value) ? value.flatMap(tensorsIn) : [];
}

/** The elements of a tensor in row-major order, lazy bits applied. */
export function valuesOf(tensor: Tensor): readonly Scalar[] {
  return elements(tensor.detach().resolveConj().resolveNeg());
}

function isNear(got: number, expected: number, { rtol, atol }: Tolerance): boolean {
  if (Number.isNaN(expected)) return Number.isNaN(got);
  if (!Number.isFinite(expected) || !Number.isFinite(got)) return got === expected;
  if (rtol === 0 && atol === 0) return Object.is(got, expected);
  return Math.abs(got - expected) <= atol + rtol * Math.abs(expected);
}

/** True iff two numbers agree; complex ones by their distance, as `torch.allclose` has it. */
function agree(got: Scalar, expected: Scalar, tolerance: Tolerance): boolean {
  if (typeof got === "object" && typeof expected === "object") {
    const areFinite = [got.re, got.im, expected.re, expected.im].every(Number.isFinite);
    if (!areFinite) {
      const isUnknown = Number.isNaN(expected.re) || Number.isNaN(expected.im);
      if (isUnknown) return Number.isNaN(got.re) || Number.isNaN(got.im);
      return isNear(got.re, expected.re, tolerance) && isNear(got.im, expected.im, tolerance);
    }
    const apart = Math.hypot(got.re - expected.re, got.im - expected.im);
    return apart <= tolerance.atol + tolerance.rtol * Math.hypot(expected.re, expected.im);
  }
  if (typeof got === "number" && typeof expected === "number") return isNear(got, expected, tolerance);
  return got === expected;
}

function magnitude(value: Scalar): Scalar {
  if (typeof value === "object") return Math.hypot(value.re, value.im);
  return typeof value === "number" ? Math.abs(value) : value;
}

function shown(value: Scalar): string {
  if (typeof value === "object") return `${shown(value.re)} + ${shown(value.im)}i`;
  return Object.is(value, -0) ? "-0" : String(value);
}

/** @throws Failure where the tensor is not the recorded one */
export function compareTensor(
  got: Tensor,
  record: ArrayRecord,
  tolerance: Tolerance,
  path: string,
  { isView = false, only }: Form = {},
): void {
  if (got.dtype.name !== record.dtype) {
    throw new Failure(`${path}: expected ${record.dtype}, got ${got.dtype.name}`);
  }
  if (`${got.shape}` !== `${record.shape}`) {
    throw new Failure(`${path}: expected shape [${record.shape}], got [${got.shape}]`);
  }
  if (isView) compareStrides(got, record, path);
  if (only === "meta") return;
  const expected = valuesOf(tensorOf(record));
  const actual = valuesOf(got);
  const isExact = !got.dtype.isFloatingPoint && !got.dtype.isComplex;
  const within = isExact ? { rtol: 0, atol: 0 } : tolerance;
  expected.forEach((value, i) => {
    const [a, b] = only === "abs" ? [magnitude(actual[i]!), magnitude(value)] : [actual[i]!, value];
    if (agree(a, b, within)) return;
    throw new Failure(
      `${path}, element ${i} of [${record.shape}]: expected ${shown(b)}, got ${shown(a)} ` +
        `(rtol ${tolerance.rtol}, atol ${tolerance.atol})`,
    );
  });
}

/** Strides of axes of length 1 and of empty tensors mean nothing. */
function compareStrides(got: Tensor, { shape, strides }: ArrayRecord, path: string): void {
  const expected = strides ?? contiguousStrides(shape);
  const isSame =
    shape.includes(0) || shape.every((length, i) => length === 1 || got.stride()[i] === expected[i]);
  if (!isSame) throw new Failure(`${path}: expected strides [${expected}], got [${got.stride()}]`);
}

/** The items of a recorded sequence; undefined for anything else. */
export function itemsOf(record: Recorded): readonly Recorded[] | undefined {
  if (Array.isArray(record)) return record;
  if (typeof record !== "object" || record === null || isArrayRecord(record)) return undefined;
  const named = record as { readonly [key: string]: Recorded };
  return (named.$tuple ?? named.$size) as readonly Recorded[] | undefined;
}

/** @throws Failure where the value, or one inside it, is not the recorded one */
export function compareValue(
  got: unknown,
  record: Recorded,
  tolerance: Tolerance,
  path = "result",
  form: (output: number) => Form = () => ({}),
): void {
  let output = 0;
  const visit = (value: unknown, expected: Recorded, at: string): void => {
    if (isArrayRecord(expected)) {
      if (!isTensor(value)) throw new Failure(`${at}: expected a tensor, got ${String(value)}`);
      compareTensor(value, expected, tolerance, at, form(output++));
      return;
    }
    const items = itemsOf(expected);
    if (items !== undefined) {
      if (!Array.isArray(value)) throw new Failure(`${at}: expected a sequence, got ${String(value)}`);
      if (value.length !== items.length)
        throw new Failure(`${at}: expected ${items.length} items, got ${value.length}`);
      items.forEach((item, i) => {
        visit(value[i], item, `${at}[${i}]`);
      });
      return;
    }
    comparePlain(value, expected, tolerance, at);
  };
  visit(got, record, path);
}

function comparePlain(value: unknown, expected: Recorded, tolerance: Tolerance, at: string): void {
  const got = value instanceof PyFloat ? value.value : value;
  const wanted = plain(expected);
  if (typeof got === "number" && typeof wanted === "number") {
    if (isNear(got, wanted, Number.isInteger(wanted) ? { rtol: 0, atol: tolerance.atol } : tolerance)) return;
  } else if (typeof got === "bigint" || typeof wanted === "bigint") {
    if (BigInt(got as bigint) === BigInt(wanted as bigint)) return;
  } else if (JSON.stringify(got ?? null) === JSON.stringify(wanted)) return;
  throw new Failure(`${at}: expected ${JSON.stringify(expected)}, got ${String(got)}`);
}

/** A recorded number, text or truth value. */
export function plain(record: Recorded): unknown {
  if (typeof record !== "object" || record === null) return record;
  const [[kind, content]] = Object.entries(record) as [[string, Recorded]];
  if (kind === "$float") return content === "-0" ? -0 : Number(content);
  if (kind === "$int") return BigInt(content as string);
  if (kind === "$complex") {
    const [re, im] = content as readonly Recorded[];
    return { re: Number(re), im: Number(im) };
  }
  if (kind === "$dtype") return content;
  return record;
}
