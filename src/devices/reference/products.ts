// Matrix products of operands with any strides, any element type and any leading axes.

import { bool, type DType, float32, float64 } from "../../core/dtype.ts";
import { aligned, forEachPosition, type Operand } from "../../core/elements.ts";
import { Layout, type Shape, product as sizeOf, swapAxes } from "../../core/layout.ts";
import { reshapeStrides } from "../../core/layout-reshape.ts";
import type { Kernel } from "../../core/op.ts";
import { type Dots, dots32, dots64 } from "./dots.ts";
import {
  isSmall,
  type Matrix,
  type MatrixProduct,
  multiplyBigs,
  multiplyBools,
  multiplyComplex,
  multiplyFloats,
  multiplyIntegers,
  type Starts,
} from "./matrix.ts";
import { fresh, intoRowMajor, moveElements, rowMajor } from "./move.ts";
import { stretched } from "./walk.ts";

type Multiply = (product: MatrixProduct) => void;

/** How matrices of a type are multiplied; undefined for types whose products are taken in float64 (half types). */
export function multiplierOf(dtype: DType): Multiply | undefined {
  if (dtype === float32 || dtype === float64) return multiplyFloats as Multiply;
  if (dtype.compute === "complex") return multiplyComplex;
  if (dtype.compute === "big") return multiplyBigs;
  if (dtype === bool) return multiplyBools;
  return dtype.isInteger ? multiplyIntegers : undefined;
}

/** The last two axes as a matrix. */
function matrix({ storage, layout }: Operand): Matrix {
  const { rank, strides } = layout;
  return {
    values: storage.view(layout.dtype),
    start: layout.offset,
    row: strides[rank - 2]!,
    column: strides[rank - 1]!,
  };
}

/** The operand in a type, whatever its strides. */
function inType(operand: Operand, dtype: DType): Operand {
  if (operand.layout.dtype !== dtype) return rowMajor(operand, dtype);
  return operand.layout.isAligned ? operand : aligned(operand);
}

/** True iff the operand is a matrix of that type. */
function isMatrix({ dtype, shape }: Layout, type: DType): boolean {
  return dtype === type && shape.length === 2;
}

/**
 * The product of two small matrices of one floating type as they lie, with nothing made on the way.
 * @param turnsA whether a.T is meant; `turnsB` likewise
 * @returns false where something has to be prepared first
 */
export function multipliesSmall(
  a: Operand,
  b: Operand,
  bias: Operand | undefined,
  output: Operand,
  turnsA: boolean,
  turnsB: boolean,
): boolean {
  const to = output.layout;
  const left = a.layout;
  const right = b.layout;
  const { dtype } = to;
  if (dtype !== float32 && dtype !== float64) return false;
  if (!isMatrix(left, dtype) || !isMatrix(right, dtype) || to.shape.length !== 2) return false;
  const m = to.shape[0]!;
  const n = to.shape[1]!;
  const k = left.shape[turnsA ? 0 : 1]!;
  if (!isSmall(m, n, k)) return false;
  let added: Float32Array | undefined;
  let biasStart = 0;
  let biasStep = 0;
  if (bias !== undefined) {
    const { layout } = bias;
    if (layout.dtype !== dtype || layout.shape.length !== 1) return false;
    added = bias.storage.view(dtype) as Float32Array;
    biasStart = layout.offset;
    biasStep = layout.shape[0] === n ? layout.strides[0]! : 0;
  }
  const dots = (dtype === float32 ? dots32 : dots64) as Dots<Float32Array>;
  dots(
    m,
    n,
    k,
    a.storage.view(dtype) as Float32Array,
    left.offset,
    left.strides[turnsA ? 1 : 0]!,
    left.strides[turnsA ? 0 : 1]!,
    b.storage.view(dtype) as Float32Array,
    right.offset,
    right.strides[turnsB ? 1 : 0]!,
    right.strides[turnsB ? 0 : 1]!,
    output.storage.view(dtype) as Float32Array,
    to.offset,
    to.strides[0]!,
    to.strides[1]!,
    added,
    biasStart,
    biasStep,
  );
  return true;
}

const matmul: Kernel<undefined> = (inputs, outputs) => {
  if (!multipliesSmall(inputs[0]!, inputs[1]!, undefined, outputs[0]!, false, false))
    multiplyAny(inputs, outputs, multiplierOf);
};

const transposedMatmul: Kernel<undefined> = (inputs, outputs) => {
  const [a, b] = [inputs[0]!, inputs[1]!];
  if (multipliesSmall(a, b, undefined, outputs[0]!, true, false)) return;
  multiplyAny([{ storage: a.storage, layout: swapAxes(a.layout, 0, 1) }, b], outputs, multiplierOf);
};

/** Says how matrices of a type are multiplied; undefined for types whose products are taken in float64. */
export type MultiplierOf = (dtype: DType) => Multiply | undefined;

/** Multiplies a batch of matrices of the same sizes. */
export type MultiplyBatch = (work: MatrixProduct, starts: Starts) => void;

/**
 * a @ b, whatever the operands are.
 * @param multiplyBatch multiplies all of a batch; default: one after another
 */
export function multiplyAny(
  [a, b]: readonly Operand[],
  [output]: readonly Operand[],
  multiplier: MultiplierOf,
  multiplyBatch?: MultiplyBatch,
): void {
  const { dtype, shape } = output!.layout;
  const multiply = multiplier(dtype);
  if (multiply === undefined) {
    const wide = fresh(float64, shape);
    multiplyAny([inType(a!, float64), inType(b!, float64)], [wide], multiplier, multiplyBatch);
    moveElements(wide, output!);
    return;
  }
  const [left, right] = [inType(a!, dtype), inType(b!, dtype)];
  const rank = shape.length;
  const n = shape[rank - 1]!;
  const isRows = rank > 2 && n > 0 && isRowsByMatrix(left.layout, right.layout, output!.layout);
  const work: MatrixProduct = {
    m: isRows ? output!.layout.size / n : shape[rank - 2]!,
    n,
    k: left.layout.shape[left.layout.rank - 1]!,
    a: isRows ? asRows(left) : matrix(left),
    b: matrix(right),
    out: isRows ? asRows(output!) : matrix(output!),
    bias: undefined,
  };
  if (rank === 2 || isRows) {
    multiply(work);
    return;
  }
  const batch = shape.slice(0, -2);
  const starts: Starts = {
    a: startsOf(left.layout, batch),
    b: startsOf(right.layout, batch),
    out: startsOf(output!.layout, batch),
  };
  if (multiplyBatch === undefined) multiplyEach(multiply, work, starts);
  else multiplyBatch(work, starts);
}

/** True iff one matrix on the right multiplies all rows on the left, and these lie so that they are one matrix too. */
export function isRowsByMatrix(left: Layout, right: Layout, output: Layout): boolean {
  if (right.rank > 2 && sizeOf(right.shape.slice(0, -2)) !== 1) return false;
  if (!left.isContiguous || !output.isContiguous || left.rank !== output.rank) return false;
  return left.shape.every((length, axis) => axis === left.rank - 1 || length === output.shape[axis]);
}

/** Where matrices begin, one for each position of the leading axes, to which the operand's own are stretched. */
function startsOf({ dtype, shape, strides, offset }: Layout, batch: Shape): number[] {
  const leading = new Layout(dtype, shape.slice(0, -2), strides.slice(0, -2), offset);
  const starts: number[] = [];
  forEachPosition(new Layout(dtype, batch, stretched(leading, batch), offset), (position) =>
    starts.push(position),
  );
  return starts;
}

/** The products of a batch, one after another. */
export function multiplyEach(multiply: Multiply, work: MatrixProduct, { a, b, out }: Starts): void {
  for (let i = 0; i < out.length; i++) {
    work.a.start = a[i]!;
    work.b.start = b[i]!;
    work.out.start = out[i]!;
    multiply(work);
  }
}

/** All axes but the last as rows of a matrix; a copy where the strides do not allow it. */
function asRows(operand: Operand): Matrix {
  const { storage, layout } = operand;
  const last = layout.rank - 1;
  if (layout.rank <= 2) {
    const [row, column] = [last > 0 ? layout.strides[0]! : 0, layout.strides[last]!];
    return { values: storage.view(layout.dtype), start: layout.offset, row, column };
  }
  const columns = layout.shape[last]!;
  const shape = [sizeOf(layout.shape.slice(0, -1)), columns];
  const strides = reshapeStrides(layout, shape);
  if (strides === undefined) return asRows(rowMajor(operand));
  return { values: storage.view(layout.dtype), start: layout.offset, row: strides[0]!, column: strides[1]! };
}

const linear: Kernel<undefined> = (inputs, outputs) => {
  if (!multipliesSmall(inputs[0]!, inputs[1]!, inputs[2], outputs[0]!, false, true))
    linearOfAny(inputs, outputs, multiplierOf);
};

/** x @ weight.T + bias, whatever the operands are. */
export function linearOfAny(
  [x, weight, bias]: readonly Operand[],
  [output]: readonly Operand[],
  multiplier: MultiplierOf,
): void {
  const { dtype, shape } = output!.layout;
  const multiply = multiplier(dtype);
  if (multiply === undefined) {
    const wide = fresh(float64, shape);
    const inputs = [x!, weight!, ...(bias === undefined ? [] : [bias])].map((each) => inType(each, float64));
    linearOfAny(inputs, [wide], multiplier);
    moveElements(wide, output!);
    return;
  }
  const w = inType(weight!, dtype);
  const [n, k] = [w.layout.shape[0]!, w.layout.shape[1]!];
  const added = bias === undefined ? undefined : inType(bias, dtype);
  const b: Matrix = {
    values: w.storage.view(dtype),
    start: w.layout.offset,
    row: w.layout.strides[1]!,
    column: w.layout.strides[0]!,
  };
  intoRowMajor(output!, (target) => {
    multiply({
      m: n === 0 ? 0 : target.layout.size / n,
      n,
      k,
      a: asRows(inType(x!, dtype)),
      b,
      out: { values: target.storage.view(dtype), start: target.layout.offset, row: n, column: 1 },
      bias: added === undefined ? undefined : biasRow(added, n),
    });
  });
}

/** A bias as a matrix that every row is: [N], or a single element for all. */
function biasRow({ storage, layout }: Operand, n: number): Matrix {
  const isStretched = layout.rank === 0 || layout.shape[layout.rank - 1] !== n;
  const column = isStretched ? 0 : layout.strides[layout.rank - 1]!;
  return { values: storage.view(layout.dtype), start: layout.offset, row: 0, column };
}

/** Kernels of the operations of `src/ops/products.ts`. */
export interface ProductKernels {
  readonly linear: Kernel<never>;
  readonly matmul: Kernel<never>;
  readonly transposedMatmul: Kernel<never>;
}

export const products: ProductKernels = { linear, matmul, transposedMatmul };
