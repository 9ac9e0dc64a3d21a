// Files by path: what `save` and `savez` write `load` reads, whole or not at all, and torch.load by path.

import assert from "node:assert/strict";
import { mkdtempSync, readdirSync, writeFileSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import * as np from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";
import { referenceFile } from "../support/reference.ts";

const folder = mkdtempSync(join(tmpdir(), "weightbridge-"));

test("save and load keep values, type and order of memory", async () => {
  const a = np.arange(6, { dtype: np.float32 }).reshape(2, 3).T;
  await np.save(join(folder, "a"), a);
  const back = (await np.load(join(folder, "a.npy"))) as np.NDArray;
  assert.deepEqual(back.tolist(), a.tolist());
  assert.equal(back.dtype, np.float32);
  assert.equal(back.flags.fContiguous, true);
});

test("savez takes arrays by position and by name", async () => {
  for (const write of [np.savez, np.savezCompressed]) {
    await write(join(folder, "b.npz"), np.ones(3), { w: np.zeros([2, 2]) });
    const back = (await np.load(join(folder, "b.npz"))) as Map<string, np.NDArray>;
    assert.deepEqual([...back.keys()], ["arr_0", "w"]);
    assert.deepEqual(back.get("w")!.shape, [2, 2]);
  }
});

test("a file that cannot be written leaves nothing behind", async () => {
  await assert.rejects(np.save(join(folder, "nowhere", "a.npy"), np.ones(3)), /ENOENT/);
  assert.deepEqual(readdirSync(folder).sort(), ["a.npy", "b.npz"]);
});

test("a missing file is named", async () => {
  await assert.rejects(np.load(join(folder, "missing.npy")), /missing\.npy: there is no such file/);
});

test("torch.load rebuilds a module that was pickled whole, without touching the random stream", async () => {
  const path = join(folder, "model.pt");
  writeFileSync(path, referenceFile("models/a-iris-mlp-torch/model.pt"));
  torch.manualSeed(3);
  const before = torch.rand(1).item();
  torch.manualSeed(3);
  const model = await torch.load(path);
  assert.equal(torch.rand(1).item(), before);
  assert.ok(model instanceof torch.nn.Sequential);
  assert.equal(
    String(model),
    "Sequential(\n  (0): Linear(in_features=4, out_features=7, bias=True)\n  (1): ReLU()\n  (2): Linear(in_features=7, out_features=3, bias=True)\n)",
  );
  assert.deepEqual(
    [...model.parameters()].map((parameter) => [parameter.shape, parameter.requiresGrad]),
    [
      [[7, 4], true],
      [[7], true],
      [[3, 7], true],
      [[3], true],
    ],
  );
});

test("torch.load gives a checkpoint as Maps, with tensors", async () => {
  const saved = await torch.load(referenceFile("models/a-iris-mlp-torch/checkpoint.pt"));
  assert.ok(saved instanceof Map);
  assert.equal(saved.get("epoch"), 60);
  const model = new torch.nn.Sequential(
    new torch.nn.Linear(4, 7),
    new torch.nn.ReLU(),
    new torch.nn.Linear(7, 3),
  );
  assert.equal(String(model.loadStateDict(saved.get("model_state_dict"))), "<All keys matched successfully>");
});
