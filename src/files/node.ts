// Files by path, for Node: what the browser-safe entry has, and the file system.

import { randomBytes } from "node:crypto";
import { fstatSync, readSync } from "node:fs";
import { type FileHandle, open as openHandle, realpath, rename, unlink } from "node:fs/promises";
import { basename, dirname, join, sep } from "node:path";
import { fileURLToPath } from "node:url";
import { FormatError } from "../core/errors.ts";
import type { OpenOptions } from "./format.ts";
import { type ShardOptions, type ShardPlan, writeShards } from "./index-files/shards.ts";
import type { LoadOptions } from "./load.ts";
import { newMemory } from "./memory/node.ts";
import { loadWhole, type Opened, open } from "./open.ts";
import { inBlocks, type Reader } from "./reader.ts";
import { type NamedTensors, type SafetensorsWriteOptions, writeSafetensorsTo } from "./safetensors/write.ts";
import type { MakeFile, Sink } from "./sink.ts";
import { isAddress, type OpenSource } from "./source.ts";

export { hasLargePages } from "./memory/node.ts";

/** What is read without waiting, in bytes. */
const readAtOnce = 2 ** 16;
/** Node reads less than 2 GiB in one call. */
const largestRead = 2 ** 30;

/** A reader over an open file. It must be closed. */
export interface FileReader extends Reader {
  /** Closes the file. */
  close(): Promise<void>;
}

/**
 * Opens a file for reading in parts.
 * @throws FormatError when there is no such file, or it is a folder
 */
export async function fileReader(path: string): Promise<FileReader> {
  let handle: FileHandle;
  try {
    handle = await openHandle(path, "r");
  } catch (error) {
    throw new FormatError(whyNot(error), { file: path });
  }
  const status = fstatSync(handle.fd);
  if (!status.isFile()) {
    await handle.close();
    throw new FormatError(status.isDirectory() ? "this is a folder, not a file" : "this is no regular file", {
      file: path,
    });
  }
  const readInto = async (start: number, target: Uint8Array): Promise<void> => {
    // What is small takes less time to read than to wait for another thread to read it.
    const isSmall = target.byteLength <= readAtOnce;
    if (isSmall && readSync(handle.fd, target, { position: start }) === target.byteLength) return;
    for (let filled = 0; filled < target.byteLength; ) {
      const length = Math.min(target.byteLength - filled, largestRead);
      const { bytesRead } = await handle.read(target, filled, length, start + filled);
      if (bytesRead === 0) throw new FormatError("the file became shorter while it was read", { file: path });
      filled += bytesRead;
    }
  };
  return {
    byteLength: status.size,
    name: path,
    readInto,
    memory: newMemory,
    slice: inBlocks(status.size, async (start, end) => {
      const bytes = new Uint8Array(end - start);
      // A header takes less time to read than to wait for another thread to read it.
      if (
        bytes.byteLength > readAtOnce ||
        readSync(handle.fd, bytes, { position: start }) < bytes.byteLength
      ) {
        await readInto(start, bytes);
      }
      return bytes;
    }),
    close: () => handle.close(),
  };
}

function whyNot(error: unknown): string {
  const code = error instanceof Error && "code" in error ? error.code : undefined;
  if (code === "ENOENT") return "there is no such file";
  if (code === "EACCES" || code === "EPERM") return "the file may not be read: permission denied";
  if (code === "EISDIR") return "this is a folder, not a file";
  return error instanceof Error ? `the file cannot be opened: ${error.message}` : "the file cannot be opened";
}

/** Files that a file names are opened by path; a link that leads away is not followed. */
async function openSibling(path: string, name: string, opened: FileReader[]): Promise<Reader> {
  const folder = await realpath(dirname(path));
  const target = await realpath(join(folder, name)).catch(() => join(folder, name));
  if (target !== folder && !target.startsWith(folder.endsWith(sep) ? folder : folder + sep)) {
    throw new FormatError(`it names the file ${JSON.stringify(name)}, a link that leads out of its folder`);
  }
  const reader = await fileReader(join(dirname(path), name));
  opened.push(reader);
  return reader;
}

/**
 * Opens a file of arrays by its path or address; see `open`. It must be closed.
 * @param source a path, a `file:` URL, or an address as `open` takes it
 * @throws FormatError when it is missing, a folder, damaged, hostile, or of no format that is read
 */
export async function openFile(source: string | URL, options: OpenOptions = {}): Promise<Opened> {
  if (isAddress(String(source))) return open(source, options);
  const { reader, sibling, close } = await openPath(source);
  try {
    const opened = await open(reader, { name: reader.name!, sibling, ...options });
    opened.whenClosed(close);
    return opened;
  } catch (error) {
    await close();
    throw error;
  }
}

/**
 * The reader of a file, and what opens files beside or below it; both are closed together.
 * @param source a path, or a `file:` URL
 * @throws FormatError when it is missing or a folder
 */
export async function openPath(source: string | URL): Promise<Required<OpenSource>> {
  const path = source instanceof URL ? fileURLToPath(source) : source;
  const readers = [await fileReader(path)];
  return {
    reader: readers[0]!,
    sibling: (name) => openSibling(path, name, readers),
    close: async () => {
      for (const reader of readers) await reader.close();
    },
  };
}

/**
 * Reads a file of arrays whole by its path or address; see `read`.
 * @throws FormatError as `openFile` does
 */
export async function readFile(
  source: string | URL,
  options: OpenOptions & LoadOptions = {},
): Promise<Opened> {
  return loadWhole(await openFile(source, options), options);
}

/**
 * Writes files of a folder, all of them or none: to temporary files beside them, which take their names, one after
 * another, once `write` is through.
 * @param write is given what makes a file; when it throws, nothing is left behind
 */
export async function writeFiles(folder: string, write: (make: MakeFile) => Promise<void>): Promise<void> {
  const made: { temporary: string; path: string }[] = [];
  const make: MakeFile = async (name, fill) => {
    const temporary = join(folder, `.${name}.${randomBytes(6).toString("hex")}.tmp`);
    const handle = await openHandle(temporary, "wx");
    made.push({ temporary, path: join(folder, name) });
    try {
      await fill({ write: (bytes) => handle.writeFile(bytes) });
      await handle.sync();
    } finally {
      await handle.close();
    }
  };
  try {
    await write(make);
    for (const { temporary, path } of made) await rename(temporary, path);
  } catch (error) {
    for (const { temporary } of made) await unlink(temporary).catch(() => undefined);
    throw error;
  }
}

/**
 * Writes a file whole or not at all: to a temporary file beside it, which takes its name once `write` is through.
 * @param write is given where the bytes go; when it throws, nothing is left behind
 */
export function writeFile(path: string, write: (sink: Sink) => Promise<void> | void): Promise<void> {
  return writeBeside(path, (make, name) => make(name, write));
}

/**
 * Writes a file and others beside it, all of them or none; see `writeFiles`.
 * @param write is given what makes a file, and the name of the one that the path leads to
 */
export function writeBeside(
  path: string,
  write: (make: MakeFile, name: string) => Promise<void>,
): Promise<void> {
  return writeFiles(dirname(path), (make) => write(make, basename(path)));
}

/** Writes bytes to a file, whole or not at all. */
export function saveFile(path: string, bytes: Uint8Array): Promise<void> {
  return writeFile(path, (sink) => sink.write(bytes));
}

/**
 * Writes tensors as a safetensors file, whole or not at all; see `writeSafetensorsTo`.
 * @throws ValueError and FormatError as it does
 */
export function saveSafetensors(
  path: string,
  tensors: NamedTensors,
  options: SafetensorsWriteOptions = {},
): Promise<void> {
  return writeFile(path, (sink) => writeSafetensorsTo(sink, tensors, options));
}

/**
 * Writes tensors as safetensors files of limited size with an index, all of them or none; see `writeShards`.
 * @returns what went where
 * @throws ValueError and FormatError as it does
 */
export async function saveShards(
  folder: string,
  tensors: NamedTensors,
  options: ShardOptions & SafetensorsWriteOptions = {},
): Promise<ShardPlan> {
  let plan: ShardPlan | undefined;
  await writeFiles(folder, async (make) => {
    plan = await writeShards(make, tensors, options);
  });
  return plan!;
}
