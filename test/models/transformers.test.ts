// Transformers made from their config.json: they have the recorded names, load the recorded files and give the recorded
// numbers, inside and out.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as models from "../../src/models/index.ts";
import { nn, noGrad, optim, type Tensor } from "../../src/torch/index.ts";
import { referenceJson } from "../support/reference.ts";
import { assertClose, inputsOf, recordedModel, stateOf, tensorOf, withActivations } from "./recorded.ts";

type Outputs = Readonly<Record<string, Tensor>>;
type FromConfig = new (config: models.Config) => nn.Module;

const classes: Readonly<Record<string, FromConfig>> = {
  "d-bert": models.BertModel,
  "d-bert-classifier": models.BertForSequenceClassification,
  "d-distilbert": models.DistilBertModel,
  "d-roberta-mlm": models.RobertaForMaskedLM,
  "d-gpt2": models.GPT2LMHeadModel,
  "d-llama": models.LlamaForCausalLM,
  "d-mistral": models.MistralForCausalLM,
  "d-qwen2": models.Qwen2ForCausalLM,
  "d-qwen3": models.Qwen3ForCausalLM,
  "d-t5": models.T5ForConditionalGeneration,
  "d-vit": models.ViTForImageClassification,
  "d-clip": models.CLIPModel,
  "d-whisper": models.WhisperForConditionalGeneration,
};

type Generator = nn.Module & {
  generate(inputIds: Tensor, options: models.GenerateOptions): Tensor;
};

const generators: Readonly<Record<string, new (config: models.Config) => Generator>> = {
  "d-gpt2": models.GPT2LMHeadModel,
  "d-llama": models.LlamaForCausalLM,
  "d-t5": models.T5ForConditionalGeneration,
};

const camelCase = (name: string): string =>
  name.replace(/_([a-z])/g, (_, letter: string) => letter.toUpperCase());

const configOf = (name: string): models.Config => referenceJson(`models/${name}/config.json`);

for (const [name, Class] of Object.entries(classes)) {
  const recorded = recordedModel(name);
  const make = (): nn.Module => nn.utils.skipInit(Class, configOf(name)).eval();

  test(`${name} has the names and shapes of its library`, () => {
    const entries = [...make().stateDict()].map(([entry, { shape }]) => [entry, [...shape]]);
    assert.deepEqual(
      entries,
      recorded.target.state_dict.map((entry) => [entry.name, entry.shape]),
    );
  });

  for (const { file } of recorded.files) {
    test(`${name} with ${file} gives what was recorded`, async () => {
      const model = make();
      model.loadStateDict(await stateOf(`${name}/${file}`));
      const { output, activations } = withActivations(model, Object.keys(recorded.activations), () =>
        noGrad(() => model.call(inputsOf(recorded.inputs)) as Outputs),
      );
      for (const [path, array] of Object.entries(recorded.activations))
        assertClose(activations.get(path)!, tensorOf(array), recorded.tolerance, path);
      for (const [path, array] of Object.entries(recorded.outputs))
        assertClose(output[camelCase(path)]!, tensorOf(array), recorded.tolerance, path);
    });
  }
}

for (const [name, Class] of Object.entries(generators)) {
  test(`${name} generates greedily what was recorded`, async () => {
    const { inputs, new_tokens, sequences } = recordedModel(name).greedy!;
    const model = nn.utils.skipInit(Class, configOf(name)).eval();
    model.loadStateDict(await stateOf(`${name}/model.safetensors`));
    const options = { maxNewTokens: new_tokens, minNewTokens: new_tokens, padTokenId: 0 };
    const generated = model.generate(tensorOf(inputs.input_ids!), options);
    assert.deepEqual(generated.tolist(), tensorOf(sequences).tolist());
  });
}

test("d-bert-classifier is fine-tuned as recorded", async () => {
  const name = "d-bert-classifier";
  const recorded = recordedModel(name);
  const { optimizer_args, targets, losses, final_state, tolerance, ...rest } = recorded.finetune!;
  const model = nn.utils.skipInit(models.BertForSequenceClassification, configOf(name)).eval();
  model.loadStateDict(await stateOf(`${name}/model.safetensors`));
  const optimizer = new optim.AdamW(model.parameters(), {
    lr: optimizer_args.lr,
    weightDecay: optimizer_args.weight_decay,
  });
  const logits = (): Tensor => model.call(inputsOf(recorded.inputs)).logits;
  for (const [step, want] of losses.entries()) {
    optimizer.zeroGrad();
    const loss = nn.functional.crossEntropy(logits(), tensorOf(targets));
    loss.backward();
    optimizer.step();
    assert.ok(Math.abs(Number(loss.item()) - want) <= tolerance.losses_atol, `step ${step}: ${loss.item()}`);
  }
  const state = model.stateDict();
  for (const [entry, want] of await stateOf(`${name}/${final_state}`))
    assertClose(state.get(entry)!, want, { atol: tolerance.state_atol }, entry);
  const want = tensorOf(rest.final_output_in_eval_mode);
  assertClose(noGrad(logits), want, { atol: tolerance.output_atol }, "final output");
});
