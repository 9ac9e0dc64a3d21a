// Every operator that importOnnx has, against what ONNX's reference evaluator says of small graphs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { importOnnx } from "../../../src/compile/index.ts";
import { operators } from "../../../src/compile/import/table.ts";
import { decode } from "../../../src/onnx/index.ts";
import { Tensor } from "../../../src/torch/index.ts";
import { assertSame, bytesOf, casesOf, tensorOf } from "./cases.ts";

const cases = casesOf("operators.json");

for (const { name, model, inputs, outputs } of cases) {
  test(name, async () => {
    const module = await importOnnx(bytesOf(model));
    const given = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, tensorOf(value)]));
    const result = module.forward(...(Object.keys(given).length === 0 ? [] : [given]));
    const results = result instanceof Tensor ? [result] : Object.values(result);
    const wanted = outputs.filter((_, i) => module.outputs[i]!.name !== "");
    assert.equal(results.length, wanted.length);
    for (const [i, each] of wanted.entries()) assertSame(results[i]!, each, `output ${i}`);
  });
}
