// What the recorders of layout/ write down about an array or a tensor, read off the API.

import type { DType } from "../../src/core/dtype.ts";
import { elements, type Operand, setterOf } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import type { Storage } from "../../src/core/storage.ts";
import { collectWarnings, type PythonWarning } from "../../src/core/warnings.ts";
import type { NDArray } from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { decodeScalar, encodeScalar, type Json } from "./json.ts";
import { isArray, isTensor } from "./python/host.ts";

type Fields = { [key: string]: Json };

/** Numbers the memory blocks of a chain in the order in which they appear. */
export class Blocks {
  private readonly storages: Storage[] = [];
  private readonly dtypes: DType[] = [];

  /** The number of the block that an array lies in. */
  numberOf({ storage, layout }: Operand): number {
    const found = this.storages.indexOf(storage);
    if (found >= 0) return found;
    this.storages.push(storage);
    this.dtypes.push(layout.dtype);
    return this.storages.length - 1;
  }

  private whole(block: number): Operand {
    const [storage, dtype] = [this.storages[block]!, this.dtypes[block]!];
    return { storage, layout: Layout.contiguous(dtype, [storage.length(dtype)]) };
  }

  /** All elements of a block, in the type in which it was first seen. */
  contents(block: number): Json {
    return elements(this.whole(block)).map(encodeScalar);
  }

  /** Number of blocks seen. */
  get count(): number {
    return this.storages.length;
  }

  /** Replaces all elements of a block. */
  overwrite(block: number, values: readonly Json[]): void {
    const { storage, layout } = this.whole(block);
    const set = setterOf(layout.dtype);
    values.forEach((value, i) => {
      set(storage.view(layout.dtype), i, decodeScalar(value, layout.dtype));
    });
  }
}

/** The elements of an array or tensor in logical order, lazy bits applied. */
export function valuesOf(operand: Operand): Json {
  const plain = isTensor(operand) ? operand.detach().resolveConj().resolveNeg() : operand;
  return elements(plain).map(encodeScalar);
}

/** The letters of the flags that are set. */
function flagLetters({ flags }: NDArray): string {
  const letters: readonly (readonly [string, boolean])[] = [
    ["C", flags.cContiguous],
    ["F", flags.fContiguous],
    ["O", flags.owndata],
    ["W", flags.writeable],
    ["A", flags.aligned],
  ];
  return letters.map(([letter, isSet]) => (isSet ? letter : "")).join("");
}

/** Byte positions of every element's first byte. */
function bytePositions({ layout }: Operand): Set<number> {
  const { shape, strides, offset, unit, dtype } = layout;
  let positions = [offset * unit];
  shape.forEach((length, axis) => {
    const along = Array.from({ length }, (_, i) => i * strides[axis]! * unit);
    positions = positions.flatMap((position) => along.map((step) => position + step));
  });
  return new Set(positions.flatMap((start) => Array.from({ length: dtype.itemSize }, (_, i) => start + i)));
}

/** True iff the arrays have a byte in common. */
export function haveBytesInCommon(a: Operand, b: Operand): boolean {
  if (a.storage !== b.storage) return false;
  const bytes = bytePositions(b);
  return [...bytePositions(a)].some((position) => bytes.has(position));
}

/** Strides in elements, or in bytes where they are not whole elements. */
function steps({ layout }: Operand): Fields {
  const { itemSize } = layout.dtype;
  const byteStrides = layout.strides.map((stride) => stride * layout.unit);
  const byteOffset = layout.offset * layout.unit;
  if (![...byteStrides, byteOffset].every((bytes) => bytes % itemSize === 0))
    return { byteStrides, byteOffset };
  return { strides: byteStrides.map((bytes) => bytes / itemSize), offset: byteOffset / itemSize };
}

/** An array of a chain whose first one is `base`. */
export function chainArray(array: NDArray, blocks: Blocks, base: NDArray): Fields {
  return {
    dtype: array.dtype.name,
    shape: [...array.shape],
    ...steps(array),
    flags: flagLetters(array),
    buf: blocks.numberOf(array),
    shares: haveBytesInCommon(array, base),
    values: valuesOf(array),
  };
}

/** Whether gradients flow to a tensor, and from where; nothing when they do not. */
export function gradFields(tensor: torch.Tensor): Fields {
  if (!tensor.requiresGrad) return {};
  return { grad: { leaf: tensor.isLeaf, fn: tensor.gradFn === null ? null : tensor.gradFn.name } };
}

function lazyFields(tensor: torch.Tensor): Fields {
  return { ...(tensor.isConj() ? { conj: true } : {}), ...(tensor.isNeg() ? { neg: true } : {}) };
}

function tensorPlace(tensor: torch.Tensor): Fields {
  return {
    dtype: tensor.dtype.name,
    shape: [...tensor.shape],
    strides: [...tensor.stride()],
    offset: tensor.storageOffset(),
    contiguous: tensor.isContiguous(),
  };
}

/** A tensor of a chain. */
export function chainTensor(tensor: torch.Tensor, blocks: Blocks): Fields {
  const { ndim } = tensor;
  const { channelsLast, channelsLast3d } = torch;
  return {
    ...tensorPlace(tensor),
    ...(ndim === 4 ? { channelsLast: tensor.isContiguous(channelsLast) } : {}),
    ...(ndim === 5 ? { channelsLast3d: tensor.isContiguous(channelsLast3d) } : {}),
    isView: tensor._isView(),
    buf: blocks.numberOf(tensor),
    ...lazyFields(tensor),
    ...gradFields(tensor),
    values: valuesOf(tensor),
  };
}

/** A tensor that stands alone. */
export function seenTensor(tensor: torch.Tensor): Fields {
  const type = tensor.constructor.name;
  return {
    ...tensorPlace(tensor),
    values: valuesOf(tensor),
    ...gradFields(tensor),
    ...lazyFields(tensor),
    ...(type === "Tensor" ? {} : { class: type }),
  };
}

/** An array that stands alone. */
export function seenArray(array: NDArray): Fields {
  const { offset: _, byteOffset: __, ...strides } = steps(array);
  return {
    dtype: array.dtype.name,
    shape: [...array.shape],
    ...strides,
    flags: flagLetters(array),
    values: valuesOf(array),
  };
}

/**
 * The record without what means nothing: strides of axes of length 1, and of empty arrays.
 */
export function meaningful(record: Json): Json {
  if (Array.isArray(record)) return record.map(meaningful);
  if (typeof record !== "object" || record === null) return record;
  const fields = Object.fromEntries(
    Object.entries(record).map(([name, value]) => [name, meaningful(value)]),
  ) as Fields;
  for (const name of ["strides", "byteStrides"]) {
    const { [name]: strides, shape } = fields;
    if (!Array.isArray(strides) || !Array.isArray(shape)) continue;
    const isEmpty = shape.includes(0);
    fields[name] = strides.map((stride: Json, axis: number) =>
      isEmpty || shape[axis] === 1 ? null : stride,
    );
  }
  return fields;
}

/** What running something gave: a value or an error, and the warnings. */
export interface Outcome {
  readonly value: unknown;
  readonly error: Error | undefined;
  readonly warnings: readonly PythonWarning[];
}

/** Runs something and catches what Python would. */
export function attempt(run: () => unknown): Outcome {
  const { result, warnings } = collectWarnings(() => {
    try {
      return { value: run(), error: undefined };
    } catch (error) {
      if (!(error instanceof Error)) throw error;
      return { value: null, error };
    }
  });
  return { ...result, warnings };
}

/** An error as it is recorded. */
export function errorFields(error: Error): Fields {
  return { error: error.name, message: error.message };
}

/** Warnings as they are recorded. */
export function warningFields(warnings: readonly PythonWarning[]): Json {
  return warnings.map(({ category, message }) => ({ type: category, message }));
}

/** True iff the value is an array of either face. */
export function isOperand(value: unknown): value is NDArray | torch.Tensor {
  return isArray(value) || isTensor(value);
}
