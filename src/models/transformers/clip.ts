// CLIP (Radford et al., 2021) with the module names of transformers' models/clip: a tower for texts and one for images, whose
// outputs are compared.

import { bind } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import { arange, cat, nn, randn, type Tensor, tensor } from "../../torch/index.ts";
import type { CallArguments } from "../call-arguments.ts";
import { type Config, type Fields, headSize, integer, number, readConfig, record, text } from "../config.ts";
import { type Activation, activationOf } from "./activations.ts";
import { attend, attentionMask, splitHeads } from "./attention.ts";
import type { CheckpointNames } from "./checkpoint-names.ts";
import { drawInitialValues, initializerRange, type OwnValues, spreadIn } from "./initial-values.ts";
import { PretrainedModel } from "./pretrained.ts";

/** What both towers have. */
interface TowerSettings {
  readonly hiddenSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly numAttentionHeads: number;
  readonly hiddenAct: string;
  readonly layerNormEps: number;
  readonly attentionDropout: number;
}

interface TextSettings extends TowerSettings {
  readonly vocabSize: number;
  readonly maxPositionEmbeddings: number;
  readonly eosTokenId: number;
}

interface VisionSettings extends TowerSettings {
  readonly numChannels: number;
  readonly imageSize: number;
  readonly patchSize: number;
}

const textFields: Fields<TextSettings> = {
  hiddenSize: integer(512),
  intermediateSize: integer(2048),
  numHiddenLayers: integer(12),
  numAttentionHeads: integer(8),
  hiddenAct: text("quick_gelu"),
  layerNormEps: number(1e-5),
  attentionDropout: number(0),
  vocabSize: integer(49408),
  maxPositionEmbeddings: integer(77),
  eosTokenId: integer(49407),
};

const visionFields: Fields<VisionSettings> = {
  hiddenSize: integer(768),
  intermediateSize: integer(3072),
  numHiddenLayers: integer(12),
  numAttentionHeads: integer(12),
  hiddenAct: text("quick_gelu"),
  layerNormEps: number(1e-5),
  attentionDropout: number(0),
  numChannels: integer(3),
  imageSize: integer(224),
  patchSize: integer(32),
};

interface Settings {
  readonly textConfig: Config;
  readonly visionConfig: Config;
  readonly projectionDim: number;
  readonly logitScaleInitValue: number;
}

const fields: Fields<Settings> = {
  textConfig: record(),
  visionConfig: record(),
  projectionDim: integer(512),
  logitScaleInitValue: number(2.6592),
};

const names: CheckpointNames = { base: "clip", spare: [/embeddings\.position_ids$/] };

class CLIPAttention extends nn.Module {
  k_proj: nn.Linear;
  v_proj: nn.Linear;
  q_proj: nn.Linear;
  out_proj: nn.Linear;
  readonly headSize: number;
  readonly dropout: number;

  constructor({ hiddenSize, numAttentionHeads, attentionDropout }: TowerSettings) {
    super();
    this.headSize = headSize("CLIP", hiddenSize, numAttentionHeads);
    this.dropout = attentionDropout;
    this.k_proj = new nn.Linear(hiddenSize, hiddenSize);
    this.v_proj = new nn.Linear(hiddenSize, hiddenSize);
    this.q_proj = new nn.Linear(hiddenSize, hiddenSize);
    this.out_proj = new nn.Linear(hiddenSize, hiddenSize);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const heads = (layer: nn.Linear) => splitHeads(layer.call(hidden), this.headSize);
    const attended = attend(heads(this.q_proj), heads(this.k_proj), heads(this.v_proj), {
      mask,
      scale: this.headSize ** -0.5,
      dropout: this.training ? this.dropout : 0,
    });
    return this.out_proj.call(attended);
  }
}

class CLIPMLP extends nn.Module {
  fc1: nn.Linear;
  fc2: nn.Linear;
  readonly activation: Activation;

  constructor({ hiddenSize, intermediateSize, hiddenAct }: TowerSettings) {
    super();
    this.fc1 = new nn.Linear(hiddenSize, intermediateSize);
    this.fc2 = new nn.Linear(intermediateSize, hiddenSize);
    this.activation = activationOf("CLIP", hiddenAct);
  }

  override forward(hidden: Tensor): Tensor {
    return this.fc2.call(this.activation(this.fc1.call(hidden)));
  }
}

class CLIPEncoderLayer extends nn.Module {
  self_attn: CLIPAttention;
  layer_norm1: nn.LayerNorm;
  mlp: CLIPMLP;
  layer_norm2: nn.LayerNorm;

  constructor(settings: TowerSettings) {
    super();
    this.self_attn = new CLIPAttention(settings);
    this.layer_norm1 = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
    this.mlp = new CLIPMLP(settings);
    this.layer_norm2 = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    const attended = hidden.add(this.self_attn.call(this.layer_norm1.call(hidden), mask));
    return attended.add(this.mlp.call(this.layer_norm2.call(attended)));
  }
}

class CLIPEncoder extends nn.Module {
  layers: nn.ModuleList;

  constructor(settings: TowerSettings) {
    super();
    this.layers = new nn.ModuleList(
      Array.from({ length: settings.numHiddenLayers }, () => new CLIPEncoderLayer(settings)),
    );
  }

  override forward(hidden: Tensor, mask: Tensor | null): Tensor {
    let value = hidden;
    for (const layer of this.layers as Iterable<CLIPEncoderLayer>) value = layer.call(value, mask);
    return value;
  }
}

class CLIPTextEmbeddings extends nn.Module {
  token_embedding: nn.Embedding;
  position_embedding: nn.Embedding;

  constructor({ vocabSize, hiddenSize, maxPositionEmbeddings }: TextSettings) {
    super();
    this.token_embedding = new nn.Embedding(vocabSize, hiddenSize);
    this.position_embedding = new nn.Embedding(maxPositionEmbeddings, hiddenSize);
  }

  override forward(inputIds: Tensor, positionIds: Tensor | null): Tensor {
    const positions = positionIds ?? arange(inputIds.shape[1]!).unsqueeze(0);
    return this.token_embedding.call(inputIds).add(this.position_embedding.call(positions));
  }
}

/** CLIP draws each layer by its width and by how many layers there are. */
function ownValues({ hiddenSize, numHiddenLayers }: TowerSettings, config: Config): OwnValues {
  const factor = spreadIn(config, "initializerFactor", 1);
  const [inner, outer] = [(2 * numHiddenLayers) ** -0.5 * hiddenSize ** -0.5, hiddenSize ** -0.5];
  const draw = (weight: Tensor, deviation: number): void => {
    nn.init.normal_(weight, 0, deviation * factor);
  };
  return (module) => {
    if (module instanceof CLIPTextEmbeddings) {
      draw(module.token_embedding.weight, 0.02);
      draw(module.position_embedding.weight, 0.02);
    } else if (module instanceof CLIPVisionEmbeddings) {
      draw(module.class_embedding, outer);
      draw(module.patch_embedding.weight, initializerRange(config));
      draw(module.position_embedding.weight, initializerRange(config));
    } else if (module instanceof CLIPAttention) {
      for (const layer of [module.q_proj, module.k_proj, module.v_proj]) draw(layer.weight, inner);
      draw(module.out_proj.weight, outer);
    } else if (module instanceof CLIPMLP) {
      draw(module.fc1.weight, (2 * hiddenSize) ** -0.5);
      draw(module.fc2.weight, inner);
    }
  };
}

/** What a tower gives. */
export interface CLIPTowerOutput {
  /** Shape [batch, length, hiddenSize]. */
  readonly lastHiddenState: Tensor;
  /** What stands for the whole text or image, shape [batch, hiddenSize]. */
  readonly poolerOutput: Tensor;
}

type TextInputs = Pick<CLIPInputs, "inputIds" | "attentionMask" | "positionIds">;

/** The tower for texts (transformers' CLIPTextModel); its config is CLIP's `text_config`. */
export class CLIPTextModel extends PretrainedModel {
  embeddings: CLIPTextEmbeddings;
  encoder: CLIPEncoder;
  final_layer_norm: nn.LayerNorm;
  private readonly endId: number;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super({ ...names, base: "text_model", spare: [...names.spare!, /^text_projection\./] });
    const settings = readConfig("CLIPTextModel", "clip_text_model", config, textFields);
    this.embeddings = new CLIPTextEmbeddings(settings);
    this.encoder = new CLIPEncoder(settings);
    this.final_layer_norm = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
    this.endId = settings.eosTokenId;
    drawInitialValues(this, initializerRange(config), ownValues(settings, config));
  }

  /** @param args `inputIds`, `attentionMask`, `positionIds` as in `CLIPInputs` */
  override forward(
    ...args: CallArguments<
      [inputIds: Tensor, attentionMask?: Tensor | null, positionIds?: Tensor | null],
      Partial<TextInputs>
    >
  ): CLIPTowerOutput {
    const order = ["inputIds", "attentionMask", "positionIds"] as const;
    const absent = { attentionMask: null, positionIds: null };
    const inputs = bind<Required<TextInputs>>("forward", order, args, absent);
    const { inputIds, attentionMask: padding, positionIds } = inputs;
    const hidden = this.embeddings.call(inputIds, positionIds);
    const queries = inputIds.shape[1]!;
    const mask = attentionMask({ queries, dtype: hidden.dtype, padding, isCausal: true });
    const lastHiddenState = this.final_layer_norm.call(this.encoder.call(hidden, mask));
    const rows = arange(inputIds.shape[0]!);
    return { lastHiddenState, poolerOutput: lastHiddenState.at(rows, this.endsOf(inputIds)) };
  }

  /** Where each text ends: at the first end token. */
  private endsOf(inputIds: Tensor): Tensor {
    // Configs from before transformers 4.30 say 2, which is not the end token; there the highest id is the end.
    return this.endId === 2 ? inputIds.argmax(-1) : inputIds.eq(this.endId).int().argmax(-1);
  }
}

class CLIPVisionEmbeddings extends nn.Module {
  class_embedding: nn.Parameter;
  patch_embedding: nn.Conv2d;
  position_embedding: nn.Embedding;
  readonly imageSize: number;

  constructor({ hiddenSize, numChannels, patchSize, imageSize }: VisionSettings) {
    super();
    this.imageSize = imageSize;
    const patches = Math.floor(imageSize / patchSize) ** 2;
    this.class_embedding = new nn.Parameter(randn([hiddenSize]));
    this.patch_embedding = new nn.Conv2d(numChannels, hiddenSize, patchSize, {
      stride: patchSize,
      bias: false,
    });
    this.position_embedding = new nn.Embedding(patches + 1, hiddenSize);
  }

  override forward(pixelValues: Tensor): Tensor {
    const [batch, , height, width] = pixelValues.shape as readonly [number, number, number, number];
    if (height !== this.imageSize || width !== this.imageSize) {
      const size = this.imageSize;
      throw new ValueError(`Input image size (${height}*${width}) doesn't match model (${size}*${size}).`);
    }
    const patches = this.patch_embedding.call(pixelValues).flatten(2).transpose(1, 2);
    const first = this.class_embedding.expand(batch, 1, -1);
    return cat([first, patches], 1).add(this.position_embedding.weight);
  }
}

/** The tower for images (transformers' CLIPVisionModel); its config is CLIP's `vision_config`. */
export class CLIPVisionModel extends PretrainedModel {
  embeddings: CLIPVisionEmbeddings;
  /** So spelt in every file. */
  pre_layrnorm: nn.LayerNorm;
  encoder: CLIPEncoder;
  post_layernorm: nn.LayerNorm;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super({ ...names, base: "vision_model", spare: [...names.spare!, /^visual_projection\./] });
    const settings = readConfig("CLIPVisionModel", "clip_vision_model", config, visionFields);
    this.embeddings = new CLIPVisionEmbeddings(settings);
    this.pre_layrnorm = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
    this.encoder = new CLIPEncoder(settings);
    this.post_layernorm = new nn.LayerNorm(settings.hiddenSize, settings.layerNormEps);
    drawInitialValues(this, initializerRange(config), ownValues(settings, config));
  }

  /** @param pixelValues shape [batch, channels, imageSize, imageSize], also by name */
  override forward(pixelValues: Tensor | { readonly pixelValues: Tensor }): CLIPTowerOutput {
    const images = "pixelValues" in pixelValues ? pixelValues.pixelValues : pixelValues;
    const hidden = this.pre_layrnorm.call(this.embeddings.call(images));
    const lastHiddenState = this.encoder.call(hidden, null);
    return { lastHiddenState, poolerOutput: this.post_layernorm.call(lastHiddenState.at(":", 0)) };
  }
}

/** What CLIP takes. */
export interface CLIPInputs {
  /** Ids of the texts, shape [texts, length]. */
  readonly inputIds: Tensor;
  /** The images, shape [images, channels, imageSize, imageSize]. */
  readonly pixelValues: Tensor;
  /** 1 for a token, 0 for padding, shape [texts, length]. */
  readonly attentionMask?: Tensor | null;
  readonly positionIds?: Tensor | null;
}

/** What CLIP gives. */
export interface CLIPOutput {
  /** How well each text goes with each image, shape [images, texts]. */
  readonly logitsPerImage: Tensor;
  /** The same, shape [texts, images]. */
  readonly logitsPerText: Tensor;
  /** Of length 1, shape [texts, projectionDim]. */
  readonly textEmbeds: Tensor;
  /** Of length 1, shape [images, projectionDim]. */
  readonly imageEmbeds: Tensor;
}

type Arguments = CallArguments<
  [inputIds: Tensor, pixelValues: Tensor, attentionMask?: Tensor | null, positionIds?: Tensor | null],
  Partial<CLIPInputs>
>;

const ofLengthOne = (embeds: Tensor): Tensor => embeds.div(embeds.square().sum(-1, true).sqrt());

/** CLIP (transformers' CLIPModel). */
export class CLIPModel extends PretrainedModel {
  logit_scale: nn.Parameter;
  text_model: CLIPTextModel;
  vision_model: CLIPVisionModel;
  visual_projection: nn.Linear;
  text_projection: nn.Linear;

  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(names);
    const settings = readConfig("CLIPModel", "clip", config, fields);
    const widthOf = (tower: Config, of: Fields<TowerSettings>, type: string): number =>
      readConfig("CLIPModel", type, tower, of).hiddenSize;
    const textWidth = widthOf(settings.textConfig, textFields, "clip_text_model");
    const visionWidth = widthOf(settings.visionConfig, visionFields, "clip_vision_model");
    this.logit_scale = new nn.Parameter(tensor(settings.logitScaleInitValue));
    this.text_model = new CLIPTextModel(settings.textConfig);
    this.vision_model = new CLIPVisionModel(settings.visionConfig);
    this.visual_projection = new nn.Linear(visionWidth, settings.projectionDim, false);
    this.text_projection = new nn.Linear(textWidth, settings.projectionDim, false);
    const factor = spreadIn(config, "initializerFactor", 1);
    drawInitialValues(this, factor, (module) => {
      if (module !== this) return;
      nn.init.normal_(this.text_projection.weight, 0, textWidth ** -0.5 * factor);
      nn.init.normal_(this.visual_projection.weight, 0, visionWidth ** -0.5 * factor);
    });
  }

  /** @param args see `CLIPInputs` */
  override forward(...args: Arguments): CLIPOutput {
    const order = ["inputIds", "pixelValues", "attentionMask", "positionIds"] as const;
    const absent = { attentionMask: null, positionIds: null };
    const { pixelValues, ...texts } = bind<Required<CLIPInputs>>("forward", order, args, absent);
    const imageEmbeds = ofLengthOne(this.getImageFeatures(pixelValues));
    const textEmbeds = ofLengthOne(this.getTextFeatures(texts));
    const logitsPerText = textEmbeds.matmul(imageEmbeds.t()).mul(this.logit_scale.exp());
    return { logitsPerImage: logitsPerText.t(), logitsPerText, textEmbeds, imageEmbeds };
  }

  /** Texts where they can be compared with images, not yet of length 1: shape [texts, projectionDim]. */
  getTextFeatures(inputs: TextInputs): Tensor {
    return this.text_projection.call(this.text_model.call(inputs).poolerOutput);
  }

  /** Images where they can be compared with texts, not yet of length 1: shape [images, projectionDim]. */
  getImageFeatures(pixelValues: Tensor): Tensor {
    return this.visual_projection.call(this.vision_model.call(pixelValues).poolerOutput);
  }
}
