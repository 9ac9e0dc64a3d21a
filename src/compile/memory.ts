// What each piece of memory holds while a trace is read from its beginning to its end.

import { type DType, partType } from "../core/dtype.ts";
import { forEachPosition } from "../core/elements.ts";
import { NotImplementedError } from "../core/errors.ts";
import { extent, Layout, product } from "../core/layout.ts";
import { viewAsReal } from "../core/layout-reshape.ts";
import type { Value, Values } from "./program.ts";
import type { Place, Slot } from "./trace.ts";
import { denseOrder, type Held, inMemoryOrder, viewed } from "./views.ts";

/** A stretch of a slot's memory that is read and written apart from the others. */
export interface Region {
  readonly slot: number;
  readonly low: number;
  /** The last place. */
  readonly high: number;
  /** How the memory is taken for a tensor: as what it was first seen to be, or as a vector. */
  readonly layout: Layout;
}

/** How a slot's memory is read and written, in all of a trace. */
export function regionsOf(slot: number, seen: readonly Layout[]): Region[] {
  const stretches = seen
    .map((layout) => ({ layout, ...(extent(layout) ?? { low: layout.offset, high: layout.offset }) }))
    .sort((a, b) => a.low - b.low || b.high - a.high);
  const regions: { low: number; high: number; layouts: Layout[] }[] = [];
  for (const { layout, low, high } of stretches) {
    const last = regions.at(-1);
    if (last !== undefined && low <= last.high) {
      last.high = Math.max(last.high, high);
      last.layouts.push(layout);
    } else regions.push({ low, high, layouts: [layout] });
  }
  return regions.map(({ low, high, layouts }) => ({ slot, low, high, layout: tensorOf(low, high, layouts) }));
}

/** A layout that covers the stretch densely: the first that does, else a vector. */
function tensorOf(low: number, high: number, layouts: readonly Layout[]): Layout {
  const size = high - low + 1;
  const whole = layouts.find(
    (layout) => layout.size === size && layout.offset === low && denseOrder(layout) !== undefined,
  );
  return whole ?? new Layout(layouts[0]!.dtype, [size], [1], low);
}

/** How places are taken for a slot's memory: where it is read as complex numbers and as their parts, all as parts. */
export function placedIn(seen: readonly Layout[]): (layout: Layout) => Layout {
  const types = new Set(seen.map(({ dtype }) => dtype));
  const isMixed = [...types].some((dtype) => dtype.kind === "complex" && types.has(partType(dtype)));
  return isMixed
    ? (layout) => (layout.dtype.kind === "complex" ? viewAsReal(layout) : layout)
    : (layout) => layout;
}

/** The memory of a trace's slots, as values. */
export class Memory {
  /** The inputs of the program, in the order in which they were first read. */
  readonly inputs: { readonly value: Value; readonly region: Region }[] = [];
  private readonly regions: readonly (readonly Region[])[];
  private readonly held: Map<Region, Held> = new Map();
  private readonly written: Set<Region> = new Set();
  private readonly placed: readonly ((layout: Layout) => Layout)[];
  private readonly slots: readonly Slot[];
  private readonly values: Values;

  /** @param seen how each slot's memory is read and written, in all of the trace */
  constructor(slots: readonly Slot[], seen: readonly (readonly Layout[])[], values: Values) {
    this.slots = slots;
    this.placed = seen.map(placedIn);
    this.regions = seen.map((layouts, slot) => regionsOf(slot, layouts.map(this.placed[slot]!)));
    this.values = values;
  }

  /** The stretch that a place lies in. */
  regionOf({ slot, layout }: Place): Region {
    const low = extent(layout)?.low ?? layout.offset;
    const region = this.regions[slot]!.find((each) => each.low <= low && low <= each.high);
    if (region === undefined) throw new RangeError("a place lies in no region of its memory");
    checkType(region.layout.dtype, layout.dtype);
    return region;
  }

  private content(region: Region): Held {
    const known = this.held.get(region);
    if (known !== undefined) return known;
    const { slot, layout, low } = region;
    // In the order of memory the elements are a row-major tensor.
    const order = denseOrder(layout)!;
    const shape = order.map((axis) => layout.shape[axis]!);
    const lying = this.values.input(layout.dtype, shape, slot, low);
    const back = [...order.keys()];
    order.forEach((axis, i) => {
      back[axis] = i;
    });
    const held = { value: this.values.transpose(lying, back), layout };
    if (this.slots[slot]!.kind !== "made") this.inputs.push({ value: lying, region });
    this.held.set(region, held);
    return held;
  }

  /** What is at a place. */
  read(place: Place): Value {
    const { dtype, shape, size } = place.layout;
    if (size === 0) return this.values.input(dtype, shape, place.slot, 0);
    const layout = this.placed[place.slot]!(place.layout);
    const region = this.regionOf({ slot: place.slot, layout });
    const value = viewed(this.values, this.content(region), layout);
    return layout === place.layout ? value : this.values.joined(value, dtype);
  }

  /** Puts a value, of the place's shape, to a place. */
  write({ slot, layout: asked }: Place, given: Value): void {
    if (asked.size === 0) return;
    const layout = this.placed[slot]!(asked);
    const value = layout === asked ? given : this.values.apart(given);
    const region = this.regionOf({ slot, layout });
    const size = region.high - region.low + 1;
    this.written.add(region);
    if (layout.size === size && layout.offset === region.low && denseOrder(layout) !== undefined) {
      this.held.set(region, { value, layout });
      return;
    }
    const { values } = this;
    const flat = values.reshape(inMemoryOrder(values, this.content(region)), [size]);
    const whole = new Layout(layout.dtype, [size], [1], region.low);
    const start = layout.offset - region.low;
    this.held.set(region, { value: this.replaced(flat, layout, start, value), layout: whole });
  }

  private replaced(flat: Value, layout: Layout, start: number, value: Value): Value {
    const { values } = this;
    const updates = values.reshape(value, [layout.size]);
    if (layout.isContiguous) {
      const total = product(flat.shape);
      const end = start + layout.size;
      const parts = [updates];
      if (start > 0) parts.unshift(values.slice(flat, [0], [start]));
      if (end < total) parts.push(values.slice(flat, [end], [total - end]));
      return values.concat(parts);
    }
    const places: number[] = [];
    forEachPosition(layout, (position) => places.push(position - layout.offset + start));
    return values.scatter(flat, updates, places);
  }

  /** What a slot's stretches hold in the end, in the order of memory: all of them, or those that were written. */
  contents(slot: number, onlyWritten: boolean): { readonly region: Region; readonly value: Value }[] {
    return this.regions[slot]!.filter((region) => !onlyWritten || this.written.has(region)).map((region) => ({
      region,
      value: inMemoryOrder(this.values, this.content(region)),
    }));
  }
}

function checkType(here: DType, asked: DType): void {
  if (here === asked) return;
  throw new NotImplementedError(
    `memory of ${here.name} was read as ${asked.name}: a compiled program has no views of another element type`,
  );
}
