// What Flax saves (flax.serialization.to_bytes, Flax 0.12): MessagePack with extensions for arrays (1), complex numbers
// (2) and NumPy's scalars (3), and dicts in place of arrays beyond a gibibyte, which are saved in pieces.

import { dtypeByName } from "../../core/dtype.ts";
import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import type { Contents, Format, OpenContext } from "../format.ts";
import { limitsOf } from "../limits.ts";
import { memoryFor, type Reader } from "../reader.ts";
import { Stored } from "../stored.ts";
import {
  type ArrayFacts,
  ArrayValue,
  ComplexValue,
  DictValue,
  type RawTensor,
  type Value,
} from "../values.ts";
import { type Extension, MessageReader } from "./reading.ts";

/** Types of Flax's extensions. */
const arrayType = 1;
const complexType = 2;
const scalarType = 3;

/** The key that marks an array in pieces. */
const chunkedKey = "__msgpack_chunked_array__";

/** More than NumPy's arrays have. */
const mostDimensions = 64;

/** True iff the bytes begin a map whose first key is a name, or an array of Flax's. */
function beginsMessage(head: Uint8Array): boolean {
  const [first = 0] = head;
  if (first >= 0x81 && first <= 0x8f) return beginsName(head, 1);
  if (first === 0xde) return beginsName(head, 3);
  if (first === 0xdf) return beginsName(head, 5);
  const typeAt = first >= 0xd4 && first <= 0xd8 ? 1 : [2, 3, 5][first - 0xc7];
  // The array itself is a list of three.
  return typeAt !== undefined && head[typeAt] === arrayType && head[typeAt + 1] === 0x93;
}

/** True iff text begins there that could be a name: some letters, no control characters. */
function beginsName(head: Uint8Array, at: number): boolean {
  const byte = head[at] ?? 0;
  const [start, length] = byte === 0xd9 ? [at + 2, head[at + 1] ?? 0] : [at + 1, byte - 0xa0];
  if (byte !== 0xd9 && (byte < 0xa0 || byte > 0xbf)) return false;
  const name = head.subarray(start, start + length);
  return length > 0 && name.every((letter) => letter >= 0x20 && letter !== 0x7f);
}

async function openMessage(reader: Reader, context: OpenContext): Promise<Contents> {
  const limits = limitsOf(context.options.limits);
  const notes: string[] = [];
  const inside = (start: number, end: number): MessageReader =>
    new MessageReader(reader, start, end, limits, notes);
  const messages = inside(0, reader.byteLength);
  const tree = await messages.next((extension) => readExtension(reader, extension, inside));
  if (messages.position !== reader.byteLength) {
    throw new FormatError(`${reader.byteLength - messages.position} bytes follow the object`, {
      offset: messages.position,
    });
  }
  return { format: "msgpack", tree: whole(tree), notes };
}

/** Flax's MessagePack. */
export const msgpackFormat: Format = { begins: beginsMessage, open: openMessage };

type Inside = (start: number, end: number) => MessageReader;

async function readExtension(reader: Reader, extension: Extension, inside: Inside): Promise<Value> {
  const { type, start, end } = extension;
  const messages = inside(start, end);
  const checkEnd = (): void => {
    if (messages.position !== end)
      throw new FormatError(`${end - messages.position} bytes are left over in the extension`, {
        offset: messages.position,
      });
  };
  if (type === arrayType || type === scalarType) {
    const array = await arrayOf(reader, messages, start);
    checkEnd();
    return type === arrayType ? array : { kind: "scalar", array };
  }
  if (type === complexType) {
    const parts = await messages.next(refuse);
    checkEnd();
    const [re, im] = Array.isArray(parts) && parts.length === 2 ? parts : [];
    if (typeof re === "number" && typeof im === "number") return new ComplexValue(re, im);
    throw new FormatError("a complex number is no list of two numbers", { offset: start });
  }
  return refuse(extension);
}

function refuse({ type, start }: Extension): never {
  throw new FormatError(
    `an extension of MessagePack of type ${type} is none of Flax's (1 array, 2 complex, 3 scalar)`,
    { offset: start },
  );
}

/** An array: a list of its shape, the name of its type, and its bytes in row-major order. */
async function arrayOf(
  reader: Reader,
  messages: MessageReader,
  offset: number,
): Promise<ArrayValue | RawTensor> {
  const parts = await messages.nextListLength();
  if (parts !== 3) throw new FormatError(`an array is a list of ${parts}, not of 3`, { offset });
  const shape = shapeOf(await messages.next(async (extension) => refuse(extension)), offset);
  const name = await messages.next(async (extension) => refuse(extension));
  if (typeof name !== "string") throw new FormatError("an array's type is no name", { offset });
  const { start, end } = await messages.nextBytes();
  return laidOut(Stored.at(reader, start, end), name, shape, offset);
}

/** A shape from a list of counts, or from a dict of them by position. */
function shapeOf(value: Value, offset: number): number[] {
  const lengths = value instanceof DictValue ? byPosition(value, offset) : value;
  const isShape =
    Array.isArray(lengths) &&
    lengths.length <= mostDimensions &&
    lengths.every((length) => typeof length === "number" && Number.isSafeInteger(length) && length >= 0);
  if (!isShape) throw new FormatError("an array's shape is no list of counts", { offset });
  return lengths as number[];
}

function byPosition(dict: DictValue, offset?: number): Value[] {
  return Array.from({ length: dict.size }, (_, i) => {
    const item = dict.get(String(i));
    if (item === undefined) throw new FormatError(`a tuple saved as a dict lacks the key "${i}"`, { offset });
    return item;
  });
}

function laidOut(
  stored: Stored,
  name: string,
  shape: Shape,
  offset: number | undefined,
): ArrayValue | RawTensor {
  const dtype = dtypeByName(name);
  const size = shape.reduce((product, length) => product * length, 1);
  // A length of 0 does not excuse the others: strides are made of them.
  const extent = shape.reduce((product, length) => product * Math.max(length, 1), 1);
  const bytes = stored.byteLength;
  const itemSize = dtype?.itemSize ?? (size === 0 ? 1 : bytes / size);
  const isKnown = dtype !== undefined || /^[a-z][a-z0-9_]{1,30}$/.test(name);
  if (!isKnown) throw new FormatError(`an array's type is ${JSON.stringify(name.slice(0, 40))}`, { offset });
  if (
    !Number.isSafeInteger(extent * 16) ||
    !Number.isInteger(itemSize) ||
    itemSize === 0 ||
    size * itemSize !== bytes
  ) {
    throw new FormatError(
      `an array of shape (${shape.slice(0, 8).join(", ")}) and type ${name} cannot take ${bytes} bytes`,
      { offset },
    );
  }
  const facts: ArrayFacts = { origin: "numpy" };
  if (dtype !== undefined) return new ArrayValue(stored, Layout.contiguous(dtype, shape), facts);
  return {
    kind: "raw",
    dtype: "raw",
    itemSize,
    stored,
    shape,
    strides: contiguousStrides(shape),
    offset: 0,
    facts: { ...facts, storedAs: name },
  };
}

/** The tree with arrays that were saved in pieces made whole. */
function whole(value: Value): Value {
  if (Array.isArray(value)) return value.map(whole);
  if (!(value instanceof DictValue)) return value;
  if (value.has(chunkedKey)) return unchunked(value);
  for (const [key, child] of value) value.set(key, whole(child));
  return value;
}

/** The array of which a dict has the pieces, each flat, in order. */
function unchunked(dict: DictValue): Value {
  const shape = shapeOf(dict.get("shape") ?? null, 0);
  const chunks = dict.get("chunks");
  const pieces = chunks instanceof DictValue ? byPosition(chunks) : [];
  const [first] = pieces;
  if (!pieces.every((each) => each instanceof ArrayValue) || !(first instanceof ArrayValue)) {
    throw new FormatError(`what is marked with ${chunkedKey} has no arrays as its chunks`);
  }
  const { dtype } = first.layout;
  if (pieces.some((each) => each.layout.dtype !== dtype))
    throw new FormatError("the pieces of an array are of several types", first.stored.place);
  const length = pieces.reduce((sum, { stored }) => sum + stored.byteLength, 0);
  const make = async (): Promise<Storage> => {
    const bytes = memoryFor(first.stored.source?.reader, length);
    let at = 0;
    for (const { stored } of pieces) {
      bytes.set((await stored.load()).bytes(), at);
      stored.release();
      at += stored.byteLength;
    }
    return new Storage(bytes);
  };
  return laidOut(Stored.made(length, make, first.stored.place), dtype.name, shape, first.stored.place.offset);
}
