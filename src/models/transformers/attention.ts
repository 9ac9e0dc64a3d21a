// What every transformer's attention does the same way: heads apart and together again, and the masks that say which
// key a query sees.

import type { DType } from "../../core/dtype.ts";
import { ValueError } from "../../core/errors.ts";
import { arange, finfo, nn, type Tensor, zeros } from "../../torch/index.ts";

/** Heads apart: [batch, length, heads * width] as [batch, heads, length, width]. */
export function splitHeads(input: Tensor, width: number): Tensor {
  const [batch, length] = input.shape as readonly [number, number];
  return input.reshape([batch, length, -1, width]).transpose(1, 2);
}

/** How heads attend. */
export interface Attending {
  /** Added to the scores, broadcast to [batch, heads, queries, keys]; null where every query sees every key. */
  readonly mask: Tensor | null;
  /** Factor of the scores. */
  readonly scale: number;
  /** Probability with which a weight is dropped; 0 when nothing is trained. */
  readonly dropout: number;
}

/**
 * Attention of all heads, and the heads together again. Keys and values may have fewer heads, each for several queries'.
 * @param query shape [batch, heads, queries, width] @returns shape [batch, queries, heads * width]
 */
export function attend(
  query: Tensor,
  key: Tensor,
  value: Tensor,
  { mask, scale, dropout }: Attending,
): Tensor {
  const enableGqa = key.shape[1] !== query.shape[1];
  const settings = { attnMask: mask, dropoutP: dropout, scale, enableGqa };
  const result = nn.functional.scaledDotProductAttention(query, key, value, settings);
  return result.transpose(1, 2).flatten(2);
}

/** Which keys the queries see. */
export interface Sight {
  readonly queries: number;
  /** All keys, those of earlier calls first: the queries are the last ones. By default as many as there are queries. */
  readonly keys?: number;
  readonly dtype: DType;
  /** 1 where a key counts, 0 where it is padding, shape [batch, keys]. */
  readonly padding?: Tensor | null;
  /** A query sees itself and what is before it. */
  readonly isCausal?: boolean;
  /** How many positions a query sees at most, itself and those right before it. */
  readonly window?: number | null;
}

/**
 * The mask that is added to scores: the type's lowest number where a key is not seen (which, unlike minus infinity, gives
 * numbers even where a query sees nothing). Shape [batch or 1, 1, queries, keys]; null where all is seen.
 */
export function attentionMask(sight: Sight): Tensor | null {
  const { queries, keys = queries, dtype, padding = null, isCausal = false, window = null } = sight;
  let seen: Tensor | null = null;
  const isWindowed = window !== null && keys > window;
  if (isCausal && (queries > 1 || isWindowed)) {
    const at = arange(keys - queries, keys).unsqueeze(1);
    const other = arange(keys).unsqueeze(0);
    seen = other.le(at);
    if (isWindowed) seen = seen.logicalAnd(other.gt(at.sub(window)));
  }
  if (padding !== null) {
    const kept = paddingMask(padding, keys);
    seen = seen === null ? kept : seen.logicalAnd(kept);
  }
  if (seen === null) return null;
  return zeros(seen.shape, { dtype }).maskedFill(seen.logicalNot(), finfo(dtype).min);
}

/** True where a key counts, shape [batch, 1, 1, keys]. @throws ValueError for a mask of another shape */
function paddingMask(padding: Tensor, keys: number): Tensor {
  if (padding.ndim !== 2 || padding.shape[1] !== keys) {
    throw new ValueError(
      `an attention mask has shape [batch, ${keys}] here (1 for a token, 0 for padding), not [${padding.shape.join(", ")}]`,
    );
  }
  return padding.ne(0).reshape([padding.shape[0]!, 1, 1, keys]);
}
