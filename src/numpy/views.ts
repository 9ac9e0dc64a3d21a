// Views: other layouts over an array's memory (`reshape`, `ravel`, `transpose`, `squeeze`, `diagonal`, `view`). Where a
// shape has no view, `reshape` and `ravel` copy, as NumPy's do.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { AttributeError, AxisError, ValueError } from "../core/errors.ts";
import * as layouts from "../core/layout.ts";
import { Layout, type Shape, sameShape } from "../core/layout.ts";
import { numpyReshapeStrides, viewDtype } from "../core/layout-reshape.ts";
import { assign } from "./assign.ts";
import { normalizeAxes, normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { allocate, asArray, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran, iterationAxes } from "./order.ts";
import { checkOrder } from "./order-checks.ts";
import { type ArrayLike, type Axes, type DTypeLike, type Order, dtype as parseDtype } from "./types.ts";

/** A wanted shape in the message of `reshape`: what is unknown is `newaxis`, and left out in front. */
export function wantedText(shape: Shape): string {
  const first = shape.findIndex((length) => length >= 0);
  if (first === -1) return "()";
  const rest = shape.slice(first).map((length) => (length < 0 ? "newaxis" : String(length)));
  return shape.length === 1 ? `(${rest[0]},)` : `(${rest.join(",")})`;
}

/**
 * The shape with its unknown length (-1) filled in.
 * @throws ValueError where the array's elements do not go into it
 */
export function completeShape(shape: Shape, size: number): number[] {
  const unknown = shape.findIndex((length) => length < 0);
  if (shape.findLastIndex((length) => length < 0) !== unknown) {
    throw new ValueError("can only specify one unknown dimension");
  }
  const known = layouts.product(shape.filter((length) => length >= 0));
  const fits = unknown === -1 ? known === size : known !== 0 && size % known === 0;
  if (!fits) throw new ValueError(`cannot reshape array of size ${size} into shape ${wantedText(shape)}`);
  return unknown === -1 ? [...shape] : shape.with(unknown, size / known);
}

interface ReshapeOptions {
  readonly shape: number | readonly number[];
  readonly order: Order;
  readonly copy: boolean | null;
}

function reshaped(array: NDArray, { shape, order: asked, copy }: ReshapeOptions): NDArray {
  if (asked === "K") throw new ValueError("order 'K' is not permitted for reshaping");
  const order = asked === "F" || (asked === "A" && isOnlyFortran(array.layout)) ? "F" : "C";
  const wanted = typeof shape === "number" ? [shape] : shape;
  if (copy !== true && sameShape(wanted, array.shape)) return array.viewAs(array.layout);
  const complete = completeShape(wanted, array.size);
  const strides = copy === true ? undefined : numpyReshapeStrides(array.layout, complete, order);
  if (strides !== undefined) return array.viewAs(array.layout.with(complete, strides));
  if (copy === false) throw new ValueError("Unable to avoid creating a copy while reshaping.");
  const copied = converted(array, array.dtype, order);
  const fresh = order === "F" ? layouts.fortranStrides(complete) : layouts.contiguousStrides(complete);
  return copied.viewAs(copied.layout.with(complete, fresh));
}

/** The elements in another shape (`numpy.reshape`): a view where there is one, else a copy. */
export function reshape(
  a: ArrayLike,
  ...args: Signature<
    [shape: number | readonly number[], order: Order],
    { readonly shape?: number | readonly number[]; readonly order?: Order; readonly copy?: boolean | null }
  >
): NDArray {
  const options = bind<ReshapeOptions>("reshape", ["shape", "order"], args, { order: "C", copy: null });
  return reshaped(asArray(a), options);
}

/** `ndarray.reshape`: the shape as one list or as separate lengths. */
export function reshapeMethod(
  array: NDArray,
  ...args: readonly (
    | number
    | readonly number[]
    | { readonly order?: Order; readonly copy?: boolean | null }
  )[]
): NDArray {
  const last = args.at(-1);
  const options = isOptions(last) ? (last as { order?: Order; copy?: boolean | null }) : {};
  const shape = (isOptions(last) ? args.slice(0, -1) : args).flat() as number[];
  return reshaped(array, { order: "C", copy: null, ...options, shape });
}

/** The layout after `x.shape = shape`. */
export function shapeInPlace(array: NDArray, shape: number | readonly number[]): Layout {
  const wanted = typeof shape === "number" ? [shape] : shape;
  const complete = sameShape(wanted, array.shape) ? wanted : completeShape(wanted, array.size);
  const strides = sameShape(wanted, array.shape)
    ? array.layout.strides
    : numpyReshapeStrides(array.layout, complete, "C");
  if (strides === undefined) {
    throw new AttributeError(
      "Incompatible shape for in-place modification. Use `.reshape()` to make a copy with the desired shape.",
    );
  }
  return array.layout.with(complete, strides);
}

/** The elements in one axis, in an order: a view where they lie so already (`numpy.ravel`). */
export function ravel(a: ArrayLike, ...args: Signature<[order: Order], { readonly order?: Order }>): NDArray {
  const { order } = bind<{ order: Order }>("ravel", ["order"], args, { order: "C" });
  checkOrder(order);
  const array = asArray(a);
  const { layout } = array;
  const isFortran = order === "F" || (order !== "C" && isOnlyFortran(layout));
  if (isFortran ? layout.isFortranContiguous : order !== "K" && layout.isContiguous) {
    return reshaped(array, { shape: [array.size], order: isFortran ? "F" : "C", copy: null });
  }
  if (order === "K") {
    const ordered = layouts.permute(layout, layouts.memoryOrder(layout));
    if (ordered.isContiguous) return array.viewAs(layout.with([array.size], [1]));
  }
  return flattened(array, order);
}

function flattened(array: NDArray, order: Order): NDArray {
  const { layout } = array;
  const isFortran = order === "F" || (order !== "C" && isOnlyFortran(layout));
  const axes = layout.shape.map((_, axis) => axis);
  const path = isFortran ? axes.reverse() : order === "K" ? iterationAxes([layout], layout.shape) : axes;
  const result = unwritten(Layout.contiguous(array.dtype, [array.size]));
  const source = layouts.permute(layout, path);
  assign(
    { storage: result.storage, layout: Layout.contiguous(array.dtype, source.shape) },
    { storage: array.storage, layout: source },
  );
  return result;
}

/** A copy of the elements in one axis (`ndarray.flatten`). */
export function flatten(
  array: NDArray,
  ...args: Signature<[order: Order], { readonly order?: Order }>
): NDArray {
  return flattened(array, bind<{ order: Order }>("flatten", ["order"], args, { order: "C" }).order);
}

function transposed(array: NDArray, axes: readonly number[] | null | undefined): NDArray {
  if (axes === null || axes === undefined) return array.T;
  if (axes.length !== array.ndim) throw new ValueError("axes don't match array");
  const normal = axes.map((axis) => normalizeAxis(axis, array.ndim));
  if (new Set(normal).size !== normal.length) throw new ValueError("repeated axis in transpose");
  return array.viewAs(layouts.permute(array.layout, normal));
}

/** The axes in another order, from last to first where none is given (`numpy.transpose`). */
export function transpose(
  a: ArrayLike,
  ...args: Signature<[axes: readonly number[] | null], { readonly axes?: readonly number[] | null }>
): NDArray {
  const { axes } = bind<{ axes: readonly number[] | null }>("transpose", ["axes"], args, { axes: null });
  return transposed(asArray(a), axes);
}

/** `ndarray.transpose`: the axes as one list or one by one. */
export function transposeMethod(
  array: NDArray,
  ...axes: readonly (number | readonly number[] | null)[]
): NDArray {
  const isNone = axes.length === 0 || axes[0] === null || axes[0] === undefined;
  return transposed(array, isNone ? null : (axes.flat() as number[]));
}

/** Two axes exchanged (`numpy.swapaxes`). */
export function swapaxes(
  a: ArrayLike,
  ...args: Signature<[axis1: number, axis2: number], { readonly axis1?: number; readonly axis2?: number }>
): NDArray {
  const { axis1, axis2 } = bind<{ axis1: number; axis2: number }>("swapaxes", ["axis1", "axis2"], args, {});
  const array = asArray(a);
  const first = normalizeAxis(axis1, array.ndim, "axis1: ");
  return array.viewAs(layouts.swapAxes(array.layout, first, normalizeAxis(axis2, array.ndim, "axis2: ")));
}

/** Without the axes of length 1, or without those given (`numpy.squeeze`). */
export function squeeze(
  a: ArrayLike,
  ...args: Signature<[axis: Axes | null], { readonly axis?: Axes | null }>
): NDArray {
  const { axis } = bind<{ axis: Axes | null }>("squeeze", ["axis"], args, { axis: null });
  const array = asArray(a);
  if (axis === null) {
    if (!array.shape.includes(1)) return array;
    return array.viewAs(layouts.keepAxes(array.layout, (each) => array.shape[each] !== 1));
  }
  // A 0-d array may be asked for an axis 0 or -1, which it does not have.
  if (array.ndim === 0 && (axis === 0 || axis === -1)) return array;
  const axes = normalizeAxes(axis, array.ndim);
  if (axes.length === 0) return array;
  if (axes.some((each) => array.shape[each] !== 1)) {
    throw new ValueError("cannot select an axis to squeeze out which has size not equal to one");
  }
  return array.viewAs(layouts.keepAxes(array.layout, (each) => !axes.includes(each)));
}

interface DiagonalOptions {
  readonly offset: number;
  readonly axis1: number;
  readonly axis2: number;
}

/** The diagonals of two axes, as a last axis: a view that cannot be written (`numpy.diagonal`). */
export function diagonal(
  a: ArrayLike,
  ...args: Signature<[offset: number, axis1: number, axis2: number], Partial<DiagonalOptions>>
): NDArray {
  const options = bind<DiagonalOptions>("diagonal", ["offset", "axis1", "axis2"], args, {
    offset: 0,
    axis1: 0,
    axis2: 1,
  });
  const array = asArray(a);
  if (array.ndim < 2) throw new ValueError("diag requires an array of at least two dimensions");
  const axis1 = normalizeAxis(options.axis1, array.ndim, "axis1: ");
  const axis2 = normalizeAxis(options.axis2, array.ndim, "axis2: ");
  if (axis1 === axis2) throw new ValueError("axis1 and axis2 cannot be the same");
  const { offset } = options;
  const line = layouts.diagonal(array.layout, offset, axis1, axis2);
  // A diagonal that just misses the matrix begins where it would be.
  const [rows, columns] = [array.shape[axis1]!, array.shape[axis2]!];
  const isAtEdge =
    offset >= 0 ? Math.min(rows, columns - offset) === 0 : Math.min(rows + offset, columns) === 0;
  const step = array.layout.strides[offset >= 0 ? axis2 : axis1]!;
  const shift = isAtEdge ? Math.abs(offset) * step : 0;
  return array.viewAs(line.with(line.shape, line.strides, shift), false);
}

/** `x.view()` and `x.view(dtype)`. */
export function viewOf(array: NDArray, type?: DTypeLike | { readonly dtype?: DTypeLike }): NDArray {
  const given = isOptions(type) ? (type as { dtype?: DTypeLike }).dtype : (type as DTypeLike | undefined);
  if (given === undefined) return array.viewAs(array.layout);
  const dtype = parseDtype(given);
  const { layout, itemsize, ndim } = array;
  if (dtype.itemSize !== itemsize) {
    if (ndim === 0) {
      throw new ValueError("Changing the dtype of a 0d array is only supported if the itemsize is unchanged");
    }
    const last = layout.shape[ndim - 1]!;
    if (last !== 1 && array.size !== 0 && array.strides[ndim - 1] !== itemsize) {
      throw new ValueError("To change to a dtype of a different size, the last axis must be contiguous");
    }
    if (dtype.itemSize > itemsize && (last * itemsize) % dtype.itemSize !== 0) {
      throw new ValueError(
        "When changing to a larger dtype, its size must be a divisor of the total size in bytes of the last axis of the array.",
      );
    }
  }
  return array.viewAs(viewDtype(layout, dtype));
}

/** What `imag` is for a real array: zeros that cannot be written. */
export function noImaginaryPart(array: NDArray): NDArray {
  const { dtype, shape } = array;
  const strides = isOnlyFortran(array.layout)
    ? layouts.fortranStrides(shape)
    : layouts.contiguousStrides(shape);
  const zeros = allocate(new Layout(dtype, shape, strides));
  zeros.setflags({ write: false });
  return zeros;
}

/** Axes of length 1 put in at these places of the result (`numpy.expand_dims`). */
export function expandDims(
  a: ArrayLike,
  ...args: Signature<[axis: Axes], { readonly axis?: Axes }>
): NDArray {
  const { axis } = bind<{ axis: Axes }>("expand_dims", ["axis"], args, {});
  const array = asArray(a);
  const list = typeof axis === "number" ? [axis] : axis;
  const axes = normalizeAxes(list, array.ndim + list.length);
  const rest = array.shape.values();
  const shape = Array.from({ length: array.ndim + list.length }, (_, each) =>
    axes.includes(each) ? 1 : (rest.next().value ?? 1),
  );
  return reshaped(array, { shape, order: "C", copy: null });
}

/** Axes moved to other places, the others in order (`numpy.moveaxis`). */
export function moveaxis(
  a: ArrayLike,
  ...args: Signature<
    [source: Axes, destination: Axes],
    { readonly source?: Axes; readonly destination?: Axes }
  >
): NDArray {
  const options = bind<{ source: Axes; destination: Axes }>("moveaxis", ["source", "destination"], args, {});
  const array = asArray(a);
  const source = normalizeAxes(options.source, array.ndim, "source");
  const destination = normalizeAxes(options.destination, array.ndim, "destination");
  if (source.length !== destination.length) {
    throw new ValueError("`source` and `destination` arguments must have the same number of elements");
  }
  const order = array.shape.map((_, axis) => axis).filter((axis) => !source.includes(axis));
  const pairs = destination.map((to, i) => [to, source[i]!] as const).sort((x, y) => x[0] - y[0]);
  for (const [to, from] of pairs) order.splice(to, 0, from);
  return transposed(array, order);
}

/** An axis rolled back until it lies before `start` (`numpy.rollaxis`). */
export function rollaxis(
  a: ArrayLike,
  ...args: Signature<[axis: number, start: number], { readonly axis?: number; readonly start?: number }>
): NDArray {
  const options = bind<{ axis: number; start: number }>("rollaxis", ["axis", "start"], args, { start: 0 });
  const array = asArray(a);
  const n = array.ndim;
  const axis = normalizeAxis(options.axis, n);
  const start = options.start < 0 ? options.start + n : options.start;
  if (!(start >= 0 && start <= n)) {
    throw new AxisError(`'start' arg requires ${-n} <= start < ${n + 1}, but ${options.start} was passed in`);
  }
  const place = axis < start ? start - 1 : start;
  if (axis === place) return array.viewAs(array.layout);
  const order = array.shape.map((_, each) => each).filter((each) => each !== axis);
  order.splice(place, 0, axis);
  return transposed(array, order);
}

/** The lengths of the axes of an array-like (`numpy.shape`). */
export function shape(a: ArrayLike): Shape {
  return asArray(a).shape;
}

/** Number of axes of an array-like (`numpy.ndim`). */
export function ndim(a: ArrayLike): number {
  return asArray(a).ndim;
}

/** Number of elements, or of those along an axis (`numpy.size`). */
export function size(
  a: ArrayLike,
  ...args: Signature<[axis: number | null], { readonly axis?: number | null }>
): number {
  const { axis } = bind<{ axis: number | null }>("size", ["axis"], args, { axis: null });
  const array = asArray(a);
  return axis === null ? array.size : array.shape[normalizeAxis(axis, array.ndim)]!;
}

/** The last two axes swapped (`numpy.matrix_transpose`). @throws ValueError below two axes */
export function matrixTranspose(x: ArrayLike): NDArray {
  const array = asArray(x);
  if (array.ndim < 2) {
    throw new ValueError(`Input array must be at least 2-dimensional, but it is ${array.ndim}`);
  }
  return swapaxes(array, -1, -2);
}
