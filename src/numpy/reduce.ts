// `reduce` and `accumulate` of ufuncs, on which `sum`, `max`, `any`, `cumsum` and their like stand.

import { bind } from "../core/arguments.ts";
import { bool, type DType, int64, uint64 } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout, select, slice, stridesInOrder } from "../core/layout.ts";
import { execute } from "../devices/index.ts";
import { where as whereOperation } from "../ops/ternary.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { broadcastTo } from "./flips.ts";
import { allocate, asArray, asScalar, singleElement } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { iterationAxes, resultLayout } from "./order.ts";
import { convertScalar } from "./scalars.ts";
import { type ArrayLike, type Axes, type DTypeLike, optionalDtype, type PyScalar } from "./types.ts";
import { callUfunc, loopFor } from "./ufunc.ts";
import type { BinaryUfunc } from "./ufunc-methods.ts";

/** Options of `ufunc.reduce`. */
export interface ReduceOptions {
  readonly axis?: Axes | null;
  readonly dtype?: DTypeLike | null;
  readonly out?: NDArray | null;
  readonly keepdims?: boolean;
  readonly initial?: PyScalar | null;
  readonly where?: ArrayLike;
}

/** Options of `ufunc.accumulate`. */
export interface AccumulateOptions {
  readonly axis?: number;
  readonly dtype?: DTypeLike | null;
  readonly out?: NDArray | null;
}

/** The axes of a reduction, rising. @throws AxisError, ValueError */
export function reducedAxes(axis: Axes | null | undefined, ndim: number): number[] {
  if (axis === null || axis === undefined) return Array.from({ length: ndim }, (_, i) => i);
  const axes = (typeof axis === "number" ? [axis] : axis).map((each) => {
    // A 0-d array may be reduced along its axis 0 or -1, which it does not have.
    if (ndim === 0 && (each === 0 || each === -1) && typeof axis === "number") return -1;
    return normalizeAxis(each, ndim);
  });
  if (new Set(axes).size !== axes.length) throw new ValueError("duplicate value in 'axis'");
  return axes.filter((each) => each >= 0).sort((a, b) => a - b);
}

/** The layout of what a reduction leaves: the remaining axes in the order of memory of the array. */
export function reducedLayout(
  layout: Layout,
  axes: readonly number[],
  keepdims: boolean,
  dtype: DType,
): Layout {
  const lengths = layout.shape.map((length, axis) => (axes.includes(axis) ? 1 : length));
  const order = iterationAxes([layout], layout.shape);
  const strides = stridesInOrder(lengths, [
    ...order.filter((axis) => !axes.includes(axis)),
    ...order.filter((axis) => axes.includes(axis)),
  ]);
  const isKept = (_: number, axis: number): boolean => keepdims || !axes.includes(axis);
  return new Layout(dtype, lengths.filter(isKept), strides.filter(isKept));
}

/** The type in which an array is reduced where none is given. */
function reductionType(ufunc: BinaryUfunc, type: DType): DType {
  if (ufunc.reduction?.widens === true && (type === bool || (type.isInteger && type.itemSize < 8))) {
    return type.kind === "unsigned" ? uint64 : int64;
  }
  return type;
}

/** `ufunc.reduce(array, axis=0, dtype=None, out=None, keepdims=False, initial, where=True)` */
export function reduce(ufunc: BinaryUfunc, value: ArrayLike, args: readonly unknown[]): NDArray {
  const options = bind<ReduceOptions & { axis: Axes | null }>("reduce", ["axis", "dtype", "out"], args, {
    axis: 0,
    dtype: null,
    out: null,
    keepdims: false,
    initial: null,
    where: true,
  });
  return reduceAxes(ufunc, value, options);
}

/** As `reduce`, with the options bound; null for the axis means all of them. */
export function reduceAxes(ufunc: BinaryUfunc, value: ArrayLike, options: ReduceOptions): NDArray {
  const given = asArray(value);
  const array = given.layout.isAligned ? given : converted(given, given.dtype);
  const axes = reducedAxes(options.axis, array.ndim);
  const out = options.out ?? null;
  const type =
    optionalDtype(options.dtype) ?? reductionType(ufunc, out === null ? array.dtype : wider(array, out));
  const loop = loopFor(ufunc.spec, type, [type, type]);
  const resultType = ufunc.spec.outputs[0]!.type(loop);
  const keepdims = options.keepdims ?? false;
  const source = masked(ufunc, castInput(array, loop, resultType), options);
  const layout = reducedLayout(array.layout, axes, keepdims, resultType);
  if (out !== null) checkWriteable(out, "output array");
  const result = allocate(layout);
  fold(ufunc, source, result, axes, keepdims, options.initial ?? null);
  if (options.initial !== null && options.initial !== undefined) {
    const initial = singleElement(resultType, convertScalar(options.initial, resultType));
    ufunc.spec.outputs[0]!.run([converted(result, resultType), initial], result);
  }
  if (out !== null) {
    assign(out, result);
    return out;
  }
  return layout.rank === 0 ? asScalar(result) : result;
}

function wider(array: NDArray, out: NDArray): DType {
  return out.dtype.itemSize > array.dtype.itemSize || out.dtype.kind !== array.dtype.kind
    ? out.dtype
    : array.dtype;
}

/** The array as its loop takes it. Logical functions read any type. */
function castInput(array: NDArray, loop: DType, resultType: DType): NDArray {
  return resultType === bool || array.dtype === loop ? array : converted(array, loop);
}

/** The array with the identity where the mask is false. */
function masked(ufunc: BinaryUfunc, array: NDArray, options: ReduceOptions): NDArray {
  const { where, initial } = options;
  if (where === undefined || where === true) return array;
  const neutral = ufunc.reduction?.identity ?? initial;
  if (neutral === undefined || neutral === null) {
    throw new ValueError(
      `reduction operation '${ufunc.spec.name}' does not have an identity, so to use a where mask one has to specify 'initial'`,
    );
  }
  const identity = singleElement(array.dtype, convertScalar(neutral, array.dtype));
  const result = allocate(resultLayout([array.layout], array.shape, array.dtype));
  const mask = broadcastTo(asArray(where), array.shape);
  execute(whereOperation, [mask, array, identity], [result], undefined);
  return result;
}

function fold(
  ufunc: BinaryUfunc,
  source: NDArray,
  result: NDArray,
  axes: readonly number[],
  keepdims: boolean,
  initial: PyScalar | null,
): void {
  const { reduction, spec } = ufunc;
  const isEmpty = axes.some((axis) => source.shape[axis] === 0);
  if (isEmpty && reduction?.identity === undefined) {
    if (initial !== null) {
      assign(result, singleElement(result.dtype, convertScalar(initial, result.dtype)));
      return;
    }
    throw new ValueError(`zero-size array to reduction operation ${spec.name} which has no identity`);
  }
  if (result.size === 0) return;
  if (reduction !== undefined && axes.length > 0) reduction.run(source, result, axes, keepdims);
  else foldElements(ufunc, source, result, axes, keepdims);
}

/** Folds the elements one after another with the ufunc itself. */
function foldElements(
  ufunc: BinaryUfunc,
  source: NDArray,
  result: NDArray,
  axes: readonly number[],
  keepdims: boolean,
): void {
  if (axes.length > 1 && ufunc.spec.name !== "add") {
    throw new ValueError(
      `reduction operation '${ufunc.spec.name}' is not reorderable, so at most one axis may be specified`,
    );
  }
  const axis = axes[0];
  if (axis === undefined) {
    assign(result, source);
    return;
  }
  const run = ufunc.spec.outputs[0]!.run;
  const part = (i: number): Operand => {
    const layout = keepdims ? slice(source.layout, axis, i, 1, 1) : select(source.layout, axis, i);
    return { storage: source.storage, layout };
  };
  assign(result, part(0));
  for (let i = 1; i < source.shape[axis]!; i++) run([converted(result, result.dtype), part(i)], result);
}

/** `ufunc.accumulate(array, axis=0, dtype=None, out=None)` */
export function accumulate(ufunc: BinaryUfunc, value: ArrayLike, args: readonly unknown[]): NDArray {
  const options = bind<AccumulateOptions & { axis: number }>("accumulate", ["axis", "dtype", "out"], args, {
    axis: 0,
    dtype: null,
    out: null,
  });
  return accumulateAxis(ufunc, value, options.axis, options);
}

/** As `accumulate`, with the options bound. */
export function accumulateAxis(
  ufunc: BinaryUfunc,
  value: ArrayLike,
  axis: number,
  options: AccumulateOptions,
): NDArray {
  const array = asArray(value);
  if (array.ndim === 0) throw new PythonTypeError("cannot accumulate on a scalar");
  const along = normalizeAxis(axis, array.ndim);
  const type = optionalDtype(options.dtype) ?? reductionType(ufunc, array.dtype);
  const loop = loopFor(ufunc.spec, type, [type, type]);
  const source = array.dtype === loop && array.layout.isAligned ? array : converted(array, loop);
  const resultType = ufunc.spec.outputs[0]!.type(loop);
  const layout = resultLayout([array.layout], array.shape, resultType);
  const scan = ufunc.reduction?.scan;
  if (scan !== undefined) {
    const scanned = allocate(layout);
    if (layout.size > 0) execute(scan, [source], [scanned], { axis: along, dtype: resultType });
    if (options.out === null || options.out === undefined) return scanned;
    assign(options.out, scanned);
    return options.out;
  }
  const result = options.out ?? allocate(layout);
  const part = (from: NDArray, i: number): NDArray => from.viewAs(select(from.layout, along, i), true);
  for (let i = 0; i < array.shape[along]!; i++) {
    if (i === 0) assign(part(result, 0), part(source, 0));
    else
      callUfunc(ufunc.spec, [part(result, i - 1), part(source, i)], {
        out: part(result, i),
        casting: "unsafe",
      });
  }
  return result;
}
