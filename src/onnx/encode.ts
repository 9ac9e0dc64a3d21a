// Writes messages of ONNX to the wire, by the table of their fields: Protocol Buffers' encoding, proto2, fields in order
// of number, as protobuf's own writers do. Bytes of tensors are read when their turn comes.

import { FormatError, ValueError } from "../core/errors.ts";
import { type Field, fieldsOf, wire } from "./fields.ts";
import type { MessageName, Messages } from "./messages.ts";
import { type Later, Records } from "./source.ts";

/** Small pieces are gathered up to this. */
const chunk = 2 ** 16;

/** What a message is written as, in order. */
type Piece = Uint8Array | Later;

type Fields = Readonly<Record<string, unknown>>;

/**
 * The bytes of a message.
 * @throws ValueError when some of them would have to be waited for (a tensor of a file): use `encodeTo`
 */
export function encode<M extends MessageName>(message: M, value: Messages[M]): Uint8Array {
  const sizes = new Sizes();
  const whole = new Uint8Array(sizes.of(message, value as Fields));
  let at = 0;
  for (const piece of pieces(message, value as Fields, sizes)) {
    if (!(piece instanceof Uint8Array)) {
      throw new ValueError("a tensor's bytes are in a file: write the message with encodeTo");
    }
    whole.set(piece, at);
    at += piece.byteLength;
  }
  return whole;
}

/**
 * Writes a message piece by piece.
 * @param write a piece may be changed once it has returned or resolved
 * @returns the number of bytes
 */
export async function encodeTo<M extends MessageName>(
  message: M,
  value: Messages[M],
  write: (bytes: Uint8Array) => Promise<void> | void,
): Promise<number> {
  const sizes = new Sizes();
  for (const piece of pieces(message, value as Fields, sizes)) {
    const bytes = piece instanceof Uint8Array ? piece : await piece.read();
    if (bytes.byteLength !== piece.byteLength) {
      throw new FormatError(`a tensor should have ${piece.byteLength} bytes, and has ${bytes.byteLength}`);
    }
    await write(bytes);
  }
  return sizes.of(message, value as Fields);
}

/** How many bytes a message is written as. */
export function encodedLength<M extends MessageName>(message: M, value: Messages[M]): number {
  return new Sizes().of(message, value as Fields);
}

/** Byte lengths of messages, each worked out once. */
class Sizes {
  private readonly known: Map<Fields, number> = new Map();

  of(message: MessageName, value: Fields): number {
    let size = this.known.get(value);
    if (size === undefined) {
      size = 0;
      for (const field of fieldsOf(message).values()) size += this.ofField(field, value[field.name]);
      this.known.set(value, size);
    }
    return size;
  }

  /** All records of a field. */
  private ofField(field: Field, value: unknown): number {
    if (value === undefined) return 0;
    if (value instanceof Records) return [...value.spans()].reduce((sum, span) => sum + span.byteLength, 0);
    const elements = elementsOf(field, value);
    if (elements.length === 0) return 0;
    const head = varintSize(tagOf(field));
    if (field.isPacked) {
      const length = this.payload(field, elements);
      return head + varintSize(length) + length;
    }
    let size = 0;
    for (const element of elements) {
      const length = this.ofElement(field, element);
      size += head + length + (field.wire === wire.bytes ? varintSize(length) : 0);
    }
    return size;
  }

  /** Bytes of the elements alone. */
  payload(field: Field, elements: readonly unknown[]): number {
    if (field.wire === wire.fixed32) return 4 * elements.length;
    if (field.wire === wire.fixed64) return 8 * elements.length;
    return elements.reduce((sum: number, element) => sum + this.ofElement(field, element), 0);
  }

  /** Bytes of an element without tag and length. */
  ofElement(field: Field, element: unknown): number {
    if (field.inner !== undefined) return this.of(field.inner, element as Fields);
    if (field.scalar === "string") return utf8Length(element as string);
    if (field.scalar === "bytes") return (element as Piece).byteLength;
    if (field.wire === wire.varint) return varintSize(integer(field, element));
    return field.wire === wire.fixed32 ? 4 : 8;
  }
}

function elementsOf(field: Field, value: unknown): readonly unknown[] {
  return field.isRepeated ? (value as readonly unknown[]) : [value];
}

function tagOf(field: Field): number {
  return 8 * field.number + (field.isPacked ? wire.bytes : field.wire);
}

/** A message as pieces; small ones are gathered. A piece of gathered bytes is good until the next is asked for. */
function* pieces(message: MessageName, value: Fields, sizes: Sizes): Generator<Piece> {
  const gathered = new Gathered();
  for (const part of parts(message, value, sizes, gathered)) {
    if (gathered.length > 0) yield gathered.take();
    if (part !== undefined) yield part;
  }
  if (gathered.length > 0) yield gathered.take();
}

/** Gathers what is small, and yields what is not; `undefined` when enough has been gathered. */
function* parts(
  message: MessageName,
  value: Fields,
  sizes: Sizes,
  gathered: Gathered,
): Generator<Piece | undefined> {
  for (const field of fieldsOf(message).values()) {
    const given = value[field.name];
    if (given === undefined) continue;
    if (given instanceof Records) {
      yield* given.spans();
      continue;
    }
    const elements = elementsOf(field, given);
    if (field.isPacked && elements.length > 0) {
      gathered.varint(tagOf(field));
      gathered.varint(sizes.payload(field, elements));
    }
    for (const element of elements) {
      if (!field.isPacked) gathered.varint(tagOf(field));
      if (field.wire === wire.bytes) gathered.varint(sizes.ofElement(field, element));
      if (field.inner !== undefined) yield* parts(field.inner, element as Fields, sizes, gathered);
      else if (field.scalar === "bytes") yield element as Piece;
      else gathered.scalar(field, element);
      if (gathered.length >= chunk) yield undefined;
    }
  }
}

/** A number whose bytes are wanted. */
const number = new DataView(new ArrayBuffer(8));

/** Small pieces, one after another. */
class Gathered {
  length = 0;
  private bytes = new Uint8Array(2 * chunk);

  /** What has been gathered; it begins anew. */
  take(): Uint8Array {
    const { length } = this;
    this.length = 0;
    return this.bytes.subarray(0, length);
  }

  varint(value: number | bigint): void {
    if (typeof value === "bigint") {
      let rest = value;
      for (; rest >= 128n; rest >>= 7n) this.byte(Number(rest & 127n) | 128);
      this.byte(Number(rest));
      return;
    }
    let rest = value;
    for (; rest >= 128; rest = Math.floor(rest / 128)) this.byte((rest % 128) | 128);
    this.byte(rest);
  }

  scalar(field: Field, value: unknown): void {
    if (field.scalar === "string") {
      for (const byte of new TextEncoder().encode(value as string)) this.byte(byte);
    } else if (field.wire === wire.varint) this.varint(integer(field, value));
    else {
      const size = field.wire === wire.fixed32 ? 4 : 8;
      if (size === 4) number.setFloat32(0, value as number, true);
      else number.setFloat64(0, value as number, true);
      for (let i = 0; i < size; i++) this.byte(number.getUint8(i));
    }
  }

  private byte(value: number): void {
    if (this.length === this.bytes.byteLength) {
      const larger = new Uint8Array(2 * this.length);
      larger.set(this.bytes);
      this.bytes = larger;
    }
    this.bytes[this.length++] = value;
  }
}

/** An integer as the 64 bits that a varint holds: negative ones are sign-extended, of an int32 too. */
function integer(field: Field, value: unknown): number | bigint {
  if (typeof value === "number" && value >= 0 && value < 2 ** 31 && Number.isInteger(value)) return value;
  const whole = BigInt(value as number | bigint);
  const fits =
    field.scalar === "int32"
      ? BigInt.asIntN(32, whole) === whole
      : field.scalar === "uint64"
        ? BigInt.asUintN(64, whole) === whole
        : BigInt.asIntN(64, whole) === whole;
  if (!fits) throw new ValueError(`${field.message}.${field.name}: ${whole} is no ${field.scalar}`);
  return BigInt.asUintN(64, whole);
}

function varintSize(value: number | bigint): number {
  let size = 1;
  if (typeof value === "bigint") for (let rest = value >> 7n; rest > 0n; rest >>= 7n) size++;
  else for (let rest = value; rest >= 128; rest = Math.floor(rest / 128)) size++;
  return size;
}

function utf8Length(text: string): number {
  let length = 0;
  for (const letter of text) {
    const code = letter.codePointAt(0)!;
    length += code < 0x80 ? 1 : code < 0x800 ? 2 : code < 0x10000 ? 3 : 4;
  }
  return length;
}
