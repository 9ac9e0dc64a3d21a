// New memory under another shape (`_unsafe_view`).

import type { Shape } from "../core/layout.ts";
import { reshapeStrides } from "../core/layout-reshape.ts";
import { reshapeView } from "../ops/views.ts";
import { runView } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A tensor that nobody else has, under a shape that its strides allow; it does not count as a view. */
export function ownView(copy: Tensor, shape: Shape): Tensor {
  const strides = reshapeStrides(copy.layout, shape)!;
  const result = runView(reshapeView, copy, { shape, strides }, "UnsafeViewBackward0");
  result.base = null;
  return result;
}
