// DistilBERT (Sanh et al., 2019) with the module names of transformers' models/distilbert.

import { bind } from "../../core/arguments.ts";
import { arange, nn, noGrad, type Tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import {
  type Config,
  type Fields,
  flag,
  headSize,
  integer,
  labelCount,
  nullable,
  number,
  readConfig,
  text,
} from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { LogitsOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { drawInitialValues, initializerRange } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";
import { interleavedSinusoids } from "./sinusoids.ts";

interface Settings {
  readonly vocabSize: number;
  readonly dim: number;
  readonly nLayers: number;
  readonly nHeads: number;
  readonly hiddenDim: number;
  readonly maxPositionEmbeddings: number;
  readonly activation: string;
  readonly dropout: number;
  readonly attentionDropout: number;
  readonly seqClassifDropout: number;
  readonly padTokenId: number | null;
  /** Positions begin as sinusoids. */
  readonly sinusoidalPosEmbds: boolean;
  readonly tieWordEmbeddings: boolean;
}

const fields: Fields<Settings> = {
  vocabSize: integer(30522),
  dim: integer(768),
  nLayers: integer(6),
  nHeads: integer(12),
  hiddenDim: integer(3072),
  maxPositionEmbeddings: integer(512),
  activation: text("gelu"),
  dropout: number(0.1),
  attentionDropout: number(0.1),
  seqClassifDropout: number(0.2),
  padTokenId: nullable(integer(0)),
  sinusoidalPosEmbds: flag(false),
  tieWordEmbeddings: flag(true),
};

const settingsOf = (model: string, config: Config): Settings =>
  readConfig(model, "distilbert", config, fields);

/** The epsilon of every LayerNorm; configs do not say it. */
const eps = 1e-12;

const names: CheckpointNames = {
  base: "distilbert",
  renamed: [
    [/LayerNorm\.gamma$/, "LayerNorm.weight"],
    [/LayerNorm\.beta$/, "LayerNorm.bias"],
  ],
  spare: [/embeddings\.position_ids$/],
};

/** What a DistilBERT takes. */
export interface DistilBertInputs {
  /** Ids of tokens, shape [batch, length]. */
  readonly inputIds: Tensor;
  /** 1 for a token, 0 for padding, shape [batch, length]. */
  readonly attentionMask?: Tensor | null;
}

type Arguments = CallArguments<[inputIds: Tensor, attentionMask?: Tensor | null], Partial<DistilBertInputs>>;

function inputsOf(args: Arguments): Required<DistilBertInputs> {
  const order = ["inputIds", "attentionMask"] as const;
  return bind<Required<DistilBertInputs>>("forward", order, args, { attentionMask: null });
}

class Embeddings extends nn.Module {
  word_embeddings: nn.Embedding;
  position_embeddings: nn.Embedding;
  LayerNorm: nn.LayerNorm;
  dropout: nn.Dropout;

  constructor({ vocabSize, dim, maxPositionEmbeddings, dropout, padTokenId }: Settings) {
    super();
    this.word_embeddings = new nn.Embedding(vocabSize, dim, padTokenId);
    // The file holds the positions, sinusoids or not.
    this.position_embeddings = new nn.Embedding(maxPositionEmbeddings, dim);
    this.LayerNorm = new nn.LayerNorm(dim, eps);
    this.dropout = new nn.Dropout(dropout);
  }

  override forward(inputIds: Tensor): Tensor {
    const positions = this.position_embeddings.call(arange(inputIds.shape[1]!).unsqueeze(0));
    return this.dropout.call(this.LayerNorm.call(this.word_embeddings.call(inputIds).add(positions)));
  }
}

class DistilBertSelfAttention extends nn.Module {
  q_lin: nn.Linear;
  k_lin: nn.Linear;
  v_lin: nn.Linear;
  out_lin: nn.Linear;
  dropout: nn.Dropout;
  readonly headSize: number;

  constructor({ dim, nHeads, attentionDropout }: Settings) {
    super();
    this.headSize = headSize("DistilBERT", dim, nHeads);
    this.q_lin = new nn.Linear(dim, dim);
    this.k_lin = new nn.Linear(dim, dim);
    this.v_lin = new nn.Linear(dim, dim);
    this.out_lin = new nn.Linear(dim, dim);
    this.dropout = new nn.Dropout(attentionDropout);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const heads = (layer: nn.Linear) => splitHeads(layer.call(hidden), this.headSize);
    const attended = attend(heads(this.q_lin), heads(this.k_lin), heads(this.v_lin), {
      mask,
      scale: this.headSize ** -0.5,
      dropout: this.training ? Number(this.dropout.p) : 0,
    });
    return this.out_lin.call(attended);
  }
}

class FFN extends nn.Module {
  dropout: nn.Dropout;
  lin1: nn.Linear;
  lin2: nn.Linear;
  readonly activation: Activation;

  constructor(settings: Settings) {
    super();
    this.dropout = new nn.Dropout(settings.dropout);
    this.lin1 = new nn.Linear(settings.dim, settings.hiddenDim);
    this.lin2 = new nn.Linear(settings.hiddenDim, settings.dim);
    this.activation = activationOf("DistilBERT", settings.activation);
  }

  override forward(hidden: Tensor): Tensor {
    return this.dropout.call(this.lin2.call(this.activation(this.lin1.call(hidden))));
  }
}

class TransformerBlock extends nn.Module {
  attention: DistilBertSelfAttention;
  sa_layer_norm: nn.LayerNorm;
  ffn: FFN;
  output_layer_norm: nn.LayerNorm;

  constructor(settings: Settings) {
    super();
    this.attention = new DistilBertSelfAttention(settings);
    this.sa_layer_norm = new nn.LayerNorm(settings.dim, eps);
    this.ffn = new FFN(settings);
    this.output_layer_norm = new nn.LayerNorm(settings.dim, eps);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const attended = this.sa_layer_norm.call(this.attention.call(hidden, mask).add(hidden));
    return this.output_layer_norm.call(this.ffn.call(attended).add(attended));
  }
}

class Transformer extends nn.Module {
  layer: nn.ModuleList;

  constructor(settings: Settings) {
    super();
    this.layer = new nn.ModuleList(
      Array.from({ length: settings.nLayers }, () => new TransformerBlock(settings)),
    );
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    let value = hidden;
    for (const block of this.layer as Iterable<TransformerBlock>) value = block.call(value, mask);
    return value;
  }
}

/** DistilBERT without a head (transformers' DistilBertModel). */
export class DistilBertModel extends PretrainedModel {
  embeddings: Embeddings;
  transformer: Transformer;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("DistilBertModel", config);
    this.embeddings = new Embeddings(settings);
    this.transformer = new Transformer(settings);
    drawInitialValues(this, initializerRange(config), (module) => {
      const positions = this.embeddings.position_embeddings.weight;
      if (module !== this.embeddings || !settings.sinusoidalPosEmbds) return;
      noGrad(() => positions.copy_(interleavedSinusoids(settings.maxPositionEmbeddings, settings.dim)));
    });
  }

  /** @param args see `DistilBertInputs` @returns shape [batch, length, dim] */
  override forward(...args: Arguments): { readonly lastHiddenState: Tensor } {
    const { inputIds, attentionMask: padding } = inputsOf(args);
    const hidden = this.embeddings.call(inputIds);
    const mask = attentionMask({ queries: hidden.shape[1]!, dtype: hidden.dtype, padding });
    return { lastHiddenState: this.transformer.call(hidden, mask) };
  }
}

/** DistilBERT that tells classes of texts apart (transformers' DistilBertForSequenceClassification). */
export class DistilBertForSequenceClassification extends PretrainedModel {
  distilbert: DistilBertModel;
  pre_classifier: nn.Linear;
  classifier: nn.Linear;
  dropout: nn.Dropout;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const model = "DistilBertForSequenceClassification";
    const { dim, seqClassifDropout } = settingsOf(model, config);
    this.distilbert = new DistilBertModel(config);
    this.pre_classifier = new nn.Linear(dim, dim);
    this.classifier = new nn.Linear(dim, labelCount(model, config));
    this.dropout = new nn.Dropout(seqClassifDropout);
    drawInitialValues(this, initializerRange(config));
  }

  /** @param args see `DistilBertInputs` @returns logits of shape [batch, labels] */
  override forward(...args: Arguments): LogitsOutput {
    const { lastHiddenState } = this.distilbert.call(inputsOf(args));
    const pooled = this.pre_classifier.call(lastHiddenState.at(":", 0)).relu();
    return { logits: this.classifier.call(this.dropout.call(pooled)) };
  }
}

/** DistilBERT that guesses masked words (transformers' DistilBertForMaskedLM). */
export class DistilBertForMaskedLM extends PretrainedModel {
  distilbert: DistilBertModel;
  vocab_transform: nn.Linear;
  vocab_layer_norm: nn.LayerNorm;
  vocab_projector: nn.Linear;
  private readonly activation: Activation;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const { dim, vocabSize, activation, tieWordEmbeddings } = settingsOf("DistilBertForMaskedLM", config);
    this.activation = activationOf("DistilBertForMaskedLM", activation);
    this.distilbert = new DistilBertModel(config);
    this.vocab_transform = new nn.Linear(dim, dim);
    this.vocab_layer_norm = new nn.LayerNorm(dim, eps);
    this.vocab_projector = new nn.Linear(dim, vocabSize);
    drawInitialValues(this, initializerRange(config));
    if (tieWordEmbeddings)
      this.tieWeights({ "vocab_projector.weight": "distilbert.embeddings.word_embeddings.weight" });
  }

  /** @param args see `DistilBertInputs` @returns logits of shape [batch, length, vocabSize] */
  override forward(...args: Arguments): LogitsOutput {
    const { lastHiddenState } = this.distilbert.call(inputsOf(args));
    const transformed = this.activation(this.vocab_transform.call(lastHiddenState));
    return { logits: this.vocab_projector.call(this.vocab_layer_norm.call(transformed)) };
  }
}
