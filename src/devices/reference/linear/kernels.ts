// Kernels of the operations of `src/ops/decompositions.ts`: one matrix after another, in double precision.

import type { Operand } from "../../../core/elements.ts";
import type { Kernel } from "../../../core/op.ts";
import type * as operations from "../../../ops/decompositions.ts";
import { clear, moveElements } from "../move.ts";
import {
  batchOf,
  readMatrix,
  readNumber,
  startsOf,
  writeMatrix,
  writeNumber,
  writeVector,
} from "./batches.ts";
import { cofactors, determinant, signAndLog } from "./determinant.ts";
import { exponential } from "./exponential.ts";
import { factorCholesky, factorLu, inverted, solveInPlace, substitute } from "./factor.ts";
import { hermitianEigen } from "./hermitian.ts";
import { realEigen } from "./real-schur.ts";
import { factorQr, reflections } from "./reflect.ts";
import {
  adjointRows,
  areFinite,
  copyRows,
  multiplyRows,
  type Rows,
  scaleRun,
  transposedRows,
} from "./rows.ts";
import { complexEigen, type Eigen } from "./schur.ts";
import { type Singular, singular } from "./singular.ts";

/** Where the matrices of a kernel's operands begin, for each place of the batch. */
function places(
  operands: readonly Operand[],
  coreRanks: readonly number[],
  leader: number,
  visit: (starts: readonly number[]) => void,
): void {
  const batch = batchOf(operands[leader]!, coreRanks[leader]!);
  const all = operands.map((operand, i) => startsOf(operand, coreRanks[i]!, batch));
  const count = all[leader]!.length;
  for (let i = 0; i < count; i++) visit(all.map((starts) => starts[i]!));
}

const unknown = (matrix: Rows): void => {
  matrix.re.fill(Number.NaN);
  matrix.im?.fill(Number.NaN);
};

const bandPart: Kernel<operations.BandAttributes> = ([input], [output], { low, high }) => {
  clear(output!);
  moveElements(input!, output!);
  const { layout, storage } = output!;
  const { rank, shape, strides, dtype } = layout;
  const words = storage.view(dtype) as Float64Array;
  const zero = (dtype.compute === "big" ? 0n : 0) as number;
  places([output!], [2], 0, ([start]) => {
    for (let i = 0; i < shape[rank - 2]!; i++) {
      for (let j = 0; j < shape[rank - 1]!; j++) {
        if (j - i >= low && j - i <= high) continue;
        const at = (start! + i * strides[rank - 2]! + j * strides[rank - 1]!) * dtype.lanes;
        for (let lane = 0; lane < dtype.lanes; lane++) words[at + lane] = zero;
      }
    }
  });
};

const luFactor: Kernel<undefined> = ([input], [factors, pivots, info]) => {
  places([input!, factors!, pivots!, info!], [2, 2, 1, 0], 0, ([from, to, pivotsAt, infoAt]) => {
    const matrix = readMatrix(input!, from!);
    const exchanged = new Int32Array(Math.min(matrix.rows, matrix.columns));
    writeNumber(info!, infoAt!, factorLu(matrix, exchanged));
    writeMatrix(factors!, to!, matrix);
    writeVector(
      pivots!,
      pivotsAt!,
      exchanged.map((pivot) => pivot + 1),
    );
  });
};

const permutationMatrix: Kernel<operations.PermutationAttributes> = ([pivots], [output], { rows }) => {
  clear(output!);
  const { strides, rank } = output!.layout;
  const step = pivots!.layout.strides.at(-1)!;
  const count = pivots!.layout.shape.at(-1)!;
  places([pivots!, output!], [1, 2], 0, ([from, to]) => {
    const order = Array.from({ length: rows }, (_, i) => i);
    for (let i = 0; i < count; i++) {
      const pivot = readNumber(pivots!, from! + i * step) - 1;
      [order[i], order[pivot]] = [order[pivot]!, order[i]!];
    }
    order.forEach((row, column) => {
      writeNumber(output!, to! + row * strides[rank - 2]! + column * strides[rank - 1]!, 1);
    });
  });
};

const inverse: Kernel<undefined> = ([input], [output, info]) => {
  places([input!, output!, info!], [2, 2, 0], 0, ([from, to, infoAt]) => {
    const found = inverted(readMatrix(input!, from!));
    if (found.info !== 0) unknown(found.inverse);
    writeNumber(info!, infoAt!, found.info);
    writeMatrix(output!, to!, found.inverse);
  });
};

const solve: Kernel<undefined> = ([a, b], [output, info]) => {
  places([a!, b!, output!, info!], [2, 2, 2, 0], 2, ([aAt, bAt, to, infoAt]) => {
    const x = readMatrix(b!, bAt!);
    const found = solveInPlace(readMatrix(a!, aAt!), x);
    if (found !== 0) unknown(x);
    writeNumber(info!, infoAt!, found);
    writeMatrix(output!, to!, x);
  });
};

const solveTriangular: Kernel<operations.TriangleAttributes> = ([a, b], [output], triangle) => {
  places([a!, b!, output!], [2, 2, 2], 2, ([aAt, bAt, to]) => {
    const x = readMatrix(b!, bAt!);
    substitute(readMatrix(a!, aAt!), x, triangle);
    writeMatrix(output!, to!, x);
  });
};

const cholesky: Kernel<undefined> = ([input], [output, info]) => {
  places([input!, output!, info!], [2, 2, 0], 0, ([from, to, infoAt]) => {
    const matrix = readMatrix(input!, from!);
    writeNumber(info!, infoAt!, factorCholesky(matrix));
    writeMatrix(output!, to!, matrix);
  });
};

const choleskySolve: Kernel<operations.FactorAttributes> = ([b, factor], [output], { upper }) => {
  places([b!, factor!, output!], [2, 2, 2], 2, ([bAt, factorAt, to]) => {
    const x = readMatrix(b!, bAt!);
    const given = readMatrix(factor!, factorAt!);
    const turned = adjointRows(given);
    substitute(upper ? turned : given, x, { upper: false, unit: false });
    substitute(upper ? given : turned, x, { upper: true, unit: false });
    writeMatrix(output!, to!, x);
  });
};

const qr: Kernel<operations.QrAttributes> = ([input], [q, r], { mode }) => {
  const width = r!.layout.shape.at(-2)!;
  if (mode === "r") {
    places([input!, r!], [2, 2], 0, ([from, to]) =>
      writeMatrix(r!, to!, factorQr(readMatrix(input!, from!), width, false).r),
    );
    return;
  }
  places([input!, q!, r!], [2, 2, 2], 0, ([from, qAt, rAt]) => {
    const factors = factorQr(readMatrix(input!, from!), width, true);
    writeMatrix(q!, qAt!, factors.q!);
    writeMatrix(r!, rAt!, factors.r);
  });
};

/** The matrix whose lower (or upper) triangle is given, by columns. */
function hermitianColumns(operand: Operand, start: number, isUpper: boolean): Rows {
  // Rows of the transposed matrix are columns. Its own triangle is mirrored into the other.
  const columns = readMatrix(operand, start, true);
  const n = columns.rows;
  for (let i = 0; i < n; i++) {
    if (columns.im !== undefined) columns.im[i * n + i] = 0;
    for (let j = 0; j < i; j++) {
      // In columns, element (row, column) of the matrix stands at column * n + row.
      const [below, above] = [j * n + i, i * n + j];
      const [from, to] = isUpper ? [above, below] : [below, above];
      columns.re[to] = columns.re[from]!;
      if (columns.im !== undefined) columns.im[to] = -columns.im[from]!;
    }
  }
  return columns;
}

const householder: Kernel<undefined> = ([input], [factors, taus]) => {
  places([input!, factors!, taus!], [2, 2, 1], 0, ([from, to, tausAt]) => {
    const { columns, taus: found } = reflections(readMatrix(input!, from!));
    writeMatrix(factors!, to!, transposedRows(columns));
    writeVector(
      taus!,
      tausAt!,
      found.map(({ re }) => re),
      found.map(({ im }) => im),
    );
  });
};

const eigh: Kernel<operations.HermitianAttributes> = (
  [input],
  [values, vectors, info],
  { upper, vectors: wantsVectors },
) => {
  const operands = wantsVectors ? [input!, values!, info!, vectors!] : [input!, values!, info!];
  places(operands, [2, 1, 0, 2], 0, ([from, valuesAt, infoAt, vectorsAt]) => {
    const found = hermitianEigen(hermitianColumns(input!, from!, upper), wantsVectors);
    writeNumber(info!, infoAt!, found.converged ? 0 : 1);
    writeVector(values!, valuesAt!, found.values);
    if (found.vectors !== undefined) writeMatrix(vectors!, vectorsAt!, transposedRows(found.vectors));
  });
};

const eig: Kernel<operations.VectorsAttributes> = ([input], [values, vectors, info], attributes) => {
  const operands = attributes.vectors ? [input!, values!, info!, vectors!] : [input!, values!, info!];
  places(operands, [2, 1, 0, 2], 0, ([from, valuesAt, infoAt, vectorsAt]) => {
    const matrix = readMatrix(input!, from!);
    const eigen = matrix.im === undefined ? realEigen : complexEigen;
    const found: Eigen = areFinite(matrix)
      ? eigen(matrix, attributes.vectors)
      : {
          values: { re: new Float64Array(0), im: new Float64Array(0) },
          vectors: undefined,
          converged: false,
        };
    writeNumber(info!, infoAt!, found.converged ? 0 : 1);
    writeVector(values!, valuesAt!, found.values.re, found.values.im);
    if (found.vectors !== undefined) writeMatrix(vectors!, vectorsAt!, transposedRows(found.vectors));
  });
};

const svd: Kernel<operations.SvdAttributes> = ([input], [u, values, vh, info], { full, vectors }) => {
  const operands = vectors ? [input!, values!, info!, u!, vh!] : [input!, values!, info!];
  places(operands, [2, 1, 0, 2, 2], 0, ([from, valuesAt, infoAt, uAt, vhAt]) => {
    const matrix = readMatrix(input!, from!);
    const hasValues = areFinite(matrix);
    writeNumber(info!, infoAt!, hasValues ? 0 : 1);
    if (!hasValues) return;
    const found = singular(matrix, vectors, full);
    writeVector(values!, valuesAt!, found.values);
    if (!vectors) return;
    writeMatrix(u!, uAt!, found.u!);
    writeMatrix(vh!, vhAt!, found.vh!);
  });
};

const determinantKernel: Kernel<undefined> = ([input], [output]) => {
  places([input!, output!], [2, 0], 0, ([from, to]) => {
    const { re, im } = determinant(readMatrix(input!, from!));
    writeNumber(output!, to!, re, im);
  });
};

const cofactorsKernel: Kernel<undefined> = ([input], [output]) => {
  places([input!, output!], [2, 2], 0, ([from, to]) => {
    const matrix = readMatrix(input!, from!);
    if (areFinite(matrix)) writeMatrix(output!, to!, cofactors(matrix));
    else {
      unknown(matrix);
      writeMatrix(output!, to!, matrix);
    }
  });
};

const slogdet: Kernel<undefined> = ([input], [sign, log]) => {
  places([input!, sign!, log!], [2, 0, 0], 0, ([from, signAt, logAt]) => {
    const found = signAndLog(readMatrix(input!, from!));
    writeNumber(sign!, signAt!, found.sign.re, found.sign.im);
    writeNumber(log!, logAt!, found.log);
  });
};

/** A Hermitian matrix as if by singular values: sizes of eigenvalues, the signs beside U. */
function hermitianSingular(operand: Operand, start: number): Singular | undefined {
  const { values, vectors, converged } = hermitianEigen(hermitianColumns(operand, start, false), true);
  if (!converged) return undefined;
  const n = values.length;
  const signed = copyRows(vectors!);
  values.forEach((value, row) => {
    if (value < 0) scaleRun(signed, row * n, n, -1, 0);
  });
  return {
    u: transposedRows(signed),
    values: values.map(Math.abs),
    vh: adjointRows(transposedRows(vectors!)),
  };
}

const pseudoInverse: Kernel<operations.PseudoInverseAttributes> = (
  [input, absolute, relative],
  [output, info],
  { hermitian },
) => {
  const operands = [input!, absolute!, relative!, output!, info!];
  places(operands, [2, 0, 0, 2, 0], 3, ([from, absoluteAt, relativeAt, to, infoAt]) => {
    const matrix = readMatrix(input!, from!);
    const found = !areFinite(matrix)
      ? undefined
      : hermitian
        ? hermitianSingular(input!, from!)
        : singular(matrix, true, false);
    writeNumber(info!, infoAt!, found === undefined ? 1 : 0);
    if (found === undefined) return;
    const largest = found.values.reduce((a, b) => Math.max(a, b), 0);
    const bound = Math.max(readNumber(absolute!, absoluteAt!), readNumber(relative!, relativeAt!) * largest);
    const scaled = copyRows(found.vh!);
    found.values.forEach((value, row) => {
      scaleRun(scaled, row * scaled.columns, scaled.columns, value > bound ? 1 / value : 0, 0);
    });
    writeMatrix(output!, to!, multiplyRows(adjointRows(scaled), adjointRows(found.u!)));
  });
};

const matrixExp: Kernel<undefined> = ([input], [output]) => {
  places([input!, output!], [2, 2], 0, ([from, to]) =>
    writeMatrix(output!, to!, exponential(readMatrix(input!, from!))),
  );
};

const table = {
  bandPart,
  cholesky,
  choleskySolve,
  cofactors: cofactorsKernel,
  determinant: determinantKernel,
  eig,
  eigh,
  householder,
  inverse,
  luFactor,
  matrixExp,
  permutationMatrix,
  pseudoInverse,
  qr,
  slogdet,
  solve,
  solveTriangular,
  svd,
};

/** Kernels of the operations of `src/ops/decompositions.ts`. */
export const decompositions: { readonly [Name in keyof typeof operations]: Kernel<never> } = table;
