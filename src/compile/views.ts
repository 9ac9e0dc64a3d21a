// From strides to views: which rearrangement of a row-major value a layout over its memory reads. Strides that divide one
// another are digits of an element's place: the value under those digits, cut to what is read, its axes in the layout's order.
// What is not of that form (diagonals, overlapping windows, reversed axes) is gathered element by element.

import { forEachPosition } from "../core/elements.ts";
import { Layout, memoryOrder, permute, product } from "../core/layout.ts";
import type { Value, Values } from "./program.ts";

/** A value and how it lies: element (i, j, ...) of the value is where the layout says. The layout is dense. */
export interface Held {
  readonly value: Value;
  readonly layout: Layout;
}

/** The layout's axes from the outermost in memory; undefined where its elements do not lie densely. */
export function denseOrder(layout: Layout): number[] | undefined {
  const order = memoryOrder(layout);
  return permute(layout, order).isContiguous ? order : undefined;
}

/** The value with its axes in the order of memory. */
export function inMemoryOrder(values: Values, { value, layout }: Held): Value {
  return layout.isContiguous ? value : values.transpose(value, denseOrder(layout)!);
}

/** What a layout reads of what is held. */
export function viewed(values: Values, held: Held, layout: Layout): Value {
  const same = held.layout;
  if (same === layout || sameStrides(same, layout)) return held.value;
  const whole = inMemoryOrder(values, held);
  const relative = new Layout(layout.dtype, layout.shape, layout.strides, layout.offset - same.offset);
  return digits(values, whole, relative) ?? gathered(values, whole, relative);
}

function sameStrides(a: Layout, b: Layout): boolean {
  if (a.offset !== b.offset || a.rank !== b.rank) return false;
  return a.shape.every(
    (length, axis) => length === b.shape[axis] && (length === 1 || a.strides[axis] === b.strides[axis]),
  );
}

/** Elements one by one. */
function gathered(values: Values, whole: Value, layout: Layout): Value {
  const places: number[] = [];
  forEachPosition(layout, (place) => places.push(place));
  return values.gather(values.reshape(whole, [product(whole.shape)]), places, layout.shape);
}

/** The layout as digits of places; undefined where it is none. */
function digits(values: Values, whole: Value, { shape, strides, offset, size }: Layout): Value | undefined {
  if (size === 0) return undefined;
  const total = product(whole.shape);
  const axes = [...shape.keys()].filter((axis) => shape[axis] !== 1 && strides[axis] !== 0);
  axes.sort((a, b) => strides[b]! - strides[a]!);
  const steps = axes.map((axis) => strides[axis]!);
  if (steps.some((step) => step < 0)) return undefined;
  const bounds = [total, ...steps];
  // Digits below the smallest stride are there to be cut away.
  bounds.push(1);
  const lengths: number[] = [];
  for (let i = 1; i < bounds.length; i++) {
    if (bounds[i - 1]! % bounds[i]! !== 0) return undefined;
    lengths.push(bounds[i - 1]! / bounds[i]!);
  }
  // The first length is what lies above the largest stride: that is the outermost axis itself.
  const starts: number[] = [];
  let rest = offset;
  for (let i = 1; i < bounds.length; i++) {
    starts.push(Math.floor(rest / bounds[i]!));
    rest %= bounds[i]!;
  }
  const [wanted, from] = taken(axes, shape, lengths, starts);
  if (wanted === undefined) return undefined;
  const apart = values.reshape(whole, lengths);
  const cut = values.slice(apart, from, wanted);
  const kept = values.reshape(
    cut,
    axes.map((axis) => shape[axis]!),
  );
  const order = [...axes.keys()].sort((a, b) => axes[a]! - axes[b]!);
  const turned = values.transpose(kept, order);
  const full = shape.map((length, axis) => (strides[axis] === 0 ? 1 : length));
  return values.expand(values.reshape(turned, full), shape);
}

/** How much of each digit is read, and from where. */
function taken(
  axes: readonly number[],
  shape: readonly number[],
  lengths: readonly number[],
  starts: readonly number[],
): [wanted: number[] | undefined, starts: number[]] {
  const wanted = lengths.map((_, i) => (i < axes.length ? shape[axes[i]!]! : 1));
  const fits = wanted.every((length, i) => starts[i]! + length <= lengths[i]!);
  return [fits ? wanted : undefined, [...starts]];
}
