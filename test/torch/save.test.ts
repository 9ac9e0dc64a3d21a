// torch.save: what is saved is loaded back as it was, and by PyTorch too: state dicts, optimizers, schedules, random
// states; what cannot be saved is named.

import assert from "node:assert/strict";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { test } from "node:test";
import { float } from "../../src/core/python.ts";
import { type DictValue, read, type TupleValue } from "../../src/files/index.ts";
import * as torch from "../../src/torch/index.ts";
import { assertPinned, testWithPython } from "../support/written.ts";

const { nn, optim } = torch;

/** A model with fixed weights, trained for three steps. */
function trained(): { model: InstanceType<typeof nn.Sequential>; checkpoint: Map<string, unknown> } {
  torch.manualSeed(1);
  const model = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3), new nn.Linear(3, 1));
  const adam = new optim.Adam(model.parameters(), { lr: float(1) });
  const sgd = new optim.SGD(model.parameters(), { lr: 0.5, momentum: 0.9 });
  const schedule = new optim.lrScheduler.MultiStepLR(sgd, [1, 2, 2], 0.5);
  const x = torch.arange(8).reshape(4, 2).to(torch.float32).div(8);
  for (let step = 0; step < 3; step++) {
    for (const optimizer of [sgd, adam]) {
      optimizer.zeroGrad();
      (model.call(x) as torch.Tensor).square().mean().backward();
      optimizer.step();
    }
    schedule.step();
  }
  const checkpoint = new Map<string, unknown>([
    ["model", model.stateDict()],
    ["adam", adam.stateDict()],
    ["sgd", sgd.stateDict()],
    ["schedule", schedule.stateDict()],
    ["epoch", 3],
    ["loss", float(2)],
    ["random", torch.getRngState()],
  ]);
  return { model, checkpoint };
}

test("a state dict goes to a file and comes back", async () => {
  const { model } = trained();
  const folder = mkdtempSync(join(tmpdir(), "weightbridge-save-"));
  try {
    await torch.save(model.stateDict(), join(folder, "model.pt"));
    const back = (await torch.load(join(folder, "model.pt"))) as Map<string, torch.Tensor>;
    assert.deepEqual([...back.keys()], [...model.stateDict().keys()]);
    for (const [name, tensor] of model.stateDict()) assert.ok(torch.equal(back.get(name)!, tensor), name);
    const other = new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3), new nn.Linear(3, 1));
    assert.equal(String(other.loadStateDict(back)), "<All keys matched successfully>");
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test("settings have PyTorch's types: floats that are whole, tuples, Counters", async () => {
  const { tree } = await read(await torch.save(trained().checkpoint));
  const dict = tree as DictValue;
  const state = dict.get("model") as DictValue;
  assert.equal(state.className, "collections.OrderedDict");
  const metadata = state.attributes!.get("_metadata") as DictValue;
  assert.deepEqual([...metadata.keys()], ["", "0", "1", "2"]);
  assert.equal((metadata.get("1") as DictValue).get("version"), 2);
  const [group] = (dict.get("adam") as DictValue).get("param_groups") as DictValue[];
  assert.equal((group!.get("betas") as TupleValue).kind, "tuple");
  assert.equal(
    ((dict.get("schedule") as DictValue).get("milestones") as DictValue).className,
    "collections.Counter",
  );
});

test("what was loaded is saved as it was: tuples, OrderedDicts, ties", async () => {
  const bytes = await torch.save(trained().checkpoint);
  const again = await torch.save(await torch.load(bytes));
  // A float that is whole and no setting is a number once it was loaded, and a number that is whole is an int.
  const loss = Buffer.from(bytes).indexOf("loss");
  assert.ok(loss > 0);
  const one = (await torch.load(again)) as Map<string, unknown>;
  assert.deepEqual([...one.keys()], ["model", "adam", "sgd", "schedule", "epoch", "loss", "random"]);
  assert.deepEqual(await torch.save(one), again);
});

test("tensors of one storage stay so, and a parameter stays one", async () => {
  const weight = new nn.Parameter(torch.ones(2, 3));
  const bytes = await torch.save({ weight, view: weight.detach().t(), again: weight });
  const back = (await torch.load(bytes)) as Map<string, torch.Tensor>;
  assert.ok(back.get("weight") instanceof nn.Parameter);
  assert.equal(back.get("weight"), back.get("again"));
  assert.equal(back.get("view")!.storage, back.get("weight")!.storage);
  assert.deepEqual([...back.get("view")!.stride()], [1, 3]);
});

test("a state of the random stream is taken up again", async () => {
  torch.manualSeed(5);
  torch.rand(3);
  const bytes = await torch.save(torch.getRngState());
  const expected = torch.rand(4);
  torch.setRngState((await torch.load(bytes)) as torch.Tensor);
  assert.ok(torch.equal(torch.rand(4), expected));
  assert.throws(() => torch.setRngState(torch.zeros(3)), { name: "TypeError" });
});

test("refused by name: modules, functions, objects of classes", async () => {
  await assert.rejects(torch.save(new nn.Linear(1, 1)), /save its parameters, module\.stateDict\(\)/);
  await assert.rejects(torch.save({ a: [() => 1] }), /^TypeError: value\["a"\]\[0\] is a function/);
  await assert.rejects(torch.save({ when: new Date(0) }), /value\["when"\] is a Date/);
});

test("a checkpoint is written byte for byte", async () => {
  assertPinned("checkpoint.pt", await torch.save(trained().checkpoint));
});

testWithPython("PyTorch goes on from the pinned checkpoint", "check_checkpoint.py", ["torch"]);
