// HDF5's datatypes, versions 1 to 5, as the file states them (HDF5 File Format Specification Version 3.0, section
// IV.A.2.d; class 11, complex numbers, is of the library's version 2.0).

import { bytesFor, type Cursor } from "./cursor.ts";

/** An integer; also a bit field. */
export interface IntegerType {
  readonly kind: "integer";
  readonly size: number;
  readonly bigEndian: boolean;
  readonly signed: boolean;
  /** Which bits of the element the number is. */
  readonly bitOffset: number;
  readonly precision: number;
}

/** A binary floating-point number, with its parts by position in bits. */
export interface FloatType {
  readonly kind: "float";
  readonly size: number;
  readonly bigEndian: boolean;
  /** True iff the bytes are in the order of a VAX. */
  readonly vax: boolean;
  readonly bitOffset: number;
  readonly precision: number;
  readonly signAt: number;
  readonly exponentAt: number;
  readonly exponentBits: number;
  readonly mantissaAt: number;
  readonly mantissaBits: number;
  readonly bias: number;
  /** 2 where the highest bit of the mantissa is not stored, since it is 1. */
  readonly normalization: number;
}

/** Text of a fixed number of bytes. */
export interface FixedTextType {
  readonly kind: "fixed text";
  readonly size: number;
  /** How the rest is filled: what follows a NUL, NULs, spaces. */
  readonly padding: "terminated" | "nuls" | "spaces";
}

/** Text of any length, in the global heap. */
export interface TextType {
  readonly kind: "text";
  readonly size: number;
}

/** Bytes without a meaning here. */
export interface OpaqueType {
  readonly kind: "opaque";
  readonly size: number;
  readonly tag: string;
}

/** Several values side by side. */
export interface CompoundType {
  readonly kind: "compound";
  readonly size: number;
  readonly members: readonly { readonly name: string; readonly offset: number; readonly type: HdfType }[];
}

/** A reference to an object (or a part of one) of the file. */
export interface ReferenceType {
  readonly kind: "reference";
  readonly size: number;
  /** The number of its kind: 0 for an object. */
  readonly target: number;
}

/** Numbers with names. */
export interface EnumerationType {
  readonly kind: "enumeration";
  readonly size: number;
  readonly base: HdfType;
  readonly names: readonly string[];
  /** The bytes of each number. */
  readonly values: readonly Uint8Array[];
}

/** Any number of values, in the global heap. */
export interface SequenceType {
  readonly kind: "sequence";
  readonly size: number;
  readonly base: HdfType;
}

/** A fixed number of values. */
export interface ArrayType {
  readonly kind: "array";
  readonly size: number;
  readonly base: HdfType;
  readonly dimensions: readonly number[];
}

/** A complex number. */
export interface ComplexType {
  readonly kind: "complex";
  readonly size: number;
  readonly base: HdfType;
}

/** A type that is known and not read here, by name. */
export interface OtherType {
  readonly kind: "other";
  readonly size: number;
  readonly name: string;
}

/** An element type of HDF5. `size` is what one element takes in the file. */
export type HdfType =
  | IntegerType
  | FloatType
  | FixedTextType
  | TextType
  | OpaqueType
  | CompoundType
  | ReferenceType
  | EnumerationType
  | SequenceType
  | ArrayType
  | ComplexType
  | OtherType;

/** Types within types. */
const deepest = 32;
const mostDimensions = 32;

/** The parts of a type's head. */
interface Head {
  readonly version: number;
  /** Its 24 bits of flags. */
  readonly flags: number;
  readonly size: number;
  readonly depth: number;
}

type ReadClass = (cursor: Cursor, head: Head) => HdfType;

const classes: readonly ReadClass[] = [
  readInteger,
  readFloat,
  (cursor, { size }) => {
    cursor.skip(2);
    return { kind: "other", size, name: "time" };
  },
  readFixedText,
  (cursor, head) => ({ ...readInteger(cursor, head), signed: false }),
  readOpaque,
  readCompound,
  (_cursor, { flags, size }) => ({ kind: "reference", size, target: flags & 15 }),
  readEnumeration,
  readVariableLength,
  readArray,
  (cursor, head) => ({ kind: "complex", size: head.size, base: readDatatype(cursor, head.depth + 1) }),
];

/**
 * Reads a datatype.
 * @throws FormatError when it is damaged, or of no known class
 */
export function readDatatype(cursor: Cursor, depth = 0): HdfType {
  if (depth > deepest) throw cursor.wrong(`types are nested more than ${deepest} levels deep`);
  const first = cursor.u8();
  const version = first >> 4;
  const readClass = classes[first & 15];
  if (readClass === undefined) throw cursor.wrong(`a datatype of class ${first & 15} is none of HDF5's`);
  if (version < 1 || version > 5) throw cursor.wrong(`a datatype of version ${version} is not read`);
  const flags = cursor.unsigned(3);
  const size = cursor.u32();
  if (size === 0) throw cursor.wrong("its elements take no bytes");
  return readClass(cursor, { version, flags, size, depth });
}

function readInteger(cursor: Cursor, { flags, size }: Head): IntegerType {
  const bitOffset = cursor.u16();
  const precision = cursor.u16();
  if (precision === 0 || bitOffset + precision > 8 * size) {
    throw cursor.wrong(`an integer of ${size} bytes has no bits ${bitOffset} to ${bitOffset + precision}`);
  }
  const [bigEndian, signed] = [(flags & 1) !== 0, (flags & 8) !== 0];
  return { kind: "integer", size, bigEndian, signed, bitOffset, precision };
}

function readFloat(cursor: Cursor, { flags, size }: Head): FloatType {
  const bitOffset = cursor.u16();
  const precision = cursor.u16();
  const [exponentAt, exponentBits, mantissaAt, mantissaBits] = [
    cursor.u8(),
    cursor.u8(),
    cursor.u8(),
    cursor.u8(),
  ];
  const bias = cursor.u32();
  const signAt = (flags >> 8) & 255;
  const bits = 8 * size;
  const inside = [bitOffset + precision, exponentAt + exponentBits, mantissaAt + mantissaBits, signAt + 1];
  if (exponentBits === 0 || mantissaBits === 0 || inside.some((end) => end > bits)) {
    throw cursor.wrong(`the parts of a float do not lie in its ${size} bytes`);
  }
  // The library's own check: no float has so many bits to spare.
  if (bits > 1024) throw cursor.wrong(`a float of ${size} bytes is larger than any`);
  return {
    kind: "float",
    size,
    bigEndian: (flags & 1) !== 0,
    vax: (flags & 0x40) !== 0,
    bitOffset,
    precision,
    signAt,
    exponentAt,
    exponentBits,
    mantissaAt,
    mantissaBits,
    bias,
    normalization: (flags >> 4) & 3,
  };
}

function readFixedText(cursor: Cursor, { flags, size }: Head): FixedTextType {
  const padding = (["terminated", "nuls", "spaces"] as const)[flags & 15];
  if (padding === undefined) throw cursor.wrong(`text is filled in the unknown way ${flags & 15}`);
  return { kind: "fixed text", size, padding };
}

function readOpaque(cursor: Cursor, { flags, size }: Head): OpaqueType {
  const tag = cursor.take(flags & 255);
  const end = tag.indexOf(0);
  return { kind: "opaque", size, tag: textOf(end < 0 ? tag : tag.subarray(0, end)) };
}

/** A name: NUL-terminated, and in the older versions filled to a multiple of eight bytes. */
function readName(cursor: Cursor, version: number): string {
  const start = cursor.at;
  const name = textOf(cursor.untilNul());
  if (version < 3) cursor.align(start, 8);
  return name;
}

function readCompound(cursor: Cursor, { version, flags, size, depth }: Head): CompoundType {
  const count = flags & 0xffff;
  const members: CompoundType["members"][number][] = [];
  const names = new Set<string>();
  for (let index = 0; index < count; index++) {
    const name = readName(cursor, version);
    const offset = cursor.unsigned(version < 3 ? 4 : bytesFor(size));
    const dimensions = version === 1 ? readOldDimensions(cursor) : [];
    const element = readDatatype(cursor, depth + 1);
    const type = dimensions.length === 0 ? element : arrayOf(element, dimensions, cursor);
    if (offset + type.size > size) {
      throw cursor.wrong(`the member ${JSON.stringify(name.slice(0, 80))} lies outside its compound`);
    }
    if (names.has(name)) {
      throw cursor.wrong(`two members of a compound are named ${JSON.stringify(name.slice(0, 80))}`);
    }
    names.add(name);
    members.push({ name, offset, type });
  }
  if (count === 0) throw cursor.wrong("a compound has no members");
  return { kind: "compound", size, members };
}

/** Version 1 has the dimensions of a member beside it: up to four. */
function readOldDimensions(cursor: Cursor): number[] {
  const rank = cursor.u8();
  if (rank > 4) throw cursor.wrong(`a member of ${rank} dimensions has more than four`);
  cursor.skip(3 + 4 + 4);
  const dimensions = Array.from({ length: 4 }, () => cursor.u32());
  return dimensions.slice(0, rank);
}

function arrayOf(base: HdfType, dimensions: readonly number[], cursor: Cursor): ArrayType {
  const size = dimensions.reduce((product, length) => product * length, base.size);
  if (!(size > 0 && size < 2 ** 32)) {
    throw cursor.wrong(`an array of (${dimensions.join(", ")}) has no bytes, or more than an element can`);
  }
  return { kind: "array", size, base, dimensions };
}

function readEnumeration(cursor: Cursor, { version, flags, size, depth }: Head): EnumerationType {
  const count = flags & 0xffff;
  const base = readDatatype(cursor, depth + 1);
  if (base.kind !== "integer" || base.size !== size) {
    throw cursor.wrong("an enumeration is not one of integers of its size");
  }
  const names: string[] = [];
  for (let index = 0; index < count; index++) names.push(readName(cursor, version));
  const values: Uint8Array[] = [];
  for (let index = 0; index < count; index++) values.push(cursor.take(size));
  return { kind: "enumeration", size, base, names, values };
}

function readVariableLength(cursor: Cursor, { flags, size, depth }: Head): TextType | SequenceType {
  const base = readDatatype(cursor, depth + 1);
  if ((flags & 15) === 1) return { kind: "text", size };
  if ((flags & 15) !== 0)
    throw cursor.wrong(`a variable-length type of kind ${flags & 15} is none of HDF5's`);
  return { kind: "sequence", size, base };
}

function readArray(cursor: Cursor, { version, size, depth }: Head): ArrayType {
  const rank = cursor.u8();
  if (rank > mostDimensions) throw cursor.wrong(`an array type of ${rank} dimensions has too many`);
  if (version < 3) cursor.skip(3);
  const dimensions = Array.from({ length: rank }, () => cursor.u32());
  if (version < 3) cursor.skip(4 * rank);
  const array = arrayOf(readDatatype(cursor, depth + 1), dimensions, cursor);
  if (array.size !== size) {
    throw cursor.wrong(`an array type of ${size} bytes has elements of ${array.size}: it is damaged`);
  }
  return array;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/**
 * Text that is UTF-8; bytes that are none become what Python's `surrogateescape` makes of them, U+DC80 to U+DCFF.
 */
export function textOf(bytes: Uint8Array): string {
  try {
    return utf8.decode(bytes);
  } catch {
    return escaped(bytes);
  }
}

function escaped(bytes: Uint8Array): string {
  const parts: string[] = [];
  let valid = 0;
  for (let at = 0; at < bytes.byteLength; ) {
    const length = characterLength(bytes, at);
    if (length === 0) {
      if (valid < at) parts.push(utf8.decode(bytes.subarray(valid, at)));
      parts.push(String.fromCharCode(0xdc00 + bytes[at]!));
      valid = at + 1;
    }
    at += Math.max(length, 1);
  }
  parts.push(utf8.decode(bytes.subarray(valid)));
  return parts.join("");
}

/** How many bytes the UTF-8 character at `at` takes, or 0 where there is none. */
function characterLength(bytes: Uint8Array, at: number): number {
  const first = bytes[at]!;
  if (first < 0x80) return 1;
  const length = first < 0xc2 || first > 0xf4 ? 0 : first < 0xe0 ? 2 : first < 0xf0 ? 3 : 4;
  // Of what the first byte allows, surrogates, numbers beyond U+10FFFF and longer forms than needed are left out.
  const lowest = first === 0xe0 ? 0xa0 : first === 0xf0 ? 0x90 : 0x80;
  const highest = first === 0xed ? 0x9f : first === 0xf4 ? 0x8f : 0xbf;
  for (let index = 1; index < length; index++) {
    const next = bytes[at + index];
    const [from, to] = index === 1 ? [lowest, highest] : [0x80, 0xbf];
    if (next === undefined || next < from || next > to) return 0;
  }
  return length;
}
