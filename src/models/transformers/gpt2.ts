// GPT-2 (Radford et al., 2019) with the module names of transformers' models/gpt2.

import { arange, empty, nn, type Tensor, zeros } from "../../torch/index.ts";
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
import { drawInitialValues, initializerRange, type OwnValues } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";

interface Settings {
  readonly vocabSize: number;
  readonly nEmbd: number;
  readonly nLayer: number;
  readonly nHead: number;
  readonly nPositions: number;
  /** Width of the feed-forward layers; null: four times nEmbd. */
  readonly nInner: number | null;
  readonly activationFunction: string;
  readonly layerNormEpsilon: number;
  readonly embdPdrop: number;
  readonly attnPdrop: number;
  readonly residPdrop: number;
  readonly scaleAttnWeights: boolean;
  readonly scaleAttnByInverseLayerIdx: boolean;
  /** Only the order of roundings in half precision. */
  readonly reorderAndUpcastAttn: boolean;
  readonly tieWordEmbeddings: boolean;
  readonly addCrossAttention: boolean;
}

const fields: Fields<Settings> = {
  vocabSize: integer(50257),
  nEmbd: integer(768),
  nLayer: integer(12),
  nHead: integer(12),
  nPositions: integer(1024),
  nInner: nullable(integer(0), null),
  activationFunction: text("gelu_new"),
  layerNormEpsilon: number(1e-5),
  embdPdrop: number(0.1),
  attnPdrop: number(0.1),
  residPdrop: number(0.1),
  scaleAttnWeights: flag(true),
  scaleAttnByInverseLayerIdx: flag(false),
  reorderAndUpcastAttn: flag(false),
  tieWordEmbeddings: flag(true),
  addCrossAttention: only(false),
};

const settingsOf = (model: string, config: Config): Settings => readConfig(model, "gpt2", config, fields);

const names: CheckpointNames = {
  base: "transformer",
  // The causal masks that were once saved as buffers.
  spare: [/(^|\.)attn\.(bias|masked_bias)$/],
};

/** y = x W + b with `weight` of shape [in, out], not transposed as in Linear (transformers' Conv1D). */
export class Conv1D extends nn.Module {
  weight: nn.Parameter;
  bias: nn.Parameter;

  constructor(outFeatures: number, inFeatures: number) {
    super();
    this.weight = new nn.Parameter(empty([inFeatures, outFeatures]));
    this.bias = new nn.Parameter(zeros([outFeatures]));
    nn.init.normal_(this.weight, 0, 0.02);
  }

  /** @param input shape [..., in] @returns shape [..., out] */
  override forward(input: Tensor): Tensor {
    return input.matmul(this.weight).add(this.bias);
  }

  override extraRepr(): string {
    const [inFeatures, outFeatures] = this.weight.shape;
    return `nf=${outFeatures}, nx=${inFeatures}`;
  }
}

class GPT2Attention extends nn.Module {
  c_attn: Conv1D;
  c_proj: Conv1D;
  attn_dropout: nn.Dropout;
  resid_dropout: nn.Dropout;
  readonly headSize: number;
  readonly scale: number;

  constructor(settings: Settings, layer: number) {
    super();
    const { nEmbd, nHead } = settings;
    this.headSize = headSize("GPT-2", nEmbd, nHead);
    this.scale =
      (settings.scaleAttnWeights ? this.headSize ** -0.5 : 1) /
      (settings.scaleAttnByInverseLayerIdx ? layer + 1 : 1);
    this.c_attn = new Conv1D(3 * nEmbd, nEmbd);
    this.c_proj = new Conv1D(nEmbd, nEmbd);
    this.attn_dropout = new nn.Dropout(settings.attnPdrop);
    this.resid_dropout = new nn.Dropout(settings.residPdrop);
  }

  override forward(hidden: Tensor, mask: Tensor | null, cache: KeyValueCache | null): Tensor {
    const [query, newKey, newValue] = this.c_attn
      .call(hidden)
      .chunk(3, -1)
      .map((part) => splitHeads(part, this.headSize)) as [Tensor, Tensor, Tensor];
    const [key, value] = cache?.extend(this, newKey, newValue) ?? [newKey, newValue];
    const dropout = this.training ? Number(this.attn_dropout.p) : 0;
    const attended = attend(query, key, value, { mask, scale: this.scale, dropout });
    return this.resid_dropout.call(this.c_proj.call(attended));
  }
}

class GPT2MLP extends nn.Module {
  c_fc: Conv1D;
  c_proj: Conv1D;
  dropout: nn.Dropout;
  readonly activation: Activation;

  constructor({ nEmbd, nInner, activationFunction, residPdrop }: Settings) {
    super();
    const width = nInner ?? 4 * nEmbd;
    this.c_fc = new Conv1D(width, nEmbd);
    this.c_proj = new Conv1D(nEmbd, width);
    this.dropout = new nn.Dropout(residPdrop);
    this.activation = activationOf("GPT-2", activationFunction);
  }

  override forward(hidden: Tensor): Tensor {
    return this.dropout.call(this.c_proj.call(this.activation(this.c_fc.call(hidden))));
  }
}

class GPT2Block extends nn.Module {
  ln_1: nn.LayerNorm;
  attn: GPT2Attention;
  ln_2: nn.LayerNorm;
  mlp: GPT2MLP;

  constructor(settings: Settings, layer: number) {
    super();
    this.ln_1 = new nn.LayerNorm(settings.nEmbd, settings.layerNormEpsilon);
    this.attn = new GPT2Attention(settings, layer);
    this.ln_2 = new nn.LayerNorm(settings.nEmbd, settings.layerNormEpsilon);
    this.mlp = new GPT2MLP(settings);
  }

  override forward(hidden: Tensor, mask: Tensor | null, cache: KeyValueCache | null): Tensor {
    const attended = hidden.add(this.attn.call(this.ln_1.call(hidden), mask, cache));
    return attended.add(this.mlp.call(this.ln_2.call(attended)));
  }
}

/** What is added to the residual is drawn narrower, the more layers add to it. */
function ownValues(config: Config, layers: number): OwnValues {
  const deviation = initializerRange(config);
  return (module) => {
    if (module instanceof Conv1D) {
      nn.init.normal_(module.weight, 0, deviation);
      nn.init.zeros_(module.bias);
    } else if (module instanceof GPT2Attention || module instanceof GPT2MLP) {
      nn.init.normal_(module.c_proj.weight, 0, deviation / Math.sqrt(2 * layers));
    }
  };
}

/** GPT-2 without a head (transformers' GPT2Model). */
export class GPT2Model extends PretrainedModel {
  wte: nn.Embedding;
  wpe: nn.Embedding;
  drop: nn.Dropout;
  h: nn.ModuleList;
  ln_f: nn.LayerNorm;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("GPT2Model", config);
    this.wte = new nn.Embedding(settings.vocabSize, settings.nEmbd);
    this.wpe = new nn.Embedding(settings.nPositions, settings.nEmbd);
    this.drop = new nn.Dropout(settings.embdPdrop);
    this.h = new nn.ModuleList(Array.from({ length: settings.nLayer }, (_, i) => new GPT2Block(settings, i)));
    this.ln_f = new nn.LayerNorm(settings.nEmbd, settings.layerNormEpsilon);
    drawInitialValues(this, initializerRange(config), ownValues(config, settings.nLayer));
  }

  /** @param args see `DecoderInputs` @returns shape [batch, length, nEmbd] */
  override forward(...args: DecoderArguments): { readonly lastHiddenState: Tensor } {
    const { inputIds, attentionMask: padding, positionIds, cache } = decoderInputs(args);
    const queries = inputIds.shape[1]!;
    const past = cache?.length ?? 0;
    const positions = positionIds ?? arange(past, past + queries).unsqueeze(0);
    let hidden = this.drop.call(this.wte.call(inputIds).add(this.wpe.call(positions)));
    const mask = attentionMask({
      queries,
      keys: past + queries,
      dtype: hidden.dtype,
      padding,
      isCausal: true,
    });
    for (const block of this.h as Iterable<GPT2Block>) hidden = block.call(hidden, mask, cache);
    if (cache !== null) cache.length += queries;
    return { lastHiddenState: this.ln_f.call(hidden) };
  }
}

/** GPT-2 that gives scores of the next token (transformers' GPT2LMHeadModel). */
export class GPT2LMHeadModel extends PretrainedModel {
  transformer: GPT2Model;
  lm_head: nn.Linear;
  private readonly special: SpecialTokens;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const { nEmbd, vocabSize, tieWordEmbeddings } = settingsOf("GPT2LMHeadModel", config);
    this.special = specialTokens("GPT2LMHeadModel", "gpt2", config, { eosTokenId: 50256 });
    this.transformer = new GPT2Model(config);
    this.lm_head = new nn.Linear(nEmbd, vocabSize, false);
    drawInitialValues(this, initializerRange(config));
    if (tieWordEmbeddings) this.tieWeights({ "lm_head.weight": "transformer.wte.weight" });
  }

  /** @param args see `DecoderInputs` @returns logits of shape [batch, length, vocabSize] */
  override forward(...args: DecoderArguments): LogitsOutput {
    return { logits: this.lm_head.call(this.transformer.call(decoderInputs(args)).lastHiddenState) };
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
        return this.lm_head.call(this.transformer.call(inputs).lastHiddenState.at(":", -1));
      },
      this.special,
      options,
    );
  }
}
