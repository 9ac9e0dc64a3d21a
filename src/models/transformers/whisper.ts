// Whisper (Radford et al., 2022) with the module names of transformers' models/whisper: an encoder of mel frames, a decoder of
// tokens.

import { bind } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { full, nn, rand, type Tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import {
  type Config,
  type Fields,
  flag,
  headSize,
  integer,
  nullable,
  number,
  only,
  readConfig,
  text,
} from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { KeysAndValues, KeyValueCache } from "./cache.ts";
import type { EncoderDecoderOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { type GenerateOptions, generate, type SpecialTokens, specialTokens } from "./generate.ts";
import { drawInitialValues, spreadIn } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";
import { sinusoids } from "./sinusoids.ts";

interface Settings {
  readonly vocabSize: number;
  readonly numMelBins: number;
  readonly dModel: number;
  readonly encoderLayers: number;
  readonly encoderAttentionHeads: number;
  readonly encoderFfnDim: number;
  readonly decoderLayers: number;
  readonly decoderAttentionHeads: number;
  readonly decoderFfnDim: number;
  readonly maxSourcePositions: number;
  readonly maxTargetPositions: number;
  readonly activationFunction: string;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly activationDropout: number;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
  /** Probability with which a layer is left out in training. */
  readonly encoderLayerdrop: number;
  readonly decoderLayerdrop: number;
  readonly scaleEmbedding: boolean;
}

const fields: Fields<Settings> = {
  vocabSize: integer(51865),
  numMelBins: integer(80),
  dModel: integer(384),
  encoderLayers: integer(4),
  encoderAttentionHeads: integer(6),
  encoderFfnDim: integer(1536),
  decoderLayers: integer(4),
  decoderAttentionHeads: integer(6),
  decoderFfnDim: integer(1536),
  maxSourcePositions: integer(1500),
  maxTargetPositions: integer(448),
  activationFunction: text("gelu"),
  dropout: number(0),
  attentionDropout: number(0),
  activationDropout: number(0),
  padTokenId: nullable(integer(50256)),
  tieWordEmbeddings: flag(true),
  encoderLayerdrop: number(0),
  decoderLayerdrop: number(0),
  scaleEmbedding: only(false),
};

const settingsOf = (model: string, config: Config): Settings => readConfig(model, "whisper", config, fields);

const names: CheckpointNames = { base: "model" };

class WhisperAttention extends nn.Module {
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  q_proj: nn.Linear;
  out_proj: nn.Linear;
  readonly headSize: number;
  readonly dropout: number;

  constructor(width: number, heads: number, dropout: number) {
    super();
    this.headSize = headSize("Whisper", width, heads);
    this.dropout = dropout;
    this.k_proj = new nn.Linear(width, width, false);
    this.v_proj = new nn.Linear(width, width);
    this.q_proj = new nn.Linear(width, width);
    this.out_proj = new nn.Linear(width, width);
  }

  /** @param source what keys and values are made of; null: the input itself */
  override forward(
    hidden: Tensor,
    source: Tensor | null,
    mask: Tensor | null,
    cache: KeyValueCache | null,
  ): Tensor {
    const heads = (layer: nn.Linear, input: Tensor) => splitHeads(layer.call(input), this.headSize);
    const keysAndValues = (input: Tensor): KeysAndValues => [
      heads(this.k_proj, input),
      heads(this.v_proj, input),
    ];
    const own = (): KeysAndValues => cache?.extend(this, ...keysAndValues(hidden)) ?? keysAndValues(hidden);
    const others = (given: Tensor): KeysAndValues =>
      cache?.once(this, () => keysAndValues(given)) ?? keysAndValues(given);
    const [key, value] = source === null ? own() : others(source);
    const dropout = this.training ? this.dropout : 0;
    const settings = { mask, scale: this.headSize ** -0.5, dropout };
    return this.out_proj.call(attend(heads(this.q_proj, hidden), key, value, settings));
  }
}

/** The dropouts and the activation of a layer's feed-forward block. */
class FeedForward {
  private readonly activation: Activation;
  private readonly settings: Settings;

  constructor(settings: Settings) {
    this.settings = settings;
    this.activation = activationOf("Whisper", settings.activationFunction);
  }

  /** Dropout of what is added to the residual. */
  dropped(value: Tensor, training: boolean): Tensor {
    return nn.functional.dropout(value, { p: this.settings.dropout, training });
  }

  run(hidden: Tensor, fc1: nn.Linear, fc2: nn.Linear, training: boolean): Tensor {
    const inner = this.activation(fc1.call(hidden));
    const p = this.settings.activationDropout;
    return this.dropped(fc2.call(nn.functional.dropout(inner, { p, training })), training);
  }
}

class WhisperEncoderLayer extends nn.Module {
  self_attn: WhisperAttention;
  self_attn_layer_norm: nn.LayerNorm;
  fc1: nn.Linear;
  fc2: nn.Linear;
  final_layer_norm: nn.LayerNorm;
  private readonly block: FeedForward;

  constructor(settings: Settings) {
    super();
    const { dModel, encoderAttentionHeads, encoderFfnDim, attentionDropout } = settings;
    this.self_attn = new WhisperAttention(dModel, encoderAttentionHeads, attentionDropout);
    this.self_attn_layer_norm = new nn.LayerNorm(dModel);
    this.fc1 = new nn.Linear(dModel, encoderFfnDim);
    this.fc2 = new nn.Linear(encoderFfnDim, dModel);
    this.final_layer_norm = new nn.LayerNorm(dModel);
    this.block = new FeedForward(settings);
  }

  override forward(hidden: Tensor): Tensor {
    const attention = this.self_attn.call(this.self_attn_layer_norm.call(hidden), null, null, null);
    const attended = hidden.add(this.block.dropped(attention, this.training));
    const normal = this.final_layer_norm.call(attended);
    return attended.add(this.block.run(normal, this.fc1, this.fc2, this.training));
  }
}

class WhisperDecoderLayer extends nn.Module {
  self_attn: WhisperAttention;
  self_attn_layer_norm: nn.LayerNorm;
  encoder_attn: WhisperAttention;
  encoder_attn_layer_norm: nn.LayerNorm;
  fc1: nn.Linear;
  fc2: nn.Linear;
  final_layer_norm: nn.LayerNorm;
  private readonly block: FeedForward;

  constructor(settings: Settings) {
    super();
    const { dModel, decoderAttentionHeads, decoderFfnDim, attentionDropout } = settings;
    this.self_attn = new WhisperAttention(dModel, decoderAttentionHeads, attentionDropout);
    this.self_attn_layer_norm = new nn.LayerNorm(dModel);
    this.encoder_attn = new WhisperAttention(dModel, decoderAttentionHeads, attentionDropout);
    this.encoder_attn_layer_norm = new nn.LayerNorm(dModel);
    this.fc1 = new nn.Linear(dModel, decoderFfnDim);
    this.fc2 = new nn.Linear(decoderFfnDim, dModel);
    this.final_layer_norm = new nn.LayerNorm(dModel);
    this.block = new FeedForward(settings);
  }

  override forward(
    hidden: Tensor,
    encoded: Tensor,
    mask: Tensor | null,
    cache: KeyValueCache | null,
  ): Tensor {
    const own = this.self_attn.call(this.self_attn_layer_norm.call(hidden), null, mask, cache);
    const attended = hidden.add(this.block.dropped(own, this.training));
    const normal = this.encoder_attn_layer_norm.call(attended);
    const crossed = this.encoder_attn.call(normal, encoded, null, cache);
    const both = attended.add(this.block.dropped(crossed, this.training));
    return both.add(this.block.run(this.final_layer_norm.call(both), this.fc1, this.fc2, this.training));
  }
}

/** The layers that take part: in training each is left out with a probability, for which a number is drawn in any case. */
function* layersOf<Layer>(
  layers: Iterable<Layer>,
  dropped: number,
  training: boolean,
): IterableIterator<Layer> {
  for (const layer of layers) {
    if (!training || Number(rand([]).item()) >= dropped) yield layer;
  }
}

class WhisperEncoder extends nn.Module {
  conv1: nn.Conv1d;
  conv2: nn.Conv1d;
  embed_positions: nn.Embedding;
  layers: nn.ModuleList;
  layer_norm: nn.LayerNorm;
  private readonly dropout: number;
  private readonly layerdrop: number;

  constructor(settings: Settings, deviation: number) {
    super();
    const { numMelBins, dModel, maxSourcePositions, encoderLayers } = settings;
    this.conv1 = new nn.Conv1d(numMelBins, dModel, 3, { padding: 1 });
    this.conv2 = new nn.Conv1d(dModel, dModel, 3, { stride: 2, padding: 1 });
    this.embed_positions = new nn.Embedding(maxSourcePositions, dModel);
    // Sinusoids, which stay as they are.
    this.embed_positions.requiresGrad_(false);
    this.layers = new nn.ModuleList(
      Array.from({ length: encoderLayers }, () => new WhisperEncoderLayer(settings)),
    );
    this.layer_norm = new nn.LayerNorm(dModel);
    this.dropout = settings.dropout;
    this.layerdrop = settings.encoderLayerdrop;
    drawInitialValues(this, deviation, (module) => {
      if (module === this) this.embed_positions.weight.copy_(sinusoids(maxSourcePositions, dModel));
    });
  }

  /** @param features mel frames, shape [batch, numMelBins, 2 maxSourcePositions] @returns [batch, positions, dModel] */
  override forward(features: Tensor): Tensor {
    const frames = 2 * this.embed_positions.numEmbeddings;
    if (features.shape.at(-1) !== frames) {
      throw new ValueError(
        `Whisper expects mel features of ${frames} frames, but found ${features.shape.at(-1)}. Pad them to ${frames}.`,
      );
    }
    const { gelu, dropout } = nn.functional;
    const first = gelu(this.conv1.call(features));
    const embedded = gelu(this.conv2.call(first)).transpose(1, 2).add(this.embed_positions.weight);
    let hidden = dropout(embedded, { p: this.dropout, training: this.training });
    const layers = this.layers as Iterable<WhisperEncoderLayer>;
    for (const layer of layersOf(layers, this.layerdrop, this.training)) hidden = layer.call(hidden);
    return this.layer_norm.call(hidden);
  }
}

/** What the decoder takes. */
interface DecoderCall {
  readonly inputIds: Tensor;
  readonly attentionMask: Tensor | null;
  readonly encoded: Tensor;
  readonly cache: KeyValueCache | null;
}

class WhisperDecoder extends nn.Module {
  embed_tokens: nn.Embedding;
  embed_positions: nn.Embedding;
  layers: nn.ModuleList;
  layer_norm: nn.LayerNorm;
  private readonly dropout: number;
  private readonly layerdrop: number;

  constructor(settings: Settings, deviation: number) {
    super();
    const { vocabSize, dModel, padTokenId, maxTargetPositions, decoderLayers } = settings;
    this.embed_tokens = new nn.Embedding(vocabSize, dModel, padTokenId);
    this.embed_positions = new nn.Embedding(maxTargetPositions, dModel);
    this.layers = new nn.ModuleList(
      Array.from({ length: decoderLayers }, () => new WhisperDecoderLayer(settings)),
    );
    this.layer_norm = new nn.LayerNorm(dModel);
    this.dropout = settings.dropout;
    this.layerdrop = settings.decoderLayerdrop;
    drawInitialValues(this, deviation);
  }

  override forward({ inputIds, attentionMask: padding, encoded, cache }: DecoderCall): Tensor {
    const queries = inputIds.shape[1]!;
    const past = cache?.length ?? 0;
    const most = this.embed_positions.numEmbeddings;
    if (past + queries > most)
      throw new ValueError(
        `Whisper decodes at most ${most} tokens (max_target_positions), not ${past + queries}`,
      );
    const positions = this.embed_positions.weight.at(`${past}:${past + queries}`);
    const embedded = this.embed_tokens.call(inputIds).add(positions);
    let hidden = nn.functional.dropout(embedded, { p: this.dropout, training: this.training });
    const { dtype } = hidden;
    const mask = attentionMask({ queries, keys: past + queries, dtype, padding, isCausal: true });
    const layers = this.layers as Iterable<WhisperDecoderLayer>;
    for (const layer of layersOf(layers, this.layerdrop, this.training))
      hidden = layer.call(hidden, encoded, mask, cache);
    if (cache !== null) cache.length += queries;
    return this.layer_norm.call(hidden);
  }
}

/** What a Whisper takes. */
export interface WhisperInputs {
  /** Mel frames, shape [batch, numMelBins, 2 maxSourcePositions]. */
  readonly inputFeatures: Tensor;
  /** Ids of what has been written, the start token first, shape [batch, written]. */
  readonly decoderInputIds: Tensor;
  readonly decoderAttentionMask?: Tensor | null;
}

type Arguments = CallArguments<[inputFeatures: Tensor], Partial<WhisperInputs>>;

function inputsOf(args: Arguments): Required<WhisperInputs> {
  const order = ["inputFeatures", "decoderInputIds"] as const;
  return bind<Required<WhisperInputs>>("forward", order, args, { decoderAttentionMask: null });
}

/** Whisper without a head (transformers' WhisperModel). */
export class WhisperModel extends PretrainedModel {
  encoder: WhisperEncoder;
  decoder: WhisperDecoder;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("WhisperModel", config);
    const deviation = spreadIn(config, "initStd", 0.02);
    this.encoder = new WhisperEncoder(settings, deviation);
    this.decoder = new WhisperDecoder(settings, deviation);
  }

  /** @param args see `WhisperInputs` @returns `lastHiddenState` of the decoder, shape [batch, written, dModel] */
  override forward(...args: Arguments): {
    readonly lastHiddenState: Tensor;
    readonly encoderLastHiddenState: Tensor;
  } {
    const { inputFeatures, decoderInputIds, decoderAttentionMask } = inputsOf(args);
    const encoded = this.encoder.call(inputFeatures);
    const seen = { attentionMask: decoderAttentionMask, encoded, cache: null };
    const lastHiddenState = this.decoder.call({ inputIds: decoderInputIds, ...seen });
    return { lastHiddenState, encoderLastHiddenState: encoded };
  }
}

/** Whisper that writes what is heard (transformers' WhisperForConditionalGeneration). */
export class WhisperForConditionalGeneration extends PretrainedModel {
  model: WhisperModel;
  proj_out: nn.Linear;
  private readonly special: SpecialTokens;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const name = "WhisperForConditionalGeneration";
    const { dModel, vocabSize, tieWordEmbeddings } = settingsOf(name, config);
    const tokens = { eosTokenId: 50256, padTokenId: 50256, decoderStartTokenId: 50257 };
    this.special = specialTokens(name, "whisper", config, tokens);
    this.model = new WhisperModel(config);
    this.proj_out = new nn.Linear(dModel, vocabSize, false);
    drawInitialValues(this, spreadIn(config, "initStd", 0.02));
    if (tieWordEmbeddings) this.tieWeights({ "proj_out.weight": "model.decoder.embed_tokens.weight" });
  }

  /** @param args see `WhisperInputs` @returns logits of shape [batch, written, vocabSize] */
  override forward(...args: Arguments): EncoderDecoderOutput {
    const { lastHiddenState, encoderLastHiddenState } = this.model.call(inputsOf(args));
    return { logits: this.proj_out.call(lastHiddenState), encoderLastHiddenState };
  }

  /**
   * Writes greedily, from the config's start token or the given `decoderInputIds` (language, task) on.
   * @param inputFeatures mel frames, shape [batch, numMelBins, 2 maxSourcePositions]
   * @returns what it began with and what was written, shape [batch, length]
   */
  generate(
    inputFeatures: Tensor,
    options: GenerateOptions & { readonly decoderInputIds?: Tensor } = {},
  ): Tensor {
    const { decoderInputIds, ...rest } = options;
    const first = this.special.decoderStartTokenId ?? 0;
    const start = decoderInputIds ?? full([inputFeatures.shape[0]!, 1], first).long();
    let encoded: Tensor | null = null;
    return generate(
      start,
      ({ tokens, cache }) => {
        encoded ??= this.model.encoder.call(inputFeatures);
        const seen = { attentionMask: null, encoded, cache };
        return this.proj_out.call(this.model.decoder.call({ inputIds: tokens, ...seen }).at(":", -1));
      },
      this.special,
      rest,
    );
  }
}
