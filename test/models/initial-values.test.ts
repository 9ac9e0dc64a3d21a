// From the same seed the parameters begin with the numbers that transformers 5.18 draws.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as models from "../../src/models/index.ts";
import { arange, manualSeed, nn, noGrad, rand, type Tensor } from "../../src/torch/index.ts";

const bert = {
  vocab_size: 70,
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 40,
  max_position_embeddings: 20,
};
const distilbert = {
  vocab_size: 70,
  dim: 24,
  n_layers: 2,
  n_heads: 3,
  hidden_dim: 30,
  max_position_embeddings: 20,
};
const gpt2 = { vocab_size: 70, n_embd: 24, n_layer: 2, n_head: 2, n_positions: 40 };
const llama = {
  vocab_size: 70,
  hidden_size: 32,
  num_hidden_layers: 2,
  num_attention_heads: 4,
  num_key_value_heads: 2,
  intermediate_size: 40,
};
const qwen3 = { ...llama, head_dim: 8, tie_word_embeddings: true, initializer_range: 0.05 };
const t5 = { vocab_size: 70, d_model: 24, d_kv: 6, num_heads: 3, d_ff: 40, num_layers: 2 };
const vit = {
  hidden_size: 24,
  num_hidden_layers: 2,
  num_attention_heads: 2,
  intermediate_size: 40,
  image_size: 20,
  patch_size: 5,
};
const clip = {
  text_config: {
    vocab_size: 60,
    hidden_size: 32,
    intermediate_size: 48,
    num_hidden_layers: 2,
    num_attention_heads: 2,
    max_position_embeddings: 12,
  },
  vision_config: {
    hidden_size: 40,
    intermediate_size: 56,
    num_hidden_layers: 3,
    num_attention_heads: 5,
    image_size: 16,
    patch_size: 4,
  },
  projection_dim: 20,
};
const whisper = {
  vocab_size: 70,
  num_mel_bins: 6,
  d_model: 24,
  encoder_layers: 3,
  decoder_layers: 2,
  encoder_attention_heads: 2,
  decoder_attention_heads: 3,
  encoder_ffn_dim: 30,
  decoder_ffn_dim: 40,
  max_source_positions: 12,
  max_target_positions: 40,
  pad_token_id: 0,
};

type FromConfig = new (config: models.Config) => nn.Module;

/** The last three numbers of an entry that is drawn late. */
const recorded: readonly (readonly [FromConfig, models.Config, string, readonly number[]])[] = [
  [
    models.BertForSequenceClassification,
    bert,
    "classifier.weight",
    [0.02008281648159027, 0.04538925364613533, -0.004542166832834482],
  ],
  [
    models.RobertaForMaskedLM,
    bert,
    "lm_head.dense.weight",
    [-0.02475520595908165, 0.023293260484933853, 0.031641654670238495],
  ],
  [
    models.DistilBertForSequenceClassification,
    distilbert,
    "classifier.weight",
    [-0.023600749671459198, -1.1229900337639265e-5, 0.02194061689078808],
  ],
  [
    models.GPT2LMHeadModel,
    gpt2,
    "transformer.h.1.mlp.c_proj.weight",
    [0.0065621123649179935, -0.00801264401525259, -0.006766081787645817],
  ],
  [
    models.LlamaForCausalLM,
    llama,
    "lm_head.weight",
    [0.026887256652116776, 0.019815882667899132, -0.023951521143317223],
  ],
  [
    models.Qwen3ForCausalLM,
    qwen3,
    "model.layers.1.mlp.down_proj.weight",
    [0.028712604194879532, 0.03863070532679558, 0.0023851846344769],
  ],
  [
    models.T5ForConditionalGeneration,
    t5,
    "shared.weight",
    [1.511911153793335, -0.2925012707710266, -2.477588653564453],
  ],
  [
    models.ViTForImageClassification,
    vit,
    "classifier.weight",
    [-0.01319232676178217, -0.007447122596204281, 0.0015395283699035645],
  ],
  [
    models.CLIPModel,
    clip,
    "visual_projection.weight",
    [0.22942039370536804, -0.05172143504023552, 0.06858571618795395],
  ],
  [
    models.WhisperForConditionalGeneration,
    whisper,
    "model.decoder.embed_tokens.weight",
    [-0.021070266142487526, 0.011867592111229897, -0.024101439863443375],
  ],
];

for (const [Class, config, name, want] of recorded) {
  test(`${Class.name} from a seed`, () => {
    manualSeed(5);
    const model = new Class(config);
    const got = model.stateDict().get(name)!.flatten().at("-3:").tolist() as number[];
    assert.deepEqual(got.map(Math.fround), want.map(Math.fround));
  });
}

test("skipInit draws nothing: the generator stays where it was", () => {
  manualSeed(1);
  const next = rand(1).item();
  manualSeed(1);
  const model = nn.utils.skipInit(models.BertModel, bert);
  assert.equal(rand(1).item(), next);
  assert.equal(model.encoder.layer.length, 2);
});

const inputIds = arange(3, 10).unsqueeze(0);
const dropping = { ...whisper, dropout: 0.1, attention_dropout: 0.2, activation_dropout: 0.1 };

/** The last two logits in training mode, which transformers 5.18 gives from seed 5 for the model and 11 for the call. */
const trained: readonly (readonly [FromConfig, models.Config, object, readonly number[]])[] = [
  [models.DistilBertForSequenceClassification, distilbert, { inputIds }, [-0.012999, 0.006544]],
  [models.GPT2LMHeadModel, gpt2, { inputIds }, [0.064118, -0.032376]],
  [models.T5ForConditionalGeneration, t5, { inputIds, decoderInputIds: inputIds }, [-0.148783, -0.222666]],
  [
    models.WhisperForConditionalGeneration,
    dropping,
    { inputFeatures: arange(144).float().reshape([1, 6, 24]).sin(), decoderInputIds: inputIds },
    [-0.080314, 0.025317],
  ],
];

for (const [Class, config, inputs, want] of trained) {
  test(`${Class.name} drops out from a seed`, () => {
    manualSeed(5);
    const model = new Class(config);
    manualSeed(11);
    const { logits } = noGrad(() => model.call(inputs)) as { readonly logits: Tensor };
    const got = logits.flatten().at("-2:").tolist() as number[];
    got.forEach((value, i) => {
      assert.ok(Math.abs(value - want[i]!) < 3e-6, `${got} instead of ${want}`);
    });
  });
}
