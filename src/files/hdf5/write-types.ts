// Element types and shapes as HDF5's datatype messages (version 1) and dataspace messages (version 1) have them, in
// the way h5py maps NumPy's types: HDF5 File Format Specification 2.0, IV.A.2.b and IV.A.2.d.

import type { DType } from "../../core/dtype.ts";
import type { Shape } from "../../core/layout.ts";
import { ByteWriter } from "./byte-writer.ts";

/** The class of a datatype, in its low four bits; the high ones are the message's version. */
const classes = {
  integer: 0,
  float: 1,
  string: 3,
  opaque: 5,
  compound: 6,
  enumeration: 8,
  variable: 9,
} as const;

const utf8 = 1;
const paddedWithNuls = 1;

/** Bytes in which a text of variable length is kept: its length, and where in which global heap it lies. */
export const variableSize = 16;

function typeHead(
  kind: keyof typeof classes,
  bits: readonly [number, number, number],
  size: number,
): ByteWriter {
  const writer = new ByteWriter().u8(0x10 | classes[kind]);
  for (const byte of bits) writer.u8(byte);
  return writer.u32(size);
}

function integerType(size: number, signed: boolean): Uint8Array {
  return typeHead("integer", [signed ? 8 : 0, 0, 0], size)
    .u16(0)
    .u16(8 * size)
    .finish();
}

/** Where IEEE's floats have their parts: exponent at a bit and of a width, mantissa of a width, the exponent's bias. */
const floats: ReadonlyMap<number, readonly [at: number, width: number, mantissa: number, bias: number]> =
  new Map([
    [2, [10, 5, 10, 15]],
    [4, [23, 8, 23, 127]],
    [8, [52, 11, 52, 1023]],
  ]);

function floatType(size: number): Uint8Array {
  const [at, width, mantissa, bias] = floats.get(size)!;
  const bits = 8 * size;
  // The mantissa's first bit is implied (2 << 4); the sign is the topmost bit.
  const writer = typeHead("float", [0x20, bits - 1, 0], size)
    .u16(0)
    .u16(bits);
  return writer.u8(at).u8(width).u8(0).u8(mantissa).u32(bias).finish();
}

/** h5py's bool: an enumeration of FALSE and TRUE in a signed byte. */
function boolType(): Uint8Array {
  const writer = typeHead("enumeration", [2, 0, 0], 1).bytes(integerType(1, true));
  for (const name of ["FALSE", "TRUE"]) writer.bytes(memberName(name));
  return writer.u8(0).u8(1).finish();
}

/** h5py's complex numbers: a compound of `r` and `i`. */
function complexType(size: number): Uint8Array {
  const part = floatType(size / 2);
  const writer = typeHead("compound", [2, 0, 0], size);
  for (const [index, name] of ["r", "i"].entries()) {
    // The name, the offset, and no dimensions, which are none.
    writer
      .bytes(memberName(name))
      .u32((index * size) / 2)
      .zeros(28)
      .bytes(part);
  }
  return writer.finish();
}

/** The name of a member, NULs behind it up to a multiple of eight bytes. */
function memberName(name: string): Uint8Array {
  return new ByteWriter().bytes(new TextEncoder().encode(name)).u8(0).pad(8).finish();
}

/** Raw bytes, which is how h5py stores types that NumPy lacks (bfloat16, float8). */
export function opaqueType(size: number): Uint8Array {
  return typeHead("opaque", [0, 0, 0], size).finish();
}

/** Byte strings of one width, shorter ones with NULs behind them. */
export function fixedStringType(width: number): Uint8Array {
  return typeHead("string", [paddedWithNuls, 0, 0], width).finish();
}

/** Text of any length, UTF-8. */
export function variableStringType(): Uint8Array {
  return typeHead("variable", [1, utf8, 0], variableSize).bytes(integerType(1, false)).finish();
}

/** True iff HDF5 has no type for these elements: they are stored as raw bytes, with an attribute that names the type. */
export function isOpaque(dtype: DType): boolean {
  return dtype.kind === "float" && !/^float(16|32|64)$/.test(dtype.name);
}

/** The datatype of an array's elements. */
export function elementType(dtype: DType): Uint8Array {
  if (isOpaque(dtype)) return opaqueType(dtype.itemSize);
  switch (dtype.kind) {
    case "bool":
      return boolType();
    case "float":
      return floatType(dtype.itemSize);
    case "complex":
      return complexType(dtype.itemSize);
    default:
      return integerType(dtype.itemSize, dtype.kind === "signed");
  }
}

/** The dataspace of a shape; `()` is a scalar's. Lengths are said to be the largest there can be, as h5py says. */
export function dataspace(shape: Shape): Uint8Array {
  const writer = new ByteWriter()
    .u8(1)
    .u8(shape.length)
    .u8(shape.length === 0 ? 0 : 1)
    .zeros(5);
  for (const length of [...shape, ...shape]) writer.u64(length);
  return writer.finish();
}
