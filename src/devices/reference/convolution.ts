// Convolution and its two gradients, each as matrix products over columns: the elements of the input under the kernel,
// one column for each place of the kernel (im2col). A block of places is unrolled at a time.

import { type DType, float64, type TypedArray } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { contiguousStrides, product, type Shape } from "../../core/layout.ts";
import type { Kernel } from "../../core/op.ts";
import type { ConvolutionAttributes, ConvolutionGradientAttributes } from "../../ops/convolution.ts";
import type { Matrix } from "./matrix.ts";
import { addRunOf, clear, fresh, moveElements, rowMajor } from "./move.ts";
import { multiplierOf } from "./products.ts";

/** How many places of the kernel are unrolled at a time. */
const blockPlaces = 256;

/** Real types are computed in float64 and rounded once; 64-bit integers and complex numbers as they are. */
const workType = (dtype: DType): DType => (dtype.compute === "real" ? float64 : dtype);

/** Sizes of a convolution, in elements of row-major operands. */
interface Plan {
  readonly dtype: DType;
  readonly batch: number;
  readonly groups: number;
  /** Channels of the input and the output in one group. */
  readonly channels: number;
  readonly filters: number;
  /** Places of the kernel in the input, positions of a plane of the input, and positions in the kernel. */
  readonly places: number;
  readonly plane: number;
  readonly taps: number;
  /** Rows of the columns: `channels * taps`. */
  readonly rows: number;
  readonly lengths: Shape;
  readonly outLengths: Shape;
  readonly kernel: Shape;
  readonly attributes: ConvolutionAttributes;
}

function planOf(dtype: DType, x: Shape, weight: Shape, out: Shape, attributes: ConvolutionAttributes): Plan {
  const { groups } = attributes;
  const [lengths, kernel, outLengths] = [x.slice(2), weight.slice(2), out.slice(2)];
  const taps = product(kernel);
  return {
    dtype,
    batch: x[0]!,
    groups,
    channels: weight[1]!,
    filters: weight[0]! / groups,
    places: product(outLengths),
    plane: product(lengths),
    taps,
    rows: weight[1]! * taps,
    lengths,
    outLengths,
    kernel,
    attributes,
  };
}

/** Fills `into` with the position in a plane of the input of each tap (rows) at each place (columns); -1: padding. */
function fillPositions(into: Int32Array, plan: Plan, firstPlace: number, count: number): void {
  const { lengths, outLengths, kernel, taps, attributes } = plan;
  const { stride, padding, dilation } = attributes;
  const planeStrides = contiguousStrides(lengths);
  const placeStrides = contiguousStrides(outLengths);
  const tapStrides = contiguousStrides(kernel);
  into.fill(0, 0, taps * count);
  lengths.forEach((length, axis) => {
    for (let tap = 0; tap < taps; tap++) {
      const shift =
        (Math.floor(tap / tapStrides[axis]!) % kernel[axis]!) * dilation[axis]! - padding[axis]![0];
      for (let i = 0; i < count; i++) {
        const place = Math.floor((firstPlace + i) / placeStrides[axis]!) % outLengths[axis]!;
        const at = place * stride[axis]! + shift;
        const cell = tap * count + i;
        if (at < 0 || at >= length) into[cell] = -1;
        else if (into[cell]! >= 0) into[cell]! += at * planeStrides[axis]!;
      }
    }
  });
}

/** Unrolls the channels from element `start` of the input on: a row for each channel and tap, a column for each place. */
function unroll(
  from: TypedArray,
  start: number,
  into: TypedArray,
  positions: Int32Array,
  { channels, taps, plane, dtype }: Plan,
  count: number,
): void {
  if (dtype === float64) {
    unrollReal(from as Float64Array, start, into as Float64Array, positions, channels, plane, taps * count);
    return;
  }
  const { lanes } = dtype;
  const zero = dtype.compute === "big" ? 0n : 0;
  const cells = taps * count;
  for (let channel = 0; channel < channels; channel++) {
    const base = start + channel * plane;
    const row = channel * cells;
    for (let cell = 0; cell < cells; cell++) {
      const position = positions[cell]!;
      for (let lane = 0; lane < lanes; lane++) {
        into[(row + cell) * lanes + lane] = position < 0 ? zero : from[(base + position) * lanes + lane]!;
      }
    }
  }
}

// The same loops over float64 alone, which is what most convolutions run.
function unrollReal(
  from: Float64Array,
  start: number,
  into: Float64Array,
  positions: Int32Array,
  channels: number,
  plane: number,
  cells: number,
): void {
  for (let channel = 0, row = 0, base = start; channel < channels; channel++, row += cells, base += plane) {
    for (let cell = 0; cell < cells; cell++) {
      const position = positions[cell]!;
      into[row + cell] = position < 0 ? 0 : from[base + position]!;
    }
  }
}

function rollBackReal(
  from: Float64Array,
  into: Float64Array,
  start: number,
  positions: Int32Array,
  channels: number,
  plane: number,
  cells: number,
): void {
  for (let channel = 0, row = 0, base = start; channel < channels; channel++, row += cells, base += plane) {
    for (let cell = 0; cell < cells; cell++) {
      const position = positions[cell]!;
      if (position >= 0) into[base + position]! += from[row + cell]!;
    }
  }
}

/** Adds columns back to where `unroll` took them from. */
function rollBack(
  from: TypedArray,
  into: TypedArray,
  start: number,
  positions: Int32Array,
  { channels, taps, plane, dtype }: Plan,
  count: number,
): void {
  if (dtype === float64) {
    rollBackReal(from as Float64Array, into as Float64Array, start, positions, channels, plane, taps * count);
    return;
  }
  const add = addRunOf(dtype);
  const cells = taps * count;
  for (let channel = 0; channel < channels; channel++) {
    const base = start + channel * plane;
    const row = channel * cells;
    for (let cell = 0; cell < cells; cell++) {
      const position = positions[cell]!;
      if (position >= 0) add(from, row + cell, 1, into, base + position, 1, 1);
    }
  }
}

/** What a visit to a block of places of one image and group is given. */
interface Block {
  /** Elements of the columns, and where they are in the input's plane. */
  readonly columns: TypedArray;
  readonly positions: Int32Array;
  readonly count: number;
  /** Where the group begins: in the input, in the output (at the block's first place), in the weight, in the bias. */
  readonly inputStart: number;
  readonly outputStart: number;
  readonly weightStart: number;
  readonly filterStart: number;
}

/** Calls `visit` for each block of places, image and group. */
function forEachBlock(plan: Plan, visit: (block: Block) => void): void {
  const { places, taps, rows, batch, groups, channels, filters, plane, dtype } = plan;
  const width = Math.min(places, blockPlaces);
  const positions = new Int32Array(taps * width);
  const columns = fresh(dtype, [rows * width]).storage.view(dtype);
  for (let first = 0; first < places; first += width) {
    const count = Math.min(width, places - first);
    fillPositions(positions, plan, first, count);
    for (let image = 0; image < batch; image++) {
      for (let group = 0; group < groups; group++) {
        const unit = image * groups + group;
        visit({
          columns,
          positions,
          count,
          inputStart: unit * channels * plane,
          outputStart: unit * filters * places + first,
          weightStart: group * filters * rows,
          filterStart: group * filters,
        });
      }
    }
  }
}

const matrix = (values: TypedArray, start: number, row: number, column: number): Matrix => ({
  values,
  start,
  row,
  column,
});

/** A row-major operand of the work type from element 0 on. */
function working(operand: Operand, dtype: DType): TypedArray {
  const moved = rowMajor(operand, dtype);
  const values = moved.storage.view(dtype);
  const start = moved.layout.offset * dtype.lanes;
  return start === 0 ? values : values.subarray(start);
}

/** Lets `compute` fill a row-major array of zeros of the work type, and moves that to the output. */
function intoWorkType(output: Operand, dtype: DType, compute: (values: TypedArray) => void): void {
  const isReady = output.layout.dtype === dtype && output.layout.isContiguous && output.layout.offset === 0;
  const target = isReady ? output : fresh(dtype, output.layout.shape);
  if (isReady) clear(target);
  compute(target.storage.view(dtype));
  if (!isReady) moveElements(target, output);
}

function conv(
  [x, weight, bias]: readonly Operand[],
  [output]: readonly Operand[],
  attributes: ConvolutionAttributes,
): void {
  const { dtype: stored, shape } = output!.layout;
  const plan = planOf(workType(stored), x!.layout.shape, weight!.layout.shape, shape, attributes);
  const { dtype, rows, filters, places } = plan;
  const multiply = multiplierOf(dtype)!;
  const [input, kernel] = [working(x!, dtype), working(weight!, dtype)];
  const added = bias === undefined ? undefined : working(bias, dtype);
  intoWorkType(output!, dtype, (out) => {
    forEachBlock(plan, ({ columns, positions, count, inputStart, outputStart, weightStart, filterStart }) => {
      unroll(input, inputStart, columns, positions, plan, count);
      multiply({
        m: count,
        n: filters,
        k: rows,
        a: matrix(columns, 0, 1, count),
        b: matrix(kernel, weightStart, 1, rows),
        out: matrix(out, outputStart, 1, places),
        bias: added === undefined ? undefined : matrix(added, filterStart, 0, 1),
      });
    });
  });
}

function convInputGrad(
  [g, weight]: readonly Operand[],
  [output]: readonly Operand[],
  attributes: ConvolutionGradientAttributes,
): void {
  const { dtype: stored, shape } = output!.layout;
  const plan = planOf(workType(stored), shape, weight!.layout.shape, g!.layout.shape, attributes);
  const { dtype, rows, filters, places } = plan;
  const multiply = multiplierOf(dtype)!;
  const [flow, kernel] = [working(g!, dtype), working(weight!, dtype)];
  intoWorkType(output!, dtype, (out) => {
    forEachBlock(plan, ({ columns, positions, count, inputStart, outputStart, weightStart }) => {
      multiply({
        m: rows,
        n: count,
        k: filters,
        a: matrix(kernel, weightStart, 1, rows),
        b: matrix(flow, outputStart, places, 1),
        out: matrix(columns, 0, count, 1),
        bias: undefined,
      });
      rollBack(columns, out, inputStart, positions, plan, count);
    });
  });
}

function convWeightGrad(
  [g, x]: readonly Operand[],
  [output]: readonly Operand[],
  attributes: ConvolutionGradientAttributes,
): void {
  const { dtype: stored, shape } = output!.layout;
  const plan = planOf(workType(stored), x!.layout.shape, shape, g!.layout.shape, attributes);
  const { dtype, rows, filters, places } = plan;
  const multiply = multiplierOf(dtype)!;
  const add = addRunOf(dtype);
  const [flow, input] = [working(g!, dtype), working(x!, dtype)];
  const part = fresh(dtype, [filters * rows]).storage.view(dtype);
  intoWorkType(output!, dtype, (out) => {
    forEachBlock(plan, ({ columns, positions, count, inputStart, outputStart, weightStart }) => {
      unroll(input, inputStart, columns, positions, plan, count);
      multiply({
        m: filters,
        n: rows,
        k: count,
        a: matrix(flow, outputStart, places, 1),
        b: matrix(columns, 0, 1, count),
        out: matrix(part, 0, rows, 1),
        bias: undefined,
      });
      add(part, 0, 1, out, weightStart, 1, filters * rows);
    });
  });
}

/** Kernels of the operations of `src/ops/convolution.ts`. */
export interface ConvolutionKernels {
  readonly conv: Kernel<ConvolutionAttributes>;
  readonly convInputGrad: Kernel<ConvolutionGradientAttributes>;
  readonly convWeightGrad: Kernel<ConvolutionGradientAttributes>;
}

export const convolution: ConvolutionKernels = { conv, convInputGrad, convWeightGrad };
