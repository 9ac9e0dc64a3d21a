// explain: what is told of a compiled module.

import assert from "node:assert/strict";
import { test } from "node:test";
import { explain } from "../../src/compile/index.ts";
import { nn, randn } from "../../src/torch/index.ts";

test("nodes before and after, and times by operator and module", async () => {
  const model = new nn.Sequential(
    new nn.Conv2d(3, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(8 * 14 * 14, 10),
  ).eval();
  const told = await explain(model, [randn([2, 3, 16, 16])], { frozen: true, runs: 3 });
  assert.equal(told.lowered.get("Conv"), 1);
  assert.ok(told.lowered.get("Relu") === 1 && !told.optimized.has("Relu"), "Relu goes into the convolution");
  assert.ok(!told.optimized.has("Mul"), "batch norm goes into the convolution");
  const shares = told.operators.reduce((sum, { share }) => sum + share, 0);
  assert.ok(Math.abs(shares - 1) < 1e-9);
  assert.ok(told.operators.every(({ milliseconds }) => milliseconds >= 0));
  // A convolution is the convolution's, whatever was taken into it; batch norm and Relu are no nodes any more.
  const names = told.modules.map(({ name }) => name);
  assert.ok(names.includes("0"), names.join());
  assert.equal(told.modules.find(({ name }) => name === "0")!.type, "Conv2d");
  assert.ok(
    names.every((name) => ["0", "3", "4", "(no module)"].includes(name)),
    names.join(),
  );
  assert.equal(told.operations.get("conv"), 1);
  assert.deepEqual([...told.providers.keys()], ["CPU"]);
  assert.match(
    `${told}`,
    /^\d+ operations: .*\nlowered to \d+ nodes of ONNX; ONNX Runtime made \d+ of them, all on CPU\n.* ms a run\n\n {2}operator /,
  );
});

test("what cannot be compiled is refused as compile does", async () => {
  await assert.rejects(explain(new nn.Dropout(0.5), [randn([3])]), /call module\.eval\(\) first/);
});
