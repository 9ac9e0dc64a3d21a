// Writing .npy and .npz as numpy.save and numpy.savez do, byte for byte where the platform's deflate does not matter.
// numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

import type { DType } from "../../core/dtype.ts";
import { aligned, type Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { permute } from "../../core/layout.ts";
import { contentBytes } from "../content.ts";
import { BytesSink, bytesWritten, type Sink, type WriteOptions, written } from "../sink.ts";
import { ZipWriter } from "../zip/write.ts";

/** The header versions of .npy. */
export type NpyVersion = 1 | 2 | 3;

/** Headers end where the data can begin at a multiple of it. */
const alignment = 64;
/** NumPy leaves room in the header for the first (in Fortran order: last) length to grow to so many digits. */
const growthDigits = 21;

const letters = { bool: "b", unsigned: "u", signed: "i", float: "f", complex: "c" } as const;

/** True iff NumPy has the type: not so bfloat16 and the types of 8 bits. */
export function isNumpyType(dtype: DType): boolean {
  return dtype.kind !== "float" || /^float(16|32|64)$/.test(dtype.name);
}

/** The type string. Types that NumPy lacks (bfloat16, float8) are written as raw bytes, as NumPy itself does. */
export function descrOf(dtype: DType): string {
  if (!isNumpyType(dtype)) return `<V${dtype.itemSize}`;
  return `${dtype.itemSize === 1 ? "|" : "<"}${letters[dtype.kind]}${dtype.itemSize}`;
}

function tupleText(shape: Shape): string {
  return shape.length === 1 ? `(${shape[0]},)` : `(${shape.join(", ")})`;
}

function headerBytes(dtype: DType, fortran: boolean, shape: Shape, version: NpyVersion): Uint8Array {
  const order = fortran ? "True" : "False";
  const text = `{'descr': '${descrOf(dtype)}', 'fortran_order': ${order}, 'shape': ${tupleText(shape)}, }`;
  const growing = fortran ? shape[shape.length - 1] : shape[0];
  const room = growing === undefined ? 0 : Math.max(0, growthDigits - String(growing).length);
  const lengthSize = version === 1 ? 2 : 4;
  const start = 8 + lengthSize;
  const used = start + text.length + room + 1;
  const total = used + (alignment - (used % alignment));
  const bytes = new Uint8Array(total).fill(0x20);
  bytes.set([0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59, version, 0]);
  const length = total - start;
  for (let byte = 0; byte < lengthSize; byte++) bytes[8 + byte] = (length >>> (8 * byte)) & 0xff;
  bytes.set(new TextEncoder().encode(text), start);
  bytes[total - 1] = 0x0a;
  return bytes;
}

/**
 * An array with its axes in the order that NumPy saves: the first one outermost, unless the array lies in Fortran order
 * and not in C order.
 */
export function inFileOrder(operand: Operand): { fortran: boolean; inOrder: Operand } {
  const { storage, layout } = operand.layout.isAligned ? operand : aligned(operand);
  const fortran = layout.isFortranContiguous && !layout.isContiguous;
  const axes = layout.shape.map((_, axis) => axis).reverse();
  return { fortran, inOrder: { storage, layout: fortran ? permute(layout, axes) : layout } };
}

/** Header and elements. */
function npyPieces(operand: Operand, version: NpyVersion): [header: Uint8Array, data: Uint8Array] {
  const { fortran, inOrder } = inFileOrder(operand);
  const { dtype, shape } = operand.layout;
  return [headerBytes(dtype, fortran, shape, version), contentBytes(inOrder)];
}

/** How a .npy is written. */
export interface NpyWriteOptions extends WriteOptions {
  /** Of the header; 1, as NumPy writes unless the header is too long for it. */
  readonly version?: NpyVersion;
}

/** How a .npz is written. */
export interface NpzWriteOptions extends WriteOptions {
  /** Deflates the members, as numpy.savez_compressed does. Default false: stored, as numpy.savez does. */
  readonly compressed?: boolean;
}

/**
 * Writes an array as a .npy file, in its own order of memory. One of an opened file is read when its turn comes.
 * @throws FormatError when the bytes of a file's array are damaged
 */
export async function writeNpyTo(sink: Sink, array: Operand, options: NpyWriteOptions = {}): Promise<void> {
  await written(array, options, async (loaded) => {
    for (const piece of npyPieces(loaded, options.version ?? 1)) await sink.write(piece);
  });
}

/**
 * Writes arrays as a .npz file: a zip archive with a .npy for each, of which one at a time is in memory.
 * @param arrays by name, without `.npy`; in this order
 * @throws ValueError when there are two of one name; FormatError when a file's array is damaged
 */
export async function writeNpzTo(
  sink: Sink,
  arrays: Iterable<readonly [name: string, array: Operand]>,
  options: NpzWriteOptions = {},
): Promise<void> {
  const writer = new ZipWriter(sink);
  const names = new Set<string>();
  for (const [name, array] of arrays) {
    if (names.has(name)) throw new ValueError("two arrays of a .npz have one name");
    names.add(name);
    await written(array, options, async (loaded) => {
      await writer.add(`${name}.npy`, npyPieces(loaded, 1), options.compressed);
    });
  }
  await writer.finish();
}

/** The bytes of a .npy file of an array that is in memory; see `writeNpyTo`. */
export function writeNpy(operand: Operand, options: { readonly version?: NpyVersion } = {}): Uint8Array {
  const sink = new BytesSink();
  for (const piece of npyPieces(operand, options.version ?? 1)) sink.write(piece);
  return sink.bytes();
}

/** The bytes of a .npz file; see `writeNpzTo`. */
export async function writeNpz(
  arrays: Iterable<readonly [name: string, array: Operand]>,
  options: NpzWriteOptions = {},
): Promise<Uint8Array> {
  return bytesWritten((sink) => writeNpzTo(sink, arrays, options));
}
