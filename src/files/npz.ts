// NumPy's .npz: a zip archive of .npy files (numpy.savez). The array of member `w.npy` is named `w`.

import { FormatError } from "../core/errors.ts";
import { isNpy, type NpyOptions, readNpy } from "./npy.ts";
import { bytesReader } from "./reader.ts";
import type { ArrayLike } from "./values.ts";
import { readEntry, type ZipArchive, type ZipEntry } from "./zip.ts";

/** What an archive of arrays holds. */
export interface NpzContents {
  readonly arrays: Map<string, ArrayLike>;
  /** Members that are no arrays, as they are. */
  readonly others: Map<string, Uint8Array>;
  readonly notes: string[];
}

/** Why an array has raw bytes, where it may be one of a type that NumPy lacks. */
export function voidNote(name: string, array: ArrayLike): string | undefined {
  if (array.kind !== "void" || (array.width !== 2 && array.width !== 1)) return undefined;
  const types = array.width === 2 ? "bfloat16" : "float8 and int4";
  return `${name} is raw bytes of width ${array.width} (V${array.width}), which is how NumPy saves ${types}`;
}

/**
 * Reads every member of an archive.
 * @throws FormatError when a member is damaged, two have one name, or a checksum does not fit
 */
export async function readNpz(archive: ZipArchive, options: NpyOptions = {}): Promise<NpzContents> {
  const arrays = new Map<string, ArrayLike>();
  const others = new Map<string, Uint8Array>();
  const notes = [...archive.notes];
  for (const entry of archive.entries) {
    const member = await readMember(archive, entry, options);
    const name = entry.name.replace(/\.npy$/, "");
    if (arrays.has(name) || others.has(name)) {
      throw new FormatError("two members of the archive have this name, less .npy", {
        tensor: name,
        offset: entry.dataStart,
      });
    }
    if (member instanceof Uint8Array) others.set(entry.name, member);
    else {
      arrays.set(name, member);
      const note = voidNote(name, member);
      if (note !== undefined) notes.push(note);
    }
  }
  return { arrays, others, notes };
}

async function readMember(
  archive: ZipArchive,
  entry: ZipEntry,
  options: NpyOptions,
): Promise<ArrayLike | Uint8Array> {
  const place = { tensor: entry.name, offset: entry.dataStart };
  const { bytes, fits } = await readEntry(archive, entry);
  if (!fits) throw new FormatError("the member's checksum (CRC-32) does not fit: it is damaged", place);
  if (!isNpy(bytes)) {
    if (entry.name.endsWith(".npy"))
      throw new FormatError("the member is no .npy, though it is named so", place);
    return bytes;
  }
  try {
    return (await readNpy(bytesReader(bytes), 0, options, bytes)).array;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { offset } = error.place;
    const where = offset === undefined || entry.deflated ? {} : { offset: entry.dataStart + offset };
    throw new FormatError(error.reason, { tensor: entry.name, ...where });
  }
}
