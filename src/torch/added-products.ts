// Products of matrices on top of the plain ones: added to something, in batches, over axes of one's choice
// (ATen/native/LinearAlgebra.cpp, ATen/native/Linear.cpp, ATen/native/Cross.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { warn } from "../core/warnings.ts";
import { wrapDim } from "./dims.ts";
import { cTypeName, scalarTypeName } from "./errors.ts";
import { inFloat32 } from "./half.ts";
import { named } from "./node.ts";
import { bmm, mm, mv } from "./products.ts";
import { type ScalarLike, scalarType } from "./promotion.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import type { Tensor } from "./tensor.ts";

/** Factors of what is added, and of the product. */
export interface FactorOptions {
  readonly beta?: ScalarLike;
  readonly alpha?: ScalarLike;
}

/** A factor in a type: for integers it loses its fraction. */
function scaled(tensor: Tensor, factor: ScalarLike): Tensor {
  if (Number(factor) === 1) return tensor;
  const { dtype } = tensor;
  return tensor.mul(dtype.isInteger ? Math.trunc(Number(factor)) : factor);
}

/** beta * input + alpha * product; with beta 0 the input is not looked at, whatever it holds. */
function added(input: Tensor, product: Tensor, { beta = 1, alpha = 1 }: FactorOptions): Tensor {
  const result = scaled(product, alpha);
  const stretched = input.expand(product.shape);
  return typeof beta === "object" || Number(beta) !== 0 ? scaled(stretched, beta).add(result) : result;
}

function checkMatrix(name: string, tensor: Tensor): void {
  if (tensor.ndim !== 2) throw new RuntimeError(`${name} must be a matrix, got ${tensor.ndim}-D tensor`);
}

function checkTypes(input: Tensor, mat1: Tensor, mat2: Tensor): void {
  if (input.dtype === mat2.dtype && mat1.dtype === mat2.dtype) return;
  const other = input.dtype === mat2.dtype ? mat1 : input;
  throw new RuntimeError(
    `self and mat2 must have the same dtype, but got ${scalarTypeName(other.dtype)} and ${scalarTypeName(mat2.dtype)}`,
  );
}

/** beta * input + alpha * mat1 @ mat2. */
export function addmm(
  input: Tensor,
  ...args: Signature<[mat1: Tensor, mat2: Tensor], FactorOptions>
): Tensor {
  type Bound = FactorOptions & { readonly mat1: Tensor; readonly mat2: Tensor };
  const bound = bind<Bound>("addmm", ["mat1", "mat2"], args, { beta: 1, alpha: 1 });
  const { mat1, mat2 } = bound;
  checkMatrix("mat1", mat1);
  checkMatrix("mat2", mat2);
  if (mat1.shape[1] === mat2.shape[0]) checkTypes(input, mat1, mat2);
  return named(
    inFloat32([input, mat1, mat2], (i, a, b) => added(i, mm(a, b), bound)),
    "AddmmBackward0",
  );
}

/** beta * input + alpha * mat @ vec. */
export function addmv(input: Tensor, ...args: Signature<[mat: Tensor, vec: Tensor], FactorOptions>): Tensor {
  type Bound = FactorOptions & { readonly mat: Tensor; readonly vec: Tensor };
  const bound = bind<Bound>("addmv", ["mat", "vec"], args, { beta: 1, alpha: 1 });
  const { mat, vec } = bound;
  if (mat.ndim !== 2 || vec.ndim !== 1 || input.ndim > 1) {
    throw new RuntimeError(`vector + matrix @ vector expected, got ${input.ndim}, ${mat.ndim}, ${vec.ndim}`);
  }
  const length = input.ndim === 0 ? 1 : input.shape[0]!;
  if (mat.shape[1] !== vec.shape[0] || (length !== 1 && length !== mat.shape[0])) {
    throw new RuntimeError(
      `size mismatch, got input (${length}), mat (${mat.shape[0]}x${mat.shape[1]}), vec (${vec.shape[0]})`,
    );
  }
  if (input.dtype !== mat.dtype || mat.dtype !== vec.dtype) {
    const types = [input, mat, vec].map(({ dtype }) => scalarTypeName(dtype));
    throw new RuntimeError(
      `addmv input tensors must have the same dtype, but got ${types[0]}, ${types[1]}, and ${types[2]}`,
    );
  }
  return named(
    inFloat32([input, mat, vec], (i, a, b) => added(i, mv(a, b), bound)),
    "AddmvBackward0",
  );
}

const baddbmmRefusals: Refusals = refusals(lacks("baddbmm", "bool", "rare"));

/** beta * input + alpha * batch1 @ batch2, for each matrix of the batches. */
export function baddbmm(
  input: Tensor,
  ...args: Signature<[batch1: Tensor, batch2: Tensor], FactorOptions>
): Tensor {
  type Bound = FactorOptions & { readonly batch1: Tensor; readonly batch2: Tensor };
  const bound = bind<Bound>("baddbmm", ["batch1", "batch2"], args, { beta: 1, alpha: 1 });
  const { batch1, batch2 } = bound;
  if (input.dtype !== batch1.dtype && batch1.dtype === batch2.dtype) {
    throw new RuntimeError(
      `Input dtypes must be the same, got: input ${cTypeName(input.dtype)}, batch1: ${cTypeName(batch1.dtype)}, ` +
        `batch2: ${cTypeName(batch2.dtype)}`,
    );
  }
  if (batch1.dtype === batch2.dtype) refuse(baddbmmRefusals, batch1.dtype);
  return named(
    inFloat32([input, batch1, batch2], (i, a, b) => added(i, bmm(a, b), bound)),
    "BaddbmmBackward0",
  );
}

/** beta * input + alpha * the sum of the products of the batches' matrices. */
export function addbmm(
  input: Tensor,
  ...args: Signature<[batch1: Tensor, batch2: Tensor], FactorOptions>
): Tensor {
  type Bound = FactorOptions & { readonly batch1: Tensor; readonly batch2: Tensor };
  const bound = bind<Bound>("addbmm", ["batch1", "batch2"], args, { beta: 1, alpha: 1 });
  const { batch1, batch2 } = bound;
  if (batch1.ndim !== 3) throw new RuntimeError("batch1 must be a 3D tensor");
  if (batch2.ndim !== 3) throw new RuntimeError("batch2 must be a 3D tensor");
  const [count, rows, inner] = batch1.shape as readonly [number, number, number];
  if (batch2.shape[0] !== count) {
    throw new RuntimeError(
      `batch1 and batch2 must have same number of batches, got ${count} and ${batch2.shape[0]}`,
    );
  }
  if (batch2.shape[1] !== inner) {
    throw new RuntimeError(
      `Incompatible matrix sizes for bmm (${rows}x${inner} and ${batch2.shape[1]}x${batch2.shape[2]})`,
    );
  }
  if (input.dtype !== batch2.dtype) {
    throw new RuntimeError(
      `self and mat2 must have the same dtype, but got ${scalarTypeName(input.dtype)} and ${scalarTypeName(batch2.dtype)}`,
    );
  }
  // The sum over the batch is the product of the matrices side by side.
  const wide = batch1.permute(1, 0, 2).reshape([rows, count * inner]);
  const tall = batch2.reshape([count * inner, batch2.shape[2]!]);
  return named(
    inFloat32([input, wide, tall], (i, a, b) => added(i, mm(a, b), bound)),
    "AddbmmBackward0",
  );
}

function checkWholeFactor(name: string, factor: ScalarLike, tensors: readonly Tensor[]): void {
  if (!tensors.every(({ dtype }) => dtype.isInteger || dtype === bool)) return;
  if (!scalarType(factor).isFloatingPoint) return;
  throw new RuntimeError(`For integral input tensors, argument ${name} must not be a floating point number.`);
}

/** beta * input + alpha * the products of each element of one vector with each of another. */
export function addr(input: Tensor, ...args: Signature<[vec1: Tensor, vec2: Tensor], FactorOptions>): Tensor {
  type Bound = Required<FactorOptions> & { readonly vec1: Tensor; readonly vec2: Tensor };
  const { vec1, vec2, beta, alpha } = bind<Bound>("addr", ["vec1", "vec2"], args, { beta: 1, alpha: 1 });
  for (const [name, vector] of [
    ["vec1", vec1],
    ["vec2", vec2],
  ] as const) {
    if (vector.ndim !== 1) {
      throw new RuntimeError(`addr: Expected 1-D argument ${name}, but got ${vector.ndim}-D`);
    }
  }
  const tensors = [input, vec1, vec2];
  checkWholeFactor("beta", beta, tensors);
  checkWholeFactor("alpha", alpha, tensors);
  const outer = vec1.unsqueeze(1).mul(vec2);
  const stretched = input.expand(outer.shape);
  if (tensors.every(({ dtype }) => dtype === bool)) {
    const product = Number(alpha) === 0 ? outer.logicalAnd(outer.logicalNot()) : outer;
    return Number(beta) === 0 ? product : stretched.logicalOr(product);
  }
  const product = Number(alpha) === 1 ? outer : outer.mul(alpha);
  if (Number(beta) === 0) return named(product.mul(1), "AddrBackward0");
  return named(stretched.mul(beta).add(product), "AddrBackward0");
}

/** The axes of two tensors that are summed over, in pairs; a number stands for the last of one and the first of the other. */
export type ContractedDims = number | readonly [readonly number[], readonly number[]];

function contractedDims(a: Tensor, b: Tensor, dims: ContractedDims): readonly [number[], number[]] {
  if (typeof dims !== "number") return [[...dims[0]], [...dims[1]]];
  if (dims < 0) throw new RuntimeError(`tensordot expects dims >= 0, but got dims=${dims}`);
  if (dims > Math.min(a.ndim, b.ndim)) {
    throw new RuntimeError(`tensordot expects dims < ndim_a or ndim_b, but got dims=${dims}`);
  }
  const axes = Array.from({ length: dims }, (_, i) => i);
  return [axes.map((i) => i - dims), axes];
}

/**
 * Sums of products over pairs of axes (`torch.tensordot`): what remains of the first tensor's axes, then of the second's.
 * An axis of length 1 meets any length.
 */
export function tensordot(
  input: Tensor,
  ...args: Signature<[other: Tensor, dims?: ContractedDims], { readonly dims?: ContractedDims }>
): Tensor {
  const { other, dims } = bind<{ readonly other: Tensor; readonly dims: ContractedDims }>(
    "tensordot",
    ["other", "dims"],
    args,
    { dims: 2 },
  );
  const [dimsA, dimsB] = contractedDims(input, other, dims);
  if (dimsA.length !== dimsB.length) {
    throw new RuntimeError("both dimension lists should have same length");
  }
  if (input.dtype !== other.dtype) throw new RuntimeError("both inputs should have same dtype");
  let [a, b] = [input, other];
  dimsA.forEach((dimA, i) => {
    const dimB = dimsB[i]!;
    const [lengthA, lengthB] = [input.size(dimA), other.size(dimB)];
    if (lengthB === 1) a = a.sum(dimA, true, { dtype: a.dtype });
    else if (lengthA === 1) b = b.sum(dimB, true, { dtype: b.dtype });
    else if (lengthA !== lengthB) {
      throw new RuntimeError(
        `contracted dimensions need to match, but first has size ${lengthA} in dim ${dimA} and second has size ${lengthB} in dim ${dimB}`,
      );
    }
  });
  const axesA = dimsA.map((dim) => wrapDim(dim, a.ndim));
  const axesB = dimsB.map((dim) => wrapDim(dim, b.ndim));
  const others = (tensor: Tensor, axes: readonly number[]): number[] =>
    tensor.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const [restA, restB] = [others(a, axesA), others(b, axesB)];
  const count = axesA.reduce((product, axis) => product * a.shape[axis]!, 1);
  const sizes = [...restA.map((axis) => a.shape[axis]!), ...restB.map((axis) => b.shape[axis]!)];
  const size = (tensor: Tensor, rest: readonly number[]): number =>
    rest.reduce((product, axis) => product * tensor.shape[axis]!, 1);
  const left = a.permute([...restA, ...axesA]).reshape([size(a, restA), count]);
  const right = b.permute([...axesB, ...restB]).reshape([count, size(b, restB)]);
  return mm(left, right).reshape(sizes);
}

/** Kronecker's product: the first tensor with each element replaced by its product with all of the second. */
export function kron(input: Tensor, other: Tensor): Tensor {
  const rank = Math.max(input.ndim, other.ndim);
  const padded = (tensor: Tensor): number[] => [
    ...new Array<number>(rank - tensor.ndim).fill(1),
    ...tensor.shape,
  ];
  const [a, b] = [padded(input), padded(other)];
  const left = input.reshape(a.flatMap((length) => [length, 1]));
  const right = other.reshape(b.flatMap((length) => [1, length]));
  return named(left.mul(right).reshape(a.map((length, axis) => length * b[axis]!)), "UnsafeViewBackward0");
}

const crossWarning =
  "Using torch.cross without specifying the dim arg is deprecated.\nPlease either pass the dim explicitly or simply use " +
  "torch.linalg.cross.\nThe default value of dim will change to agree with that of linalg.cross in a future release.";

/**
 * The vector product along an axis of length 3 (`torch.cross`); the other axes are stretched to one another.
 * @param dim the axis; where none is given, the first of length 3
 */
export function cross(
  input: Tensor,
  ...args: Signature<[other: Tensor, dim?: number | null], { readonly dim?: number | null }>
): Tensor {
  const { other, dim } = bind<{ readonly other: Tensor; readonly dim: number | null }>(
    "cross",
    ["other", "dim"],
    args,
    { dim: null },
  );
  if (dim === null) warn("UserWarning", crossWarning);
  const given = dim ?? input.shape.indexOf(3);
  if (dim === null && given < 0) throw new RuntimeError("no dimension of size 3 in input");
  if (input.ndim !== other.ndim) {
    throw new RuntimeError("linalg.cross: inputs must have the same number of dimensions.");
  }
  const axis = wrapDim(given, input.ndim);
  if (input.shape[axis] !== 3 || other.shape[axis] !== 3) {
    throw new RuntimeError(
      `linalg.cross: inputs dimension ${given} must have length 3. Got ${input.shape[axis]} and ${other.shape[axis]}`,
    );
  }
  const product = (shiftA: number, shiftB: number): Tensor =>
    input.roll(shiftA, axis).mul(other.roll(shiftB, axis));
  return named(product(-1, -2).sub(product(-2, -1)), "LinalgCrossBackward0");
}
