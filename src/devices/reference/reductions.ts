// Reductions: sums, products, extremes, truth of all or any, and positions of extremes. Real types are folded in float64,
// 64-bit integers as bigint, complex numbers as pairs.

import { type DType, float32, float64, type TypedArray } from "../../core/dtype.ts";
import { getterOf, type Operand, setterOf, toBigInt } from "../../core/elements.ts";
import { keepAxes, Layout } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import { Storage } from "../../core/storage.ts";
import type { ReductionAttributes } from "../../ops/reductions.ts";
import { blockLength, loadOf, loadPairs, storeOf } from "./blocks.ts";
import { castInto } from "./cast.ts";
import { forEachRun, planWalk, type Walk } from "./walk.ts";

/** Folds a pair into the accumulated pair `into[0]`, `into[1]`. */
export type PairFold = (into: Float64Array, re: number, im: number) => void;

/** What a reduction does. */
export interface Reducer {
  readonly initial: number;
  readonly fold: (accumulated: number, value: number) => number;
  /** `fold` over a whole block, where that is done faster. */
  readonly block?: (accumulated: number, values: Float64Array, count: number) => number;
  /** `fold` of a block into as many accumulated values side by side, where that is done faster. */
  readonly columns?: (accumulated: Float64Array, values: Float64Array, count: number) => void;
  /** Straight over float32 memory. */
  readonly block32?: (source: Float32Array, start: number, step: number, count: number) => number;
  /** Not there where float64 folds 64-bit integers well enough (as truth values). Extremes have no initial value. */
  readonly big?: {
    readonly initial: bigint | undefined;
    readonly fold: (accumulated: bigint, value: bigint) => bigint;
  };
  /** Whether integers outgrow float64 slowly, as sums do, or fast, as products do. */
  readonly grows?: "slowly" | "fast";
  readonly pair: PairFold;
  /** The first pair stands for the initial one: extremes have none. */
  readonly pairFromFirst?: boolean;
}

/** The way over the elements that stay, and for each of them over those that are folded. */
export interface ReductionWalk {
  readonly kept: Walk;
  readonly folded: Walk;
}

const foldBlock = (reducer: Reducer): NonNullable<Reducer["block"]> =>
  reducer.block ??
  ((accumulated, values, count) => {
    let result = accumulated;
    for (let i = 0; i < count; i++) result = reducer.fold(result, values[i]!);
    return result;
  });

const columnsOf = (reducer: Reducer): NonNullable<Reducer["columns"]> =>
  reducer.columns ??
  ((into, values, count) => {
    for (let j = 0; j < count; j++) into[j] = reducer.fold(into[j]!, values[j]!);
  });

/** Plans a reduction along axes; the output has them with length 1, or not at all. */
export function planReduction(input: Layout, output: Layout, axes: readonly number[]): ReductionWalk {
  const stays = (axis: number): boolean => !axes.includes(axis);
  const kept = keepAxes(input, stays);
  const target = output.rank === kept.rank ? output : keepAxes(output, stays);
  const folded = keepAxes(input, (axis) => !stays(axis)).with(
    axes.map((axis) => input.shape[axis]!),
    axes.map((axis) => input.strides[axis]!),
    -input.offset,
  );
  return {
    kept: planWalk(target.shape, [target, kept]),
    folded: planWalk(folded.shape, [folded]),
  };
}

/** Visits the folded elements of one kept position: calls with the position of each run. */
export function forEachFolded(folded: Walk, base: number, visit: (start: number) => void): void {
  if (folded.run === 0) return;
  if (folded.shape.length === 0) visit(base);
  else forEachRun(folded, (at) => visit(base + at[0]!));
}

const scratch: Float64Array = new Float64Array(2 * blockLength);
const accumulated: Float64Array = new Float64Array(blockLength);

function reduceReal(
  reducer: Reducer,
  input: Operand,
  output: Operand,
  { kept, folded }: ReductionWalk,
): void {
  const keptStep = Math.abs(kept.steps[1]!);
  if (kept.run > 1 && keptStep < Math.abs(folded.steps[0]!))
    reduceColumns(reducer, input, output, kept, folded);
  else reduceRows(reducer, input, output, kept, folded);
}

/** The folded elements lie close together: each result in one go. */
function reduceRows(reducer: Reducer, input: Operand, output: Operand, kept: Walk, folded: Walk): void {
  const { dtype } = input.layout;
  const source = input.storage.view(dtype);
  const load = loadOf(dtype);
  const target = output.storage.view(output.layout.dtype);
  const store = storeOf(output.layout.dtype);
  const block = foldBlock(reducer);
  const direct = dtype === float32 ? reducer.block32 : undefined;
  const step = folded.steps[0]!;
  let result = reducer.initial;
  const visit = (start: number): void => {
    if (direct !== undefined) {
      result = reducer.fold(result, direct(source as Float32Array, start, step, folded.run));
      return;
    }
    for (let done = 0; done < folded.run; done += blockLength) {
      const n = Math.min(blockLength, folded.run - done);
      const at = start + done * step;
      load(source, at, step, n, scratch);
      result = block(result, scratch, n);
    }
  };
  forEachRun(kept, (at) => {
    for (let i = 0; i < kept.run; i++) {
      result = reducer.initial;
      forEachFolded(folded, at[1]! + i * kept.steps[1]!, visit);
      accumulated[0] = result;
      store(accumulated, 1, target, at[0]! + i * kept.steps[0]!, 1);
    }
  });
}

/** The kept elements lie close together: many results side by side. */
function reduceColumns(reducer: Reducer, input: Operand, output: Operand, kept: Walk, folded: Walk): void {
  const { dtype } = input.layout;
  const source = input.storage.view(dtype);
  const load = loadOf(dtype);
  const target = output.storage.view(output.layout.dtype);
  const store = storeOf(output.layout.dtype);
  const { initial } = reducer;
  const columns = columnsOf(reducer);
  const [outStep, step] = [kept.steps[0]!, kept.steps[1]!];
  forEachRun(kept, (at) => {
    for (let done = 0; done < kept.run; done += blockLength) {
      const n = Math.min(blockLength, kept.run - done);
      accumulated.fill(initial, 0, n);
      forEachFolded(folded, at[1]! + done * step, (start) => {
        for (let r = 0; r < folded.run; r++) {
          load(source, start + r * folded.steps[0]!, step, n, scratch);
          columns(accumulated, scratch, n);
        }
      });
      store(accumulated, n, target, at[0]! + done * outStep, outStep);
    }
  });
}

/**
 * Reduces row-major float32 or float64 along its first axes or its last ones, which needs no plan.
 * @returns false where something else is asked
 */
function reducesInOrder(reducer: Reducer, input: Operand, output: Operand, axes: readonly number[]): boolean {
  const { dtype, shape, size, offset, isContiguous } = input.layout;
  if ((dtype !== float32 && dtype !== float64) || output.layout.dtype !== dtype) return false;
  if (!isContiguous || !output.layout.isContiguous || size === 0) return false;
  const first = axes[0] ?? shape.length;
  for (let i = 1; i < axes.length; i++) if (axes[i] !== first + i) return false;
  const isLast = first + axes.length === shape.length;
  if (!isLast && first !== 0) return false;
  const kept = output.layout.size;
  const folded = size / kept;
  const source = input.storage.view(dtype);
  const target = output.storage.view(dtype);
  const to = output.layout.offset;
  if (isLast || kept === 1) foldRuns(reducer, dtype, source, offset, folded, target, to, kept);
  else if (kept <= blockLength) foldLines(reducer, dtype, source, offset, folded, target, to, kept);
  else return false;
  return true;
}

/** Each run of `folded` elements into one. */
function foldRuns(
  reducer: Reducer,
  dtype: DType,
  source: TypedArray,
  from: number,
  folded: number,
  target: TypedArray,
  to: number,
  kept: number,
): void {
  const [load, store] = [loadOf(dtype), storeOf(dtype)];
  const direct = dtype === float32 ? reducer.block32 : undefined;
  const block = direct === undefined ? foldBlock(reducer) : undefined;
  for (let i = 0, start = from; i < kept; i++, start += folded) {
    let result = reducer.initial;
    if (block === undefined) result = reducer.fold(result, direct!(source as Float32Array, start, 1, folded));
    else {
      for (let done = 0; done < folded; done += blockLength) {
        const n = Math.min(blockLength, folded - done);
        load(source, start + done, 1, n, scratch);
        result = block(result, scratch, n);
      }
    }
    accumulated[0] = result;
    store(accumulated, 1, target, to + i, 1);
  }
}

/** `folded` lines of `kept` elements, at most a block of them, into one line. */
function foldLines(
  reducer: Reducer,
  dtype: DType,
  source: TypedArray,
  from: number,
  folded: number,
  target: TypedArray,
  to: number,
  kept: number,
): void {
  const columns = columnsOf(reducer);
  for (let j = 0; j < kept; j++) accumulated[j] = reducer.initial;
  if (dtype === float32) {
    // Lines of the type that training runs on are read here: most are short.
    const [values, out] = [source as Float32Array, target as Float32Array];
    for (let r = 0, start = from; r < folded; r++, start += kept) {
      for (let j = 0; j < kept; j++) scratch[j] = values[start + j]!;
      columns(accumulated, scratch, kept);
    }
    for (let j = 0; j < kept; j++) out[to + j] = accumulated[j]!;
    return;
  }
  const [load, store] = [loadOf(dtype), storeOf(dtype)];
  for (let r = 0, start = from; r < folded; r++, start += kept) {
    load(source, start, 1, kept, scratch);
    columns(accumulated, scratch, kept);
  }
  store(accumulated, kept, target, to, 1);
}

function reduceBig(
  { initial, fold }: NonNullable<Reducer["big"]>,
  input: Operand,
  output: Operand,
  { kept, folded }: ReductionWalk,
): void {
  const source = input.storage.view(input.layout.dtype);
  const get = getterOf(input.layout.dtype);
  const target = output.storage.view(output.layout.dtype);
  const set = setterOf(output.layout.dtype);
  const isWide = output.layout.dtype.compute === "big";
  forEachRun(kept, (at) => {
    for (let i = 0; i < kept.run; i++) {
      let result: bigint | undefined = initial;
      forEachFolded(folded, at[1]! + i * kept.steps[1]!, (start) => {
        for (let r = 0; r < folded.run; r++) {
          const value = toBigInt(get(source, start + r * folded.steps[0]!));
          result = result === undefined ? value : fold(result, value);
        }
      });
      // As a number only the lowest bits are exact.
      const wrapped = isWide ? (result ?? 0n) : BigInt.asIntN(32, result ?? 0n);
      set(target, at[0]! + i * kept.steps[0]!, wrapped);
    }
  });
}

const pair: Float64Array = new Float64Array(2);

function reducePairs(
  reducer: Reducer,
  input: Operand,
  output: Operand,
  { kept, folded }: ReductionWalk,
): void {
  const { dtype } = input.layout;
  const source = input.storage.view(dtype);
  const target = output.storage.view(output.layout.dtype);
  const set = setterOf(output.layout.dtype);
  forEachRun(kept, (at) => {
    for (let i = 0; i < kept.run; i++) {
      pair[0] = reducer.initial;
      pair[1] = 0;
      let isFirst = reducer.pairFromFirst === true;
      forEachFolded(folded, at[1]! + i * kept.steps[1]!, (start) => {
        for (let r = 0; r < folded.run; r++) {
          loadPairs(dtype, source, start + r * folded.steps[0]!, 1, 1, scratch);
          if (isFirst) pair.set(scratch.subarray(0, 2));
          else reducer.pair(pair, scratch[0]!, scratch[1]!);
          isFirst = false;
        }
      });
      set(target, at[0]! + i * kept.steps[0]!, { re: pair[0]!, im: pair[1]! });
    }
  });
}

/** Up to this many 32-bit integers sum up exactly in float64. */
const exactCount = 2 ** 21;

/** True iff bigint must do the folding: for 64-bit integers, and where float64 would lose the lowest bits. */
function needsBig(reducer: Reducer, input: Layout, output: DType): boolean {
  if (reducer.big === undefined || output.kind === "float") return false;
  if (input.dtype.compute === "big") return true;
  return (
    output.isInteger && (reducer.grows === "fast" || (reducer.grows === "slowly" && input.size > exactCount))
  );
}

/** A copy of the operand as another type. */
function converted(input: Operand, dtype: DType): Operand {
  const layout = Layout.contiguous(dtype, input.layout.shape);
  const copy = { storage: Storage.empty(dtype, layout.size), layout };
  castInto(input, copy, "torch");
  return copy;
}

/** Runs a reduction. */
export function reduce(reducer: Reducer, input: Operand, output: Operand, axes: readonly number[]): void {
  const from = input.layout.dtype;
  const to = output.layout.dtype;
  if (from.kind === "float" && to.isInteger) {
    reduce(reducer, converted(input, to), output, axes);
    return;
  }
  if (reducesInOrder(reducer, input, output, axes)) return;
  const walk = planReduction(input.layout, output.layout, axes);
  if (from.kind === "complex" || to.kind === "complex") reducePairs(reducer, input, output, walk);
  else if (needsBig(reducer, input.layout, to)) reduceBig(reducer.big!, input, output, walk);
  else reduceReal(reducer, input, output, walk);
}

/** The kernel of a reduction along axes. */
export function reductionKernel(reducer: Reducer): Kernel<never> {
  const kernel: Kernel<ReductionAttributes> = ([input], [output], { axes }) =>
    reduce(reducer, input!, output!, axes);
  return kernel as Kernel<never>;
}
