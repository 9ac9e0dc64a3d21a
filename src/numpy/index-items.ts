// What stands between the brackets: integers, slices, the ellipsis, new axes, and arrays of integers or bools, parsed
// and checked as NumPy's `prepare_index` does ("Indexing on ndarrays").

import type { TypedArray } from "../core/dtype.ts";
import { int32 } from "../core/dtype.ts";
import { elements, type Operand } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { PyFloat } from "../core/python.ts";
import { asArray, fromValues } from "./make.ts";
import { isOperand, isTypedArray } from "./scalars.ts";

/**
 * One item of an index: an integer, a slice as text ("1:3", "::-1"), "...", null for a new axis, a list or array of
 * integers (elements picked) or of bools (a mask), or a single bool.
 */
export type Index =
  | number
  | bigint
  | string
  | boolean
  | null
  | undefined
  | Operand
  | TypedArray
  | readonly Index[];

/** A range of an axis: as many elements from `start`, `step` apart. */
export interface Range {
  readonly start: number;
  readonly step: number;
  readonly length: number;
}

/** The bounds of a slice as they are written; null where left out. */
export interface Bounds {
  readonly start: number | null;
  readonly stop: number | null;
  readonly step: number | null;
}

/** Integers that pick along an axis. */
export interface Picks {
  readonly kind: "picks";
  /** One number for each element of `layout`'s shape, in row-major order; not yet counted from the start. */
  readonly values: readonly number[];
  readonly layout: Layout;
  /** For a mask, the length that it had along the axis. */
  readonly maskLength?: number;
}

/** A parsed item. */
export type Item =
  | { readonly kind: "integer"; readonly value: number }
  | { readonly kind: "slice"; readonly bounds: Bounds }
  | { readonly kind: "ellipsis" }
  | { readonly kind: "newaxis" }
  | { readonly kind: "truth"; readonly value: boolean }
  | Picks;

/** A parsed index. */
export interface ParsedIndex {
  readonly items: readonly Item[];
  /** True iff there are arrays: the result is a copy. */
  readonly isFancy: boolean;
  /** True iff integers alone name one element. */
  readonly isElement: boolean;
  /** True iff a 0-d array stood for an integer among other items: the result is a copy. */
  readonly isCopy: boolean;
  /** True iff the index is one mask of the array's own shape. */
  readonly isMask: boolean;
}

const sliceText = /^\s*(-?\d*)\s*:\s*(-?\d*)\s*(?::\s*(-?\d*)\s*)?$/;

/** The bounds in the text of a slice. */
export function parseSlice(text: string): Bounds | undefined {
  const match = sliceText.exec(text.replaceAll("None", ""));
  if (match === null) return undefined;
  const bound = (part: string | undefined): number | null =>
    part === undefined || part === "" ? null : Number(part);
  return { start: bound(match[1]), stop: bound(match[2]), step: bound(match[3]) };
}

/**
 * A slice on an axis of that length, as Python's `slice.indices` has it.
 * @throws ValueError for step 0
 */
export function resolveSlice(bounds: Bounds, length: number): Range {
  const step = bounds.step ?? 1;
  if (step === 0) throw new ValueError("slice step cannot be zero");
  const [lowest, highest] = step > 0 ? [0, length] : [-1, length - 1];
  const clamp = (value: number | null, otherwise: number): number => {
    if (value === null) return otherwise;
    return Math.min(Math.max(value < 0 ? value + length : value, lowest), highest);
  };
  const start = clamp(bounds.start, step > 0 ? lowest : highest);
  const stop = clamp(bounds.stop, step > 0 ? highest : lowest);
  const count = Math.max(Math.ceil((stop - start) / step), 0);
  return count === 0 ? { start: 0, step: 1, length: 0 } : { start, step, length: count };
}

function notAnIndex(): never {
  throw new IndexError(
    "only integers, slices (`:`), ellipsis (`...`), numpy.newaxis (`None`) and integer or boolean arrays are valid indices",
  );
}

/** The integers at which a mask is true, one list for each of its axes. */
function pickTrue(mask: Operand): Picks[] {
  const { shape } = mask.layout;
  const found: number[][] = shape.map(() => []);
  const at = shape.map(() => 0);
  for (const value of elements(mask)) {
    if (value) for (let axis = 0; axis < at.length; axis++) found[axis]!.push(at[axis]!);
    for (let axis = at.length - 1; axis >= 0; axis--) {
      if (++at[axis]! < shape[axis]!) break;
      at[axis] = 0;
    }
  }
  return found.map((values, axis) => ({
    kind: "picks",
    values,
    layout: Layout.contiguous(int32, [values.length]),
    maskLength: shape[axis]!,
  }));
}

function parseItem(item: Index): readonly Item[] {
  if (item === null || item === undefined) return [{ kind: "newaxis" }];
  if (typeof item === "boolean") return [{ kind: "truth", value: item }];
  if (item instanceof PyFloat) return notAnIndex();
  if (typeof item === "number" || typeof item === "bigint") {
    return Number.isInteger(Number(item)) ? [{ kind: "integer", value: Number(item) }] : notAnIndex();
  }
  if (typeof item === "string") {
    if (item === "...") return [{ kind: "ellipsis" }];
    const bounds = parseSlice(item);
    return bounds === undefined ? notAnIndex() : [{ kind: "slice", bounds }];
  }
  const isEmptyList = Array.isArray(item) && item.flat(Number.POSITIVE_INFINITY).length === 0;
  const array = isEmptyList
    ? fromValues(int32, asArray(item as unknown as readonly []).shape, [])
    : asArray(isOperand(item) || isTypedArray(item) ? item : (item as readonly number[]));
  const { dtype } = array;
  if (dtype.kind === "bool") {
    return array.ndim === 0 ? [{ kind: "truth", value: Boolean(array.item()) }] : pickTrue(array);
  }
  if (!dtype.isInteger) throw new IndexError("arrays used as indices must be of integer (or boolean) type");
  return [{ kind: "picks", values: elements(array).map(Number), layout: array.layout }];
}

/** True iff the item uses an axis of the array. */
export function usesAxis(item: Item): boolean {
  return item.kind === "integer" || item.kind === "slice" || item.kind === "picks";
}

/**
 * Parses an index for an array of that shape; an ellipsis is put at the end where axes are left over.
 * @throws IndexError
 */
export function parseIndex(index: readonly Index[], shape: Shape): ParsedIndex {
  const parsed = index.map(parseItem);
  const items = parsed.flat();
  if (items.filter((item) => item.kind === "ellipsis").length > 1) {
    throw new IndexError("an index can only have a single ellipsis ('...')");
  }
  const used = items.filter(usesAxis).length;
  if (used > shape.length) {
    throw new IndexError(
      `too many indices for array: array is ${shape.length}-dimensional, but ${used} were indexed`,
    );
  }
  const zeroD = (item: Item): boolean =>
    item.kind === "picks" && item.maskLength === undefined && item.layout.rank === 0;
  const isFancy = items.some((item) => item.kind === "truth" || (item.kind === "picks" && !zeroD(item)));
  const plain = items.map(
    (item): Item =>
      item.kind === "picks" && zeroD(item) ? { kind: "integer", value: item.values[0]! } : item,
  );
  const isElement = used === shape.length && plain.every((item) => item.kind === "integer");
  const needsEllipsis = used < shape.length && !items.some((item) => item.kind === "ellipsis");
  checkMasks(plain, shape);
  return {
    items: needsEllipsis ? [...plain, { kind: "ellipsis" }] : plain,
    isFancy,
    isElement,
    isCopy: !isFancy && !isElement && items.some(zeroD),
    isMask: index.length === 1 && isWholeMask(items, shape),
  };
}

/** True iff one mask, of which these are the parts, has as many axes as the array. */
function isWholeMask(items: readonly Item[], shape: Shape): boolean {
  if (shape.length === 0) return items[0]!.kind === "truth";
  return (
    items.length === shape.length &&
    items.every((item) => item.kind === "picks" && item.maskLength !== undefined)
  );
}

/** @throws IndexError unless each mask has the lengths of the axes that it acts on */
function checkMasks(items: readonly Item[], shape: Shape): void {
  const used = items.filter(usesAxis).length;
  let axis = 0;
  for (const item of items) {
    if (item.kind === "picks" && item.maskLength !== undefined && item.maskLength !== shape[axis]) {
      throw new IndexError(
        `boolean index did not match indexed array along axis ${axis}; size of axis is ${shape[axis]} but size of corresponding boolean axis is ${item.maskLength}`,
      );
    }
    if (item.kind === "ellipsis") axis += shape.length - used;
    else if (usesAxis(item)) axis++;
  }
}
