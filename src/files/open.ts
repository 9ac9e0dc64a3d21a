// Opens a file of parameters: says what it is by its content, and reads it whole or refuses it.

import { FormatError } from "../core/errors.ts";
import { detect, detectLength } from "./detect.ts";
import { isNpy, type NpyOptions, readNpy } from "./npy.ts";
import { readNpz, voidNote } from "./npz.ts";
import { unpickle } from "./pickle.ts";
import { pythonGlobals } from "./pickle-globals.ts";
import { numpyGlobals } from "./pickle-numpy.ts";
import { type ByteSource, type Reader, readBytes, readerOf } from "./reader.ts";
import { readTorchLegacy } from "./torch-legacy.ts";
import { readTorchZip, torchFolder } from "./torch-zip.ts";
import { type ArrayLike, DictValue, type Value } from "./values.ts";
import { openZip } from "./zip.ts";

/** What a file was found to be. */
export type FileFormat = "npy" | "npz" | "pt" | "pickle";

/** A file that was read. */
export interface Opened {
  /** The file's name, where it has one. */
  readonly file: string | undefined;
  readonly format: FileFormat;
  /** What it holds: an array, a dict of arrays, or whatever was saved. */
  readonly tree: Value;
  /** What a careful reader should know of it, each in a line. */
  readonly notes: readonly string[];
  /** All arrays of a .npy that holds several, one after another; `tree` is the first. */
  readonly sequence?: readonly ArrayLike[];
  /** Members of a .npz that are no arrays. */
  readonly otherMembers?: ReadonlyMap<string, Uint8Array>;
}

/** How a file is opened. */
export interface OpenOptions extends NpyOptions {
  /** The file's name, for messages. */
  readonly name?: string;
  /** Bytes that an archive may unpack to, where the usual bound (256 MiB, or 200 times the file) is too low. */
  readonly maxBytes?: number;
}

/**
 * Reads a file of arrays: .npy, .npz, what torch.save writes and wrote before 1.6, or a pickle. Nothing in it is executed.
 * @throws FormatError with the file, the tensor and the byte, when it is damaged, hostile, or none of these
 */
export async function open(source: ByteSource, options: OpenOptions = {}): Promise<Opened> {
  const reader = readerOf(source, options.name);
  const file = options.name ?? reader.name;
  try {
    return { file, ...(await openReader(reader, options)) };
  } catch (error) {
    if (error instanceof FormatError) throw new FormatError(error.reason, { ...error.place, file });
    // A length that was checked against the file can still be more than this machine has.
    if (error instanceof RangeError)
      throw new FormatError(`it cannot be held in memory: ${error.message}`, { file });
    throw error;
  }
}

async function openReader(reader: Reader, options: OpenOptions): Promise<Omit<Opened, "file">> {
  const head = await readBytes(reader, 0, Math.min(detectLength, reader.byteLength), "the file");
  const container = detect(head);
  if (container === "npy") return openNpy(reader, options);
  if (container === "pickle") return openPickle(reader);
  if (container === "torch stream") return { format: "pt", ...(await readTorchLegacy(reader)) };
  const archive = await openZip(reader, options);
  const folder = torchFolder(archive);
  if (folder !== undefined) return { format: "pt", ...(await readTorchZip(archive, folder)) };
  const { arrays, others, notes } = await readNpz(archive, options);
  if (arrays.size === 0 && others.size > 0) {
    throw new FormatError(
      "this is a zip archive with neither arrays (.npz) nor a folder with data.pkl (torch.save) in it",
    );
  }
  const tree = new DictValue();
  for (const [name, array] of arrays) tree.set(name, array);
  return { format: "npz", tree, notes, otherMembers: others };
}

async function openNpy(reader: Reader, options: OpenOptions): Promise<Omit<Opened, "file">> {
  const first = await readNpy(reader, 0, options);
  const sequence = [first.array];
  const notes: string[] = [];
  let { end } = first;
  while (end < reader.byteLength) {
    const next = await readBytes(reader, end, Math.min(end + 6, reader.byteLength), "what follows");
    if (!isNpy(next)) {
      notes.push(`${reader.byteLength - end} bytes after the array were not read`);
      break;
    }
    const more = await readNpy(reader, end, options);
    sequence.push(more.array);
    end = more.end;
  }
  const note = voidNote("the array", first.array);
  if (note !== undefined) notes.push(note);
  if (sequence.length === 1) return { format: "npy", tree: first.array, notes };
  notes.push(`the file holds ${sequence.length} arrays one after another; the tree is the first`);
  return { format: "npy", tree: first.array, notes, sequence };
}

async function openPickle(reader: Reader): Promise<Omit<Opened, "file">> {
  const bytes = await readBytes(reader, 0, reader.byteLength, "the pickle");
  const { value, end } = unpickle(bytes, { known: [pythonGlobals, numpyGlobals] });
  if (end !== bytes.byteLength) {
    throw new FormatError(`${bytes.byteLength - end} bytes follow the pickle: it is not a pickle alone`, {
      offset: end,
    });
  }
  return { format: "pickle", tree: value, notes: [] };
}
