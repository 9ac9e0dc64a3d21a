// What files call the entries of transformers in other releases, what they leave out, and what configs are refused for.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as models from "../../src/models/index.ts";
import { nn, noGrad, ones, type Tensor, tensor, zeros } from "../../src/torch/index.ts";

const bert: models.Config = {
  model_type: "bert",
  vocab_size: 20,
  hidden_size: 8,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
  max_position_embeddings: 10,
};
const gpt2: models.Config = {
  vocab_size: 20,
  n_embd: 8,
  n_layer: 2,
  n_head: 2,
  n_positions: 16,
  eos_token_id: 0,
};
const llama: models.Config = {
  vocab_size: 20,
  hidden_size: 16,
  num_hidden_layers: 1,
  num_attention_heads: 2,
  intermediate_size: 12,
};
const ids: Tensor = tensor([[3, 5, 7, 9]]);

/** The state of a model with other names, or without some. */
function renamed(model: nn.Module, name: (name: string) => string | null): Map<string, Tensor> {
  const entries = [...model.stateDict()].map(([old, value]) => [name(old), value.clone()] as const);
  return new Map(entries.filter((entry): entry is readonly [string, Tensor] => entry[0] !== null));
}

test("a model can be made from a config as it is read, or in camelCase", () => {
  const camel = {
    vocabSize: 20,
    hiddenSize: 8,
    numHiddenLayers: 1,
    numAttentionHeads: 2,
    intermediateSize: 12,
  };
  const made = new models.BertModel({ ...camel, maxPositionEmbeddings: 10 });
  assert.deepEqual([...made.stateDict().keys()], [...new models.BertModel(bert).stateDict().keys()]);
});

test("fromConfig makes what the config names, to be loaded", () => {
  const model = models.fromConfig({ ...bert, architectures: ["BertForSequenceClassification"] });
  assert.ok(model instanceof models.BertForSequenceClassification);
  assert.equal(model.training, false);
  assert.equal(model.bert.encoder.layer.length, 1);
  assert.throws(() => models.fromConfig({ architectures: ["XLNetModel"] }), /XLNetModel.*BertModel/);
  assert.throws(() => models.fromConfig({}), /there are BertForMaskedLM/);
});

test("names of TensorFlow's BERT, of a model with a head, and saved positions are taken", () => {
  const from = new models.BertModel(bert);
  const state = renamed(from, (name) =>
    `bert.${name}`.replace("LayerNorm.weight", "LayerNorm.gamma").replace("LayerNorm.bias", "LayerNorm.beta"),
  );
  state.set("bert.embeddings.position_ids", zeros([1, 10]).long());
  const model = nn.utils.skipInit(models.BertModel, bert);
  model.loadStateDict(state);
  const outputs = [from, model].map((each) => each.eval().call(ids).lastHiddenState.tolist());
  assert.deepEqual(outputs[0], outputs[1]);
  state.set("cls.predictions.bias", zeros([20]));
  assert.throws(
    () => model.loadStateDict(state),
    /Unexpected key\(s\) in state_dict: "cls.predictions.bias"/,
  );
});

test("a file of the base model fills the model with a head", () => {
  const from = new models.GPT2Model(gpt2);
  const state = renamed(from, (name) => name);
  state.set("h.0.attn.bias", ones([1, 1, 16, 16]));
  const model = nn.utils.skipInit(models.GPT2LMHeadModel, gpt2);
  model.loadStateDict(state);
  assert.deepEqual(model.lm_head.weight.tolist(), from.wte.weight.tolist());
});

test("tied entries stay one tensor, whichever a file holds, copied or assigned", () => {
  const state = renamed(new models.GPT2LMHeadModel(gpt2), (name) =>
    name === "transformer.wte.weight" ? null : name,
  );
  for (const assign of [false, true]) {
    const model = nn.utils.skipInit(models.GPT2LMHeadModel, gpt2);
    model.loadStateDict(state, { assign });
    assert.equal(model.lm_head.weight, model.transformer.wte.weight);
    assert.deepEqual(model.lm_head.weight.tolist(), state.get("lm_head.weight")!.tolist());
  }
});

test("two different tensors where one is meant are loaded as two, with a warning", () => {
  const state = renamed(new models.GPT2LMHeadModel(gpt2), (name) => name);
  state.set("lm_head.weight", ones([20, 8]));
  const model = nn.utils.skipInit(models.GPT2LMHeadModel, gpt2);
  const { warnings } = collectWarnings(() => model.loadStateDict(state));
  assert.match(
    warnings[0]!.message,
    /lm_head.weight and transformer.wte.weight are one tensor by the config/,
  );
  assert.equal(model.lm_head.weight.at(0, 0).item(), 1);
  assert.deepEqual(model.transformer.wte.weight.tolist(), state.get("transformer.wte.weight")!.tolist());
});

const refused: readonly (readonly [string, () => unknown, RegExp])[] = [
  [
    "another model's config",
    () => new models.BertModel({ model_type: "roberta" }),
    /model_type "bert"; this one has "roberta"/,
  ],
  ["no config", () => new models.BertModel([] as unknown as models.Config), /made from a config/],
  [
    "a size that is none",
    () => new models.BertModel({ hidden_size: "768" }),
    /hidden_size is "768"; it has to be a whole number/,
  ],
  [
    "relative positions",
    () => new models.BertModel({ position_embedding_type: "relative_key" }),
    /position_embedding_type is "relative_key"; it has to be "absolute"/,
  ],
  [
    "a decoder",
    () => new models.BertModel({ is_decoder: true }),
    /is_decoder is true; it has to be false, which is what is implemented/,
  ],
  [
    "an activation",
    () => new models.BertModel({ ...bert, hidden_act: "xielu" }),
    /"xielu" is not implemented; there are gelu/,
  ],
  [
    "heads that do not fit",
    () => new models.BertModel({ ...bert, num_attention_heads: 3 }),
    /8 cannot be divided among 3/,
  ],
  [
    "a rotary kind",
    () => new models.LlamaModel({ ...llama, rope_scaling: { rope_type: "yarn", factor: 2 } }),
    /"yarn" is not implemented; there are default, linear, llama3/,
  ],
  [
    "a rotary factor that is missing",
    () => new models.LlamaModel({ ...llama, rope_scaling: { type: "linear" } }),
    /need the number factor/,
  ],
  [
    "a kind of layer",
    () => new models.Qwen3Model({ ...llama, num_key_value_heads: 2, layer_types: ["chunked_attention"] }),
    /"chunked_attention" are not implemented/,
  ],
  [
    "a feed-forward block",
    () => new models.T5EncoderModel({ feed_forward_proj: "relu-gated-x" }),
    /feed_forward_proj/,
  ],
  [
    "an image of another size",
    () => new models.ViTModel({ hidden_size: 12, num_hidden_layers: 0 }).call(zeros([1, 3, 8, 8])),
    /Input image size \(8\*8\) doesn't match model \(224\*224\)/,
  ],
  [
    "a mask of another length",
    () => new models.BertModel(bert).call(ids, ones([1, 3])),
    /attention mask has shape \[batch, 4\]/,
  ],
];

for (const [name, attempt, message] of refused) {
  test(`refused: ${name}`, () => assert.throws(attempt, message));
}

test("dropout runs in training alone, and gradients reach every parameter", () => {
  const model = new models.GPT2LMHeadModel({ ...gpt2, resid_pdrop: 0.5 });
  const run = (): unknown => noGrad(() => model.call(ids).logits.tolist());
  assert.notDeepEqual(run(), run());
  model.eval();
  assert.deepEqual(run(), run());
  model.call(ids).logits.square().mean().backward();
  for (const [name, parameter] of model.namedParameters()) assert.ok(parameter.grad !== null, name);
});

test("generation ends at the end token, pads what has ended, and continues padded sequences as if alone", () => {
  const model = new models.GPT2LMHeadModel(gpt2).eval();
  const [alone] = model.generate(ids, { maxNewTokens: 5, eosTokenId: null }).tolist() as number[][];
  const end = alone![6]!;
  const [ended] = model
    .generate(ids, { maxNewTokens: 5, eosTokenId: [end], padTokenId: 1 })
    .tolist() as number[][];
  assert.deepEqual(ended, alone!.slice(0, alone!.indexOf(end, 4) + 1));
  const both = tensor([
    [0, 0, 3, 5, 7, 9],
    [1, 2, 3, 4, 5, 6],
  ]);
  const attentionMask = both.ne(0).long();
  const [first] = model
    .generate(both, { maxNewTokens: 5, eosTokenId: null, attentionMask })
    .tolist() as number[][];
  assert.deepEqual(first!.slice(2), alone);
  assert.throws(() => model.generate(both, { attentionMask: attentionMask.flip([1]) }), /pad on the left/);
  assert.throws(() => model.generate(both, { maxNewTokens: 1.5 }), /maxNewTokens is a whole number/);
});
