// `x[index]` and `x[index] = value`: views for integers, slices and new axes, copies and scattered writes for arrays.

import { int32 } from "../core/dtype.ts";
import { forEachPosition, type Operand } from "../core/elements.ts";
import { IndexError, ValueError } from "../core/errors.ts";
import * as layouts from "../core/layout.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { execute } from "../devices/index.ts";
import { indexGet } from "../ops/indexing.ts";
import { assign, detached, shapeText, warnOfLostParts } from "./assign.ts";
import { checkWriteable, valueFor } from "./contents.ts";
import {
  type Index,
  type Item,
  type ParsedIndex,
  type Picks,
  parseIndex,
  resolveSlice,
} from "./index-items.ts";
import { asScalar, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { resultLayout } from "./order.ts";
import type { ArrayLike } from "./types.ts";

export type { Index } from "./index-items.ts";

/** Where the arrays of an index act, after its slices and new axes are done. */
interface Selection {
  /** The array with slices and new axes applied; the axes that arrays and integers pick from are whole. */
  readonly view: Layout;
  /** Axes of `view` that are picked from. */
  readonly axes: readonly number[];
  /** For each, the places: row-major over `shape`, counted from the start. */
  readonly places: readonly Int32Array[];
  /** The shape that all picks stretch to. */
  readonly shape: Shape;
  /** Where `shape` stands among the result's axes. */
  readonly position: number;
  /** The layouts of the index arrays, whose order of memory the result follows. */
  readonly orders: readonly Layout[];
}

function checkedPlace(value: number, length: number, axis: number): number {
  const place = value < 0 ? value + length : value;
  if (place >= 0 && place < length) return place;
  throw new IndexError(`index ${value} is out of bounds for axis ${axis} with size ${length}`);
}

/** The layout that a basic index names. */
function basicLayout(layout: Layout, items: readonly Item[]): Layout {
  let result = layout;
  let axis = 0;
  let original = 0;
  const used = items.filter(({ kind }) => kind === "integer" || kind === "slice").length;
  for (const item of items) {
    if (item.kind === "integer") {
      const place = checkedPlace(item.value, layout.shape[original]!, original);
      result = layouts.select(result, axis, place);
      original++;
    } else if (item.kind === "slice") {
      const { start, step, length } = resolveSlice(item.bounds, layout.shape[original]!);
      result = layouts.slice(result, axis++, start, step, length);
      original++;
    } else if (item.kind === "newaxis") result = layouts.insertAxis(result, axis++, 0);
    else if (item.kind === "ellipsis") {
      axis += layout.rank - used;
      original += layout.rank - used;
    }
  }
  return result;
}

function isPicking(item: Item): boolean {
  return item.kind === "picks" || item.kind === "integer" || item.kind === "truth";
}

function pickedShape(items: readonly Item[]): number[] {
  const shapes = items.flatMap((item): Shape[] => {
    if (item.kind === "truth") return [[item.value ? 1 : 0]];
    return item.kind === "picks" ? [item.layout.shape] : [];
  });
  const shape = layouts.broadcastShapes(shapes);
  if (shape !== undefined) return shape;
  const texts = shapes.map((each) => `${shapeText(each)} `).join("");
  throw new IndexError(
    `shape mismatch: indexing arrays could not be broadcast together with shapes ${texts}`,
  );
}

/** Where in the result the picked axes stand: at the first array if all arrays are side by side, else in front. */
function pickedPosition(items: readonly Item[], rest: number): number {
  const first = items.findIndex(isPicking);
  const last = items.findLastIndex(isPicking);
  if (!items.slice(first, last).every(isPicking)) return 0;
  return items.slice(0, first).reduce((count, item) => count + (item.kind === "ellipsis" ? rest : 1), 0);
}

function select(layout: Layout, items: readonly Item[]): Selection {
  const used = items.filter(({ kind }) => kind === "integer" || kind === "slice" || kind === "picks").length;
  const rest = layout.rank - used;
  const shape = pickedShape(items);
  let view = layout;
  let axis = 0;
  let original = 0;
  const found: { axis: number; original: number; picks: Picks }[] = [];
  for (const item of items) {
    if (item.kind === "picks") found.push({ axis: axis++, original: original++, picks: item });
    else if (item.kind === "integer") {
      view = layouts.select(view, axis, checkedPlace(item.value, layout.shape[original]!, original));
      original++;
    } else if (item.kind === "slice") {
      const { start, step, length } = resolveSlice(item.bounds, layout.shape[original++]!);
      view = layouts.slice(view, axis++, start, step, length);
    } else if (item.kind === "newaxis") view = layouts.insertAxis(view, axis++, 0);
    else if (item.kind === "ellipsis") {
      axis += rest;
      original += rest;
    }
  }
  const places = found.map(({ original: from, picks }) => {
    const checked = picks.values.map((value) => checkedPlace(value, layout.shape[from]!, from));
    return stretchedPlaces(checked, picks.layout.shape, shape);
  });
  return {
    view,
    axes: found.map((each) => each.axis),
    places,
    shape,
    position: pickedPosition(items, rest),
    orders: found.map(({ picks }) => picks.layout),
  };
}

function stretchedPlaces(values: readonly number[], from: Shape, to: Shape): Int32Array {
  const places = new Int32Array(layouts.product(to));
  let at = 0;
  forEachPosition(layouts.broadcastTo(Layout.contiguous(int32, from), to)!, (position) => {
    places[at++] = values[position]!;
  });
  return places;
}

/** The axes of the view that are not picked from: what lies at each place. */
function subspaceOf({ view, axes }: Selection): Layout {
  return layouts.keepAxes(view, (axis) => !axes.includes(axis));
}

/** A new array for the result: picked axes outermost in memory, what lies at each place in the array's own order. */
function resultOf(selection: Selection): { readonly memory: NDArray; readonly layout: Layout } {
  const { shape, position, orders } = selection;
  const subspace = subspaceOf(selection);
  const { dtype } = subspace;
  const first = shape.length;
  if (subspace.rank === 0) {
    const memory = unwritten(resultLayout(orders, shape, dtype));
    return { memory, layout: memory.layout };
  }
  const inner = layouts.memoryOrder(subspace).map((axis) => first + axis);
  const order = [...shape.map((_, axis) => axis), ...inner];
  const full = [...shape, ...subspace.shape];
  const memory = unwritten(new Layout(dtype, full, layouts.stridesInOrder(full, order)));
  const axes = subspace.shape.map((_, axis) => first + axis);
  axes.splice(position, 0, ...shape.map((_, axis) => axis));
  return { memory, layout: layouts.permute(memory.layout, axes) };
}

function placesAsIndices({ places, shape }: Selection): Operand[] {
  return places.map((data) => ({ storage: new Storage(data), layout: Layout.contiguous(int32, shape) }));
}

function getFancy(array: NDArray, parsed: ParsedIndex): NDArray {
  const selection = select(array.layout, parsed.items);
  const { memory, layout } = resultOf(selection);
  const output = { storage: memory.storage, layout };
  const source = { storage: array.storage, layout: selection.view };
  const { axes, position } = selection;
  if (layout.size > 0) {
    if (axes.length > 0)
      execute(indexGet, [source, ...placesAsIndices(selection)], [output], { axes, position });
    else assign(output, { storage: array.storage, layout: layouts.insertAxis(selection.view, position, 0) });
  }
  return selection.position === 0 ? memory : memory.viewAs(layout);
}

/** `x[index]` */
export function getItem(array: NDArray, index: readonly Index[]): NDArray {
  const parsed = parseIndex(index, array.shape);
  if (parsed.isFancy) return getFancy(array, parsed);
  const view = array.viewAs(basicLayout(array.layout, parsed.items));
  if (parsed.isElement) return asScalar(view);
  return parsed.isCopy ? view.copy("K") : view;
}

/** The elements that an index names. */
export interface NamedElements {
  /** Where they are, in units of the layout, in row-major order of the result. */
  readonly positions: Float64Array;
  /** The result's shape. */
  readonly shape: Shape;
  /** How many of them each place that arrays pick has; all where there are no arrays. */
  readonly perPlace: number;
}

/** The positions of the elements that an index names. @throws IndexError, ValueError */
export function positionsOf(array: NDArray, index: readonly Index[]): NamedElements {
  const parsed = parseIndex(index, array.shape);
  if (!parsed.isFancy) {
    const layout = basicLayout(array.layout, parsed.items);
    const positions = new Float64Array(layout.size);
    let at = 0;
    forEachPosition(layout, (position) => {
      positions[at++] = position;
    });
    return { positions, shape: layout.shape, perPlace: layout.size };
  }
  return pickedPositions(select(array.layout, parsed.items));
}

function pickedPositions(selection: Selection): NamedElements {
  const { view, axes, places, shape, position } = selection;
  const subspace = subspaceOf(selection);
  const count = layouts.product(shape);
  const bases = new Float64Array(count);
  axes.forEach((axis, k) => {
    for (let i = 0; i < count; i++) bases[i]! += places[k]![i]! * view.strides[axis]!;
  });
  const outer = layouts.keepAxes(subspace, (axis) => axis < position);
  const inner = layouts
    .keepAxes(subspace, (axis) => axis >= position)
    .with(subspace.shape.slice(position), subspace.strides.slice(position), -subspace.offset);
  const positions = new Float64Array(count * subspace.size);
  let at = 0;
  forEachPosition(outer, (start) => {
    for (let i = 0; i < count; i++) {
      const base = start + bases[i]!;
      forEachPosition(inner, (offset) => {
        positions[at++] = base + offset;
      });
    }
  });
  return {
    positions,
    shape: subspace.shape.toSpliced(position, 0, ...shape),
    perPlace: subspace.size,
  };
}

/** The value stretched to the shape of what the index names, row-major, of the array's type. */
function stretchedValue(value: Operand, shape: Shape, array: NDArray, isMask: boolean): Operand {
  let { layout } = value;
  while (layout.rank > shape.length && layout.shape[0] === 1) {
    layout = layout.with(layout.shape.slice(1), layout.strides.slice(1));
  }
  const stretched = layouts.broadcastTo(layout, shape);
  if (stretched === undefined) {
    if (isMask && layout.rank <= 1) {
      throw new ValueError(
        `NumPy boolean array indexing assignment cannot assign ${layout.size} input values to the ${shape[0]} output values where the mask is true`,
      );
    }
    throw new ValueError(
      `shape mismatch: value array of shape ${shapeText(value.layout.shape)} could not be broadcast to indexing result of shape ${shapeText(shape)}`,
    );
  }
  const source = stretched.isAligned
    ? { storage: value.storage, layout: stretched }
    : detached({ storage: value.storage, layout: stretched });
  const result = unwritten(Layout.contiguous(array.dtype, shape));
  assign(result, source);
  return result;
}

function setFancy(array: NDArray, parsed: ParsedIndex, value: Operand): void {
  const { positions, shape } = pickedPositions(select(array.layout, parsed.items));
  warnOfLostParts(value.layout, array.layout);
  const source = stretchedValue(value, shape, array, parsed.isMask);
  writeAt(array, positions, source);
}

/** Writes a row-major source of the array's type to positions of its memory, in order. */
function writeAt(array: NDArray, positions: Float64Array, source: Operand): void {
  const { unit, dtype, isAligned } = array.layout;
  // Unaligned elements go byte by byte; others word by word, where a complex number has two.
  const words = isAligned ? dtype.lanes : dtype.itemSize;
  const scale = isAligned ? dtype.lanes : unit;
  const from = isAligned ? source.storage.view(dtype) : source.storage.bytes();
  const to = isAligned ? array.storage.view(dtype) : array.storage.bytes();
  for (let i = 0; i < positions.length; i++) {
    const start = positions[i]! * scale;
    for (let word = 0; word < words; word++) to[start + word] = from[i * words + word]!;
  }
}

/** `x[index] = value` */
export function setItem(array: NDArray, index: readonly Index[], value: ArrayLike): void {
  checkWriteable(array, "assignment destination");
  const parsed = parseIndex(index, array.shape);
  if (parsed.isFancy) {
    setFancy(array, parsed, valueFor(array, value));
    return;
  }
  const target = { storage: array.storage, layout: basicLayout(array.layout, parsed.items) };
  assign(target, valueFor(array, value));
}
