// Elements picked by positions along an axis (ATen/native/TensorAdvancedIndexing.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { int32, int64 } from "../core/dtype.ts";
import { elements, toNumber } from "../core/elements.ts";
import { IndexError, RuntimeError } from "../core/errors.ts";
import { broadcastShapes } from "../core/layout.ts";
import * as ops from "../ops/indexing.ts";
import { wrapDim } from "./dims.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { into, intoSameType } from "./in-place.ts";
import { checkIndexed, checkPositions, flatPositions, isWithin, longIndex } from "./index-checks.ts";
import { named } from "./node.ts";
import { broadcastError, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** @throws what PyTorch throws for positions outside the axis: which it is depends on the loop that meets them */
function checkSelected(input: Tensor, axis: number, index: Tensor): void {
  const count = index.layout.size;
  if (input.ndim === 0 && count !== 1) {
    throw new RuntimeError(`index_select(): Index to scalar can have only 1 value, got ${count} value(s)`);
  }
  const length = input.ndim === 0 ? 1 : input.shape[axis]!;
  if (input.ndim > 1 && length === 0 && count > 0) {
    throw new RuntimeError("index_select(): self indexing axis dim should be positive");
  }
  if (!index.storage.hasValues) return;
  for (const value of elements(index)) {
    const position = toNumber(value);
    if (position >= 0 && position < length) continue;
    const isChecked = input.ndim < 2 || (axis !== 1 && input.layout.size > 0);
    if (isChecked) throw new IndexError("index out of range in self");
    throw new RuntimeError(`INDICES element is out of DATA bounds, id=${position} axis_dim=${length}`);
  }
}

interface SelectOptions extends OutOptions {
  readonly dim: number;
  readonly index: Tensor;
}

/** Slices along an axis by a 1-D tensor of positions. */
export function indexSelect(
  input: Tensor,
  ...args: Signature<[dim: number, index: Tensor], SelectOptions>
): Tensor {
  const { dim, index, out } = bind<Required<SelectOptions>>("index_select", ["dim", "index"], args, {
    out: null,
  });
  return into(selected(input, dim, index), out, "index_select", [input]);
}

function selected(input: Tensor, dim: number, index: Tensor): Tensor {
  const axis = wrapDim(dim, input.ndim);
  if (index.ndim > 1) throw new IndexError("index_select(): Index is supposed to be a vector");
  if (index.dtype !== int64 && index.dtype !== int32) {
    throw new RuntimeError("index_select(): Expected dtype int32 or int64 for index");
  }
  checkSelected(input, axis, index);
  if (input.ndim === 0) return named(input.clone(), "IndexSelectBackward0");
  const flat = index.ndim === 0 ? index.reshape([1]) : index;
  return run(ops.take, [input, longIndex(flat)], { axis }, "IndexSelectBackward0");
}

interface TakeOptions extends OutOptions {
  readonly index: Tensor;
}

/** Elements at positions in row-major order. */
export function take(input: Tensor, ...args: Signature<[index: Tensor], TakeOptions>): Tensor {
  const { index, out } = bind<Required<TakeOptions>>("take", ["index"], args, { out: null });
  if (index.dtype !== int64) {
    throw new RuntimeError(
      `take(): Expected a long tensor for index, but got ${scalarTypeName(index.dtype)}`,
    );
  }
  const { size } = input.layout;
  if (size === 0 && index.layout.size > 0) throw new IndexError("take(): tried to take from an empty tensor");
  const result = run(
    ops.take,
    [input.reshape([size]), flatPositions(index, size)],
    { axis: 0 },
    "TakeBackward0",
  );
  return into(result, out, "take", [input]);
}

interface GatherOptions extends OutOptions {
  readonly dim: number;
  readonly index: Tensor;
  /** Without meaning here: gradients are never sparse. */
  readonly sparseGrad?: boolean;
}

/** Elements at positions along an axis, of the index's shape. */
export function gather(
  input: Tensor,
  ...args: Signature<[dim: number, index: Tensor], GatherOptions>
): Tensor {
  const { dim, index, out } = bind<Required<GatherOptions>>("gather", ["dim", "index"], args, {
    sparseGrad: false,
    out: null,
  });
  const axis = wrapDim(dim, input.ndim);
  checkIndexed(input, index, "gather");
  if (index.layout.size > 0 && !isWithin(index, input.shape, axis)) {
    const first = index.shape.findIndex(
      (length, other) => other !== axis && length > (input.shape[other] ?? 1),
    );
    throw new RuntimeError(
      `Size does not match at dimension ${first} expected index ${shapeText(index.shape)} to be no larger than self ` +
        `${shapeText(input.shape)} apart from dimension ${axis}`,
    );
  }
  return intoSameType(gathered(input, axis, index), out, "gather", [input]);
}

function gathered(input: Tensor, axis: number, index: Tensor): Tensor {
  checkPositions(input, axis, index);
  if (index.layout.size === 0 && index.ndim !== input.ndim) {
    const nothing = run(ops.take, [input.reshape([input.layout.size]), longIndex(index)], { axis: 0 });
    return named(nothing, "GatherBackward0");
  }
  if (input.ndim === 0 && index.ndim > 0) return gathered(input.reshape([1]), 0, index);
  if (input.ndim > 0 && index.ndim === 0) return gathered(input, 0, index.reshape([1])).reshape([]);
  return run(ops.gather, [input, longIndex(index)], { axis }, "GatherBackward0");
}

interface AlongOptions extends OutOptions {
  readonly indices: Tensor;
  readonly dim: number | null;
}

/** `gather` with the other axes stretched to one another; positions wrap around. */
export function takeAlongDim(
  input: Tensor,
  ...args: Signature<[indices: Tensor, dim?: number | null], Partial<AlongOptions>>
): Tensor {
  const { indices, dim, out } = bind<AlongOptions>("take_along_dim", ["indices", "dim"], args, {
    dim: null,
    out: null,
  });
  if (indices.dtype !== int64) {
    throw new RuntimeError(
      `torch.take_along_dim(): dtype of indices should be Long but got ${scalarTypeName(indices.dtype)}`,
    );
  }
  return into(takenAlong(input, indices, dim), out ?? null, "take_along_dim", [input]);
}

function takenAlong(input: Tensor, indices: Tensor, dim: number | null): Tensor {
  if (dim === null)
    return wrapGather(input.reshape([input.layout.size]), 0, indices.reshape([indices.layout.size]));
  if (input.ndim !== indices.ndim) {
    throw new RuntimeError(
      "torch.take_along_dim(): input and indices should have the same number of dimensions, but got " +
        `${input.ndim} dimensions for input, and ${indices.ndim} dimensions for indices`,
    );
  }
  const axis = wrapDim(dim, input.ndim);
  if (input.ndim === 0) return wrapGather(input, 0, indices);
  const hide = (shape: readonly number[]): number[] => shape.with(axis, 1);
  const shape = broadcastShapes([hide(input.shape), hide(indices.shape)]);
  if (shape === undefined) throw broadcastError(input.shape, indices.shape);
  return wrapGather(
    input.expand(shape.with(axis, input.shape[axis]!)),
    axis,
    indices.expand(shape.with(axis, indices.shape[axis]!)),
  );
}

function wrapGather(input: Tensor, axis: number, indices: Tensor): Tensor {
  const length = input.shape[axis] ?? 1;
  return gathered(input, axis, length === 0 ? indices : indices.remainder(length));
}
