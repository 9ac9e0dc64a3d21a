// safetensors, as its library 0.8.0 reads it (github.com/huggingface/safetensors): eight bytes with the length of a
// header in JSON, the header, and the tensors' bytes without gaps. What the library refuses is refused; so are a tensor
// written as a list and a dtype written as an object, which it takes by an accident of its JSON library.

import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../../core/layout.ts";
import type { Contents, Format } from "../format.ts";
import { JsonObject, type JsonValue, parseJson } from "../json.ts";
import { type Reader, readBytes } from "../reader.ts";
import { Stored } from "../stored.ts";
import { type ArrayFacts, ArrayValue, DictValue, type RawTensor } from "../values.ts";
import { pairedFloat4, type SafetensorsType, safetensorsTypes } from "./types.ts";

/** Bytes that a header may have. */
export const mostHeaderBytes = 100_000_000;
/** Bytes of the header's length. */
export const lengthBytes = 8;
/** The name under which a header has what is no tensor. */
export const metadataKey = "__metadata__";
/** More than any library's arrays have; none is set by the format. */
const mostDimensions = 1024;

/** What the header says of a tensor. Offsets count from the end of the header. */
interface TensorEntry {
  readonly name: string;
  readonly type: SafetensorsType;
  readonly shape: Shape;
  readonly begin: number;
  readonly end: number;
}

/** True iff the first bytes are a length that a header may have and the beginning of an object in JSON. */
function beginsSafetensors(head: Uint8Array): boolean {
  return mayBeLength(head) && /^[{ \n\r\t]/.test(String.fromCharCode(head[lengthBytes] ?? 0));
}

function mayBeLength(head: Uint8Array): boolean {
  if (head.byteLength <= lengthBytes) return false;
  return headerLength(head) <= BigInt(mostHeaderBytes);
}

/** The header's length, which is the file's first eight bytes. */
function headerLength(head: Uint8Array): bigint {
  return new DataView(head.buffer, head.byteOffset).getBigUint64(0, true);
}

/**
 * safetensors. A header's length can be the first bytes of other formats (640 is those of a pickle, 376 those of zlib's
 * streams); what follows it is not what follows in those.
 */
export const safetensorsFormat: Format = { begins: beginsSafetensors, open: openSafetensors };

/** What no other format knows and is safetensors with a length beyond belief or a header of something else. It is refused. */
export const brokenSafetensorsFormat: Format = {
  begins: (head) =>
    (mayBeLength(head) && head[0] !== 0 && head[lengthBytes] !== 0) ||
    /^\{\s*["}]/.test(String.fromCharCode(...head.subarray(lengthBytes))),
  open: openSafetensors,
};

async function openSafetensors(reader: Reader): Promise<Contents> {
  const { header, dataStart } = await readHeader(reader);
  const notes: string[] = [];
  const metadata = metadataOf(header);
  const entriesOf = (all: Iterable<readonly [string, JsonValue]>): TensorEntry[] =>
    [...all]
      .filter(([name]) => name !== metadataKey)
      .map(([name, value]) => placed(name, () => entryOf(name, value)));
  const [twice] = entriesOf(header.replaced);
  if (twice !== undefined) {
    notes.push(`the header has the name ${JSON.stringify(twice.name)} more than once; the last holds`);
  }
  const entries = entriesOf(header);
  entries.sort((a, b) => a.begin - b.begin || a.end - b.end);
  checkCover(entries, dataStart, reader.byteLength);
  const tree = new DictValue();
  for (const entry of entries) tree.set(entry.name, tensorOf(entry, reader, dataStart));
  for (const [name, kept] of metadata ?? []) {
    // What save_model leaves in place of all names but one of a tied weight.
    if (tree.has(kept) && !tree.has(name))
      notes.push(`${JSON.stringify(name)} was not saved: it is ${JSON.stringify(kept)} (tied weights)`);
  }
  return { format: "safetensors", tree, notes, ...(metadata === undefined ? {} : { metadata }) };
}

async function readHeader(reader: Reader): Promise<{ header: JsonObject; dataStart: number }> {
  const bytes = await readBytes(reader, 0, lengthBytes, "the header's length");
  const length = headerLength(bytes);
  if (length > BigInt(mostHeaderBytes)) {
    throw new FormatError(
      `the header should take ${length} bytes, and safetensors allows ${mostHeaderBytes}: it is damaged, or no safetensors file`,
      { offset: 0 },
    );
  }
  const dataStart = lengthBytes + Number(length);
  const text = await readBytes(reader, lengthBytes, dataStart, "the header");
  const header = parseJson(text, "the header", { start: lengthBytes });
  if (!(header instanceof JsonObject)) {
    throw new FormatError("the header is no JSON object", { offset: lengthBytes });
  }
  return { header, dataStart };
}

function metadataOf(header: JsonObject): Map<string, string> | undefined {
  if (header.isRepeated(metadataKey)) throw new FormatError(`the header has ${metadataKey} twice`);
  const metadata = header.get(metadataKey) ?? null;
  if (metadata === null) return undefined;
  if (!(metadata instanceof JsonObject)) throw new FormatError(`the header's ${metadataKey} is no object`);
  const texts = new Map<string, string>();
  for (const [name, value] of [...metadata.replaced, ...metadata]) {
    if (typeof value !== "string") {
      throw new FormatError(
        `the header's ${metadataKey} has something other than text under ${JSON.stringify(name)}`,
      );
    }
    texts.set(name, value);
  }
  return texts;
}

/** Runs `read`; a refusal names the tensor. */
function placed<T>(tensor: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw new FormatError(error.reason, { tensor, ...error.place });
  }
}

function entryOf(name: string, value: JsonValue): TensorEntry {
  if (!(value instanceof JsonObject)) {
    throw new FormatError("the header has no object with dtype, shape and data_offsets for it");
  }
  for (const field of ["dtype", "shape", "data_offsets"]) {
    if (!value.has(field)) throw new FormatError(`the header does not say its ${field}`);
    if (value.isRepeated(field)) throw new FormatError(`the header says its ${field} twice`);
  }
  const dtype = value.get("dtype")!;
  const type = typeof dtype === "string" ? safetensorsTypes.get(dtype) : undefined;
  if (type === undefined) {
    const known = [...safetensorsTypes.keys()].join(", ");
    const came = typeof dtype === "string" ? JSON.stringify(dtype.slice(0, 40)) : "no text";
    throw new FormatError(`its dtype is ${came}; safetensors has ${known}`);
  }
  const shape = countsOf(value.get("shape")!, "shape");
  const offsets = countsOf(value.get("data_offsets")!, "data_offsets");
  if (shape.length > mostDimensions) {
    throw new FormatError(`its shape has ${shape.length} dimensions, more than ${mostDimensions}`);
  }
  if (offsets.length !== 2) throw new FormatError(`its data_offsets are ${offsets.length} numbers, not two`);
  return { name, type, shape, begin: offsets[0]!, end: offsets[1]! };
}

function countsOf(value: JsonValue, what: string): number[] {
  if (!Array.isArray(value)) throw new FormatError(`its ${what} is no list of counts`);
  return value.map((item) => {
    const count = typeof item === "bigint" ? Number(item) : -1;
    if (Number.isSafeInteger(count) && count >= 0) return count;
    const others = typeof item === "number" ? `${item}, a number that is no integer` : "something else";
    throw new FormatError(
      `its ${what} has ${typeof item === "bigint" ? item : others}, where a count below 2^53 must be`,
    );
  });
}

/** Checks that the tensors take the data from its beginning to the end of the file, each once and all of it. */
function checkCover(entries: readonly TensorEntry[], dataStart: number, fileEnd: number): void {
  let end = 0;
  for (const entry of entries) {
    const place = { tensor: entry.name, offset: dataStart + Math.min(end, entry.begin) };
    if (entry.end < entry.begin) {
      throw new FormatError(`its data_offsets ${entry.begin} to ${entry.end} run backwards`, place);
    }
    if (entry.begin !== end) {
      const what =
        entry.begin < end ? "overlap those before" : `leave ${entry.begin - end} bytes before them unused`;
      throw new FormatError(`its data, at ${entry.begin} to ${entry.end}, ${what}`, place);
    }
    end = entry.end;
    const size = placed(entry.name, () => sizeOf(entry));
    if (end - entry.begin !== size) {
      throw new FormatError(
        `its shape ${listText(entry.shape)} of ${entry.type.name} takes ${size} bytes, and its data_offsets are ${end - entry.begin} apart`,
        place,
      );
    }
  }
  if (dataStart + end > fileEnd) {
    throw new FormatError(
      `the tensors should take ${end} bytes, and the file has ${fileEnd - dataStart} after the header: it is cut short or damaged`,
      { offset: fileEnd },
    );
  }
  if (dataStart + end < fileEnd) {
    throw new FormatError(`${fileEnd - dataStart - end} bytes after the tensors belong to none of them`, {
      offset: dataStart + end,
    });
  }
}

/** Numbers in brackets, the first of many. */
function listText(numbers: readonly number[]): string {
  return `[${numbers.slice(0, 8).join(", ")}${numbers.length > 8 ? ", ..." : ""}]`;
}

/** Bytes of a tensor. */
function sizeOf({ type, shape }: TensorEntry): number {
  const bits = shape.reduce((product, length) => product * length, 1) * type.bits;
  // A length of 0 does not excuse the others: strides are made of them.
  const extent = shape.reduce((product, length) => product * Math.max(length, 1), type.bits);
  if (!Number.isSafeInteger(extent)) {
    throw new FormatError(`its shape ${listText(shape)} has more elements than there can be`);
  }
  if (bits % 8 !== 0) {
    throw new FormatError(`its shape ${listText(shape)} of ${type.name} does not end with a whole byte`);
  }
  return bits / 8;
}

function tensorOf(entry: TensorEntry, reader: Reader, dataStart: number): ArrayValue | RawTensor {
  const { name, type, shape } = entry;
  const stored = Stored.at(reader, dataStart + entry.begin, dataStart + entry.end, name);
  const facts: ArrayFacts = { origin: "torch", storedAs: type.name };
  if (type.dtype !== undefined) return new ArrayValue(stored, Layout.contiguous(type.dtype, shape), facts);
  const raw = (
    dtype: string,
    itemSize: number,
    lengths: Shape,
    more: Partial<ArrayFacts> = {},
  ): RawTensor => ({
    kind: "raw",
    dtype,
    itemSize,
    stored,
    shape: lengths,
    strides: contiguousStrides(lengths),
    offset: 0,
    facts: { ...facts, ...more },
  });
  if (type.name !== "F4") return raw("raw", type.bits / 8, shape);
  const last = shape[shape.length - 1];
  if (last === undefined || last % 2 !== 0) {
    throw new FormatError(
      `its shape is ${listText(shape)}, and PyTorch holds F4 in pairs along the last dimension`,
      { tensor: name },
    );
  }
  return raw(pairedFloat4, 1, [...shape.slice(0, -1), last / 2], { storedShape: shape });
}
