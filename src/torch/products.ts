// Products of vectors and matrices, with PyTorch's checks.

import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes } from "../core/layout.ts";
import { matmul as matmulOperation } from "../ops/products.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { functionMode } from "./function-mode.ts";
import { named } from "./node.ts";
import { checkBatchTypes, checkMatrixTypes } from "./product-types.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { broadcastError, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

function product(a: Tensor, b: Tensor, label: string): Tensor {
  return run(matmulOperation, [a, b], undefined, label);
}

/** The product of two matrices. */
export function mm(input: Tensor, mat2: Tensor): Tensor {
  checkTensor("mm", "input", 1, input);
  checkTensor("mm", "mat2", 2, mat2);
  if (input.ndim !== 2) throw new RuntimeError("self must be a matrix");
  if (mat2.ndim !== 2) throw new RuntimeError("mat2 must be a matrix");
  checkInner(input, mat2);
  checkMatrixTypes(input, mat2);
  return product(input, mat2, "MmBackward0");
}

function checkInner(a: Tensor, b: Tensor): void {
  if (a.shape[1] === b.shape[0]) return;
  throw new RuntimeError(
    `mat1 and mat2 shapes cannot be multiplied (${a.shape[0]}x${a.shape[1]} and ${b.shape[0]}x${b.shape[1]})`,
  );
}

/** The product of matrices in batches. */
export function bmm(input: Tensor, mat2: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.bmm", bmm, [input, mat2]);
  if (input.ndim !== 3) throw new RuntimeError("batch1 must be a 3D tensor");
  if (mat2.ndim !== 3) throw new RuntimeError("batch2 must be a 3D tensor");
  const [batch, , inner] = input.shape;
  if (mat2.shape[0] !== batch || mat2.shape[1] !== inner) {
    throw new RuntimeError(
      `Expected size for first two dimensions of batch2 tensor to be: [${batch}, ${inner}] but got: [${mat2.shape[0]}, ${mat2.shape[1]}].`,
    );
  }
  checkBatchTypes(input, mat2);
  return product(input, mat2, "BmmBackward0");
}

const vectorRefusals: Refusals = refusals(lacks("addmv_impl_cpu", "bool", "rare"));

/** The product of a matrix and a vector. */
export function mv(input: Tensor, vec: Tensor): Tensor {
  if (input.ndim !== 2 || vec.ndim !== 1) {
    throw new RuntimeError(`vector + matrix @ vector expected, got 1, ${input.ndim}, ${vec.ndim}`);
  }
  if (input.shape[1] !== vec.shape[0]) {
    throw new RuntimeError(
      `size mismatch, got input (${input.shape[0]}), mat (${input.shape[0]}x${input.shape[1]}), vec (${vec.shape[0]})`,
    );
  }
  if (input.dtype !== vec.dtype) {
    const [matrix, vector] = [scalarTypeName(input.dtype), scalarTypeName(vec.dtype)];
    throw new RuntimeError(
      `addmv input tensors must have the same dtype, but got ${vector}, ${matrix}, and ${vector}`,
    );
  }
  refuse(vectorRefusals, input.dtype);
  return named(product(input, vec.unsqueeze(1), "MmBackward0").squeeze(1), "MvBackward0");
}

/** The sum of the products of two vectors' elements. */
export function dot(input: Tensor, tensor: Tensor): Tensor {
  if (input.ndim !== 1 || tensor.ndim !== 1) {
    throw new RuntimeError(`1D tensors expected, but got ${input.ndim}D and ${tensor.ndim}D tensors`);
  }
  if (input.dtype !== tensor.dtype) {
    throw new RuntimeError(
      `dot : expected both vectors to have same dtype, but found ${scalarTypeName(input.dtype)} and ${scalarTypeName(tensor.dtype)}`,
    );
  }
  if (input.shape[0] !== tensor.shape[0]) {
    throw new RuntimeError(
      `inconsistent tensor size, expected tensor [${input.shape[0]}] and src [${tensor.shape[0]}] to have the same number of elements, but got ${input.shape[0]} and ${tensor.shape[0]} elements respectively`,
    );
  }
  refuse(refusals(lacks("dot", "bool", "rare")), input.dtype);
  const result = product(input.unsqueeze(0), tensor.unsqueeze(1), "MmBackward0");
  return named(result.reshape([]), "DotBackward0");
}

/** `dot` of the conjugate of the first vector. */
export function vdot(input: Tensor, other: Tensor): Tensor {
  return dot(input.conj().resolveConj(), other);
}

/** Sums of products along the last axes. */
export function inner(input: Tensor, other: Tensor): Tensor {
  if (input.ndim === 0 || other.ndim === 0) return input.mul(other);
  if (input.shape.at(-1) !== other.shape.at(-1)) {
    throw new RuntimeError(
      `inner() the last dimension must match on both input tensors but got shapes ${shapeText(input.shape)} and ${shapeText(other.shape)}`,
    );
  }
  return matmul(input, other.movedim(-1, other.ndim === 1 ? 0 : -2));
}

/** Products of each element of one vector with each of another. */
export function outer(input: Tensor, vec2: Tensor): Tensor {
  for (const vector of [input, vec2]) {
    if (vector.ndim !== 1) {
      throw new RuntimeError(
        `outer: Expected 1-D argument ${vector === input ? "self" : "vec2"}, but got ${vector.ndim}-D`,
      );
    }
  }
  return input.unsqueeze(1).mul(vec2);
}

/** `outer` under its older name. */
export function ger(input: Tensor, vec2: Tensor): Tensor {
  return outer(input, vec2);
}

/** The product of vectors, matrices, or batches of matrices whose leading axes are stretched to one another. */
export function matmul(input: Tensor, other: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("torch.matmul", matmul, [input, other]);
  checkTensor("matmul", "input", 1, input);
  checkTensor("matmul", "other", 2, other);
  if (input.ndim === 0 || other.ndim === 0) {
    throw new RuntimeError(
      `both arguments to matmul need to be at least 1D, but they are ${input.ndim}D and ${other.ndim}D`,
    );
  }
  if (input.ndim === 1 && other.ndim === 1) return dot(input, other);
  if (input.ndim === 2 && other.ndim === 1) return mv(input, other);
  if (input.ndim === 1 && other.ndim === 2) {
    return named(mm(input.unsqueeze(0), other).squeeze(0), "SqueezeBackward4");
  }
  if (input.ndim === 2 && other.ndim === 2) return mm(input, other);
  const isFolded = input.ndim <= 2 || other.ndim <= 2;
  if (isFolded && input.ndim > 1) checkMatrixTypes(input, other);
  else checkBatchTypes(input, other);
  const a = input.ndim === 1 ? input.unsqueeze(0) : input;
  const b = other.ndim === 1 ? other.unsqueeze(1) : other;
  checkBatches(a, b);
  const result = product(a, b, "BmmBackward0");
  if (input.ndim === 1) return named(result.squeeze(-2), "UnsafeViewBackward0");
  return named(other.ndim === 1 ? result.squeeze(-1) : result, "UnsafeViewBackward0");
}

function checkBatches(a: Tensor, b: Tensor): void {
  const [batchA, batchB] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (broadcastShapes([batchA, batchB]) === undefined) throw broadcastError(batchA, batchB);
  const [k, inner] = [a.shape.at(-1)!, b.shape.at(-2)!];
  if (k === inner) return;
  const size = (tensor: Tensor): string => `${tensor.shape.at(-2)}x${tensor.shape.at(-1)}`;
  if (b.ndim === 2 || a.ndim === 2) {
    const rows = a.shape.slice(0, -1).reduce((count, length) => count * length, 1);
    throw new RuntimeError(`mat1 and mat2 shapes cannot be multiplied (${rows}x${k} and ${size(b)})`);
  }
  throw new RuntimeError(
    `Expected size for first two dimensions of batch2 tensor to be: [${a.shape[0]}, ${k}] but got: [${b.shape[0]}, ${inner}].`,
  );
}

/** The sum of a matrix's diagonal. */
export function trace(input: Tensor): Tensor {
  if (input.ndim !== 2) {
    throw new RuntimeError(`trace: expected a matrix, but got tensor with dim ${input.ndim}`);
  }
  refuse(refusals(lacks("trace", "bool", "rare")), input.dtype);
  return named(input.diagonal().sum(), "TraceBackward0");
}
