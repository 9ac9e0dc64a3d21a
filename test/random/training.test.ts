// That the comparisons of whole training runs (test/conformance/random/training.ts) notice a run that is another one.

import assert from "node:assert/strict";
import { test } from "node:test";
import { runCases as casesOf } from "../conformance/random/training.ts";
import type { RecordedRun } from "../conformance/random/training-run.ts";
import { runCases } from "../conformance/suite.ts";
import { referenceFolder, referenceJson } from "../support/reference.ts";

const { runs } = referenceJson<{ readonly runs: readonly RecordedRun[] }>("random/training.json");
const recorded = runs.find(({ name }) => name === "iris 4-7-3, Adam, batches of 10, norm")!;

/** What of a run fails: "first order". */
async function failures(run: RecordedRun): Promise<string[]> {
  const { failed } = await runCases(casesOf(run, referenceFolder));
  return failed.map(({ group }) => group.replace("training ", ""));
}

test("a run from another seed fails in all that the seed decides", async () => {
  assert.deepEqual(await failures({ ...recorded, seed: Number(recorded.seed) + 1 }), [
    "initial weights",
    "first order",
    "first gradients",
    "step losses",
    "epoch losses",
    "test loss",
    "numbers drawn",
  ]);
});

test("a run with another learning rate or batch has the same numbers drawn, and other losses", async () => {
  const optimizer = "Adam(lr=0.0101)";
  assert.deepEqual(await failures({ ...recorded, optimizer }), ["step losses", "epoch losses", "test loss"]);
  assert.deepEqual(await failures({ ...recorded, batch: 11 }), [
    "first gradients",
    "step losses",
    "epoch losses",
    "test loss",
  ]);
});

test("an accuracy one item off fails where Python's own runs do not part", async () => {
  const testCorrect = recorded.testCorrect! - 1;
  assert.deepEqual(await failures({ ...recorded, testCorrect }), ["accuracy"]);
});
