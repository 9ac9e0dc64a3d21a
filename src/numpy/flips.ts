// Turning and broadcasting: `flip`, `rot90`, `broadcast_to`, `atleast_1d`, and the raw layouts of
// `numpy.lib.stride_tricks`. All are views.

import { bind, type Signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import * as layouts from "../core/layout.ts";
import { Layout } from "../core/layout.ts";
import { tupleText } from "../core/text.ts";
import { shapeText } from "./assign.ts";
import { broadcastOrThrow, normalizeAxes, normalizeAxis, shapeOf } from "./axes.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import type { ArrayLike, Axes } from "./types.ts";
import { expandDims } from "./views.ts";

/** Elements in reverse order along axes, all of them by default (`numpy.flip`). */
export function flip(
  m: ArrayLike,
  ...args: Signature<[axis: Axes | null], { readonly axis?: Axes | null }>
): NDArray {
  const { axis } = bind<{ axis: Axes | null }>("flip", ["axis"], args, { axis: null });
  const array = asArray(m);
  const axes = normalizeAxes(axis, array.ndim);
  if (array.ndim === 0) return array.at();
  return array.viewAs(axes.reduce(layouts.flip, array.layout));
}

function flipAt(m: ArrayLike, axis: number): NDArray {
  const array = asArray(m);
  if (array.ndim <= axis) throw new ValueError(`Input must be >= ${axis + 1}-d.`);
  return flip(array, axis);
}

/** Rows in reverse order (`numpy.flipud`). */
export function flipud(m: ArrayLike): NDArray {
  return flipAt(m, 0);
}

/** Columns in reverse order (`numpy.fliplr`). */
export function fliplr(m: ArrayLike): NDArray {
  return flipAt(m, 1);
}

/** A quarter turn, `k` times, in the plane of two axes, from the first towards the second (`numpy.rot90`). */
export function rot90(
  m: ArrayLike,
  ...args: Signature<
    [k: number, axes: readonly number[]],
    { readonly k?: number; readonly axes?: readonly number[] }
  >
): NDArray {
  const options = bind<{ k: number; axes: readonly number[] }>("rot90", ["k", "axes"], args, {
    k: 1,
    axes: [0, 1],
  });
  const array = asArray(m);
  const { axes } = options;
  if (axes.length !== 2) throw new ValueError("len(axes) must be 2.");
  const [first, second] = axes as [number, number];
  const n = array.ndim;
  if (first === second || Math.abs(first - second) === n) throw new ValueError("Axes must be different.");
  if (axes.some((axis) => axis >= n || axis < -n)) {
    throw new ValueError(`Axes=${tupleText(axes)} out of range for array of ndim=${n}.`);
  }
  const turns = ((options.k % 4) + 4) % 4;
  if (turns === 0) return array.viewAs(array.layout);
  if (turns === 2) return flip(flip(array, first), second);
  return turns === 1
    ? flip(array, second).swapaxes(first, second)
    : flip(array.swapaxes(first, second), second);
}

/** Stretched to a shape by strides of 0: a view that cannot be written (`numpy.broadcast_to`). */
export function broadcastTo(
  a: ArrayLike,
  ...args: Signature<
    [shape: number | readonly number[]],
    { readonly shape?: number | readonly number[]; readonly subok?: boolean }
  >
): NDArray {
  const options = bind<{ shape: number | readonly number[] }>("broadcast_to", ["shape"], args, {
    subok: false,
  } as object);
  const array = asArray(a);
  const shape = typeof options.shape === "number" ? [options.shape] : [...options.shape];
  if (shape.length === 0 && array.ndim > 0)
    throw new ValueError("cannot broadcast a non-scalar to a scalar array");
  if (shape.some((length) => length < 0)) {
    throw new ValueError("all elements of broadcast shape must be non-negative");
  }
  if (array.ndim > shape.length) {
    throw new ValueError("input operand has more dimensions than allowed by the axis remapping");
  }
  const layout = layouts.broadcastTo(array.layout, shape);
  if (layout === undefined) {
    throw new ValueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: ${shapeText(array.shape)}  and requested shape ${shapeText(shape)}`,
    );
  }
  const lead = shape.length - array.ndim;
  // An axis of length 1 has step 0 whether it was stretched or not.
  const strides = layout.strides.map((stride, axis) => (array.shape[axis - lead] === 1 ? 0 : stride));
  return array.viewAs(layout.with(shape, strides), false);
}

/** The arrays stretched to their common shape (`numpy.broadcast_arrays`). */
export function broadcastArrays(...arrays: readonly ArrayLike[]): NDArray[] {
  const all = arrays.map(asArray);
  const shape = broadcastOrThrow(all.map((array) => array.shape));
  return all.map((array) => {
    const isSame = array.ndim === shape.length && array.shape.every((length, axis) => length === shape[axis]);
    return isSame ? array : broadcastTo(array, shape);
  });
}

/** The shape that shapes stretch to together (`numpy.broadcast_shapes`). */
export function broadcastShapes(...shapes: readonly (number | readonly number[])[]): number[] {
  const lists = shapes.map(shapeOf);
  const shape = layouts.broadcastShapes(lists);
  if (shape === undefined) {
    throw new ValueError(
      `shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between ${mismatch(lists)}.`,
    );
  }
  return shape;
}

/** The first two shapes that do not go together. */
function mismatch(lists: readonly (readonly number[])[]): string {
  const second = lists.findIndex((_, i) => layouts.broadcastShapes(lists.slice(0, i + 1)) === undefined);
  const first = lists.findIndex((list) => layouts.broadcastShapes([list, lists[second]!]) === undefined);
  return [Math.max(first, 0), second].map((i) => `arg ${i} with shape ${tupleText(lists[i]!)}`).join(" and ");
}

/** With at least one axis (`numpy.atleast_1d`). */
export function atleast1d(array: ArrayLike): NDArray {
  const given = asArray(array);
  return given.ndim === 0 ? given.reshape(1) : given;
}

/** With at least two axes, new ones in front (`numpy.atleast_2d`). */
export function atleast2d(array: ArrayLike): NDArray {
  const given = asArray(array);
  if (given.ndim === 0) return given.reshape(1, 1);
  return given.ndim === 1 ? expandDims(given, 0) : given;
}

/** With at least three axes (`numpy.atleast_3d`): a vector lies along the middle one. */
export function atleast3d(array: ArrayLike): NDArray {
  const given = asArray(array);
  if (given.ndim === 0) return given.reshape(1, 1, 1);
  if (given.ndim === 1) return expandDims(given, [0, 2]);
  return given.ndim === 2 ? expandDims(given, 2) : given;
}

interface AsStridedOptions {
  readonly shape: readonly number[] | null;
  readonly strides: readonly number[] | null;
  readonly subok: boolean;
  readonly writeable: boolean;
}

/**
 * Shape and strides (in bytes) given outright, from the array's first element (`numpy.lib.stride_tricks.as_strided`).
 * @throws ValueError where they reach outside the memory, which NumPy does not check
 */
function asStrided(
  x: ArrayLike,
  ...args: Signature<
    [shape: readonly number[] | null, strides: readonly number[] | null, subok: boolean, writeable: boolean],
    Partial<AsStridedOptions>
  >
): NDArray {
  const options = bind<AsStridedOptions>("as_strided", ["shape", "strides", "subok", "writeable"], args, {
    shape: null,
    strides: null,
    subok: false,
    writeable: true,
  });
  const array = asArray(x);
  const { dtype, offset, unit: oldUnit } = array.layout;
  const steps = options.strides ?? array.strides;
  const start = offset * oldUnit;
  const isWhole = [start, ...steps].every((bytes) => bytes % dtype.itemSize === 0);
  const unit = isWhole ? dtype.itemSize : 1;
  const strides = steps.map((bytes) => bytes / unit);
  const layout = new Layout(dtype, options.shape ?? array.shape, strides, start / unit, unit);
  const reach = layouts.extent(layout);
  const end = reach === undefined ? 0 : reach.high * unit + dtype.itemSize;
  if (reach !== undefined && (reach.low < 0 || end > array.storage.byteLength)) {
    throw new ValueError(
      `as_strided: shape ${tupleText(layout.shape)} with strides ${tupleText(steps)} reaches outside the memory of ${array.storage.byteLength} bytes`,
    );
  }
  return array.viewAs(layout, options.writeable && array.writeable);
}

interface WindowOptions {
  readonly windowShape: number | readonly number[];
  readonly axis: Axes | null;
  readonly subok: boolean;
  readonly writeable: boolean;
}

/** All windows of a shape along axes, as new last axes (`numpy.lib.stride_tricks.sliding_window_view`). */
function slidingWindowView(
  x: ArrayLike,
  ...args: Signature<[windowShape: number | readonly number[], axis: Axes | null], Partial<WindowOptions>>
): NDArray {
  const options = bind<WindowOptions>("sliding_window_view", ["windowShape", "axis"], args, {
    axis: null,
    subok: false,
    writeable: false,
  });
  const window = typeof options.windowShape === "number" ? [options.windowShape] : options.windowShape;
  const array = asArray(x);
  if (window.some((length) => length < 0))
    throw new ValueError("`window_shape` cannot contain negative values");
  const given = typeof options.axis === "number" ? [options.axis] : options.axis;
  if (given === null && window.length !== array.ndim) {
    throw new ValueError(
      "Since axis is None, must provide window_shape for all dimensions of `x`; " +
        `got ${window.length} window_shape elements and \`x.ndim\` is ${array.ndim}.`,
    );
  }
  const axes = (given ?? window.map((_, axis) => axis)).map((axis) => normalizeAxis(axis, array.ndim));
  if (axes.length !== window.length) {
    throw new ValueError(
      "Must provide matching length window_shape and axis; " +
        `got ${window.length} window_shape elements and ${axes.length} axes elements.`,
    );
  }
  const shape = [...array.shape];
  axes.forEach((axis, i) => {
    if (shape[axis]! < window[i]!)
      throw new ValueError("window shape cannot be larger than input array shape");
    shape[axis]! -= window[i]! - 1;
  });
  const { strides } = array.layout;
  const layout = array.layout.with(
    [...shape, ...window],
    [...strides, ...axes.map((axis) => strides[axis]!)],
  );
  return array.viewAs(layout, options.writeable && array.writeable);
}

/** `numpy.lib.stride_tricks` */
export const strideTricks: {
  readonly asStrided: typeof asStrided;
  readonly slidingWindowView: typeof slidingWindowView;
  readonly broadcastTo: typeof broadcastTo;
} = { asStrided, slidingWindowView, broadcastTo };
