// Integers as a tensor: positions, counts, lengths.

import { int64 } from "../core/dtype.ts";
import { Layout, type Shape } from "../core/layout.ts";
import { allocate } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Integers as an int64 tensor, a vector unless a shape is given. */
export function integers(values: readonly (number | bigint)[], shape: Shape = [values.length]): Tensor {
  const result = allocate(Layout.contiguous(int64, shape));
  (result.storage.view(int64) as BigInt64Array).set(values.map(BigInt));
  return result;
}
