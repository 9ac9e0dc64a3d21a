// `reduce` and `accumulate` of ufuncs, on which `sum`, `max`, `any`, `cumsum` and their like stand.

import { bind } from "../core/arguments.ts";
import { bool, type DType, float64, int64, uint64 } from "../core/dtype.ts";
import { elements, type Operand, type Scalar } from "../core/elements.ts";
import { IndexError, PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { Layout, select, slice, stridesInOrder } from "../core/layout.ts";
import { collectWarnings, warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { where as whereOperation } from "../ops/ternary.ts";
import { assign } from "./assign.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { broadcastTo } from "./flips.ts";
import { warnOfMishaps } from "./floating-errors.ts";
import { allocate, asArray, asScalar, singleElement, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { iterationAxes, resultLayout } from "./order.ts";
import { promoteTypes } from "./promotion.ts";
import { convertScalar, scalarOf } from "./scalars.ts";
import { type ArrayLike, type Axes, type DTypeLike, optionalDtype, type PyScalar } from "./types.ts";
import { callUfunc, forcedLoop, loopFor } from "./ufunc.ts";
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
  const forced = optionalDtype(options.dtype);
  // With an array given the types of both meet, and what comes out is put into it whatever its type.
  const own = out === null ? reductionType(ufunc, array.dtype) : promoteTypes(out.dtype, array.dtype);
  const type = forced ?? own;
  const loop = reductionLoop(ufunc, type, forced !== undefined, array.dtype, out);
  const resultType = ufunc.spec.outputs[0]!.type(loop);
  const keepdims = options.keepdims ?? false;
  const { spec } = ufunc;
  if (axes.length > 1 && spec.identity === undefined && spec.isReorderable !== true) {
    throw new ValueError(
      `reduction operation '${spec.name}' is not reorderable, so at most one axis may be specified`,
    );
  }
  const isSkipping = ufunc.spec.identity === undefined && ufunc.reduction === undefined;
  const whole = castInput(ufunc, array, loop);
  const mask = isSkipping ? skippingMask(ufunc, array, options) : undefined;
  const source = isSkipping ? whole : masked(ufunc, whole, options);
  const layout = reducedLayout(array.layout, axes, keepdims, resultType);
  if (out !== null) {
    checkWriteable(out, "output array");
    checkOut(ufunc, layout, out);
  }
  const result = unwritten(layout);
  renamedWarnings(ufunc, "reduce", () =>
    fold(ufunc, source, result, axes, keepdims, options.initial ?? null, mask),
  );
  warnOfReduction(ufunc, source, result, axes, keepdims);
  if (!isSkipping && options.initial !== null && options.initial !== undefined) {
    const initial = singleElement(resultType, convertScalar(options.initial, resultType));
    ufunc.spec.outputs[0]!.run([converted(result, resultType), initial], result);
  }
  if (out !== null) {
    renamedWarnings(ufunc, "reduce", () => assign(out, result));
    return out;
  }
  return layout.rank === 0 ? asScalar(result) : result;
}

/** @throws ValueError, UFuncTypeError unless the result goes into the array given */
function checkOut({ spec }: BinaryUfunc, layout: Layout, out: NDArray): void {
  if (out.ndim !== layout.rank) {
    throw new ValueError(
      `output parameter for reduction operation ${spec.name} has the wrong number of dimensions: Found ${out.ndim} but expected ${layout.rank}`,
    );
  }
  if (out.shape.some((length, axis) => length !== layout.shape[axis])) {
    throw new ValueError(
      `output parameter for reduction operation ${spec.name} has a non-reduction dimension not equal to the input one.`,
    );
  }
}

/** The loop of a reduction. @throws TypeError, UFuncTypeError where there is none */
function reductionLoop(
  { spec }: BinaryUfunc,
  type: DType,
  isForced: boolean,
  own: DType,
  out: NDArray | null = null,
): DType {
  if (isForced) return forcedLoop(spec, type, [type, own]);
  try {
    return loopFor(spec, type, out === null ? [type, type] : [out.dtype, own]);
  } catch (error) {
    if (!(error instanceof PythonError) || spec.isUniform !== true || out !== null) throw error;
    // What is reduced into has no type of its own yet.
    throw new PythonError(error.name, error.message.replace(/\(<[^>]*>/, "(None"));
  }
}

/** NumPy warns once, in the name of what goes through the elements. */
function renamedWarnings<T>({ spec }: BinaryUfunc, name: string, run: () => T): T {
  const { result, warnings } = collectWarnings(run);
  const seen = new Set<string>();
  for (const { category, message } of warnings) {
    const text = [spec.name, "cast"].some((own) => message.endsWith(`encountered in ${own}`))
      ? message.replace(/ in \w+$/, ` in ${name}`)
      : message;
    if (!seen.has(text)) warn(category, text);
    seen.add(text);
  }
  return result;
}

/** The array as its loop takes it. Functions that answer true or false read any type. */
function castInput({ spec }: BinaryUfunc, array: NDArray, loop: DType): NDArray {
  const answers = spec.outputs[0]!.type(float64) === bool;
  return answers || array.dtype === loop ? array : converted(array, loop);
}

/** The array with the identity where the mask is false. */
function masked(ufunc: BinaryUfunc, array: NDArray, options: ReduceOptions): NDArray {
  const { where, initial } = options;
  if (where === undefined || where === true) return array;
  const neutral = ufunc.spec.identity ?? initial;
  if (neutral === undefined || neutral === null) {
    throw new ValueError(
      `reduction operation '${ufunc.spec.name}' does not have an identity, so to use a where mask one has to specify 'initial'`,
    );
  }
  const identity = singleElement(array.dtype, scalarOf(neutral));
  const result = unwritten(resultLayout([array.layout], array.shape, array.dtype));
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
  mask: NDArray | undefined,
): void {
  const { reduction, spec } = ufunc;
  const isEmpty = axes.some((axis) => source.shape[axis] === 0);
  if (isEmpty && (initial !== null || reduction === undefined || spec.identity === undefined)) {
    if (initial === null && spec.identity === undefined) {
      throw new ValueError(`zero-size array to reduction operation ${spec.name} which has no identity`);
    }
    const start = initial === null ? spec.identity! : convertScalar(initial, result.dtype);
    assign(result, singleElement(result.dtype, start));
    return;
  }
  if (result.size === 0) return;
  if (reduction !== undefined && axes.length > 0) reduction.run(source, result, axes, keepdims);
  else {
    const start =
      reduction === undefined && spec.identity === undefined && initial !== null
        ? convertScalar(initial, result.dtype)
        : spec.identity;
    foldElements(ufunc, source, result, axes, keepdims, start, mask);
  }
}

/** The mask of a function that has no neutral value: what it leaves out is passed over. */
function skippingMask(
  { spec }: BinaryUfunc,
  array: NDArray,
  { where, initial }: ReduceOptions,
): NDArray | undefined {
  if (where === undefined || where === true) return undefined;
  if (initial === null || initial === undefined) {
    throw new ValueError(
      `reduction operation '${spec.name}' does not have an identity, so to use a where mask one has to specify 'initial'`,
    );
  }
  return broadcastTo(asArray(where), array.shape);
}

/** NumPy warns of sums and products that are infinite or no numbers though their terms were not. */
function warnOfReduction(
  { reduction }: BinaryUfunc,
  source: NDArray,
  result: NDArray,
  axes: readonly number[],
  keepdims: boolean,
): void {
  if (reduction?.widens !== true || !result.dtype.isFloatingPoint) return;
  const values = elements(result).map(Number);
  if (values.every((value) => Number.isFinite(value))) return;
  let [hasNan, hasInfinity] = [values.map(() => false), values.map(() => false)];
  for (const layout of partsAlong(source.layout, axes, keepdims)) {
    const part = elements({ storage: source.storage, layout }).map(Number);
    hasNan = hasNan.map((isSet, i) => isSet || Number.isNaN(part[i]));
    hasInfinity = hasInfinity.map((isSet, i) => isSet || !Number.isFinite(part[i]));
  }
  if (values.some((value, i) => !Number.isNaN(value) && !Number.isFinite(value) && !hasInfinity[i])) {
    warn("RuntimeWarning", "overflow encountered in reduce");
  }
  if (values.some((value, i) => Number.isNaN(value) && !hasNan[i])) {
    warn("RuntimeWarning", "invalid value encountered in reduce");
  }
}

/** The layouts of what lies at each place along some axes. */
function* partsAlong(layout: Layout, axes: readonly number[], keepdims: boolean): Iterable<Layout> {
  const [axis, ...others] = axes;
  if (axis === undefined) {
    yield layout;
    return;
  }
  for (let i = 0; i < layout.shape[axis]!; i++) {
    const part = keepdims ? slice(layout, axis, i, 1, 1) : select(layout, axis, i);
    const rest = keepdims ? others : others.map((each) => each - 1);
    yield* partsAlong(part, rest, keepdims);
  }
}

/** Folds the elements one after another with the ufunc itself, from the identity where there is one. */
function foldElements(
  { spec }: BinaryUfunc,
  source: NDArray,
  result: NDArray,
  axes: readonly number[],
  keepdims: boolean,
  start: Scalar | undefined,
  mask?: NDArray,
): void {
  if (axes.length === 0 && start === undefined) {
    assign(result, source);
    return;
  }
  const { run } = spec.outputs[0]!;
  let isFirst = start === undefined;
  if (start !== undefined) assign(result, singleElement(result.dtype, start));
  const masks = mask === undefined ? undefined : [...partsAlong(mask.layout, axes, keepdims)];
  let at = 0;
  for (const layout of partsAlong(source.layout, axes, keepdims)) {
    const part: Operand = { storage: source.storage, layout };
    if (masks !== undefined) {
      const where = mask!.viewAs(masks[at++]!);
      callUfunc(spec, [result, source.viewAs(layout)], { out: result, where, casting: "unsafe" });
      continue;
    }
    const before = isFirst ? undefined : converted(result, result.dtype);
    if (before === undefined) assign(result, part);
    else {
      run([before, part], result);
      warnOfMishaps(spec.name, spec, [before, part], result);
    }
    isFirst = false;
  }
}

/** `ufunc.reduceat(array, indices, axis=0, dtype=None, out=None)` */
export function reduceat(
  ufunc: BinaryUfunc,
  value: ArrayLike,
  indices: ArrayLike,
  args: readonly unknown[],
): NDArray {
  const options = bind<AccumulateOptions & { axis: number }>("reduceat", ["axis", "dtype", "out"], args, {
    axis: 0,
    dtype: null,
    out: null,
  });
  const given = asArray(value);
  if (given.ndim === 0) throw new PythonTypeError("cannot reduceat on a scalar");
  const along = normalizeAxis(options.axis, given.ndim);
  const starts = elements(asArray(indices)).map(Number);
  const length = given.shape[along]!;
  for (const start of starts) {
    if (start >= 0 && start < length) continue;
    throw new IndexError(`index ${start} out-of-bounds in ${ufunc.spec.name}.reduceat [0, ${length})`);
  }
  const forced = optionalDtype(options.dtype);
  const loop = reductionLoop(
    ufunc,
    forced ?? reductionType(ufunc, given.dtype),
    forced !== undefined,
    given.dtype,
  );
  const resultType = ufunc.spec.outputs[0]!.type(loop);
  const source = castInput(ufunc, given.layout.isAligned ? given : converted(given, given.dtype), loop);
  const shape = given.shape.with(along, starts.length);
  const result = options.out ?? allocate(Layout.contiguous(resultType, shape));
  renamedWarnings(ufunc, "reduceat", () => {
    starts.forEach((start, i) => {
      const end = i + 1 < starts.length ? starts[i + 1]! : length;
      const lines = source.viewAs(slice(source.layout, along, start, 1, Math.max(end - start, 1)), true);
      const line = result.viewAs(slice(result.layout, along, i, 1, 1), true);
      const { reduction } = ufunc;
      if (reduction === undefined) foldElements(ufunc, lines, line, [along], true, undefined);
      else reduction.run(lines, line, [along], true);
    });
  });
  return result;
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
  const forced = optionalDtype(options.dtype);
  const loop = reductionLoop(
    ufunc,
    forced ?? reductionType(ufunc, array.dtype),
    forced !== undefined,
    array.dtype,
  );
  const source = castInput(ufunc, array.layout.isAligned ? array : converted(array, array.dtype), loop);
  const resultType = ufunc.spec.outputs[0]!.type(loop);
  const layout = resultLayout([array.layout], array.shape, resultType);
  const scan = ufunc.reduction?.scan;
  if (scan !== undefined) {
    const scanned = unwritten(layout);
    if (layout.size > 0) execute(scan, [source], [scanned], { axis: along, dtype: resultType });
    if (options.out === null || options.out === undefined) return scanned;
    assign(options.out, scanned);
    return options.out;
  }
  const result = options.out ?? allocate(layout);
  const part = (from: NDArray, i: number): NDArray => from.viewAs(select(from.layout, along, i), true);
  renamedWarnings(ufunc, "accumulate", () => {
    for (let i = 0; i < array.shape[along]!; i++) {
      if (i === 0) assign(part(result, 0), part(source, 0));
      else
        callUfunc(ufunc.spec, [part(result, i - 1), part(source, i)], {
          out: part(result, i),
          casting: "unsafe",
        });
    }
  });
  return result;
}
