// HDF5's element types in the words of NumPy and h5py, for what has a type and no elements, and for messages.

import type { DType } from "../../core/dtype.ts";
import type { HdfType } from "./datatype.ts";
import { numberForm } from "./numbers.ts";

/** What `str(dtype)` gives of the type that h5py reads it as. */
export function typeName(type: HdfType): string {
  const form = numberForm(type);
  if (form?.date !== undefined) return `${form.bigEndian ? ">" : "<"}${form.date}`;
  if (form !== undefined) return form.bigEndian ? bigEndianName(form.dtype) : form.dtype.name;
  switch (type.kind) {
    case "fixed text":
      return `|S${type.size}`;
    case "opaque":
      return `|V${type.size}`;
    case "text":
    case "sequence":
    case "reference":
      return "object";
    case "array":
      return `('${typeName(type.base)}', (${type.dimensions.join(", ")}${type.dimensions.length === 1 ? "," : ""}))`;
    case "compound":
      return `[${type.members.map((member) => `('${member.name}', '${typeName(member.type)}')`).join(", ")}]`;
    case "integer":
      return `integer of ${type.size} bytes`;
    case "float":
      return `float of ${type.size} bytes (${type.exponentBits} bits of exponent, ${type.mantissaBits} of mantissa)`;
    case "complex":
      return `complex of ${typeName(type.base)}`;
    case "enumeration":
      return `enumeration of ${typeName(type.base)}`;
    case "other":
      return type.name;
  }
}

/** `>f4` and the like. */
function bigEndianName({ kind, itemSize }: DType): string {
  const letter = { signed: "i", unsigned: "u", float: "f", complex: "c", bool: "b" }[kind];
  return `>${letter}${itemSize}`;
}

/** What `dtype.name` gives of the type that h5py reads it as: that of its numbers, or a kind and its bits. */
export function shortTypeName(type: HdfType): string {
  const form = numberForm(type);
  if (form?.date !== undefined) return form.date.replace("M8", "datetime64").replace("m8", "timedelta64");
  if (form !== undefined) return form.dtype.name;
  switch (type.kind) {
    case "fixed text":
      return `bytes${8 * type.size}`;
    case "opaque":
    case "compound":
    case "array":
      return `void${8 * type.size}`;
    default:
      return typeName(type);
  }
}

/** The name of the type, or of the part of it, whose elements are not read; undefined where all are. */
export function unreadType(type: HdfType): string | undefined {
  if (numberForm(type) !== undefined) return undefined;
  switch (type.kind) {
    case "array":
    case "sequence":
      return unreadType(type.base);
    case "compound":
      return type.members.map((member) => unreadType(member.type)).find((name) => name !== undefined);
    case "reference":
      return type.target === 0 ? undefined : "reference to a part of a dataset";
    case "fixed text":
    case "text":
    case "opaque":
      return undefined;
    default:
      return typeName(type);
  }
}
