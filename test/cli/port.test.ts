// weightbridge port and verify: what they print and write, and their exit status.

import assert from "node:assert/strict";
import {
  copyFileSync,
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { writeNpz } from "../../src/files/index.ts";
import { readFile } from "../../src/files/node.ts";
import type { DictValue } from "../../src/files/values.ts";
import * as np from "../../src/numpy/index.ts";
import { root } from "../house/sources.ts";
import { weightbridge } from "../support/program.ts";

const folder = mkdtempSync(join(tmpdir(), "port-test-"));
after(() => rmSync(folder, { recursive: true }));

const digits = (name: string): string => join(root, "examples", "digits", name);
const inFolder = (name: string): string => join(folder, name);
const digitsArguments = [digits("weights.npz"), "--into", digits("model.json")];
const proved = [...digitsArguments, "--probe", digits("probe.npz")];

test("port proves the digits network, and writes weights, plan and page", async () => {
  const [out, plan, page] = [inFolder("d.safetensors"), inFolder("d.json"), inFolder("d.html")];
  const files = ["--out", out, "--save-plan", plan, "--report", page];
  const { status, stdout, stderr } = await weightbridge("port", ...proved, ...files, "--json");
  assert.equal(status, 0, stderr);
  const report = JSON.parse(stdout);
  assert.equal(report.version, 1);
  assert.equal(report.verdict, "right");
  assert.deepEqual(report.labels, { right: 39, recorded: 39, count: 40 });
  assert.deepEqual(report.lessons.map(({ kind }: { kind: string }) => kind).sort(), [
    "dense axes",
    "flatten order",
    "kernel axes",
  ]);
  for (const lesson of report.lessons) assert.ok(lesson.right < 39, JSON.stringify(lesson));
  const { metadata, tree } = await readFile(out);
  assert.equal(metadata?.get("weightbridge"), "converted from Keras");
  assert.deepEqual(
    [...(tree as DictValue).keys()].map(String).sort(),
    report.parameters.map(({ name }: { name: string }) => name).sort(),
  );
  assert.match(readFileSync(page, "utf8"), /^<!doctype html>[\s\S]*Proved: /);

  const model = ["--into", digits("model.json"), "--probe", digits("probe.npz")];
  const verified = await weightbridge("verify", out, ...model);
  assert.equal(verified.status, 0, verified.stderr);
  assert.match(verified.stdout, /^Proved: .*\noutputs .*\nlabels +39 of 40 right/);
  const replayed = await weightbridge("port", digits("weights.npz"), ...model, "--plan", plan);
  assert.equal(replayed.status, 0, replayed.stderr);
  assert.match(replayed.stdout, /Proved: /);
  // What is there is not replaced unasked.
  const again = await weightbridge("port", ...proved, "--out", out);
  assert.equal(again.status, 2);
  assert.match(again.stderr, /already; add --force/);
});

test("without a recorded output port ends with 3", async () => {
  const { status, stdout } = await weightbridge("port", ...digitsArguments);
  assert.equal(status, 3);
  assert.match(stdout, /nothing proves it/);
});

test("port and verify end with 1 when the outputs are others, and write no weights", async () => {
  const out = inFolder("wrong.safetensors");
  const { status, stdout } = await weightbridge(
    "port",
    ...proved,
    "--atol",
    "0",
    "--rtol",
    "0",
    "--out",
    out,
  );
  assert.equal(status, 1);
  assert.match(stdout, /NOT the same as Python's[\s\S]*was not written/);
  assert.equal(existsSync(out), false);
  assert.deepEqual(
    readdirSync(folder).filter((name) => name.endsWith(".tmp")),
    [],
  );
});

test("port refuses a model that cannot hold the weights, listing why", async () => {
  const spec = inFolder("small.json");
  const out = inFolder("refused.safetensors");
  writeFileSync(spec, JSON.stringify({ type: "Linear", args: { in_features: 4, out_features: 3 } }));
  const refused = await weightbridge("port", digits("weights.npz"), "--into", spec, "--out", out);
  assert.equal(refused.status, 2);
  assert.match(refused.stdout, /Refused: the model cannot hold these weights/);
  assert.equal(existsSync(out), false);
  writeFileSync(spec, JSON.stringify({ type: 3 }));
  assert.match(
    (await weightbridge("port", digits("weights.npz"), "--into", spec)).stderr,
    /expected \{"type"/,
  );
  writeFileSync(spec, "{");
  assert.match((await weightbridge("port", digits("weights.npz"), "--into", spec)).stderr, /expected JSON/);
});

test("wrong calls are told in one line and end with 2", async () => {
  const probe = inFolder("bad-probe.npz");
  writeFileSync(probe, await writeNpz([["x", np.zeros([2])]]));
  const plan = inFolder("bad-plan.json");
  writeFileSync(plan, '{"version": 1, "rules": [{"target": 3}]}');
  const calls: readonly [readonly string[], RegExp][] = [
    [[digits("weights.npz")], /give it with --into/],
    [[...proved, "--atol", "much"], /--atol must be a number/],
    [[...digitsArguments, "--atol", "1"], /give --probe/],
    [[...digitsArguments, "--out", inFolder("x.npz")], /--out writes \.safetensors/],
    [[...digitsArguments, "--out", inFolder("no/x.safetensors")], /there is no folder/],
    [[...digitsArguments, "--probe", probe], /expected arrays "input" and "output".*got x/],
    [[...digitsArguments, "--plan", plan], /bad-plan\.json: /],
    [[...digitsArguments, "--layout", "caffe"], /there is no layout "caffe"/],
  ];
  for (const [args, words] of calls) {
    const { status, stdout, stderr } = await weightbridge("port", ...args);
    assert.equal(status, 2, args.join(" "));
    assert.equal(stdout, "");
    assert.match(stderr, /^weightbridge: [^\n]+\n$/);
    assert.match(stderr, words);
  }
});

test("a folder with one file of weights is taken for it; of several none is", async () => {
  const weights = inFolder("weights");
  mkdirSync(weights);
  copyFileSync(digits("weights.npz"), join(weights, "model.npz"));
  writeFileSync(join(weights, "README.md"), "");
  const rest = ["--into", digits("model.json"), "--quiet"];
  assert.equal((await weightbridge("port", weights, ...rest)).status, 3);
  copyFileSync(digits("weights.npz"), join(weights, "other.npz"));
  assert.match(
    (await weightbridge("port", weights, ...rest)).stderr,
    /several files of weights: model\.npz, other\.npz/,
  );
});
