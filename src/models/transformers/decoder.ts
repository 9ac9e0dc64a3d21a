// The decoder that Llama, Mistral, Qwen2 and Qwen3 share: RMSNorm before each block, rotary positions, keys and values for
// several queries' heads, a gated feed-forward block. Module names as in transformers' models/llama.

import { arange, nn, type Tensor } from "../../torch/index.ts";
import type { Config } from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { KeyValueCache } from "./cache.ts";
import { type DecoderArguments, decoderInputs, type LogitsOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import {
  type GenerateOptions,
  generate,
  positionsFrom,
  type SpecialTokens,
  specialTokens,
} from "./generate.ts";
import { drawInitialValues, initializerRange } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";
import { type Rotation, rotaryFrequencies, rotate, rotationAt } from "./rotary.ts";

/** What such a decoder is made of. */
export interface DecoderSettings {
  /** The family's name, for errors, and its `model_type`. */
  readonly family: string;
  readonly modelType: string;
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly numKeyValueHeads: number;
  readonly headDim: number;
  readonly hiddenAct: string;
  readonly rmsNormEps: number;
  readonly attentionDropout: number;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
  /** Whether q_proj, k_proj and v_proj have a bias, and o_proj. */
  readonly hasInputBias: boolean;
  readonly hasOutputBias: boolean;
  readonly hasFeedForwardBias: boolean;
  /** Whether each head of q and k is normalised. */
  readonly normalizesHeads: boolean;
  /** How many positions a query of each layer sees at most; null: all before it. */
  readonly windows: readonly (number | null)[];
  /** Ids that the config class has where a config says nothing. */
  readonly tokens: Partial<SpecialTokens>;
}

/** What the layers of one call share. */
interface Shared {
  readonly rotation: Rotation;
  /** The mask for layers with each window. */
  readonly masks: ReadonlyMap<number | null, Tensor | null>;
  readonly cache: KeyValueCache | null;
}

class DecoderAttention extends nn.Module {
  q_proj: nn.Linear;
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  o_proj: nn.Linear;
  q_norm?: nn.RMSNorm;
  k_norm?: nn.RMSNorm;
  readonly headDim: number;
  readonly window: number | null;
  readonly dropout: number;

  constructor(settings: DecoderSettings, window: number | null) {
    super();
    const { hiddenSize, headDim, numAttentionHeads, numKeyValueHeads, hasInputBias, rmsNormEps } = settings;
    this.headDim = headDim;
    this.window = window;
    this.dropout = settings.attentionDropout;
    this.q_proj = new nn.Linear(hiddenSize, numAttentionHeads * headDim, hasInputBias);
    this.k_proj = new nn.Linear(hiddenSize, numKeyValueHeads * headDim, hasInputBias);
    this.v_proj = new nn.Linear(hiddenSize, numKeyValueHeads * headDim, hasInputBias);
    this.o_proj = new nn.Linear(numAttentionHeads * headDim, hiddenSize, settings.hasOutputBias);
    if (settings.normalizesHeads) {
      this.q_norm = new nn.RMSNorm(headDim, rmsNormEps);
      this.k_norm = new nn.RMSNorm(headDim, rmsNormEps);
    }
  }

  override forward(hidden: Tensor, { rotation, masks, cache }: Shared): Tensor {
    const heads = (layer: nn.Linear) => splitHeads(layer.call(hidden), this.headDim);
    const [q, k] = [heads(this.q_proj), heads(this.k_proj)];
    const query = rotate(this.q_norm?.call(q) ?? q, rotation);
    const newKey = rotate(this.k_norm?.call(k) ?? k, rotation);
    const newValue = heads(this.v_proj);
    const [key, value] = cache?.extend(this, newKey, newValue) ?? [newKey, newValue];
    const attended = attend(query, key, value, {
      mask: masks.get(this.window) ?? null,
      scale: this.headDim ** -0.5,
      dropout: this.training ? this.dropout : 0,
    });
    return this.o_proj.call(attended);
  }
}

class DecoderMLP extends nn.Module {
  gate_proj: nn.Linear;
  up_proj: nn.Linear;
  down_proj: nn.Linear;
  readonly activation: Activation;

  constructor({ family, hiddenSize, intermediateSize, hasFeedForwardBias, hiddenAct }: DecoderSettings) {
    super();
    this.gate_proj = new nn.Linear(hiddenSize, intermediateSize, hasFeedForwardBias);
    this.up_proj = new nn.Linear(hiddenSize, intermediateSize, hasFeedForwardBias);
    this.down_proj = new nn.Linear(intermediateSize, hiddenSize, hasFeedForwardBias);
    this.activation = activationOf(family, hiddenAct);
  }

  override forward(hidden: Tensor): Tensor {
    const gate = this.activation(this.gate_proj.call(hidden));
    return this.down_proj.call(gate.mul(this.up_proj.call(hidden)));
  }
}

class DecoderLayer extends nn.Module {
  self_attn: DecoderAttention;
  mlp: DecoderMLP;
  input_layernorm: nn.RMSNorm;
  post_attention_layernorm: nn.RMSNorm;

  constructor(settings: DecoderSettings, window: number | null) {
    super();
    const { hiddenSize, rmsNormEps } = settings;
    this.self_attn = new DecoderAttention(settings, window);
    this.mlp = new DecoderMLP(settings);
    this.input_layernorm = new nn.RMSNorm(hiddenSize, rmsNormEps);
    this.post_attention_layernorm = new nn.RMSNorm(hiddenSize, rmsNormEps);
  }

  override forward(hidden: Tensor, shared: Shared): Tensor {
    const attended = hidden.add(this.self_attn.call(this.input_layernorm.call(hidden), shared));
    return attended.add(this.mlp.call(this.post_attention_layernorm.call(attended)));
  }
}

/** How the checkpoints of these families name things. */
const names: CheckpointNames = { base: "model", spare: [/rotary_emb\.inv_freq$/] };

/** Such a decoder without a head. */
export class DecoderModel extends PretrainedModel {
  embed_tokens: nn.Embedding;
  layers: nn.ModuleList;
  norm: nn.RMSNorm;
  private readonly frequencies: Tensor;
  /** The windows that layers have, each once. */
  private readonly windows: readonly (number | null)[];

  constructor(settings: DecoderSettings, config: Config) {
    super(names);
    const { family, vocabSize, hiddenSize, padTokenId, windows } = settings;
    this.embed_tokens = new nn.Embedding(vocabSize, hiddenSize, padTokenId);
    this.layers = new nn.ModuleList(windows.map((window) => new DecoderLayer(settings, window)));
    this.norm = new nn.RMSNorm(hiddenSize, settings.rmsNormEps);
    this.windows = [...new Set(windows)];
    this.frequencies = rotaryFrequencies(family, config, settings.headDim);
    drawInitialValues(this, initializerRange(config));
  }

  /** @param args see `DecoderInputs` @returns shape [batch, length, hiddenSize] */
  override forward(...args: DecoderArguments): { readonly lastHiddenState: Tensor } {
    const { inputIds, attentionMask: padding, positionIds, cache } = decoderInputs(args);
    const queries = inputIds.shape[1]!;
    const past = cache?.length ?? 0;
    const positions = positionIds ?? arange(past, past + queries).unsqueeze(0);
    let hidden = this.embed_tokens.call(inputIds);
    const { dtype } = hidden;
    const sight = { queries, keys: past + queries, dtype, padding, isCausal: true };
    const masks = new Map(this.windows.map((window) => [window, attentionMask({ ...sight, window })]));
    const shared: Shared = { rotation: rotationAt(this.frequencies, positions, dtype), masks, cache };
    for (const layer of this.layers as Iterable<DecoderLayer>) hidden = layer.call(hidden, shared);
    if (cache !== null) cache.length += queries;
    return { lastHiddenState: this.norm.call(hidden) };
  }
}

/** Such a decoder that gives scores of the next token. */
export class CausalDecoder extends PretrainedModel {
  model: DecoderModel;
  lm_head: nn.Linear;
  private readonly special: SpecialTokens;

  constructor(settings: DecoderSettings, config: Config) {
    super(names);
    this.special = specialTokens(settings.family, settings.modelType, config, settings.tokens);
    this.model = new DecoderModel(settings, config);
    this.lm_head = new nn.Linear(settings.hiddenSize, settings.vocabSize, false);
    drawInitialValues(this, initializerRange(config));
    if (settings.tieWordEmbeddings) this.tieWeights({ "lm_head.weight": "model.embed_tokens.weight" });
  }

  /** @param args see `DecoderInputs` @returns logits of shape [batch, length, vocabSize] */
  override forward(...args: DecoderArguments): LogitsOutput {
    return { logits: this.lm_head.call(this.model.call(decoderInputs(args)).lastHiddenState) };
  }

  /**
   * Continues sequences greedily.
   * @param inputIds shape [batch, length], padded on the left where `attentionMask` says so
   * @returns shape [batch, length + new tokens]
   */
  generate(
    inputIds: Tensor,
    options: GenerateOptions & { readonly attentionMask?: Tensor | null } = {},
  ): Tensor {
    return generate(
      inputIds,
      ({ tokens, attentionMask, cache }) => {
        const positionIds = attentionMask && positionsFrom(attentionMask, tokens.shape[1]!);
        const inputs = { inputIds: tokens, attentionMask, positionIds, cache };
        return this.lm_head.call(this.model.call(inputs).lastHiddenState.at(":", -1));
      },
      this.special,
      options,
    );
  }
}
