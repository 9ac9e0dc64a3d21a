// Models from descriptions in JSON: what is built, how it runs and trains, and what is refused.

import assert from "node:assert/strict";
import { join } from "node:path";
import { test } from "node:test";
import { readFile } from "../../src/files/node.ts";
import { buildModel, type ModelSpec, type ModuleSpec, specOf } from "../../src/port/index.ts";
import { specOfModel } from "../../src/port/model/describe.ts";
import { outline } from "../../src/port/model/outline.ts";
import { typeOf } from "../../src/port/target.ts";
import * as torch from "../../src/torch/index.ts";

import { recordedModels } from "../conformance/models/case.ts";

const { nn } = torch;
type Callable = { call(...inputs: readonly torch.Tensor[]): torch.Tensor };

const linear = (inFeatures: number, outFeatures: number): ModuleSpec => ({
  type: "Linear",
  args: { in_features: inFeatures, out_features: outFeatures },
});

/** A block with a residual, as a trace writes it. */
const residual: ModelSpec = {
  tree: { type: "Net", children: { fc: linear(3, 3), head: linear(3, 2) } },
  forward: {
    inputs: ["x"],
    steps: [
      { set: "fc", module: "fc", in: ["$x"] },
      { set: "act", op: "F.leaky_relu", in: ["$fc"], kw: { negative_slope: 0.3 } },
      { set: "sum", op: "operator.add", in: ["$act", "$x"] },
      { set: "last", op: "operator.getitem", in: ["$sum", [{ ellipsis: true }, { slice: [0, 3, null] }]] },
      { set: "out", op: "aten.linear.default", in: ["$last", "@head.weight", "@head.bias"] },
    ],
    outputs: ["$out", "$sum"],
  },
};

test("steps compute what they say, and gradients flow through them", () => {
  const model = buildModel(residual);
  assert.deepEqual([...model.stateDict().keys()], ["fc.weight", "fc.bias", "head.weight", "head.bias"]);
  torch.manualSeed(0);
  for (const parameter of model.parameters()) torch.noGrad(() => parameter.normal_());
  const x = torch.randn(4, 3);
  const [out, sum] = (model as unknown as Callable).call(x) as unknown as [torch.Tensor, torch.Tensor];
  const fc = model.getSubmodule("fc") as unknown as Callable;
  const head = model.getSubmodule("head") as unknown as Callable;
  const want = nn.functional.leakyRelu(fc.call(x), 0.3).add(x);
  assert.ok(torch.equal(sum, want));
  assert.ok(torch.equal(out, head.call(want)));
  out.sum().backward();
  assert.ok([...model.parameters()].every(({ grad }) => grad !== null));
});

test("classes of other libraries, entries of their own, ties", () => {
  const model = buildModel({
    tree: {
      type: "LM",
      from: "library",
      children: {
        embed: { type: "Embedding", args: { num_embeddings: 5, embedding_dim: 3 } },
        norm: {
          type: "LayerNorm2d",
          from: "torchvision",
          extends: "LayerNorm",
          parameters: { weight: { shape: [3], dtype: "float16" } },
          buffers: { ids: { shape: [1, 4], dtype: "int64", persistent: false } },
        },
        head: { type: "Linear", args: { in_features: 3, out_features: 5, bias: false } },
      },
    },
    state_dict: [{ name: "head.weight", tied_to: "embed.weight" }],
  });
  assert.deepEqual([...model.stateDict().keys()], ["embed.weight", "norm.weight", "head.weight"]);
  assert.equal(model.getParameter("head.weight"), model.getParameter("embed.weight"));
  assert.equal(typeOf(model.getSubmodule("norm")), "LayerNorm");
  assert.equal(model.getParameter("norm.weight").dtype, torch.float16);
  assert.match(String(model), /LM\(\n {2}\(embed\): Embedding\(5, 3\)\n {2}\(norm\): LayerNorm2d\(\)/);
  assert.throws(
    () => (model as unknown as Callable).call(torch.zeros(1)),
    /LM: what it computes is not described/,
  );
});

test("modules that steps call run their hooks", () => {
  const model = buildModel(residual);
  const seen: string[] = [];
  model.getSubmodule("fc").registerForwardHook(() => {
    seen.push("fc");
    return undefined;
  });
  (model as unknown as Callable).call(torch.zeros(1, 3));
  assert.deepEqual(seen, ["fc"]);
});

test("layers whose entries are read are called once a flat forward pass is taken apart", () => {
  const { forward } = outline(residual);
  assert.ok(forward !== undefined && forward !== "sequential");
  assert.deepEqual(forward.steps.at(-1), { set: "out", module: "head", in: ["$last"] });
});

const refusals: readonly (readonly [why: string, spec: unknown, message: RegExp])[] = [
  ["no description", { type: 3 }, /^model: expected \{"type"/],
  [
    "an unknown class",
    { type: "Linaer", args: { in_features: 1 } },
    /^model: there is no module Linaer here/,
  ],
  ["other capitals", { type: "Relu" }, /^model: there is no module Relu here, there is ReLU/],
  ["an argument too many", { type: "ReLU", args: { slope: 1 } }, /^model: /],
  [
    "a bad parameter",
    { type: "Net", parameters: { weight: { shape: [-1] } } },
    /^model\.parameters\.weight: expected \{"shape"/,
  ],
  ["children in a list", { type: "Sequential", children: [] }, /^model: "children" must be an object/],
  [
    "an operation that is not there",
    {
      tree: residual.tree,
      forward: { inputs: ["x"], steps: [{ set: "y", op: "F.relux", in: ["$x"] }], outputs: [] },
    },
    /^forward\.steps\[0\]: there is no operation F\.relux here/,
  ],
  [
    "a value that is not there",
    {
      tree: residual.tree,
      forward: { inputs: [], steps: [{ set: "y", op: "F.relu", in: ["$x"] }], outputs: [] },
    },
    /^forward\.steps\[0\]\.in\[0\]: nothing is called "x" here/,
  ],
  [
    "a module that is not there",
    {
      tree: residual.tree,
      forward: { inputs: ["x"], steps: [{ set: "y", module: "fd", in: ["$x"] }], outputs: [] },
    },
    /^forward\.steps\[0\]: the model has no module "fd"/,
  ],
  [
    "a step of two kinds",
    {
      tree: residual.tree,
      forward: { inputs: [], steps: [{ set: "y", op: "F.relu", get: "x" }], outputs: [] },
    },
    /^forward\.steps\[0\]: expected one name/,
  ],
  [
    "another shape",
    { tree: linear(2, 2), state_dict: [{ name: "weight", shape: [2, 3] }] },
    /^state_dict: "weight" is \[2, 3\], the tree gives \[2, 2\]/,
  ],
  [
    "an entry that is not there",
    { tree: linear(2, 2), state_dict: [{ name: "weigth" }] },
    /^state_dict: the tree of modules has no entry "weigth"/,
  ],
];

for (const [why, spec, message] of refusals) {
  test(`refused: ${why}`, () => {
    assert.throws(
      () => buildModel(spec as ModelSpec),
      (error: Error) => error.constructor.name === "ValueError" && message.test(error.message),
    );
  });
}

test("an error of a step names it", () => {
  const model = buildModel(residual) as unknown as Callable;
  assert.throws(() => model.call(torch.zeros(2, 4)), /^RuntimeError: step "fc" \(fc\): /);
});

test("live modules are described with the arguments that they need", () => {
  const model = new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1, bias: false }),
    new nn.BatchNorm2d(4, { eps: 1e-3 }),
    new nn.MaxPool2d(2),
    new nn.Flatten(),
    new nn.LSTM(4, 5, { batchFirst: true }),
    new nn.Sequential(new nn.Embedding(7, 3), new nn.LayerNorm([3]), new nn.GELU({ approximate: "tanh" })),
    new nn.MultiheadAttention(4, 2, { batchFirst: true }),
    new nn.TransformerEncoderLayer(4, 2, { dimFeedforward: 8, activation: "gelu" }),
  );
  const spec = specOfModel(model);
  assert.deepEqual(spec.tree.children?.["0"], {
    type: "Conv2d",
    args: { in_channels: 1, out_channels: 4, kernel_size: [3, 3], padding: [1, 1], bias: false },
  });
  const again = buildModel(spec);
  assert.equal(String(again), String(model));
  assert.deepEqual([...again.stateDict().keys()], [...model.stateDict().keys()]);
});

test("a class of one's own is not described", () => {
  class Net extends nn.Module {}
  assert.throws(() => specOfModel(new nn.Sequential(new Net())), /model\.0: Net is a class of your own/);
});

test("a module that was saved whole tells its tree, a file of weights nothing", async () => {
  const recorded = recordedModels().find(({ name }) => name === "a-digits-cnn-torch")!;
  const { tree, forward } = specOf(await readFile(join(recorded.folder, "model.pt")));
  assert.equal(forward, undefined);
  const entries = [...buildModel({ tree }).stateDict()].map(([name, { shape }]) => `${name} ${shape.join()}`);
  const wanted = recorded.file.target.state_dict.map(({ name, shape }) => `${name} ${shape.join()}`);
  assert.deepEqual(entries, wanted);
  const weights = await readFile(join(recorded.folder, "state_dict.pt"));
  assert.throws(() => specOf(weights), /^ValueError: the file holds weights and no model/);
});
