// `numpy.linalg`.

export { LinAlgError } from "./common.ts";
export { matrixNorm, norm, vectorNorm } from "./norms.ts";
export {
  cross,
  diagonal,
  matmul,
  matrixTranspose,
  multiDot,
  outer,
  tensordot,
  trace,
  vecdot,
} from "./products.ts";
export {
  cond,
  eig,
  eigh,
  eigvals,
  eigvalsh,
  matrixRank,
  pinv,
  qr,
  svd,
  svdvals,
} from "./spectra.ts";
export {
  cholesky,
  det,
  inv,
  lstsq,
  matrixPower,
  slogdet,
  solve,
  tensorinv,
  tensorsolve,
} from "./systems.ts";
