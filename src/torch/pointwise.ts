// Elementwise operations, each under the names that PyTorch has for it.

import { add as addOperation, multiply } from "../ops/binary.ts";
import { type Input, run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** The sum. */
export function add(input: Tensor, other: Input): Tensor {
  return run(addOperation, [input, other], undefined);
}

/** The product. */
export function mul(input: Tensor, other: Input): Tensor {
  return run(multiply, [input, other], undefined);
}
