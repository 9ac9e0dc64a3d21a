// Which in-place writes are refused because elements of the target share memory, with one another or with what is
// read (ATen/MemoryOverlap, TensorIterator). Where PyTorch finds it too hard to say, it allows; so do we.

import { RuntimeError } from "../core/errors.ts";
import { extent, type Layout } from "../core/layout.ts";
import { mayOverlap } from "../core/layout-reshape.ts";
import type { Tensor } from "./tensor.ts";

/** True iff the layout fills its memory without gaps, in some order of axes. */
export function isDense(layout: Layout): boolean {
  if (layout.isContiguous) return true;
  if (layout.size === 0) return true;
  const reach = extent(layout)!;
  return reach.high - reach.low + 1 === layout.size && !mayOverlap(layout);
}

/** True iff an axis of more than one element is stretched by stride 0. */
function isStretched(layout: Layout): boolean {
  return layout.shape.some((length, axis) => length > 1 && layout.strides[axis] === 0);
}

/** True iff elements of the layout share memory with one another, as far as PyTorch finds out. */
export function overlapsItself(layout: Layout): boolean {
  return !layout.isContiguous && isStretched(layout) && !isDense(layout);
}

/** @throws RuntimeError when elements of the target share memory with one another */
export function refuseInternalOverlap(target: Tensor): void {
  if (!overlapsItself(target.layout)) return;
  throw new RuntimeError(
    "unsupported operation: more than one element of the written-to tensor refers to a single memory location. " +
      "Please clone() the tensor before performing the operation.",
  );
}

/** @throws RuntimeError when the target shares a part of its memory with what is read */
export function refusePartialOverlap(target: Tensor, source: Tensor): void {
  if (target.storage !== source.storage || target === source) return;
  const [a, b] = [extent(target.layout), extent(source.layout)];
  if (a === undefined || b === undefined || !isDense(target.layout) || !isDense(source.layout)) return;
  const scaleA = target.layout.unit;
  const scaleB = source.layout.unit;
  const [lowA, highA] = [a.low * scaleA, (a.high + 1) * scaleA];
  const [lowB, highB] = [b.low * scaleB, (b.high + 1) * scaleB];
  if (lowA >= highB || lowB >= highA) return;
  if (lowA === lowB && highA === highB && sameStrides(target.layout, source.layout)) return;
  throw new RuntimeError(
    "unsupported operation: some elements of the input tensor and the written-to tensor refer to a single memory " +
      "location. Please clone() the tensor before performing the operation.",
  );
}

function sameStrides(a: Layout, b: Layout): boolean {
  return a.rank === b.rank && a.strides.every((stride, axis) => stride === b.strides[axis]);
}

/** True iff both are the same elements in the same places. */
export function isSamePlace(a: Layout, b: Layout): boolean {
  if (a === b) return true;
  return (
    a.offset === b.offset &&
    a.dtype === b.dtype &&
    a.rank === b.rank &&
    a.shape.every((length, axis) => length === b.shape[axis]) &&
    sameStrides(a, b)
  );
}
