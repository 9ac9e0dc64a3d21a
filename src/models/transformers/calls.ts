// What models take and give that several families call alike.

import { bind } from "../../core/arguments.ts";
import type { Tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import type { KeyValueCache } from "./cache.ts";

/** What a model without a head gives. */
export interface PooledOutput {
  /** Shape [batch, length, hiddenSize]. */
  readonly lastHiddenState: Tensor;
  /** What the pooler makes of the first token, shape [batch, hiddenSize]; null where there is no pooler. */
  readonly poolerOutput: Tensor | null;
}

/** What a model with a head gives. */
export interface LogitsOutput {
  readonly logits: Tensor;
}

/** What decoders take. */
export interface DecoderInputs {
  /** Ids of tokens, shape [batch, length]: with a cache those that are new. */
  readonly inputIds: Tensor;
  /** 1 for a token, 0 for padding, shape [batch, length]: with a cache of all tokens so far. */
  readonly attentionMask?: Tensor | null;
  /** Positions of the tokens, shape [batch or 1, length]; in order by default. */
  readonly positionIds?: Tensor | null;
  /** Keys and values of the tokens before; those of these tokens are added. */
  readonly cache?: KeyValueCache | null;
}

/** How decoders are called: by position, or by name. */
export type DecoderArguments = CallArguments<
  [
    inputIds: Tensor,
    attentionMask?: Tensor | null,
    positionIds?: Tensor | null,
    cache?: KeyValueCache | null,
  ],
  Partial<DecoderInputs>
>;

/** Binds what a decoder is called with. */
export function decoderInputs(args: DecoderArguments): Required<DecoderInputs> {
  const order = ["inputIds", "attentionMask", "positionIds", "cache"] as const;
  const absent = { attentionMask: null, positionIds: null, cache: null };
  return bind<Required<DecoderInputs>>("forward", order, args, absent);
}

/** What a model gives that reads with an encoder and writes with a decoder. */
export interface EncoderDecoderOutput extends LogitsOutput {
  /** Shape [batch, read, width]. */
  readonly encoderLastHiddenState: Tensor;
}
