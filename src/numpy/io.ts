// `load`, `save` and `savez`: what .npy and .npz files hold as arrays, and arrays as such files. Files are paths where
// there is a file system, bytes, blobs and readers everywhere.

import { isOptions } from "../core/arguments.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import type { OpenOptions } from "../files/format.ts";
import { writeNpy, writeNpyTo, writeNpz, writeNpzTo } from "../files/numpy/write.ts";
import { nodeFiles, readAnywhere } from "../files/paths.ts";
import type { ByteSource } from "../files/reader.ts";
import type { Sink } from "../files/sink.ts";
import { type ArrayValue, DictValue, type Value } from "../files/values.ts";
import type { ItemArray } from "./item-array.ts";
import { fromFile, holdsObjects } from "./item-files.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import type { ArrayLike } from "./types.ts";

/** How a file is loaded. */
export interface LoadOptions extends OpenOptions {
  /** False: arrays of Python objects are refused. They are read without it, because nothing in a file is executed. */
  readonly allowPickle?: boolean;
}

/** What a .npz holds: arrays by name. */
export type NpzFile = Map<string, NDArray | ItemArray>;

/** What a pickle holds: Python's None, bool, int, float, str, bytes, list (and tuple), dict, set, any other object. */
export type Pickled =
  | null
  | boolean
  | number
  | bigint
  | string
  | Uint8Array
  | unknown[]
  | Map<unknown, unknown>
  | Set<unknown>
  | Exclude<Value, ArrayValue>;

/** What `load` gives. */
export type Loaded = NDArray | ItemArray | NpzFile | Pickled;

function arrayOf(value: Value, options: LoadOptions): NDArray | ItemArray | Pickled {
  if (options.allowPickle === false && holdsObjects(value)) {
    throw new ValueError("Object arrays cannot be loaded when allow_pickle=False");
  }
  return fromFile(value) as NDArray | ItemArray | Pickled;
}

/**
 * The array of a .npy, or the arrays of a .npz by name (`numpy.load`); of a pickle what was saved.
 * @param file a path (in Node), an address (`https://...`, or a URL), bytes, a Blob, or a reader of a file
 * @throws FormatError when it is missing, damaged or none of these; ValueError for objects that `allowPickle: false`
 *   refuses
 */
export async function load(file: string | ByteSource, options: LoadOptions = {}): Promise<Loaded> {
  const { format, tree } = await readAnywhere(file, options);
  if (format !== "npz" || !(tree instanceof DictValue)) return arrayOf(tree, options);
  const members: NpzFile = new Map();
  for (const [name, value] of tree) {
    members.set(String(name), arrayOf(value, options) as NDArray | ItemArray);
  }
  return members;
}

/** A path with the ending that NumPy adds where it is not there. */
const withEnding = (path: string, ending: string): string =>
  path.endsWith(ending) ? path : `${path}${ending}`;

/** Writes a file piece by piece, whole or not at all. */
async function writeTo(path: string, write: (sink: Sink) => Promise<void>): Promise<void> {
  await (await nodeFiles()).writeFile(path, write);
}

/**
 * Writes an array to a .npy file, in its own order of memory (`numpy.save`): `await save("a.npy", a)`. The file
 * appears whole or not at all.
 * @returns with an array alone: the bytes of the file
 */
export function save(file: string, arr: ArrayLike): Promise<void>;
export function save(arr: ArrayLike): Uint8Array;
export function save(first: string | ArrayLike, arr?: ArrayLike): Promise<void> | Uint8Array {
  if (typeof first !== "string") return writeNpy(asArray(first));
  if (arr === undefined) throw new PythonTypeError("save() missing 1 required positional argument: 'arr'");
  const array = asArray(arr);
  return writeTo(withEnding(first, ".npy"), (sink) => writeNpyTo(sink, array));
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

async function saveArchive(
  args: readonly [string, ...SavedArrays] | SavedArrays,
  compressed: boolean,
): Promise<Uint8Array | undefined> {
  const [path, ...rest] = args;
  if (typeof path !== "string") return writeNpz(named(args as SavedArrays), { compressed });
  const arrays = named(rest as SavedArrays);
  await writeTo(withEnding(path, ".npz"), (sink) => writeNpzTo(sink, arrays, { compressed }));
  return undefined;
}

/**
 * Writes arrays to a .npz file, not compressed (`numpy.savez`): `await savez("a.npz", a, b, { w: c })`.
 * @returns without a path: the bytes of the file
 */
export function savez(file: string, ...arrays: SavedArrays): Promise<undefined>;
export function savez(...arrays: SavedArrays): Promise<Uint8Array>;
export function savez(
  ...args: readonly [string, ...SavedArrays] | SavedArrays
): Promise<Uint8Array | undefined> {
  return saveArchive(args, false);
}

/**
 * Writes arrays to a .npz file, compressed (`numpy.savez_compressed`).
 * @returns without a path: the bytes of the file
 */
export function savezCompressed(file: string, ...arrays: SavedArrays): Promise<undefined>;
export function savezCompressed(...arrays: SavedArrays): Promise<Uint8Array>;
export function savezCompressed(
  ...args: readonly [string, ...SavedArrays] | SavedArrays
): Promise<Uint8Array | undefined> {
  return saveArchive(args, true);
}
