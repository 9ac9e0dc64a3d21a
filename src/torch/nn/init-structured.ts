// torch.nn.init: matrices of a form of their own. Identity, Dirac's delta, sparse and orthogonal ones.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Generator } from "../../random/index.ts";
import { qr } from "../linalg/index.ts";
import { randperm } from "../random.ts";
import { noGrad } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import type { DrawnFrom, XavierArguments } from "./init.ts";

const onlyMatrices = "Only tensors with 2 dimensions are supported";

/** The identity matrix (torch.nn.init.eye_). @throws ValueError for another number of axes */
export function eye_(tensor: Tensor): Tensor {
  if (tensor.ndim !== 2) throw new ValueError(onlyMatrices);
  return noGrad(() => {
    tensor.zero_();
    tensor.diagonal().fill_(1);
    return tensor;
  });
}

interface DiracOptions {
  /** The groups of the convolution. Default 1. */
  readonly groups?: number;
}

/**
 * The weight of a convolution that gives its input back, as far as it has the channels (torch.nn.init.dirac_).
 * @param tensor shape [out, in, ...kernel] of one to three axes of space
 * @throws ValueError for another number of axes, and where the groups do not divide the output's channels
 */
export function dirac_(tensor: Tensor, ...args: Signature<[groups?: number], DiracOptions>): Tensor {
  const { groups } = bind<Required<DiracOptions>>("dirac_", ["groups"], args, { groups: 1 });
  const [outputs, inputs, ...kernel] = tensor.shape as readonly [number, number, ...number[]];
  if (kernel.length < 1 || kernel.length > 3)
    throw new ValueError("Only tensors with 3, 4, or 5 dimensions are supported");
  if (outputs % groups !== 0) throw new ValueError("dim 0 must be divisible by groups");
  const perGroup = outputs / groups;
  const middle = kernel.map((length) => Math.floor(length / 2));
  return noGrad(() => {
    tensor.zero_();
    for (let group = 0; group < groups; group++) {
      for (let channel = 0; channel < Math.min(perGroup, inputs); channel++)
        tensor.at(group * perGroup + channel, channel, ...middle).fill_(1);
    }
    return tensor;
  });
}

interface SparseOptions extends DrawnFrom {
  /** The share of each column that is zero. */
  readonly sparsity: number;
  /** The deviation of the other elements. Default 0.01. */
  readonly std?: number;
}

/**
 * A sparse matrix (torch.nn.init.sparse_; Martens, "Deep learning via Hessian-free optimization", 2010). Which elements
 * are zero is drawn from the global generator whatever `generator` is, as PyTorch does.
 * @throws ValueError for another number of axes
 */
export function sparse_(
  tensor: Tensor,
  ...args: Signature<[sparsity: number, std?: number, generator?: Generator | null], SparseOptions>
): Tensor {
  const names = ["sparsity", "std", "generator"] as const;
  const { sparsity, std, generator } = bind<Required<SparseOptions>>("sparse_", names, args, {
    std: 0.01,
    generator: null,
  });
  if (tensor.ndim !== 2) throw new ValueError(onlyMatrices);
  const [rows, columns] = tensor.shape as readonly [number, number];
  const zeros = Math.ceil(sparsity * rows);
  return noGrad(() => {
    tensor.normal_(0, std, { generator });
    for (let column = 0; column < columns; column++)
      tensor.select(1, column).indexFill_(0, randperm(rows).narrow(0, 0, zeros), 0);
    return tensor;
  });
}

/**
 * A matrix whose rows or columns are orthogonal, times a gain; axes behind the second count as columns
 * (torch.nn.init.orthogonal_; Saxe et al., "Exact solutions to the nonlinear dynamics of learning in deep linear neural
 * networks", 2013). The draws are PyTorch's, the result is but for the rounding of the decomposition.
 * @throws ValueError for fewer than two axes
 */
export function orthogonal_(tensor: Tensor, ...args: XavierArguments): Tensor {
  const names = ["gain", "generator"] as const;
  const { gain, generator } = bind<{ gain: number; generator: Generator | null }>(
    "orthogonal_",
    names,
    args,
    {
      gain: 1,
      generator: null,
    },
  );
  if (tensor.ndim < 2) throw new ValueError("Only tensors with 2 or more dimensions are supported");
  if (tensor.numel() === 0) return tensor;
  return noGrad(() => {
    const rows = tensor.size(0);
    const columns = tensor.numel() / rows;
    const drawn = tensor.newEmpty([rows, columns]).normal_(0, 1, { generator });
    const isWide = rows < columns;
    const { Q, R } = qr(isWide ? drawn.t() : drawn);
    // With the signs of R's diagonal the decomposition is unique (Mezzadri, arXiv math-ph/0609050).
    const signed = Q.mul(R.diagonal().sign());
    tensor.view([rows, columns]).copy_(isWide ? signed.t() : signed);
    return tensor.mul_(gain);
  });
}
