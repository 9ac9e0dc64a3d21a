// The Vision Transformer (Dosovitskiy et al., 2020) with the module names of transformers 5's models/vit; the names in which
// the weights are published, which transformers 4 had, are taken as well.

import { ValueError } from "../../core/errors.ts";
import { cat, nn, randn, type Tensor } from "../../torch/index.ts";
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
import { attend, splitHeads } from "./attention.ts";
import type { LogitsOutput, PooledOutput } from "./calls.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { drawInitialValues, initializerRange, type OwnValues } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";

interface Settings {
  readonly hiddenSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly intermediateSize: number;
  readonly hiddenAct: string;
  readonly hiddenDropoutProb: number;
  readonly attentionProbsDropoutProb: number;
  readonly layerNormEps: number;
  readonly imageSize: number;
  readonly patchSize: number;
  readonly numChannels: number;
  readonly qkvBias: boolean;
  readonly poolerOutputSize: number | null;
  readonly poolerAct: string;
}

const fields: Fields<Settings> = {
  hiddenSize: integer(768),
  numHiddenLayers: integer(12),
  numAttentionHeads: integer(12),
  intermediateSize: integer(3072),
  hiddenAct: text("gelu"),
  hiddenDropoutProb: number(0),
  attentionProbsDropoutProb: number(0),
  layerNormEps: number(1e-12),
  imageSize: integer(224),
  patchSize: integer(16),
  numChannels: integer(3),
  qkvBias: flag(true),
  poolerOutputSize: nullable(integer(0), null),
  poolerAct: text("tanh"),
};

const settingsOf = (model: string, config: Config): Settings => readConfig(model, "vit", config, fields);

/** The names of the published files. */
const names: CheckpointNames = {
  base: "vit",
  renamed: [
    [/(^|\.)encoder\.layer\.(\d+)\./, "$1layers.$2."],
    [/attention\.attention\.query\./, "attention.q_proj."],
    [/attention\.attention\.key\./, "attention.k_proj."],
    [/attention\.attention\.value\./, "attention.v_proj."],
    [/attention\.output\.dense\./, "attention.o_proj."],
    [/intermediate\.dense\./, "mlp.fc1."],
    [/(layers\.\d+)\.output\.dense\./, "$1.mlp.fc2."],
  ],
};

class ViTPatchEmbeddings extends nn.Module {
  projection: nn.Conv2d;
  readonly imageSize: number;

  constructor({ numChannels, hiddenSize, patchSize, imageSize }: Settings) {
    super();
    this.imageSize = imageSize;
    this.projection = new nn.Conv2d(numChannels, hiddenSize, patchSize, { stride: patchSize });
  }

  override forward(pixelValues: Tensor): Tensor {
    const [, , height, width] = pixelValues.shape;
    if (height !== this.imageSize || width !== this.imageSize) {
      const size = this.imageSize;
      throw new ValueError(`Input image size (${height}*${width}) doesn't match model (${size}*${size}).`);
    }
    return this.projection.call(pixelValues).flatten(2).transpose(1, 2);
  }
}

class ViTEmbeddings extends nn.Module {
  cls_token: nn.Parameter;
  position_embeddings: nn.Parameter;
  patch_embeddings: ViTPatchEmbeddings;
  dropout: nn.Dropout;

  constructor(settings: Settings) {
    super();
    const { hiddenSize, imageSize, patchSize } = settings;
    const patches = Math.floor(imageSize / patchSize) ** 2;
    this.cls_token = new nn.Parameter(randn([1, 1, hiddenSize]));
    this.patch_embeddings = new ViTPatchEmbeddings(settings);
    this.position_embeddings = new nn.Parameter(randn([1, patches + 1, hiddenSize]));
    this.dropout = new nn.Dropout(settings.hiddenDropoutProb);
  }

  override forward(pixelValues: Tensor): Tensor {
    const patches = this.patch_embeddings.call(pixelValues);
    const first = this.cls_token.expand(patches.shape[0]!, -1, -1);
    return this.dropout.call(cat([first, patches], 1).add(this.position_embeddings));
  }
}

/** Positions and the first token. (Cut off at 2, which no value reaches.) */
function ownValues(deviation: number): OwnValues {
  return (module) => {
    if (!(module instanceof ViTEmbeddings)) return;
    nn.init.normal_(module.position_embeddings, 0, deviation);
    nn.init.normal_(module.cls_token, 0, deviation);
  };
}

class ViTAttention extends nn.Module {
  q_proj: nn.Linear;
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  o_proj: nn.Linear;
  readonly headSize: number;
  readonly dropout: number;

  constructor({ hiddenSize, numAttentionHeads, qkvBias, attentionProbsDropoutProb }: Settings) {
    super();
    this.headSize = headSize("ViT", hiddenSize, numAttentionHeads);
    this.dropout = attentionProbsDropoutProb;
    this.q_proj = new nn.Linear(hiddenSize, hiddenSize, qkvBias);
    this.k_proj = new nn.Linear(hiddenSize, hiddenSize, qkvBias);
    this.v_proj = new nn.Linear(hiddenSize, hiddenSize, qkvBias);
    this.o_proj = new nn.Linear(hiddenSize, hiddenSize);
  }

  override forward(hidden: Tensor): Tensor {
    const heads = (layer: nn.Linear) => splitHeads(layer.call(hidden), this.headSize);
    const attended = attend(heads(this.q_proj), heads(this.k_proj), heads(this.v_proj), {
      mask: null,
      scale: this.headSize ** -0.5,
      dropout: this.training ? this.dropout : 0,
    });
    return this.o_proj.call(attended);
  }
}

class ViTMLP extends nn.Module {
  fc1: nn.Linear;
  fc2: nn.Linear;
  readonly activation: Activation;

  constructor({ hiddenSize, intermediateSize, hiddenAct }: Settings) {
    super();
    this.fc1 = new nn.Linear(hiddenSize, intermediateSize);
    this.fc2 = new nn.Linear(intermediateSize, hiddenSize);
    this.activation = activationOf("ViT", hiddenAct);
  }

  override forward(hidden: Tensor): Tensor {
    return this.fc2.call(this.activation(this.fc1.call(hidden)));
  }
}

class ViTLayer extends nn.Module {
  attention: ViTAttention;
  layernorm_before: nn.LayerNorm;
  layernorm_after: nn.LayerNorm;
  mlp: ViTMLP;
  dropout: nn.Dropout;

  constructor(settings: Settings) {
    super();
    const { hiddenSize, layerNormEps } = settings;
    this.attention = new ViTAttention(settings);
    this.layernorm_before = new nn.LayerNorm(hiddenSize, layerNormEps);
    this.layernorm_after = new nn.LayerNorm(hiddenSize, layerNormEps);
    this.mlp = new ViTMLP(settings);
    this.dropout = new nn.Dropout(settings.hiddenDropoutProb);
  }

  override forward(hidden: Tensor): Tensor {
    const attended = this.dropout.call(this.attention.call(this.layernorm_before.call(hidden))).add(hidden);
    return this.dropout.call(this.mlp.call(this.layernorm_after.call(attended))).add(attended);
  }
}

class ViTPooler extends nn.Module {
  dense: nn.Linear;
  readonly activation: Activation;

  constructor({ hiddenSize, poolerOutputSize, poolerAct }: Settings) {
    super();
    this.dense = new nn.Linear(hiddenSize, poolerOutputSize ?? hiddenSize);
    this.activation = activationOf("ViT", poolerAct);
  }

  override forward(hidden: Tensor): Tensor {
    return this.activation(this.dense.call(hidden.at(":", 0)));
  }
}

/** ViT without a head (transformers' ViTModel). */
export class ViTModel extends PretrainedModel {
  embeddings: ViTEmbeddings;
  layers: nn.ModuleList;
  layernorm: nn.LayerNorm;
  pooler: ViTPooler | null;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}, { addPoolingLayer = true }: { readonly addPoolingLayer?: boolean } = {}) {
    super(names);
    const settings = settingsOf("ViTModel", config);
    const layers = Array.from({ length: settings.numHiddenLayers }, () => new ViTLayer(settings));
    this.embeddings = new ViTEmbeddings(settings);
    this.layers = new nn.ModuleList(layers);
    this.layernorm = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
    this.pooler = addPoolingLayer ? new ViTPooler(settings) : null;
    drawInitialValues(this, initializerRange(config), ownValues(initializerRange(config)));
  }

  /** @param pixelValues shape [batch, channels, imageSize, imageSize], also by name */
  override forward(pixelValues: Tensor | { readonly pixelValues: Tensor }): PooledOutput {
    let hidden = this.embeddings.call(imagesOf(pixelValues));
    for (const layer of this.layers as Iterable<ViTLayer>) hidden = layer.call(hidden);
    const lastHiddenState = this.layernorm.call(hidden);
    return { lastHiddenState, poolerOutput: this.pooler?.call(lastHiddenState) ?? null };
  }
}

/** Images given by position or by name. */
function imagesOf(given: Tensor | { readonly pixelValues: Tensor }): Tensor {
  return "pixelValues" in given ? given.pixelValues : given;
}

/** ViT that tells classes of images apart (transformers' ViTForImageClassification). */
export class ViTForImageClassification extends PretrainedModel {
  vit: ViTModel;
  classifier: nn.Linear;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const model = "ViTForImageClassification";
    this.vit = new ViTModel(config, { addPoolingLayer: false });
    this.classifier = new nn.Linear(settingsOf(model, config).hiddenSize, labelCount(model, config));
    drawInitialValues(this, initializerRange(config));
  }

  /** @param pixelValues shape [batch, channels, imageSize, imageSize], also by name @returns logits of shape [batch, labels] */
  override forward(pixelValues: Tensor | { readonly pixelValues: Tensor }): LogitsOutput {
    return { logits: this.classifier.call(this.vit.call(pixelValues).lastHiddenState.at(":", 0)) };
  }
}
