// weightbridge export: the folder it writes, what it refuses, and that nothing is left behind then.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { importOnnx } from "../../src/compile/index.ts";
import { saveSafetensors } from "../../src/files/node.ts";
import { load, manualSeed, nn, randn, type Tensor } from "../../src/torch/index.ts";
import { weightbridge } from "../support/program.ts";
import { referenceFiles } from "../support/reference.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-export-"));
after(() => rmSync(folder, { recursive: true, force: true }));
const at = (name: string): string => join(folder, name);

const tree = {
  type: "Sequential",
  children: {
    "0": { type: "Linear", args: { in_features: 4, out_features: 6 } },
    "1": { type: "ReLU" },
    "2": { type: "Linear", args: { in_features: 6, out_features: 2 } },
  },
};
writeFileSync(at("model.json"), JSON.stringify({ tree, forward: "sequential" }));
manualSeed(2);
const model = new nn.Sequential(new nn.Linear(4, 6), new nn.ReLU(), new nn.Linear(6, 2));
await saveSafetensors(at("weights.safetensors"), model.stateDict());
const x = randn([3, 4]);
await saveSafetensors(at("example.safetensors"), new Map([["input", x]]));

const files = [
  "README.md",
  "check.py",
  "example.safetensors",
  "model.py",
  "model.safetensors",
  "requirements.txt",
  "train.py",
];

test("a described model and its weights become a folder, and the weights are the same", async () => {
  const args = [at("model.json"), at("weights.safetensors"), at("out"), "--to", "pytorch"];
  const { status, stdout, stderr } = await weightbridge(
    "export",
    ...args,
    "--example",
    at("example.safetensors"),
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /proved +what model\.py computes was run here/);
  assert.deepEqual(readdirSync(at("out")).sort(), files);
  assert.match(
    readFileSync(at("out/model.py"), "utf8"),
    /nn\.Sequential\(nn\.Linear\(4, 6\), nn\.ReLU\(\), nn\.Linear\(6, 2\)\)/,
  );
  const weights = (await load(at("out/model.safetensors"))) as Map<string, Tensor>;
  for (const [name, value] of model.stateDict())
    assert.deepEqual(weights.get(name)!.tolist(), value.tolist());
  const example = (await load(at("out/example.safetensors"))) as Map<string, Tensor>;
  assert.deepEqual(example.get("outputs/0")!.tolist(), model.call(x).tolist());

  const again = await weightbridge("export", ...args, "--input", "x=2x4");
  assert.equal(again.status, 2);
  assert.match(again.stderr, /there is such a folder already; add --force/);
  const forced = await weightbridge("export", ...args, "--input", "x=2x4", "--force", "--json");
  assert.equal(forced.status, 0, forced.stderr);
  const report = JSON.parse(forced.stdout) as Record<string, unknown>;
  assert.deepEqual([report.to, report.files, report.inputs], ["pytorch", files, ["x"]]);
});

test("what is refused leaves no folder behind", async () => {
  const before = readdirSync(folder);
  const args = [at("model.json"), at("weights.safetensors"), at("other"), "--to", "pytorch"];
  const cases: readonly (readonly [readonly string[], RegExp])[] = [
    [[...args, "--input", "2x5"], /mat1 and mat2 shapes cannot be multiplied/],
    [[...args, "--input", "2 by 4"], /--input takes \[NAME=\]LENGTHxLENGTH/],
    [args, /expected an input/],
    [[...args.slice(0, 3), "--to", "cobol"], /expected --to pytorch or --to onnx or --to triton/],
    [["--to", "pytorch", at("other")], /expected MODEL, WEIGHTS and OUTDIR/],
    [
      [at("weights.safetensors"), at("other"), "--to", "pytorch", "--input", "2x4"],
      /do not say what the model is/,
    ],
  ];
  for (const [given, reason] of cases) {
    const { status, stderr } = await weightbridge("export", ...given);
    assert.equal(status, 2, stderr);
    assert.match(stderr, reason);
  }
  assert.deepEqual(readdirSync(folder), before);
});

test("an ONNX file becomes a model of a Triton repository, with what lies beside it", async () => {
  const recorded = referenceFiles();
  writeFileSync(at("mlp.onnx"), recorded.get("onnx/mlp.onnx")!);
  const { status, stdout, stderr } = await weightbridge(
    "export",
    at("mlp.onnx"),
    at("classifier"),
    "--to",
    "triton",
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /tritonserver --model-repository/);
  const config = readFileSync(at("classifier/config.pbtxt"), "utf8");
  assert.match(config, /^name: "classifier"\nplatform: "onnxruntime_onnx"\nmax_batch_size: \d+\ninput \[\n/);
  assert.deepEqual(
    new Uint8Array(readFileSync(at("classifier/1/model.onnx"))),
    new Uint8Array(recorded.get("onnx/mlp.onnx")!),
  );
  const refused = await weightbridge("export", at("weights.safetensors"), at("none"), "--to", "triton");
  assert.equal(refused.status, 2);
  assert.match(refused.stderr, /expected an input: --example FILE, or --input SHAPE/);
});

/** Runs `weightbridge export` on the described model, to its end. */
const exported = async (...args: readonly string[]): Promise<string> => {
  const { status, stdout, stderr } = await weightbridge(
    "export",
    at("model.json"),
    at("weights.safetensors"),
    ...args,
  );
  assert.equal(status, 0, stderr);
  return stdout;
};

test("a described model and its weights become a file of ONNX, for batches of any length", async () => {
  const to = ["--to", "onnx", "--example", at("example.safetensors")];
  const told = await exported(at("any.onnx"), ...to);
  assert.match(told, /any +batch\n/);
  assert.match(told, /compared +what the file computes was run here/);
  const imported = await importOnnx(at("any.onnx"));
  assert.deepEqual([...imported.stateDict().keys()].sort(), [...model.stateDict().keys()].sort());
  assert.deepEqual(imported.inputs[0]!.shape, ["batch", 4]);
  const other = randn([5, 4]);
  const far = (imported.forward(other) as Tensor).sub(model.call(other) as Tensor).abs();
  assert.ok(Number(far.max().item()) < 1e-6);

  const again = await weightbridge(
    "export",
    at("model.json"),
    at("weights.safetensors"),
    at("any.onnx"),
    ...to,
  );
  assert.equal(again.status, 2);
  assert.match(again.stderr, /there is such a file already; add --force/);
});

test("--dynamic says which axes may have any length, --external puts tensors beside the file", async () => {
  const given = ["--to", "onnx", "--input", "x=3x4"];
  await exported(at("fixed.onnx"), ...given, "--dynamic", "none");
  assert.deepEqual((await importOnnx(at("fixed.onnx"))).inputs[0]!.shape, [3, 4]);
  const report = JSON.parse(
    await exported(at("named.onnx"), ...given, "--dynamic", "x=0:rows", "--json"),
  ) as Record<string, unknown>;
  assert.deepEqual(
    [report.to, report.files, report.inputs, report.dynamic],
    ["onnx", ["named.onnx"], ["x"], { x: { 0: "rows" } }],
  );
  assert.deepEqual((await importOnnx(at("named.onnx"))).inputs[0]!.shape, ["rows", 4]);
  for (const wrong of ["x", "x=zero", "=0"]) {
    const { status, stderr } = await weightbridge(
      "export",
      at("model.json"),
      at("weights.safetensors"),
      at("wrong.onnx"),
      ...given,
      "--dynamic",
      wrong,
    );
    assert.equal(status, 2);
    assert.match(stderr, /--dynamic takes INPUT=AXIS/);
  }
  assert.ok(!readdirSync(folder).some((name) => name.includes("wrong.onnx")));
});

test("a described model and its weights become a model of a Triton repository", async () => {
  const wide = new nn.Sequential(new nn.Linear(4, 600), new nn.ReLU(), new nn.Linear(600, 2));
  const wideTree = structuredClone(tree);
  wideTree.children["0"].args!.out_features = 600;
  wideTree.children["2"].args!.in_features = 600;
  writeFileSync(at("wide.json"), JSON.stringify({ tree: wideTree, forward: "sequential" }));
  await saveSafetensors(at("wide.safetensors"), wide.stateDict());
  const { status, stdout, stderr } = await weightbridge(
    "export",
    at("wide.json"),
    at("wide.safetensors"),
    at("repository/wide"),
    "--to",
    "triton",
    "--input",
    "x=3x4",
    "--external",
    "--max-batch",
    "32",
  );
  assert.equal(status, 0, stderr);
  assert.match(stdout, /batches +of 32 at most/);
  assert.match(readFileSync(at("repository/wide/config.pbtxt"), "utf8"), /name: "x"\n.*\n +dims: \[ 4 \]/);
  assert.deepEqual(readdirSync(at("repository/wide/1")), ["model.onnx", "model.onnx.data"]);
  const imported = await importOnnx(at("repository/wide/1/model.onnx"));
  const far = (imported.forward(x) as Tensor).sub(wide.call(x) as Tensor).abs();
  assert.ok(Number(far.max().item()) < 1e-6);
});
