// HDF5's attributes, versions 1 to 3 of their message, and what they are as values (HDF5 File Format Specification
// Version 3.0, section IV.A.2.m).

import { elements as elementsOf } from "../../core/elements.ts";
import { countOf } from "../numpy/types.ts";
import { integer } from "../pickle/source.ts";
import { type ArrayLike, NamedValue, type Value } from "../values.ts";
import type { Cursor } from "./cursor.ts";
import { readDataspace } from "./dataspace.ts";
import { readDatatype, textOf } from "./datatype.ts";
import type { Elements } from "./elements.ts";
import { messageTypes } from "./object-header.ts";
import type { SharedMessages } from "./shared.ts";
import { shortTypeName, unreadType } from "./type-names.ts";

/** h5py's class of a value that has a type and no elements. */
export const emptyClass = "h5py.Empty";

/** An attribute: its name, and how its value is made. */
export interface Attribute {
  readonly name: string;
  /** The name of its type where that is not read. */
  readonly unread: string | undefined;
  value(): Promise<Value>;
}

/**
 * Reads the message of an attribute.
 * @throws FormatError when it is damaged
 */
export async function readAttribute(
  cursor: Cursor,
  elements: Elements,
  shared: SharedMessages,
): Promise<Attribute> {
  const version = cursor.version(1, 2, 3);
  const flags = cursor.u8();
  const [nameLength, typeLength, spaceLength] = [cursor.u16(), cursor.u16(), cursor.u16()];
  if (version === 3) cursor.skip(1);
  // In version 1 each of the three is filled up to a multiple of eight bytes.
  const field = (length: number): Cursor => {
    const part = cursor.part(length);
    if (version === 1) cursor.skip(Math.min((8 - (length % 8)) % 8, cursor.left));
    return part;
  };
  const name = textOf(field(nameLength).untilNul());
  const typeField = field(typeLength);
  const spaceField = field(spaceLength);
  const isShared = (bit: number): boolean => version > 1 && (flags & bit) !== 0;
  const type = readDatatype(isShared(1) ? await shared.body(messageTypes.datatype, typeField) : typeField);
  const { shape } = readDataspace(
    isShared(2) ? await shared.body(messageTypes.dataspace, spaceField) : spaceField,
  );
  const value = async (): Promise<Value> => {
    if (shape === null) return new NamedValue(emptyClass, shortTypeName(type));
    const bytes = cursor.fresh();
    bytes.skip(cursor.at);
    const content = bytes.take(countOf(shape, type.size) * type.size);
    return scalarOf(await elements.array(type, shape, content.slice()));
  };
  return { name, unread: shape === null ? undefined : unreadType(type), value };
}

/** What h5py gives of an attribute: an array, or where it has no axes its element. */
function scalarOf(array: ArrayLike): Value {
  if (!("shape" in array) || array.shape.length > 0) return array;
  if (array.kind === "text") return array.values[0]!;
  if (array.kind === "objects") return array.items[0]!;
  if (array.kind !== "array" || array.layout.dtype.isComplex) return { kind: "scalar", array };
  const element = elementsOf(array)[0]!;
  return typeof element === "bigint" ? integer(element) : (element as number | boolean);
}
