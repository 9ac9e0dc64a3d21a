// Matrix products of operands with any strides, any element type and any leading axes.

import { bool, type DType, float32, float64 } from "../../core/dtype.ts";
import { aligned, forEachPosition, type Operand } from "../../core/elements.ts";
import { Layout, type Shape, product as sizeOf } from "../../core/layout.ts";
import { reshapeStrides } from "../../core/layout-reshape.ts";
import type { Kernel } from "../../core/op.ts";
import {
  type Matrix,
  type MatrixProduct,
  multiplyBigs,
  multiplyBools,
  multiplyComplex,
  multiplyFloats,
  multiplyIntegers,
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

const matmul: Kernel<undefined> = ([a, b], [output]) => {
  const { dtype, shape } = output!.layout;
  const multiply = multiplierOf(dtype);
  if (multiply === undefined) {
    const wide = fresh(float64, shape);
    matmul([inType(a!, float64), inType(b!, float64)], [wide], undefined);
    moveElements(wide, output!);
    return;
  }
  const [left, right] = [inType(a!, dtype), inType(b!, dtype)];
  const rank = shape.length;
  const work: MatrixProduct = {
    m: shape[rank - 2]!,
    n: shape[rank - 1]!,
    k: left.layout.shape[left.layout.rank - 1]!,
    a: matrix(left),
    b: matrix(right),
    out: matrix(output!),
    bias: undefined,
  };
  if (rank === 2) multiply(work);
  else multiplyBatch(multiply, work, [left.layout, right.layout, output!.layout], shape.slice(0, -2));
};

/** One product for each position of the leading axes, to which the operands' own are stretched. */
function multiplyBatch(
  multiply: Multiply,
  work: MatrixProduct,
  layouts: readonly Layout[],
  batch: Shape,
): void {
  const matrices = [work.a, work.b, work.out];
  const positions = matrices.map((_, i) => {
    const { dtype, shape, strides, offset } = layouts[i]!;
    const leading = new Layout(dtype, shape.slice(0, -2), strides.slice(0, -2), offset);
    const found: number[] = [];
    forEachPosition(new Layout(dtype, batch, stretched(leading, batch), offset), (position) =>
      found.push(position),
    );
    return found;
  });
  for (let i = 0; i < sizeOf(batch); i++) {
    matrices.forEach((each, which) => {
      each.start = positions[which]![i]!;
    });
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

const linear: Kernel<undefined> = ([x, weight, bias], [output]) => {
  const { dtype, shape } = output!.layout;
  const multiply = multiplierOf(dtype);
  if (multiply === undefined) {
    const wide = fresh(float64, shape);
    const inputs = [x!, weight!, ...(bias === undefined ? [] : [bias])].map((each) => inType(each, float64));
    linear(inputs, [wide], undefined);
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
};

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
}

export const products: ProductKernels = { linear, matmul };
