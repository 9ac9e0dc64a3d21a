// A layout: how elements lie in a storage. Shape, strides and offset, in elements of the layout's dtype.
// All stride arithmetic of the project is in this file and `layout-*.ts` beside it. Layouts never change;
// every function gives a new one. Arguments are taken as valid: the faces check them and word the errors.

import type { DType } from "./dtype.ts";

/** Lengths of axes. */
export type Shape = readonly number[];

/** Row-major layouts by what their type and shape come to; the last one asked for stays. */
const knownPlaces = 512;
const knownLayouts: (Layout | undefined)[] = new Array<undefined>(knownPlaces).fill(undefined);

/** Element type, shape, strides and offset of an array over a storage. Strides and offset are signed counts. */
export class Layout {
  readonly dtype: DType;
  readonly shape: Shape;
  /** Steps from one element to the next along each axis, in units of `unit` bytes. */
  readonly strides: readonly number[];
  /** Where element (0, ..., 0) is, counted from the beginning of the storage, in units of `unit` bytes. */
  readonly offset: number;
  /** Number of elements: the product of the shape; 1 for a 0-d layout. */
  readonly size: number;
  /**
   * Bytes that one step of a stride or the offset means. It is the dtype's item size, but for the views that
   * NumPy makes of bytes at odd places (`a.view(dtype)` of a slice), where it is 1: see `isAligned`.
   */
  readonly unit: number;
  /** True iff strides and offset count whole elements. */
  readonly isAligned: boolean;
  /** Its place among the row-major layouts that are known, where `contiguous` made it and may give it to others; else -1. */
  readonly place: number;
  private contiguous: boolean | undefined;

  constructor(
    dtype: DType,
    shape: Shape,
    strides: readonly number[],
    offset = 0,
    unit: number = dtype.itemSize,
    place = -1,
  ) {
    this.dtype = dtype;
    this.shape = shape;
    this.strides = strides;
    this.offset = offset;
    this.unit = unit;
    this.size = product(shape);
    this.isAligned = unit === dtype.itemSize;
    this.place = place;
    this.contiguous = undefined;
  }

  /**
   * The row-major layout from element 0. Those asked for lately are known: results of one shape share a layout, and
   * comparing them is comparing two objects.
   */
  static contiguous(dtype: DType, shape: Shape): Layout {
    const { length } = shape;
    let place = dtype.index;
    for (let axis = 0; axis < length; axis++) place = (Math.imul(place, 31) + shape[axis]!) | 0;
    place &= knownPlaces - 1;
    const known = knownLayouts[place];
    if (known !== undefined && known.dtype === dtype && sameShape(known.shape, shape)) return known;
    // The list stays the caller's, who may change it.
    const layout = new Layout(dtype, shape.slice(), contiguousStrides(shape), 0, dtype.itemSize, place);
    knownLayouts[place] = layout;
    return layout;
  }

  /** Number of axes. */
  get rank(): number {
    return this.shape.length;
  }

  /** True iff the elements lie in row-major order without gaps (axes of length 1 do not count; empty is true). */
  get isContiguous(): boolean {
    this.contiguous ??= this.isAligned && isOrdered(this.shape, this.strides, false);
    return this.contiguous;
  }

  /** True iff the elements lie in column-major order without gaps. */
  get isFortranContiguous(): boolean {
    return this.isAligned && isOrdered(this.shape, this.strides, true);
  }

  /** True iff all elements are one, as in a single value that was stretched. */
  get isOne(): boolean {
    const { shape, strides } = this;
    for (let axis = 0; axis < shape.length; axis++)
      if (strides[axis] !== 0 && shape[axis] !== 1) return false;
    return true;
  }

  /** The same place with another shape and strides, and an offset moved by `shift`. */
  with(shape: Shape, strides: readonly number[], shift = 0): Layout {
    return new Layout(this.dtype, shape, strides, this.offset + shift, this.unit);
  }
}

/** True iff two shapes have the same lengths. */
export function sameShape(a: Shape, b: Shape): boolean {
  if (a === b) return true;
  if (a.length !== b.length) return false;
  for (let axis = 0; axis < a.length; axis++) if (a[axis] !== b[axis]) return false;
  return true;
}

/** The product of the numbers; 1 of none. */
export function product(values: readonly number[]): number {
  let result = 1;
  for (let i = 0; i < values.length; i++) result *= values[i]!;
  return result;
}

/**
 * Row-major strides. An axis of length 0 counts as 1, as NumPy and PyTorch have it.
 */
export function contiguousStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    strides[axis] = step;
    const length = shape[axis]!;
    if (length > 1) step *= length;
  }
  return strides;
}

/** Column-major strides. */
export function fortranStrides(shape: Shape): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let axis = 0; axis < shape.length; axis++) {
    strides[axis] = step;
    const length = shape[axis]!;
    if (length > 1) step *= length;
  }
  return strides;
}

/** Strides without gaps in which the axes lie in the given order, the outermost first. */
export function stridesInOrder(shape: Shape, axes: readonly number[]): number[] {
  const strides = new Array<number>(shape.length);
  let step = 1;
  for (let i = axes.length - 1; i >= 0; i--) {
    const axis = axes[i]!;
    strides[axis] = step;
    step *= Math.max(shape[axis]!, 1);
  }
  return strides;
}

function isOrdered(shape: Shape, strides: readonly number[], fortran: boolean): boolean {
  let step = 1;
  for (let i = shape.length - 1; i >= 0; i--) {
    const axis = fortran ? shape.length - 1 - i : i;
    const length = shape[axis]!;
    if (length === 0) return true;
    if (length === 1) continue;
    if (strides[axis] !== step) {
      return product(shape) === 0;
    }
    step *= length;
  }
  return true;
}

/** Axes in another order: axis `i` of the result is axis `axes[i]` of the layout. */
export function permute(layout: Layout, axes: readonly number[]): Layout {
  return layout.with(
    axes.map((axis) => layout.shape[axis]!),
    axes.map((axis) => layout.strides[axis]!),
  );
}

/** Two axes swapped. */
export function swapAxes(layout: Layout, a: number, b: number): Layout {
  const shape = layout.shape.slice();
  const strides = layout.strides.slice();
  shape[a] = layout.shape[b]!;
  shape[b] = layout.shape[a]!;
  strides[a] = layout.strides[b]!;
  strides[b] = layout.strides[a]!;
  return layout.with(shape, strides);
}

/** The element `index` (0 or more) of an axis; the axis goes away. */
export function select(layout: Layout, axis: number, index: number): Layout {
  return layout.with(
    layout.shape.toSpliced(axis, 1),
    layout.strides.toSpliced(axis, 1),
    index * layout.strides[axis]!,
  );
}

/** `length` elements of an axis from `start` (a valid position), `step` apart; `step` may be negative. */
export function slice(layout: Layout, axis: number, start: number, step: number, length: number): Layout {
  return layout.with(
    layout.shape.with(axis, length),
    // Adding 0 makes a negative zero an ordinary one.
    layout.strides.with(axis, layout.strides[axis]! * step + 0),
    start * layout.strides[axis]!,
  );
}

/** An axis of length 1 (or `length`, then with the stride given) before axis `axis`. */
export function insertAxis(layout: Layout, axis: number, stride: number, length = 1): Layout {
  return layout.with(layout.shape.toSpliced(axis, 0, length), layout.strides.toSpliced(axis, 0, stride));
}

/** The axes for which `keep` holds. The others must be of length 1, or their element 0 is meant. */
export function keepAxes(layout: Layout, keep: (axis: number) => boolean): Layout {
  return layout.with(
    layout.shape.filter((_, axis) => keep(axis)),
    layout.strides.filter((_, axis) => keep(axis)),
  );
}

/**
 * Axes of length 1 stretched to `shape` by stride 0, new axes before the first.
 * @returns undefined when the shapes do not go together
 */
export function broadcastTo(layout: Layout, shape: Shape): Layout | undefined {
  const lead = shape.length - layout.rank;
  if (lead < 0) return undefined;
  const strides = new Array<number>(shape.length).fill(0);
  for (let axis = 0; axis < layout.rank; axis++) {
    const from = layout.shape[axis]!;
    const to = shape[lead + axis]!;
    if (from === to) strides[lead + axis] = layout.strides[axis]!;
    else if (from !== 1) return undefined;
  }
  return layout.with(shape, strides);
}

/**
 * The shape that all shapes stretch to (NumPy's broadcasting rule, which is PyTorch's too).
 * @returns undefined when there is none
 */
export function broadcastShapes(shapes: readonly Shape[]): number[] | undefined {
  let rank = 0;
  for (const shape of shapes) rank = Math.max(rank, shape.length);
  const result = new Array<number>(rank).fill(1);
  for (const shape of shapes) {
    const lead = rank - shape.length;
    for (let axis = 0; axis < shape.length; axis++) {
      const length = shape[axis]!;
      if (length === 1 || length === result[lead + axis]) continue;
      if (result[lead + axis] !== 1) return undefined;
      result[lead + axis] = length;
    }
  }
  return result;
}

/** Diagonals of the plane of two axes, as a last axis; the k-th above the main one. */
export function diagonal(layout: Layout, k: number, axis1: number, axis2: number): Layout {
  const rows = layout.shape[axis1]!;
  const columns = layout.shape[axis2]!;
  const length = Math.max(k >= 0 ? Math.min(rows, columns - k) : Math.min(rows + k, columns), 0);
  const shift = length === 0 ? 0 : k >= 0 ? k * layout.strides[axis2]! : -k * layout.strides[axis1]!;
  const rest = keepAxes(layout, (axis) => axis !== axis1 && axis !== axis2);
  return rest.with(
    [...rest.shape, length],
    [...rest.strides, layout.strides[axis1]! + layout.strides[axis2]!],
    shift,
  );
}

/** Windows of `size` elements, `step` apart, along an axis: the axis counts windows, a last axis goes through one. */
export function unfold(layout: Layout, axis: number, size: number, step: number): Layout {
  const count = Math.floor((layout.shape[axis]! - size) / step) + 1;
  return layout.with(
    [...layout.shape.with(axis, count), size],
    [...layout.strides.with(axis, layout.strides[axis]! * step), layout.strides[axis]!],
  );
}

/** Elements of an axis from last to first. */
export function flip(layout: Layout, axis: number): Layout {
  const length = layout.shape[axis]!;
  return slice(layout, axis, length === 0 ? 0 : length - 1, -1, length);
}

/** The lowest and highest element positions that the layout reaches; undefined when it is empty. */
export function extent(layout: Layout): { readonly low: number; readonly high: number } | undefined {
  if (layout.size === 0) return undefined;
  let low = layout.offset;
  let high = layout.offset;
  for (let axis = 0; axis < layout.rank; axis++) {
    const reach = (layout.shape[axis]! - 1) * layout.strides[axis]!;
    if (reach < 0) low += reach;
    else high += reach;
  }
  return { low, high };
}

/** The axes in order of memory, largest step first; axes of equal step stay in order. */
export function memoryOrder(layout: Layout): number[] {
  return layout.shape
    .map((_, axis) => axis)
    .sort((a, b) => Math.abs(layout.strides[b]!) - Math.abs(layout.strides[a]!) || a - b);
}
