// What a training run draws: the initial weights of the recorded 4-7-3 networks, the order of the first epoch, and as
// many numbers in all epochs as PyTorch drew.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float32 } from "../../src/core/dtype.ts";
import type { Operand } from "../../src/core/elements.ts";
import { Layout } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";
import { fillUniform, Generator, permutation } from "../../src/random/index.ts";
import { referenceFile, referenceJson } from "../support/reference.ts";

interface RecordedArray {
  readonly shape: readonly number[];
  readonly data: string;
}

interface Training {
  readonly runs: readonly {
    readonly name: string;
    readonly model: string;
    readonly seed: number;
    readonly epochs: number;
    readonly initial: Readonly<Record<string, RecordedArray>>;
    /** The beginning of the first epoch's order. */
    readonly firstOrder: readonly number[];
    readonly nextRand: number;
  }[];
}

const { runs } = referenceJson<Training>("random/training.json");

// The training rows are 64-bit numbers after a header of 128 bytes.
const count = (referenceFile("random/iris_train.npy").byteLength - 128) / 8;

/** As many float32 numbers from -bound to bound. */
function drawn(size: number, bound: number, generator: Generator): Uint8Array {
  const target: Operand = {
    storage: Storage.allocate(float32, size),
    layout: Layout.contiguous(float32, [size]),
  };
  fillUniform(target, -bound, bound, generator);
  return target.storage.bytes();
}

for (const run of runs.filter(({ model }) => model === "Iris")) {
  test(`${run.name}: initial weights, first order, numbers drawn`, () => {
    const generator = new Generator().manualSeed(run.seed);
    // Both layers draw their default weight and bias first, then the weights are drawn anew.
    for (const [inputs, outputs] of [
      [4, 7],
      [7, 3],
    ] as const) {
      drawn(inputs * outputs + outputs, 1 / Math.sqrt(inputs), generator);
    }
    for (const name of ["hid1.weight", "oupt.weight"]) {
      const expected = new Uint8Array(Buffer.from(run.initial[name]!.data, "base64"));
      assert.deepEqual(drawn(expected.length / 4, 0.1, generator), expected, name);
    }
    const order = Array.from(permutation(count, generator));
    assert.deepEqual(order.slice(0, run.firstOrder.length), run.firstOrder);
    for (let epoch = 1; epoch < run.epochs; epoch++) permutation(count, generator);
    assert.equal(generator.uniform32(), run.nextRand);
  });
}
