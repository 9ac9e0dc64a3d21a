// Containers of modules and parameters: positions, slices, and what Python's lists and dicts can do.

import assert from "node:assert/strict";
import { test } from "node:test";
import { GlobalValue, type ModuleParts, ObjectValue, type Value } from "../../src/files/values.ts";
import * as torch from "../../src/torch/index.ts";
import { moduleClassOf } from "../../src/torch/nn/rebuild.ts";

const { nn } = torch;

test("slices of modules are containers of the same modules", () => {
  const model = new nn.Sequential(new nn.ReLU(), new nn.Tanh(), new nn.Sigmoid());
  const tail = model.at("1:");
  assert.ok(tail instanceof nn.Sequential);
  assert.equal(tail.at(0), model.at(1));
  assert.equal(String(tail), "Sequential(\n  (1): Tanh()\n  (2): Sigmoid()\n)");
  assert.equal(new nn.ModuleList(model).at("::2").length, 2);
  assert.throws(() => model.at(3), { name: "IndexError", message: "index 3 is out of range" });
});

test("modules are put in, taken out and named anew", () => {
  const list = new nn.ModuleList([new nn.ReLU(), new nn.Tanh()]);
  list.insert(1, new nn.Sigmoid());
  assert.deepEqual(
    [...list].map((each) => each.constructor.name),
    ["ReLU", "Sigmoid", "Tanh"],
  );
  assert.ok(list.pop(0) instanceof nn.ReLU);
  assert.deepEqual(
    [...list.namedChildren()].map(([name]) => name),
    ["0", "1"],
  );
  assert.ok(!("2" in list));
  assert.equal(list.pop(":1").length, 1);
  assert.throws(() => list.extend(3 as never), {
    name: "TypeError",
    message: "ModuleList.extend should be called with an iterable, but got int",
  });
});

test("ModuleDict", () => {
  const dict = new nn.ModuleDict([["a", new nn.ReLU()]]);
  dict.update(new nn.ModuleDict({ b: new nn.Tanh() }));
  assert.deepEqual([...dict], ["a", "b"]);
  assert.ok(dict.pop("a") instanceof nn.ReLU);
  assert.throws(() => dict.at("a"), { name: "KeyError", message: "'a'" });
  dict.clear();
  assert.equal(dict.length, 0);
  assert.throws(() => dict.update([["a"]] as never), {
    name: "ValueError",
    message: "ModuleDict update sequence element #0 has length 1; 2 is required",
  });
});

test("ParameterList and ParameterDict", () => {
  const list = new nn.ParameterList([torch.ones(2), 5]);
  assert.equal(
    String(list),
    "ParameterList(\n    (0): Parameter containing: [torch.float32 of size 2]\n    (1): Object of type: int\n)",
  );
  assert.equal(list.at(":1").length, 1);
  assert.equal([...list.parameters()].length, 1);
  assert.throws(() => list.call(), { name: "RuntimeError", message: "ParameterList should not be called." });
  const dict = new nn.ParameterDict({ b: torch.ones(1), a: torch.zeros(1) });
  assert.deepEqual([...dict.keys()], ["a", "b"]);
  assert.equal(dict.setdefault("c", torch.ones(3)).shape[0], 3);
  assert.equal(dict.popitem()[0], "c");
  assert.equal(dict.get("c"), null);
  assert.equal(dict.copy().at("a"), dict.at("a"));
  assert.equal(dict.pop("a").item(), 0);
  assert.deepEqual([...dict.stateDict().keys()], ["b"]);
});

/** The parts of a pickled module. */
function parts(settings: Readonly<Record<string, Value>>, more: Partial<ModuleParts> = {}): ModuleParts {
  return {
    training: true,
    parameters: new Map(),
    buffers: new Map(),
    nonPersistentBuffers: new Set(),
    children: new Map(),
    settings: new Map(Object.entries(settings)),
    ...more,
  };
}

test("recurrent layers and transformers are made anew from what a file says of them", () => {
  const lstm = moduleClassOf(
    "torch.nn.modules.rnn.LSTM",
    parts({ mode: "LSTM", input_size: 3, hidden_size: 4, num_layers: 2, bias: false, proj_size: 2 }),
  );
  assert.equal(String(lstm!()), "LSTM(3, 4, proj_size=2, num_layers=2, bias=False)");
  const child = (settings: Readonly<Record<string, Value>>): ObjectValue => {
    const object = new ObjectValue("torch.nn.modules.module.Module", []);
    object.module = parts(settings);
    return object;
  };
  const children = new Map([
    ["self_attn", child({ embed_dim: 4, num_heads: 2, batch_first: true })],
    ["linear1", child({ out_features: 6 })],
    ["dropout", child({ p: 0.25 })],
    ["norm1", child({ eps: 0.5 })],
  ]);
  const className = "torch.nn.modules.transformer.TransformerEncoderLayer";
  const settings = { norm_first: true, activation: new GlobalValue("torch._C._nn", "gelu") };
  const layer = moduleClassOf(
    className,
    parts(settings, { children }),
  )!() as torch.nn.TransformerEncoderLayer;
  assert.equal(layer.activation, nn.functional.gelu);
  assert.equal(layer.linear1.outFeatures, 6);
  assert.equal(layer.norm2.eps, 0.5);
  assert.ok(layer.selfAttn.batchFirst && layer.normFirst);
  const other = { activation: new GlobalValue("mine", "activation") };
  assert.equal(moduleClassOf(className, parts(other, { children })), undefined);
});
