// Square weights whose neighbours' norms tell which way they lie.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import { examine } from "../../src/port/examine.ts";
import type { Finding } from "../../src/port/finding.ts";
import { sourceOf } from "../../src/port/source.ts";
import { manualSeed, nn, rand, randn, type Tensor, zeros } from "../../src/torch/index.ts";

const units = 64;

const arrayOf = ({ storage, layout }: Tensor): np.NDArray => new np.NDArray(storage, layout);

/** Three layers; units of the middle one's input that weigh much are made by large rows and read by large columns. */
function findingsOf(strength: number, isTransposed: boolean): readonly Finding[] {
  manualSeed(3);
  const size = rand(units).mul(strength).exp();
  const first = randn(units, 40).mul(size.unsqueeze(1));
  const middle = randn(units, units).mul(size);
  const model = new nn.Sequential(
    new nn.Linear(40, units, false),
    new nn.Tanh(),
    new nn.Linear(units, units, false),
    new nn.Tanh(),
    new nn.Linear(units, 5, false),
  );
  const arrays = new Map([
    ["0.weight", arrayOf(first)],
    ["2.weight", arrayOf(isTransposed ? middle.t().contiguous() : middle)],
    ["4.weight", arrayOf(randn(5, units))],
  ]);
  const { findings } = examine(model, sourceOf(arrays, 3), { inputs: [zeros(2, 40)] });
  return findings.filter(({ parameters }) => parameters.includes("2.weight"));
}

test("norms that go with the neighbours' as the weight lies are noted", () => {
  const [found] = findingsOf(4, false);
  assert.deepEqual([found?.kind, found?.severity], ["orientation", "note"]);
});

test("norms that go with the neighbours' better transposed are a suspicion", () => {
  const [found] = findingsOf(4, true);
  assert.deepEqual([found?.kind, found?.severity], ["transposed", "suspicion"]);
  assert.match(found!.text, /better transposed/);
});

test("norms that are all alike say nothing", () => {
  assert.deepEqual(findingsOf(0, false), []);
  assert.deepEqual(findingsOf(0, true), []);
});
