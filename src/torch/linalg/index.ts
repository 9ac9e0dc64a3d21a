// `torch.linalg`.

export { multiDot } from "../chains.ts";
export { LinAlgError } from "../errors.ts";
export { cond, matrixNorm, norm, vectorNorm } from "./norms.ts";
export { householderProduct } from "./reflections.ts";
export {
  eig,
  eigh,
  eigvals,
  eigvalsh,
  lstsq,
  matrixRank,
  pinv,
  qr,
  svd,
  svdvals,
} from "./spectra.ts";
export {
  cholesky,
  choleskyEx,
  det,
  inv,
  invEx,
  lu,
  luFactor,
  luFactorEx,
  luSolve,
  slogdet,
  solve,
  solveEx,
  solveTriangular,
} from "./systems.ts";
export {
  cross,
  diagonal,
  matmul,
  matrixExp,
  matrixPower,
  tensorinv,
  tensorsolve,
  vander,
  vecdot,
} from "./tensors.ts";
