// Messages that an object header keeps elsewhere: in the header of a committed type, or in the file's table of shared
// messages (HDF5 File Format Specification Version 3.0, section IV.A.1, "Shared Message").

import { FormatError } from "../../core/errors.ts";
import type { Cursor } from "./cursor.ts";
import type { HdfFile } from "./file.ts";
import { messageOf, readObjectHeader } from "./object-header.ts";

/** Finds the body of a message in the file's table of shared messages. */
export type SharedHeap = (type: number, id: Uint8Array) => Promise<Cursor>;

/** What finds messages that are kept elsewhere. */
export class SharedMessages {
  private readonly file: HdfFile;
  private readonly heap: SharedHeap;
  private readonly committed = new Map<string, Promise<Cursor>>();

  constructor(file: HdfFile, heap: SharedHeap) {
    this.file = file;
    this.heap = heap;
  }

  /**
   * The body of a message of a type, given what stands in its place.
   * @throws FormatError when it is not where that says
   */
  async body(type: number, pointer: Cursor): Promise<Cursor> {
    const version = pointer.version(1, 2, 3);
    const kind = pointer.u8();
    if (version === 3 && kind === 1) return this.inTable(type, pointer.take(8));
    if (version === 1) pointer.skip(6);
    const address = pointer.addressOf("the shared message");
    const key = `${type} ${address}`;
    let found = this.committed.get(key);
    if (found === undefined) {
      found = this.committedBody(type, address);
      this.committed.set(key, found);
    }
    return (await found).fresh();
  }

  /**
   * The body of a message of a type in the file's table, by its identifier.
   * @throws FormatError when it is not there
   */
  inTable(type: number, id: Uint8Array): Promise<Cursor> {
    return this.heap(type, id);
  }

  private async committedBody(type: number, address: number): Promise<Cursor> {
    const message = messageOf(await readObjectHeader(this.file, address), type);
    if (message === undefined || message.shared) {
      throw new FormatError(
        "a message is said to be shared with an object that has none such: it is damaged",
        {
          offset: this.file.place.base + address,
        },
      );
    }
    return message.body;
  }
}
