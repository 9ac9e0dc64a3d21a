// PyTorch's tensors over storages that a file holds: bounds, views, and the kinds that are more than strides.
// What each must fulfil is said by torch/_utils.py and the constructors it calls.

import { int64 } from "../../core/dtype.ts";
import { elements, forEachPosition, getterOf, type Scalar, setterOf } from "../../core/elements.ts";
import { FormatError } from "../../core/errors.ts";
import { contiguousStrides, Layout, type Shape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { checkShape, countOf } from "../numpy/types.ts";
import { Stored } from "../stored.ts";
import {
  type ArrayFacts,
  ArrayValue,
  type NestedTensor,
  type RawTensor,
  type SparseTensor,
  TupleValue,
  type Value,
} from "../values.ts";
import type { TorchType } from "./types.ts";

/** What must be done before the file is open, once these storages have been read. */
export type Early = (needs: readonly Stored[], work: () => void) => void;

/** A non-negative integer. @throws FormatError when it is none */
export function countFrom(value: Value | undefined, what: string): number {
  if (typeof value !== "number" || !Number.isSafeInteger(value) || value < 0) {
    throw new FormatError(
      `${what} is no count${typeof value === "number" || typeof value === "bigint" ? `: ${value}` : ""}`,
    );
  }
  return value;
}

/** The counts of a tuple or torch.Size: a shape, or strides, of which torch has no negative ones. */
export function countsFrom(value: Value | undefined, what: string): readonly number[] {
  if (!(value instanceof TupleValue)) throw new FormatError(`${what} is no tuple of counts`);
  if (value.hasWholeFloat) throw new FormatError(`${what} has a float for a count`);
  if (value.items.some((item) => typeof item === "bigint"))
    throw new FormatError(`${what} is beyond any storage`);
  for (const item of value.items) countFrom(item, `an entry of ${what}`);
  return checkShape(value.items);
}

/** The shape and strides of a tensor, checked to go together. */
export function geometryFrom(
  shape: Value | undefined,
  strides: Value | undefined,
): { shape: Shape; strides: readonly number[] } {
  const dimensions = countsFrom(shape, "the tensor's shape");
  const steps = countsFrom(strides, "the tensor's strides");
  if (dimensions.length !== steps.length) {
    throw new FormatError(`the tensor has ${dimensions.length} dimensions and ${steps.length} strides`);
  }
  countOf(dimensions, 1);
  return { shape: dimensions, strides: steps };
}

/** Checks that a tensor lies within `length` elements. @throws FormatError when it does not */
export function checkInside(shape: Shape, strides: readonly number[], offset: number, length: number): void {
  const last = shape.reduce(
    (sum, size, axis) => sum + BigInt(size - 1) * BigInt(strides[axis]!),
    BigInt(offset),
  );
  const inside = shape.includes(0) ? offset <= length : last < BigInt(length);
  if (!inside) {
    throw new FormatError(
      `the tensor of shape (${shape.join(", ")}), strides (${strides.join(", ")}) and offset ${offset} reaches beyond its storage of ${length} elements`,
    );
  }
}

/** A strided tensor of any type, or its bytes where the type is none of the core's. */
export function stridedTensor(
  stored: Stored,
  type: TorchType,
  offset: number,
  geometry: { shape: Shape; strides: readonly number[] },
  facts: ArrayFacts,
): ArrayValue | RawTensor {
  const { shape, strides } = geometry;
  checkInside(shape, strides, offset, Math.floor(stored.byteLength / type.size));
  const dtype = type.dtype ?? type.integers;
  if (dtype !== undefined) return new ArrayValue(stored, new Layout(dtype, shape, strides, offset), facts);
  return { kind: "raw", dtype: type.name, itemSize: type.size, stored, shape, strides, offset, facts };
}

/** Bytes that resolving a lazy view may take beyond its storage. */
const resolvedAlways = 2 ** 26;

/**
 * The elements of a lazily conjugated or negated view, worked out into a storage of their own.
 * torch keeps them as a bit on the tensor; here a layout has no such bit.
 */
export function resolved(array: ArrayValue, facts: ArrayFacts): ArrayValue {
  const { dtype, shape, size } = array.layout;
  const { stored } = array;
  if (size * dtype.itemSize > resolvedAlways + 16 * stored.byteLength) {
    throw new FormatError("a conjugated or negated view is too large to be worked out");
  }
  const layout = new Layout(dtype, shape, contiguousStrides(shape));
  const get = getterOf(dtype);
  const set = setterOf(dtype);
  const fill = async (bytes: Uint8Array): Promise<void> => {
    const source = (await stored.load()).view(dtype);
    const target = new Storage(bytes).view(dtype);
    let at = 0;
    forEachPosition(array.layout, (position) => set(target, at++, changed(get(source, position), facts)));
  };
  return new ArrayValue(Stored.filled(size * dtype.itemSize, fill, stored.place), layout, facts);
}

function changed(value: Scalar, facts: ArrayFacts): Scalar {
  const sign = facts.negated === true ? -1 : 1;
  if (typeof value !== "object")
    return typeof value === "bigint" ? BigInt(sign) * value : sign * Number(value);
  const turn = facts.conjugated === true ? -sign : sign;
  return { re: sign * value.re, im: turn * value.im };
}

function wholeNumbers(array: ArrayValue): number[] {
  return elements(array).map(Number);
}

/** A COO tensor; that its indices lie inside is checked when they have been read. */
export function sparseCoo(
  parts: { indices: ArrayValue; values: ArrayValue; shape: Shape; coalesced: boolean },
  facts: ArrayFacts,
): SparseTensor {
  const { indices, values, shape, coalesced } = parts;
  const [dimensions, count] = indices.shape;
  countOf(shape, 1);
  const fits =
    indices.layout.rank === 2 &&
    indices.layout.dtype === int64 &&
    dimensions! <= shape.length &&
    values.shape[0] === count &&
    values.shape.slice(1).join() === shape.slice(dimensions).join();
  if (!fits) throw new FormatError("a sparse tensor's indices and values do not go together with its shape");
  indices.stored.whenLoaded(() => {
    wholeNumbers(indices).forEach((index, at) => {
      const length = shape[Math.floor(at / count!)]!;
      if (!(index >= 0 && index < length)) {
        throw new FormatError(`a sparse tensor has index ${index} in a dimension of ${length}`);
      }
    });
  });
  return {
    kind: "sparse",
    dtype: values.layout.dtype,
    shape,
    sparseLayout: "sparse_coo",
    coalesced,
    indices,
    values,
    facts,
  };
}

/** A CSR, CSC, BSR or BSC tensor; its indices are checked when they have been read. */
export function sparseCompressed(
  sparseLayout: string,
  parts: { compressed: ArrayValue; plain: ArrayValue; values: ArrayValue; shape: Shape },
  facts: ArrayFacts,
): SparseTensor {
  const { compressed, plain, values, shape } = parts;
  const batch = compressed.layout.rank - 1;
  const isRows = sparseLayout === "sparse_csr" || sparseLayout === "sparse_bsr";
  const isBlocked = sparseLayout === "sparse_bsr" || sparseLayout === "sparse_bsc";
  const count = plain.shape[batch];
  countOf(shape, 1);
  const block = isBlocked ? values.shape.slice(batch + 1, batch + 3) : [1, 1];
  const [rows, columns] = [0, 1].map((axis) => (shape[batch + axis] ?? 0) / (block[axis] ?? 0));
  const [lines, width] = isRows ? [rows!, columns!] : [columns!, rows!];
  const fits =
    batch >= 0 &&
    shape.length >= batch + 2 &&
    plain.layout.rank === batch + 1 &&
    values.shape[batch] === count &&
    compressed.shape[batch] === lines + 1 &&
    [compressed, plain].every((part) => part.layout.dtype.isInteger);
  if (!fits) throw new FormatError("a sparse tensor's indices and values do not go together with its shape");
  compressed.stored.whenLoaded(() => {
    const pointers = wholeNumbers(compressed);
    const wrong = pointers.some((pointer, at) => {
      const line = at % (lines + 1);
      if (line === 0) return pointer !== 0;
      return pointer < pointers[at - 1]! || (line === lines && pointer !== count);
    });
    if (wrong)
      throw new FormatError("a sparse tensor's pointers do not go from 0 up to the number of its values");
  });
  plain.stored.whenLoaded(() => {
    if (wholeNumbers(plain).some((index) => !(index >= 0 && index < width))) {
      throw new FormatError(`a sparse tensor has an index outside its dimension of ${width}`);
    }
  });
  return {
    kind: "sparse",
    dtype: values.layout.dtype,
    shape,
    sparseLayout,
    compressedIndices: compressed,
    plainIndices: plain,
    values,
    facts,
  };
}

/** A nested tensor: its parts are found when their sizes have been read. */
export function nestedTensor(
  buffer: ArrayValue,
  sizes: ArrayValue,
  strides: ArrayValue,
  offsets: ArrayValue,
  facts: ArrayFacts,
  early: Early,
): NestedTensor {
  const parts: ArrayValue[] = [];
  const [count, rank] = sizes.shape;
  const fits =
    buffer.layout.rank === 1 &&
    sizes.layout.rank === 2 &&
    sizes.shape.join() === strides.shape.join() &&
    offsets.shape.join() === String(count) &&
    [sizes, strides, offsets].every((part) => part.layout.dtype === int64);
  if (!fits) throw new FormatError("a nested tensor's sizes, strides and offsets do not go together");
  early([sizes.stored, strides.stored, offsets.stored], () => {
    const [lengths, steps, starts] = [sizes, strides, offsets].map(wholeNumbers) as [
      number[],
      number[],
      number[],
    ];
    for (let index = 0; index < count!; index++) {
      const shape = checkShape(lengths.slice(index * rank!, (index + 1) * rank!));
      const own = checkShape(steps.slice(index * rank!, (index + 1) * rank!));
      const start = countFrom(starts[index], "the offset of a nested tensor's part");
      countOf(shape, 1);
      checkInside(shape, own, start, buffer.layout.size);
      const layout = new Layout(buffer.layout.dtype, shape, own, buffer.layout.offset + start);
      parts.push(new ArrayValue(buffer.stored, layout, { origin: "torch" }));
    }
  });
  return { kind: "nested", dtype: buffer.layout.dtype, parts, facts };
}
