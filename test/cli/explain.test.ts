// weightbridge explain: what it tells of described models and of files of ONNX, and what it refuses.

import assert from "node:assert/strict";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
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

test("--report writes a page that says the same, and replaces none unasked", async () => {
  manualSeed(2);
  const file = join(folder, "layers.onnx");
  const inner = new nn.Sequential({ "<b>first</b>": new nn.Linear(4, 8), act: new nn.Tanh() });
  await exportOnnx(new nn.Sequential({ body: inner, head: new nn.Linear(8, 2) }).eval(), zeros([2, 4]), file);
  const page = join(folder, "layers.html");
  const args = ["explain", file, "--runs", "2", "--report", page];
  const first = await weightbridge(...args);
  assert.equal(first.status, 0, first.stderr);
  const text = readFileSync(page, "utf8");
  assert.match(text, /<title>.*layers\.onnx: where the time goes \(weightbridge\)<\/title>/);
  assert.match(text, /<svg class="times" viewBox="0 0 1000 \d+" role="img"/);
  assert.match(text, /<dt>input<\/dt><dd>\[2, 4\] float32<\/dd>/);
  // What a file calls its parts is no markup; nothing is fetched and nothing runs.
  assert.ok(!text.includes("<b>first") && !text.includes("<script") && !/(src|href)="(?!data:)/.test(text));
  const bars = [...text.matchAll(/<b class="mono">([^<]*)<\/b>/g)].map(([, name]) => name);
  assert.ok(
    bars.some((name) => /Gemm|MatMul/.test(name!)),
    bars.join(),
  );
  const widths = [...text.matchAll(/<g class="depth-1">.*?width="([\d.]+)"/g)].map(([, each]) =>
    Number(each),
  );
  const total = widths.reduce((sum, each) => sum + each + 1, 0);
  assert.ok(Math.abs(total - 1000) < 3, `${widths}`);
  const again = await weightbridge(...args);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /there is a file .*layers\.html already; add --force to replace it/);
  assert.equal((await weightbridge(...args, "--force")).status, 0);
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
