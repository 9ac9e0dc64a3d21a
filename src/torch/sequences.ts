// Values for a new tensor: numbers and nested lists of them, arrays, tensors and typed arrays, with the type that
// PyTorch infers (torch/csrc/utils/tensor_new.cpp).

import * as dtypes from "../core/dtype.ts";
import { type DType, dtypeOfArray, type TypedArray } from "../core/dtype.ts";
import { elements, type Operand, type Scalar, setterOf, toBigInt } from "../core/elements.ts";
import { OverflowError, PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { warn } from "../core/warnings.ts";
import { TensorBase } from "./base.ts";
import { cTypeName, typeName } from "./errors.ts";
import { isScalar, plainScalar, promoteTypes, type ScalarLike, scalarType } from "./promotion.ts";
import { allocate } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** What a tensor can be made of. */
export type TensorData = ScalarLike | Operand | TypedArray | readonly TensorData[] | null | string;

/** True iff the value is an array or a tensor. */
export function isOperand(value: unknown): value is Operand {
  return typeof value === "object" && value !== null && "storage" in value && "layout" in value;
}

/** True iff the value is a typed array. */
export function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** An array that stands for a NumPy scalar. */
interface ArrayScalar extends Operand {
  readonly isScalar: true;
}

/** True iff the value is an array that stands for a NumPy scalar. */
export function isArrayScalar(value: unknown): value is ArrayScalar {
  return isOperand(value) && "isScalar" in value && value.isScalar === true;
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof TensorBase;
}

/** A typed array's memory as an operand. */
export function operandOfTyped(array: TypedArray): Operand {
  const dtype = dtypeOfArray(array)!;
  return { storage: new Storage(array), layout: Layout.contiguous(dtype, [array.length]) };
}

/** A list that can be gone through with operands as lists of their rows. */
function itemsOf(value: TensorData): readonly TensorData[] | undefined {
  if (Array.isArray(value)) return value as readonly TensorData[];
  if (isTypedArray(value)) return Array.from(value as Iterable<number | bigint>);
  return undefined;
}

/** The lengths of nested lists, by their first elements. */
function shapeOf(data: TensorData): number[] {
  const shape: number[] = [];
  let value: TensorData | undefined = data;
  while (value !== undefined) {
    if (isTensor(value)) return shape;
    if (typeof value === "string" && shape.length > 0) {
      throw new ValueError(`too many dimensions '${typeName(value)}'`);
    }
    if (isOperand(value)) return [...shape, ...value.layout.shape];
    const items = itemsOf(value);
    if (items === undefined) return shape;
    shape.push(items.length);
    if (items.length === 0) return shape;
    value = items[0];
  }
  return shape;
}

/** The type that the values meet in. */
function typeOf(data: TensorData): DType {
  if (isOperand(data)) {
    // A NumPy scalar is taken as the Python number it is.
    return data.layout.dtype;
  }
  if (isScalar(data)) return scalarType(data);
  const items = itemsOf(data);
  if (items === undefined) {
    if (typeof data === "string") throw new PythonTypeError(`new(): invalid data type '${typeName(data)}'`);
    throw new RuntimeError(`Could not infer dtype of ${typeName(data)}`);
  }
  if (isTypedArray(data)) return dtypeOfArray(data)!;
  if (items.length === 0) return scalarTypeOfEmpty();
  let dtype: DType | undefined;
  for (const item of items) {
    const next = typeOf(item);
    dtype = dtype === undefined || dtype === next ? next : promoteTypes(dtype, next);
  }
  return dtype!;
}

function scalarTypeOfEmpty(): DType {
  return scalarType(0.5);
}

/**
 * A new tensor of numbers and nested lists.
 * @throws ValueError for lists of unequal lengths; TypeError and RuntimeError for what is no number
 */
export function fromSequence(data: TensorData, dtype: DType | undefined): Tensor {
  warnSlow(data);
  // Finding the type goes through the list once more.
  if (dtype === undefined) warnSlow(data);
  const shape = shapeOf(data);
  const type = dtype ?? typeOf(data);
  const result = allocate(Layout.contiguous(type, shape));
  const array = result.storage.look(type);
  const set = setterOf(type);
  let position = 0;
  const fill = (value: TensorData, axis: number): void => {
    if (axis === shape.length) {
      set(array, position++, leafValue(value, type));
      return;
    }
    const items = isOperand(value) ? rowsOf(value) : itemsOf(value);
    if (items === undefined) {
      throw new PythonTypeError(
        `expected sequence of length ${shape[axis]} at dim ${axis} (got ${typeName(value)})`,
      );
    }
    if (items.length !== shape[axis]) {
      throw new ValueError(`expected sequence of length ${shape[axis]} at dim ${axis} (got ${items.length})`);
    }
    for (const item of items) fill(item, axis + 1);
  };
  fill(data, 0);
  return result;
}

export function warnSlow(data: TensorData): void {
  const items = itemsOf(data);
  const first = items?.[0];
  if (!isOperand(first) || isTensor(first) || isArrayScalar(first) || first.layout.rank === 0) return;
  warn(
    "UserWarning",
    "Creating a tensor from a list of numpy.ndarrays is extremely slow. Please consider converting the list to a single " +
      "numpy.ndarray with numpy.array() before converting to a tensor.",
  );
}

function rowsOf(operand: Operand): TensorData[] {
  const { layout } = operand;
  return Array.from({ length: layout.shape[0] ?? 0 }, (_, i) => {
    const row = layout.with(layout.shape.slice(1), layout.strides.slice(1), i * layout.strides[0]!);
    return row.rank === 0
      ? (elements({ storage: operand.storage, layout: row })[0] as ScalarLike)
      : { storage: operand.storage, layout: row };
  });
}

function leafValue(value: TensorData, dtype: DType): Scalar {
  if (isOperand(value)) {
    if (value.layout.size !== 1 && !dtype.isInteger) {
      throw new ValueError("only one element tensors can be converted to Python scalars");
    }
    if (value.layout.size !== 1) {
      throw new PythonTypeError("only integer tensors of a single element can be converted to an index");
    }
    return elements(value)[0]!;
  }
  if (!isScalar(value)) throw elementError(value, dtype);
  const plain = plainScalar(value);
  checkElement(plain, dtype);
  return plain;
}

/** The error for what is no number of a type's kind, as Python's conversion words it. */
function elementError(value: unknown, dtype: DType): PythonTypeError {
  return new PythonTypeError(
    dtype.isInteger
      ? `'${typeName(value)}' object cannot be interpreted as an integer`
      : `must be real number, not ${typeName(value)}`,
  );
}

/** @throws RuntimeError, TypeError or OverflowError where a number cannot be an element of an integer type */
function checkElement(value: Scalar, dtype: DType): void {
  if (typeof value === "object" && !dtype.isComplex && dtype !== dtypes.bool)
    throw elementError(value, dtype);
  if (!dtype.isInteger || typeof value === "boolean" || typeof value === "object") return;
  const isFloat = typeof value === "number" && !Number.isInteger(value);
  if (dtype === dtypes.uint64) {
    if (isFloat) throw new PythonTypeError("an integer is required");
    if (value < 0) throw new OverflowError("can't convert negative int to unsigned");
    if (value >= 2n ** 64n) throw new OverflowError("int too big to convert");
    return;
  }
  const whole = typeof value === "number" && !Number.isFinite(value) ? undefined : toBigInt(value);
  if (whole !== undefined && !isFloat) checkLong(whole, dtype);
  if (whole === undefined || !fits(whole, dtype)) {
    throw new RuntimeError(`value cannot be converted to type ${dtype.name} without overflow`);
  }
}

const leastLong = -(2n ** 63n);
const greatestLong = 2n ** 63n - 1n;

/** @throws ValueError or RuntimeError where an integer does not fit the type */
export function checkRange(value: Scalar, dtype: DType): void {
  if (!dtype.isInteger || typeof value === "boolean" || typeof value === "object") return;
  const whole = toBigInt(value);
  checkLong(whole, dtype);
  if (!fits(whole, dtype)) {
    const type = dtype === dtypes.int32 ? "int" : `${dtype.name}_t`;
    throw new RuntimeError(`value cannot be converted to type ${type} without overflow`);
  }
}

function checkLong(whole: bigint, dtype: DType): void {
  const greatest = dtype === dtypes.uint64 ? 2n ** 64n - 1n : greatestLong;
  if (whole < leastLong || whole > greatest) throw new ValueError("Overflow when unpacking long long");
}

/** True iff the type holds the number, unsigned types those that wrap around once. */
function fits(whole: bigint, dtype: DType): boolean {
  const bits = BigInt(8 * dtype.itemSize);
  const least = dtype.kind === "signed" ? -(1n << (bits - 1n)) : -(1n << bits) + 1n;
  const most = dtype.kind === "signed" ? (1n << (bits - 1n)) - 1n : (1n << bits) - 1n;
  return whole >= least && whole <= most;
}

const largest: ReadonlyMap<DType, number> = new Map([
  [dtypes.float16, 65504],
  [dtypes.bfloat16, 3.3895313892515355e38],
  [dtypes.float32, 3.4028234663852886e38],
  [dtypes.complex64, 3.4028234663852886e38],
]);

/** True iff a floating or complex type holds the number, or something near it. */
function isWithin(value: Scalar, dtype: DType): boolean {
  const limit = largest.get(dtype) ?? Number.POSITIVE_INFINITY;
  const parts = typeof value === "object" ? [value.re, value.im] : [Number(value)];
  return parts.every((part) => !Number.isFinite(part) || Math.abs(part) <= limit);
}

/** @throws RuntimeError where a tensor of the type cannot be filled with the value */
export function checkFilling(value: Scalar, dtype: DType): void {
  if (dtype === dtypes.bool || typeof value === "boolean") return;
  const isComplex = typeof value === "object";
  const real = isComplex ? value.re : value;
  const holds =
    (!isComplex || dtype.isComplex || value.im === 0) &&
    (dtype.isInteger
      ? (typeof real === "bigint" || Number.isFinite(real)) && fits(toBigInt(real), dtype)
      : isWithin(value, dtype));
  if (holds) return;
  const type = dtype === dtypes.int32 || !dtype.isInteger ? cTypeName(dtype) : `${dtype.name}_t`;
  throw new RuntimeError(`value cannot be converted to type ${type} without overflow`);
}

/** The number that a tensor of one element stands for; other values as they are. */
export function scalarOfTensor(value: ScalarLike | Tensor): ScalarLike {
  return isTensor(value) ? (elements(value)[0] as ScalarLike) : value;
}
