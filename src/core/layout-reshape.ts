// Layouts under another shape, element type or stride list: which of them need no copy. The rules for strides are
// those of PyTorch's `Tensor.view` and of NumPy's `reshape`, which differ only in axes of length 1 and empty arrays.

import { complex64, complex128, type DType, float32, float64 } from "./dtype.ts";
import { contiguousStrides, fortranStrides, Layout, product, type Shape, sameShape } from "./layout.ts";

/**
 * Strides under which `shape` (of as many elements) goes through the layout's elements in row-major order, as
 * PyTorch's `view` finds them.
 * @returns undefined when there are none, so that a copy is needed
 */
export function reshapeStrides(layout: Layout, shape: Shape): number[] | undefined {
  if (layout.rank === 0) return new Array<number>(shape.length).fill(1);
  if (layout.size === 0) {
    return sameShape(layout.shape, shape) ? layout.strides.slice() : contiguousStrides(shape);
  }
  const result = new Array<number>(shape.length);
  let to = shape.length - 1;
  let base = layout.strides[layout.rank - 1]!;
  let count = 1;
  let covered = 1;
  for (let axis = layout.rank - 1; axis >= 0; axis--) {
    count *= layout.shape[axis]!;
    const goesOn = axis > 0 && (layout.shape[axis - 1] === 1 || layout.strides[axis - 1] === count * base);
    if (goesOn) continue;
    while (to >= 0 && (covered < count || shape[to] === 1)) {
      result[to] = covered * base;
      covered *= shape[to]!;
      to--;
    }
    if (covered !== count) return undefined;
    if (axis > 0) {
      base = layout.strides[axis - 1]!;
      count = 1;
      covered = 1;
    }
  }
  return to === -1 ? result : undefined;
}

/**
 * Strides under which `shape` (of as many elements) goes through the layout's elements in row-major ("C") or
 * column-major ("F") order on both sides, as NumPy's `reshape` finds them.
 * @returns undefined when there are none, so that a copy is needed
 */
export function numpyReshapeStrides(layout: Layout, shape: Shape, order: "C" | "F"): number[] | undefined {
  if (sameShape(layout.shape, shape)) return layout.strides.slice();
  const fortran = order === "F";
  if (fortran ? layout.isFortranContiguous : layout.isContiguous) {
    return inUnits(fortran ? fortranStrides(shape) : contiguousStrides(shape), layout);
  }
  const axes = layout.shape.map((_, axis) => axis).filter((axis) => layout.shape[axis] !== 1);
  const lengths = axes.map((axis) => layout.shape[axis]!);
  const strides = axes.map((axis) => layout.strides[axis]!);
  if (product(lengths) !== product(shape)) return undefined;
  const result = new Array<number>(shape.length);
  let [from, fromEnd, to, toEnd] = [0, 1, 0, 1];
  while (to < shape.length && from < lengths.length) {
    let toCount = shape[to]!;
    let fromCount = lengths[from]!;
    while (toCount !== fromCount) {
      if (toCount < fromCount) toCount *= shape[toEnd++]!;
      else fromCount *= lengths[fromEnd++]!;
    }
    for (let axis = from; axis < fromEnd - 1; axis++) {
      const meets = fortran
        ? strides[axis + 1] === lengths[axis]! * strides[axis]!
        : strides[axis] === lengths[axis + 1]! * strides[axis + 1]!;
      if (!meets) return undefined;
    }
    splitStride(result, shape, to, toEnd, fortran ? strides[from]! : strides[fromEnd - 1]!, fortran);
    from = fromEnd++;
    to = toEnd++;
  }
  const item = layout.dtype.itemSize / layout.unit;
  const last = to === 0 ? item : fortran ? result[to - 1]! * shape[to - 1]! : result[to - 1]!;
  return result.fill(last, to);
}

/** Strides of the axes `from` to before `end` of a shape that divide one axis of stride `stride` among them. */
function splitStride(
  into: number[],
  shape: Shape,
  from: number,
  end: number,
  stride: number,
  fortran: boolean,
): void {
  let step = stride;
  for (let i = 0; i < end - from; i++) {
    const axis = fortran ? from + i : end - 1 - i;
    into[axis] = step;
    step *= shape[axis]!;
  }
}

function inUnits(strides: number[], layout: Layout): number[] {
  const scale = layout.dtype.itemSize / layout.unit;
  return scale === 1 ? strides : strides.map((stride) => stride * scale);
}

/** Shape, strides and offset (counted from the beginning of the storage) given outright. */
export function asStrided(layout: Layout, shape: Shape, strides: readonly number[], offset: number): Layout {
  return new Layout(layout.dtype, shape, strides, offset, layout.unit);
}

/**
 * The same bytes as elements of another type. Where the sizes differ, the last axis (of stride 1) counts elements of
 * the new size: the caller has seen to it that they go evenly. Steps that are no whole elements of the new type
 * leave a layout that counts bytes (`isAligned` is false).
 */
export function viewDtype(layout: Layout, dtype: DType): Layout {
  const from = layout.dtype.itemSize;
  const to = dtype.itemSize;
  if (from === to) return new Layout(dtype, layout.shape, layout.strides, layout.offset, layout.unit);
  const last = layout.rank - 1;
  const shape = last < 0 ? layout.shape : layout.shape.with(last, (layout.shape[last]! * from) / to);
  const bytes = layout.strides.map((stride, axis) => (axis === last ? to : stride * layout.unit));
  const start = layout.offset * layout.unit;
  const isWhole = start % to === 0 && bytes.every((step) => step % to === 0);
  const unit = isWhole ? to : 1;
  return new Layout(
    dtype,
    shape,
    bytes.map((step) => step / unit),
    start / unit,
    unit,
  );
}

/** The type of the real and imaginary part; the type itself where it is not complex. */
export function partType(dtype: DType): DType {
  return dtype === complex64 ? float32 : dtype === complex128 ? float64 : dtype;
}

/** The complex type with parts of a type, undefined where there is none. */
export function complexType(dtype: DType): DType | undefined {
  return dtype === float32 ? complex64 : dtype === float64 ? complex128 : undefined;
}

/** The real (0) or imaginary (1) parts of a complex layout. */
export function partView(layout: Layout, part: 0 | 1): Layout {
  const dtype = partType(layout.dtype);
  const scale = layout.unit / dtype.itemSize;
  if (!Number.isInteger(scale)) {
    return new Layout(
      dtype,
      layout.shape,
      layout.strides,
      layout.offset + part * dtype.itemSize,
      layout.unit,
    );
  }
  const strides = layout.strides.map((stride) => stride * scale);
  return new Layout(dtype, layout.shape, strides, layout.offset * scale + part);
}

/** A complex layout as real pairs: a last axis of length 2. */
export function viewAsReal(layout: Layout): Layout {
  const real = partView(layout, 0);
  return real.with([...real.shape, 2], [...real.strides, real.dtype.itemSize / real.unit]);
}

/** Real pairs (a last axis of length 2 and stride 1, other strides and offset even) as complex numbers. */
export function viewAsComplex(layout: Layout): Layout {
  const strides = layout.strides.slice(0, -1).map((stride) => Math.floor(stride / 2));
  return new Layout(complexType(layout.dtype)!, layout.shape.slice(0, -1), strides, layout.offset / 2);
}

/** True iff two different indices reach the same element: a stride of 0, or windows that overlap. */
export function mayOverlap(layout: Layout): boolean {
  const axes = layout.shape
    .map((length, axis) => ({ length, step: Math.abs(layout.strides[axis]!) }))
    .filter(({ length }) => length > 1)
    .sort((a, b) => a.step - b.step);
  let reach = 0;
  for (const { length, step } of axes) {
    if (step <= reach) return layout.size > 0;
    reach += step * (length - 1);
  }
  return false;
}
