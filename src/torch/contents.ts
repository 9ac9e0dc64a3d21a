// What a tensor says of itself and its values as JavaScript values.

import { elements, isTruthy, type Scalar } from "../core/elements.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import type { Storage } from "../core/storage.ts";
import { isSamePlace } from "./overlap.ts";
import { tensorRepr } from "./print.ts";
import { resolved } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

/** Where the first element is, in elements from the beginning of the storage. */
export function storageOffset(input: Tensor): number {
  return input.layout.offset;
}

/** Number of axes. */
export function dim(input: Tensor): number {
  return input.ndim;
}

/** Number of axes. */
export function ndimension(input: Tensor): number {
  return input.ndim;
}

/** Number of elements. */
export function numel(input: Tensor): number {
  return input.layout.size;
}

/** Number of elements. */
export function nelement(input: Tensor): number {
  return input.layout.size;
}

/** Bytes of one element. */
export function elementSize(input: Tensor): number {
  return input.dtype.itemSize;
}

/** True iff the tensor is a view of another. */
export function _isView(input: Tensor): boolean {
  return input.base !== null;
}

/** True iff another tensor has the same shape and elements, whatever its type; NaN equals nothing (`torch.equal`). */
export function equal(input: Tensor, other: Tensor): boolean {
  checkTensor("equal", "other", 2, other);
  if (input.shape.join() !== other.shape.join()) return false;
  return input.detach().eq(other.detach()).all().item() === true;
}

/** True iff both have the same lengths of axes (`torch.is_same_size`). */
export function isSameSize(input: Tensor, other: Tensor): boolean {
  return input.shape.join() === other.shape.join();
}

/** True iff both are the same elements in the same places of one memory (`Tensor.is_set_to`). */
export function isSetTo(input: Tensor, tensor: Tensor): boolean {
  return input.storage === tensor.storage && isSamePlace(input.layout, tensor.layout);
}

/** True iff the type has numbers below 0 (`torch.is_signed`). */
export function isSigned(input: Tensor): boolean {
  return input.dtype.kind !== "bool" && input.dtype.kind !== "unsigned";
}

/** True iff the one element is not 0 (`torch.is_nonzero`). @throws RuntimeError for another number of elements */
export function isNonzero(input: Tensor): boolean {
  const { size } = input.layout;
  if (size !== 1) {
    throw new RuntimeError(
      size === 0
        ? "Boolean value of Tensor with no values is ambiguous"
        : "Boolean value of Tensor with more than one value is ambiguous",
    );
  }
  return isTruthy(elements(input)[0]!);
}

/** A number that has the address's use: equal for tensors that begin at one place of one storage. */
export function dataPtr(input: Tensor): number {
  let id = addresses.get(input.storage.buffer);
  if (id === undefined) {
    id = addressCount++;
    addresses.set(input.storage.buffer, id);
  }
  return id * 2 ** 40 + input.storage.byteOffset + input.layout.offset * input.layout.unit;
}

const addresses: WeakMap<object, number> = new WeakMap();
let addressCount = 1;

/** A tensor's memory as a whole. */
export class UntypedStorage {
  private readonly storage: Storage;

  constructor(storage: Storage) {
    this.storage = storage;
  }

  /** Bytes of the memory. */
  nbytes(): number {
    return this.storage.byteLength;
  }

  /** Bytes of the memory. */
  size(): number {
    return this.storage.byteLength;
  }

  /** The bytes themselves. */
  bytes(): Uint8Array {
    return this.storage.bytes();
  }
}

/** The memory under the tensor. */
export function untypedStorage(input: Tensor): UntypedStorage {
  return new UntypedStorage(input.storage);
}

/** An element as users get it: 64-bit integers as numbers where that is exact. */
function plain(value: Scalar): Scalar {
  if (typeof value !== "bigint") return value;
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** The value of a tensor of one element. @throws RuntimeError when it has more or none */
export function item(input: Tensor): Scalar {
  if (input.layout.size !== 1) {
    throw new RuntimeError(`a Tensor with ${input.layout.size} elements cannot be converted to Scalar`);
  }
  return plain(elements(input.bits === 0 ? input : resolved(input))[0]!);
}

/** Values in nested lists. */
export type Nested = Scalar | Nested[];

/** The values as nested lists, or the value of a 0-d tensor. */
export function tolist(input: Tensor): Nested {
  const values = elements(input.bits === 0 ? input : resolved(input)).map(plain);
  const { shape } = input.layout;
  let at = 0;
  const nest = (axis: number): Nested =>
    axis === shape.length ? values[at++]! : Array.from({ length: shape[axis]! }, () => nest(axis + 1));
  return nest(0);
}

/** Number of rows: Python's `len`. @throws TypeError for a 0-d tensor */
export function length(input: Tensor): number {
  if (input.ndim === 0) throw new PythonTypeError("len() of a 0-d tensor");
  return input.shape[0]!;
}

/** PyTorch's printed form: Python's `repr` and `str`. */
export function repr(input: Tensor): string {
  const values = input.bits === 0 ? input : resolved(input);
  return tensorRepr(values, {
    gradFn: input.gradFn?.name ?? null,
    requiresGrad: input.requiresGrad,
    parameter: input.isParameter,
  });
}
