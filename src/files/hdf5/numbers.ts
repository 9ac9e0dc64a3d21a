// Which of HDF5's element types are numbers here, and how their elements become them: as they lie, turned to native
// order, or converted where their width or form is none that NumPy has.

import {
  bool,
  complex64,
  complex128,
  type DType,
  dtypes,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../../core/dtype.ts";
import { setterOf } from "../../core/elements.ts";
import { FormatError } from "../../core/errors.ts";
import { Storage } from "../../core/storage.ts";
import { swapBytes } from "../numpy/arrays.ts";
import { typeOfString } from "../numpy/types.ts";
import type { EnumerationType, FloatType, HdfType, IntegerType, OpaqueType } from "./datatype.ts";
import { isOpaque } from "./write-types.ts";

/** How elements of a type are numbers. */
export interface NumberForm {
  readonly dtype: DType;
  readonly bigEndian: boolean;
  /** NumPy's name of the type (`M8[ns]`), where the numbers are counts of a unit of time. */
  readonly date?: string;
  /** HDF5's type of the elements, where another one is meant: `V2`. */
  readonly storedAs?: string;
  /** Makes the numbers of elements that are not numbers as they lie; native and aligned. */
  readonly convert?: (source: Uint8Array) => Storage;
}

const signed: ReadonlyMap<number, DType> = new Map([
  [1, int8],
  [2, int16],
  [4, int32],
  [8, int64],
]);
const unsigned: ReadonlyMap<number, DType> = new Map([
  [1, uint8],
  [2, uint16],
  [4, uint32],
  [8, uint64],
]);

/** A floating type that others are converted to: its stored bits of mantissa, and its exponents. */
interface FloatRange {
  readonly dtype: DType;
  readonly mantissaBits: number;
  readonly highest: number;
  readonly lowest: number;
}

const floats: readonly FloatRange[] = [
  { dtype: float16, mantissaBits: 10, highest: 16, lowest: -14 },
  { dtype: float32, mantissaBits: 23, highest: 128, lowest: -126 },
  { dtype: float64, mantissaBits: 52, highest: 1024, lowest: -1022 },
];

/** The number that elements of a type are, or undefined where they are none (or none that is carried). */
export function numberForm(type: HdfType): NumberForm | undefined {
  switch (type.kind) {
    case "integer":
      return integerForm(type);
    case "float":
      return floatForm(type);
    case "enumeration":
      return enumerationForm(type);
    case "compound":
    case "complex":
      return complexForm(type);
    case "opaque":
      return dateForm(type);
    default:
      return undefined;
  }
}

function integerForm(type: IntegerType): NumberForm | undefined {
  const { size, bigEndian, bitOffset, precision } = type;
  const ofSign = type.signed ? signed : unsigned;
  const dtype = ofSign.get(size);
  if (dtype !== undefined && bitOffset === 0 && precision === 8 * size) {
    return { dtype, bigEndian: bigEndian && size > 1 };
  }
  const width = [1, 2, 4, 8].find((each) => each >= size);
  if (width === undefined) return undefined;
  const target = ofSign.get(width)!;
  return { dtype: target, bigEndian: false, convert: (source) => convertIntegers(type, source, target) };
}

/** The bits of an element as one number, the least significant byte first whatever the file's order. */
function bitsOf(source: Uint8Array, start: number, size: number, bigEndian: boolean): bigint {
  let bits = 0n;
  for (let index = 0; index < size; index++) {
    bits = (bits << 8n) | BigInt(source[start + (bigEndian ? index : size - 1 - index)]!);
  }
  return bits;
}

function convertIntegers(type: IntegerType, source: Uint8Array, dtype: DType): Storage {
  const count = Math.floor(source.byteLength / type.size);
  const target = Storage.allocate(dtype, count);
  const set = setterOf(dtype);
  const view = target.view(dtype);
  for (let index = 0; index < count; index++) {
    const bits = bitsOf(source, index * type.size, type.size, type.bigEndian) >> BigInt(type.bitOffset);
    set(view, index, (type.signed ? BigInt.asIntN : BigInt.asUintN)(type.precision, bits));
  }
  return target;
}

function floatForm(type: FloatType): NumberForm | undefined {
  if (type.vax || type.normalization > 2) return undefined;
  const { size, mantissaBits, exponentBits, bias } = type;
  const fitting = floats.find(
    (range) =>
      size <= range.dtype.itemSize &&
      mantissaBits <= range.mantissaBits &&
      2 ** exponentBits - bias - 1 <= range.highest &&
      1 - bias >= range.lowest,
  );
  if (fitting === undefined) return undefined;
  if (isStandard(type, fitting)) return { dtype: fitting.dtype, bigEndian: type.bigEndian };
  const { dtype } = fitting;
  return { dtype, bigEndian: false, convert: (source) => convertFloats(type, source, dtype) };
}

/** True iff the float is IEEE 754's of that width. */
function isStandard(type: FloatType, { dtype, mantissaBits, highest }: FloatRange): boolean {
  const bits = 8 * dtype.itemSize;
  return (
    type.size === dtype.itemSize &&
    type.bitOffset === 0 &&
    type.precision === bits &&
    type.signAt === bits - 1 &&
    type.mantissaAt === 0 &&
    type.mantissaBits === mantissaBits &&
    type.exponentAt === mantissaBits &&
    type.exponentBits === bits - 1 - mantissaBits &&
    type.bias === highest - 1 &&
    type.normalization === 2
  );
}

function convertFloats(type: FloatType, source: Uint8Array, dtype: DType): Storage {
  const count = Math.floor(source.byteLength / type.size);
  const target = Storage.allocate(dtype, count);
  const set = setterOf(dtype);
  const view = target.view(dtype);
  const part = (bits: bigint, at: number, width: number): number =>
    Number((bits >> BigInt(at)) & ((1n << BigInt(width)) - 1n));
  for (let index = 0; index < count; index++) {
    const bits = bitsOf(source, index * type.size, type.size, type.bigEndian);
    const magnitude = magnitudeOf(
      type,
      part(bits, type.exponentAt, type.exponentBits),
      part(bits, type.mantissaAt, type.mantissaBits),
    );
    const isNegative = part(bits, type.signAt, 1) === 1;
    set(view, index, isNegative ? -magnitude : magnitude);
    if (Number.isNaN(magnitude)) setNaN(target.bytes(), index * dtype.itemSize, dtype.itemSize, isNegative);
  }
  return target;
}

/** The library's NaN: all bits are ones, but for the sign. */
function setNaN(bytes: Uint8Array, start: number, size: number, isNegative: boolean): void {
  bytes.fill(255, start, start + size);
  if (!isNegative) bytes[start + size - 1] = 127;
}

/** A float without its sign, as IEEE 754 has it: the highest exponent is infinity and NaN, the lowest is not normal. */
function magnitudeOf(type: FloatType, exponent: number, mantissa: number): number {
  const { exponentBits, mantissaBits, bias, normalization } = type;
  if (exponent === 2 ** exponentBits - 1) return mantissa === 0 ? Number.POSITIVE_INFINITY : Number.NaN;
  const fraction = mantissa / 2 ** mantissaBits;
  if (normalization !== 2) return fraction * 2 ** (exponent - bias + 1);
  return exponent === 0 ? fraction * 2 ** (1 - bias) : (1 + fraction) * 2 ** (exponent - bias);
}

/** An enumeration is its numbers, except h5py's bool. */
function enumerationForm(type: EnumerationType): NumberForm | undefined {
  const base = numberForm(type.base);
  if (base === undefined || !isBool(type)) return base;
  if (type.size === 1) return { dtype: bool, bigEndian: false };
  const convert = (source: Uint8Array): Storage => {
    const count = Math.floor(source.byteLength / type.size);
    const bytes = new Uint8Array(count);
    for (let index = 0; index < count; index++) {
      const element = source.subarray(index * type.size, (index + 1) * type.size);
      bytes[index] = element.some((byte) => byte !== 0) ? 1 : 0;
    }
    return new Storage(bytes);
  };
  return { dtype: bool, bigEndian: false, convert };
}

/** True iff the enumeration is FALSE = 0, TRUE = 1, as h5py writes bool. */
function isBool(type: EnumerationType): boolean {
  if (type.names.length !== 2 || type.base.kind !== "integer") return false;
  const { bigEndian } = type.base;
  const numberOf = (name: string): bigint | undefined => {
    const value = type.values[type.names.indexOf(name)];
    return value === undefined ? undefined : bitsOf(value, 0, value.byteLength, bigEndian);
  };
  return numberOf("FALSE") === 0n && numberOf("TRUE") === 1n;
}

/** Two floats side by side: HDF5's own complex type, or a compound of `r` and `i` as h5py writes it. */
function complexForm(type: HdfType & { kind: "compound" | "complex" }): NumberForm | undefined {
  const parts = type.kind === "complex" ? [type.base] : type.members.map((member) => member.type);
  if (type.kind === "compound") {
    const [first, second] = type.members;
    const isPair =
      type.members.length === 2 &&
      first!.name === "r" &&
      second!.name === "i" &&
      first!.offset === 0 &&
      second!.offset === first!.type.size;
    if (!isPair) return undefined;
  }
  const forms = parts.map((part) => (part.kind === "float" ? numberForm(part) : undefined));
  const [form] = forms;
  if (form === undefined || form.convert !== undefined) return undefined;
  const isOne = forms.every((each) => each?.dtype === form.dtype && each.bigEndian === form.bigEndian);
  if (!isOne || type.size !== 2 * form.dtype.itemSize) return undefined;
  if (form.dtype === float32) return { dtype: complex64, bigEndian: form.bigEndian };
  return form.dtype === float64 ? { dtype: complex128, bigEndian: form.bigEndian } : undefined;
}

/** h5py writes NumPy's dates as bytes tagged with the type. */
function dateForm({ tag, size }: OpaqueType): NumberForm | undefined {
  if (!tag.startsWith("NUMPY:") || size !== 8) return undefined;
  try {
    const type = typeOfString(tag.slice("NUMPY:".length));
    return type.kind === "date" ? { dtype: int64, bigEndian: type.bigEndian, date: type.name } : undefined;
  } catch (error) {
    // A tag that is no type is a tag.
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}

/**
 * The type that raw bytes are of by what the attribute `dtype` of their dataset says: as Keras stores bfloat16, which
 * neither HDF5 nor NumPy has.
 */
export function namedForm(type: HdfType, name: unknown): NumberForm | undefined {
  if (type.kind !== "opaque") return undefined;
  const dtype = dtypes.find((each) => each.name === name && each.itemSize === type.size);
  if (dtype === undefined || !isOpaque(dtype)) return undefined;
  return { dtype, bigEndian: false, storedAs: `V${type.size}` };
}

/** Turns numbers as they lie in the file to native order, in place. */
export function turn({ dtype, bigEndian }: NumberForm, bytes: Uint8Array): void {
  if (bigEndian) swapBytes(bytes, dtype.itemSize / dtype.lanes);
}
