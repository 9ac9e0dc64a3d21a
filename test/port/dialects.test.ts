// Names of other libraries for the same parts: what they mean, and what is joined, cut, turned and made of them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import { examine } from "../../src/port/examine.ts";
import { readName } from "../../src/port/match/dialects/parts.ts";
import { applyRule } from "../../src/port/rules/apply.ts";
import { sourceOf } from "../../src/port/source.ts";
import { manualSeed, nn, randn } from "../../src/torch/index.ts";

manualSeed(7);
const array = (...shape: number[]): np.NDArray => {
  const { storage, layout } = randn(shape);
  return new np.NDArray(storage, layout);
};

/** What an entry is filled with. */
function filled(model: nn.Module, arrays: Map<string, np.NDArray>, target: string): unknown {
  const { rules, problems, missing } = examine(model, sourceOf(arrays, 4));
  assert.deepEqual(problems, []);
  assert.deepEqual(missing, []);
  return applyRule(rules.find((rule) => rule.target === target)!, (name) => arrays.get(name)).tolist();
}

/** A module with submodules by path. */
function tree(modules: Readonly<Record<string, nn.Module>>): nn.Module {
  const root = new nn.Module();
  for (const [path, module] of Object.entries(modules)) {
    const segments = path.split(".");
    let parent = root;
    for (const segment of segments.slice(0, -1)) {
      if (!parent._modules.has(segment)) parent.registerModule(segment, new nn.Module());
      parent = parent._modules.get(segment)!;
    }
    parent.registerModule(segments.at(-1)!, module);
  }
  return root;
}

test("names of different libraries mean the same part", () => {
  const same = [
    ["encoder.layer.3.attention.self.query.weight", "layers.3.self_attn.q_proj.weight"],
    ["bert.encoder.layer.0.attention.output.dense.bias", "layers.0.self_attn.out_proj.bias"],
    ["encoder.layer.0.output.dense.weight", "transformer.h.0.mlp.c_proj.weight"],
    ["Transformer/encoderblock_1/MlpBlock_3/Dense_0/kernel", "blocks.1.mlp.fc1.weight"],
    ["layers.2.feed_forward.w1.weight", "model.layers.2.mlp.gate_proj.weight"],
    ["layers.2.attention_norm.weight", "model.layers.2.input_layernorm.weight"],
  ] as const;
  for (const [a, b] of same) {
    const [left, right] = [a, b].map((name) => readName(name)!);
    assert.deepEqual(
      [left!.scope, left!.part, left!.role],
      [right!.scope, right!.part, right!.role],
      `${a} and ${b}`,
    );
  }
  assert.equal(readName("conv1.weight"), undefined);
});

test("GPT-2's fused projection is turned and cut into three", () => {
  const model = tree({
    "layers.0.self_attn.q_proj": new nn.Linear(4, 4),
    "layers.0.self_attn.k_proj": new nn.Linear(4, 4),
    "layers.0.self_attn.v_proj": new nn.Linear(4, 4),
    "layers.0.self_attn.o_proj": new nn.Linear(4, 4),
  });
  const arrays = new Map([
    ["h.0.attn.c_attn.weight", array(4, 12)],
    ["h.0.attn.c_attn.bias", array(12)],
    ["h.0.attn.c_proj.weight", array(4, 4)],
    ["h.0.attn.c_proj.bias", array(4)],
  ]);
  const fused = arrays.get("h.0.attn.c_attn.weight")!;
  assert.deepEqual(filled(model, arrays, "layers.0.self_attn.k_proj.weight"), fused.T.at("4:8").tolist());
  assert.deepEqual(
    filled(model, arrays, "layers.0.self_attn.o_proj.weight"),
    arrays.get("h.0.attn.c_proj.weight")!.T.tolist(),
  );
});

test("queries, keys and values of their own are joined", () => {
  const model = tree({ attn: new nn.MultiheadAttention(4, 2) });
  const names = ["query", "key", "value"];
  const arrays = new Map<string, np.NDArray>();
  for (const name of names) {
    arrays.set(`attn.${name}.weight`, array(4, 4));
    arrays.set(`attn.${name}.bias`, array(4));
  }
  arrays.set("attn.out_proj.weight", array(4, 4));
  arrays.set("attn.out_proj.bias", array(4));
  assert.deepEqual(
    filled(model, arrays, "attn.in_proj_weight"),
    np.concatenate(names.map((name) => arrays.get(`attn.${name}.weight`)!)).tolist(),
  );
  const { findings } = examine(model, sourceOf(arrays, 2));
  assert.ok(findings.some(({ kind, severity }) => kind === "split" && severity === "conversion"));
});

test("a stack of google-research's blocks is taken apart", () => {
  const model = tree({
    "blocks.0.mlp.fc1": new nn.Linear(4, 6),
    "blocks.1.mlp.fc1": new nn.Linear(4, 6),
  });
  const arrays = new Map([
    ["Transformer/encoderblock/MlpBlock_0/Dense_0/kernel", array(2, 4, 6)],
    ["Transformer/encoderblock/MlpBlock_0/Dense_0/bias", array(2, 6)],
  ]);
  const kernel = arrays.get("Transformer/encoderblock/MlpBlock_0/Dense_0/kernel")!;
  assert.deepEqual(filled(model, arrays, "blocks.1.mlp.fc1.weight"), kernel.at(1).T.tolist());
});

test("a weight in a size and a direction is put together", () => {
  const model = new nn.Sequential(new nn.Linear(3, 2));
  const arrays = new Map([
    ["0.weight_g", np.array([[2], [10]], { dtype: np.float32 })],
    [
      "0.weight_v",
      np.array(
        [
          [3, 0, 4],
          [0, 1, 0],
        ],
        { dtype: np.float32 },
      ),
    ],
    ["0.bias", np.zeros([2], { dtype: np.float32 })],
  ]);
  const weight = filled(model, arrays, "0.weight") as number[][];
  assert.deepEqual(
    weight.map((row) => row.map((x) => Number(x.toFixed(5)))),
    [
      [1.2, 0, 1.6],
      [0, 10, 0],
    ],
  );
});

test("a tied output layer that a file leaves out is the embedding; another missing layer is missing", () => {
  const model = tree({
    wte: new nn.Embedding(5, 4),
    "h.0.attn.c_proj": new nn.Linear(4, 4),
    lm_head: new nn.Linear(4, 5, false),
  });
  const arrays = new Map([
    ["transformer.wte.weight", array(5, 4)],
    ["transformer.h.0.attn.c_proj.weight", array(4, 4)],
    ["transformer.h.0.attn.c_proj.bias", array(4)],
  ]);
  assert.deepEqual(filled(model, arrays, "lm_head.weight"), arrays.get("transformer.wte.weight")!.tolist());
  const other = tree({ wte: new nn.Embedding(5, 4), fc: new nn.Linear(4, 5, false) });
  assert.deepEqual(examine(other, sourceOf(new Map([["wte.weight", array(5, 4)]]), 2)).missing, [
    "fc.weight",
  ]);
});
