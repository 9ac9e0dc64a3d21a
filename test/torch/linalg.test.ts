// torch.linalg beyond the recorded cases: complex matrices, eigenvalues of any matrix, results by name, writes in place,
// and PyTorch's words for what it refuses (asked of torch 2.13).

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;

const { linalg } = torch;

function drawn(shape: readonly number[], isComplex: boolean, seed = 3): Tensor {
  torch.manualSeed(seed);
  const part = (): Tensor => torch.randn(shape, { dtype: torch.float64 });
  return (isComplex ? torch.complex(part(), part()) : part()).requiresGrad_(true);
}

/** A positive definite matrix of any. */
function definite(matrix: Tensor): Tensor {
  return matrix.matmul(matrix.mH).add(torch.eye(matrix.shape.at(-1)!, { dtype: matrix.dtype }));
}

const functions: Readonly<Record<string, (a: Tensor, b: Tensor) => readonly Tensor[]>> = {
  inv: (a) => [linalg.inv(a)],
  det: (a) => [linalg.det(a)],
  slogdet: (a) => [linalg.slogdet(a).logabsdet, linalg.slogdet(a).sign],
  logdet: (a) => [torch.logdet(definite(a))],
  solve: (a, b) => [linalg.solve(a, b), linalg.solve(a, b, { left: false })],
  cholesky: (a) => [linalg.cholesky(definite(a)), linalg.cholesky(definite(a), { upper: true })],
  "solving with triangles": (a, b) => [
    linalg.solveTriangular(a, b, { upper: true }),
    linalg.solveTriangular(a, b, { upper: false, unitriangular: true, left: false }),
    torch.triangularSolve(b, a, { transpose: true }).solution,
    torch.choleskySolve(b, a.tril()),
  ],
  lu: (a) => linalg.lu(a).slice(1),
  luSolve: (a, b) => {
    const [LU, pivots] = linalg.luFactor(a);
    return [linalg.luSolve(LU, pivots, b), linalg.luSolve(LU, pivots, b, { adjoint: true, left: false })];
  },
  qr: (a) => [...linalg.qr(a), ...linalg.qr(a.narrow(-2, 0, 2)), ...linalg.qr(a.narrow(-1, 0, 2))],
  svd: (a) => {
    const { U, S, Vh } = linalg.svd(a.narrow(-2, 0, 2), false);
    return [U.abs(), S, Vh.abs(), linalg.svdvals(a)];
  },
  eigh: (a) => {
    const { eigenvalues, eigenvectors } = linalg.eigh(a.add(a.mH));
    return [eigenvalues, eigenvectors.abs()];
  },
  eig: (a) => {
    const { eigenvalues, eigenvectors } = linalg.eig(a);
    return [eigenvalues, eigenvectors.abs(), linalg.eigvals(a)];
  },
  pinv: (a) => [linalg.pinv(a.narrow(-1, 0, 2)), linalg.pinv(a.add(a.mH), { hermitian: true })],
  matrixExp: (a) => [linalg.matrixExp(a)],
  norms: (a) => [
    linalg.matrixNorm(a, "nuc"),
    linalg.matrixNorm(a, 2),
    linalg.vectorNorm(a, 3),
    linalg.cond(a),
  ],
};

for (const [name, compute] of Object.entries(functions)) {
  for (const isComplex of [false, true]) {
    test(`${name} of ${isComplex ? "complex" : "real"} matrices: gradients and theirs`, () => {
      const inputs = [drawn([3, 3], isComplex), drawn([3, 3], isComplex, 4)].slice(0, compute.length);
      const run = (a: Tensor, b: Tensor): Tensor[] => [...compute(a, b)];
      assert.ok(torch.autograd.gradcheck(run as never, inputs));
      if (!isComplex || name !== "eig") assert.ok(torch.autograd.gradgradcheck(run as never, inputs));
    });
  }
}

test("the gradient of a determinant is there for singular matrices", () => {
  const matrix = torch
    .tensor(
      [
        [1, 2, 3],
        [2, 4, 6],
        [1, 0, 1],
      ],
      { dtype: torch.float64 },
    )
    .requiresGrad_(true);
  linalg.det(matrix).backward();
  const cofactors = [4, 4, -4, -2, -2, 2, 0, 0, 0];
  (matrix.grad!.flatten().tolist() as number[]).forEach((value, i) => {
    assert.ok(Math.abs(value - cofactors[i]!) < 1e-12);
  });
});

test("results are named and in order, and half types are refused or computed in float32", () => {
  const matrix = torch.tensor(
    [
      [4, 1],
      [1, 3],
    ],
    { dtype: torch.float32 },
  );
  const { L, info } = linalg.choleskyEx(matrix);
  assert.equal(L.dtype, torch.float32);
  assert.deepEqual([info.item(), info.dtype], [0, torch.int32]);
  const [P, lower, U] = linalg.lu(matrix);
  assert.ok((torch.dist(P.matmul(lower).matmul(U), matrix).item() as number) < 1e-6);
  assert.equal(torch.lu(matrix, true, true).length, 3);
  const { solution, residuals, rank, singularValues } = linalg.lstsq(matrix, torch.ones([2, 1]), {
    driver: "gelsd",
  });
  assert.deepEqual(
    [solution.shape, residuals.shape, rank.item(), singularValues.shape],
    [[2, 1], [0], 2, [2]],
  );
  assert.equal(torch.matrixExp(matrix.half()).dtype, torch.float16);
  assert.equal(String(linalg.inv(matrix.clone().requiresGrad_(true)).gradFn), "<LinalgInvExBackward0>");
});

test("reflections: their product, and products with it, are those of the QR decomposition", () => {
  for (const isComplex of [false, true]) {
    const matrix = drawn([4, 3], isComplex).detach();
    const { a, tau } = torch.geqrf(matrix);
    const { Q, R } = linalg.qr(matrix, "complete");
    const close = (x: Tensor, y: Tensor): void => {
      assert.ok((torch.dist(x, y).item() as number) < 1e-12);
    };
    close(a.triu(), R);
    close(torch.orgqr(a, tau), Q.narrow(1, 0, 3));
    close(linalg.householderProduct(a, tau), Q.narrow(1, 0, 3));
    const [tall, wideOne] = [drawn([4, 2], isComplex, 5).detach(), drawn([2, 4], isComplex, 6).detach()];
    close(torch.ormqr(a, tau, tall), Q.matmul(tall));
    close(torch.ormqr(a, tau, tall, true, true), Q.mH.matmul(tall));
    close(torch.ormqr(a, tau, wideOne, { left: false }), wideOne.matmul(Q));
    close(torch.ormqr(a, tau, wideOne, false, true), wideOne.matmul(Q.mH));
    const inputs = [a, tau].map((each) => each.clone().requiresGrad_(true));
    assert.ok(torch.autograd.gradcheck(linalg.householderProduct as never, inputs));
  }
});

test("powers of a vector", () => {
  const x = torch.tensor([1, 2, 3]);
  assert.deepEqual(torch.vander(x).tolist(), [
    [1, 1, 1],
    [4, 2, 1],
    [9, 3, 1],
  ]);
  assert.deepEqual(torch.vander(x, 2, true).tolist(), [
    [1, 1],
    [1, 2],
    [1, 3],
  ]);
  assert.deepEqual(torch.vander(x, { N: 0 }).shape, [3, 0]);
});

test("products are added in place, into views too", () => {
  const whole = torch.zeros([3, 3]);
  const part = whole.narrow(0, 1, 2);
  part.addmm_(torch.ones([2, 2]), torch.ones([2, 3]), { alpha: 2 });
  assert.deepEqual(whole.tolist(), [
    [0, 0, 0],
    [4, 4, 4],
    [4, 4, 4],
  ]);
  const leaf = torch.ones([2, 2]).requiresGrad_(true);
  const value = leaf.mul(3);
  value.addmm_(value.detach().clone(), leaf, { beta: 2 });
  value.sum().backward();
  assert.deepEqual(leaf.grad!.tolist(), [
    [12, 12],
    [12, 12],
  ]);
  assert.deepEqual(
    torch
      .zeros([1])
      .addbmm_(torch.ones([2, 1, 1]), torch.ones([2, 1, 2]))
      .tolist(),
    [[2, 2]],
  );
});

const zeros = torch.zeros([3, 3]);
const one = torch.eye(3);
const vector = torch.zeros([3]);
const wide = torch.zeros([3, 4]);
const whole = torch.eye(3, { dtype: torch.int64 });
const half = torch.eye(3, { dtype: torch.float16 });
const unknown = torch.full([3, 3], Number.NaN);

const refusals: readonly (readonly [call: () => unknown, message: string, name?: string])[] = [
  [() => linalg.inv(vector), "linalg.inv: The input tensor A must have at least 2 dimensions."],
  [() => linalg.inv(wide), "linalg.inv: A must be batches of square matrices, but they are 3 by 4 matrices"],
  [() => linalg.inv(whole), "linalg.inv: Expected a floating point or complex tensor as input. Got Long"],
  [() => linalg.inv(half), "linalg.inv: Low precision dtypes not supported. Got Half"],
  [
    () => linalg.inv(zeros),
    "linalg.inv: The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular.",
    "_LinAlgError",
  ],
  [
    () => linalg.inv(torch.stack([one, zeros])),
    "linalg.inv: (Batch element 1): The diagonal element 1 is zero, the inversion could not be completed because the input matrix is singular.",
    "_LinAlgError",
  ],
  [
    () => linalg.cholesky(one.neg()),
    "linalg.cholesky: The factorization could not be completed because the input is not positive-definite (the leading minor of order 1 is not positive-definite).",
    "_LinAlgError",
  ],
  [() => linalg.cholesky(half), "\"cholesky_cpu\" not implemented for 'Half'", "NotImplementedError"],
  [
    () => linalg.solve(zeros, vector),
    "torch.linalg.solve: The solver failed because the input matrix is singular.",
    "_LinAlgError",
  ],
  [
    () => linalg.solve(one, wide.T),
    "linalg.solve: Incompatible shapes of A and B for the equation AX = B (3x3 and 4x3)",
  ],
  [
    () => linalg.svd(unknown),
    "linalg.svd: The algorithm failed to converge because the input matrix contained non-finite values.",
    "_LinAlgError",
  ],
  [() => linalg.eig(unknown), "torch.linalg.eig: input tensor should not contain infs or NaNs."],
  [() => linalg.eigh(one, "X"), "Expected UPLO argument to be 'L' or 'U', but got X"],
  [
    () => linalg.qr(one, "x"),
    "qr received unrecognized mode 'x' but expected one of 'reduced' (default), 'r', or 'complete'",
  ],
  [() => linalg.matrixNorm(one, 3), "linalg.matrix_norm: Order 3 not supported."],
  [
    () => linalg.vectorNorm(torch.zeros([0]), Number.POSITIVE_INFINITY),
    "linalg.vector_norm cannot compute the inf norm on an empty tensor because the operation does not have an identity",
  ],
  [
    () => linalg.norm(torch.zeros([2, 2, 2]), 2),
    "linalg.norm: If dim is not specified but ord is, the input must be 1D or 2D. Got 3D.",
  ],
  [
    () => linalg.luFactor(one, { pivot: false }),
    "linalg.lu_factor: LU without pivoting is not implemented on the CPU",
  ],
  [() => torch.cdist(one, wide), "X1 and X2 must have the same number of columns. X1: 3 X2: 4"],
  [
    () => torch.zeros([1]).addmm_(one, wide),
    "Bad in-place call: input tensor size [1] and output tensor size [3, 4] should match",
  ],
  [
    () => vector.addmm_(one, wide),
    "Bad in-place call: input tensor size [3] and output tensor size [3, 4] should match",
  ],
  [() => torch.zeros([3]).addmm_(one, wide.T), "mat1 and mat2 shapes cannot be multiplied (3x3 and 4x3)"],
];

test("what PyTorch refuses is refused in its words", () => {
  for (const [call, message, name = "RuntimeError"] of refusals) {
    assert.throws(call, { message, name });
  }
});
