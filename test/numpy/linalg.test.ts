// numpy.linalg against values that NumPy 2.4 gave: types, shapes and numbers, and its words for what it refuses.

import assert from "node:assert/strict";
import { test } from "node:test";
import { elements, toComplex } from "../../src/core/elements.ts";
import type { NDArray } from "../../src/numpy/index.ts";
import * as np from "../../src/numpy/index.ts";

const L = np.linalg;

const A = np.array([1.79, 0.44, 0.1, -1.86, -0.28, -0.35, -0.08, -0.63, -0.04]).reshape(3, 3);
const B = np
  .array([
    -0.48, -1.31, 0.88, 0.88, 1.71, 0.05, -0.4, -0.55, -1.55, 0.98, -1.1, -1.19, -0.21, 1.49, 0.24, -1.02,
    -0.71, 0.63,
  ])
  .reshape(2, 3, 3);
const C = np
  .array([
    { re: -0.16, im: -0.92 },
    { re: -0.77, im: -1.02 },
    { re: -0.23, im: 1.12 },
    { re: 0.75, im: -0.13 },
    { re: 1.98, im: -1.62 },
    { re: -1.24, im: 0.65 },
    { re: -0.63, im: -0.36 },
    { re: -0.8, im: -1.74 },
    { re: -2.42, im: -0.6 },
  ])
  .reshape(3, 3);
const T = np
  .array([-0.59, -0.87, 0.03, -2.25, -0.27, 1.01, 0.85, 1.11, 1.12, 1.49, -1.12, 0.85])
  .reshape(4, 3);
const W = np.array([-1.86, -0.6, -1.91, 1.05, 1.33, -0.2, 1.77, -0.67]).reshape(2, 4);
const b = np.array([0.15, 0.15, -1.06]).reshape(3);
const M = np.array([0.44, 1.94, -1.02, 0.9, -0.15, 1.77]).reshape(3, 2);
const S = np
  .array([4.4077, -3.4876, -0.4244, -3.4876, 4.6605, 0.3392, -0.4244, 0.3392, 1.4049])
  .reshape(3, 3);
const H = np
  .array([
    { re: 4.8126, im: 0 },
    { re: 1.1406, im: -5.2171 },
    { re: 2.7074, im: -2.8502 },
    { re: 1.1406, im: 5.2171 },
    { re: 10.0843, im: 0 },
    { re: 3.4199, im: 2.7761 },
    { re: 2.7074, im: 2.8502 },
    { re: 3.4199, im: -2.7761 },
    { re: 11.4105, im: 0 },
  ])
  .reshape(3, 3);
const F = A.astype("float32");
const I = np.array([2, 1, 0, 1, 3, 1, 0, 1, 4]).reshape(3, 3);
const D = np.array([1, 2, 1, 2, 4, 2, 3, 6, 3]).reshape(3, 3).astype("float64");
const P = np
  .array([
    0.48, 0.68, 0.64, 0.25, -1.4, 1.39, -1.37, 0.24, 0.61, -0.84, 0.15, 1.17, -0.02, -0.89, -2.92, -0.97,
    -0.59, -0.52, -0.96, 0.38, -0.57, -0.11, 0.68, -0.86, -0.3, 2.16, 0.87, -1.29, -0.08, 0.56, 1.23, 0.15,
    -0.53, -0.73, 0.65, 0.31,
  ])
  .reshape(2, 3, 6);
const Q = np.array([-0.52, -0.19, -0.42, 0.72, -0.69, 0.49]).reshape(2, 3);
const r4 = np.array([0.85, 0.49, -0.83, 1.34]).reshape(4);
const M2 = np.array([-0.68, 0.43, -0.75, -1.74, 0.23, 0.29]).reshape(2, 3);

/** A call and, for each of its results, type, shape and elements. */
const table: readonly (readonly [call: () => unknown, expected: readonly string[]])[] = [
  [
    () => L.inv(A),
    [
      "float64 (3,3) 0.7471718 0.1620717 0.4498024 0.1656415 0.2270431 -1.572523 -4.103198 -3.900072 -1.13236",
    ],
  ],
  [
    () => L.inv(B),
    [
      "float64 (2,3,3) 8.055897 7.722666 4.822789 -4.127764 -3.366093 -2.452088 -0.6142506 -0.7985258 -1.019656 -1.430501 -1.98356 -1.946415 0.1451008 0.7692278 -0.01895984 -2.152522 -2.344571 -1.585404",
    ],
  ],
  [
    () => L.inv(C),
    [
      "complex128 (3,3) -0.2201068+1.379j -0.5296103-0.3232569j -0.2930394-0.1368901j 0.1777886-0.47902j 0.4575505+0.2703667j -0.07014592+0.1295614j -0.2016758-0.2457281j 0.06556734-0.2716777j -0.2067189+0.1380872j",
    ],
  ],
  [
    () => L.inv(F),
    [
      "float32 (3,3) 0.7471718 0.1620717 0.4498024 0.1656415 0.2270431 -1.572523 -4.103198 -3.900073 -1.13236",
    ],
  ],
  [
    () => L.inv(I),
    [
      "float64 (3,3) 0.6111111 -0.2222222 0.05555556 -0.2222222 0.4444444 -0.1111111 0.05555556 -0.1111111 0.2777778",
    ],
  ],
  [() => L.det(B), ["float64 (2) -0.3256 -0.775323"]],
  [() => L.det(I), ["float64 () 18"]],
  [() => L.slogdet(B), ["float64 (2) -1 -1", "float64 (2) -1.122086 -0.2544756"]],
  [() => L.slogdet(C), ["complex128 () 0.2919017+0.9564483j", "float64 () 1.740772"]],
  [() => L.solve(A, b), ["float64 (3) -0.340404 1.725778 -0.0001892026"]],
  [
    () => L.solve(B, M),
    [
      "float64 (2,3,2) -5.055943 31.11518 1.985012 -15.37754 0.6971744 -3.715111 1.685774 -8.005529 -0.717924 0.9402417 1.682163 -9.092172",
    ],
  ],
  [() => L.cholesky(S), ["float64 (3,3) 2.099452 0 0 -1.661195 1.378742 0 -0.202148 0.002460786 1.167917"]],
  [
    () => L.cholesky(H),
    [
      "complex128 (3,3) 2.193764+0j 0+0j 0+0j 0.5199283+2.37815j 2.03921+0j 0+0j 1.234135+1.299228j -0.1527658-0.253357j 2.848138+0j",
    ],
  ],
  [
    () => L.cholesky(H, { upper: true }),
    [
      "complex128 (3,3) 2.193764+0j 0.5199283-2.37815j 1.234135-1.299228j 0+0j 2.03921+0j -0.1527658+0.253357j 0+0j 0+0j 2.848138+0j",
    ],
  ],
  [
    () => L.qr(T),
    [
      "float64 (4,3) -0.2041388 0.4637121 -0.01378291 -0.7784954 0.0900198 -0.5721126 0.2940983 -0.5890973 -0.651928 0.515537 0.6556157 -0.4974808",
      "float64 (3,3) 2.89019 0.1368422 -0.02480805 0 -1.815922 0.002315744 0 0 -1.731265",
    ],
  ],
  [
    () => L.qr(W),
    [
      "float64 (2,2) -0.8134379 0.5816518 0.5816518 0.8134379",
      "float64 (2,4) 2.286591 0.3717324 2.58319 -1.243816 0 -0.5116787 0.3288301 0.06573103",
    ],
  ],
  [
    () => L.qr(C),
    [
      "complex128 (3,3) -0.1137674-0.6541625j 0.06654382-0.3678596j -0.4108446+0.5005859j 0.5332847-0.09243601j -0.2771247+0.5532789j 0.1335708+0.5534494j -0.4479591-0.2559766j -0.2837513+0.6299371j -0.4211182-0.2813049j",
      "complex128 (3,3) 1.406378+0j 2.764263-0.4938927j -0.1902049-0.3965505j 0+0j -1.99013+0j 0.5846738+2.190555j 0+0j 0+0j 2.037154+0j",
    ],
  ],
  [
    () => L.qr(T, "complete"),
    [
      "float64 (4,4) -0.2041388 0.4637121 -0.01378291 -0.8620374 -0.7784954 0.0900198 -0.5721126 0.2419266 0.2940983 -0.5890973 -0.651928 -0.3761124 0.515537 0.6556157 -0.4974808 0.2385425",
      "float64 (4,3) 2.89019 0.1368422 -0.02480805 0 -1.815922 0.002315744 0 0 -1.731265 0 0 0",
    ],
  ],
  [() => L.qr(T, "r"), ["float64 (3,3) 2.89019 0.1368422 -0.02480805 0 -1.815922 0.002315744 0 0 -1.731265"]],
  [
    () => L.qr(T, "raw"),
    [
      "float64 (3,4) 2.89019 0.6465164 -0.2442395 -0.4281375 0.1368422 -1.815922 0.3933288 -0.7060374 -0.02480805 0.002315744 -1.731265 0.628429",
      "float64 (3) 1.204139 1.209778 1.433771",
    ],
  ],
  [() => L.svd(T, { computeUv: false }), ["float64 (3) 2.895692 1.812581 1.731162"]],
  [() => L.svdvals(B), ["float64 (2,3) 2.464627 1.79083 0.07376985 2.284769 1.607788 0.2110628"]],
  [() => L.svd(S, { hermitian: true, computeUv: false }), ["float64 (3) 8.067561 1.376011 1.029528"]],
  [() => L.eigvalsh(S), ["float64 (3) 1.029528 1.376011 8.067561"]],
  [() => L.eigvalsh(H), ["float64 (3) 1.332097 6.65041 18.32489"]],
  [
    () => L.eig(I),
    [
      "float64 (3) 1.267949 3 4.732051",
      "float64 (3,3) -0.7886751 -0.5773503 0.2113249 0.5773503 -0.5773503 0.5773503 -0.2113249 0.5773503 0.7886751",
    ],
  ],
  [() => L.eigvals(C), ["complex128 (3) 2.284988-1.622193j 0.02545879-0.6707665j -2.910446-0.8470408j"]],
  [
    () => L.pinv(T),
    [
      "float64 (3,4) -0.05847325 -0.2641942 0.08960718 0.197918 -0.2553488 -0.04915108 0.3248868 -0.3606708 0.007961179 0.3304592 0.3765616 0.287351",
    ],
  ],
  [
    () => L.pinv(D),
    [
      "float64 (3,3) 0.01190476 0.02380952 0.03571429 0.02380952 0.04761905 0.07142857 0.01190476 0.02380952 0.03571429",
    ],
  ],
  [
    () => L.pinv(B),
    [
      "float64 (2,3,3) 8.055897 7.722666 4.822789 -4.127764 -3.366093 -2.452088 -0.6142506 -0.7985258 -1.019656 -1.430501 -1.98356 -1.946415 0.1451008 0.7692278 -0.01895984 -2.152522 -2.344571 -1.585404",
    ],
  ],
  [
    () => L.pinv(H, { hermitian: true }),
    [
      "complex128 (3,3) 0.5892845+0j -0.07187518+0.2603567j -0.05493595+0.0866498j -0.07187518-0.2603567j 0.2430732+0j 0.00923511-0.01531613j -0.05493595-0.0866498j 0.00923511+0.01531613j 0.1232758-6.938894e-18j",
    ],
  ],
  [() => L.matrixRank(D), ["int64 () 1"]],
  [() => L.matrixRank(B), ["int64 (2) 3 3"]],
  [() => L.cond(A), ["float64 () 15.47111"]],
  [() => L.cond(B, -2), ["float64 (2) 0.02993144 0.09237814"]],
  [() => L.cond(A, 1), ["float64 () 18.70972"]],
  [() => L.cond(A, "nuc"), ["float64 () 26.95059"]],
  [() => L.cond(C, "fro"), ["float64 () 8.697862"]],
  [() => L.matrixPower(I, 3), ["int64 (3,3) 15 21 9 21 45 39 9 39 75"]],
  [
    () => L.matrixPower(B, -2),
    [
      "float64 (2,3,3) 30.05773 32.36666 14.99764 -17.85221 -18.5887 -9.153089 -1.025889 -1.241518 0.03535337 5.948216 5.875182 5.907808 -0.05513974 0.3483479 -0.2669518 6.151602 6.183241 6.747658",
    ],
  ],
  [() => L.norm(A, "nuc"), ["float64 () 3.443522"]],
  [() => L.norm(B, -2, { axis: [1, 2] }), ["float64 (2) 0.07376985 0.2110628"]],
  [() => L.norm(b, 3), ["float64 () 1.061999"]],
  [() => L.norm(C, 1, { axis: 0 }), ["float64 (3) 2.420596 5.751385 5.036679"]],
  [() => L.norm(B, "nuc", { axis: [0, 2], keepdims: true }), ["float64 (1,3,1) 3.543056 3.07555 3.083792"]],
  [() => L.vectorNorm(B, { axis: [0, 2] }), ["float64 (3) 2.511454 2.454139 2.19235"]],
  [() => L.matrixNorm(B, { ord: -1 }), ["float64 (2) 1.76 2.06"]],
  [
    () => L.tensorinv(P.reshape(6, 2, 3), 1),
    [
      "float64 (2,3,6) -0.06945383 -0.295249 -0.0318299 -0.3455864 0.08418998 0.2615481 0.5639796 -0.1926043 -0.1069542 0.8690207 0.09151298 0.2642248 -0.6078779 -0.04194481 -0.1310126 -0.9015782 0.3308395 -0.4346069 0.854402 -0.09125648 -0.2939947 1.153682 -0.6046812 0.3131022 0.1229599 0.2403875 -0.2947092 0.7165681 -0.3605731 0.6863003 0.7175661 0.4740228 -0.1203158 0.6235485 -0.4805822 0.6154513",
    ],
  ],
  [() => L.tensorsolve(P, Q), ["float64 (6) -0.07317284 0.4802673 -0.7112816 1.097828 1.115177 0.6694617"]],
  [() => L.multiDot([W, T, A]), ["float64 (2,3) 7.24749 2.677703 0.845745 -2.791399 -1.163904 -0.597082"]],
  [() => L.vecdot(C, C), ["complex128 (3) 3.8126+0j 9.0843+0j 10.4105+0j"]],
  [() => L.cross(A, b), ["float64 (3,3) -0.4814 1.9124 0.2025 0.3493 -2.0241 -0.237 0.6738 -0.0908 0.0825"]],
  [() => L.trace(B), ["float64 (2) -0.32 3.1"]],
  [() => L.diagonal(B, { offset: 1 }), ["float64 (2,2) -1.31 0.05 -1.1 0.24"]],
  [
    () => L.lstsq(T, r4),
    [
      "float64 (3) 0.01167871 -0.9940855 0.2411963",
      "float64 (1) 0.0003109044",
      "int32 () 3",
      "float64 (3) 2.895692 1.812581 1.731162",
    ],
  ],
  [
    () => L.lstsq(W, M2),
    [
      "float64 (4,3) 0.4205835 -0.1603992 0.1959347 2.689379 -0.6791791 0.3734019 -1.209249 0.2385114 0.001853762 -0.5654793 0.1711495 -0.1504567",
      "float64 (0)",
      "int32 () 2",
      "float64 (2) 3.689421 0.5908248",
    ],
  ],
  [
    () => L.lstsq(D, b),
    [
      "float64 (3) -0.0325 -0.065 -0.0325",
      "float64 (0)",
      "int32 () 1",
      "float64 (3) 9.165151 9.064933e-16 0",
    ],
  ],
];

/** `1.5-2j` as its parts. */
function parts(text: string): readonly [re: number, im: number] {
  const found = /^(.*?[^e])([+-][^+-]*(?:e[+-]\d+)?)j$/.exec(text);
  return found === null ? [Number(text), 0] : [Number(found[1]), Number(found[2])];
}

function check(result: NDArray, expected: string): void {
  const [dtype, shape, ...values] = expected.split(" ");
  assert.equal(result.dtype.name, dtype);
  assert.equal(`(${result.shape})`, shape);
  const got = elements(result).map(toComplex);
  assert.equal(got.length, values.length);
  values.forEach((text, i) => {
    const [re, im] = parts(text);
    const apart = Math.hypot(got[i]!.re - re, got[i]!.im - im);
    assert.ok(apart <= 2e-6 * (1 + Math.hypot(re, im)), `element ${i}: ${got[i]!.re}, not ${text}`);
  });
}

for (const [call, expected] of table) {
  test(String(call).replace(/^\(\) => /, ""), () => {
    const result = call();
    const results = (Array.isArray(result) ? result : [result]) as NDArray[];
    assert.equal(results.length, expected.length);
    results.forEach((each, i) => {
      check(each, expected[i]!);
    });
  });
}

const product = (...factors: readonly NDArray[]): NDArray => factors.reduce((a, b) => np.matmul(a, b));

function assertClose(a: NDArray, b: NDArray): void {
  const difference = L.norm(np.subtract(a, b)).item() as number;
  assert.ok(difference < 1e-10, `${difference} apart`);
}

test("decompositions give their matrix back, by name and in order", () => {
  for (const matrix of [T, W, C, D]) {
    for (const fullMatrices of [true, false]) {
      const { U, S, Vh } = L.svd(matrix, { fullMatrices });
      const sigma = np.zeros([U.shape[1]!, Vh.shape[0]!]);
      (S.tolist() as number[]).forEach((value, i) => {
        sigma.set([i, i], value);
      });
      assertClose(product(U, sigma, Vh), matrix);
      assertClose(product(U.conj().T, U), np.eye(U.shape[1]!));
      assertClose(product(Vh, Vh.conj().T), np.eye(Vh.shape[0]!));
    }
    const [Q, R] = L.qr(matrix);
    assertClose(product(Q, R), matrix);
  }
  for (const matrix of [S, H]) {
    const { eigenvalues, eigenvectors } = L.eigh(matrix);
    assertClose(product(matrix, eigenvectors), np.multiply(eigenvectors, eigenvalues));
    assertClose(product(eigenvectors.conj().T, eigenvectors), np.eye(3));
  }
  for (const matrix of [A, C, I, D]) {
    const { eigenvalues, eigenvectors } = L.eig(matrix);
    assertClose(product(matrix, eigenvectors), np.multiply(eigenvectors, eigenvalues));
  }
});

test("larger matrices, and such as have eigenvalues of several kinds", () => {
  const n = 40;
  const values = Array.from({ length: n * n }, (_, i) => Math.sin(1.7 * i * i + 0.3 * i));
  const matrix = np.array(values).reshape(n, n);
  const { eigenvalues, eigenvectors } = L.eig(matrix);
  assertClose(product(matrix, eigenvectors), np.multiply(eigenvectors, eigenvalues));
  assert.equal(eigenvalues.dtype.name, "complex128");
  assertClose(product(L.inv(matrix), matrix), np.eye(n));
  const symmetric = np.add(matrix, matrix.T);
  const found = L.eigh(symmetric);
  assertClose(product(symmetric, found.eigenvectors), np.multiply(found.eigenvectors, found.eigenvalues));
  const cycle = L.eig(np.roll(np.eye(5), 1, { axis: 0 }));
  assertClose(np.absolute(cycle.eigenvalues), np.ones(5));
});

test("small singular values are as accurate as large ones", () => {
  const values = L.svdvals([
    [1, 0, 0],
    [0, 1e-170, 1e-171],
    [0, 1e-171, 2e-170],
  ]).tolist() as number[];
  const expected = [1, 2.0099019513592786e-170, 9.900980486407215e-171];
  values.forEach((value, i) => {
    assert.ok(Math.abs(value / expected[i]! - 1) < 1e-12);
  });
});

const refusals: readonly (readonly [call: () => unknown, name: string, message: string])[] = [
  [() => L.inv(b), "LinAlgError", "1-dimensional array given. Array must be at least two-dimensional"],
  [() => L.det(T), "LinAlgError", "Last 2 dimensions of the array must be square"],
  [() => L.inv(np.zeros([2, 2])), "LinAlgError", "Singular matrix"],
  [() => L.cholesky(np.negative(S)), "LinAlgError", "Matrix is not positive definite"],
  [() => L.eigh(np.full([2, 2], Number.NaN)), "LinAlgError", "Eigenvalues did not converge"],
  [() => L.eig(np.full([2, 2], Number.NaN)), "LinAlgError", "Array must not contain infs or NaNs"],
  [() => L.svd(np.full([2, 2], Number.NaN)), "LinAlgError", "SVD did not converge"],
  [() => L.lstsq(T, b), "LinAlgError", "Incompatible dimensions"],
  [() => L.inv(A.astype("float16")), "TypeError", "array type float16 is unsupported in linalg"],
  [() => L.qr(A, "x"), "ValueError", "Unrecognized mode 'x'"],
  [() => L.norm(A, "x"), "ValueError", "Invalid norm order for matrices."],
  [() => L.matrixPower(A, 1.5), "TypeError", "exponent must be an integer"],
];

test("what NumPy refuses is refused in its words", () => {
  for (const [call, name, message] of refusals) assert.throws(call, { name, message });
});

test("singular matrices: determinant, sign, rank and condition", () => {
  const singular = np.zeros([2, 2]);
  assert.equal(L.det(singular).item(), 0);
  const { sign, logabsdet } = L.slogdet(singular);
  assert.deepEqual([sign.item(), logabsdet.item()], [0, Number.NEGATIVE_INFINITY]);
  assert.equal(L.cond(singular).item(), Number.POSITIVE_INFINITY);
  assert.equal(L.cond(singular, 1).item(), Number.POSITIVE_INFINITY);
  assert.equal(L.matrixRank(singular).item(), 0);
});
