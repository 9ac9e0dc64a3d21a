// Between NumPy's arrays and tensors: who shares memory, who copies, what is refused (torch/csrc/utils/tensor_numpy.cpp,
// tensor_new.cpp). Also tensors of JavaScript's values.

import type { DType } from "../core/dtype.ts";
import * as dtypes from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonError, PythonTypeError, RuntimeError, ValueError } from "../core/errors.ts";
import { extent, Layout } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { warn } from "../core/warnings.ts";
import { isItemArray, isNDArray } from "../numpy/kinds.ts";
import type { NDArray } from "../numpy/ndarray.ts";
import { makeTensor, TensorBase } from "./base.ts";
import { convertedTo } from "./converted.ts";
import { type CreationOptions, finish } from "./creation-options.ts";
import { asDtype } from "./dtypes.ts";
import { scalarTypeName, typeName } from "./errors.ts";
import { isScalar } from "./promotion.ts";
import {
  fromSequence,
  isOperand,
  isTypedArray,
  operandOfTyped,
  type TensorData,
  warnSlow,
} from "./sequences.ts";
import { allocate } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** True iff the value is an array of NumPy's face that stands for an array, not for a scalar. */
function isArray(value: unknown): value is NDArray {
  return isNDArray(value) && !value.isScalar;
}

function pythonName(value: unknown): string {
  if (value instanceof TensorBase) return "Tensor";
  if (isNDArray(value)) return value.isScalar ? `numpy.${value.dtype.name}` : "numpy.ndarray";
  return typeName(value);
}

/**
 * Arrays of text, objects, dates and records, and numbers in the other byte order, become no tensors.
 * @throws TypeError, ValueError for such an array
 */
function refuseItems(data: unknown): void {
  if (typeof data !== "object" || Array.isArray(data) || !isItemArray(data)) return;
  const { scalarName, kind } = data.dtype.rules;
  if ("biufc".includes(kind)) {
    throw new ValueError(
      "given numpy array has byte order different from the native byte order. Conversion between byte orders is " +
        "currently not supported.",
    );
  }
  throw new PythonTypeError(
    `can't convert np.ndarray of type ${scalarName}. The only supported types are: float64, float32, float16, ` +
      "complex64, complex128, int64, int32, int16, int8, uint64, uint32, uint16, uint8, and bool.",
  );
}

/**
 * A tensor over an array's memory.
 * @throws TypeError for what is no array, ValueError for negative strides
 */
export function fromNumpy(array: NDArray): Tensor {
  refuseItems(array);
  if (!isArray(array)) throw new PythonTypeError(`expected np.ndarray (got ${pythonName(array)})`);
  return sharing(array, true);
}

function warnReadOnly(array: NDArray): void {
  if (array.writeable) return;
  warn(
    "UserWarning",
    "The given NumPy array is not writable, and PyTorch does not support non-writable tensors. This means writing to " +
      "this tensor will result in undefined behavior. You may want to copy the array to protect its data or make it " +
      "writable before converting it to a tensor. This type of warning will be suppressed for the rest of this program.",
  );
}

/** A tensor over an array's memory, with a version count of its own. */
function sharing(array: NDArray, warns: boolean): Tensor {
  const { layout } = array;
  if (!layout.isAligned) {
    throw new ValueError(
      "given numpy array strides not a multiple of the element byte size. Copy the numpy array to reallocate the memory.",
    );
  }
  if (warns) warnReadOnly(array);
  if (layout.strides.some((stride) => stride < 0)) {
    throw new ValueError(
      "At least one stride in the given numpy array is negative, and tensors with negative strides are not currently " +
        "supported. (You can probably work around this by making a copy of your array  with array.copy().) ",
    );
  }
  return over(array);
}

/** A tensor over an operand's memory. Its storage begins and ends where the operand does, as PyTorch has it. */
function over({ storage, layout }: Operand): Tensor {
  const { dtype, shape, strides, offset } = layout;
  const start = storage.byteOffset + offset * dtype.itemSize;
  const reach = extent(layout);
  const length = reach === undefined ? 0 : reach.high - offset + 1;
  const isWhole = offset === 0 && length * dtype.itemSize === storage.byteLength;
  const tensor =
    isWhole || start % dtype.array.BYTES_PER_ELEMENT !== 0
      ? makeTensor(storage, layout)
      : makeTensor(storageFrom(storage, dtype, start, length), new Layout(dtype, shape, strides));
  storage.isLent = true;
  tensor.storage.isLent = true;
  return tensor;
}

function storageFrom(storage: Storage, dtype: DType, start: number, length: number): Storage {
  return new Storage(new dtype.array(storage.buffer, start, length * dtype.lanes));
}

/** A tensor over the memory of whatever exports it (`torch.from_dlpack`). */
export function fromDlpack(source: NDArray | Tensor): Tensor {
  if (source instanceof TensorBase) return (source as Tensor).detach();
  if (isItemArray(source)) {
    const isNumber = "biufc".includes(source.dtype.kind);
    throw new PythonError(
      "BufferError",
      isNumber
        ? "DLPack only supports native byte order."
        : "DLPack only supports signed/unsigned integers, float and complex dtypes.",
    );
  }
  if (!isNDArray(source)) {
    throw new PythonTypeError(`expected an array or a tensor (got ${pythonName(source)})`);
  }
  if (!source.layout.isAligned)
    throw new PythonError(
      "BufferError",
      "DLPack only supports arrays whose strides are a multiple of itemsize.",
    );
  return sharing(source, false);
}

/** Options of `tensor` and its kin. */
export interface TensorOptions extends CreationOptions {
  readonly pinMemory?: boolean;
}

/**
 * A new tensor of numbers, nested lists, or the values of an array: always a copy, without history.
 * @throws RuntimeError when gradients are required of an integer or bool type
 */
export function tensor(data: TensorData | NDArray, options: TensorOptions = {}): Tensor {
  const dtype = requestedType(options);
  if (data instanceof TensorBase) {
    warn(
      "UserWarning",
      "To copy construct from a tensor, it is recommended to use sourceTensor.detach().clone() or " +
        "sourceTensor.detach().clone().requires_grad_(True), rather than torch.tensor(sourceTensor).",
    );
  }
  const result = copyOf(data, dtype);
  return finish(result, options);
}

function requestedType(options: CreationOptions): DType | undefined {
  return options.dtype === undefined || options.dtype === null ? undefined : asDtype(options.dtype);
}

function copyOf(data: TensorData, dtype: DType | undefined): Tensor {
  refuseItems(data);
  if (data instanceof TensorBase) {
    const source = (data as Tensor).detach();
    return convertedTo(source, dtype ?? source.dtype);
  }
  if (isArray(data)) return convertedTo(sharing(data, false), dtype ?? data.dtype);
  if (isTypedArray(data)) {
    const source = over(operandOfTyped(data));
    return convertedTo(source, dtype ?? source.dtype);
  }
  return fromSequence(data, dtype ?? scalarLeafType(data));
}

/** NumPy scalars keep their type, as 0-d arrays do. */
function scalarLeafType(data: TensorData): DType | undefined {
  return isOperand(data) ? data.layout.dtype : undefined;
}

/** A tensor over the data's memory where that is possible and the type is as asked, else a copy. */
export function asTensor(data: TensorData | NDArray, options: TensorOptions = {}): Tensor {
  const dtype = requestedType(options);
  if (data instanceof TensorBase) return dtype === undefined ? (data as Tensor) : (data as Tensor).to(dtype);
  if (isArray(data)) {
    const shared = sharing(data, true);
    return dtype === undefined ? shared : shared.to(dtype);
  }
  if (isTypedArray(data)) {
    const shared = over(operandOfTyped(data));
    return dtype === undefined ? shared : shared.to(dtype);
  }
  return copyOf(data, dtype);
}

/** What `asarray` takes by name. */
export interface AsarrayOptions extends TensorOptions {
  /** true: always a copy; false: never, or an error; null: where it is needed. */
  readonly copy?: boolean | null;
}

/** As `asTensor`, with a say in copying; the result is out of the source's history unless gradients are asked for. */
export function asarray(data: TensorData | NDArray, options: AsarrayOptions = {}): Tensor {
  const copy = options.copy ?? null;
  const dtype = requestedType(options);
  refuseItems(data);
  const source = aliasOf(data);
  if (source === undefined) {
    if (copy === false) throw new ValueError("can't alias arbitrary sequence into a tensor.");
    return finish(copyOf(data, dtype), options);
  }
  const wanted = dtype ?? source.dtype;
  if (copy === false && wanted !== source.dtype) {
    throw new ValueError(
      `can't alias tensor with dtype '${scalarTypeName(source.dtype)}' into dtype '${scalarTypeName(wanted)}'.`,
    );
  }
  if (isArray(data) && copy !== true) warnReadOnly(data);
  let result = source;
  if (wanted !== source.dtype) result = source.to(wanted);
  else if (copy === true) result = source.clone();
  if (options.requiresGrad === true && !result.requiresGrad) return finish(result.detach(), options);
  return options.requiresGrad !== true && result.requiresGrad ? result.detach() : result;
}

function aliasOf(data: TensorData): Tensor | undefined {
  if (data instanceof TensorBase) return data as Tensor;
  if (isArray(data)) return data.ndim === 0 ? sharing(data, false).clone() : sharing(data, false);
  return isTypedArray(data) ? over(operandOfTyped(data)) : undefined;
}

/** The old constructors: sizes give memory to be written, a list or an array gives values, all of one type. */
export function legacyTensor(args: readonly unknown[], dtype: DType): Tensor {
  const [first] = args;
  refuseItems(first);
  if (args.length === 0) return allocate(Layout.contiguous(dtype, [0]));
  if (first instanceof TensorBase) return (first as Tensor).detach();
  if (isArray(first)) {
    if (first.ndim === 0 && first.dtype.isInteger) return sized([Number(first.item())], dtype);
    return sharing(first, true).to(dtype);
  }
  args.forEach((arg, i) => {
    if (typeof arg !== "bigint" || (arg < 2n ** 63n && arg >= -(2n ** 63n))) return;
    throw new PythonTypeError(
      `new(): argument 'size' failed to unpack the object at pos ${i + 1} with error "Overflow when unpacking long long`,
    );
  });
  if (args.every((arg) => typeof arg === "number" && Number.isInteger(arg)) || typeof first === "bigint") {
    return sized(args.map(Number), dtype);
  }
  if (isNDArray(first) && first.dtype.isInteger) return sized([Number(first.item())], dtype);
  if (typeof first === "string") throw new PythonTypeError(`new(): invalid data type '${typeName(first)}'`);
  if (isNDArray(first) || isScalar(first) || !isSequence(first)) {
    throw new PythonTypeError(`new(): data must be a sequence (got ${pythonName(first)})`);
  }
  // Whether the list is one of sizes is tried first, which goes through it once more.
  warnSlow(first);
  return copyOf(first, dtype);
}

function isSequence(value: unknown): value is TensorData {
  return Array.isArray(value) || isTypedArray(value) || isOperand(value);
}

function sized(shape: readonly number[], dtype: DType): Tensor {
  const bytes = shape.reduce((count, length) => count * length, dtype.itemSize);
  if (bytes >= 2 ** 40) {
    throw new RuntimeError(
      "[enforce fail at alloc_cpu.cpp:127] err == 0. DefaultCPUAllocator: can't allocate memory: you tried to allocate " +
        `${bytes} bytes. Error code 12 (Cannot allocate memory)`,
    );
  }
  return allocate(Layout.contiguous(dtype, shape));
}

type Legacy = (...args: readonly unknown[]) => Tensor;
const legacy =
  (dtype: DType): Legacy =>
  (...args) =>
    legacyTensor(args, dtype);

export const FloatTensor: Legacy = legacy(dtypes.float32);
export const DoubleTensor: Legacy = legacy(dtypes.float64);
export const HalfTensor: Legacy = legacy(dtypes.float16);
export const BFloat16Tensor: Legacy = legacy(dtypes.bfloat16);
export const LongTensor: Legacy = legacy(dtypes.int64);
export const IntTensor: Legacy = legacy(dtypes.int32);
export const ShortTensor: Legacy = legacy(dtypes.int16);
export const CharTensor: Legacy = legacy(dtypes.int8);
export const ByteTensor: Legacy = legacy(dtypes.uint8);
export const BoolTensor: Legacy = legacy(dtypes.bool);

/** An array that NumPy made of tensors, as a tensor; truths are bytes (`Tensor.__array_wrap__`). */
export function wrapArray(array: NDArray): Tensor {
  const result = array.isScalar ? array.viewAs(array.layout) : array;
  return sharing(result.dtype === dtypes.bool ? result.astype("uint8") : result, false);
}

/** True iff the value is a tensor (`torch.is_tensor`). */
export function isTensor(value: unknown): value is Tensor {
  return value instanceof TensorBase;
}
