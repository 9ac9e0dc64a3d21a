// Elementwise operations: one engine for every element type and layout, and rows that say what is done to one element.

import { float32, float64, type TypedArray } from "../../core/dtype.ts";
import { getterOf, type Operand, type Scalar, setterOf, toBigInt } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import { unsupported } from "../../core/run.ts";
import { blockLength, type Load, loadOf, storeOf } from "./blocks.ts";
import { forEachRun, planWalk, type Walk } from "./walk.ts";

/** What is done to one element of real operands (of one, two or three of them), in float64. */
export type RealFunction = (a: number, b: number, c: number) => number;

/** What is done to one element of 64-bit integer operands, on their true values; the result wraps when stored. */
export type BigFunction = (a: bigint, b: bigint, c: bigint) => Scalar;

/**
 * What is done to one element of complex operands, which lie as pairs in scratch: reads `x[i]`, `x[i + 1]`, ...,
 * writes the pair `out[o]`, `out[o + 1]` (a real result: `out[o]`).
 */
export type ComplexFunction = (
  operands: readonly Float64Array[],
  i: number,
  out: Float64Array,
  o: number,
) => void;

/** A whole loop over `n` elements of up to three operands, each with its beginning and step. */
export type Loop<Values extends Float32Array | Float64Array> = (
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
  readonly real?: RealFunction;
  /** In place of `real` where all operands are integers of 32 bits or less, or bool. */
  readonly int?: RealFunction;
  readonly big?: BigFunction;
  readonly complex?: ComplexFunction;
  /** Loops over operands that are float32, or float64, without scratch: for what is used most. */
  readonly loop32?: Loop<Float32Array>;
  readonly loop64?: Loop<Float64Array>;
}

const scratch: readonly Float64Array[] = Array.from({ length: 4 }, () => new Float64Array(2 * blockLength));
const noFloat32 = new Float32Array(0);
const noFloat64 = new Float64Array(0);

/** A kernel from a row. */
export function mapKernel(name: string, row: MapRow): Kernel<never> {
  return (inputs, outputs) => {
    const output = outputs[0]!;
    if (inputs.length < 3 && runsLoop(row, inputs, output)) return;
    const layouts = [output.layout];
    let isComplex = false;
    let isBig = false;
    let isInteger = true;
    for (const { layout } of inputs) {
      layouts.push(layout);
      if (layout.dtype.compute === "complex") isComplex = true;
      else if (layout.dtype.compute === "big") isBig = true;
      if (layout.dtype.kind === "float") isInteger = false;
    }
    const walk = planWalk(output.layout.shape, layouts);
    if (isComplex && row.complex !== undefined) mapComplex(row.complex, inputs, output, walk);
    else if (!isComplex && isBig && row.big !== undefined) mapBig(row.big, inputs, output, walk);
    else if (!isComplex && !isBig && isInteger && row.int !== undefined) mapReal(row.int, inputs, output, walk);
    else if (!isComplex && !isBig && row.real !== undefined) mapReal(row.real, inputs, output, walk);
    else throw unsupported(name, inputs, "reference");
  };
}

/** Runs the row's own loop where operands are of one floating type. @returns false when it does not apply */
function runsLoop(row: MapRow, inputs: readonly Operand[], output: Operand): boolean {
  const { dtype } = output.layout;
  const loop = dtype === float32 ? row.loop32 : dtype === float64 ? row.loop64 : undefined;
  if (loop === undefined) return false;
  for (const input of inputs) if (input.layout.dtype !== dtype) return false;
  const run = loop as Loop<Float64Array>;
  const none = (dtype === float32 ? noFloat32 : noFloat64) as Float64Array;
  const out = output.storage.view(dtype) as Float64Array;
  const first = inputs[0]!;
  const second = inputs[1];
  const a = first.storage.view(dtype) as Float64Array;
  const b = second === undefined ? none : (second.storage.view(dtype) as Float64Array);
  const n = output.layout.size;
  const step = flatStep(first, n);
  const otherStep = second === undefined ? 0 : flatStep(second, n);
  if (output.layout.isContiguous && step >= 0 && otherStep >= 0) {
    run(n, out, output.layout.offset, 1, a, first.layout.offset, step, b, second?.layout.offset ?? 0, otherStep);
    return true;
  }
  const walk = planWalk(output.layout.shape, [output.layout, ...inputs.map((input) => input.layout)]);
  const steps = walk.steps;
  forEachRun(walk, (at) => {
    run(walk.run, out, at[0]!, steps[0]!, a, at[1]!, steps[1]!, b, at[2] ?? 0, steps[2] ?? 0);
  });
  return true;
}

/** 1 for a row-major operand of n elements, 0 for a single element, -1 for any other. */
function flatStep(operand: Operand, n: number): number {
  const { layout } = operand;
  if (layout.size === 1 && n !== 1) return 0;
  return layout.size === n && layout.isContiguous ? 1 : -1;
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

/** Reads elements as complex pairs: those of a complex type as they are, others with imaginary part 0. */
function loadPairs(operand: Operand, source: TypedArray, load: Load, start: number, step: number, n: number, into: Float64Array): void {
  if (operand.layout.dtype.kind === "complex") {
    for (let i = 0, at = 2 * start; i < n; i++, at += 2 * step) {
      into[2 * i] = source[at] as number;
      into[2 * i + 1] = source[at + 1] as number;
    }
    return;
  }
  load(source, start, step, n, into);
  for (let i = n - 1; i >= 0; i--) {
    into[2 * i] = into[i]!;
    into[2 * i + 1] = 0;
  }
}

function mapComplex(compute: ComplexFunction, inputs: readonly Operand[], output: Operand, walk: Walk): void {
  const sources = inputs.map((input) => input.storage.view(input.layout.dtype));
  const loads = inputs.map((input) => loadOf(input.layout.dtype));
  const { dtype } = output.layout;
  const target = output.storage.view(dtype);
  const store = storeOf(dtype);
  const result = scratch[3]!;
  const { run, steps } = walk;
  const lanes = dtype.lanes;
  forEachRun(walk, (at) => {
    for (let done = 0; done < run; done += blockLength) {
      const n = Math.min(blockLength, run - done);
      for (let k = 0; k < inputs.length; k++) {
        const start = at[k + 1]! + done * steps[k + 1]!;
        loadPairs(inputs[k]!, sources[k]!, loads[k]!, start, steps[k + 1]!, n, scratch[k]!);
      }
      for (let i = 0; i < n; i++) compute(scratch, 2 * i, result, lanes * i);
      const start = at[0]! + done * steps[0]!;
      if (lanes === 1) store(result, n, target, start, steps[0]!);
      else storePairs(result, n, target, start, steps[0]!);
    }
  });
}

function storePairs(from: Float64Array, n: number, target: TypedArray, start: number, step: number): void {
  for (let i = 0, at = 2 * start; i < n; i++, at += 2 * step) {
    target[at] = from[2 * i]!;
    target[at + 1] = from[2 * i + 1]!;
  }
}
