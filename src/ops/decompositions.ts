// Decompositions of matrices and what is computed by them. Matrices are the last two axes, those before are batches.
// `info` outputs say for each matrix, as LAPACK does, whether the computation came through (0) or where it stopped.
// Gradients follow Giles, An extended collection of matrix derivative results (2008), and Boeddeker and others, On the
// computation of complex-valued gradients (2017); those of the longer kind stand in `decomposition-gradients.ts`.

import { complex64, complex128, type DType, float32, int32 } from "../core/dtype.ts";
import { broadcastShapes, Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { multiply } from "./binary.ts";
import * as gradients from "./decomposition-gradients.ts";
import { realPart } from "./elementwise.ts";
import { matmul } from "./products.ts";
import { adjoint } from "./transposed.ts";
import { negative } from "./unary.ts";

const batchOf = ({ shape }: Layout): Shape => shape.slice(0, -2);
const rowsOf = ({ shape }: Layout): number => shape.at(-2)!;
const columnsOf = ({ shape }: Layout): number => shape.at(-1)!;

/** The complex type over a floating one; a complex one as it is. */
function complexOf(dtype: DType): DType {
  if (dtype.kind === "complex") return dtype;
  return dtype === float32 ? complex64 : complex128;
}

export interface BandAttributes {
  /** Elements whose column less row is from `low` to `high` are kept. */
  readonly low: number;
  readonly high: number;
}

/** Elements within a band of diagonals, zeros elsewhere: triangles and diagonals of matrices. */
export const bandPart: Operation<BandAttributes> = {
  name: "bandPart",
  label: "Tril",
  promotion: "none",
  infer: ([input], dtype) => [Layout.contiguous(dtype, input!.shape)],
  gradient: ({ grads, attributes, run }) => [run(bandPart, [grads[0]!], attributes)],
};

/** P A = L U with partial pivoting: both factors in one matrix, the rows exchanged (from 1), info. LAPACK's getrf. */
export const luFactor: Operation = {
  name: "luFactor",
  label: "LinalgLuFactorEx",
  promotion: "none",
  infer: ([input], dtype) => {
    const count = Math.min(rowsOf(input!), columnsOf(input!));
    return [
      Layout.contiguous(dtype, input!.shape),
      Layout.contiguous(int32, [...batchOf(input!), count]),
      Layout.contiguous(int32, batchOf(input!)),
    ];
  },
  saves: { outputs: [0, 1] },
  gradient: gradients.luFactor,
};

export interface PermutationAttributes {
  /** Rows of the matrix. */
  readonly rows: number;
  readonly dtype: DType;
}

/** The permutation P of A = P L U as a matrix, from the rows exchanged. */
export const permutationMatrix: Operation<PermutationAttributes> = {
  name: "permutationMatrix",
  label: "PermutationMatrix",
  promotion: "none",
  infer: ([pivots], _dtype, { rows, dtype }) => [
    Layout.contiguous(dtype, [...pivots!.shape.slice(0, -1), rows, rows]),
  ],
};

/** The inverse, and info. d(A^-1) = -A^-1 dA A^-1. */
export const inverse: Operation = {
  name: "inverse",
  label: "LinalgInvEx",
  promotion: "none",
  infer: ([input], dtype) => [
    Layout.contiguous(dtype, input!.shape),
    Layout.contiguous(int32, batchOf(input!)),
  ],
  saves: { outputs: [0] },
  gradient: ({ outputs, grads, run }) => {
    const transposed = adjoint(run, outputs[0]!);
    return [run(negative, [run(matmul, [transposed, run(matmul, [grads[0]!, transposed])])])];
  },
};

/** X with A X = B, and info for each matrix A. */
export const solve: Operation = {
  name: "solve",
  label: "LinalgSolveEx",
  promotion: "common",
  infer: ([a, b], dtype) => {
    const batch = broadcastShapes([batchOf(a!), batchOf(b!)])!;
    return [
      Layout.contiguous(dtype, [...batch, rowsOf(b!), columnsOf(b!)]),
      Layout.contiguous(int32, batchOf(a!)),
    ];
  },
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ inputs, outputs, grads, needs, run }) => {
    const flow = run(solve, [adjoint(run, inputs[0]!), grads[0]!]);
    return [
      needs(0) ? run(negative, [run(matmul, [flow, adjoint(run, outputs[0]!)])]) : undefined,
      needs(1) ? flow : undefined,
    ];
  },
};

export interface TriangleAttributes {
  readonly upper: boolean;
  /** Whether the diagonal is taken to be ones. */
  readonly unit: boolean;
}

/** X with T X = B, of a triangle T; what is beside it is not read. */
export const solveTriangular: Operation<TriangleAttributes> = {
  name: "solveTriangular",
  label: "LinalgSolveTriangular",
  promotion: "common",
  infer: ([a, b], dtype) => {
    const batch = broadcastShapes([batchOf(a!), batchOf(b!)])!;
    return [Layout.contiguous(dtype, [...batch, rowsOf(b!), columnsOf(b!)])];
  },
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ inputs, outputs, grads, needs, attributes: { upper, unit }, run }) => {
    const flow = run(solveTriangular, [adjoint(run, inputs[0]!), grads[0]!], { upper: !upper, unit });
    if (!needs(0)) return [undefined, flow];
    const whole = run(negative, [run(matmul, [flow, adjoint(run, outputs[0]!)])]);
    const edge = unit ? 1 : 0;
    const band = upper ? { low: edge, high: Infinity } : { low: -Infinity, high: -edge };
    return [run(bandPart, [whole], band), needs(1) ? flow : undefined];
  },
};

/** The lower factor L of A = L L^H, of which the lower triangle is read, and info. */
export const cholesky: Operation = {
  name: "cholesky",
  label: "LinalgCholeskyEx",
  promotion: "none",
  infer: ([input], dtype) => [
    Layout.contiguous(dtype, input!.shape),
    Layout.contiguous(int32, batchOf(input!)),
  ],
  saves: { outputs: [0] },
  gradient: gradients.cholesky,
};

export interface FactorAttributes {
  /** Whether the factor is U of A = U^H U; else L of A = L L^H. */
  readonly upper: boolean;
}

/** X with A X = B, of A's factor by Cholesky's method. */
export const choleskySolve: Operation<FactorAttributes> = {
  name: "choleskySolve",
  label: "CholeskySolve",
  promotion: "common",
  infer: ([b, factor], dtype) => {
    const batch = broadcastShapes([batchOf(b!), batchOf(factor!)])!;
    return [Layout.contiguous(dtype, [...batch, rowsOf(b!), columnsOf(b!)])];
  },
  saves: { inputs: [1], outputs: [0] },
  gradient: gradients.choleskySolve,
};

export interface QrAttributes {
  /** `r`: Q is empty. */
  readonly mode: "reduced" | "complete" | "r";
}

/** A = Q R with Householder's reflections, R's diagonal of either sign, as LAPACK gives it. */
export const qr: Operation<QrAttributes> = {
  name: "qr",
  label: "LinalgQr",
  promotion: "none",
  infer: ([input], dtype, { mode }) => {
    const [m, n] = [rowsOf(input!), columnsOf(input!)];
    const width = mode === "complete" ? m : Math.min(m, n);
    return [
      Layout.contiguous(dtype, mode === "r" ? [0] : [...batchOf(input!), m, width]),
      Layout.contiguous(dtype, [...batchOf(input!), width, n]),
    ];
  },
  saves: { outputs: [0, 1] },
  gradient: gradients.qr,
};

/** LAPACK's geqrf: R on and above the diagonal, Householder's vectors below it, and their factors. */
export const householder: Operation = {
  name: "householder",
  label: "Geqrf",
  promotion: "none",
  infer: ([input], dtype) => [
    Layout.contiguous(dtype, input!.shape),
    Layout.contiguous(dtype, [...batchOf(input!), Math.min(rowsOf(input!), columnsOf(input!))]),
  ],
};

export interface HermitianAttributes {
  /** Whether the upper triangle is read; else the lower. */
  readonly upper: boolean;
  /** Whether eigenvectors are computed; else that output is empty. */
  readonly vectors: boolean;
}

/** Eigenvalues in rising order and eigenvectors of Hermitian matrices, and info. */
export const eigh: Operation<HermitianAttributes> = {
  name: "eigh",
  label: "LinalgEigh",
  promotion: "none",
  infer: ([input], dtype, { vectors }) => [
    Layout.contiguous(realPart(dtype), input!.shape.slice(0, -1)),
    Layout.contiguous(dtype, vectors ? input!.shape : [0]),
    Layout.contiguous(int32, batchOf(input!)),
  ],
  saves: { outputs: [0, 1] },
  gradient: gradients.eigh,
};

export interface VectorsAttributes {
  /** Whether eigenvectors are computed; else that output is empty. */
  readonly vectors: boolean;
}

/** Eigenvalues and eigenvectors of square matrices, complex, and info. LAPACK's geev. */
export const eig: Operation<VectorsAttributes> = {
  name: "eig",
  label: "LinalgEig",
  promotion: "none",
  infer: ([input], dtype, { vectors }) => [
    Layout.contiguous(complexOf(dtype), input!.shape.slice(0, -1)),
    Layout.contiguous(complexOf(dtype), vectors ? input!.shape : [0]),
    Layout.contiguous(int32, batchOf(input!)),
  ],
  saves: { outputs: [0, 1] },
  gradient: gradients.eig,
};

export interface SvdAttributes {
  /** Whether U and V are square. */
  readonly full: boolean;
  /** Whether singular vectors are computed; else those outputs are empty. */
  readonly vectors: boolean;
}

/** A = U diag(S) V^H with S in falling order: U, S, V^H, and info. */
export const svd: Operation<SvdAttributes> = {
  name: "svd",
  label: "LinalgSvd",
  promotion: "none",
  infer: ([input], dtype, { full, vectors }) => {
    const [m, n] = [rowsOf(input!), columnsOf(input!)];
    const count = Math.min(m, n);
    const batch = batchOf(input!);
    return [
      Layout.contiguous(dtype, vectors ? [...batch, m, full ? m : count] : [0]),
      Layout.contiguous(realPart(dtype), [...batch, count]),
      Layout.contiguous(dtype, vectors ? [...batch, full ? n : count, n] : [0]),
      Layout.contiguous(int32, batch),
    ];
  },
  saves: { outputs: [0, 1, 2] },
  gradient: gradients.svd,
};

/** The determinant. Its gradient is the matrix of cofactors. */
export const determinant: Operation = {
  name: "determinant",
  label: "LinalgDet",
  promotion: "none",
  infer: ([input], dtype) => [Layout.contiguous(dtype, batchOf(input!))],
  saves: { inputs: [0] },
  gradient: ({ inputs, grads, run }) => [
    run(multiply, [gradients.asMatrices(run, grads[0]!), run(cofactors, [inputs[0]!])]),
  ],
};

/** conj(det A) A^-H, which there is for singular matrices too; its own gradient asks for an inverse. */
export const cofactors: Operation = {
  name: "cofactors",
  label: "Cofactors",
  promotion: "none",
  infer: ([input], dtype) => [Layout.contiguous(dtype, input!.shape)],
  saves: { inputs: [0] },
  gradient: gradients.cofactors,
};

/** Sign (of modulus 1) of the determinant, and the logarithm of its size. */
export const slogdet: Operation = {
  name: "slogdet",
  label: "LinalgSlogdet",
  promotion: "none",
  infer: ([input], dtype) => [
    Layout.contiguous(dtype, batchOf(input!)),
    Layout.contiguous(realPart(dtype), batchOf(input!)),
  ],
  saves: { inputs: [0], outputs: [0] },
  gradient: gradients.slogdet,
};

export interface PseudoInverseAttributes {
  /** Whether the matrices are Hermitian; then the lower triangle is read. */
  readonly hermitian: boolean;
}

/**
 * Moore and Penrose's inverse, and info. Singular values up to max(absolute, relative * the largest one) count as 0;
 * the second operand holds the absolute bounds, the third the relative ones, for each matrix.
 */
export const pseudoInverse: Operation<PseudoInverseAttributes> = {
  name: "pseudoInverse",
  label: "LinalgPinv",
  promotion: "none",
  infer: ([input, absolute, relative], dtype) => {
    const batch = broadcastShapes([batchOf(input!), absolute!.shape, relative!.shape])!;
    return [
      Layout.contiguous(dtype, [...batch, columnsOf(input!), rowsOf(input!)]),
      Layout.contiguous(int32, batch),
    ];
  },
  saves: { inputs: [0], outputs: [0] },
  gradient: gradients.pseudoInverse,
};

/** The exponential of square matrices. */
export const matrixExp: Operation = {
  name: "matrixExp",
  label: "LinalgMatrixExp",
  promotion: "none",
  infer: ([input], dtype) => [Layout.contiguous(dtype, input!.shape)],
  saves: { inputs: [0] },
  gradient: gradients.matrixExp,
};
