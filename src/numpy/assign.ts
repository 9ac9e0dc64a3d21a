// Writing one array into another: stretched to its shape, converted to its type, and as if the source had been copied
// first where the two share memory.

import { aligned, forEachPosition, type Operand } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { broadcastTo, extent, flip, Layout, type Shape } from "../core/layout.ts";
import { mayOverlap } from "../core/layout-reshape.ts";
import { Storage } from "../core/storage.ts";
import { tupleText } from "../core/text.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { cast } from "../ops/copying.ts";
import { warnOfCast } from "./floating-errors.ts";

/** A shape in NumPy's messages: `(2,3)`, `(4,)`. */
export function shapeText(shape: Shape): string {
  return tupleText(shape).replaceAll(", ", ",");
}

/** First byte, and one past the last, that the elements take in their buffer; undefined of an empty array. */
export function byteRange(operand: Operand): { readonly low: number; readonly high: number } | undefined {
  const reach = extent(operand.layout);
  if (reach === undefined) return undefined;
  const { unit, dtype } = operand.layout;
  const start = operand.storage.byteOffset;
  return { low: start + reach.low * unit, high: start + reach.high * unit + dtype.itemSize };
}

/** True iff the two reach into one stretch of memory: they may, but need not, share an element. */
export function mayShare(a: Operand, b: Operand): boolean {
  if (a.storage.buffer !== b.storage.buffer) return false;
  const [first, second] = [byteRange(a), byteRange(b)];
  return first !== undefined && second !== undefined && first.low < second.high && second.low < first.high;
}

/** True iff the two are the same elements in the same places. */
export function isSamePlace(a: Operand, b: Operand): boolean {
  return (
    a.storage.buffer === b.storage.buffer &&
    a.storage.byteOffset + a.layout.offset * a.layout.unit ===
      b.storage.byteOffset + b.layout.offset * b.layout.unit &&
    a.layout.dtype === b.layout.dtype &&
    a.layout.unit === b.layout.unit &&
    a.layout.rank === b.layout.rank &&
    a.layout.shape.every((length, axis) => length === b.layout.shape[axis]) &&
    a.layout.strides.every((stride, axis) => stride === b.layout.strides[axis])
  );
}

/** A row-major copy over memory of its own. */
export function detached(source: Operand): Operand {
  if (!source.layout.isAligned) return aligned(source);
  const { dtype, shape, size } = source.layout;
  const copied = { storage: Storage.empty(dtype, size), layout: Layout.contiguous(dtype, shape) };
  execute(cast, [source], [copied], { dtype, rules: "numpy" });
  return copied;
}

/**
 * The operand's values under a shape, stretched. Axes of length 1 before the first are dropped, as assignment allows.
 * @throws ValueError where the shapes do not go together
 */
function stretchedTo(source: Operand, shape: Shape): Operand {
  let { layout } = source;
  let extra = layout.rank - shape.length;
  while (extra > 0 && layout.shape[0] === 1) {
    layout = layout.with(layout.shape.slice(1), layout.strides.slice(1));
    extra--;
  }
  const stretched = broadcastTo(layout, shape);
  if (stretched === undefined) {
    throw new ValueError(
      `could not broadcast input array from shape ${shapeText(source.layout.shape)} into shape ${shapeText(shape)}`,
    );
  }
  return { storage: source.storage, layout: stretched };
}

/** Warns where the imaginary part of a conversion is lost. */
export function warnOfLostParts(source: Layout, target: Layout): void {
  const isLost = source.dtype.isComplex && !target.dtype.isComplex && target.dtype.kind !== "bool";
  if (isLost) warn("ComplexWarning", "Casting complex values to real discards the imaginary part");
}

/**
 * Writes the source's values, stretched and converted, into the target's elements.
 * @throws ValueError where the shapes do not go together
 */
export function assign(target: Operand, source: Operand): void {
  const from = stretchedTo(source, target.layout.shape);
  warnOfLostParts(source.layout, target.layout);
  if (target.layout.size === 0 || isSamePlace(target, from)) return;
  const needsCopy = !from.layout.isAligned || mayShare(target, from);
  const values = needsCopy ? stretchedTo(detached(source), target.layout.shape) : from;
  write(target, values);
  warnOfCast(values, target);
}

function write(target: Operand, source: Operand): void {
  const { dtype } = target.layout;
  if (!target.layout.isAligned) {
    writeBytes(target, source);
    return;
  }
  const pair = mayOverlap(target.layout) ? forwards(target, source) : [target, source];
  execute(cast, [pair[1]!], [pair[0]!], { dtype, rules: "numpy" });
}

/** Both with the axes along which the target runs backwards turned round: the order in which NumPy writes. */
function forwards(target: Operand, source: Operand): [Operand, Operand] {
  let [to, from] = [target.layout, source.layout];
  for (let axis = 0; axis < to.rank; axis++) {
    if (to.strides[axis]! >= 0) continue;
    to = flip(to, axis);
    from = flip(from, axis);
  }
  return [
    { storage: target.storage, layout: to },
    { storage: source.storage, layout: from },
  ];
}

/** Elements at odd addresses are written byte by byte. */
function writeBytes(target: Operand, source: Operand): void {
  const { dtype, unit, shape, size } = target.layout;
  const converted = { storage: Storage.empty(dtype, size), layout: Layout.contiguous(dtype, shape) };
  execute(cast, [source], [converted], { dtype, rules: "numpy" });
  const [from, to] = [converted.storage.bytes(), target.storage.bytes()];
  let at = 0;
  forEachPosition(target.layout, (position) => {
    to.set(from.subarray(at, at + dtype.itemSize), position * unit);
    at += dtype.itemSize;
  });
}
