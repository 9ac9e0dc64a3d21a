// The links of a group, in HDF5's older and newer form (HDF5 File Format Specification Version 3.0, sections
// IV.A.2.c, IV.A.2.g and IV.A.2.r).

import type { NamedLink } from "../format.ts";
import { compareNames } from "../name-order.ts";
import type { Cursor } from "./cursor.ts";
import { textOf } from "./datatype.ts";
import { denseObjects } from "./dense.ts";
import type { HdfFile } from "./file.ts";
import { messageOf, messagesOf, messageTypes, type ObjectHeader } from "./object-header.ts";
import { symbolLinks } from "./symbols.ts";

/** A link of a group: to an object of the file by its address, or by a name that is not followed. */
export type HdfLink = {
  readonly name: string;
  /** When it was made, beside the others, where the group knows. */
  readonly order: number;
} & ({ readonly kind: "hard"; readonly address: number } | NamedLink);

/** True iff an object header is one of a group. */
export function isGroup(header: ObjectHeader): boolean {
  return [messageTypes.symbolTable, messageTypes.linkInfo, messageTypes.link].some(
    (type) => messageOf(header, type) !== undefined,
  );
}

/**
 * The links of a group as h5py lists them: in the order of their making, where the group keeps it, else by name. Groups
 * of the older form do not say that order, and yet show it: their names lie in the heap as they came.
 * @throws FormatError when they are damaged
 */
export async function readLinks(file: HdfFile, header: ObjectHeader): Promise<readonly HdfLink[]> {
  const table = messageOf(header, messageTypes.symbolTable);
  const links = table === undefined ? [] : await symbolLinks(file, table.body.fresh());
  for (const { body } of messagesOf(header, messageTypes.link)) links.push(readLink(body.fresh()));
  const info = messageOf(header, messageTypes.linkInfo);
  let isOrdered = false;
  if (info !== undefined) {
    const cursor = info.body.fresh();
    cursor.version(0);
    const flags = cursor.u8();
    isOrdered = (flags & 1) !== 0;
    if (isOrdered) cursor.skip(8);
    for (const body of await denseObjects(file, cursor, "links")) links.push(readLink(body));
  }
  if (isOrdered) return links.sort((a, b) => a.order - b.order);
  return links.sort((a, b) => compareNames(a.name, b.name));
}

/** Reads the message of a link. */
function readLink(cursor: Cursor): HdfLink {
  cursor.version(1);
  const flags = cursor.u8();
  const type = (flags & 8) === 0 ? 0 : cursor.u8();
  const order = (flags & 4) === 0 ? 0 : cursor.unsigned(8);
  if ((flags & 16) !== 0) cursor.skip(1);
  const name = textOf(cursor.take(cursor.unsigned(1 << (flags & 3))));
  switch (type) {
    case 0:
      return { name, order, kind: "hard", address: cursor.addressOf("its object") };
    case 1:
      return { name, order, kind: "soft", path: textOf(cursor.take(cursor.u16())) };
    case 64: {
      const value = cursor.part(cursor.u16());
      value.skip(1);
      const file = textOf(value.untilNul());
      return { name, order, kind: "external", file, path: textOf(value.untilNul()) };
    }
  }
  throw cursor.wrong(`a link of type ${type} is neither hard, soft nor external`);
}
