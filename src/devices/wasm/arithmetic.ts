// Arithmetic, comparisons and choices of float32 elements, in blocks. A single element and a row that is stretched are copied
// in once, over a whole block.

import { bool, float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { Layout } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { copyIn, copyOut, nextOf, placeToRead, placeToWrite, unit } from "../../kernels/copy.ts";
import type { ArithmeticExports, Kernels } from "../../kernels/instance.ts";
import { kernelsFor } from "../../kernels/use.ts";
import type { ScaleAttributes } from "../../ops/binary.ts";
import type { IntervalAttributes } from "../../ops/rectifiers.ts";
import type { WeightAttributes } from "../../ops/ternary.ts";
import { forEachRun, planWalk, type Walk } from "../reference/walk.ts";
import type { Row, Rows } from "./device.ts";

/** Elements worked on at a time: four such blocks stay in the second cache. */
const blockLength = 2 ** 13;
/** From how many elements on threads pay; and how many each takes at a time. */
const leastThreaded = 2 ** 16;
const partLength = 2 ** 15;
/** Shorter runs are left to the reference. */
const shortRun = 128;

type Name = keyof ArithmeticExports;

/** An operand, and its place in scratch: for a block of it, or for what is the same for all blocks. */
interface Side {
  readonly bytes: Uint8Array;
  readonly itemSize: number;
  /** Where in scratch, in bytes. */
  readonly at: number;
  readonly step: number;
}

/** How many elements of a stretched row there are, if it is one beside an output in row-major order; else 0. */
function periodOf({ rank, shape, size, isContiguous }: Layout, output: Layout): number {
  if (!isContiguous || size > blockLength) return 0;
  let axis = rank - 1;
  for (let other = output.rank - 1; axis >= 0 && shape[axis] === output.shape[other]; other--) axis--;
  for (; axis >= 0; axis--) if (shape[axis] !== 1) return 0;
  return size;
}

/** Copies an element to scratch, `count` times. */
function bringOne({ bytes, itemSize, at }: Side, made: Kernels, from: number, count: number): void {
  copyIn(made, at, bytes, from * itemSize, itemSize);
  repeat(made, at, itemSize, count * itemSize);
}

/** Repeats the first `length` bytes until there are `total`. */
function repeat({ bytes }: Kernels, at: number, length: number, total: number): void {
  for (let filled = length; filled < total; filled *= 2) {
    bytes.copyWithin(at + filled, at, at + Math.min(filled, total - filled));
  }
}

/** The work of one call. */
interface Work {
  readonly made: Kernels;
  readonly name: Name;
  readonly factor: number;
  readonly sides: readonly Side[];
  readonly output: Side;
}

/** Works on blocks of `block` elements; sides that are ready are in scratch. */
function runBlocks(work: Work, positions: readonly number[], n: number, block: number, ready: boolean): void {
  const { made, name, factor, sides, output } = work;
  const isStretched = sides.some(({ step }) => step === 0);
  // What is stretched is there for a block.
  const [part, whole] = isStretched ? [block, block] : [partLength, unit];
  const kernel = made.exports[name];
  const places = sides.map(({ at }) => at);
  sides.forEach((side, k) => {
    if (side.step === 0 && !ready) bringOne(side, made, positions[k + 1]!, Math.min(block, n));
  });
  for (let done = 0, count: number; done < n; done += count) {
    count = nextOf(made, n - done, block, whole);
    for (let k = 0; k < sides.length; k++) {
      const { bytes, itemSize, at, step } = sides[k]!;
      if (step === 0) continue;
      places[k] = placeToRead(made, bytes, (positions[k + 1]! + done) * itemSize, count * itemSize, at);
    }
    const [first, length] = [(positions[0]! + done) * output.itemSize, count * output.itemSize];
    const to = placeToWrite(made, output.bytes, first, length, output.at, unit * output.itemSize);
    const a = places[0]!;
    const [b, c] = [places[1] ?? a, places[2] ?? a];
    if (count <= block) kernel(a, b, c, to, factor, count);
    else {
      const [p, q = p, r = p] = sides.map(({ step, itemSize }) => step * itemSize);
      made.inParts(name, [a, b, c, to, factor], [p!, q!, r!, output.itemSize, 0], count, part);
    }
    if (to === output.at) copyOut(made, output.bytes, first, to, length);
  }
}

/** The memory of operands, each with its place for blocks in the kernels' memory. */
function workOf(name: Name, inputs: readonly Operand[], output: Operand, factor: number): Work {
  const bytes = [...inputs, output].map(({ storage }) => storage.bytes());
  // What is smaller is copied in, or gone over in runs that are shorter than a block.
  const large = bytes.filter((_, k) => k === inputs.length || inputs[k]!.layout.size > blockLength);
  const made = kernelsFor(output.layout.size, leastThreaded, ...large)!;
  const region = 4 * (blockLength + unit);
  const start = made.scratch(4 * region);
  const side = ({ layout }: Operand, k: number, place: number, step: number): Side => ({
    bytes: bytes[k]!,
    itemSize: layout.dtype.itemSize,
    at: start + place * region,
    step,
  });
  const n = output.layout.size;
  return {
    made,
    name,
    factor,
    sides: inputs.map((input, k) => side(input, k, k, Number(input.layout.size === n))),
    output: side(output, inputs.length, 3, 1),
  };
}

/** Operands that are in row-major order, single elements or stretched rows. @returns false, with nothing done, for others */
function runFlat(name: Name, inputs: readonly Operand[], output: Operand, factor: number): boolean {
  const { size, offset, isContiguous } = output.layout;
  if (!isContiguous) return false;
  let block = blockLength;
  for (const { layout } of inputs) {
    if (layout.size === size && layout.isContiguous) continue;
    const period = periodOf(layout, output.layout);
    if (period === 0) return false;
    // Blocks hold whole rows: rows of two lengths are seldom met.
    const rows = Math.floor(blockLength / period);
    const whole = (rows < unit ? rows : rows - (rows % unit)) * period;
    if (period > 1 && block !== blockLength && block !== whole) return false;
    if (period > 1) block = whole;
  }
  const work = workOf(name, inputs, output, factor);
  work.sides.forEach((side, k) => {
    const { layout } = inputs[k]!;
    if (side.step === 1) return;
    const { bytes, itemSize, at } = side;
    copyIn(work.made, at, bytes, layout.offset * itemSize, layout.size * itemSize);
    repeat(work.made, at, layout.size * itemSize, Math.min(block, size) * itemSize);
  });
  runBlocks(work, [offset, ...inputs.map(({ layout }) => layout.offset)], size, block, true);
  return true;
}

const isPlain = ({ steps, run, shape }: Walk): boolean =>
  steps[0] === 1 &&
  steps.every((step) => step === 0 || step === 1) &&
  (run >= shortRun || shape.length === 0);

/** Operands with long runs. @returns false, with nothing done, for others */
function runWalk(name: Name, inputs: readonly Operand[], output: Operand, factor: number): boolean {
  const walk = planWalk(output.layout.shape, [output.layout, ...inputs.map(({ layout }) => layout)]);
  if (!isPlain(walk)) return false;
  const { sides, ...work } = workOf(name, inputs, output, factor);
  const stepped = sides.map((side, k) => ({ ...side, step: walk.steps[k + 1]! }));
  forEachRun(walk, (at) => runBlocks({ ...work, sides: stepped }, at, walk.run, blockLength, false));
  return true;
}

/** Which kernel does it, and with which operands. */
interface Arithmetic<Attributes> {
  readonly name: Name;
  /** The kernel takes the operands in the other order. */
  readonly isTurned?: boolean;
  /** The factor; undefined where the kernel has no such one. */
  readonly factor?: (attributes: Attributes) => number | undefined;
  /** Operands of one element each, which stand behind the others. */
  readonly numbers?: (attributes: Attributes) => readonly number[];
  /** The result is truth. */
  readonly isTruth?: boolean;
  /** The first operand is truth. */
  readonly isChoice?: boolean;
  /** From how many elements on it pays. */
  readonly least?: number;
}

/** The reference goes through double precision in blocks; where it has a loop of its own, the call pays later. */
const leastByBlocks = 256;
const leastByLoop = 2048;

function arithmeticRow<Attributes>(rule: Arithmetic<Attributes>): Row<never> {
  const { name, isTurned, isTruth, isChoice } = rule;
  const row: Row<Attributes> = {
    work: (_inputs, outputs) => outputs[0]!.layout.size,
    least: rule.least ?? leastByBlocks,
    run: (inputs, outputs, attributes) => {
      const output = outputs[0]!;
      if (output.layout.dtype !== (isTruth === true ? bool : float32) || output.layout.size === 0)
        return false;
      for (let k = 0; k < inputs.length; k++) {
        if (inputs[k]!.layout.dtype !== (isChoice === true && k === 0 ? bool : float32)) return false;
      }
      const factor = rule.factor === undefined ? 0 : rule.factor(attributes);
      if (factor === undefined) return false;
      let operands = isTurned === true ? [inputs[1]!, inputs[0]!] : inputs;
      if (rule.numbers !== undefined) operands = [...operands, ...rule.numbers(attributes).map(numberOf)];
      return runFlat(name, operands, output, factor) || runWalk(name, operands, output, factor);
    },
  };
  return row as Row<never>;
}

const scalarLayout = Layout.contiguous(float32, []);
const numberOf = (value: number): Operand => ({
  storage: new Storage(Float32Array.of(value)),
  layout: scalarLayout,
});

const weight = ({ re, im }: WeightAttributes): number | undefined => (im === 0 ? re : undefined);

export const arithmeticRows: Rows = {
  add: arithmeticRow({ name: "add32", least: leastByLoop }),
  subtract: arithmeticRow({ name: "subtract32", least: leastByLoop }),
  multiply: arithmeticRow({ name: "multiply32", least: leastByLoop }),
  divide: arithmeticRow({ name: "divide32", least: leastByLoop }),
  negative: arithmeticRow({ name: "negative32", least: leastByLoop }),
  relu: arithmeticRow({ name: "relu32", least: leastByLoop }),
  reluBackward: arithmeticRow({ name: "reluBackward32", least: leastByLoop }),
  tanhBackward: arithmeticRow({ name: "tanhBackward32", least: leastByLoop }),
  addScaled: arithmeticRow<ScaleAttributes>({
    name: "addScaled32",
    factor: ({ scale }) => scale,
    least: leastByLoop,
  }),
  absolute: arithmeticRow({ name: "absolute32" }),
  square: arithmeticRow({ name: "square32" }),
  maximum: arithmeticRow({ name: "maximum32" }),
  minimum: arithmeticRow({ name: "minimum32" }),
  clampMin: arithmeticRow({ name: "maximum32" }),
  clampMax: arithmeticRow({ name: "minimum32" }),
  clamp: arithmeticRow({ name: "clamp32" }),
  hardtanh: arithmeticRow<IntervalAttributes>({
    name: "clamp32",
    numbers: ({ min, max }) => [min, max],
  }),
  addcmul: arithmeticRow({ name: "addProduct32", factor: weight }),
  addcdiv: arithmeticRow({ name: "addQuotient32", factor: weight }),
  lerp: arithmeticRow({ name: "between32" }),
  multiplyAdd: arithmeticRow({ name: "multiplyAdd32" }),
  less: arithmeticRow({ name: "less32", isTruth: true }),
  lessEqual: arithmeticRow({ name: "lessEqual32", isTruth: true }),
  greater: arithmeticRow({ name: "less32", isTruth: true, isTurned: true }),
  greaterEqual: arithmeticRow({ name: "lessEqual32", isTruth: true, isTurned: true }),
  equal: arithmeticRow({ name: "equal32", isTruth: true }),
  notEqual: arithmeticRow({ name: "notEqual32", isTruth: true }),
  where: arithmeticRow({ name: "where32", isChoice: true }),
};
