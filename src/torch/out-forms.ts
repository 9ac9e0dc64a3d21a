// Functions of torch that put their result where `out` says. Their methods, which take no `out`, are the functions behind
// them.

import * as added from "./added-products.ts";
import * as conjugation from "./conjugation.ts";
import * as distances from "./distances.ts";
import * as factors from "./factors.ts";
import * as parts from "./floating-parts.ts";
import * as manipulation from "./manipulation.ts";
import * as mixtures from "./mixtures.ts";
import { type WithOut, withOut } from "./out.ts";
import * as products from "./products.ts";

export const addbmm: WithOut<typeof added.addbmm> = /* @__PURE__ */ withOut("addbmm", added.addbmm);
export const addmm: WithOut<typeof added.addmm> = /* @__PURE__ */ withOut("addmm", added.addmm);
export const addmv: WithOut<typeof added.addmv> = /* @__PURE__ */ withOut("addmv", added.addmv);
export const addr: WithOut<typeof added.addr> = /* @__PURE__ */ withOut("addr", added.addr);
export const baddbmm: WithOut<typeof added.baddbmm> = /* @__PURE__ */ withOut("baddbmm", added.baddbmm);
export const bmm: WithOut<typeof products.bmm> = /* @__PURE__ */ withOut("bmm", products.bmm);
export const cholesky: WithOut<typeof factors.cholesky> = /* @__PURE__ */ withOut(
  "cholesky",
  factors.cholesky,
);
export const choleskyInverse: WithOut<typeof factors.choleskyInverse> = /* @__PURE__ */ withOut(
  "cholesky_inverse",
  factors.choleskyInverse,
);
export const choleskySolve: WithOut<typeof factors.choleskySolve> = /* @__PURE__ */ withOut(
  "cholesky_solve",
  factors.choleskySolve,
);
export const conjPhysical: WithOut<typeof conjugation.conjPhysical> = /* @__PURE__ */ withOut(
  "conj_physical",
  conjugation.conjPhysical,
);
export const cross: WithOut<typeof added.cross> = /* @__PURE__ */ withOut("cross", added.cross);
export const det: WithOut<typeof factors.det> = /* @__PURE__ */ withOut("det", factors.det);
export const dot: WithOut<typeof products.dot> = /* @__PURE__ */ withOut("dot", products.dot);
export const frexp: WithOut<typeof parts.frexp> = /* @__PURE__ */ withOut("frexp", parts.frexp);
export const ger: WithOut<typeof products.ger> = /* @__PURE__ */ withOut("ger", products.ger);
export const inner: WithOut<typeof products.inner> = /* @__PURE__ */ withOut("inner", products.inner);
export const inverse: WithOut<typeof factors.inverse> = /* @__PURE__ */ withOut("inverse", factors.inverse);
export const kron: WithOut<typeof added.kron> = /* @__PURE__ */ withOut("kron", added.kron);
export const lerp: WithOut<typeof mixtures.lerp> = /* @__PURE__ */ withOut("lerp", mixtures.lerp);
export const lu: WithOut<typeof factors.lu> = /* @__PURE__ */ withOut("lu", factors.lu);
export const luSolve: WithOut<typeof factors.luSolve> = /* @__PURE__ */ withOut("lu_solve", factors.luSolve);
export const luUnpack: WithOut<typeof factors.luUnpack> = /* @__PURE__ */ withOut(
  "lu_unpack",
  factors.luUnpack,
);
export const matmul: WithOut<typeof products.matmul> = /* @__PURE__ */ withOut("matmul", products.matmul);
export const matrixPower: WithOut<typeof factors.matrixPower> = /* @__PURE__ */ withOut(
  "matrix_power",
  factors.matrixPower,
);
export const mm: WithOut<typeof products.mm> = /* @__PURE__ */ withOut("mm", products.mm);
export const mv: WithOut<typeof products.mv> = /* @__PURE__ */ withOut("mv", products.mv);
export const outer: WithOut<typeof products.outer> = /* @__PURE__ */ withOut("outer", products.outer);
export const qr: WithOut<typeof factors.qr> = /* @__PURE__ */ withOut("qr", factors.qr);
export const renorm: WithOut<typeof distances.renorm> = /* @__PURE__ */ withOut("renorm", distances.renorm);
export const svd: WithOut<typeof factors.svd> = /* @__PURE__ */ withOut("svd", factors.svd);
export const tensordot: WithOut<typeof added.tensordot> = /* @__PURE__ */ withOut(
  "tensordot",
  added.tensordot,
);
export const triangularSolve: WithOut<typeof factors.triangularSolve> = /* @__PURE__ */ withOut(
  "triangular_solve",
  factors.triangularSolve,
);
export const vdot: WithOut<typeof products.vdot> = /* @__PURE__ */ withOut("vdot", products.vdot);
export const where: WithOut<typeof manipulation.where> = /* @__PURE__ */ withOut("where", manipulation.where);
