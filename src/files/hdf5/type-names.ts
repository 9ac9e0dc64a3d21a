// HDF5's element types in the words of NumPy and h5py, for what has a type and no elements, and for messages.

import type { DType } from "../../core/dtype.ts";
import { tupleText } from "../../core/text.ts";
import type { CompoundType, HdfType } from "./datatype.ts";
import { type NumberForm, numberForm } from "./numbers.ts";

/** What `str(dtype)` gives of the type that h5py reads it as. */
export function typeName(type: HdfType): string {
  const form = numberForm(type);
  if (form !== undefined) {
    return form.bigEndian || form.date !== undefined ? numberCode(form) : form.dtype.name;
  }
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
      return `(${typeCode(type.base)}, ${tupleText([...type.dimensions])})`;
    case "compound":
      return compoundName(type);
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

/** `<f4`, `u1`, `?`. */
function numberCode({ dtype, bigEndian, date }: NumberForm): string {
  const order = bigEndian ? ">" : "<";
  if (date !== undefined) return `${order}${date}`;
  if (dtype.kind === "bool") return "?";
  const letters: Readonly<Record<DType["kind"], string>> = {
    signed: "i",
    unsigned: "u",
    float: "f",
    complex: "c",
    bool: "b",
  };
  return `${dtype.itemSize === 1 ? "" : order}${letters[dtype.kind]}${dtype.itemSize}`;
}

/** A type inside another. */
function typeCode(type: HdfType): string {
  const form = numberForm(type);
  if (form !== undefined) return `'${numberCode(form)}'`;
  if (type.kind === "fixed text") return `'S${type.size}'`;
  if (type.kind === "opaque") return `'V${type.size}'`;
  const name = typeName(type);
  return name === "object" ? "'O'" : name;
}

function compoundName({ members, size }: CompoundType): string {
  let end = 0;
  const isPacked = members.every(({ offset, type }) => {
    const follows = offset === end;
    end += type.size;
    return follows;
  });
  if (isPacked && end === size) {
    const parts = members.map(({ name, type }) => {
      if (type.kind !== "array") return `('${name}', ${typeCode(type)})`;
      return `('${name}', ${typeCode(type.base)}, ${tupleText([...type.dimensions])})`;
    });
    return `[${parts.join(", ")}]`;
  }
  const names = members.map(({ name }) => `'${name}'`).join(", ");
  const formats = members.map(({ type }) => typeCode(type)).join(", ");
  const offsets = members.map(({ offset }) => offset).join(", ");
  return `{'names': [${names}], 'formats': [${formats}], 'offsets': [${offsets}], 'itemsize': ${size}}`;
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
