// Transformers, with the names and outputs of the library transformers.

export {
  BertForMaskedLM,
  BertForSequenceClassification,
  type BertInputs,
  BertModel,
  type LogitsOutput,
  type PooledOutput,
} from "./bert.ts";
export { PretrainedModel } from "./pretrained.ts";
