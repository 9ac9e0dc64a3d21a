// Paths, where there is a file system: the entry for Node is found at run time, so that what rests on this file runs
// unchanged in browsers and is bundled for them without Node's modules. Readers are imported when a file is read.

import { PythonTypeError } from "../core/errors.ts";
import type { OpenOptions } from "./format.ts";
import type * as node from "./node.ts";
import type { Opened } from "./open.ts";
import type { ByteSource } from "./reader.ts";
import { isAddress, type OpenSource } from "./source.ts";

/** The entry for Node: in the sources a file beside this one, in the package by its name, since bundles move code about. */
const nodeEntry: string = import.meta.url.endsWith(".ts") ? "./node.ts" : "weightbridge/files/node";

/**
 * What `weightbridge/files/node` exports.
 * @throws TypeError where there is no file system
 */
export async function nodeFiles(): Promise<typeof node> {
  if (typeof process !== "object" || process.versions?.node === undefined) {
    throw new PythonTypeError("there are no paths in a browser: give bytes, a Blob or a reader");
  }
  return (await import(nodeEntry)) as typeof node;
}

function isPath(source: string | ByteSource): source is string | URL {
  return typeof source === "string"
    ? !isAddress(source)
    : source instanceof URL && source.protocol === "file:";
}

/**
 * Reads a file of arrays whole, from a path, an address (`https://...`, or a URL) or from what holds its bytes; see `read`.
 * @throws FormatError when it is missing, damaged, hostile, or of no format that is read
 */
export async function readAnywhere(source: string | ByteSource, options: OpenOptions = {}): Promise<Opened> {
  if (isPath(source)) return (await nodeFiles()).readFile(source, options);
  const { read } = await import("./open.ts");
  return read(source, options);
}

/**
 * The reader of a file, from a path, an address or what holds its bytes.
 * @throws FormatError when it is missing or cannot be read
 */
export async function openAnywhere(source: string | ByteSource, options: OpenOptions): Promise<OpenSource> {
  if (isPath(source)) return (await nodeFiles()).openPath(source);
  const { openSource } = await import("./source.ts");
  return openSource(source, options);
}
