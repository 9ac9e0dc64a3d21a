// Python's copy module for what holds tensors: modules, optimizers, state dicts, and tensors themselves
// (torch.Tensor.__deepcopy__, torch._tensor). In a deep copy, what shared memory or was one object before is so again.

import { DType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { PyFloat } from "../core/python.ts";
import { Storage } from "../core/storage.ts";
import { isNDArray } from "../numpy/kinds.ts";
import { TensorBase } from "./base.ts";
import { MemberMap } from "./nn/member-map.ts";

/** What has been copied already, and its copy. */
type Copies = Map<object, unknown>;

function isKept(value: unknown): boolean {
  return (
    typeof value !== "object" ||
    value === null ||
    value instanceof DType ||
    value instanceof PyFloat ||
    Object.isFrozen(value)
  );
}

/** A tensor of the same class over a storage. */
function remade(tensor: TensorBase, storage: Storage): TensorBase {
  const result = new TensorBase(storage, tensor.layout);
  Object.setPrototypeOf(result, Object.getPrototypeOf(tensor) as object);
  result.bits = tensor.bits;
  if (tensor.requiresGrad) result.requiresGrad = true;
  return result;
}

function copyOfStorage(storage: Storage, copies: Copies): Storage {
  const known = copies.get(storage);
  if (known !== undefined) return known as Storage;
  const { buffer, byteOffset, byteLength } = storage;
  const result = Storage.fromBytes(buffer.slice(byteOffset, byteOffset + byteLength));
  copies.set(storage, result);
  return result;
}

function copyOfTensor(tensor: TensorBase, copies: Copies): TensorBase {
  if (!tensor.isLeaf) {
    throw new RuntimeError(
      "Only Tensors created explicitly by the user (graph leaves) support the deepcopy protocol at the moment.  If you were " +
        "attempting to deepcopy a module, this may be because of a torch.nn.utils.weight_norm usage, see " +
        "https://github.com/pytorch/pytorch/pull/103001",
    );
  }
  const result = remade(tensor, copyOfStorage(tensor.storage, copies));
  copies.set(tensor, result);
  if (tensor.grad !== null) result.grad = deep(tensor.grad, copies);
  return result;
}

function copyOfMembers<T extends object>(value: T, copies: Copies): T {
  const result = Object.create(Object.getPrototypeOf(value) as object) as T;
  copies.set(value, result);
  for (const [name, descriptor] of Object.entries(Object.getOwnPropertyDescriptors(value))) {
    const own = "value" in descriptor ? { ...descriptor, value: deep(descriptor.value, copies) } : descriptor;
    Object.defineProperty(result, name, own);
  }
  return result;
}

function deep<T>(value: T, copies: Copies): T {
  if (isKept(value)) return value;
  const object = value as object;
  const known = copies.get(object);
  if (known !== undefined) return known as T;
  if (object instanceof TensorBase) return copyOfTensor(object, copies) as T;
  if (isNDArray(object)) return object.copy() as T;
  if (Array.isArray(object)) {
    const result: unknown[] = [];
    copies.set(object, result);
    for (const item of object) result.push(deep(item, copies));
    return result as T;
  }
  if (object instanceof Map) {
    const result: Map<unknown, unknown> = object instanceof MemberMap ? new MemberMap() : new Map();
    copies.set(object, result);
    for (const [key, item] of object) result.set(deep(key, copies), deep(item, copies));
    return result as T;
  }
  if (object instanceof Set) {
    const result = new Set<unknown>();
    copies.set(object, result);
    for (const item of object) result.add(deep(item, copies));
    return result as T;
  }
  return ArrayBuffer.isView(object) ? (structuredClone(object) as T) : (copyOfMembers(object, copies) as T);
}

/**
 * A copy with memory of its own (Python's `copy.deepcopy`): of a tensor, a module, an optimizer, a state dict.
 * @throws RuntimeError for a tensor that an operation made, under gradients
 */
export function deepcopy<T>(value: T): T {
  return deep(value, new Map());
}

/** Another object over the same memory and members (Python's `copy.copy`). */
export function copy<T>(value: T): T {
  if (isKept(value)) return value;
  const object = value as object;
  if (object instanceof TensorBase) return remade(object, object.storage) as T;
  if (isNDArray(object)) return object.copy() as T;
  if (Array.isArray(object)) return [...object] as T;
  if (object instanceof Map) return new Map(object) as T;
  if (object instanceof Set) return new Set(object) as T;
  return Object.create(
    Object.getPrototypeOf(object) as object,
    Object.getOwnPropertyDescriptors(object),
  ) as T;
}
