// The attributes of an object of HDF5, whether they stand in its header or are too many for it.

import { FormatError } from "../../core/errors.ts";
import { compareNames } from "../name-order.ts";
import type { Value } from "../values.ts";
import { readAttribute } from "./attribute.ts";
import type { Cursor } from "./cursor.ts";
import type { DatasetContext } from "./dataset.ts";
import { denseObjects } from "./dense.ts";
import { messageOf, messagesOf, messageTypes, type ObjectHeader } from "./object-header.ts";

/**
 * The attributes of an object, by name.
 * @param note told of each whose type is not read
 * @throws FormatError when they are damaged
 */
export async function readAttributes(
  context: DatasetContext,
  header: ObjectHeader,
  note: (text: string) => void,
): Promise<ReadonlyMap<string, Value>> {
  const { shared, elements } = context;
  const found: [string, Value][] = [];
  const names = new Set<string>();
  for (const body of await attributeBodies(context, header)) {
    const attribute = await readAttribute(body, elements, shared);
    if (names.has(attribute.name)) {
      throw new FormatError(`two attributes are named ${JSON.stringify(attribute.name.slice(0, 80))}`);
    }
    names.add(attribute.name);
    if (attribute.unread === undefined) found.push([attribute.name, await attribute.value()]);
    else {
      const name = JSON.stringify(attribute.name.slice(0, 80));
      note(`the attribute ${name} is of HDF5's type ${attribute.unread}, which is not read`);
    }
  }
  return new Map(found.sort(([a], [b]) => compareNames(a, b)));
}

async function attributeBodies({ file, shared }: DatasetContext, header: ObjectHeader): Promise<Cursor[]> {
  const type = messageTypes.attribute;
  const bodies: Cursor[] = [];
  for (const message of messagesOf(header, type)) {
    const body = message.body.fresh();
    bodies.push(message.shared ? await shared.body(type, body) : body);
  }
  const info = messageOf(header, messageTypes.attributeInfo)?.body.fresh();
  if (info === undefined) return bodies;
  info.version(0);
  if ((info.u8() & 1) !== 0) info.skip(2);
  const inTable = (id: Uint8Array): Promise<Cursor> => shared.inTable(type, id);
  return [...bodies, ...(await denseObjects(file, info, "attributes", inTable))];
}
