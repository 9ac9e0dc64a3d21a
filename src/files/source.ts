// What files are opened from: memory, Blobs, addresses, what fetch gave. Each becomes a reader.

import { FormatError, PythonTypeError } from "../core/errors.ts";
import type { OpenOptions } from "./format.ts";
import { type ByteSource, blobReader, bytesReader, partReader, type Reader } from "./reader.ts";
import { safeName } from "./sibling.ts";

/** Something that files are opened from, as a reader. */
export interface OpenSource {
  readonly reader: Reader;
  /** Opens a file beside or below it, where it has a place. */
  readonly sibling?: (name: string) => Promise<Reader>;
  readonly close?: () => Promise<void>;
}

/** True iff a text is the address of a file, and no path. */
export function isAddress(text: string): boolean {
  return /^(https?|blob):/i.test(text);
}

/**
 * The reader of anything that files are opened from.
 * @throws FormatError when an address cannot be read, or what comes is longer than is kept in memory
 */
export async function openSource(source: ByteSource | string, options: OpenOptions): Promise<OpenSource> {
  const { name } = options;
  if (typeof source === "string" || source instanceof URL) return openAddress(source, options);
  if (source instanceof Blob) return { reader: blobReader(source, name) };
  if (source instanceof Response) return { reader: await responseReader(source, options) };
  if (source instanceof ReadableStream) return { reader: await streamReader(source, options, name) };
  if (ArrayBuffer.isView(source) || source instanceof ArrayBuffer || isShared(source)) {
    return { reader: bytesReader(source, name) };
  }
  return { reader: named(source, name) };
}

function isShared(source: object): source is SharedArrayBuffer {
  return typeof SharedArrayBuffer !== "undefined" && source instanceof SharedArrayBuffer;
}

function named(reader: Reader, name: string | undefined): Reader {
  return name === undefined || name === reader.name ? reader : partReader(reader, 0, reader.byteLength, name);
}

async function openAddress(source: string | URL, options: OpenOptions): Promise<OpenSource> {
  if (!isAddress(String(source))) {
    throw new PythonTypeError(
      `open takes bytes, a Blob, a reader or an http address, not ${JSON.stringify(String(source).slice(0, 100))}; a path is opened by openFile of weightbridge/files/node`,
    );
  }
  if (/^blob:/i.test(String(source))) {
    const blob = await (await fetch(source)).blob();
    return { reader: blobReader(blob, options.name) };
  }
  const { addressOf, urlReader } = await import("./http/reader.ts");
  const address = addressOf(source);
  const readers = [await urlReader(address, options.http)];
  return {
    reader: named(readers[0]!, options.name),
    sibling: async (name) => {
      const reader = await urlReader(besideAddress(address, name), options.http);
      readers.push(reader);
      return reader;
    },
    close: async () => {
      for (const reader of readers) await reader.close();
    },
  };
}

/**
 * The address of a file beside or below another: of the same server, with the same query.
 * @throws FormatError when the name leads elsewhere
 */
export function besideAddress(address: URL, name: string): URL {
  const path = safeName(name).split("/").map(encodeURIComponent).join("/");
  const folder = address.pathname.slice(0, address.pathname.lastIndexOf("/") + 1);
  const beside = new URL(address);
  beside.pathname = folder + path;
  beside.hash = "";
  if (
    beside.origin !== address.origin ||
    !beside.pathname.startsWith(folder) ||
    address.protocol === "blob:"
  ) {
    throw new FormatError(`it names the file ${JSON.stringify(name)}, which does not lie beside or below it`);
  }
  return beside;
}

/** The body of an answer, read whole: `await open(await fetch(...))`. */
async function responseReader(response: Response, options: OpenOptions): Promise<Reader> {
  const { shownAddress } = await import("./http/request.ts");
  const name = options.name ?? (response.url === "" ? undefined : shownAddress(new URL(response.url)));
  if (!response.ok) {
    await response.body?.cancel();
    throw new FormatError(`the server answered ${response.status} ${response.statusText}`.trimEnd(), {
      file: name,
    });
  }
  return response.body === null
    ? bytesReader(new Uint8Array(0), name)
    : streamReader(response.body, options, name);
}

async function streamReader(
  stream: ReadableStream<Uint8Array>,
  options: OpenOptions,
  name: string | undefined,
): Promise<Reader> {
  const { collect, defaultMaxBytes } = await import("./http/request.ts");
  const most = options.http?.maxBytes ?? defaultMaxBytes;
  const reader = stream.getReader();
  const bytes = await collect(async () => {
    try {
      return (await reader.read()).value;
    } catch (error) {
      const reason = error instanceof Error ? error.message : String(error);
      throw new FormatError(`the stream broke off: ${reason.replace(/\s+/g, " ").slice(0, 200)}`, {
        file: name,
      });
    }
  }, most);
  if (bytes !== undefined) return bytesReader(bytes, name);
  await reader.cancel().catch(() => undefined);
  throw new FormatError(
    `the stream gives more than ${most} bytes, which are kept in memory; if that is meant, give http.maxBytes`,
    { file: name },
  );
}
