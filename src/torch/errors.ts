// Words of PyTorch's error messages: what a value's type is called there, how a shape is written.

import type { DType, DTypeName } from "../core/dtype.ts";
import { PythonError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { PyFloat } from "../core/python.ts";

const scalarTypes: Readonly<Partial<Record<DTypeName, string>>> = {
  bool: "Bool",
  uint8: "Byte",
  int8: "Char",
  uint16: "UInt16",
  int16: "Short",
  uint32: "UInt32",
  int32: "Int",
  uint64: "UInt64",
  int64: "Long",
  float8_e4m3fn: "Float8_e4m3fn",
  float8_e4m3fnuz: "Float8_e4m3fnuz",
  float8_e5m2: "Float8_e5m2",
  float8_e5m2fnuz: "Float8_e5m2fnuz",
  float8_e8m0fnu: "Float8_e8m0fnu",
  float16: "Half",
  bfloat16: "BFloat16",
  float32: "Float",
  float64: "Double",
  complex64: "ComplexFloat",
  complex128: "ComplexDouble",
};

/** PyTorch's name of the C++ scalar type: "Float", "Long". */
export function scalarTypeName(dtype: DType): string {
  return scalarTypes[dtype.name] ?? dtype.name;
}

/** A shape as `torch.Size([2, 3])`. */
export function sizeText(shape: Shape): string {
  return `torch.Size([${shape.join(", ")}])`;
}

/** A shape as `[2, 3]`. */
export function shapeText(shape: Shape): string {
  return `[${shape.join(", ")}]`;
}

/** What Python calls the type of a value: `torch.FloatTensor`, `numpy.ndarray`, `list`, `int`, `NoneType`. */
export function typeName(value: unknown): string {
  if (value === null || value === undefined) return "NoneType";
  if (typeof value === "boolean") return "bool";
  if (typeof value === "bigint") return "int";
  if (typeof value === "number") return Number.isInteger(value) ? "int" : "float";
  if (typeof value === "string") return "str";
  if (typeof value === "function") return "function";
  if (value instanceof PyFloat) return "float";
  if (Array.isArray(value)) return "list";
  if (value instanceof Map) return "dict";
  if (typeof value !== "object") return typeof value;
  if ("re" in value && "im" in value) return "complex";
  const prototype: unknown = Object.getPrototypeOf(value);
  if (prototype === Object.prototype || prototype === null) return "dict";
  if ("layout" in value && "storage" in value) {
    const isTensor = "stride" in value;
    return isTensor
      ? `torch.${scalarTypeName((value as unknown as { dtype: DType }).dtype)}Tensor`
      : "numpy.ndarray";
  }
  return value.constructor.name;
}

const cTypes: Readonly<Record<string, string>> = {
  bool: "bool",
  uint8: "unsigned char",
  int8: "signed char",
  uint16: "short unsigned int",
  int16: "short int",
  uint32: "unsigned int",
  int32: "int",
  uint64: "long unsigned int",
  int64: "long int",
  float16: "c10::Half",
  bfloat16: "c10::BFloat16",
  float32: "float",
  float64: "double",
  complex64: "c10::complex<float>",
  complex128: "c10::complex<double>",
};

/** The name of a type in C++, which a few messages show. */
export function cTypeName(dtype: DType): string {
  return cTypes[dtype.name] ?? scalarTypeName(dtype);
}

/** `torch.linalg.LinAlgError`: a matrix that cannot be inverted or decomposed. */
export class LinAlgError extends PythonError {
  constructor(message: string) {
    super("_LinAlgError", message);
  }
}
