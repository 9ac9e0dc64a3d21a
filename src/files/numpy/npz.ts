// NumPy's .npz: a zip archive of .npy files (numpy.savez). The array of member `w.npy` is named `w`.

import { FormatError } from "../../core/errors.ts";
import type { Limited } from "../limits.ts";
import { bytesReader } from "../reader.ts";
import type { Stored } from "../stored.ts";
import type { ArrayLike } from "../values.ts";
import {
  entryReader,
  prefetchMembers,
  readEntry,
  storedEntry,
  type ZipArchive,
  type ZipEntry,
} from "../zip/archive.ts";
import { firstPiece } from "../zip/deflate.ts";
import { isNpy, readNpy } from "./npy.ts";

/** What an archive of arrays holds. */
export interface NpzContents {
  readonly arrays: Map<string, ArrayLike>;
  /** Members that are no arrays, as they are. */
  readonly others: Map<string, Stored>;
  readonly notes: string[];
}

/** Bytes in which the header of an array usually ends. Of a packed member a whole piece is read. */
const usualHead = ({ deflated }: ZipEntry): number => (deflated ? firstPiece : 256);

/** Why an array has raw bytes, where it may be one of a type that NumPy lacks. */
export function voidNote(name: string, array: ArrayLike): string | undefined {
  if (array.kind !== "void" || (array.width !== 2 && array.width !== 1)) return undefined;
  const types = array.width === 2 ? "bfloat16" : "float8 and int4";
  return `${name} is raw bytes of width ${array.width} (V${array.width}), which is how NumPy saves ${types}`;
}

/**
 * Reads the header of every member of an archive; arrays of numbers are read when they are asked for.
 * @throws FormatError when a member is damaged, or two have one name; on reading also when a checksum does not fit
 */
export async function readNpz(archive: ZipArchive, options: Limited = {}): Promise<NpzContents> {
  const arrays = new Map<string, ArrayLike>();
  const others = new Map<string, Stored>();
  const notes = [...archive.notes];
  await prefetchMembers(archive, usualHead);
  for (const entry of archive.entries) {
    const name = entry.name.replace(/\.npy$/, "");
    if (arrays.has(name) || others.has(name)) {
      throw new FormatError("two members of the archive have this name, less .npy", {
        tensor: name,
        offset: entry.headerStart,
      });
    }
    const array = await readMember(archive, entry, options);
    if (array === undefined) others.set(entry.name, wholeMember(archive, entry, 0, entry.size));
    else {
      arrays.set(name, array);
      const note = voidNote(name, array);
      if (note !== undefined) notes.push(note);
    }
  }
  return { arrays, others, notes };
}

function checkSum(entry: ZipEntry, fits: boolean): void {
  if (fits) return;
  throw new FormatError("the member's checksum (CRC-32) does not fit: it is damaged", {
    tensor: entry.name,
    offset: entry.headerStart,
  });
}

function wholeMember(archive: ZipArchive, entry: ZipEntry, start: number, end: number): Stored {
  return storedEntry(archive, entry, start, end, (fits) => checkSum(entry, fits));
}

/** The array of a member, or undefined where it is none. */
async function readMember(
  archive: ZipArchive,
  entry: ZipEntry,
  options: Limited,
): Promise<ArrayLike | undefined> {
  const reader = entryReader(archive, entry);
  if (!isNpy(await reader.slice(0, Math.min(6, entry.size)))) {
    if (!entry.name.endsWith(".npy")) return undefined;
    throw new FormatError("the member is no .npy, though it is named so", {
      tensor: entry.name,
      offset: entry.headerStart,
    });
  }
  try {
    return (await readNpy(reader, 0, options, memberData(archive, entry))).array;
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { offset } = error.place;
    const where =
      offset === undefined || entry.deflated ? {} : { offset: (await entry.dataStart()) + offset };
    throw new FormatError(error.reason, { tensor: entry.name, ...where });
  }
}

/** How the data of a member are come by, so that its checksum is looked at. */
function memberData(archive: ZipArchive, entry: ZipEntry): Parameters<typeof readNpy>[3] {
  return {
    stored: async (start, end) => wholeMember(archive, entry, start, end),
    whole: async () => {
      const { bytes, fits } = await readEntry(archive, entry);
      checkSum(entry, fits);
      return bytesReader(bytes);
    },
  };
}
