// Opens a file of parameters: says what it is by its content, and what it holds, or refuses it. Tensors' bytes are read
// when they are asked for, and all at once by `read`.

import { FormatError } from "../core/errors.ts";
import { isZip, unknownFile } from "./detect.ts";
import { type Contents, headLength, type OpenContext, type OpenOptions } from "./format.ts";
import { formats, zipFormats } from "./formats.ts";
import { type LoadOptions, loadAll, storedOf } from "./load.ts";
import { type ByteSource, type Reader, readBytes } from "./reader.ts";
import { siblingsOf } from "./sibling.ts";
import { openSource } from "./source.ts";
import type { Stored } from "./stored.ts";
import type { ArrayLike } from "./values.ts";
import { checkHeaders, openZip } from "./zip/archive.ts";

/** A file that was opened: what it holds, the bytes of its tensors when they are asked for. */
export class Opened {
  /** The file's name, where it has one. */
  readonly file: string | undefined;
  readonly format: Contents["format"];
  readonly tree: Contents["tree"];
  readonly notes: string[];
  readonly byteOrder: Contents["byteOrder"];
  readonly sequence: Contents["sequence"];
  readonly otherMembers: Contents["otherMembers"];
  readonly framework: Contents["framework"];
  readonly metadata: Contents["metadata"];
  readonly weightMap: Contents["weightMap"];
  readonly attributes: Contents["attributes"];
  readonly links: Contents["links"];
  readonly layers: Contents["layers"];
  readonly constants: Contents["constants"];
  readonly sparse: Contents["sparse"];
  readonly nodes: Contents["nodes"];
  private readonly closers: (() => Promise<void>)[] = [];
  private readonly check: () => Promise<void>;

  constructor(contents: Contents, file: string | undefined) {
    this.file = file;
    this.format = contents.format;
    this.tree = contents.tree;
    this.notes = contents.notes;
    this.byteOrder = contents.byteOrder;
    this.sequence = contents.sequence;
    this.otherMembers = contents.otherMembers;
    this.framework = contents.framework;
    this.metadata = contents.metadata;
    this.weightMap = contents.weightMap;
    this.attributes = contents.attributes;
    this.links = contents.links;
    this.layers = contents.layers;
    this.check = contents.check ?? (async () => {});
    this.constants = contents.constants;
    this.sparse = contents.sparse;
    this.nodes = contents.nodes;
    if (contents.close !== undefined) this.closers.push(contents.close);
  }

  /** All storages of the file. */
  storages(): Set<Stored> {
    return new Set([
      ...storedOf(this.tree),
      ...[...(this.sequence ?? []), ...this.inNodes()].flatMap((array) => [...storedOf(array)]),
      ...(this.otherMembers?.values() ?? []),
    ]);
  }

  /** Tensors of an ONNX model that are no plain initializers. */
  private inNodes(): ArrayLike[] {
    return [...(this.constants?.values() ?? []), ...(this.sparse?.values() ?? [])];
  }

  /**
   * Reads the bytes of every tensor that has not been read yet.
   * @throws FormatError when some are damaged
   */
  async load(options: LoadOptions = {}): Promise<this> {
    await inFile(this.file, async () => {
      await loadAll(this.storages(), options);
      await this.check();
    });
    return this;
  }

  /** Has something closed together with the file. */
  whenClosed(close: () => Promise<void>): void {
    this.closers.push(close);
  }

  /** Closes the file: what has not been read by then cannot be. Bytes in memory stay. */
  async close(): Promise<void> {
    for (const close of this.closers.splice(0)) await close();
  }
}

/** Runs `work`; a refusal says the file's name. */
async function inFile<T>(file: string | undefined, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (error) {
    if (error instanceof FormatError) {
      throw new FormatError(error.reason, { ...error.place, file: error.place.file ?? file });
    }
    // A length that was checked against the file can still be more than this machine has.
    if (error instanceof RangeError)
      throw new FormatError(`it cannot be held in memory: ${error.message}`, { file });
    throw error;
  }
}

/**
 * Opens a file of arrays or parameters that Python saved. Its headers are read; the bytes of a tensor when they are
 * asked for (`load`). Nothing in it is executed.
 * @param source bytes, a Blob or File, a reader, an http address (read in parts, where the server gives them), what
 *   `fetch` gave, a stream (both read whole)
 * @throws FormatError with the file, the tensor and the byte, when it is damaged, hostile, or of no format that is read
 */
export async function open(source: ByteSource | string, options: OpenOptions = {}): Promise<Opened> {
  const { reader, sibling, close } = await openSource(source, options);
  const file = options.name ?? reader.name;
  try {
    const context = sibling === undefined ? options : { sibling, ...options };
    const opened = await inFile(file, async () => new Opened(await openReader(reader, context), file));
    if (close !== undefined) opened.whenClosed(close);
    return opened;
  } catch (error) {
    await close?.();
    throw error;
  }
}

/**
 * Reads a file whole: opens it, reads every tensor, closes it.
 * @throws FormatError as `open` does
 */
export async function read(
  source: ByteSource | string,
  options: OpenOptions & LoadOptions = {},
): Promise<Opened> {
  return loadWhole(await open(source, options), options);
}

/** Reads every tensor of an opened file, and closes it. */
export async function loadWhole(opened: Opened, options: LoadOptions): Promise<Opened> {
  try {
    return await opened.load(options);
  } finally {
    await opened.close();
  }
}

/** Files that may lie in one another, or name one another. */
const mostFilesDeep = 4;

async function openReader(reader: Reader, options: OpenOptions, depth = 1): Promise<Contents> {
  if (depth > mostFilesDeep) {
    throw new FormatError(`files lie in one another, or name one another, more than ${mostFilesDeep} deep`);
  }
  const head = await readBytes(reader, 0, Math.min(headLength, reader.byteLength), "the file");
  const context: OpenContext = {
    options,
    sibling: siblingsOf(options),
    inner: (inside) => openReader(inside, options, depth + 1),
  };
  if (isZip(head)) return openArchive(reader, context);
  for (const format of formats) {
    if (await format.begins(head, reader)) return format.open(reader, context);
  }
  throw unknownFile(head);
}

async function openArchive(reader: Reader, context: OpenContext): Promise<Contents> {
  const archive = await openZip(reader, context.options);
  const format = zipFormats.find((each) => each.claims(archive));
  if (format === undefined) {
    throw new FormatError(
      "this is a zip archive with neither arrays (.npz) nor a folder with data.pkl (torch.save) in it",
    );
  }
  const contents = await format.open(archive, context);
  return { ...contents, check: () => checkHeaders(archive) };
}
