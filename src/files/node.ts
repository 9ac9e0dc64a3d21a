// Files by path, for Node: what the browser-safe entry has, and the file system.

import { randomBytes } from "node:crypto";
import { type FileHandle, open as openHandle, rename, unlink } from "node:fs/promises";
import { basename, dirname, join } from "node:path";
import { FormatError } from "../core/errors.ts";
import { type Opened, type OpenOptions, open } from "./open.ts";
import type { Reader } from "./reader.ts";

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
  const status = await handle.stat();
  if (!status.isFile()) {
    await handle.close();
    throw new FormatError(status.isDirectory() ? "this is a folder, not a file" : "this is no regular file", {
      file: path,
    });
  }
  const readInto = async (start: number, target: Uint8Array): Promise<void> => {
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
    slice: async (start, end) => {
      const bytes = new Uint8Array(end - start);
      await readInto(start, bytes);
      return bytes;
    },
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

/**
 * Reads a file of arrays by its path; see `open`.
 * @throws FormatError when it is missing, a folder, damaged, hostile, or of another format
 */
export async function openFile(path: string, options: OpenOptions = {}): Promise<Opened> {
  const reader = await fileReader(path);
  try {
    return await open(reader, { name: path, ...options });
  } finally {
    await reader.close();
  }
}

/** Writes a file whole or not at all: to a temporary file beside it, which then takes its name. */
export async function saveFile(path: string, bytes: Uint8Array): Promise<void> {
  const temporary = join(dirname(path), `.${basename(path)}.${randomBytes(6).toString("hex")}.tmp`);
  const handle = await openHandle(temporary, "wx");
  try {
    try {
      await handle.writeFile(bytes);
      await handle.sync();
    } finally {
      await handle.close();
    }
    await rename(temporary, path);
  } catch (error) {
    await unlink(temporary).catch(() => undefined);
    throw error;
  }
}
