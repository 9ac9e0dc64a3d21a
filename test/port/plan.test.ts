// Plans: carried out whole or not at all, saved and read back, taken back bit for bit.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import { examine } from "../../src/port/examine.ts";
import { applyPlan } from "../../src/port/filling.ts";
import { loadParameters } from "../../src/port/loading.ts";
import { buildModel } from "../../src/port/model/build.ts";
import { invertPlan, parsePlan, planJson, planOf } from "../../src/port/rules/plan.ts";
import { isSameBits } from "../../src/port/rules/steps.ts";
import { sourceOf } from "../../src/port/source.ts";
import type { ModelSpec } from "../../src/port/spec.ts";
import { manualSeed, nn, noGrad, randn, type Tensor } from "../../src/torch/index.ts";

manualSeed(5);

const array = (...shape: number[]): np.NDArray => {
  const { storage, layout } = randn(shape);
  return new np.NDArray(storage, layout);
};

const kerasArrays = (): Map<string, np.NDArray> =>
  new Map([
    ["conv2d/kernel", array(3, 2, 1, 2)],
    ["conv2d/bias", array(2)],
    ["dense/kernel", array(8, 3)],
    ["dense/bias", array(3)],
  ]);

const cnn = (): nn.Module =>
  new nn.Sequential(new nn.Conv2d(1, 2, [3, 2]), new nn.Flatten(), new nn.Linear(8, 3));

const inputs = [randn(1, 1, 4, 3)];

test("a plan that was saved and read carries the same out, and is taken back bit for bit", () => {
  const arrays = kerasArrays();
  const model = cnn();
  const plan = parsePlan(planJson(planOf(examine(model, sourceOf(arrays, 2), { inputs }))));
  applyPlan(model, plan, arrays);
  const state = model.stateDict();
  const back = invertPlan(plan, (name) => {
    const { storage, layout } = state.get(name)!;
    return new np.NDArray(storage, layout);
  });
  assert.deepEqual([...back.keys()].sort(), [...arrays.keys()].sort());
  for (const [name, each] of arrays) assert.ok(isSameBits(back.get(name)!, each), name);
});

test("nothing is written where a rule does not fit", () => {
  const arrays = kerasArrays();
  const model = cnn();
  const plan = planOf(examine(model, sourceOf(arrays, 2), { inputs }));
  const before = [...model.stateDict()].map(([, tensor]) => tensor.tolist());
  arrays.set("dense/bias", array(4));
  assert.throws(() => applyPlan(model, plan, arrays), /2\.bias: expected \[3\], got \[4\]/);
  arrays.delete("dense/bias");
  assert.throws(() => applyPlan(model, plan, arrays), /2\.bias: the file has no array "dense\/bias"/);
  assert.deepEqual(
    [...model.stateDict()].map(([, tensor]) => tensor.tolist()),
    before,
  );
});

test("a plan that is none is refused, and says where", () => {
  assert.throws(() => parsePlan("[]"), /plan/);
  const text = planJson(planOf(examine(cnn(), sourceOf(kerasArrays(), 2), { inputs })));
  assert.throws(() => parsePlan(text.replace('"op":"transpose"', '"op":"turn"')), /turn/);
});

/** Linear, GELU, Linear, the GELU as a step of its own. */
const described: ModelSpec = {
  tree: {
    type: "Own",
    from: "tests",
    children: {
      a: { type: "Linear", args: { in_features: 4, out_features: 6 } },
      b: { type: "Linear", args: { in_features: 6, out_features: 2 } },
    },
  },
  forward: {
    inputs: ["x"],
    steps: [
      { set: "h", module: "a", in: ["$x"] },
      { set: "gelu", op: "F.gelu", in: ["$h"] },
      { set: "y", module: "b", in: ["$gelu"] },
    ],
    outputs: ["$y"],
  },
};

const run = (model: nn.Module, x: Tensor): Tensor =>
  noGrad(() => (model as unknown as { call(x: Tensor): Tensor }).call(x));

test("settings of steps that the proof found are made when the parameters are loaded", () => {
  const arrays = new Map([
    ["a.weight", array(6, 4)],
    ["a.bias", array(6)],
    ["b.weight", array(2, 6)],
    ["b.bias", array(2)],
  ]);
  const truth = buildModel(described);
  const setting = { path: "", name: "step gelu.approximate", value: "tanh" };
  applyPlan(truth, { ...planOf(examine(truth, sourceOf(arrays, 2))), settings: [setting] }, arrays);
  const x = randn(5, 4);
  const recorded = { inputs: [x], outputs: [run(truth, x)], atol: 1e-6, rtol: 1e-6 };
  const model = buildModel(described);
  const { proof, settings } = loadParameters(model, arrays, { recorded });
  assert.equal(proof?.holds, true);
  assert.deepEqual(settings, [setting]);
  assert.deepEqual(run(model, x).tolist(), run(truth, x).tolist());
});

test("a setting that the model has not is refused, and nothing is written", () => {
  const model = cnn();
  const before = model.getParameter("0.bias").tolist();
  const arrays = kerasArrays();
  const plan = planOf(examine(model, sourceOf(arrays, 2), { inputs }));
  const settings = [{ path: "0", name: "epsilon", value: 1 }];
  assert.throws(() => applyPlan(model, { ...plan, settings }, arrays), /setting epsilon of 0/);
  assert.deepEqual(model.getParameter("0.bias").tolist(), before);
});
