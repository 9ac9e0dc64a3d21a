// RoBERTa (Liu et al., 2019) with the module names of transformers' models/roberta: BERT's layers, positions that are
// counted from the padding id on, a head of its own.

import { nn, type Tensor, zeros } from "../../torch/index.ts";
import { type Config, type Fields, integer, labelCount, nullable, readConfig } from "../config.ts";
import { attentionMask } from "./attention.ts";
import {
  type BertArguments,
  BertEncoder,
  type BertInputs,
  BertPooler,
  type BertSettings,
  bertFields,
  bertInputs,
} from "./bert.ts";
import type { LogitsOutput, PooledOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { drawInitialValues, initializerRange } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";

const fields: Fields<BertSettings> = {
  ...bertFields,
  vocabSize: integer(50265),
  padTokenId: nullable(integer(1)),
};

const settingsOf = (model: string, config: Config): BertSettings =>
  readConfig(model, "roberta", config, fields);

const names: CheckpointNames = {
  base: "roberta",
  renamed: [
    [/LayerNorm\.gamma$/, "LayerNorm.weight"],
    [/LayerNorm\.beta$/, "LayerNorm.bias"],
  ],
  spare: [/embeddings\.(position|token_type)_ids$/],
};

/** Positions of tokens: the count of tokens so far that are no padding, plus the padding id; padding stays at that id. */
function positionsOf(inputIds: Tensor, paddingId: number): Tensor {
  const isToken = inputIds.ne(paddingId).long();
  return isToken.cumsum(1).mul(isToken).add(paddingId);
}

class RobertaEmbeddings extends nn.Module {
  word_embeddings: nn.Embedding;
  token_type_embeddings: nn.Embedding;
  LayerNorm: nn.LayerNorm;
  dropout: nn.Dropout;
  position_embeddings: nn.Embedding;
  readonly paddingId: number;

  constructor(settings: BertSettings) {
    super();
    const { vocabSize, hiddenSize, maxPositionEmbeddings } = settings;
    // Without a padding id transformers cannot count positions; it is 1 in every published model.
    this.paddingId = settings.padTokenId ?? 1;
    this.word_embeddings = new nn.Embedding(vocabSize, hiddenSize, this.paddingId);
    this.token_type_embeddings = new nn.Embedding(settings.typeVocabSize, hiddenSize);
    this.LayerNorm = new nn.LayerNorm(hiddenSize, settings.layerNormEps);
    this.dropout = new nn.Dropout(settings.hiddenDropoutProb);
    this.position_embeddings = new nn.Embedding(maxPositionEmbeddings, hiddenSize, this.paddingId);
  }

  override forward({ inputIds, tokenTypeIds, positionIds }: Required<BertInputs>): Tensor {
    const types = tokenTypeIds ?? zeros(inputIds.shape, { dtype: inputIds.dtype });
    const positions = positionIds ?? positionsOf(inputIds, this.paddingId);
    const words = this.word_embeddings.call(inputIds);
    const sum = words
      .add(this.token_type_embeddings.call(types))
      .add(this.position_embeddings.call(positions));
    return this.dropout.call(this.LayerNorm.call(sum));
  }
}

/** RoBERTa without a head (transformers' RobertaModel). */
export class RobertaModel extends PretrainedModel {
  embeddings: RobertaEmbeddings;
  encoder: BertEncoder;
  pooler: BertPooler | null;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}, { addPoolingLayer = true }: { readonly addPoolingLayer?: boolean } = {}) {
    super(names);
    const settings = settingsOf("RobertaModel", config);
    this.embeddings = new RobertaEmbeddings(settings);
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

class RobertaLMHead extends nn.Module {
  bias: nn.Parameter;
  dense: nn.Linear;
  layer_norm: nn.LayerNorm;
  decoder: nn.Linear;

  constructor({ hiddenSize, layerNormEps, vocabSize }: BertSettings) {
    super();
    this.bias = new nn.Parameter(zeros([vocabSize]));
    this.dense = new nn.Linear(hiddenSize, hiddenSize);
    this.layer_norm = new nn.LayerNorm(hiddenSize, layerNormEps);
    this.decoder = new nn.Linear(hiddenSize, vocabSize);
  }

  override forward(hidden: Tensor): Tensor {
    return this.decoder.call(this.layer_norm.call(nn.functional.gelu(this.dense.call(hidden))));
  }
}

/** RoBERTa that guesses masked words (transformers' RobertaForMaskedLM). */
export class RobertaForMaskedLM extends PretrainedModel {
  roberta: RobertaModel;
  lm_head: RobertaLMHead;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = settingsOf("RobertaForMaskedLM", config);
    this.roberta = new RobertaModel(config, { addPoolingLayer: false });
    this.lm_head = new RobertaLMHead(settings);
    drawInitialValues(this, initializerRange(config));
    if (settings.tieWordEmbeddings) {
      this.tieWeights({
        "lm_head.decoder.weight": "roberta.embeddings.word_embeddings.weight",
        "lm_head.decoder.bias": "lm_head.bias",
      });
    }
  }

  /** @param args see `BertInputs` @returns logits of shape [batch, length, vocabSize] */
  override forward(...args: BertArguments): LogitsOutput {
    return { logits: this.lm_head.call(this.roberta.call(bertInputs(args)).lastHiddenState) };
  }
}

class RobertaClassificationHead extends nn.Module {
  dense: nn.Linear;
  dropout: nn.Dropout;
  out_proj: nn.Linear;

  constructor({ hiddenSize, classifierDropout, hiddenDropoutProb }: BertSettings, labels: number) {
    super();
    this.dense = new nn.Linear(hiddenSize, hiddenSize);
    this.dropout = new nn.Dropout(classifierDropout ?? hiddenDropoutProb);
    this.out_proj = new nn.Linear(hiddenSize, labels);
  }

  override forward(hidden: Tensor): Tensor {
    const first = this.dropout.call(hidden.at(":", 0));
    return this.out_proj.call(this.dropout.call(this.dense.call(first).tanh()));
  }
}

/** RoBERTa that tells classes of texts apart (transformers' RobertaForSequenceClassification). */
export class RobertaForSequenceClassification extends PretrainedModel {
  roberta: RobertaModel;
  classifier: RobertaClassificationHead;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const model = "RobertaForSequenceClassification";
    this.roberta = new RobertaModel(config, { addPoolingLayer: false });
    this.classifier = new RobertaClassificationHead(settingsOf(model, config), labelCount(model, config));
    drawInitialValues(this, initializerRange(config));
  }

  /** @param args see `BertInputs` @returns logits of shape [batch, labels] */
  override forward(...args: BertArguments): LogitsOutput {
    return { logits: this.classifier.call(this.roberta.call(bertInputs(args)).lastHiddenState) };
  }
}
