// weightbridge explain: what it tells of described models and of files of ONNX, and what it refuses.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { exportOnnx } from "../../src/compile/index.ts";
import { manualSeed, nn, zeros } from "../../src/torch/index.ts";
import { weightbridge } from "../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-explain-"));
after(() => rmSync(folder, { recursive: true, force: true }));

const digits = ["examples/digits/model.json", "examples/page/digits.safetensors"];

test("a described model: its operations, what was fused, and bars of what takes time", async () => {
  const args = ["explain", ...digits, "--input", "4x1x8x8", "--frozen", "--runs", "3"];
  const { status, stdout, stderr } = await weightbridge(...args);
  assert.equal(status, 0, stderr);
  assert.match(stdout, /^Sequential of .*model\.json on \[4, 1, 8, 8\] float32, weights in the graph\n\n/);
  assert.match(
    stdout,
    /8 operations: 3 relu, 2 conv, 2 linear, 1 maxPool\nlowered to \d+ nodes of ONNX; .* all on CPU\n/,
  );
  assert.match(stdout, /\n {2}operator +lowered +run +ms +share\n/);
  assert.match(stdout, /\n {2}Conv +2 +2 +\d+\.\d{3} +\d+\.\d % {2}#/);
  assert.match(stdout, /\n {2}Relu +3 +- +- +-\n/);
  assert.match(stdout, /\n {2}module +ms +share\n/);
  assert.match(stdout, /\n {2}3 \(Conv2d\) +\d+\.\d{3} /);
  assert.equal(stderr, "");
});

test("a file of ONNX is enough; --json has the same numbers", async () => {
  manualSeed(1);
  const path = join(folder, "words.onnx");
  const model = new nn.Sequential(new nn.Embedding(9, 4), new nn.Linear(4, 2)).eval();
  await exportOnnx(model, zeros([2, 3], { dtype: "int64" }), path, { dynamic: { input: [0] } });
  const { status, stdout, stderr } = await weightbridge("explain", path, "--json", "--runs", "2");
  assert.equal(status, 0, stderr);
  const told = JSON.parse(stdout) as {
    model: string;
    lowered: Record<string, number>;
    providers: Record<string, number>;
    operators: { name: string; share: number }[];
    milliseconds: number;
  };
  assert.equal(told.model, path);
  assert.equal(told.lowered.Gather, 1);
  assert.deepEqual(Object.keys(told.providers), ["CPU"]);
  assert.ok(Math.abs(told.operators.reduce((sum, { share }) => sum + share, 0) - 1) < 1e-9);
  assert.ok(told.milliseconds > 0);
});

const refused: readonly (readonly [args: readonly string[], message: RegExp])[] = [
  [[], /expected MODEL and WEIGHTS \(weightbridge explain --help says more\)/],
  [digits, /expected an input: --example FILE, or --input SHAPE/],
  [[...digits, "--input", "1x1x8x8", "--runs", "0"], /--runs takes a number from 1 on, got "0"/],
  [["nothing.onnx"], /nothing\.onnx/],
];

for (const [args, message] of refused) {
  test(`refused: explain ${args.join(" ")}`, async () => {
    const { status, stdout, stderr } = await weightbridge("explain", ...args);
    assert.equal(status, 2);
    assert.equal(stdout, "");
    assert.match(stderr, message);
  });
}
