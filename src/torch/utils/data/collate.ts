// How items become a batch (torch/utils/data/_utils/collate.py).

import { isOptions } from "../../../core/arguments.ts";
import { float64, type TypedArray } from "../../../core/dtype.ts";
import { KeyError, PythonTypeError, RuntimeError } from "../../../core/errors.ts";
import { PyFloat } from "../../../core/python.ts";
import { pythonRepr } from "../../../core/text.ts";
import { fromTypedArray } from "../../../numpy/creation.ts";
import { NDArray } from "../../../numpy/ndarray.ts";
import { typeName } from "../../errors.ts";
import { asTensor, tensor } from "../../interop.ts";
import { stack } from "../../stacking.ts";
import { Tensor } from "../../tensor.ts";

/** What a batch of items of a type is: tensors where they hold numbers, with one axis more. */
export type Collated<Item> = Item extends Tensor | NDArray | TypedArray | PyFloat | number | bigint | boolean
  ? Tensor
  : Item extends string
    ? string[]
    : Item extends ReadonlyMap<infer Key, infer Value>
      ? Map<Key, Collated<Value>>
      : Item extends object
        ? { -readonly [Name in keyof Item]: Collated<Item[Name]> }
        : unknown;

/** A value of a mapping. @throws KeyError where it has none of that name */
function valueAt(mapping: unknown, key: unknown): unknown {
  const has = mapping instanceof Map ? mapping.has(key) : Object.hasOwn(mapping as object, key as string);
  if (!has) throw new KeyError(pythonRepr(key));
  return mapping instanceof Map ? mapping.get(key) : (mapping as Record<string, unknown>)[key as string];
}

function isTypedArray(value: unknown): value is TypedArray {
  return ArrayBuffer.isView(value) && !(value instanceof DataView);
}

/** An array of NumPy's, or a typed array, as a tensor over its memory. */
function arrayTensor(value: NDArray | TypedArray): Tensor {
  return asTensor(value instanceof NDArray ? value : fromTypedArray(value));
}

/** Numbers as a tensor: int64 where all are whole, else float64. */
function numberTensor(batch: readonly unknown[]): Tensor {
  const isWhole = batch.every((value) => typeof value === "bigint" || Number.isInteger(value));
  return isWhole
    ? tensor(batch as readonly (number | bigint)[])
    : tensor(batch.map(Number), { dtype: float64 });
}

/** Items of lists, list by list. */
function collateLists(batch: readonly (readonly unknown[])[]): unknown[] {
  const size = batch[0]!.length;
  if (batch.some((item) => item.length !== size))
    throw new RuntimeError("each element in list of batch should be of equal size");
  return Array.from({ length: size }, (_, i) => collate(batch.map((item) => item[i])));
}

function collate(batch: readonly unknown[]): unknown {
  const [first] = batch;
  if (first instanceof Tensor) return stack(batch as readonly Tensor[]);
  if (first instanceof NDArray || isTypedArray(first))
    return stack((batch as readonly (NDArray | TypedArray)[]).map(arrayTensor));
  if (typeof first === "number" || typeof first === "bigint" || first instanceof PyFloat)
    return numberTensor(batch);
  if (typeof first === "boolean") return tensor(batch as readonly boolean[]);
  if (typeof first === "string") return [...batch];
  if (first instanceof Map) {
    const entries = [...first.keys()].map(
      (key) => [key, collate(batch.map((item) => valueAt(item, key)))] as const,
    );
    return new Map(entries);
  }
  if (Array.isArray(first)) return collateLists(batch as readonly (readonly unknown[])[]);
  if (isOptions(first)) {
    const names = Object.keys(first);
    return Object.fromEntries(names.map((key) => [key, collate(batch.map((item) => valueAt(item, key)))]));
  }
  throw new PythonTypeError(
    `default_collate: batch must contain tensors, numpy arrays, numbers, dicts or lists; found <class '${typeName(first)}'>`,
  );
}

/**
 * A batch of items (torch.utils.data.default_collate): tensors and arrays are stacked, numbers become a tensor, texts a
 * list; lists, maps and object literals are gone through, and their parts collated.
 * @throws TypeError for other items, RuntimeError for lists of different lengths
 */
export function defaultCollate<Item>(batch: readonly Item[]): Collated<Item> {
  return collate(batch) as Collated<Item>;
}

/** An item with its arrays as tensors (torch.utils.data.default_convert); everything else stays. */
export function defaultConvert(data: unknown): unknown {
  if (data instanceof NDArray || isTypedArray(data)) return arrayTensor(data);
  if (data instanceof Map) return new Map([...data].map(([key, value]) => [key, defaultConvert(value)]));
  if (Array.isArray(data)) return data.map(defaultConvert);
  if (!isOptions(data)) return data;
  return Object.fromEntries(Object.entries(data).map(([key, value]) => [key, defaultConvert(value)]));
}
