// Models that PyTorch exported: importOnnx computes what PyTorch computes, keeps the names, and fine-tunes alike.

import assert from "node:assert/strict";
import { test } from "node:test";
import { importOnnx } from "../../../src/compile/index.ts";
import { nn, optim, type Tensor } from "../../../src/torch/index.ts";
import {
  assertSame,
  bytesOf,
  type Case,
  casesOf,
  type Encoded,
  numbersOf,
  resultsOf,
  tensorOf,
} from "./cases.ts";

interface ModelCase extends Case {
  readonly parameters: readonly string[];
  readonly step?: {
    readonly target: Encoded;
    readonly loss: Encoded;
    readonly after: Readonly<Record<string, Encoded>>;
  };
}

const cases = casesOf<ModelCase>("models.json");

for (const { name, model, inputs, outputs } of cases) {
  test(name, async () => {
    const module = await importOnnx(bytesOf(model));
    const result = module.forward(...Object.values(inputs).map(tensorOf));
    const results = resultsOf(module, result);
    assert.equal(results.length, outputs.length);
    for (const [i, each] of outputs.entries()) assertSame(results[i]!, each, `output ${i}`);
  });
}

const tuned = cases.find(({ step }) => step !== undefined)!;

test("parameters have the module's names, statistics are buffers", async () => {
  const module = await importOnnx(bytesOf(tuned.model));
  const names = [...module.namedParameters()].map(([each]) => each);
  assert.deepEqual([...names].sort(), [...tuned.parameters].sort());
  const buffers = [...module.namedBuffers()].map(([each]) => each).filter((each) => /running/.test(each));
  assert.equal(buffers.length, 4);
  assert.equal(module.getSubmodule("features.0").getParameter("weight").shape.join(), "6,3,3,3");
});

test("a step of fine-tuning is PyTorch's", async () => {
  const module = await importOnnx(bytesOf(tuned.model));
  const optimizer = new optim.SGD(module.parameters(), { lr: 0.5, momentum: 0.9 });
  const scores = module.call(tensorOf(tuned.inputs.x0!)) as Tensor;
  const loss = nn.functional.crossEntropy(scores, tensorOf(tuned.step!.target));
  assertSame(loss, tuned.step!.loss, "loss");
  loss.backward();
  optimizer.step();
  const state = module.stateDict();
  for (const [name, wanted] of Object.entries(tuned.step!.after)) assertSame(state.get(name)!, wanted, name);
});

test("a state dict goes into another import of the model", async () => {
  const [first, second] = [await importOnnx(bytesOf(tuned.model)), await importOnnx(bytesOf(tuned.model))];
  const state = new Map([...first.stateDict()].map(([name, value]) => [name, value.clone()]));
  state.get("head.bias")!.add_(1);
  assert.deepEqual(second.loadStateDict(state).missingKeys, []);
  const x = tensorOf(tuned.inputs.x0!);
  const [a, b] = [first.forward(x) as Tensor, second.forward(x) as Tensor];
  const moved = numbersOf(b).map((value, i) => value - numbersOf(a)[i]!);
  assert.ok(moved.every((value) => Math.abs(value - 1) < 1e-5));
});
