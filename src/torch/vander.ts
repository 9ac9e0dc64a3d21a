// Powers of a vector's elements (ATen/native/LinearAlgebra.cpp, `vander`).

import { bind, type Signature } from "../core/arguments.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Tensor } from "./tensor.ts";

interface VanderOptions {
  readonly N?: number | null;
  readonly increasing?: boolean;
}

/** Vandermonde's matrix (`torch.vander`): so many powers of each element, the highest first unless `increasing`. */
export function vander(
  x: Tensor,
  ...args: Signature<[N?: number | null, increasing?: boolean], VanderOptions>
): Tensor {
  const { N, increasing } = bind<Required<VanderOptions>>("vander", ["N", "increasing"], args, {
    N: null,
    increasing: false,
  });
  if (x.ndim !== 1) throw new RuntimeError("x must be a one-dimensional tensor.");
  const count = N ?? x.shape[0]!;
  if (count < 0) throw new RuntimeError("N must be non-negative.");
  // A first factor of 1, then x again and again.
  const factors = x.unsqueeze(1).expand([x.shape[0]!, count]).clone();
  if (count > 0) factors.narrow(1, 0, 1).fill_(1);
  const powers = factors.cumprod(1);
  return increasing ? powers : powers.flip(1);
}
