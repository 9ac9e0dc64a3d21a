// HDF5's element types in the words of NumPy and h5py, for what has a type and no elements, and for messages.

import type { HdfType } from "./datatype.ts";
import { numberForm } from "./numbers.ts";

/** What `str(dtype)` gives of the type that h5py reads it as, without a byte order for numbers in native order. */
export function typeName(type: HdfType): string {
  const form = numberForm(type);
  if (form !== undefined) return form.date ?? form.dtype.name;
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
