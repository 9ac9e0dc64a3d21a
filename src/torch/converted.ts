// A copy in another type and order of memory, recorded for gradients: what conversions and writes rest on.

import { bool, type DType } from "../core/dtype.ts";
import { Layout } from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { cast } from "../ops/copying.ts";
import { checkFormat, formattedLayout, type MemoryFormat, preserveFormat } from "./memory-format.ts";
import { isGradEnabled, record, resolved, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** A converted copy, recorded. */
export function convertedTo(input: Tensor, dtype: DType, format: MemoryFormat = preserveFormat): Tensor {
  checkFormat(input.layout, format);
  if (input.layout.size > 0) warnDiscarded(input.dtype, dtype);
  const { shape, strides } = formattedLayout(input.layout, format);
  const result = unwritten(new Layout(dtype, shape, strides));
  const attributes = { dtype, rules: "torch" } as const;
  execute(cast, [input.bits === 0 ? input : resolved(input)], [result], attributes);
  if (isGradEnabled() && input.requiresGrad) record(cast, [input], [result], attributes, "ToCopyBackward0");
  return result;
}

/** Warns where a conversion loses imaginary parts. */
export function warnDiscarded(from: DType, to: DType): void {
  if (from.isComplex && !to.isComplex && to !== bool) {
    warn("UserWarning", "Casting complex values to real discards the imaginary part");
  }
}
