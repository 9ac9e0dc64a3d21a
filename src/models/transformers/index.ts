// Transformers, with the names and outputs of the library transformers.

export {
  BertForMaskedLM,
  BertForSequenceClassification,
  type BertInputs,
  BertModel,
} from "./bert.ts";
export { KeyValueCache } from "./cache.ts";
export type { DecoderInputs, EncoderDecoderOutput, LogitsOutput, PooledOutput } from "./calls.ts";
export {
  type CLIPInputs,
  CLIPModel,
  type CLIPOutput,
  CLIPTextModel,
  type CLIPTowerOutput,
  CLIPVisionModel,
} from "./clip.ts";
export {
  DistilBertForMaskedLM,
  DistilBertForSequenceClassification,
  type DistilBertInputs,
  DistilBertModel,
} from "./distilbert.ts";
export { fromConfig } from "./from-config.ts";
export type { GenerateOptions } from "./generate.ts";
export { GPT2LMHeadModel, GPT2Model } from "./gpt2.ts";
export { LlamaForCausalLM, LlamaModel } from "./llama.ts";
export { MistralForCausalLM, MistralModel } from "./mistral.ts";
export { PretrainedModel } from "./pretrained.ts";
export { Qwen2ForCausalLM, Qwen2Model, Qwen3ForCausalLM, Qwen3Model } from "./qwen.ts";
export { RobertaForMaskedLM, RobertaForSequenceClassification, RobertaModel } from "./roberta.ts";
export { T5EncoderModel, T5ForConditionalGeneration, type T5Inputs } from "./t5.ts";
export { ViTForImageClassification, ViTModel } from "./vit.ts";
export { WhisperForConditionalGeneration, type WhisperInputs, WhisperModel } from "./whisper.ts";
