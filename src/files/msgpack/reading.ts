// MessagePack (github.com/msgpack/msgpack, spec.md): one object after another, each begun by a byte that says what it is
// and how long. Bytes that need not be looked at are passed over, not read.

import { FormatError } from "../../core/errors.ts";
import { beyondLimit, type Limits } from "../limits.ts";
import { type Reader, readBytes, requireBytes } from "../reader.ts";
import { DictValue, type Value } from "../values.ts";

/** Where an extension's bytes lie, and what type it is of. */
export interface Extension {
  readonly type: number;
  readonly start: number;
  readonly end: number;
}

/** Turns an extension into a value. @throws FormatError for one that is not known */
export type ExtensionReader = (extension: Extension) => Promise<Value>;

/** What the first byte of an object tells: its kind, and its length or in how many bytes that follows. */
type Head =
  | { readonly kind: "value"; readonly value: Value }
  | { readonly kind: "int" | "uint" | "float"; readonly bytes: number }
  | { readonly kind: "text" | "bytes" | "list" | "map"; readonly length: number | LengthBytes }
  | { readonly kind: "extension"; readonly length: number | LengthBytes };

interface LengthBytes {
  readonly bytes: number;
}

/** The first bytes from 0xc0 to 0xdf, in order; 0xc1 is never used. */
const heads: readonly (Head | undefined)[] = [
  { kind: "value", value: null },
  undefined,
  { kind: "value", value: false },
  { kind: "value", value: true },
  ...[1, 2, 4].map((bytes): Head => ({ kind: "bytes", length: { bytes } })),
  ...[1, 2, 4].map((bytes): Head => ({ kind: "extension", length: { bytes } })),
  ...[4, 8].map((bytes): Head => ({ kind: "float", bytes })),
  ...[1, 2, 4, 8].map((bytes): Head => ({ kind: "uint", bytes })),
  ...[1, 2, 4, 8].map((bytes): Head => ({ kind: "int", bytes })),
  ...[1, 2, 4, 8, 16].map((length): Head => ({ kind: "extension", length })),
  ...[1, 2, 4].map((bytes): Head => ({ kind: "text", length: { bytes } })),
  ...[2, 4].map((bytes): Head => ({ kind: "list", length: { bytes } })),
  ...[2, 4].map((bytes): Head => ({ kind: "map", length: { bytes } })),
];

function headOf(byte: number): Head | undefined {
  if (byte < 0x80) return { kind: "value", value: byte };
  if (byte < 0x90) return { kind: "map", length: byte & 0x0f };
  if (byte < 0xa0) return { kind: "list", length: byte & 0x0f };
  if (byte < 0xc0) return { kind: "text", length: byte & 0x1f };
  if (byte >= 0xe0) return { kind: "value", value: byte - 0x100 };
  return heads[byte - 0xc0];
}

const decoder: TextDecoder = new TextDecoder("utf-8", { fatal: true });

/** Objects of a file, or of a part of it, one after another. */
export class MessageReader {
  /** Where the next object begins. */
  position: number;
  private readonly reader: Reader;
  private readonly end: number;
  private readonly limits: Required<Limits>;
  private readonly notes: string[];
  private readonly isPart: boolean;
  private values = 0;

  constructor(reader: Reader, start: number, end: number, limits: Required<Limits>, notes: string[]) {
    this.reader = reader;
    this.position = start;
    this.isPart = start > 0;
    this.end = end;
    this.limits = limits;
    this.notes = notes;
  }

  /**
   * The next object.
   * @throws FormatError when it is cut short, is damaged, or holds more than is allowed
   */
  async next(extension: ExtensionReader, depth = 0): Promise<Value> {
    const head = await this.head(depth);
    switch (head.kind) {
      case "value":
        return head.value;
      case "int":
      case "uint":
      case "float":
        return this.number(head.kind, head.bytes);
      case "text":
        return this.text(await this.length(head.length));
      case "bytes":
        return Uint8Array.from(await this.take(await this.length(head.length), "the bytes"));
      case "extension":
        return extension(await this.extension(head.length));
      case "list":
        return this.list(await this.count(head.length, 1), extension, depth);
      case "map":
        return this.map(await this.count(head.length, 2), extension, depth);
    }
  }

  /** Where the bytes of the next object lie, which must be bytes (or text): they are not read. @throws FormatError */
  async nextBytes(): Promise<{ readonly start: number; readonly end: number }> {
    const at = this.position;
    const head = await this.head(0);
    if (head.kind !== "bytes" && head.kind !== "text")
      throw new FormatError(`there is ${named[head.kind]} where an array's bytes must be`, { offset: at });
    const length = await this.length(head.length);
    return this.pass(length, "the array's bytes");
  }

  /** How many objects the next one, a list, holds. @throws FormatError where it is no list */
  async nextListLength(): Promise<number> {
    const at = this.position;
    const head = await this.head(0);
    if (head.kind !== "list")
      throw new FormatError(`there is ${named[head.kind]} where a list must be`, { offset: at });
    return this.count(head.length, 1);
  }

  private async head(depth: number): Promise<Head> {
    if (++this.values > this.limits.values)
      throw beyondLimit("the file holds too many values", "values", this.limits.values);
    if (depth > this.limits.depth)
      throw beyondLimit("what the file holds is nested too deep", "depth", this.limits.depth);
    const at = this.position;
    const [byte] = await this.take(1, "an object");
    const head = headOf(byte!);
    if (head === undefined)
      throw new FormatError("the byte 0xc1 begins no object of MessagePack", { offset: at });
    return head;
  }

  private async take(length: number, what: string): Promise<Uint8Array> {
    const { start, end } = this.pass(length, what);
    return readBytes(this.reader, start, end, what);
  }

  private pass(length: number, what: string): { start: number; end: number } {
    const start = this.position;
    const end = start + length;
    if (end > this.end && this.isPart) {
      throw new FormatError(
        `${what} should take ${length} bytes, and ${this.end - start} are left of what holds it`,
        {
          offset: start,
        },
      );
    }
    requireBytes(this.reader, start, end, what);
    this.position = end;
    return { start, end };
  }

  private async length(length: number | LengthBytes): Promise<number> {
    if (typeof length === "number") return length;
    return Number(await this.number("uint", length.bytes));
  }

  /** A count of objects, each of which takes at least so many bytes. */
  private async count(length: number | LengthBytes, bytesEach: number): Promise<number> {
    const at = this.position;
    const count = await this.length(length);
    const left = this.end - this.position;
    if (count * bytesEach > left) {
      throw new FormatError(
        `it should hold ${count} objects, and ${left} bytes are left: it is cut short or damaged`,
        { offset: at },
      );
    }
    return count;
  }

  private async number(kind: "int" | "uint" | "float", bytes: number): Promise<number | bigint> {
    const taken = await this.take(bytes, "a number");
    const view = new DataView(taken.buffer, taken.byteOffset, bytes);
    if (kind === "float") return bytes === 4 ? view.getFloat32(0) : view.getFloat64(0);
    if (bytes === 8) {
      const value = kind === "int" ? view.getBigInt64(0) : view.getBigUint64(0);
      return Number.isSafeInteger(Number(value)) ? Number(value) : value;
    }
    let value = 0;
    for (let i = 0; i < bytes; i++) value = value * 256 + view.getUint8(i);
    return kind === "int" && value >= 2 ** (8 * bytes - 1) ? value - 2 ** (8 * bytes) : value;
  }

  private async text(length: number): Promise<string> {
    const at = this.position;
    const bytes = await this.take(length, "the text");
    try {
      return decoder.decode(Uint8Array.from(bytes));
    } catch {
      throw new FormatError("the text is not UTF-8", { offset: at });
    }
  }

  private async extension(length: number | LengthBytes): Promise<Extension> {
    const size = await this.length(length);
    const type = Number(await this.number("int", 1));
    return { type, ...this.pass(size, "the extension") };
  }

  private async list(count: number, extension: ExtensionReader, depth: number): Promise<Value[]> {
    const items: Value[] = [];
    for (let i = 0; i < count; i++) items.push(await this.next(extension, depth + 1));
    return items;
  }

  private async map(count: number, extension: ExtensionReader, depth: number): Promise<DictValue> {
    const map = new DictValue();
    for (let i = 0; i < count; i++) {
      const at = this.position;
      const key = await this.next(extension, depth + 1);
      if (typeof key === "object" && key !== null)
        throw new FormatError("a key of a map is no text and no number", { offset: at });
      const value = await inTensor(key, () => this.next(extension, depth + 1));
      if (map.has(key))
        this.notes.push(`a map has the key ${JSON.stringify(String(key))} twice; the last holds`);
      map.set(key, value);
    }
    return map;
  }
}

const named: Readonly<Record<Head["kind"], string>> = {
  value: "a value",
  int: "a number",
  uint: "a number",
  float: "a number",
  text: "text",
  bytes: "bytes",
  list: "a list",
  map: "a map",
  extension: "an extension",
};

/** Runs `read`; a refusal names the keys under which it lies. */
async function inTensor<T>(key: Value, read: () => Promise<T>): Promise<T> {
  try {
    return await read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { tensor } = error.place;
    const path = tensor === undefined ? String(key) : `${key}/${tensor}`;
    // Names as long as a hostile file makes them help nobody.
    throw new FormatError(error.reason, { ...error.place, tensor: path.slice(0, 200) });
  }
}
