// Products of several matrices (ATen/native/LinearAlgebra.cpp, `linalg_multi_dot`).

import { cheapestCuts } from "../core/chain-order.ts";
import { RuntimeError } from "../core/errors.ts";
import { scalarTypeName, shapeText } from "./errors.ts";
import { dot, mm } from "./products.ts";
import type { Tensor } from "./tensor.ts";

/**
 * The product of several matrices in the cheapest order (`torch.linalg.multi_dot`); the first and the last may be
 * vectors.
 */
export function multiDot(tensors: readonly Tensor[]): Tensor {
  const count = tensors.length;
  if (count < 2) throw new RuntimeError(`multi_dot(): expected at least 2 tensors but got ${count}`);
  checkChain(tensors);
  const [first, last] = [tensors[0]!, tensors[count - 1]!];
  if (count === 2 && first.ndim === 1 && last.ndim === 1) return dot(first, last);
  const chain = tensors.map((tensor, i) => {
    if (tensor.ndim === 2) return tensor;
    return i === 0 ? tensor.unsqueeze(0) : tensor.unsqueeze(-1);
  });
  const cuts = cheapestCuts([chain[0]!.shape[0]!, ...chain.map(({ shape }) => shape[1]!)]);
  const productOf = (from: number, to: number): Tensor => {
    if (from === to) return chain[from]!;
    const cut = cuts[from]![to]!;
    return mm(productOf(from, cut), productOf(cut + 1, to));
  };
  const result = productOf(0, count - 1);
  const shape = [
    ...(first.ndim === 1 ? [] : [result.shape[0]!]),
    ...(last.ndim === 1 ? [] : [result.shape[1]!]),
  ];
  return shape.length === 2 ? result : result.view(shape);
}

/** `torch.linalg.multi_dot` of matrices one by one; of a single one the matrix itself (`torch.chain_matmul`). */
export function chainMatmul(...matrices: readonly Tensor[]): Tensor {
  for (const matrix of matrices) {
    if (matrix.ndim === 2) continue;
    throw new RuntimeError(`Tensor dimension is ${matrix.ndim}, expected 2 instead.`);
  }
  if (matrices.length === 0) throw new RuntimeError("chain_matmul(): Expected one or more matrices");
  return matrices.length === 1 ? matrices[0]! : multiDot(matrices);
}

function checkChain(tensors: readonly Tensor[]): void {
  const count = tensors.length;
  tensors.forEach((tensor, i) => {
    const isEnd = i === 0 || i === count - 1;
    if (tensor.ndim === 2 || (isEnd && tensor.ndim === 1)) return;
    const which = i === 0 ? "the first" : i === count - 1 ? "the last" : `tensor ${i}`;
    throw new RuntimeError(
      isEnd
        ? `multi_dot(): ${which} tensor must be 1D or 2D but got ${tensor.ndim}D`
        : `multi_dot(): ${which} must be 2D but got ${tensor.ndim}D`,
    );
  });
  for (const tensor of tensors) {
    if (tensor.dtype === tensors[0]!.dtype) continue;
    throw new RuntimeError(
      `multi_dot(): all tensors must have be the same dtype but tensor 0 is ${scalarTypeName(tensors[0]!.dtype)} and ` +
        `tensor ${tensors.indexOf(tensor)} ${scalarTypeName(tensor.dtype)}`,
    );
  }
  for (let i = 1; i < count; i++) {
    const [a, b] = [tensors[i - 1]!, tensors[i]!];
    if (a.shape.at(-1) === b.shape[0]) continue;
    throw new RuntimeError(
      `multi_dot(): tensors ${i - 1} and ${i} with shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} cannot be multiplied`,
    );
  }
}
