// Llama (Touvron et al., 2023; Llama 3) from its config, with the names and outputs of transformers' models/llama.

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
  readonly attentionBias: boolean;
  readonly mlpBias: boolean;
  readonly padTokenId: number | null;
  readonly tieWordEmbeddings: boolean;
}

const fields: Fields<Settings> = {
  vocabSize: integer(32000),
  hiddenSize: integer(4096),
  intermediateSize: integer(11008),
  numHiddenLayers: integer(32),
  numAttentionHeads: integer(32),
  numKeyValueHeads: nullable(integer(0), null),
  headDim: nullable(integer(0), null),
  hiddenAct: text("silu"),
  rmsNormEps: number(1e-6),
  attentionDropout: number(0),
  attentionBias: flag(false),
  mlpBias: flag(false),
  padTokenId: nullable(integer(0), null),
  tieWordEmbeddings: flag(false),
};

function settingsOf(config: Config): DecoderSettings {
  const settings = readConfig("Llama", "llama", config, fields);
  return {
    ...settings,
    ...headsOf("Llama", settings),
    family: "Llama",
    modelType: "llama",
    hasInputBias: settings.attentionBias,
    hasOutputBias: settings.attentionBias,
    hasFeedForwardBias: settings.mlpBias,
    normalizesHeads: false,
    windows: Array.from({ length: settings.numHiddenLayers }, () => null),
    tokens: { eosTokenId: 2 },
  };
}

/** Llama without a head (transformers' LlamaModel). */
export class LlamaModel extends DecoderModel {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(settingsOf(config), config);
  }
}

/** Llama that gives scores of the next token (transformers' LlamaForCausalLM). */
export class LlamaForCausalLM extends CausalDecoder {
  /** @throws ValueError for a config that asks for what is not implemented, by name */
  constructor(config: Config = {}) {
    super(settingsOf(config), config);
  }
}
