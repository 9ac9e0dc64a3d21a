// Masks of attention: those of truth values become numbers that are added to the scores (PyTorch's torch.nn.functional).

import type { DType } from "../../../core/dtype.ts";
import { AssertionError } from "../../../core/errors.ts";
import { warn } from "../../../core/warnings.ts";
import { full, zeros } from "../../creation.ts";
import type { Tensor } from "../../tensor.ts";

/** Minus infinity where the mask holds, 0 elsewhere. */
export function blockedWhere(mask: Tensor, dtype: DType): Tensor {
  return zeros(mask.layout.shape, { dtype }).maskedFill_(mask, Number.NEGATIVE_INFINITY);
}

/** Minus infinity above the diagonal of [rows, columns]: a position sees itself and those before it. */
export function causalMask(rows: number, columns: number, dtype: DType): Tensor {
  return full([rows, columns], Number.NEGATIVE_INFINITY, { dtype }).triu(1);
}

/**
 * A mask as numbers to add to scores.
 * @param name what the mask is called in errors
 * @param other the mask that should have the same type; undefined where there is none to compare with
 * @throws AssertionError for a mask that is neither bool nor floating
 */
export function canonicalMask(
  mask: Tensor | null,
  name: string,
  dtype: DType,
  other?: { readonly mask: Tensor | null; readonly name: string },
): Tensor | null {
  if (mask === null) return null;
  const type = mask.layout.dtype;
  if (type.kind !== "bool" && !type.isFloatingPoint) {
    throw new AssertionError(`only bool and floating types of ${name} are supported`);
  }
  if (other !== undefined && other.mask !== null && other.mask.layout.dtype !== type) {
    warn(
      "UserWarning",
      `Support for mismatched ${name} and ${other.name} is deprecated. Use same type for both instead.`,
    );
  }
  return type.isFloatingPoint ? mask : blockedWhere(mask, dtype);
}
