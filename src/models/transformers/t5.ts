// T5 (Raffel et al., 2019; also v1.1 and Flan) with the module names of transformers' models/t5: RMSNorm, scores that are not
// scaled, and a bias by distance that the first block has for all.

import { bind } from "../../core/arguments.ts";
import { full, nn, type Tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import type { Config } from "../config.ts";
import { attentionMask } from "./attention.ts";
import type { KeyValueCache } from "./cache.ts";
import type { EncoderDecoderOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { type GenerateOptions, generate, type SpecialTokens, specialTokens } from "./generate.ts";
import { drawInitialValues, spreadIn } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";
import { type Buckets, distanceBuckets } from "./relative-position.ts";
import {
  ownValues,
  type Seen,
  settingsOf,
  T5Block,
  type T5LayerSelfAttention,
  type T5Settings,
} from "./t5-blocks.ts";

const names: CheckpointNames = {
  base: "transformer",
  spare: [/^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/],
};

/** What a stack takes. */
interface StackInputs {
  readonly inputIds: Tensor;
  readonly attentionMask: Tensor | null;
  /** What the encoder gave, and which of it counts. */
  readonly encoded?: Tensor | null;
  readonly encodedMask?: Tensor | null;
  readonly cache?: KeyValueCache | null;
}

/** Encoder or decoder: the blocks in a row. */
class T5Stack extends nn.Module {
  embed_tokens: nn.Embedding;
  block: nn.ModuleList;
  final_layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;
  readonly buckets: Buckets;

  constructor(settings: T5Settings, isDecoder: boolean, factor: number) {
    super();
    const { vocabSize, dModel, numLayers, numDecoderLayers } = settings;
    const count = isDecoder ? (numDecoderLayers ?? numLayers) : numLayers;
    const blocks = Array.from({ length: count }, (_, i) => new T5Block(settings, isDecoder, i === 0));
    this.embed_tokens = new nn.Embedding(vocabSize, dModel);
    this.block = new nn.ModuleList(blocks);
    this.final_layer_norm = new nn.RMSNorm(dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
    this.buckets = {
      count: settings.relativeAttentionNumBuckets,
      maxDistance: settings.relativeAttentionMaxDistance,
      isOneSided: isDecoder,
    };
    drawInitialValues(this, factor, ownValues(settings, factor));
  }

  /** @returns shape [batch, length, dModel] */
  override forward({ inputIds, attentionMask: padding, encoded, encodedMask, cache }: StackInputs): Tensor {
    const queries = inputIds.shape[1]!;
    const keys = (cache?.length ?? 0) + queries;
    let hidden = this.dropout.call(this.embed_tokens.call(inputIds));
    const { dtype } = hidden;
    const isCausal = this.buckets.isOneSided;
    const own: Seen = {
      source: null,
      mask: this.bias(queries, keys, attentionMask({ queries, keys, dtype, padding, isCausal })),
      cache: cache ?? null,
    };
    const crossed: Seen | null = encoded
      ? {
          source: encoded,
          mask: attentionMask({ queries, keys: encoded.shape[1]!, dtype, padding: encodedMask ?? null }),
          cache: cache ?? null,
        }
      : null;
    for (const block of this.block as Iterable<T5Block>) hidden = block.call(hidden, own, crossed);
    if (cache) cache.length += queries;
    return this.dropout.call(this.final_layer_norm.call(hidden));
  }

  /** What is added to the scores of every block: the first block's bias by distance, and the mask. */
  private bias(queries: number, keys: number, mask: Tensor | null): Tensor {
    const first = (this.block.at(0) as T5Block).layer.at(0) as T5LayerSelfAttention;
    const table = first.SelfAttention.relative_attention_bias!;
    const bias = table
      .call(distanceBuckets(queries, keys, this.buckets))
      .permute(2, 0, 1)
      .unsqueeze(0);
    return mask === null ? bias : bias.add(mask);
  }
}

/** What a T5 takes. */
export interface T5Inputs {
  /** Ids of the text that is read, shape [batch, length]. */
  readonly inputIds: Tensor;
  /** 1 for a token, 0 for padding, shape [batch, length]. */
  readonly attentionMask?: Tensor | null;
  /** Ids of what has been written, the start token first, shape [batch, written]. */
  readonly decoderInputIds: Tensor;
  readonly decoderAttentionMask?: Tensor | null;
}

type Arguments = CallArguments<
  [
    inputIds: Tensor,
    attentionMask: Tensor | null,
    decoderInputIds: Tensor,
    decoderAttentionMask?: Tensor | null,
  ],
  Partial<T5Inputs>
>;

/** T5 that writes a text for a text (transformers' T5ForConditionalGeneration). */
export class T5ForConditionalGeneration extends PretrainedModel {
  shared: nn.Embedding;
  encoder: T5Stack;
  decoder: T5Stack;
  lm_head: nn.Linear;
  private readonly special: SpecialTokens;
  /** Factor of the decoder's output before the head. */
  private readonly outputScale: number;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const model = "T5ForConditionalGeneration";
    const settings = settingsOf(model, config);
    const { vocabSize, dModel, tieWordEmbeddings } = settings;
    this.special = specialTokens(model, "t5", config, { eosTokenId: 1, padTokenId: 0 });
    this.outputScale = (settings.scaleDecoderOutputs ?? tieWordEmbeddings) ? dModel ** -0.5 : 1;
    const factor = spreadIn(config, "initializerFactor", 1);
    this.shared = new nn.Embedding(vocabSize, dModel);
    this.encoder = new T5Stack(settings, false, factor);
    this.decoder = new T5Stack(settings, true, factor);
    this.lm_head = new nn.Linear(dModel, vocabSize, false);
    drawInitialValues(this, factor);
    nn.init.normal_(this.shared.weight, 0, factor);
    this.tieWeights({
      "encoder.embed_tokens.weight": "shared.weight",
      "decoder.embed_tokens.weight": "shared.weight",
      ...(tieWordEmbeddings && { "lm_head.weight": "shared.weight" }),
    });
  }

  /** @param args see `T5Inputs` @returns logits of shape [batch, written, vocabSize] */
  override forward(...args: Arguments): EncoderDecoderOutput {
    const order = ["inputIds", "attentionMask", "decoderInputIds", "decoderAttentionMask"] as const;
    const absent = { attentionMask: null, decoderAttentionMask: null };
    const inputs = bind<Required<T5Inputs>>("forward", order, args, absent);
    const { inputIds, attentionMask } = inputs;
    const encoderLastHiddenState = this.encoder.call({ inputIds, attentionMask });
    const decoded = this.decoder.call({
      inputIds: inputs.decoderInputIds,
      attentionMask: inputs.decoderAttentionMask,
      encoded: encoderLastHiddenState,
      encodedMask: attentionMask,
    });
    return { logits: this.scores(decoded), encoderLastHiddenState };
  }

  private scores(decoded: Tensor): Tensor {
    return this.lm_head.call(this.outputScale === 1 ? decoded : decoded.mul(this.outputScale));
  }

  /**
   * Writes greedily, from the config's start token on.
   * @param inputIds the text that is read, shape [batch, length]
   * @returns the start token and what was written, shape [batch, 1 + new tokens]
   */
  generate(
    inputIds: Tensor,
    options: GenerateOptions & { readonly attentionMask?: Tensor | null } = {},
  ): Tensor {
    const { attentionMask: encodedMask = null, ...rest } = options;
    const { decoderStartTokenId, padTokenId } = this.special;
    const start = full([inputIds.shape[0]!, 1], decoderStartTokenId ?? padTokenId ?? 0, {
      dtype: inputIds.dtype,
    });
    let encoded: Tensor | null = null;
    return generate(
      start,
      ({ tokens, cache }) => {
        encoded ??= this.encoder.call({ inputIds, attentionMask: encodedMask });
        const seen = { attentionMask: null, encoded, encodedMask, cache };
        return this.scores(this.decoder.call({ inputIds: tokens, ...seen }).at(":", -1));
      },
      this.special,
      rest,
    );
  }
}

/** T5's encoder alone, for what a text means (transformers' T5EncoderModel). */
export class T5EncoderModel extends PretrainedModel {
  shared: nn.Embedding;
  encoder: T5Stack;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super({ ...names, spare: [/^decoder\./, /^lm_head\./] });
    const settings = settingsOf("T5EncoderModel", config);
    const factor = spreadIn(config, "initializerFactor", 1);
    this.shared = new nn.Embedding(settings.vocabSize, settings.dModel);
    this.encoder = new T5Stack(settings, false, factor);
    drawInitialValues(this, factor);
    nn.init.normal_(this.shared.weight, 0, factor);
    this.tieWeights({ "encoder.embed_tokens.weight": "shared.weight" });
  }

  /** @param args `inputIds` and `attentionMask` as in `T5Inputs` @returns shape [batch, length, dModel] */
  override forward(
    ...args: CallArguments<
      [inputIds: Tensor, attentionMask?: Tensor | null],
      Partial<Pick<T5Inputs, "inputIds" | "attentionMask">>
    >
  ): { readonly lastHiddenState: Tensor } {
    const order = ["inputIds", "attentionMask"] as const;
    type Bound = { readonly inputIds: Tensor; readonly attentionMask: Tensor | null };
    return {
      lastHiddenState: this.encoder.call(bind<Bound>("forward", order, args, { attentionMask: null })),
    };
  }
}
