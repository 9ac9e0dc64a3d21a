// Elementwise operations: one engine for every element type and layout, and rows that say what is done to one element.

import { type DType, float32, float64, int64, type TypedArray } from "../../core/dtype.ts";
import { getterOf, type Operand, type Scalar, setterOf, toBigInt } from "../../core/elements.ts";
import type { Layout } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import { unsupported } from "../../core/run.ts";
import { blockLength, loadOf, loadPairs, storeOf, storePairs } from "./blocks.ts";
import { flatStep, forEachRun, planWalk, type Walk } from "./walk.ts";

/** What is done to one element of real operands (of one, two or three of them), in float64. */
export type RealFunction = (a: number, b: number, c: number) => number;

/** What is done to one element of 64-bit integer operands, on their true values; the result wraps when stored. */
export type BigFunction = (a: bigint, b: bigint, c: bigint) => Scalar;

/** What is done to one element of complex operands: writes the pair `out[o]`, `out[o + 1]` (a real result: `out[o]`). */
export type ComplexFunction = (
  out: Float64Array,
  o: number,
  a: number,
  aImaginary: number,
  b: number,
  bImaginary: number,
  c: number,
  cImaginary: number,
) => void;

/** A whole loop over `n` elements of up to two operands, each with its beginning and step. */
export type Loop<Values extends TypedArray> = (
  n: number,
  out: Values,
  o: number,
  oStep: number,
  a: Values,
  i: number,
  iStep: number,
  b: Values,
  j: number,
  jStep: number,
) => void;

/** An elementwise operation's kernels. A class of types that is not there is refused by name. */
export interface MapRow {
  readonly real?: RealFunction | undefined;
  /** In place of `real` where all operands are integers of 32 bits or less, or bool. */
  readonly int?: RealFunction | undefined;
  readonly big?: BigFunction | undefined;
  readonly complex?: ComplexFunction | undefined;
  /** Loops over operands that are all float32, float64 or int64, without scratch: for what is used most. */
  readonly loop32?: Loop<Float32Array> | undefined;
  readonly loop64?: Loop<Float64Array> | undefined;
  readonly loopInt64?: Loop<BigInt64Array> | undefined;
}

/** A row with all that it has not, so that rows are objects of one shape. */
export function completed({ real, int, big, complex, loop32, loop64, loopInt64 }: MapRow): MapRow {
  return { real, int, big, complex, loop32, loop64, loopInt64 };
}

const scratch: readonly Float64Array[] = Array.from({ length: 4 }, () => new Float64Array(2 * blockLength));

/** A row that depends on the attributes, or on the result's type. */
export type RowMaker = (attributes: never, dtype: DType) => MapRow;

/** Rows by the operation's name. */
export type MapRows<Name extends string> = { readonly [Each in Name]: MapRow | RowMaker };

/** Kernels from rows. */
export function mapKernels<Name extends string>(
  rows: MapRows<Name>,
): { readonly [Each in Name]: Kernel<never> } {
  const kernels: [string, Kernel<never>][] = [];
  for (const [name, row] of Object.entries<MapRow | RowMaker>(rows))
    kernels.push([name, mapKernel(name, row)]);
  return Object.fromEntries(kernels) as { [Each in Name]: Kernel<never> };
}

function mapKernel(name: string, row: MapRow | RowMaker): Kernel<never> {
  if (typeof row !== "function") {
    const whole = completed(row);
    return (inputs, outputs) => runRow(name, whole, inputs, outputs[0]!);
  }
  return (inputs, outputs, attributes) =>
    runRow(name, row(attributes, outputs[0]!.layout.dtype), inputs, outputs[0]!);
}

function runRow(name: string, row: MapRow, inputs: readonly Operand[], output: Operand): void {
  if (inputs.length < 3 && runsLoop(row, inputs, output)) return;
  const outputType = output.layout.dtype;
  let isComplex = outputType.kind === "complex";
  let isFloating = outputType.kind === "float";
  // What small integers make may need 64 bits.
  let isBig = outputType.compute === "big";
  for (let k = 0; k < inputs.length; k++) {
    const { kind, compute, itemSize } = inputs[k]!.layout.dtype;
    if (kind === "complex") isComplex = true;
    else if (kind === "float") {
      isFloating = true;
      if (itemSize === 1) throw unsupported(name, inputs, "reference");
    } else if (compute === "big") isBig = true;
  }
  if (isComplex) {
    if (row.complex === undefined) throw unsupported(name, inputs, "reference");
    mapComplex(row.complex, inputs, output, walkOf(inputs, output));
  } else if (isBig && !isFloating && row.big !== undefined) {
    mapBig(row.big, inputs, output, walkOf(inputs, output));
  } else {
    const compute = isFloating ? row.real : (row.int ?? row.real);
    if (compute === undefined) throw unsupported(name, inputs, "reference");
    if (!mapsFlat(compute, inputs, output)) mapReal(compute, inputs, output, walkOf(inputs, output));
  }
}

function walkOf(inputs: readonly Operand[], output: Operand): Walk {
  const layouts = [output.layout];
  for (const input of inputs) layouts.push(input.layout);
  return planWalk(output.layout.shape, layouts);
}

function loopOf(row: MapRow, dtype: DType): Loop<Float64Array> | undefined {
  const loop =
    dtype === float32
      ? row.loop32
      : dtype === float64
        ? row.loop64
        : dtype === int64
          ? row.loopInt64
          : undefined;
  return loop as Loop<Float64Array> | undefined;
}

/**
 * After how many elements an operand of row-major results begins again: it is row-major itself, over the last axes, over
 * all of them, or a single element.
 * @returns 0 for others
 */
function rowLength(layout: Layout, output: Layout): number {
  if (layout.size === output.size || layout.size === 1) return layout.isContiguous ? output.size : 0;
  if (!layout.isContiguous || layout.size === 0) return 0;
  const shift = output.shape.length - layout.shape.length;
  let length = 1;
  for (let axis = layout.shape.length - 1; axis >= 0; axis--) {
    if (length === layout.size) return length;
    if (layout.shape[axis] !== output.shape[axis + shift]) return 0;
    length *= layout.shape[axis]!;
  }
  return length;
}

/**
 * Runs a loop row by row over row-major results, where an operand is a row that all have in common, as a bias is.
 * @returns false where the operands lie otherwise
 */
function runsRows<Values extends TypedArray>(
  loop: Loop<Values>,
  { layout: first }: Operand,
  { layout: second }: Operand,
  { layout: output }: Operand,
  out: Values,
  a: Values,
  b: Values,
): boolean {
  if (!output.isContiguous) return false;
  const n = output.size;
  const lengthA = rowLength(first, output);
  const lengthB = rowLength(second, output);
  const run = Math.min(lengthA, lengthB);
  if (run === 0 || (lengthA !== run && lengthA !== n) || (lengthB !== run && lengthB !== n)) return false;
  const stepA = first.size === 1 ? 0 : 1;
  const stepB = second.size === 1 ? 0 : 1;
  const nextA = first.size === n ? run : 0;
  const nextB = second.size === n ? run : 0;
  let i = first.offset;
  let j = second.offset;
  for (let at = 0; at < n; at += run, i += nextA, j += nextB)
    loop(run, out, output.offset + at, 1, a, i, stepA, b, j, stepB);
  return true;
}

/** Runs the row's own loop where operands are of one type that has one. @returns false when it does not apply */
function runsLoop(row: MapRow, inputs: readonly Operand[], output: Operand): boolean {
  const { dtype } = output.layout;
  const loop = loopOf(row, dtype);
  if (loop === undefined) return false;
  const first = inputs[0]!;
  const second = inputs.length > 1 ? inputs[1]! : first;
  if (first.layout.dtype !== dtype || second.layout.dtype !== dtype) return false;
  const out = output.storage.view(dtype) as Float64Array;
  const a = first.storage.view(dtype) as Float64Array;
  const b = second.storage.view(dtype) as Float64Array;
  const n = output.layout.size;
  const step = flatStep(first.layout, n);
  const otherStep = flatStep(second.layout, n);
  if (output.layout.isContiguous && step >= 0 && otherStep >= 0) {
    loop(n, out, output.layout.offset, 1, a, first.layout.offset, step, b, second.layout.offset, otherStep);
    return true;
  }
  if (runsRows(loop, first, second, output, out, a, b)) return true;
  const walk = planWalk(output.layout.shape, [output.layout, first.layout, second.layout]);
  const steps = walk.steps;
  forEachRun(walk, (at) => {
    loop(walk.run, out, at[0]!, steps[0]!, a, at[1]!, steps[1]!, b, at[2]!, steps[2]!);
  });
  return true;
}

/**
 * Runs over float32 operands that are row-major or single elements, which needs no plan.
 * @returns false for others
 */
function mapsFlat(compute: RealFunction, inputs: readonly Operand[], output: Operand): boolean {
  const { dtype, size, isContiguous } = output.layout;
  if (dtype !== float32 || !isContiguous || inputs.length > 3) return false;
  for (let k = 0; k < inputs.length; k++) {
    const { layout } = inputs[k]!;
    if (layout.dtype !== float32 || flatStep(layout, size) < 0) return false;
  }
  const first = inputs[0]!;
  const second = inputs.length > 1 ? inputs[1]! : first;
  const third = inputs.length > 2 ? inputs[2]! : first;
  const out = output.storage.view(float32) as Float32Array;
  const a = first.storage.view(float32) as Float32Array;
  const b = second.storage.view(float32) as Float32Array;
  const c = third.storage.view(float32) as Float32Array;
  const aStep = flatStep(first.layout, size);
  const bStep = flatStep(second.layout, size);
  const cStep = flatStep(third.layout, size);
  let i = first.layout.offset;
  let j = second.layout.offset;
  let l = third.layout.offset;
  const start = output.layout.offset;
  for (let o = start; o < start + size; o++, i += aStep, j += bStep, l += cStep)
    out[o] = compute(a[i]!, b[j]!, c[l]!);
  return true;
}

function mapReal(compute: RealFunction, inputs: readonly Operand[], output: Operand, walk: Walk): void {
  const [a, b, c] = scratch as [Float64Array, Float64Array, Float64Array, Float64Array];
  const sources = inputs.map((input) => input.storage.view(input.layout.dtype));
  const loads = inputs.map((input) => loadOf(input.layout.dtype));
  const target = output.storage.view(output.layout.dtype);
  const store = storeOf(output.layout.dtype);
  const result = scratch[3]!;
  const { run, steps } = walk;
  forEachRun(walk, (at) => {
    for (let done = 0; done < run; done += blockLength) {
      const n = Math.min(blockLength, run - done);
      for (let k = 0; k < sources.length; k++) {
        loads[k]!(sources[k]!, at[k + 1]! + done * steps[k + 1]!, steps[k + 1]!, n, scratch[k]!);
      }
      for (let i = 0; i < n; i++) result[i] = compute(a[i]!, b[i]!, c[i]!);
      store(result, n, target, at[0]! + done * steps[0]!, steps[0]!);
    }
  });
}

function mapBig(compute: BigFunction, inputs: readonly Operand[], output: Operand, walk: Walk): void {
  const sources = inputs.map((input) => input.storage.view(input.layout.dtype));
  const gets = inputs.map((input) => getterOf(input.layout.dtype));
  const target = output.storage.view(output.layout.dtype);
  const set = setterOf(output.layout.dtype);
  const values: [bigint, bigint, bigint] = [0n, 0n, 0n];
  forEachRun(walk, (at) => {
    for (let i = 0; i < walk.run; i++) {
      for (let k = 0; k < sources.length; k++) {
        values[k] = toBigInt(gets[k]!(sources[k]!, at[k + 1]! + i * walk.steps[k + 1]!));
      }
      set(target, at[0]! + i * walk.steps[0]!, compute(values[0], values[1], values[2]));
    }
  });
}

function mapComplex(compute: ComplexFunction, inputs: readonly Operand[], output: Operand, walk: Walk): void {
  const [a, b, c, result] = scratch as [Float64Array, Float64Array, Float64Array, Float64Array];
  const sources = inputs.map((input) => input.storage.view(input.layout.dtype));
  const { dtype } = output.layout;
  const target = output.storage.view(dtype);
  const store = storeOf(dtype);
  const { run, steps } = walk;
  const lanes = dtype.lanes;
  forEachRun(walk, (at) => {
    for (let done = 0; done < run; done += blockLength) {
      const n = Math.min(blockLength, run - done);
      for (let k = 0; k < inputs.length; k++) {
        const start = at[k + 1]! + done * steps[k + 1]!;
        loadPairs(inputs[k]!.layout.dtype, sources[k]!, start, steps[k + 1]!, n, scratch[k]!);
      }
      for (let i = 0; i < n; i++) {
        const p = 2 * i;
        compute(result, lanes * i, a[p]!, a[p + 1]!, b[p]!, b[p + 1]!, c[p]!, c[p + 1]!);
      }
      const start = at[0]! + done * steps[0]!;
      if (lanes === 1) store(result, n, target, start, steps[0]!);
      else storePairs(result, n, target, start, steps[0]!);
    }
  });
}
