// Elements moved as they are. Memory is seen as words of 1, 2 or 4 bytes, so that every bit pattern arrives unchanged
// (NaN payloads too) and one loop serves all element types of a size.

import { type DType, float32, int32, int64, type TypedArray } from "../../core/dtype.ts";
import { aligned, getterOf, type Operand, setterOf, toNumber } from "../../core/elements.ts";
import { decodeTable, encoderOf } from "../../core/halves.ts";
import { Layout, type Shape, sameShape } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { blockLength, loadOf, storeOf } from "./blocks.ts";
import { moveTiles } from "./tiles.ts";
import { forEachRun, planWalk, stretched, type Walk } from "./walk.ts";
import { type Words, wordsOf, wordsPerElement } from "./words.ts";

/** Below this many words a loop is faster than a view of a part of the memory. */
const shortRun = 48;

/** Moves `count` elements of `words` words; starts and steps count elements. */
export function moveRun(
  from: Words,
  fromStart: number,
  fromStep: number,
  to: Words,
  toStart: number,
  toStep: number,
  count: number,
  words: number,
): void {
  let i = fromStart * words;
  let o = toStart * words;
  if (fromStep === 1 && toStep === 1) {
    const n = count * words;
    if (n > shortRun) to.set(from.subarray(i, i + n), o);
    else for (const end = i + n; i < end; i++, o++) to[o] = from[i]!;
    return;
  }
  const iStep = fromStep * words;
  const oStep = toStep * words;
  if (words === 1) {
    for (let k = 0; k < count; k++, i += iStep, o += oStep) to[o] = from[i]!;
    return;
  }
  for (let k = 0; k < count; k++, i += iStep, o += oStep) {
    for (let word = 0; word < words; word++) to[o + word] = from[i + word]!;
  }
}

/** Writes a source, stretched to the target's shape, to the target. Elements of another type are converted. */
export function moveElements(source: Operand, target: Operand): void {
  const { dtype, shape, size } = target.layout;
  if (size === 0) return;
  const from = source.layout.isAligned ? source : aligned(source);
  const { layout } = from;
  if (layout.dtype !== dtype) {
    if (layout.dtype.compute === "real" && dtype.compute === "real") convertReal(from, target);
    else convertEach(from, target);
    return;
  }
  const words = wordsPerElement(dtype);
  const [read, write] = [wordsOf(from.storage, dtype), wordsOf(target.storage, dtype)];
  if (layout.size === size && layout.isContiguous && target.layout.isContiguous) {
    moveRun(read, layout.offset, 1, write, target.layout.offset, 1, size, words);
    return;
  }
  const walk = planWalk(shape, [target.layout, layout]);
  if (
    moveTiles(walk, { storage: target.storage, words: write }, { storage: from.storage, words: read }, words)
  )
    return;
  const [toStep, fromStep] = [walk.steps[0]!, walk.steps[1]!];
  forEachRun(walk, (at) => moveRun(read, at[1]!, fromStep, write, at[0]!, toStep, walk.run, words));
}

const scratch: Float64Array = new Float64Array(blockLength);

/** Real elements through float64, which holds all of them. */
function convertReal(source: Operand, target: Operand): void {
  const [load, store] = [loadOf(source.layout.dtype), storeOf(target.layout.dtype)];
  const from = source.storage.view(source.layout.dtype);
  const to = target.storage.view(target.layout.dtype);
  const walk = planWalk(target.layout.shape, [target.layout, source.layout]);
  const [toStep, fromStep] = [walk.steps[0]!, walk.steps[1]!];
  forEachRun(walk, (at) => {
    for (let done = 0; done < walk.run; done += blockLength) {
      const n = Math.min(blockLength, walk.run - done);
      load(from, at[1]! + done * fromStep, fromStep, n, scratch);
      store(scratch, n, to, at[0]! + done * toStep, toStep);
    }
  });
}

/** Elements of which one side is complex or a 64-bit integer, one by one. */
function convertEach(source: Operand, target: Operand): void {
  const from = source.storage.view(source.layout.dtype);
  const to = target.storage.view(target.layout.dtype);
  const [get, set] = [getterOf(source.layout.dtype), setterOf(target.layout.dtype)];
  const walk = planWalk(target.layout.shape, [target.layout, source.layout]);
  const [toStep, fromStep] = [walk.steps[0]!, walk.steps[1]!];
  forEachRun(walk, (at) => {
    for (let i = 0; i < walk.run; i++) set(to, at[0]! + i * toStep, get(from, at[1]! + i * fromStep));
  });
}

/** A new row-major operand of zeros. */
export function fresh(dtype: DType, shape: Shape): Operand {
  const layout = Layout.contiguous(dtype, shape);
  return { storage: Storage.allocate(dtype, layout.size), layout };
}

/** A new row-major operand, each of whose elements is to be written. */
function unwritten(dtype: DType, shape: Shape): Operand {
  const layout = Layout.contiguous(dtype, shape);
  return { storage: Storage.empty(dtype, layout.size), layout };
}

/** The operand in row-major order, of that type and stretched to that shape: itself where it is so already. */
export function rowMajor(
  operand: Operand,
  dtype: DType = operand.layout.dtype,
  shape: Shape = operand.layout.shape,
): Operand {
  const { layout } = operand;
  const fits = sameShape(layout.shape, shape);
  if (fits && layout.dtype === dtype && layout.isContiguous) return operand;
  const result = unwritten(dtype, shape);
  moveElements(operand, result);
  return result;
}

/** Lets `compute` write a row-major operand, and moves that to an output that is not row-major. */
export function intoRowMajor(output: Operand, compute: (target: Operand) => void): void {
  if (output.layout.isContiguous) {
    compute(output);
    return;
  }
  const target = unwritten(output.layout.dtype, output.layout.shape);
  compute(target);
  moveElements(target, output);
}

/** Sets all elements of a row-major operand to zero. */
export function clear({ storage, layout }: Operand): void {
  const array = storage.view(layout.dtype);
  const start = layout.offset * layout.dtype.lanes;
  const end = start + layout.size * layout.dtype.lanes;
  // The call costs more than a few zeros do.
  if (layout.dtype === float32 && layout.size < 64) {
    const floats = array as Float32Array;
    for (let i = start; i < end; i++) floats[i] = 0;
  } else if (layout.dtype.compute === "big") (array as BigInt64Array).fill(0n, start, end);
  else (array as Float32Array).fill(0, start, end);
}

/** A way through operands in row-major order, with runs along the last axis. Layouts are stretched to `shape`. */
export function rowWalk(shape: Shape, layouts: readonly Layout[]): Walk {
  const last = shape.length - 1;
  const strides = layouts.map((layout) => stretched(layout, shape));
  return {
    shape: shape.slice(0, Math.max(last, 0)),
    strides: strides.map((each) => each.slice(0, Math.max(last, 0))),
    offsets: layouts.map((layout) => layout.offset),
    run: shape.includes(0) ? 0 : last < 0 ? 1 : shape[last]!,
    steps: strides.map((each) => (last < 0 ? 0 : each[last]!)),
  };
}

/** How integers of an operand (its strides whole elements) are read as numbers, by position. */
export function integers(index: Operand): (position: number) => number {
  const { storage, layout } = index;
  if (layout.dtype === int64) {
    const words = storage.view(int32) as Int32Array;
    return (position) => words[2 * position + 1]! * 4294967296 + (words[2 * position]! >>> 0);
  }
  const array = storage.view(layout.dtype);
  const get = getterOf(layout.dtype);
  return (position) => toNumber(get(array, position));
}

/** Adds `count` elements of one type to others in place, each sum rounded to the type; starts and steps count elements. */
export type AddRun = (
  from: TypedArray,
  fromStart: number,
  fromStep: number,
  to: TypedArray,
  toStart: number,
  toStep: number,
  count: number,
) => void;

// A loop for each kind of memory, so that each stays fast.
const addFloat32: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const source = from as Float32Array;
  const target = to as Float32Array;
  for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep)
    target[o]! += source[i]!;
};
const addFloat64: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const source = from as Float64Array;
  const target = to as Float64Array;
  for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep)
    target[o]! += source[i]!;
};
const addInteger: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const source = from as Int32Array;
  const target = to as Int32Array;
  for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep)
    target[o]! += source[i]!;
};
const addBig: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const source = from as BigInt64Array;
  const target = to as BigInt64Array;
  for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep)
    target[o]! += source[i]!;
};
const addBool: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep) {
    if (from[i]) to[o] = 1;
  }
};
const addComplex: AddRun = (from, fromStart, fromStep, to, toStart, toStep, count) => {
  const source = from as Float64Array;
  const target = to as Float64Array;
  for (let k = 0, i = 2 * fromStart, o = 2 * toStart; k < count; k++, i += 2 * fromStep, o += 2 * toStep) {
    target[o]! += source[i]!;
    target[o + 1]! += source[i + 1]!;
  }
};

function addCoded(dtype: DType, encode: (value: number) => number): AddRun {
  return (from, fromStart, fromStep, to, toStart, toStep, count) => {
    const values = decodeTable(dtype);
    const source = from as Uint16Array;
    const target = to as Uint16Array;
    for (let k = 0, i = fromStart, o = toStart; k < count; k++, i += fromStep, o += toStep) {
      target[o] = encode(Math.fround(values[target[o]!]! + values[source[i]!]!));
    }
  };
}

/** How elements of a type are added in place; bools by "or". */
export function addRunOf(dtype: DType): AddRun {
  if (dtype.array === (Float32Array as unknown) && dtype.lanes === 1) return addFloat32;
  if (dtype.kind === "complex") return addComplex;
  if (dtype.kind === "bool") return addBool;
  if (dtype.compute === "big") return addBig;
  const encode = encoderOf(dtype);
  if (encode !== undefined) return addCoded(dtype, encode);
  return dtype.kind === "float" ? addFloat64 : addInteger;
}
