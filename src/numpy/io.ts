// `load`, `save` and `savez` on bytes: what .npy and .npz files hold as arrays, and arrays as such files. Nothing here
// has a file system: bytes, blobs and readers come in, bytes go out; paths are in `weightbridge/files/node`.

import { isOptions } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { writeNpy, writeNpz } from "../files/npy-write.ts";
import { type OpenOptions, open } from "../files/open.ts";
import type { ByteSource } from "../files/reader.ts";
import { ArrayValue, DictValue, type Value } from "../files/values.ts";
import { asArray } from "./make.ts";
import { NDArray } from "./ndarray.ts";
import type { ArrayLike } from "./types.ts";

/** How a file is loaded. */
export interface LoadOptions extends OpenOptions {
  /** False: arrays of Python objects are refused. They are read without it, because nothing in a file is executed. */
  readonly allowPickle?: boolean;
}

/** What a .npz holds: arrays by name. Those of text, dates, structures or objects are as `weightbridge/files` has them. */
export type NpzFile = Map<string, Exclude<Value, ArrayValue> | NDArray>;

/** What `load` gives. */
export type Loaded = Exclude<Value, ArrayValue> | NDArray | NpzFile;

function arrayOf(value: Value, options: LoadOptions): Exclude<Value, ArrayValue> | NDArray {
  if (value instanceof ArrayValue) return new NDArray(value.storage, value.layout);
  const isObjects = typeof value === "object" && value !== null && "kind" in value && value.kind === "object";
  if (isObjects && options.allowPickle === false) {
    throw new ValueError("Object arrays cannot be loaded when allow_pickle=False");
  }
  return value;
}

/**
 * The array of a .npy, or the arrays of a .npz by name (`numpy.load`); of a pickle what was saved.
 * @param source bytes, a Blob, or a reader of a file
 * @throws FormatError when it is damaged or none of these; ValueError for objects that `allowPickle: false` refuses
 */
export async function load(source: ByteSource, options: LoadOptions = {}): Promise<Loaded> {
  const { format, tree } = await open(source, options);
  if (format !== "npz" || !(tree instanceof DictValue)) return arrayOf(tree, options);
  const file: NpzFile = new Map();
  for (const [name, value] of tree) file.set(String(name), arrayOf(value, options));
  return file;
}

/** The bytes of a .npy file of the array, in its own order of memory (`numpy.save`). */
export function save(arr: ArrayLike): Uint8Array {
  return writeNpy(asArray(arr));
}

/** Arrays to save: by position (`arr_0`, `arr_1`, ...), then by name. */
export type SavedArrays = readonly (ArrayLike | Readonly<Record<string, ArrayLike>>)[];

function named(arrays: SavedArrays): [string, NDArray][] {
  const last = arrays.at(-1);
  const byName = isOptions(last) ? (last as Readonly<Record<string, ArrayLike>>) : {};
  const listed = (isOptions(last) ? arrays.slice(0, -1) : arrays) as readonly ArrayLike[];
  const taken = listed.findIndex((_, i) => `arr_${i}` in byName);
  if (taken !== -1) throw new ValueError(`Cannot use un-named variables and keyword arr_${taken}`);
  return [
    ...listed.map((array, i): [string, NDArray] => [`arr_${i}`, asArray(array)]),
    ...Object.entries(byName).map(([name, array]): [string, NDArray] => [name, asArray(array)]),
  ];
}

/** The bytes of a .npz file of the arrays, not compressed (`numpy.savez`): `savez(a, b, { w: c })`. */
export function savez(...arrays: SavedArrays): Promise<Uint8Array> {
  return writeNpz(named(arrays));
}

/** The bytes of a .npz file of the arrays, compressed (`numpy.savez_compressed`). */
export function savezCompressed(...arrays: SavedArrays): Promise<Uint8Array> {
  return writeNpz(named(arrays), { compressed: true });
}
