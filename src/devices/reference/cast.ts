// Copies, conversions between element types, and fillings. A float that does not fit an integer type is converted as the
// recorded libraries do it on x86: through a 32-bit integer to types of up to 32 bits (out of range its smallest value,
// of which the lowest bits are kept), through a 64-bit one to uint32 and 64-bit types.

import {
  bool,
  type DType,
  float16,
  float32,
  float64,
  type TypedArray,
  uint8,
  uint32,
  uint64,
} from "../../core/dtype.ts";
import { type Operand, type Scalar, setterOf } from "../../core/elements.ts";
import { encoderOf } from "../../core/halves.ts";
import type { Kernel } from "../../core/op.ts";
import type * as copying from "../../ops/copying.ts";
import type { CastAttributes } from "../../ops/copying.ts";
import { blockLength, loadOf, loadPairs, storeOf, storePairs } from "./blocks.ts";
import { moveElements } from "./move.ts";
import { forEachRun, planWalk, type Walk } from "./walk.ts";

type Rules = CastAttributes["rules"];

const lowest64 = -(2n ** 63n);

/** To a 64-bit integer towards zero; what does not fit is the smallest. */
function toInt64(value: number): bigint {
  const whole = Math.trunc(value);
  return whole >= -(2 ** 63) && whole < 2 ** 63 ? BigInt(whole) : lowest64;
}

/** To a 32-bit integer towards zero; what does not fit is the smallest. */
function toInt32(value: number): number {
  const whole = Math.trunc(value);
  return whole >= -(2 ** 31) && whole < 2 ** 31 ? whole : -(2 ** 31);
}

/** To an unsigned 64-bit integer: from 2^63 on the rest above it is converted, and 2^63 put back. */
function toUint64(value: number): bigint {
  return value >= 2 ** 63 ? toInt64(value - 2 ** 63) ^ lowest64 : toInt64(value);
}

/** The lowest 32 bits of the 64-bit integer. */
function throughInt64(value: number): number {
  return Number(BigInt.asIntN(32, toInt64(value)));
}

/** How a floating value is converted to an integer type, as a number or bigint that wraps when it is stored. */
function conversion(from: DType, to: DType, rules: Rules): (value: number) => number | bigint {
  if (to === uint64) return toUint64;
  if (to.compute === "big") return toInt64;
  const isWide = to === uint32 || (to === uint8 && from === float64 && rules === "torch");
  return isWide ? throughInt64 : toInt32;
}

/** A run of elements of the output from a run of the input. */
type Run = (start: number, step: number, into: number, intoStep: number, count: number) => void;

const scratch: Float64Array = new Float64Array(2 * blockLength);

/** A run done in blocks that fit the scratch. */
function inBlocks(block: Run): Run {
  return (start, step, into, intoStep, count) => {
    for (let done = 0; done < count; done += blockLength) {
      const n = Math.min(blockLength, count - done);
      block(start + done * step, step, into + done * intoStep, intoStep, n);
    }
  };
}

function copyAny(source: TypedArray, target: TypedArray, lanes: number): Run {
  return (start, step, into, intoStep, count) => {
    for (
      let i = 0, a = lanes * start, o = lanes * into;
      i < count;
      i++, a += lanes * step, o += lanes * intoStep
    ) {
      for (let lane = 0; lane < lanes; lane++) target[o + lane] = source[a + lane]!;
    }
  };
}

/** Floats to integers. */
function truncatingRun(from: DType, to: DType, rules: Rules, source: TypedArray, target: TypedArray): Run {
  const load = loadOf(from);
  const convert = conversion(from, to, rules);
  return inBlocks((start, step, into, intoStep, count) => {
    load(source, start, step, count, scratch);
    for (let i = 0, o = into; i < count; i++, o += intoStep) target[o] = convert(scratch[i]!);
  });
}

/** A 64-bit integer so that rounding it to double and then to fewer bits rounds it once: what is lost leaves a mark. */
function sticky(value: bigint): number {
  if (value >= -(2n ** 53n) && value <= 2n ** 53n) return Number(value);
  const size = value < 0n ? -value : value;
  const marked = (size >> 11n) | ((size & 2047n) === 0n ? 0n : 1n);
  return Number(marked << 11n) * (value < 0n ? -1 : 1);
}

/** 64-bit integers to any real type. */
function fromBigRun(to: DType, source: TypedArray, target: TypedArray): Run {
  if (to.compute === "big") return copyAny(source, target, 1);
  if (to.kind === "signed" || to.kind === "unsigned") {
    return (start, step, into, intoStep, count) => {
      for (let i = 0, a = start, o = into; i < count; i++, a += step, o += intoStep) {
        target[o] = Number(BigInt.asIntN(32, source[a] as bigint));
      }
    };
  }
  const store = storeOf(to);
  const toFloat = to === float64 ? Number : sticky;
  return inBlocks((start, step, into, intoStep, count) => {
    for (let i = 0, a = start; i < count; i++, a += step) scratch[i] = toFloat(source[a] as bigint);
    store(scratch, count, target, into, intoStep);
  });
}

/** Real types, bool among them, through float64. */
function realRun(from: DType, to: DType, rules: Rules, source: TypedArray, target: TypedArray): Run {
  const load = loadOf(from);
  const encode = rules === "numpy" && from === float64 && to === float16 ? encoderOf(to) : undefined;
  const store = storeOf(to);
  return inBlocks((start, step, into, intoStep, count) => {
    load(source, start, step, count, scratch);
    if (encode === undefined) store(scratch, count, target, into, intoStep);
    else for (let i = 0, o = into; i < count; i++, o += intoStep) target[o] = encode(scratch[i]!);
  });
}

/** To a complex type; an imaginary part that is not there is 0. */
function toComplexRun(from: DType, source: TypedArray, target: TypedArray): Run {
  return inBlocks((start, step, into, intoStep, count) => {
    loadPairs(from, source, start, step, count, scratch);
    storePairs(scratch, count, target, into, intoStep);
  });
}

/** A complex number to bool: true iff a part is not 0. */
function complexToBoolRun(from: DType, source: TypedArray, target: TypedArray): Run {
  return inBlocks((start, step, into, intoStep, count) => {
    loadPairs(from, source, start, step, count, scratch);
    for (let i = 0, o = into; i < count; i++, o += intoStep) {
      target[o] = scratch[2 * i] !== 0 || scratch[2 * i + 1] !== 0 ? 1 : 0;
    }
  });
}

const partOf = (dtype: DType): DType => (dtype.itemSize === 8 ? float32 : float64);

/** The real parts of complex numbers: every second entry of the array. */
function realPartRun(from: DType, to: DType, rules: Rules, source: TypedArray, target: TypedArray): Run {
  const run = runFor(partOf(from), to, rules, source, target);
  return (start, step, into, intoStep, count) => run(2 * start, 2 * step, into, intoStep, count);
}

function runFor(from: DType, to: DType, rules: Rules, source: TypedArray, target: TypedArray): Run {
  // The parts of complex numbers as they are.
  if (from === to && from !== bool) return copyAny(source, target, 1);
  if (to.kind === "complex") return toComplexRun(from, source, target);
  if (from.kind === "complex") {
    return to === bool
      ? complexToBoolRun(from, source, target)
      : realPartRun(from, to, rules, source, target);
  }
  if (from.compute === "big") return fromBigRun(to, source, target);
  if (from.kind === "float" && to.isInteger) return truncatingRun(from, to, rules, source, target);
  return realRun(from, to, rules, source, target);
}

function runAlong(walk: Walk, run: Run): void {
  forEachRun(walk, (at) => run(at[1]!, walk.steps[1]!, at[0]!, walk.steps[0]!, walk.run));
}

/** Copies elements, converted where the types differ. */
export function castInto(input: Operand, output: Operand, rules: Rules): void {
  const [from, to] = [input.layout.dtype, output.layout.dtype];
  // PyTorch reads any byte but 0 as true, also to copy it.
  if (from === to && (from !== bool || rules === "numpy")) {
    moveElements(input, output);
    return;
  }
  const run = runFor(from, to, rules, input.storage.view(from), output.storage.view(to));
  runAlong(planWalk(output.layout.shape, [output.layout, input.layout]), run);
}

/** Writes a value to every element. */
export function fillWith(output: Operand, value: Scalar): void {
  const { dtype } = output.layout;
  const { lanes } = dtype;
  const single = new dtype.array(lanes);
  setterOf(dtype)(single, 0, value);
  const target = output.storage.view(dtype);
  const walk = planWalk(output.layout.shape, [output.layout]);
  forEachRun(walk, (at) => {
    if (walk.steps[0] === 1 && lanes === 1) {
      (target as Uint8Array).fill(single[0] as number, at[0]!, at[0]! + walk.run);
    } else copyAny(single, target, lanes)(0, 0, at[0]!, walk.steps[0]!, walk.run);
  });
}

const copyKernel: Kernel<undefined> = ([input], [output]) => castInto(input!, output!, "numpy");
const castKernel: Kernel<CastAttributes> = ([input], [output], { rules }) => castInto(input!, output!, rules);
const fillKernel: Kernel<{ readonly value: Scalar }> = (_inputs, [output], { value }) =>
  fillWith(output!, value);
const zerosKernel: Kernel<undefined> = (_inputs, [output]) => fillWith(output!, 0);

export const copyingKernels: { readonly [Name in keyof typeof copying]: Kernel<never> } = {
  copy: copyKernel as Kernel<never>,
  cast: castKernel as Kernel<never>,
  fill: fillKernel as Kernel<never>,
  zerosLike: zerosKernel as Kernel<never>,
};
