// HDF5's object headers, versions 1 and 2: the list of messages that says what a group, dataset or committed type is
// (HDF5 File Format Specification Version 3.0, section IV.A).

import { FormatError } from "../../core/errors.ts";
import type { Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";

/** The messages that are read here, by their numbers in the file. */
export const messageTypes = {
  dataspace: 0x01,
  linkInfo: 0x02,
  datatype: 0x03,
  oldFillValue: 0x04,
  fillValue: 0x05,
  link: 0x06,
  externalFiles: 0x07,
  layout: 0x08,
  filters: 0x0b,
  attribute: 0x0c,
  sharedTable: 0x0f,
  continuation: 0x10,
  symbolTable: 0x11,
  attributeInfo: 0x15,
} as const;

const highestType = 0x18;

/** One message of an object header. */
export interface Message {
  readonly type: number;
  /** True iff the message is kept elsewhere, and its body says where. */
  readonly shared: boolean;
  /** Its body, to be read from a `fresh` cursor. */
  readonly body: Cursor;
}

/** An object header. */
export interface ObjectHeader {
  readonly address: number;
  readonly messages: readonly Message[];
}

/** Blocks that a header may go on in. */
const mostBlocks = 4096;

interface Block {
  readonly address: number;
  readonly length: number;
}

/** What is collected while the blocks of a header are read. */
interface Reading {
  readonly file: HdfFile;
  readonly messages: Message[];
  readonly waiting: Block[];
}

/**
 * Reads the object header at an address.
 * @throws FormatError when there is none, or it is damaged
 */
export async function readObjectHeader(file: HdfFile, address: number): Promise<ObjectHeader> {
  const what = "an object header";
  const head = await file.bytes(address, 4, what);
  const reading: Reading = { file, messages: [], waiting: [] };
  const isNew = String.fromCharCode(...head) === "OHDR";
  const block = isNew ? await newHeader(reading, address) : await oldHeader(reading, address);
  const seen = new Set<number>([address]);
  for (let next = reading.waiting.shift(); next !== undefined; next = reading.waiting.shift()) {
    if (seen.has(next.address) || seen.size > mostBlocks) {
      throw new FormatError("an object header goes on in a block that it has gone through: it is damaged", {
        offset: file.place.base + next.address,
      });
    }
    seen.add(next.address);
    await block(next);
  }
  return { address, messages: reading.messages };
}

/** Reads a block that a header goes on in. */
type ReadBlock = (block: Block) => Promise<void>;

async function oldHeader(reading: Reading, address: number): Promise<ReadBlock> {
  const { file } = reading;
  const head = await file.cursor(address, 16, "an object header");
  head.version(1);
  head.skip(1 + 2 + 4);
  const block: ReadBlock = async ({ address: at, length }) => {
    const cursor = await file.cursor(at, length, "an object header");
    while (cursor.left >= 8) {
      const type = cursor.u16();
      const size = cursor.u16();
      const flags = cursor.u8();
      cursor.skip(3);
      addMessage(reading, type, flags, cursor.part(size, "a message of an object header"));
    }
  };
  // Four bytes fill the head up to a multiple of eight.
  await block({ address: address + 16, length: head.u32() });
  return block;
}

async function newHeader(reading: Reading, address: number): Promise<ReadBlock> {
  const { file } = reading;
  const head = await file.cursor(address, 6, "an object header");
  head.skip(4);
  head.version(2);
  const flags = head.u8();
  const timesAndCounts = ((flags & 0x20) === 0 ? 0 : 16) + ((flags & 0x10) === 0 ? 0 : 4);
  const width = 1 << (flags & 3);
  const sizeAt = 6 + timesAndCounts;
  const sizeField = await file.cursor(address + sizeAt, width, "an object header");
  const length = sizeField.unsigned(width);
  const hasOrder = (flags & 4) !== 0;
  const readMessages = (cursor: Cursor): void => {
    const headLength = hasOrder ? 6 : 4;
    while (cursor.left >= headLength) {
      const type = cursor.u8();
      const size = cursor.u16();
      const messageFlags = cursor.u8();
      if (hasOrder) cursor.skip(2);
      addMessage(reading, type, messageFlags, cursor.part(size, "a message of an object header"));
    }
  };
  const first = await file.checkedCursor(address, sizeAt + width + length + 4, "an object header");
  first.skip(sizeAt + width);
  readMessages(first);
  return async ({ address: at, length: size }) => {
    if (size < 8) throw first.wrong(`it goes on in a block of ${size} bytes, which holds nothing`);
    const cursor = await file.checkedCursor(at, size, "an object header");
    cursor.signature("OCHK");
    readMessages(cursor);
  };
}

function addMessage(reading: Reading, type: number, flags: number, body: Cursor): void {
  if (type === 0) return;
  if (type === messageTypes.continuation) {
    reading.waiting.push({ address: body.addressOf("what follows"), length: body.length() });
    return;
  }
  // A reader that does not know such a message must not go on.
  if (type > highestType && (flags & 0x80) !== 0) {
    throw body.wrong(`it is of the unknown type ${type}, which is marked as one that must be known`);
  }
  reading.messages.push({ type, shared: (flags & 2) !== 0, body });
}

/** The messages of a type. */
export function messagesOf(header: ObjectHeader, type: number): readonly Message[] {
  return header.messages.filter((message) => message.type === type);
}

/** The first message of a type. */
export function messageOf(header: ObjectHeader, type: number): Message | undefined {
  return header.messages.find((message) => message.type === type);
}
