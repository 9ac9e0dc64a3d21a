// How two tensors differ: elements, distance in units in the last place, absolutely and relatively.

import { createHash } from "node:crypto";
import type { DType } from "../core/dtype.ts";
import { getterOf, toComplex, toNumber } from "../core/elements.ts";
import { sameShape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { contentBytes, rawContentBytes } from "../files/content.ts";
import { load, storedOf } from "../files/load.ts";
import { type ArrayLike, ArrayValue } from "../files/values.ts";

/** How far two numbers may lie apart: |a - b| <= atol + rtol |b|. */
export interface Tolerance {
  readonly rtol: number;
  readonly atol: number;
}

/** How two arrays of numbers of one shape differ. */
export interface NumberDifference {
  /** Elements that differ, by more than is allowed. */
  readonly elements: number;
  readonly size: number;
  /** The largest distance, in numbers of the type that lie between; for two of one floating type. */
  readonly ulp?: number;
  /** The largest of |a - b|, and of |a - b| / |b|. Where one is NaN or infinite and the other is not, infinite. */
  readonly absolute: number;
  readonly relative: number;
}

/** What is to be said of a tensor that is in both files. */
export interface TensorDifference {
  readonly name: string;
  readonly dtypes: readonly [string, string];
  readonly shapes: readonly [readonly number[], readonly number[]];
  /** What differs, besides single numbers: `shape`, `dtype`, `kind`, `contents`. */
  readonly what: readonly ("shape" | "dtype" | "kind" | "contents")[];
  readonly numbers?: NumberDifference;
}

/** The name of what an array has as elements. */
function dtypeOf(array: ArrayLike): string {
  if (array instanceof ArrayValue) return array.layout.dtype.name;
  if ("dtype" in array) return typeof array.dtype === "string" ? array.dtype : array.dtype.name;
  return array.kind;
}

/**
 * Compares two tensors of one name; their bytes are read, and let go of.
 * @returns undefined where nothing differs
 */
export async function compareTensors(
  name: string,
  a: ArrayLike,
  b: ArrayLike,
  tolerance: Tolerance | undefined,
): Promise<TensorDifference | undefined> {
  const shapes = ["shape" in a ? a.shape : [], "shape" in b ? b.shape : []] as const;
  const dtypes = [dtypeOf(a), dtypeOf(b)] as const;
  const about = { name, dtypes, shapes };
  if (a.kind !== b.kind) return { ...about, what: ["kind"] };
  if (!sameShape(...shapes)) return { ...about, what: ["shape"] };
  const storages = new Set([...storedOf(a), ...storedOf(b)].filter(({ isLoaded }) => !isLoaded));
  await load(a);
  await load(b);
  try {
    const isOther = dtypes[0] !== dtypes[1] && tolerance === undefined;
    const what = isOther ? (["dtype"] as const) : [];
    if (a instanceof ArrayValue && b instanceof ArrayValue) {
      const numbers = compareNumbers(a, b, tolerance ?? { rtol: 0, atol: 0 });
      if (numbers === undefined) return isOther ? { ...about, what } : undefined;
      return { ...about, what, numbers };
    }
    const isSame = !isOther && fingerprint(a) === fingerprint(b);
    return isSame ? undefined : { ...about, what: [...what, "contents"] };
  } finally {
    for (const stored of storages) stored.release();
  }
}

/** Facts of how an array was saved, and not of what it holds. */
const formalities: ReadonlySet<string> = new Set(["facts", "order", "bigEndian", "stored"]);

/** Everything that an array of no plain numbers holds, as one text. */
function fingerprint(array: ArrayLike): string {
  const plain = (_: string, value: unknown): unknown => {
    if (value instanceof ArrayValue) {
      return [value.layout.dtype.name, value.shape, digest(contentBytes(value))];
    }
    if (value instanceof Uint8Array) return digest(value);
    if (typeof value === "bigint") return `${value}n`;
    return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
  };
  if (array.kind === "raw") return digest(rawContentBytes(array));
  return JSON.stringify(array, (key, value) => (formalities.has(key) ? undefined : plain(key, value)));
}

const digest = (bytes: Uint8Array): string => createHash("sha256").update(bytes).digest("hex");

/** True iff the bytes are the same. */
function sameBytes(a: Uint8Array, b: Uint8Array): boolean {
  return a.byteLength === b.byteLength && Buffer.compare(a, b) === 0;
}

function compareNumbers(a: ArrayValue, b: ArrayValue, tolerance: Tolerance): NumberDifference | undefined {
  const [from, to] = [a.layout.dtype, b.layout.dtype];
  const [left, right] = [contentBytes(a), contentBytes(b)];
  if (from === to && sameBytes(left, right)) return undefined;
  const [numbersA, numbersB] = [realNumbers(from, left), realNumbers(to, right)];
  const ulps = from === to && from.kind === "float" ? ulpCounter(from, left, right) : undefined;
  const lanes = from.isComplex || to.isComplex ? 2 : 1;
  let [differing, ulp, absolute, relative] = [0, 0, 0, 0];
  for (let i = 0; i < a.layout.size; i++) {
    let isWithin = true;
    for (let lane = 0; lane < lanes; lane++) {
      const [x, y] = [numbersA(i, lane), numbersB(i, lane)];
      if (x === y || (Number.isNaN(Number(x)) && Number.isNaN(Number(y)))) continue;
      const apart = distance(x, y);
      const size = Math.abs(Number(y));
      if (apart <= tolerance.atol + tolerance.rtol * size) continue;
      isWithin = false;
      absolute = Math.max(absolute, apart);
      relative = Math.max(relative, size === 0 ? Number.POSITIVE_INFINITY : apart / size);
    }
    if (isWithin) continue;
    differing++;
    if (ulps !== undefined) ulp = Math.max(ulp, ulps(i));
  }
  if (differing === 0) return undefined;
  const size = a.layout.size;
  return { elements: differing, size, ...(ulps === undefined ? {} : { ulp }), absolute, relative };
}

function distance(x: number | bigint, y: number | bigint): number {
  if (typeof x === "bigint" && typeof y === "bigint") return Number(x > y ? x - y : y - x);
  const apart = Math.abs(Number(x) - Number(y));
  return Number.isNaN(apart) ? Number.POSITIVE_INFINITY : apart;
}

/** Elements of row-major bytes by position: 64-bit integers as bigints, complex ones by part. */
function realNumbers(dtype: DType, bytes: Uint8Array): (index: number, lane: number) => number | bigint {
  const own = bytes.byteOffset % 8 === 0 ? bytes : bytes.slice();
  const array = new Storage(own).view(dtype);
  const get = getterOf(dtype);
  if (dtype.isComplex) {
    return (index, lane) => {
      const { re, im } = toComplex(get(array, index));
      return lane === 0 ? re : im;
    };
  }
  if (dtype.compute === "big") return (index, lane) => (lane === 0 ? (get(array, index) as bigint) : 0);
  return (index, lane) => (lane === 0 ? toNumber(get(array, index)) : 0);
}

/** How many numbers of a floating type lie between two, counted on their bits: sign and magnitude. */
function ulpCounter(dtype: DType, a: Uint8Array, b: Uint8Array): (index: number) => number {
  const [left, right] = [a, b].map(
    (bytes) => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength),
  ) as [DataView, DataView];
  const { itemSize } = dtype;
  if (itemSize === 8) {
    const sign = 2n ** 63n;
    const place = (bits: bigint): bigint => (bits >= sign ? sign - bits : bits);
    return (index) => {
      const apart = place(left.getBigUint64(8 * index, true)) - place(right.getBigUint64(8 * index, true));
      return Number(apart < 0n ? -apart : apart);
    };
  }
  const sign = 2 ** (8 * itemSize - 1);
  const place = (view: DataView, index: number): number => {
    const at = index * itemSize;
    if (itemSize === 1) return signed(view.getUint8(at), sign);
    return signed(itemSize === 2 ? view.getUint16(at, true) : view.getUint32(at, true), sign);
  };
  return (index) => Math.abs(place(left, index) - place(right, index));
}

const signed = (bits: number, sign: number): number => (bits >= sign ? sign - bits : bits);
