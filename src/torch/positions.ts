// Where elements are not 0, and what a mask picks (ATen/native/TensorAdvancedIndexing.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { int64 } from "../core/dtype.ts";
import { elements, isTruthy } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes, Layout } from "../core/layout.ts";
import { nonzeroColumns } from "./advanced-index.ts";
import type { OutOptions } from "./elementwise.ts";
import { into, intoSameType } from "./in-place.ts";
import { named } from "./node.ts";
import type { Dims } from "./reduction-arguments.ts";
import { lacks, type Refusals, refusals, refuse } from "./refusals.ts";
import { stack } from "./stacking.ts";
import { allocate, broadcastError } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

interface MaskOptions extends OutOptions {
  readonly mask: Tensor;
}

/** Elements where a mask holds, as one axis. */
export function maskedSelect(input: Tensor, ...args: Signature<[mask: Tensor], MaskOptions>): Tensor {
  const { mask, out } = bind<Required<MaskOptions>>("masked_select", ["mask"], args, { out: null });
  if (mask.dtype.kind !== "bool") {
    throw new RuntimeError("masked_select: expected BoolTensor for mask");
  }
  const shape = broadcastShapes([input.shape, mask.shape]);
  if (shape === undefined) throw broadcastError(input.shape, mask.shape);
  const result = named(input.expand(shape).at(mask.expand(shape)), "MaskedSelectBackward0");
  return into(result, out, "masked_select", [input]);
}

const countRefusals: Refusals = refusals(lacks("nonzero_count_cpu", "rare"));

interface NonzeroOptions extends OutOptions {
  /** Whether the positions come as one vector for each axis. */
  readonly asTuple?: boolean;
}

function positionsOf(input: Tensor): Tensor {
  refuse(countRefusals, input.dtype);
  const columns = nonzeroColumns(input);
  if (columns.length === 0)
    return allocate(Layout.contiguous(int64, [isTruthy(elements(input)[0]!) ? 1 : 0, 0]));
  // The positions along each axis lie together in memory, as PyTorch's do.
  const rows = stack(columns, 0).t();
  rows.base = null;
  return rows;
}

/** Positions of the elements that are not 0: one a row, or a vector for each axis. */
export function nonzero(input: Tensor, options: NonzeroOptions & { readonly asTuple: true }): Tensor[];
export function nonzero(input: Tensor, options?: NonzeroOptions & { readonly asTuple?: false }): Tensor;
export function nonzero(input: Tensor, options: NonzeroOptions = {}): Tensor | Tensor[] {
  if (options.asTuple === true) {
    refuse(countRefusals, input.dtype);
    return nonzeroColumns(input.ndim === 0 ? input.unsqueeze(0) : input);
  }
  return intoSameType(positionsOf(input), options.out, "nonzero", []);
}

/** Positions of the elements that are not 0, one a row (`torch.argwhere`). */
export function argwhere(input: Tensor): Tensor {
  return positionsOf(input);
}

interface StaticOptions {
  readonly size: number;
  readonly fillValue?: number;
  readonly out?: Tensor | null;
}

/**
 * As many positions of elements that are not 0 as asked for; where there are fewer, rows of `fillValue` follow
 * (`torch.nonzero_static`).
 */
export function nonzeroStatic(input: Tensor, options: StaticOptions): Tensor {
  const { size, fillValue = -1, out } = options;
  if (size < 0) throw new RuntimeError("nonzero_static: 'size' must be an non-negative integer");
  const found = positionsOf(input);
  const kept = found.narrow(0, 0, Math.min(size, found.shape[0]!));
  const result = allocate(Layout.contiguous(int64, [size, input.ndim]));
  if (result.layout.size > 0) {
    result.fill_(fillValue);
    result.narrow(0, 0, kept.shape[0]!).copy_(kept);
  }
  return into(result, out, "nonzero_static", []);
}

/** How many elements are not 0. */
export function countNonzero(
  input: Tensor,
  ...args: Signature<[dim?: Dims], { readonly dim?: Dims }>
): Tensor {
  const { dim } = bind<{ readonly dim: Dims }>("count_nonzero", ["dim"], args, { dim: null });
  refuse(countRefusals, input.dtype);
  return input.ne(0).sum(dim);
}
