// T5 (Raffel et al., 2019; also v1.1 and Flan) with the module names of transformers' models/t5: RMSNorm, scores that are not
// scaled, and a bias by distance that the first block has for all.

import { bind } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { full, nn, type Tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import { type Config, type Fields, flag, integer, nullable, number, readConfig, text } from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { KeysAndValues, KeyValueCache } from "./cache.ts";
import type { EncoderDecoderOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { type GenerateOptions, generate, type SpecialTokens, specialTokens } from "./generate.ts";
import { PretrainedModel } from "./pretrained.ts";
import { type Buckets, distanceBuckets } from "./relative-position.ts";

interface Settings {
  readonly vocabSize: number;
  readonly dModel: number;
  readonly dKv: number;
  readonly dFf: number;
  readonly numLayers: number;
  /** Null: as many as the encoder has. */
  readonly numDecoderLayers: number | null;
  readonly numHeads: number;
  readonly relativeAttentionNumBuckets: number;
  readonly relativeAttentionMaxDistance: number;
  readonly dropoutRate: number;
  readonly layerNormEpsilon: number;
  /** "relu", or "gated-gelu" and its kin. */
  readonly feedForwardProj: string;
  readonly tieWordEmbeddings: boolean;
  /** Null: where the output is tied. */
  readonly scaleDecoderOutputs: boolean | null;
}

const fields: Fields<Settings> = {
  vocabSize: integer(32128),
  dModel: integer(512),
  dKv: integer(64),
  dFf: integer(2048),
  numLayers: integer(6),
  numDecoderLayers: nullable(integer(0), null),
  numHeads: integer(8),
  relativeAttentionNumBuckets: integer(32),
  relativeAttentionMaxDistance: integer(128),
  dropoutRate: number(0.1),
  layerNormEpsilon: number(1e-6),
  feedForwardProj: text("relu"),
  tieWordEmbeddings: flag(true),
  scaleDecoderOutputs: nullable(flag(true), null),
};

const settingsOf = (model: string, config: Config): Settings => readConfig(model, "t5", config, fields);

const names: CheckpointNames = {
  base: "transformer",
  spare: [/^decoder\.block\.0\.layer\.1\.EncDecAttention\.relative_attention_bias\.weight$/],
};

/** The activation of the feed-forward blocks, and whether it gates a second linear layer. */
function feedForward(projection: string): { readonly activation: Activation; readonly isGated: boolean } {
  const [first, second, ...rest] = projection.split("-") as [string, string?];
  const isGated = first === "gated" && second !== undefined;
  if (rest.length > 0 || (second !== undefined && !isGated)) {
    throw new ValueError(
      `T5: the config's feed_forward_proj is "${projection}"; it has to be an activation's name or "gated-" and one`,
    );
  }
  // What is called gated GELU was trained with the tanh form.
  const name = projection === "gated-gelu" ? "gelu_new" : isGated ? second : first;
  return { activation: activationOf("T5", name), isGated };
}

class T5DenseActDense extends nn.Module {
  wi: nn.Linear;
  wo: nn.Linear;
  dropout: nn.Dropout;
  readonly activation: Activation;

  constructor({ dModel, dFf, dropoutRate, feedForwardProj }: Settings) {
    super();
    this.wi = new nn.Linear(dModel, dFf, false);
    this.wo = new nn.Linear(dFf, dModel, false);
    this.dropout = new nn.Dropout(dropoutRate);
    this.activation = feedForward(feedForwardProj).activation;
  }

  override forward(hidden: Tensor): Tensor {
    return this.wo.call(this.dropout.call(this.activation(this.wi.call(hidden))));
  }
}

class T5DenseGatedActDense extends nn.Module {
  wi_0: nn.Linear;
  wi_1: nn.Linear;
  wo: nn.Linear;
  dropout: nn.Dropout;
  readonly activation: Activation;

  constructor({ dModel, dFf, dropoutRate, feedForwardProj }: Settings) {
    super();
    this.wi_0 = new nn.Linear(dModel, dFf, false);
    this.wi_1 = new nn.Linear(dModel, dFf, false);
    this.wo = new nn.Linear(dFf, dModel, false);
    this.dropout = new nn.Dropout(dropoutRate);
    this.activation = feedForward(feedForwardProj).activation;
  }

  override forward(hidden: Tensor): Tensor {
    const gated = this.activation(this.wi_0.call(hidden)).mul(this.wi_1.call(hidden));
    return this.wo.call(this.dropout.call(gated));
  }
}

class T5LayerFF extends nn.Module {
  DenseReluDense: T5DenseActDense | T5DenseGatedActDense;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: Settings) {
    super();
    const { isGated } = feedForward(settings.feedForwardProj);
    this.DenseReluDense = isGated ? new T5DenseGatedActDense(settings) : new T5DenseActDense(settings);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor): Tensor {
    return hidden.add(this.dropout.call(this.DenseReluDense.call(this.layer_norm.call(hidden))));
  }
}

/** What an attention sees besides its input. */
interface Seen {
  /** What keys and values are made of, where it is not the input. */
  readonly source: Tensor | null;
  /** Added to the scores. */
  readonly mask: Tensor | null;
  readonly cache: KeyValueCache | null;
}

class T5Attention extends nn.Module {
  q: nn.Linear;
  k: nn.Linear;
  v: nn.Linear;
  o: nn.Linear;
  relative_attention_bias?: nn.Embedding;
  readonly width: number;
  readonly dropout: number;

  constructor(settings: Settings, hasBias: boolean) {
    super();
    const { dModel, dKv, numHeads } = settings;
    this.width = dKv;
    this.dropout = settings.dropoutRate;
    this.q = new nn.Linear(dModel, numHeads * dKv, false);
    this.k = new nn.Linear(dModel, numHeads * dKv, false);
    this.v = new nn.Linear(dModel, numHeads * dKv, false);
    this.o = new nn.Linear(numHeads * dKv, dModel, false);
    if (hasBias)
      this.relative_attention_bias = new nn.Embedding(settings.relativeAttentionNumBuckets, numHeads);
  }

  override forward(hidden: Tensor, { source, mask, cache }: Seen): Tensor {
    const heads = (layer: nn.Linear, input: Tensor) => splitHeads(layer.call(input), this.width);
    const keysAndValues = (input: Tensor): KeysAndValues => [heads(this.k, input), heads(this.v, input)];
    const own = (): KeysAndValues => cache?.extend(this, ...keysAndValues(hidden)) ?? keysAndValues(hidden);
    const others = (given: Tensor): KeysAndValues =>
      cache?.once(this, () => keysAndValues(given)) ?? keysAndValues(given);
    const [key, value] = source === null ? own() : others(source);
    const dropout = this.training ? this.dropout : 0;
    return this.o.call(attend(heads(this.q, hidden), key, value, { mask, scale: 1, dropout }));
  }
}

class T5LayerSelfAttention extends nn.Module {
  SelfAttention: T5Attention;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: Settings, hasBias: boolean) {
    super();
    this.SelfAttention = new T5Attention(settings, hasBias);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor, seen: Seen): Tensor {
    return hidden.add(this.dropout.call(this.SelfAttention.call(this.layer_norm.call(hidden), seen)));
  }
}

class T5LayerCrossAttention extends nn.Module {
  EncDecAttention: T5Attention;
  layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;

  constructor(settings: Settings) {
    super();
    this.EncDecAttention = new T5Attention(settings, false);
    this.layer_norm = new nn.RMSNorm(settings.dModel, settings.layerNormEpsilon);
    this.dropout = new nn.Dropout(settings.dropoutRate);
  }

  override forward(hidden: Tensor, seen: Seen): Tensor {
    return hidden.add(this.dropout.call(this.EncDecAttention.call(this.layer_norm.call(hidden), seen)));
  }
}

class T5Block extends nn.Module {
  layer: nn.ModuleList;

  constructor(settings: Settings, isDecoder: boolean, hasBias: boolean) {
    super();
    const own = new T5LayerSelfAttention(settings, hasBias);
    const crossed = isDecoder ? [new T5LayerCrossAttention(settings)] : [];
    this.layer = new nn.ModuleList([own, ...crossed, new T5LayerFF(settings)]);
  }

  /** @param crossed what the attention over the encoder's output sees; null in the encoder */
  override forward(hidden: Tensor, own: Seen, crossed: Seen | null): Tensor {
    const attended = (this.layer.at(0) as T5LayerSelfAttention).call(hidden, own);
    const both = crossed ? (this.layer.at(1) as T5LayerCrossAttention).call(attended, crossed) : attended;
    return (this.layer.at(-1) as T5LayerFF).call(both);
  }
}

/** What a stack takes. */
interface StackInputs {
  readonly inputIds: Tensor;
  readonly attentionMask: Tensor | null;
  /** What the encoder gave, and which of it counts. */
  readonly encoded?: Tensor | null;
  readonly encodedMask?: Tensor | null;
  readonly cache?: KeyValueCache | null;
}

class T5Stack extends nn.Module {
  embed_tokens: nn.Embedding;
  block: nn.ModuleList;
  final_layer_norm: nn.RMSNorm;
  dropout: nn.Dropout;
  readonly buckets: Buckets;

  constructor(settings: Settings, isDecoder: boolean) {
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
    this.shared = new nn.Embedding(vocabSize, dModel);
    this.encoder = new T5Stack(settings, false);
    this.decoder = new T5Stack(settings, true);
    this.lm_head = new nn.Linear(dModel, vocabSize, false);
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
    this.shared = new nn.Embedding(settings.vocabSize, settings.dModel);
    this.encoder = new T5Stack(settings, false);
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
