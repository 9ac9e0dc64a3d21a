// A first look at what may be a message: its records' heads, without what is in them. For telling a file's format.

import { FormatError } from "../core/errors.ts";
import { fieldsOf, wire } from "./fields.ts";
import type { MessageName } from "./messages.ts";
import { Cursor, longestHead, type Source } from "./source.ts";

/** One record: its content lies from `start` up to `end`, which is beyond the message where it is cut short. */
export interface Glance {
  readonly number: number;
  /** True iff the message has such a field. */
  readonly isKnown: boolean;
  readonly start: number;
  readonly end: number;
  /** The value of a varint. */
  readonly value: number;
}

/**
 * The records of a message from `start` up to `end`, in order, until one is unlike the message: of another wire type, or
 * damaged, or in a group. The last one may be cut short.
 */
export async function* glances(
  source: Source,
  message: MessageName,
  start: number,
  end: number,
): AsyncGenerator<Glance> {
  const cursor = new Cursor(source, start);
  const fields = fieldsOf(message);
  while (cursor.position < end) {
    const head = Math.min(longestHead, end - cursor.position);
    if (!cursor.has(head)) await cursor.fill(head);
    const record = glance(cursor, end);
    if (record === undefined) return;
    const field = fields.get(record.number);
    if (field !== undefined && field.wire !== record.wire) return;
    yield { ...record, isKnown: field !== undefined };
    if (record.end > end) return;
    cursor.position = record.end;
  }
}

function glance(
  cursor: Cursor,
  end: number,
): { number: number; wire: number; start: number; end: number; value: number } | undefined {
  try {
    cursor.varint(end);
    const kind = cursor.low & 7;
    const number = cursor.high === 0 ? cursor.low >>> 3 : 0;
    if (number === 0) return undefined;
    if (kind === wire.varint) {
      const start = cursor.position;
      cursor.varint(end);
      return { number, wire: kind, start, end: cursor.position, value: cursor.unsigned };
    }
    if (kind === wire.bytes) cursor.varint(end);
    const lengths: Record<number, number> = {
      [wire.bytes]: cursor.unsigned,
      [wire.fixed32]: 4,
      [wire.fixed64]: 8,
    };
    const length = lengths[kind];
    if (length === undefined) return undefined;
    return { number, wire: kind, start: cursor.position, end: cursor.position + length, value: 0 };
  } catch (error) {
    if (error instanceof FormatError) return undefined;
    throw error;
  }
}
