// `dispose` of tensors and arrays: the memory is used again at once, and nobody reads what is in it by then.

import assert from "node:assert/strict";
import { beforeEach, test } from "node:test";
import { emptyKept, memoryCounts } from "../../src/core/memory.ts";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";

const length = 2 ** 18;
const given = /given back/;

beforeEach(emptyKept);

test("a loop that gives its results back takes the memory of one, however long it is", () => {
  const x = torch.ones(length);
  x.add(1).dispose();
  const { takenBytes, liveBytes } = memoryCounts();
  for (let i = 0; i < 500; i++) {
    using y = x.mul(i);
    using z = y.add(1);
    assert.equal(z.at(length - 1).item(), i + 1);
  }
  const after = memoryCounts();
  assert.ok(after.takenBytes - takenBytes <= 2 * 4 * length, `${after.takenBytes - takenBytes}`);
  assert.equal(after.liveBytes, liveBytes);
});

test("whoever reads or writes later gets an error, of any size, and through views too", () => {
  for (const size of [1, 1000, length]) {
    const x = torch.ones(size).add(1);
    const view = x.unsqueeze(0);
    x.dispose();
    for (const use of [
      () => x.at(0).item(),
      () => String(x),
      () => x.add(1),
      () => x.add_(1),
      () => x.numpy().tolist(),
    ])
      assert.throws(use, given);
    assert.throws(() => view.sum(), given);
    const a = np.ones(size);
    const part = a.at("0:1");
    a.dispose();
    assert.throws(() => a.tolist(), given);
    assert.throws(() => part.tolist(), given);
    a.dispose();
  }
});

test("memory that someone was given stays his", () => {
  const x = torch.ones(length).add(1);
  const array = x.storage.view(torch.float32);
  x.dispose();
  for (let i = 0; i < 3; i++) torch.zeros(length).add(5).dispose();
  assert.ok(array.every((value) => value === 2));
  const own = Float32Array.of(1, 2, 3);
  torch.fromNumpy(np.asarray(own)).dispose();
  assert.deepEqual([...own], [1, 2, 3]);
});

test("a backward pass that needs the values says so", () => {
  const x = torch.ones(4).requiresGrad_();
  const y = x.exp();
  const sum = y.sum();
  y.dispose();
  assert.throws(() => sum.backward(), given);
  assert.equal(x.grad, null);
  // Of a sum no value is needed.
  const z = x.add(1);
  const total = z.sum();
  z.dispose();
  total.backward();
  assert.deepEqual(x.grad!.tolist(), [1, 1, 1, 1]);
});
