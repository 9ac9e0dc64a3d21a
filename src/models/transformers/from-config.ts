// Which class a config is for: `architectures` in config.json names it.

import { ValueError } from "../../core/errors.ts";
import { nn } from "../../torch/index.ts";
import { type Config, settingIn } from "../config.ts";
import { BertForMaskedLM, BertForSequenceClassification, BertModel } from "./bert.ts";
import { CLIPModel, CLIPTextModel, CLIPVisionModel } from "./clip.ts";
import { DistilBertForMaskedLM, DistilBertForSequenceClassification, DistilBertModel } from "./distilbert.ts";
import { GPT2LMHeadModel, GPT2Model } from "./gpt2.ts";
import { LlamaForCausalLM, LlamaModel } from "./llama.ts";
import { MistralForCausalLM, MistralModel } from "./mistral.ts";
import type { PretrainedModel } from "./pretrained.ts";
import { Qwen2ForCausalLM, Qwen2Model, Qwen3ForCausalLM, Qwen3Model } from "./qwen.ts";
import { RobertaForMaskedLM, RobertaForSequenceClassification, RobertaModel } from "./roberta.ts";
import { T5EncoderModel, T5ForConditionalGeneration } from "./t5.ts";
import { ViTForImageClassification, ViTModel } from "./vit.ts";
import { WhisperForConditionalGeneration, WhisperModel } from "./whisper.ts";

const architectures: Readonly<Record<string, new (config: Config) => PretrainedModel>> = {
  BertForMaskedLM,
  BertForSequenceClassification,
  BertModel,
  CLIPModel,
  CLIPTextModel,
  CLIPVisionModel,
  DistilBertForMaskedLM,
  DistilBertForSequenceClassification,
  DistilBertModel,
  GPT2LMHeadModel,
  GPT2Model,
  LlamaForCausalLM,
  LlamaModel,
  MistralForCausalLM,
  MistralModel,
  Qwen2ForCausalLM,
  Qwen2Model,
  Qwen3ForCausalLM,
  Qwen3Model,
  RobertaForMaskedLM,
  RobertaForSequenceClassification,
  RobertaModel,
  T5EncoderModel,
  T5ForConditionalGeneration,
  ViTForImageClassification,
  ViTModel,
  WhisperForConditionalGeneration,
  WhisperModel,
};

/**
 * The model that a config's `architectures` names, to be loaded: its parameters are not initialised, and it is in
 * evaluation mode, as what `from_pretrained` gives.
 * @throws ValueError for an architecture that is not here, with those that are, and as the model's class does
 */
export function fromConfig(config: Config): PretrainedModel {
  const named = settingIn(config, "architectures");
  const [name] = Array.isArray(named) ? (named as unknown[]) : [];
  const Class =
    typeof name === "string" && Object.hasOwn(architectures, name) ? architectures[name] : undefined;
  if (Class === undefined) {
    const known = Object.keys(architectures).join(", ");
    throw new ValueError(`the config's architectures is ${JSON.stringify(named)}; there are ${known}`);
  }
  return nn.utils.skipInit(Class, config).eval();
}
