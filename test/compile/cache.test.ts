// Graphs that are kept: in memory, where programs are of the same graph, and on disk for the next start.

import assert from "node:assert/strict";
import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { after, test } from "node:test";
import { compile } from "../../src/compile/index.ts";
import { collectWarnings } from "../../src/core/warnings.ts";
import { holdRuntime } from "../../src/native/shared.ts";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const folder = mkdtempSync(join(tmpdir(), "weightbridge-cache-"));
after(() => rmSync(folder, { recursive: true }));

/** A module with more than a megabyte of weights, in which there is something to rewrite. */
function makeModel(seed: number): torch.nn.Module {
  torch.manualSeed(seed);
  return new nn.Sequential(
    new nn.Conv2d(3, 8, 3),
    new nn.BatchNorm2d(8),
    new nn.ReLU(),
    new nn.Flatten(),
    new nn.Linear(8 * 14 * 14, 256),
  ).eval();
}

torch.manualSeed(1);
const x = torch.randn(2, 3, 16, 16);

/** A module's output, compiled with its weights in the graph, and the warnings on the way. */
function outputOf(model: torch.nn.Module, cache: string | { folder: string; mostBytes: number }) {
  return collectWarnings(() => {
    const compiled = compile(model, { frozen: true, cache });
    const result = compiled(x) as torch.Tensor;
    compiled.release();
    return result;
  });
}

const isSame = (a: torch.Tensor, b: torch.Tensor): boolean =>
  torch.allclose(a, b, { rtol: 1e-5, atol: 1e-6 });
const kept = (place: string): string[] => readdirSync(place).filter((name) => /^[0-9a-f]{64}$/.test(name));

test("a graph is kept once, and found again by the next program of the same weights alone", () => {
  const place = join(folder, "found");
  const model = makeModel(2);
  const first = outputOf(model, place);
  assert.ok(isSame(first.result, model.call(x) as torch.Tensor));
  const [entry] = kept(place);
  assert.deepEqual(readdirSync(join(place, entry!)).sort(), ["check.json", "model.onnx", "weights"]);
  const { ino } = statSync(join(place, entry!, "weights"));
  const again = outputOf(makeModel(2), place);
  assert.ok(isSame(again.result, first.result));
  assert.deepEqual(kept(place), [entry]);
  assert.equal(statSync(join(place, entry!, "weights")).ino, ino, "it was written again");
  const other = makeModel(3);
  assert.ok(isSame(outputOf(other, place).result, other.call(x) as torch.Tensor));
  assert.equal(kept(place).length, 2);
  assert.deepEqual(
    readdirSync(place).filter((name) => name.startsWith(".")),
    [],
  );
  assert.deepEqual([...first.warnings, ...again.warnings], []);
});

const damages: readonly (readonly [name: string, damage: (entry: string) => void])[] = [
  [
    "weights of which a byte is another",
    (entry) => {
      const bytes = readFileSync(join(entry, "weights"));
      bytes[bytes.length >> 1]! ^= 1;
      writeFileSync(join(entry, "weights"), bytes);
    },
  ],
  ["a graph that was cut off", (entry) => writeFileSync(join(entry, "model.onnx"), "")],
  ["weights that are gone", (entry) => rmSync(join(entry, "weights"))],
  ["a list that is none", (entry) => writeFileSync(join(entry, "check.json"), "[")],
  ["a list without a graph", (entry) => writeFileSync(join(entry, "check.json"), "{}")],
];

for (const [name, damage] of damages) {
  test(`${name}: a warning, and the graph is made anew`, () => {
    const place = join(folder, name);
    const model = makeModel(2);
    const wanted = outputOf(model, place).result;
    const [entry] = kept(place);
    damage(join(place, entry!));
    const { result, warnings } = outputOf(model, place);
    assert.ok(isSame(result, wanted));
    assert.match(warnings.map(({ message }) => message).join(), /holds no compiled graph that can be used/);
    assert.deepEqual(outputOf(model, place).warnings, []);
    assert.deepEqual(kept(place), [entry]);
  });
}

test("what was not used for longest goes, and what is not the cache's stays", () => {
  const place = join(folder, "bounded");
  mkdirSync(join(place, "other"), { recursive: true });
  writeFileSync(join(place, "notes.txt"), "mine");
  // Each has 1.6 MB of weights.
  const entries = [2, 3, 4].map((seed) => {
    outputOf(makeModel(seed), { folder: place, mostBytes: 4e6 });
    return kept(place);
  });
  assert.deepEqual(
    entries.map(({ length }) => length),
    [1, 2, 2],
  );
  assert.ok(!entries[2]!.includes(entries[0]![0]!));
  assert.ok(readdirSync(place).includes("other") && readdirSync(place).includes("notes.txt"));
});

test("a folder that cannot be written to: a warning, and the program runs", () => {
  const place = join(folder, "file");
  writeFileSync(place, "");
  const model = makeModel(2);
  const { result, warnings } = outputOf(model, place);
  assert.ok(isSame(result, model.call(x) as torch.Tensor));
  assert.match(warnings[0]!.message, /^a compiled graph cannot be kept in .*file: /);
});

test("graphs whose weights are inputs are not kept, and other devices keep none", () => {
  const place = join(folder, "inputs");
  const compiled = compile(makeModel(2), { cache: place });
  compiled(x);
  compiled.release();
  assert.throws(() => readdirSync(place), /ENOENT/);
  assert.throws(
    () => compile(makeModel(2), { device: "wasm", cache: place }),
    /graphs are kept for the device "native", and not for "wasm"/,
  );
});

test("two modules of one shape have one session, and each its own weights", () => {
  const hold = holdRuntime(undefined, torch.getNumThreads);
  const { live } = hold.runtime;
  const modules = [makeModel(2), makeModel(3)];
  const programs = modules.map((module) => compile(module));
  const outputs = programs.map((program) => program(x) as torch.Tensor);
  assert.equal(live.sessions, 1);
  modules.forEach((module, i) => {
    assert.ok(isSame(outputs[i]!, module.call(x) as torch.Tensor));
  });
  programs[0]!.release();
  assert.ok(isSame(programs[1]!(x) as torch.Tensor, outputs[1]!));
  const third = compile(modules[0]!);
  assert.ok(isSame(third(x) as torch.Tensor, outputs[0]!));
  assert.equal(live.sessions, 1);
  programs[1]!.release();
  third.release();
  assert.deepEqual({ ...live }, { bindings: 0, sessions: 0, tensors: 0 });
  hold.release();
});
