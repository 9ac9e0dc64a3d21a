// Qwen2 and Qwen3 (Alibaba, 2024 and 2025) from their configs, with the names and outputs of transformers' models/qwen2 and
// qwen3: Llama's decoder; Qwen2 has biases on q, k and v, Qwen3 normalises each of their heads.

import { type Config, type Fields, flag, integer, nullable, number, readConfig, text } from "../config.ts";
import { CausalDecoder, DecoderModel, type DecoderSettings } from "./decoder.ts";
import { type HeadFields, headsOf, layerTypesField, type WindowFields, windowsOf } from "./decoder-heads.ts";

interface Settings extends HeadFields, WindowFields {
  readonly vocabSize: number;
  readonly intermediateSize: number;
  readonly hiddenAct: string;
  readonly rmsNormEps: number;
  readonly attentionDropout: number;
  readonly attentionBias: boolean;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
}

const qwen2Fields: Fields<Settings> = {
  vocabSize: integer(151936),
  hiddenSize: integer(4096),
  intermediateSize: integer(22016),
  numHiddenLayers: integer(32),
  numAttentionHeads: integer(32),
  numKeyValueHeads: nullable(integer(32)),
  headDim: nullable(integer(0), null),
  hiddenAct: text("silu"),
  rmsNormEps: number(1e-6),
  attentionDropout: number(0),
  attentionBias: flag(false),
  useSlidingWindow: flag(false),
  slidingWindow: nullable(integer(4096)),
  maxWindowLayers: integer(28),
  layerTypes: layerTypesField,
  padTokenId: nullable(integer(0), null),
  tieWordEmbeddings: flag(false),
};

const qwen3Fields: Fields<Settings> = { ...qwen2Fields, headDim: nullable(integer(128)) };

function qwen2(config: Config): DecoderSettings {
  const settings = readConfig("Qwen2", "qwen2", config, qwen2Fields);
  return {
    ...settings,
    ...headsOf("Qwen2", settings),
    family: "Qwen2",
    modelType: "qwen2",
    hasInputBias: true,
    hasOutputBias: false,
    hasFeedForwardBias: false,
    normalizesHeads: false,
    windows: windowsOf("Qwen2", settings),
    tokens: {},
  };
}

function qwen3(config: Config): DecoderSettings {
  const settings = readConfig("Qwen3", "qwen3", config, qwen3Fields);
  return {
    ...settings,
    ...headsOf("Qwen3", settings),
    family: "Qwen3",
    modelType: "qwen3",
    hasInputBias: settings.attentionBias,
    hasOutputBias: settings.attentionBias,
    hasFeedForwardBias: false,
    normalizesHeads: true,
    windows: windowsOf("Qwen3", settings),
    tokens: {},
  };
}

/** Qwen2 without a head (transformers' Qwen2Model). */
export class Qwen2Model extends DecoderModel {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(qwen2(config), config);
  }
}

/** Qwen2 that gives scores of the next token (transformers' Qwen2ForCausalLM). */
export class Qwen2ForCausalLM extends CausalDecoder {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(qwen2(config), config);
  }
}

/** Qwen3 without a head (transformers' Qwen3Model). */
export class Qwen3Model extends DecoderModel {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(qwen3(config), config);
  }
}

/** Qwen3 that gives scores of the next token (transformers' Qwen3ForCausalLM). */
export class Qwen3ForCausalLM extends CausalDecoder {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(qwen3(config), config);
  }
}
