// Reading and writing at places that arrays of indices name. All of `take`, fancy indexing and their gradients go
// through one plan: for each place, the block of elements (a slab) that lies there.

import type { TypedArray } from "../../core/dtype.ts";
import { aligned, forEachPosition, type Operand, type Scalar } from "../../core/elements.ts";
import { IndexError } from "../../core/errors.ts";
import { extent, keepAxes, Layout, select } from "../../core/layout.ts";
import { asStrided, mayOverlap } from "../../core/layout-reshape.ts";
import type { Kernel } from "../../core/op.ts";
import type {
  AxisAttributes,
  AxisLengthAttributes,
  AxisShapeAttributes,
  IndexAttributes,
  IndexGradientAttributes,
  IndexPutAttributes,
  ScatterReduceAttributes,
} from "../../ops/indexing.ts";
import { indexedShape } from "../../ops/shapes.ts";
import type { StridedAttributes } from "../../ops/views.ts";
import { type Arithmetic, arithmeticOf, readerOf, writerOf } from "./lanes.ts";
import {
  type AddRun,
  addRunOf,
  clear,
  integers,
  intoRowMajor,
  moveElements,
  moveRun,
  rowMajor,
  rowWalk,
} from "./move.ts";
import { forEachRun } from "./walk.ts";
import { wordsOf, wordsPerElement } from "./words.ts";

/**
 * The indices into an axis of `length`, in row-major order, checked.
 * @param fromEnd true iff an index below 0 counts from the end
 */
function checkedIndices(index: Operand, length: number, axis: number, fromEnd: boolean): Int32Array {
  const operand = index.layout.isAligned ? index : aligned(index);
  const read = integers(operand);
  const result = new Int32Array(operand.layout.size);
  let at = 0;
  forEachPosition(operand.layout, (position) => {
    const value = read(position);
    const place = value < 0 && fromEnd ? value + length : value;
    if (!(place >= 0 && place < length)) {
      throw new IndexError(`index ${value} is out of bounds for dimension ${axis} with size ${length}`);
    }
    result[at++] = place;
  });
  return result;
}

/** Where the slabs of an array lie. */
interface SlabPlan {
  /** Positions that the axes before the indices step through. */
  readonly outer: Layout;
  /** For each place that the indices name, how far it is from there. */
  readonly places: Float64Array;
  /** A slab: runs of `run` elements, `step` apart, which begin at these distances. */
  readonly starts: Float64Array;
  readonly run: number;
  readonly step: number;
}

function planSlabs(
  layout: Layout,
  indices: readonly Operand[],
  { axes, position }: IndexAttributes,
  fromEnd: boolean,
): SlabPlan {
  const places = new Float64Array(indices[0]!.layout.size);
  axes.forEach((axis, k) => {
    const stride = layout.strides[axis]!;
    const values = checkedIndices(indices[k]!, layout.shape[axis]!, axis, fromEnd);
    for (let i = 0; i < values.length; i++) places[i]! += values[i]! * stride;
  });
  const rest = layout.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const leading = rest.slice(0, position);
  const outer = keepAxes(layout, (axis) => leading.includes(axis));
  const inner = keepAxes(layout, (axis) => rest.includes(axis) && !leading.includes(axis));
  const slab = new Layout(layout.dtype, inner.shape, inner.strides, 0);
  if (slab.isContiguous) return { outer, places, starts: new Float64Array(1), run: slab.size, step: 1 };
  const last = slab.rank - 1;
  const heads = select(slab, last, 0);
  const starts = new Float64Array(heads.size);
  let at = 0;
  forEachPosition(heads, (position) => {
    starts[at++] = position;
  });
  return { outer, places, starts, run: slab.shape[last]!, step: slab.strides[last]! };
}

/** Calls `visit` for each run of each slab with its position, and the position in a row-major array of all slabs. */
function forEachSlabRun(plan: SlabPlan, visit: (position: number, packed: number) => void): void {
  const { places, starts, run } = plan;
  if (run === 0) return;
  let packed = 0;
  forEachPosition(plan.outer, (base) => {
    for (let place = 0; place < places.length; place++) {
      const start = base + places[place]!;
      for (let k = 0; k < starts.length; k++, packed += run) visit(start + starts[k]!, packed);
    }
  });
}

/** Reads all slabs into the output. */
function readSlabs(
  x: Operand,
  output: Operand,
  indices: readonly Operand[],
  attributes: IndexAttributes,
  fromEnd: boolean,
): void {
  const { dtype } = output.layout;
  const { storage, layout } = x.layout.isAligned ? x : aligned(x);
  const plan = planSlabs(layout, indices, attributes, fromEnd);
  intoRowMajor(output, (target) => {
    const from = wordsOf(storage, dtype);
    const to = wordsOf(target.storage, dtype);
    const words = wordsPerElement(dtype);
    const start = target.layout.offset;
    forEachSlabRun(plan, (position, packed) => {
      moveRun(from, position, plan.step, to, start + packed, 1, plan.run, words);
    });
  });
}

/** Adds (or writes) a row-major source of slabs to the places in a row-major target. */
function writeSlabs(
  source: Operand,
  target: Operand,
  indices: readonly Operand[],
  attributes: IndexAttributes,
  fromEnd: boolean,
  adds: boolean,
): void {
  const { dtype } = target.layout;
  const plan = planSlabs(target.layout, indices, attributes, fromEnd);
  const start = source.layout.offset;
  if (adds) {
    const from = source.storage.view(dtype);
    const to = target.storage.view(dtype);
    const add = addRunOf(dtype);
    forEachSlabRun(plan, (position, packed) => {
      add(from, start + packed, 1, to, position, plan.step, plan.run);
    });
    return;
  }
  const from = wordsOf(source.storage, dtype);
  const to = wordsOf(target.storage, dtype);
  const words = wordsPerElement(dtype);
  forEachSlabRun(plan, (position, packed) => {
    moveRun(from, start + packed, 1, to, position, plan.step, plan.run, words);
  });
}

const take: Kernel<AxisAttributes> = ([x, index], [output], { axis }) => {
  readSlabs(x!, output!, [index!], { axes: [axis], position: axis }, false);
};

const takeGradient: Kernel<AxisLengthAttributes> = ([g, index], [output], { axis }) => {
  intoRowMajor(output!, (target) => {
    clear(target);
    writeSlabs(rowMajor(g!), target, [index!], { axes: [axis], position: axis }, false, true);
  });
};

const indexGet: Kernel<IndexAttributes> = ([x, ...indices], [output], attributes) => {
  readSlabs(x!, output!, indices, attributes, true);
};

const indexGradient: Kernel<IndexGradientAttributes> = ([g, ...indices], [output], attributes) => {
  intoRowMajor(output!, (target) => {
    clear(target);
    writeSlabs(rowMajor(g!), target, indices, attributes, true, true);
  });
};

const indexPut: Kernel<IndexPutAttributes> = ([x, values, ...indices], [output], attributes) => {
  intoRowMajor(output!, (target) => {
    moveElements(x!, target);
    const { dtype, shape } = target.layout;
    const source = rowMajor(values!, dtype, indexedShape(shape, indices[0]!.layout.shape, attributes));
    writeSlabs(source, target, indices, attributes, true, attributes.accumulate);
  });
};

/**
 * Calls `visit` for each place that `gather` and `scatter` go to, in row-major order of the index: the position of
 * the element of the `indexed` layout, and that of the element of the other one.
 */
function forEachGathered(
  index: Operand,
  indexed: Layout,
  other: Layout,
  axis: number,
  visit: (indexedPosition: number, otherPosition: number) => void,
): void {
  const { shape } = index.layout;
  if (indexed.rank === 0) {
    // A single element is a line of one; the index has rank 0 or 1.
    const line = indexed.with([1], [1]);
    const lifted = {
      storage: index.storage,
      layout: shape.length === 0 ? index.layout.with([1], [1]) : index.layout,
    };
    forEachGathered(lifted, line, other.rank === 0 ? other.with([1], [1]) : other, 0, visit);
    return;
  }
  const values = checkedIndices(index, indexed.shape[axis]!, axis, false);
  const stride = indexed.strides[axis]!;
  const lines = new Layout(indexed.dtype, shape, indexed.strides.with(axis, 0), indexed.offset);
  const others = other.rank === 0 ? other : new Layout(other.dtype, shape, other.strides, other.offset);
  const walk = rowWalk(shape, [lines, others]);
  let at = 0;
  forEachRun(walk, (positions) => {
    let [line, place] = [positions[0]!, positions[1]!];
    for (let i = 0; i < walk.run; i++, line += walk.steps[0]!, place += walk.steps[1]!) {
      visit(line + values[at++]! * stride, place);
    }
  });
}

const gather: Kernel<AxisAttributes> = ([x, index], [output], { axis }) => {
  const { dtype } = output!.layout;
  const { storage, layout } = x!.layout.isAligned ? x! : aligned(x!);
  const from = wordsOf(storage, dtype);
  const to = wordsOf(output!.storage, dtype);
  const words = wordsPerElement(dtype);
  forEachGathered(index!, layout, output!.layout, axis, (position, place) => {
    for (let word = 0; word < words; word++) to[place * words + word] = from[position * words + word]!;
  });
};

const gatherGradient: Kernel<AxisShapeAttributes> = ([g, index], [output], { axis }) => {
  intoRowMajor(output!, (target) => {
    clear(target);
    scatterInto(target, index!, g!, axis, addRunOf(target.layout.dtype));
  });
};

const scatter: Kernel<AxisAttributes> = ([x, index, source], [output], { axis }) => {
  intoRowMajor(output!, (target) => {
    moveElements(x!, target);
    scatterInto(target, index!, source!, axis, undefined);
  });
};

const scatterAdd: Kernel<AxisAttributes> = ([x, index, source], [output], { axis }) => {
  intoRowMajor(output!, (target) => {
    moveElements(x!, target);
    scatterInto(target, index!, source!, axis, addRunOf(target.layout.dtype));
  });
};

/** Writes a source's elements, or adds them, where the index says. */
function scatterInto(
  target: Operand,
  index: Operand,
  source: Operand,
  axis: number,
  add: AddRun | undefined,
): void {
  const { dtype } = target.layout;
  const isPlain = source.layout.dtype === dtype && source.layout.isAligned;
  const { storage, layout } = isPlain ? source : rowMajor(source, dtype);
  if (add !== undefined) {
    const from = storage.view(dtype);
    const to = target.storage.view(dtype);
    forEachGathered(index, target.layout, layout, axis, (position, place) =>
      add(from, place, 1, to, position, 1, 1),
    );
    return;
  }
  const from = wordsOf(storage, dtype);
  const to = wordsOf(target.storage, dtype);
  const words = wordsPerElement(dtype);
  forEachGathered(index, target.layout, layout, axis, (position, place) => {
    for (let word = 0; word < words; word++) to[position * words + word] = from[place * words + word]!;
  });
}

type Join = (kept: Scalar, value: Scalar) => Scalar;

/** The larger (or smaller) of two; NaN wins. */
function extremeOf(rule: Arithmetic, direction: 1 | -1): Join {
  return (kept, value) => {
    if (rule.isNaN(kept)) return kept;
    return rule.isNaN(value) || direction * rule.compare(value, kept) > 0 ? value : kept;
  };
}

const scatterReduce: Kernel<ScatterReduceAttributes> = ([x, index, source], [output], attributes) => {
  const { axis, reduce, includeSelf } = attributes;
  intoRowMajor(output!, (target) => {
    moveElements(x!, target);
    const { dtype, offset, size } = target.layout;
    const values = rowMajor(source!, dtype);
    const rule = arithmeticOf(target.layout);
    const join = reduce === "prod" ? rule.multiply : extremeOf(rule, reduce === "amax" ? 1 : -1);
    const [read, write] = [readerOf(target), writerOf(target)];
    const readSource = readerOf(values);
    const isJoined = new Uint8Array(size).fill(includeSelf ? 1 : 0);
    forEachGathered(index!, target.layout, values.layout, axis, (position, place) => {
      const value = readSource(place);
      write(position, isJoined[position - offset] === 1 ? join(read(position), value) : value);
      isJoined[position - offset] = 1;
    });
  });
};

const contiguous: Kernel<undefined> = ([x], [output]) => moveElements(x!, output!);

const embedView: Kernel<StridedAttributes> = ([x], [output], { strides, offset }) => {
  intoRowMajor(output!, (target) => {
    clear(target);
    const { layout } = target;
    const window = asStrided(layout, x!.layout.shape, strides, layout.offset + offset);
    const reached = extent(window);
    if (reached === undefined) return;
    const isInside = reached.low >= layout.offset && reached.high < layout.offset + layout.size;
    if (isInside && !mayOverlap(window)) moveElements(x!, { storage: target.storage, layout: window });
    else addWindow(x!, target, window);
  });
};

/** Adds the elements of x through a window on a row-major target; what falls outside is dropped. */
function addWindow(x: Operand, target: Operand, window: Layout): void {
  const { dtype, offset, size } = target.layout;
  const source = rowMajor(x, dtype);
  const from: TypedArray = source.storage.view(dtype);
  const to: TypedArray = target.storage.view(dtype);
  const add = addRunOf(dtype);
  let at = source.layout.offset;
  forEachPosition(window, (position) => {
    if (position >= offset && position < offset + size) add(from, at, 1, to, position, 1, 1);
    at++;
  });
}

/** Kernels of the operations of `src/ops/indexing.ts`, and of what views need. */
export interface IndexingKernels {
  readonly contiguous: Kernel<never>;
  readonly embedView: Kernel<never>;
  readonly gather: Kernel<never>;
  readonly gatherGradient: Kernel<never>;
  readonly indexGet: Kernel<never>;
  readonly indexGradient: Kernel<never>;
  readonly indexPut: Kernel<never>;
  readonly scatter: Kernel<never>;
  readonly scatterAdd: Kernel<never>;
  readonly scatterReduce: Kernel<never>;
  readonly take: Kernel<never>;
  readonly takeGradient: Kernel<never>;
}

export const indexing: IndexingKernels = {
  contiguous,
  embedView,
  gather,
  gatherGradient,
  indexGet,
  indexGradient,
  indexPut,
  scatter,
  scatterAdd,
  scatterReduce,
  take,
  takeGradient,
};
