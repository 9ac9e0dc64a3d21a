// BERT (Devlin et al., 2018) with the module names of transformers' models/bert.

import { bind } from "../../core/arguments.ts";
import { arange, nn, type Tensor, zeros } from "../../torch/index.ts";
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
  only,
  readConfig,
  text,
} from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { LogitsOutput, PooledOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { drawInitialValues, initializerRange } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";

/** What a BERT reads of its config. RoBERTa has the same settings with other defaults. */
export interface BertSettings {
  readonly vocabSize: number;
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: string;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  /** Dropout before the classifier; null: that of the hidden layers. */
  readonly classifierDropout: number | null;
  readonly maxPositionEmbeddings: number;
  readonly typeVocabSize: number;
  readonly layerNormEps: number;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
  readonly positionEmbeddingType: string;
  readonly isDecoder: boolean;
  readonly addCrossAttention: boolean;
}

/** The settings with BERT's defaults. */
export const bertFields: Fields<BertSettings> = {
  vocabSize: integer(30522),
  hiddenSize: integer(768),
  numHiddenLayers: integer(12),
  numAttentionHeads: integer(12),
  intermediateSize: integer(3072),
  hiddenAct: text("gelu"),
  hiddenDropoutProb: number(0.1),
  attentionProbsDropoutProb: number(0.1),
  classifierDropout: nullable(number(0), null),
  maxPositionEmbeddings: integer(512),
  typeVocabSize: integer(2),
  layerNormEps: number(1e-12),
  padTokenId: nullable(integer(0)),
  tieWordEmbeddings: flag(true),
  positionEmbeddingType: only("absolute"),
  isDecoder: only(false),
  addCrossAttention: only(false),
};

/** What models of BERT's kind take. */
export interface BertInputs {
  /** Ids of tokens, shape [batch, length]. */
  readonly inputIds: Tensor;
  /** 1 for a token, 0 for padding, shape [batch, length]. */
  readonly attentionMask?: Tensor | null;
  /** Which sentence a token is of, shape [batch, length]; the first by default. */
  readonly tokenTypeIds?: Tensor | null;
  /** Positions of the tokens, shape [batch, length]; in order by default. */
  readonly positionIds?: Tensor | null;
}

/** How models of BERT's kind are called: by position, or by name. */
export type BertArguments = CallArguments<
  [
    inputIds: Tensor,
    attentionMask?: Tensor | null,
    tokenTypeIds?: Tensor | null,
    positionIds?: Tensor | null,
  ],
  Partial<BertInputs>
>;

/** Binds what such a model is called with. */
export function bertInputs(args: BertArguments): Required<BertInputs> {
  const names = ["inputIds", "attentionMask", "tokenTypeIds", "positionIds"] as const;
  const absent = { attentionMask: null, tokenTypeIds: null, positionIds: null };
  return bind<Required<BertInputs>>("forward", names, args, absent);
}

/** Embeddings of words, positions and sentences, added and normalised. */
export class BertEmbeddings extends nn.Module {
  word_embeddings: nn.Embedding;
  position_embeddings: nn.Embedding;
  token_type_embeddings: nn.Embedding;
  LayerNorm: nn.LayerNorm;
  dropout: nn.Dropout;

  constructor(settings: BertSettings) {
    super();
    const { vocabSize, hiddenSize, padTokenId, maxPositionEmbeddings, typeVocabSize } = settings;
    this.word_embeddings = new nn.Embedding(vocabSize, hiddenSize, padTokenId);
    this.position_embeddings = new nn.Embedding(maxPositionEmbeddings, hiddenSize);
    this.token_type_embeddings = new nn.Embedding(typeVocabSize, hiddenSize);
    this.LayerNorm = new nn.LayerNorm(hiddenSize, settings.layerNormEps);
    this.dropout = new nn.Dropout(settings.hiddenDropoutProb);
  }

  override forward({ inputIds, tokenTypeIds, positionIds }: Required<BertInputs>): Tensor {
    const words = this.word_embeddings.call(inputIds);
    const types = this.token_type_embeddings.call(
      tokenTypeIds ?? zeros(inputIds.shape, { dtype: inputIds.dtype }),
    );
    const positions = this.position_embeddings.call(positionIds ?? arange(inputIds.shape[1]!).unsqueeze(0));
    return this.dropout.call(this.LayerNorm.call(words.add(types).add(positions)));
  }
}

class BertSelfAttention extends nn.Module {
  query: nn.Linear;
  key: nn.Linear;
  value: nn.Linear;
  dropout: nn.Dropout;
  readonly headSize: number;

  constructor({ hiddenSize, numAttentionHeads, attentionProbsDropoutProb }: BertSettings) {
    super();
    this.headSize = headSize("BERT", hiddenSize, numAttentionHeads);
    this.query = new nn.Linear(hiddenSize, hiddenSize);
    this.key = new nn.Linear(hiddenSize, hiddenSize);
    this.value = new nn.Linear(hiddenSize, hiddenSize);
    this.dropout = new nn.Dropout(attentionProbsDropoutProb);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const heads = (layer: nn.Linear) => splitHeads(layer.call(hidden), this.headSize);
    return attend(heads(this.query), heads(this.key), heads(this.value), {
      mask,
      scale: this.headSize ** -0.5,
      dropout: this.training ? Number(this.dropout.p) : 0,
    });
  }
}

/** A linear layer whose output is added to what came in, and normalised. */
class BertOutput extends nn.Module {
  dense: nn.Linear;
  LayerNorm: nn.LayerNorm;
  dropout: nn.Dropout;

  constructor(width: number, { hiddenSize, layerNormEps, hiddenDropoutProb }: BertSettings) {
    super();
    this.dense = new nn.Linear(width, hiddenSize);
    this.LayerNorm = new nn.LayerNorm(hiddenSize, layerNormEps);
    this.dropout = new nn.Dropout(hiddenDropoutProb);
  }

  override forward(hidden: Tensor, residual: Tensor): Tensor {
    return this.LayerNorm.call(this.dropout.call(this.dense.call(hidden)).add(residual));
  }
}

class BertAttention extends nn.Module {
  self: BertSelfAttention;
  output: BertOutput;

  constructor(settings: BertSettings) {
    super();
    this.self = new BertSelfAttention(settings);
    this.output = new BertOutput(settings.hiddenSize, settings);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    return this.output.call(this.self.call(hidden, mask), hidden);
  }
}

class BertIntermediate extends nn.Module {
  dense: nn.Linear;
  readonly activation: Activation;

  constructor({ hiddenSize, intermediateSize, hiddenAct }: BertSettings) {
    super();
    this.dense = new nn.Linear(hiddenSize, intermediateSize);
    this.activation = activationOf("BERT", hiddenAct);
  }

  override forward(hidden: Tensor): Tensor {
    return this.activation(this.dense.call(hidden));
  }
}

class BertLayer extends nn.Module {
  attention: BertAttention;
  intermediate: BertIntermediate;
  output: BertOutput;

  constructor(settings: BertSettings) {
    super();
    this.attention = new BertAttention(settings);
    this.intermediate = new BertIntermediate(settings);
    this.output = new BertOutput(settings.intermediateSize, settings);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const attended = this.attention.call(hidden, mask);
    return this.output.call(this.intermediate.call(attended), attended);
  }
}

/** The layers in a row. */
export class BertEncoder extends nn.Module {
  layer: nn.ModuleList;

  constructor(settings: BertSettings) {
    super();
    const layers = Array.from({ length: settings.numHiddenLayers }, () => new BertLayer(settings));
    this.layer = new nn.ModuleList(layers);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    let value = hidden;
    for (const layer of this.layer as Iterable<BertLayer>) value = layer.call(value, mask);
    return value;
  }
}

/** What stands for the whole text: a linear layer and tanh on the first token. */
export class BertPooler extends nn.Module {
  dense: nn.Linear;

  constructor({ hiddenSize }: BertSettings) {
    super();
    this.dense = new nn.Linear(hiddenSize, hiddenSize);
  }

  override forward(hidden: Tensor): Tensor {
    return this.dense.call(hidden.at(":", 0)).tanh();
  }
}

/** How BERT's checkpoints name things: TensorFlow's gamma and beta, positions that were once saved. */
const names: CheckpointNames = {
  base: "bert",
  renamed: [
    [/LayerNorm\.gamma$/, "LayerNorm.weight"],
    [/LayerNorm\.beta$/, "LayerNorm.bias"],
  ],
  spare: [/embeddings\.(position|token_type)_ids$/],
};

const settingsOf = (model: string, config: Config): BertSettings =>
  readConfig(model, "bert", config, bertFields);

/** BERT without a head (transformers' BertModel). */
export class BertModel extends PretrainedModel {
  embeddings: BertEmbeddings;
  encoder: BertEncoder;
  pooler: BertPooler | null;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}, { addPoolingLayer = true }: { readonly addPoolingLayer?: boolean } = {}) {
    super(names);
    const settings = settingsOf("BertModel", config);
    this.embeddings = new BertEmbeddings(settings);
    this.encoder = new BertEncoder(settings);
    this.pooler = addPoolingLayer ? new BertPooler(settings) : null;
    drawInitialValues(this, initializerRange(config));
  }

  /** @param args see `BertInputs` */
  override forward(...args: BertArguments): PooledOutput {
    const inputs = bertInputs(args);
    const hidden = this.embeddings.call(inputs);
    const padding = inputs.attentionMask;
    const mask = attentionMask({ queries: hidden.shape[1]!, dtype: hidden.dtype, padding });
    const lastHiddenState = this.encoder.call(hidden, mask);
    return { lastHiddenState, poolerOutput: this.pooler?.call(lastHiddenState) ?? null };
  }
}

/** BERT that tells classes of texts apart (transformers' BertForSequenceClassification). */
export class BertForSequenceClassification extends PretrainedModel {
  bert: BertModel;
  dropout: nn.Dropout;
  classifier: nn.Linear;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("BertForSequenceClassification", config);
    this.bert = new BertModel(config);
    this.dropout = new nn.Dropout(settings.classifierDropout ?? settings.hiddenDropoutProb);
    this.classifier = new nn.Linear(settings.hiddenSize, labelCount("BertForSequenceClassification", config));
    drawInitialValues(this, initializerRange(config));
  }

  /** @param args see `BertInputs` @returns logits of shape [batch, labels] */
  override forward(...args: BertArguments): LogitsOutput {
    const { poolerOutput } = this.bert.call(bertInputs(args));
    return { logits: this.classifier.call(this.dropout.call(poolerOutput!)) };
  }
}

class BertPredictionHeadTransform extends nn.Module {
  dense: nn.Linear;
  LayerNorm: nn.LayerNorm;
  readonly activation: Activation;

  constructor({ hiddenSize, layerNormEps, hiddenAct }: BertSettings) {
    super();
    this.dense = new nn.Linear(hiddenSize, hiddenSize);
    this.LayerNorm = new nn.LayerNorm(hiddenSize, layerNormEps);
    this.activation = activationOf("BERT", hiddenAct);
  }

  override forward(hidden: Tensor): Tensor {
    return this.LayerNorm.call(this.activation(this.dense.call(hidden)));
  }
}

class BertLMPredictionHead extends nn.Module {
  bias: nn.Parameter;
  transform: BertPredictionHeadTransform;
  decoder: nn.Linear;

  constructor(settings: BertSettings) {
    super();
    this.bias = new nn.Parameter(zeros([settings.vocabSize]));
    this.transform = new BertPredictionHeadTransform(settings);
    this.decoder = new nn.Linear(settings.hiddenSize, settings.vocabSize);
  }

  override forward(hidden: Tensor): Tensor {
    return this.decoder.call(this.transform.call(hidden));
  }
}

class BertOnlyMLMHead extends nn.Module {
  predictions: BertLMPredictionHead;

  constructor(settings: BertSettings) {
    super();
    this.predictions = new BertLMPredictionHead(settings);
  }

  override forward(hidden: Tensor): Tensor {
    return this.predictions.call(hidden);
  }
}

/** BERT that guesses masked words (transformers' BertForMaskedLM). */
export class BertForMaskedLM extends PretrainedModel {
  bert: BertModel;
  cls: BertOnlyMLMHead;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("BertForMaskedLM", config);
    this.bert = new BertModel(config, { addPoolingLayer: false });
    this.cls = new BertOnlyMLMHead(settings);
    drawInitialValues(this, initializerRange(config));
    if (settings.tieWordEmbeddings) {
      this.tieWeights({
        "cls.predictions.decoder.weight": "bert.embeddings.word_embeddings.weight",
        "cls.predictions.decoder.bias": "cls.predictions.bias",
      });
    }
  }

  /** @param args see `BertInputs` @returns logits of shape [batch, length, vocabSize] */
  override forward(...args: BertArguments): LogitsOutput {
    return { logits: this.cls.call(this.bert.call(bertInputs(args)).lastHiddenState) };
  }
}
