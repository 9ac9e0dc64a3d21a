// Element types as arguments: the type objects, or their names with or without "torch.".

import { DType, dtypeByName } from "../core/dtype.ts";
import { PythonTypeError } from "../core/errors.ts";

/** An element type or its name: `torch.float32`, "float32", "torch.float32", "long". */
export type DtypeLike = DType | string;

const otherNames: Readonly<Record<string, string>> = {
  float: "float32",
  double: "float64",
  half: "float16",
  long: "int64",
  int: "int32",
  short: "int16",
  cfloat: "complex64",
  cdouble: "complex128",
};

/** The element type. @throws TypeError when there is none of that name */
export function asDtype(dtype: DtypeLike): DType {
  if (dtype instanceof DType) return dtype;
  const name = dtype.replace(/^torch\./, "");
  const found = dtypeByName(otherNames[name] ?? name);
  if (found === undefined) throw new PythonTypeError(`"${dtype}" is not an element type`);
  return found;
}
