// Greedy decoding: at every step the token with the highest score, as transformers' `generate` does it without sampling
// and beams.

import { ValueError } from "../../core/errors.ts";
import { cat, full, noGrad, ones, type Tensor, zeros } from "../../torch/index.ts";
import { type Config, type Fields, integer, nullable, readConfig, tokens } from "../config.ts";
import { KeyValueCache } from "./cache.ts";

/** How a sequence is continued. */
export interface GenerateOptions {
  /** How many tokens are added at most. Default 20. */
  readonly maxNewTokens?: number;
  /** How many tokens are added at least: before that the end token is not chosen. Default 0. */
  readonly minNewTokens?: number;
  /** What ends a sequence; by default the config's `eos_token_id`. Null: nothing does. */
  readonly eosTokenId?: number | readonly number[] | null;
  /** What stands behind the end of a sequence; by default the config's `pad_token_id`, else the end token. */
  readonly padTokenId?: number | null;
}

/** Ids of tokens with a meaning, as a config has them. */
export interface SpecialTokens {
  readonly eosTokenId: number | readonly number[] | null;
  readonly padTokenId: number | null;
  readonly decoderStartTokenId: number | null;
}

const fields: Fields<SpecialTokens> = {
  eosTokenId: nullable(tokens(0), null),
  padTokenId: nullable(integer(0), null),
  decoderStartTokenId: nullable(integer(0), null),
};

/** The ids that a config names. @param defaults those of the model's own config class */
export function specialTokens(
  model: string,
  type: string,
  config: Config,
  defaults: Partial<SpecialTokens> = {},
): SpecialTokens {
  const named = Object.entries(fields).map(([name, field]) => {
    const fallback = defaults[name as keyof SpecialTokens] ?? null;
    return [name, { ...field, fallback }];
  });
  return readConfig(model, type, config, Object.fromEntries(named) as Fields<SpecialTokens>);
}

/** One step of decoding: scores of the token after the last one. */
export interface Step {
  /** The tokens that are new: at the first step all that are given, then one a sequence. Shape [batch, count]. */
  readonly tokens: Tensor;
  /** 1 for a token, 0 for padding, of all tokens so far, shape [batch, length]; null where there is no padding. */
  readonly attentionMask: Tensor | null;
  readonly cache: KeyValueCache;
}

/**
 * Continues sequences.
 * @param start shape [batch, length] @param step scores of the next token, shape [batch, vocabulary]
 * @returns the start and what was added, shape [batch, length + added]; a sequence that ended is filled with padding
 * @throws ValueError for lengths that are no counts, and for padding on the right, which would be continued
 */
export function generate(
  start: Tensor,
  step: (step: Step) => Tensor,
  special: SpecialTokens,
  options: GenerateOptions & { readonly attentionMask?: Tensor | null },
): Tensor {
  const { maxNewTokens = 20, minNewTokens = 0 } = options;
  for (const [name, count] of Object.entries({ maxNewTokens, minNewTokens })) {
    if (!Number.isInteger(count) || count < 0)
      throw new ValueError(`generate: ${name} is a whole number, 0 or more, not ${count}`);
  }
  const ends = endsOf(options.eosTokenId === undefined ? special.eosTokenId : options.eosTokenId);
  const padding = options.padTokenId ?? special.padTokenId ?? ends[0] ?? 0;
  let mask = leftPadded(options.attentionMask ?? null);
  const [batch] = start.shape as readonly [number];
  const cache = new KeyValueCache();
  return noGrad(() => {
    let sequences = start;
    let isOpen = ones([batch]).bool();
    let latest = start;
    for (let added = 0; added < maxNewTokens; added++) {
      const scores = step({ tokens: latest, attentionMask: mask, cache });
      const allowed = added < minNewTokens ? withoutTokens(scores, ends) : scores;
      const chosen = allowed.argmax(-1).where(isOpen, full([batch], padding, { dtype: start.dtype }));
      latest = chosen.unsqueeze(1);
      sequences = cat([sequences, latest], 1);
      if (mask !== null) mask = cat([mask, ones([batch, 1], { dtype: mask.dtype })], 1);
      for (const end of ends) isOpen = isOpen.logicalAnd(chosen.ne(end));
      if (!isOpen.any().item()) break;
    }
    return sequences;
  });
}

function endsOf(ids: number | readonly number[] | null): readonly number[] {
  return ids === null ? [] : typeof ids === "number" ? [ids] : ids;
}

function withoutTokens(scores: Tensor, ids: readonly number[]): Tensor {
  const result = scores.clone();
  for (const id of ids) result.at(":", id).fill_(Number.NEGATIVE_INFINITY);
  return result;
}

/** @throws ValueError for a mask whose last tokens are padding */
function leftPadded(mask: Tensor | null): Tensor | null {
  if (mask === null) return null;
  if (mask.at(":", -1).eq(0).any().item() === true)
    throw new ValueError(
      "generate: a sequence ends in padding; pad on the left, so that its last token is continued",
    );
  return mask;
}

/** Positions of the new tokens where sequences are padded on the left: the count of tokens before. */
export function positionsFrom(attentionMask: Tensor, count: number): Tensor {
  const positions = attentionMask.long().cumsum(1).sub(1);
  return positions.maximum(zeros([1], { dtype: positions.dtype })).at(":", `${-count}:`);
}
