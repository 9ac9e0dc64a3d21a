// Mistral (Jiang et al., 2023) from its config, with the names and outputs of transformers' models/mistral: Llama's decoder
// with a sliding window in every layer.

import { type Config, type Fields, flag, integer, nullable, number, readConfig, text } from "../config.ts";
import { CausalDecoder, DecoderModel, type DecoderSettings } from "./decoder.ts";
import { type HeadFields, headsOf } from "./decoder-heads.ts";

interface Settings extends HeadFields {
  readonly vocabSize: number;
  readonly intermediateSize: number;
  readonly numHiddenLayers: number;
  readonly hiddenAct: string;
  readonly rmsNormEps: number;
  readonly attentionDropout: number;
  readonly slidingWindow: number | null;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
}

const fields: Fields<Settings> = {
  vocabSize: integer(32000),
  hiddenSize: integer(4096),
  intermediateSize: integer(14336),
  numHiddenLayers: integer(32),
  numAttentionHeads: integer(32),
  numKeyValueHeads: nullable(integer(8)),
  headDim: nullable(integer(0), null),
  hiddenAct: text("silu"),
  rmsNormEps: number(1e-6),
  attentionDropout: number(0),
  slidingWindow: nullable(integer(4096)),
  padTokenId: nullable(integer(0), null),
  tieWordEmbeddings: flag(false),
};

function settingsOf(config: Config): DecoderSettings {
  const settings = readConfig("Mistral", "mistral", config, fields);
  return {
    ...settings,
    ...headsOf("Mistral", settings),
    family: "Mistral",
    modelType: "mistral",
    hasInputBias: false,
    hasOutputBias: false,
    hasFeedForwardBias: false,
    normalizesHeads: false,
    windows: Array.from({ length: settings.numHiddenLayers }, () => settings.slidingWindow),
    tokens: { eosTokenId: 2 },
  };
}

/** Mistral without a head (transformers' MistralModel). */
export class MistralModel extends DecoderModel {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(settingsOf(config), config);
  }
}

/** Mistral that gives scores of the next token (transformers' MistralForCausalLM). */
export class MistralForCausalLM extends CausalDecoder {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(settingsOf(config), config);
  }
}
