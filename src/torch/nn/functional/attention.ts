// torch.nn.functional.scaled_dot_product_attention.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { cTypeName } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { dropout } from "./dropout.ts";
import { blockedWhere, causalMask } from "./masks.ts";

/** What `scaledDotProductAttention` takes by name. */
export interface AttentionOptions {
  /** Added to the scores; of truth values: true where a key takes part. Broadcast to [..., L, S]. */
  readonly attnMask?: Tensor | null;
  readonly dropoutP?: Numeric;
  /** A query sees the keys up to its own position. */
  readonly isCausal?: boolean;
  /** Factor of the scores; 1 / sqrt(E) where it is null. */
  readonly scale?: Numeric | null;
  /** Keys and values have fewer heads, each for several of the queries' heads. */
  readonly enableGqa?: boolean;
}

type Positions = [attnMask: Tensor | null, dropoutP: Numeric, isCausal: boolean];

/**
 * softmax(scale Q K^T + mask) V (torch.nn.functional.scaled_dot_product_attention). A query that may see no key gives 0.
 * @param query shape [..., L, E] @param key shape [..., S, E] @param value shape [..., S, Ev]
 * @returns shape [..., L, Ev]
 * @throws RuntimeError where shapes, types or settings do not go together
 */
export function scaledDotProductAttention(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  ...args: Signature<Positions, AttentionOptions>
): Tensor {
  if (functionMode.now !== null)
    return functionMode.now.call("F.scaledDotProductAttention", scaledDotProductAttention, [
      query,
      key,
      value,
      ...args,
    ]);
  const bound = bind<Required<AttentionOptions>>(
    "scaled_dot_product_attention",
    ["attnMask", "dropoutP", "isCausal"],
    args,
    { attnMask: null, dropoutP: 0, isCausal: false, scale: null, enableGqa: false },
  );
  check(query, key, value, bound);
  const result = inFloat32([query, key, value, bound.attnMask], (q, k, v, mask) => {
    const heads = bound.enableGqa ? withHeads(q, k, v) : ([k, v] as const);
    return attend(q, heads[0], heads[1], mask, bound);
  });
  const isOneNode = query.ndim === 4 && Number(bound.dropoutP) === 0 && bound.attnMask?.requiresGrad !== true;
  return isOneNode ? named(result, "ScaledDotProductFlashAttentionForCpuBackward0") : result;
}

function check(query: Tensor, key: Tensor, value: Tensor, bound: Required<AttentionOptions>): void {
  const all = [query, key, value];
  if (all.some((each) => each.dtype !== query.dtype)) {
    const [q, k, v] = all.map(({ dtype }) => cTypeName(dtype));
    throw new RuntimeError(
      `Expected query, key, and value to have the same dtype, but got query.dtype: ${q} key.dtype: ${k} and value.dtype: ${v} instead.`,
    );
  }
  if (all.some(({ ndim }) => ndim < 2)) {
    const [q, k, v] = all.map(({ ndim }) => ndim);
    throw new RuntimeError(
      `Expected query, key, and value to all be  at least 2 dimensional, but got query.dim: ${q} key.dim: ${k} and value.dim: ${v} instead.`,
    );
  }
  const { attnMask, isCausal, dropoutP } = bound;
  if (attnMask !== null) {
    const { dtype } = attnMask;
    if (dtype.kind !== "bool" && dtype !== query.dtype && dtype.name !== "float32") {
      throw new RuntimeError(
        `Expected attn_mask dtype to be bool or float or to match query dtype, but got attn_mask.dtype: ${cTypeName(dtype)} and  query.dtype: ${cTypeName(query.dtype)} instead.`,
      );
    }
    if (isCausal) {
      throw new RuntimeError(
        "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
      );
    }
  }
  const p = Number(dropoutP);
  if (p < 0 || p > 1) throw new RuntimeError(`dropout probability has to be between 0 and 1, but got ${p}`);
}

/** Keys and values with each head repeated for the queries that share it. */
function withHeads(query: Tensor, key: Tensor, value: Tensor): readonly [Tensor, Tensor] {
  const heads = query.shape.at(-3);
  const repeats = [key, value].map(({ shape }) => (heads ?? 0) / (shape.at(-3) ?? 0));
  if (query.ndim < 3 || !repeats.every((count) => Number.isInteger(count))) {
    throw new RuntimeError("Number of heads in key and value must divide the number of heads in ");
  }
  return [key.repeatInterleave(repeats[0]!, -3), value.repeatInterleave(repeats[1]!, -3)];
}

function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  mask: Tensor | null,
  { isCausal, scale, dropoutP }: Required<AttentionOptions>,
): Tensor {
  const width = query.shape.at(-1)!;
  // Queries and keys are scaled each by the root, as PyTorch does it so that half types do not overflow.
  const factor = Math.sqrt(Math.abs(scale === null ? 1 / Math.sqrt(width) : Number(scale)));
  const sign = scale !== null && Number(scale) < 0 ? -1 : 1;
  const scores = query.mul(factor * sign).matmul(key.transpose(-2, -1).mul(factor));
  const { dtype } = query;
  const [rows, columns] = scores.shape.slice(-2) as [number, number];
  const added = isCausal
    ? causalMask(rows, columns, dtype)
    : mask?.dtype.kind === "bool"
      ? blockedWhere(mask.logicalNot(), dtype)
      : mask;
  const weights = added === null ? scores.softmax(-1) : maskedSoftmax(scores.add(added), added);
  const p = Number(dropoutP);
  return (p > 0 ? dropout(weights, p) : weights).matmul(value);
}

const blockedRows = (scores: Tensor): Tensor => scores.detach().eq(Number.NEGATIVE_INFINITY).all(-1, true);

/**
 * Softmax along the last axis, where rows of minus infinity alone give 0.
 * @param added what was added to the scores: where their values are not known yet, what it blocks is
 */
function maskedSoftmax(scores: Tensor, added: Tensor): Tensor {
  const isBlocked = blockedRows(scores);
  const known = [isBlocked, blockedRows(added)].find(({ storage }) => storage.hasValues);
  if (known !== undefined && known.any().item() !== true) return scores.softmax(-1);
  return scores.maskedFill(isBlocked, 0).softmax(-1).maskedFill(isBlocked, 0);
}
