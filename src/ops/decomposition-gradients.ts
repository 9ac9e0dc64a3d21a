// Gradients of decompositions of matrices in terms of other operations, so that theirs follow. G is what flows in, H the
// adjoint. Sources: Murray, Differentiation of the Cholesky decomposition (2016); Roberts and Roberts, QR and LQ
// decomposition matrix backpropagation algorithms (2020); Wan and Zhang, Automatic differentiation for complex valued SVD
// (2019); Golub and Pereyra, The differentiation of pseudo-inverses (1973); Giles (2008); Al-Mohy and Higham (2009).

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { contiguousStrides, type Shape } from "../core/layout.ts";
import type { GradientContext, Run } from "../core/op.ts";
import { add, divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import * as ops from "./decompositions.ts";
import { concatenate } from "./join.ts";
import { matmul } from "./products.ts";
import { sum } from "./reductions.ts";
import { adjoint } from "./transposed.ts";
import { conjugate, negative, square } from "./unary.ts";
import { diagonalView, embedView, insertAxis, realView, slice } from "./views.ts";

type Context<Value extends Operand, Attributes = undefined> = GradientContext<Value, Attributes>;
type Gradients<Value> = readonly (Value | undefined)[];

/** Numbers as matrices of one element: two axes of length 1 behind the others. */
export function asMatrices<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return asColumn(run, asColumn(run, value));
}

/** Vectors as columns. */
function asColumn<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return run(insertAxis, [value], { axis: value.layout.rank });
}

/** Vectors as rows. */
function asRow<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return run(insertAxis, [value], { axis: value.layout.rank - 1 });
}

function product<Value extends Operand>(run: Run<Value>, ...factors: readonly Value[]): Value {
  return factors.reduce((left, right) => run(matmul, [left, right]));
}

function plus<Value extends Operand>(
  run: Run<Value>,
  a: Value | undefined,
  b: Value | undefined,
): Value | undefined {
  if (a === undefined || b === undefined) return a ?? b;
  return run(add, [a, b]);
}

function minus<Value extends Operand>(
  run: Run<Value>,
  a: Value | undefined,
  b: Value | undefined,
): Value | undefined {
  if (b === undefined) return a;
  return a === undefined ? run(negative, [b]) : run(subtract, [a, b]);
}

const lower = { low: Number.NEGATIVE_INFINITY, high: 0 } as const;
const strictlyLower = { low: Number.NEGATIVE_INFINITY, high: -1 } as const;
const upper = { low: 0, high: Number.POSITIVE_INFINITY } as const;
const onlyDiagonal = { low: 0, high: 0 } as const;

function band<Value extends Operand>(run: Run<Value>, value: Value, which: ops.BandAttributes): Value {
  return run(ops.bandPart, [value], which);
}

/** Ones on the diagonal of a matrix of the value's shape. */
function identityLike<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return band(run, run(add, [run(zerosLike, [value]), 1]), onlyDiagonal);
}

/** With the diagonal halved. */
function halvedDiagonal<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return run(subtract, [value, run(multiply, [band(run, value, onlyDiagonal), 0.5])]);
}

/** The first rows and columns. */
function corner<Value extends Operand>(run: Run<Value>, value: Value, rows: number, columns: number): Value {
  const { rank, shape } = value.layout;
  const tall =
    shape[rank - 2] === rows
      ? value
      : run(slice, [value], { axis: rank - 2, start: 0, step: 1, length: rows });
  if (shape[rank - 1] === columns) return tall;
  return run(slice, [tall], { axis: rank - 1, start: 0, step: 1, length: columns });
}

/** In the upper left corner of a larger matrix of zeros. */
function padded<Value extends Operand>(run: Run<Value>, value: Value, rows: number, columns: number): Value {
  const shape: Shape = [...value.layout.shape.slice(0, -2), rows, columns];
  return run(embedView, [value], { shape, strides: contiguousStrides(shape), offset: 0 });
}

/** Diagonal matrices of vectors. */
function diagonalMatrix<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const count = value.layout.shape.at(-1)!;
  const shape = [...value.layout.shape, count];
  const strides = [...contiguousStrides(shape).slice(0, -2), count + 1];
  return run(embedView, [value], { shape, strides, offset: 0 });
}

function diagonalOf<Value extends Operand>(run: Run<Value>, value: Value): Value {
  const { rank } = value.layout;
  return run(diagonalView, [value], { offset: 0, axis1: rank - 2, axis2: rank - 1 });
}

/** X T^-H for a triangle T. */
function overAdjoint<Value extends Operand>(
  run: Run<Value>,
  x: Value,
  triangle: Value,
  isUpper: boolean,
): Value {
  const turned = run(ops.solveTriangular, [triangle, adjoint(run, x)], { upper: isUpper, unit: false });
  return adjoint(run, turned);
}

/** A - A^H. */
function skew<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return run(subtract, [value, adjoint(run, value)]);
}

/** L^-H phi(L^H G) L^-1, phi symmetric from the lower triangle with half the diagonal. */
export function cholesky<Value extends Operand>({ outputs, grads, run }: Context<Value>): Gradients<Value> {
  const factor = outputs[0]!;
  const inner = band(run, product(run, adjoint(run, factor), grads[0]!), lower);
  const both = run(add, [inner, adjoint(run, band(run, inner, strictlyLower))]);
  const left = run(ops.solveTriangular, [adjoint(run, factor), run(multiply, [both, 0.5])], {
    upper: true,
    unit: false,
  });
  // X L^-1 = (L^-H X^H)^H
  const right = run(ops.solveTriangular, [adjoint(run, factor), adjoint(run, left)], {
    upper: true,
    unit: false,
  });
  return [adjoint(run, right)];
}

/** S = A^-1 G for B; for the factor L the common term C = S X^H + (S X^H)^H gives -C L, for an upper one -L C. */
export function choleskySolve<Value extends Operand>({
  inputs,
  outputs,
  grads,
  needs,
  attributes,
  run,
}: Context<Value, ops.FactorAttributes>): Gradients<Value> {
  const factor = inputs[1]!;
  const flow = run(ops.choleskySolve, [grads[0]!, factor], attributes);
  if (!needs(1)) return [flow, undefined];
  const half = product(run, flow, adjoint(run, outputs[0]!));
  const common = run(negative, [run(add, [half, adjoint(run, half)])]);
  const ofFactor = attributes.upper ? product(run, factor, common) : product(run, common, factor);
  return [needs(0) ? flow : undefined, ofFactor];
}

/** Of L and U in one matrix; the pivots are constants. */
export function luFactor<Value extends Operand>({ outputs, grads, run }: Context<Value>): Gradients<Value> {
  const [factors, pivots] = [outputs[0]!, outputs[1]!];
  const g = grads[0]!;
  const [m, n] = factors.layout.shape.slice(-2) as [number, number];
  const count = Math.min(m, n);
  const left = band(run, corner(run, factors, m, count), strictlyLower);
  const l = run(add, [left, identityLike(run, left)]);
  const u = band(run, corner(run, factors, count, n), upper);
  const gl = band(run, corner(run, g, m, count), strictlyLower);
  const gu = band(run, corner(run, g, count, n), upper);
  const inner = run(subtract, [product(run, gu, adjoint(run, u)), product(run, adjoint(run, l), gl)]);
  const solveLeft = (value: Value): Value =>
    run(ops.solveTriangular, [adjoint(run, corner(run, l, count, count)), value], {
      upper: true,
      unit: true,
    });
  const permutation = run(ops.permutationMatrix, [pivots], { rows: m, dtype: factors.layout.dtype });
  if (m >= n) {
    const above = padded(run, solveLeft(band(run, inner, upper)), m, n);
    return [product(run, permutation, overAdjoint(run, run(add, [gl, above]), u, true))];
  }
  const below = run(negative, [band(run, inner, strictlyLower)]);
  const beside = padded(run, overAdjoint(run, below, corner(run, u, m, m), true), m, n);
  return [product(run, permutation, solveLeft(run(add, [gu, beside])))];
}

/** Of Q and R; they follow from the matrix only where Q has no columns beyond the matrix's. */
export function qr<Value extends Operand>({
  outputs,
  grads,
  attributes: { mode },
  run,
}: Context<Value, ops.QrAttributes>): Gradients<Value> {
  const [q, r] = [outputs[0]!, outputs[1]!];
  const [gq, gr] = [grads[0], grads[1]];
  if (mode === "r") {
    throw new RuntimeError(
      "The derivative of linalg.qr depends on Q, which is not computed when mode='r'. Please use linalg.qr(A, " +
        "mode='reduced') if you are going to differentiate through linalg.qr.",
    );
  }
  const [m, n] = [q.layout.shape.at(-2)!, r.layout.shape.at(-1)!];
  if (mode === "complete" && m > n) {
    throw new RuntimeError(
      "The QR decomposition is not differentiable when mode='complete' and nrows > ncols.",
    );
  }
  const fromR = gr && product(run, gr, adjoint(run, r));
  const fromQ = gq && product(run, adjoint(run, q), gq);
  if (m >= n) {
    const inner = band(run, minus(run, fromR, fromQ)!, upper);
    const both = halvedDiagonal(run, run(add, [inner, adjoint(run, inner)]));
    return [overAdjoint(run, plus(run, gq, product(run, q, both))!, r, true)];
  }
  const inner = halvedDiagonal(run, band(run, skew(run, minus(run, fromQ, fromR)!), lower));
  const square = overAdjoint(run, product(run, q, inner), corner(run, r, m, m), true);
  return [plus(run, padded(run, square, m, n), gr && product(run, q, gr))];
}

/** Differences of values, column less row, with ones on the diagonal; and a mask without the diagonal. */
function gaps<Value extends Operand>(
  run: Run<Value>,
  values: Value,
): { readonly gap: Value; readonly mask: Value } {
  const apart = run(subtract, [asRow(run, values), asColumn(run, values)]);
  const identity = identityLike(run, apart);
  return { gap: run(add, [apart, identity]), mask: run(add, [run(negative, [identity]), 1]) };
}

/** V (diag(g) + skew(V^H G) / (2 E)) V^H with E[i, j] = w[j] - w[i]. */
export function eigh<Value extends Operand>({
  outputs,
  grads,
  attributes,
  run,
}: Context<Value, ops.HermitianAttributes>): Gradients<Value> {
  if (!attributes.vectors) {
    throw new RuntimeError(
      "eigh: the gradient of eigenvalues needs the eigenvectors, which were not computed",
    );
  }
  const [w, v] = [outputs[0]!, outputs[1]!];
  const [gw, gv] = [grads[0], grads[1]];
  const vh = adjoint(run, v);
  if (gv === undefined) return [product(run, run(multiply, [v, asRow(run, gw!)]), vh)];
  const { gap, mask } = gaps(run, w);
  const inner = run(divide, [
    run(multiply, [skew(run, product(run, vh, gv)), mask]),
    run(multiply, [gap, 2]),
  ]);
  return [product(run, v, plus(run, inner, gw && diagonalMatrix(run, gw))!, vh)];
}

/** V^-H (diag(g) + (V^H G - V^H V diag(Re(V^H G))) / conj(E)) V^H. */
export function eig<Value extends Operand>({
  outputs,
  grads,
  attributes,
  run,
}: Context<Value, ops.VectorsAttributes>): Gradients<Value> {
  if (!attributes.vectors) {
    throw new RuntimeError(
      "eig: the gradient of eigenvalues needs the eigenvectors, which were not computed",
    );
  }
  const [w, v] = [outputs[0]!, outputs[1]!];
  const [gw, gv] = [grads[0], grads[1]];
  const vh = adjoint(run, v);
  let inner = gw && diagonalMatrix(run, gw);
  if (gv !== undefined) {
    const along = product(run, vh, gv);
    const real = run(realView, [diagonalOf(run, along)]);
    const across = run(subtract, [along, product(run, vh, run(multiply, [v, asRow(run, real)]))]);
    const { gap, mask } = gaps(run, w);
    const between = run(divide, [run(multiply, [across, mask]), run(conjugate, [gap])]);
    inner = plus(run, between, inner);
  }
  return [run(ops.solve, [vh, product(run, inner!, vh)])];
}

/** Of U, S and V^H; vectors beyond the smaller side of the matrix count as constants. */
export function svd<Value extends Operand>({
  outputs,
  grads,
  attributes,
  run,
}: Context<Value, ops.SvdAttributes>): Gradients<Value> {
  if (!attributes.vectors) {
    throw new RuntimeError("svd: the gradient of singular values needs the vectors, which were not computed");
  }
  const s = outputs[1]!;
  const count = s.layout.shape.at(-1)!;
  const [m, n] = [outputs[0]!.layout.shape.at(-2)!, outputs[2]!.layout.shape.at(-1)!];
  const u = corner(run, outputs[0]!, m, count);
  const vh = corner(run, outputs[2]!, count, n);
  const gu = grads[0] && corner(run, grads[0], m, count);
  const gvh = grads[2] && corner(run, grads[2], count, n);
  const gs = grads[1];
  if (gu === undefined && gvh === undefined) return [product(run, run(multiply, [u, asRow(run, gs!)]), vh)];
  const fromU = gu && product(run, adjoint(run, u), gu);
  const fromV = gvh && product(run, vh, adjoint(run, gvh));
  const { gap, mask } = gaps(run, run(square, [s]));
  const between = (value: Value): Value => run(divide, [run(multiply, [skew(run, value), mask]), gap]);
  let inner = plus(
    run,
    fromU && run(multiply, [between(fromU), asRow(run, s)]),
    fromV && run(multiply, [asColumn(run, s), between(fromV)]),
  )!;
  if (fromU?.layout.dtype.kind === "complex") {
    const phase = diagonalOf(run, skew(run, fromU));
    const scaled = run(divide, [phase, run(multiply, [s, 2])]);
    inner = run(add, [inner, diagonalMatrix(run, scaled)]);
  }
  if (gs !== undefined) inner = run(add, [inner, diagonalMatrix(run, gs)]);
  if (m > count && gu !== undefined) {
    const outside = run(subtract, [gu, product(run, u, fromU!)]);
    return [product(run, run(add, [product(run, u, inner), run(divide, [outside, asRow(run, s)])]), vh)];
  }
  if (n > count && gvh !== undefined) {
    const outside = run(subtract, [gvh, product(run, product(run, gvh, adjoint(run, vh)), vh)]);
    return [product(run, u, run(add, [product(run, inner, vh), run(divide, [outside, asColumn(run, s)])]))];
  }
  return [product(run, u, inner, vh)];
}

/** conj(d) (conj(tr(X G)) X^H - X^H G^H X^H) with d the determinant and X the inverse. */
export function cofactors<Value extends Operand>({ inputs, grads, run }: Context<Value>): Gradients<Value> {
  const matrix = inputs[0]!;
  const g = grads[0]!;
  const x = run(ops.inverse, [matrix]);
  const xh = adjoint(run, x);
  const { rank } = matrix.layout;
  const trace = run(sum, [diagonalOf(run, product(run, x, g))], { axes: [rank - 2], keepdims: false });
  const along = run(multiply, [asMatrices(run, conjugated(run, trace)), xh]);
  const difference = run(subtract, [along, product(run, xh, adjoint(run, g), xh)]);
  const size = conjugated(run, run(ops.determinant, [matrix]));
  return [run(multiply, [asMatrices(run, size), difference])];
}

/** (g - i Im(conj(h) s)) A^-H, of the logarithm's gradient g and the sign's h. */
export function slogdet<Value extends Operand>({
  inputs,
  outputs,
  grads,
  run,
}: Context<Value>): Gradients<Value> {
  const matrix = inputs[0]!;
  let g = grads[1];
  if (grads[0] !== undefined && matrix.layout.dtype.kind === "complex") {
    const turned = run(multiply, [run(conjugate, [grads[0]]), outputs[0]!]);
    g = minus(run, g, run(subtract, [turned, run(realView, [turned])]));
  }
  if (g === undefined) return [run(zerosLike, [matrix])];
  return [run(multiply, [asMatrices(run, g), run(ops.inverse, [adjoint(run, matrix)])])];
}

/** -P^H G P^H + (I - A P) G^H P P^H + P^H P G^H (I - P A), of constant rank. */
export function pseudoInverse<Value extends Operand>({
  inputs,
  outputs,
  grads,
  run,
}: Context<Value, ops.PseudoInverseAttributes>): Gradients<Value> {
  const [a, p, g] = [inputs[0]!, outputs[0]!, grads[0]!];
  const [ph, gh] = [adjoint(run, p), adjoint(run, g)];
  const across = product(run, ph, g, ph);
  const left = product(run, gh, p, ph);
  const right = product(run, ph, product(run, p, gh));
  const outside = run(add, [
    run(subtract, [left, product(run, a, product(run, p, left))]),
    run(subtract, [right, product(run, product(run, right, p), a)]),
  ]);
  return [run(subtract, [outside, across]), undefined, undefined];
}

/** The upper right part of exp([[A^H, G], [0, A^H]]). */
export function matrixExp<Value extends Operand>({ inputs, grads, run }: Context<Value>): Gradients<Value> {
  const transposed = adjoint(run, inputs[0]!);
  const { rank, shape } = transposed.layout;
  const n = shape[rank - 1]!;
  const top = run(concatenate, [transposed, grads[0]!], { axis: rank - 1 });
  const bottom = run(concatenate, [run(zerosLike, [transposed]), transposed], { axis: rank - 1 });
  const whole = run(ops.matrixExp, [run(concatenate, [top, bottom], { axis: rank - 2 })]);
  const upperHalf = run(slice, [whole], { axis: rank - 2, start: 0, step: 1, length: n });
  return [run(slice, [upperHalf], { axis: rank - 1, start: n, step: 1, length: n })];
}
