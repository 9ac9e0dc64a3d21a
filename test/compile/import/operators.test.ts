// Every operator that importOnnx has, against what ONNX's reference evaluator says of small graphs.

import assert from "node:assert/strict";
import { test } from "node:test";
import { operators } from "../../../src/compile/import/table.ts";
import { importOnnx } from "../../../src/compile/index.ts";
import { decode } from "../../../src/onnx/index.ts";
import { assertSame, bytesOf, casesOf, resultsOf, tensorOf } from "./cases.ts";

const cases = casesOf("operators.json");

for (const { name, model, inputs, outputs } of cases) {
  test(name, async () => {
    const module = await importOnnx(bytesOf(model));
    const given = Object.fromEntries(Object.entries(inputs).map(([key, value]) => [key, tensorOf(value)]));
    const result = module.forward(...(Object.keys(given).length === 0 ? [] : [given]));
    const results = resultsOf(module, result);
    assert.equal(results.length, outputs.length);
    for (const [i, each] of outputs.entries()) assertSame(results[i]!, each, `output ${i}`);
  });
}

test("every operator in the table is among the cases", async () => {
  const used = new Set<string>();
  for (const { model } of cases) {
    const bytes = bytesOf(model);
    const source = {
      byteLength: bytes.byteLength,
      slice: async (from: number, to: number) => bytes.subarray(from, to),
    };
    const { graph } = await decode(source, "ModelProto");
    for (const { domain = "", opType = "" } of graph!.node!) used.add(`${domain}/${opType}`);
  }
  const without = operators.map(({ domain, name }) => `${domain}/${name}`).filter((each) => !used.has(each));
  assert.deepEqual(without, []);
});
