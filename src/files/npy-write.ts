// Writing .npy and .npz as numpy.save and numpy.savez do, byte for byte where the platform's deflate does not matter.
// numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

import type { DType } from "../core/dtype.ts";
import { aligned, type Operand } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { permute } from "../core/layout.ts";
import { contentBytes } from "./content.ts";
import { writeZip } from "./zip-write.ts";

/** The header versions of .npy. */
export type NpyVersion = 1 | 2 | 3;

/** Headers end where the data can begin at a multiple of it. */
const alignment = 64;
/** NumPy leaves room in the header for the first (in Fortran order: last) length to grow to so many digits. */
const growthDigits = 21;

const letters = { bool: "b", unsigned: "u", signed: "i", float: "f", complex: "c" } as const;

/** The type string. Types that NumPy lacks (bfloat16, float8) are written as raw bytes, as NumPy itself does. */
function descrOf(dtype: DType): string {
  const isKnown = dtype.kind !== "float" || /^float(16|32|64)$/.test(dtype.name);
  if (!isKnown) return `<V${dtype.itemSize}`;
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
 * The bytes of a .npy file of an array. The order is kept: Fortran order where the array lies so and not in C order.
 * @param options.version of the header; 1, as NumPy writes unless the header is too long for it
 */
export function writeNpy(operand: Operand, options: { readonly version?: NpyVersion } = {}): Uint8Array {
  const { storage, layout } = operand.layout.isAligned ? operand : aligned(operand);
  const fortran = layout.isFortranContiguous && !layout.isContiguous;
  const inOrder = fortran ? permute(layout, layout.shape.map((_, axis) => axis).reverse()) : layout;
  const data = contentBytes({ storage, layout: inOrder });
  const header = headerBytes(layout.dtype, fortran, layout.shape, options.version ?? 1);
  const bytes = new Uint8Array(header.byteLength + data.byteLength);
  bytes.set(header);
  bytes.set(data, header.byteLength);
  return bytes;
}

/**
 * The bytes of a .npz file: a zip archive with a .npy for each array, stored, or deflated as numpy.savez_compressed has them.
 * @param arrays by name, without `.npy`; in this order
 * @throws ValueError when there are two of one name
 */
export async function writeNpz(
  arrays: Iterable<readonly [name: string, array: Operand]>,
  options: { readonly compressed?: boolean } = {},
): Promise<Uint8Array> {
  const members = [...arrays].map(([name, array]) => ({ name: `${name}.npy`, bytes: writeNpy(array) }));
  if (new Set(members.map((member) => member.name)).size !== members.length) {
    throw new ValueError("two arrays of a .npz have one name");
  }
  return writeZip(members, options);
}
