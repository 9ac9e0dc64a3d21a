// Elements of tensors that were left in the file: read from their records, packed or one by one, into memory.

import { FormatError } from "../core/errors.ts";
import { wire } from "./fields.ts";
import { Cursor, longestHead, type Records } from "./source.ts";

/** A part of a record's payload that is copied at a time. */
const mostCopied = 2 ** 16;

/**
 * Fills `target` with the elements of a field of numbers, each little-endian in `width` bytes: integers are cut to their
 * lowest bytes, floats have the width they are stored with.
 * @throws FormatError when there are more or fewer than the target holds
 */
export async function fillElements(records: Records, target: Uint8Array, width: number): Promise<void> {
  const filling = new Filling(target, width);
  for (const { start, end } of records.spans()) {
    const cursor = new Cursor(records.source, start);
    while (cursor.position < end) {
      await ready(cursor, end);
      cursor.varint(end);
      if ((cursor.low & 7) !== wire.bytes) {
        if (records.wire !== wire.varint) filling.copy(cursor.take(width));
        else filling.varints(cursor, end, 1);
        continue;
      }
      cursor.varint(end);
      await filling.packed(cursor, cursor.position + cursor.unsigned, records.wire);
    }
  }
  if (filling.filled < target.byteLength) {
    throw new FormatError(
      `its shape asks for ${target.byteLength / width} elements, and ${filling.filled / width} are given`,
      { offset: records.places[0] },
    );
  }
}

/** The elements of a field of bytes. */
export async function bytesElements(records: Records): Promise<Uint8Array[]> {
  const elements: Uint8Array[] = [];
  for (const { start, end } of records.spans()) {
    const cursor = new Cursor(records.source, start);
    while (cursor.position < end) {
      await ready(cursor, end);
      cursor.varint(end);
      cursor.varint(end);
      const length = cursor.unsigned;
      if (!cursor.has(length)) await cursor.fill(length);
      elements.push(cursor.take(length));
    }
  }
  return elements;
}

/** Has in memory what a tag and a number or length take. */
async function ready(cursor: Cursor, end: number): Promise<void> {
  const head = Math.min(longestHead, end - cursor.position);
  if (!cursor.has(head)) await cursor.fill(head);
}

class Filling {
  filled = 0;
  private readonly target: Uint8Array;
  private readonly width: number;

  constructor(target: Uint8Array, width: number) {
    this.target = target;
    this.width = width;
  }

  /** The elements of a packed record, from the cursor on. */
  async packed(cursor: Cursor, end: number, kind: number): Promise<void> {
    while (cursor.position < end) {
      if (kind === wire.varint) {
        await ready(cursor, end);
        this.varints(cursor, end, Number.POSITIVE_INFINITY);
      } else {
        const length = Math.min(mostCopied, end - cursor.position);
        if (!cursor.has(length)) await cursor.fill(length);
        this.copy(cursor.take(length));
      }
    }
  }

  copy(bytes: Uint8Array): void {
    this.room(bytes.byteLength);
    this.target.set(bytes, this.filled);
    this.filled += bytes.byteLength;
  }

  /** Up to `most` varints, as far as they are in memory for certain. */
  varints(cursor: Cursor, end: number, most: number): void {
    const { target, width } = this;
    for (let count = 0; count < most && cursor.position < end; count++) {
      if (!cursor.has(Math.min(longestHead, end - cursor.position))) {
        if (count > 0) return;
      }
      cursor.varint(end);
      this.room(width);
      const { low, high } = cursor;
      for (let byte = 0; byte < width; byte++) {
        target[this.filled + byte] = byte < 4 ? low >>> (8 * byte) : high >>> (8 * (byte - 4));
      }
      this.filled += width;
    }
  }

  private room(length: number): void {
    if (this.filled + length <= this.target.byteLength) return;
    const { byteLength } = this.target;
    throw new FormatError(
      `its shape asks for ${byteLength / this.width} elements, and there are more than that`,
    );
  }
}
