// Reads messages of ONNX from the wire, by the table of their fields: Protocol Buffers' encoding, proto2. The source is
// gone through once, with nothing but the records' heads in memory; elements of tensors stay where they are.
//
// As protobuf does: unknown fields are skipped, of a field that comes twice the last counts, messages are merged.
// Otherwise than protobuf, a known field of another wire type is refused, not skipped.

import { FormatError } from "../core/errors.ts";
import { type Field, fieldsOf, wire } from "./fields.ts";
import type { MessageName, Messages } from "./messages.ts";
import { Cursor, longestHead, Records, type Source, Span } from "./source.ts";

/** How deep messages may be nested: protobuf's own limit. */
const mostDepth = 100;

/** How many messages one may hold, all in all: more than any model has, and a bound on the memory they take. */
const mostMessages = 2 ** 20;

/** What is read of a message. */
export interface DecodeOptions {
  /** Fields that are passed over: `GraphProto.valueInfo`. */
  readonly skip?: Iterable<string>;
}

interface Frame {
  /** None in a group, of which nothing is known. */
  readonly fields: ReadonlyMap<number, Field> | undefined;
  readonly what: string;
  readonly target: Record<string, unknown>;
  readonly end: number;
  /** The number of a group's field; 0 for a message. */
  readonly group: number;
}

/**
 * Reads a message that a source is, whole.
 * @throws FormatError when it is cut short or damaged, nested too deep, or of more messages than any model has
 */
export async function decode<M extends MessageName>(
  source: Source,
  message: M,
  options: DecodeOptions = {},
): Promise<Messages[M]> {
  const decoder = new Decoder(source, message, fieldsNamed(options.skip ?? []));
  for (let wanted = decoder.run(); wanted > 0; wanted = decoder.run()) await decoder.cursor.fill(wanted);
  return decoder.result as Messages[M];
}

class Decoder {
  readonly cursor: Cursor;
  readonly result: Record<string, unknown> = {};
  private readonly source: Source;
  private readonly skip: ReadonlySet<Field>;
  private readonly stack: Frame[] = [];
  private messages = 0;

  constructor(source: Source, message: MessageName, skip: ReadonlySet<Field>) {
    this.source = source;
    this.skip = skip;
    this.cursor = new Cursor(source, 0);
    this.enter(message, this.result, source.byteLength);
  }

  /** Goes on as far as there are bytes in memory; how many more are wanted, 0 at the end. */
  run(): number {
    const { cursor, stack } = this;
    for (;;) {
      const frame = stack.at(-1)!;
      if (cursor.position === frame.end) {
        if (frame.group !== 0) throw this.error("a group has no end", cursor.position);
        stack.pop();
        if (stack.length === 0) return 0;
        continue;
      }
      const head = Math.min(longestHead, frame.end - cursor.position);
      if (!cursor.has(head)) return head;
      const wanted = this.record(frame);
      if (wanted > 0) return wanted;
    }
  }

  /** Reads a record, or enters the message it is. */
  private record(frame: Frame): number {
    const { cursor } = this;
    const start = cursor.position;
    cursor.varint(frame.end);
    const kind = cursor.low & 7;
    const number = cursor.unsigned >= 2 ** 32 ? 0 : cursor.low >>> 3;
    if (number === 0) throw this.error(`${cursor.unsigned} in place of a field's number and type`, start);
    if (kind === wire.groupEnd) {
      if (number !== frame.group) throw this.error("a group ends that did not begin", start);
      this.stack.pop();
      return 0;
    }
    const field = frame.fields?.get(number);
    if (field !== undefined && kind !== field.wire && !(kind === wire.bytes && isNumbers(field))) {
      throw this.error(
        `the field ${protoName(field)} has wire type ${kind} in place of ${field.wire}`,
        start,
      );
    }
    const isSkipped = field === undefined || this.skip.has(field);
    if (kind === wire.groupStart) this.push({ ...frame, what: "a group", fields: undefined, group: number });
    else if (kind === wire.bytes) return this.lengthy(frame, isSkipped ? undefined : field, start);
    else if (kind === wire.varint) {
      cursor.varint(frame.end);
      if (!isSkipped) this.one(frame, field, start);
    } else {
      const size = kind === wire.fixed64 ? 8 : kind === wire.fixed32 ? 4 : 0;
      if (size === 0) throw this.error(`there is no wire type ${kind}`, start);
      this.within(frame, size, start, field);
      if (isSkipped) cursor.position += size;
      else this.one(frame, field, start);
    }
    return 0;
  }

  /** A record that says how long it is: a message, text, bytes, or numbers one after another. */
  private lengthy(frame: Frame, field: Field | undefined, start: number): number {
    const { cursor } = this;
    cursor.varint(frame.end);
    const length = cursor.unsigned;
    this.within(frame, length, start, field);
    const end = cursor.position + length;
    if (field?.inner !== undefined) {
      this.enter(field.inner, this.child(frame.target, field), end);
      return 0;
    }
    if (field === undefined || field.isLater) {
      if (field !== undefined) this.later(frame.target, field, start, end);
      cursor.position = end;
      return 0;
    }
    if (!cursor.has(length)) {
      const wanted = end - start;
      cursor.position = start;
      return wanted;
    }
    const { target } = frame;
    if (field.scalar === "string") put(target, field, this.text(cursor.take(length), field, start));
    else if (field.scalar === "bytes") put(target, field, cursor.take(length).slice());
    else while (cursor.position < end) put(target, field, this.number(field, end));
    return 0;
  }

  /** Elements of a tensor, left where they are. */
  private later(target: Record<string, unknown>, field: Field, start: number, end: number): void {
    const length = end - this.cursor.position;
    if (!field.isRepeated) {
      target[field.name] = new Span(this.source, this.cursor.position, end);
      return;
    }
    const size = sizeOf(field);
    if (length % size !== 0) {
      throw this.error(`the field ${protoName(field)} has ${length} bytes, no multiple of ${size}`, start);
    }
    this.recordsOf(target, field).add(start, end, field.wire === wire.bytes ? 1 : length / size);
  }

  /** A number by itself. A varint has been read, and is in the cursor. */
  private one(frame: Frame, field: Field, start: number): void {
    const { cursor } = this;
    if (field.isLater) {
      if (field.wire !== wire.varint) cursor.position += sizeOf(field);
      this.recordsOf(frame.target, field).add(start, cursor.position, 1);
    } else if (field.wire === wire.varint) put(frame.target, field, this.integer(field));
    else put(frame.target, field, this.number(field, frame.end));
  }

  private number(field: Field, limit: number): number | bigint {
    const { cursor } = this;
    if (field.wire === wire.varint) {
      cursor.varint(limit);
      return this.integer(field);
    }
    const size = sizeOf(field);
    if (cursor.position + size > limit) {
      throw this.error(`the field ${protoName(field)} ends within a number`, cursor.position);
    }
    const bytes = cursor.take(size);
    const view = new DataView(bytes.buffer, bytes.byteOffset, size);
    return size === 4 ? view.getFloat32(0, true) : view.getFloat64(0, true);
  }

  private integer(field: Field): number | bigint {
    const { cursor } = this;
    if (field.scalar === "int32") return cursor.low | 0;
    return field.scalar === "uint64" ? cursor.uint64 : cursor.int64;
  }

  private text(bytes: Uint8Array, field: Field, start: number): string {
    if (bytes.byteLength < 32) {
      let text = "";
      for (const byte of bytes) {
        if (byte >= 128) break;
        text += String.fromCharCode(byte);
      }
      if (text.length === bytes.byteLength) return text;
    }
    try {
      return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
    } catch {
      throw this.error(`the field ${protoName(field)} is no UTF-8 text`, start);
    }
  }

  private recordsOf(target: Record<string, unknown>, field: Field): Records {
    target[field.name] ??= new Records(this.source, field.wire);
    return target[field.name] as Records;
  }

  /** The object that a message within is read into. */
  private child(target: Record<string, unknown>, field: Field): Record<string, unknown> {
    if (!field.isRepeated) {
      target[field.name] ??= {};
      return target[field.name] as Record<string, unknown>;
    }
    const child = {};
    put(target, field, child);
    return child;
  }

  private enter(message: MessageName, target: Record<string, unknown>, end: number): void {
    if (++this.messages > mostMessages) {
      throw this.error(`it is of more than ${mostMessages} messages`, this.cursor.position);
    }
    this.push({ fields: fieldsOf(message), what: message, target, end, group: 0 });
  }

  private push(frame: Frame): void {
    if (this.stack.length >= mostDepth) {
      throw this.error(`messages are nested more than ${mostDepth} deep`, this.cursor.position);
    }
    this.stack.push(frame);
  }

  /** Checks that the record ends within the message it is in. */
  private within(frame: Frame, length: number, start: number, field: Field | undefined): void {
    const { position } = this.cursor;
    if (length <= frame.end - position) return;
    const what = field === undefined ? "an unknown field" : `the field ${protoName(field)}`;
    const whole = frame.end === this.source.byteLength ? "the file" : `the ${frame.what} it is in`;
    throw this.error(
      `${what} should take ${length} bytes, but ${whole} has ${frame.end - position} more: it is cut short or damaged`,
      start,
    );
  }

  private error(reason: string, offset: number): FormatError {
    return new FormatError(`this is no sound ONNX model: ${reason}`, { offset });
  }
}

/** The fields of those names: `GraphProto.valueInfo`. */
function fieldsNamed(names: Iterable<string>): ReadonlySet<Field> {
  const fields = new Set<Field>();
  for (const whole of names) {
    const [message, name] = whole.split(".");
    for (const field of fieldsOf(message as MessageName).values()) if (field.name === name) fields.add(field);
  }
  return fields;
}

/** As onnx.proto names it. */
function protoName({ message, name }: Field): string {
  return `${message}.${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`;
}

/** True iff the elements are numbers, which come packed or one by one. */
function isNumbers(field: Field): boolean {
  return field.isRepeated && field.wire !== wire.bytes;
}

/** Bytes of an element, where all have the same; the least otherwise. */
function sizeOf(field: Field): number {
  return field.wire === wire.fixed32 ? 4 : field.wire === wire.fixed64 ? 8 : 1;
}

function put(target: Record<string, unknown>, field: Field, value: unknown): void {
  if (!field.isRepeated) target[field.name] = value;
  else if (target[field.name] === undefined) target[field.name] = [value];
  else (target[field.name] as unknown[]).push(value);
}
