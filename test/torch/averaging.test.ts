// torch.optim.swa_utils against values that PyTorch 2.13 gave.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;
const { AveragedModel, getEmaAvgFn, getEmaMultiAvgFn, SWALR, updateBn } = optim.swaUtils;

test("averages of parameters: equal ones, and exponential ones in both forms", () => {
  const model = new nn.Linear(2, 1);
  torch.noGrad(() => {
    model.weight.copy_(torch.tensor([[1, 2]]));
    model.bias!.fill_(0.5);
  });
  const averages = [
    new AveragedModel(model),
    new AveragedModel(model, { multiAvgFn: getEmaMultiAvgFn(0.9) }),
    new AveragedModel(model, { avgFn: getEmaAvgFn(0.9) }),
  ];
  for (let i = 0; i < 3; i++) {
    torch.noGrad(() => {
      model.weight.add_(1 + i);
      model.bias!.mul_(0.5);
    });
    for (const each of averages) each.updateParameters(model);
  }
  const expected = [
    [4.333333492279053, 5.333333492279053, 0.1458333283662796],
    [2.680000066757202, 3.680000066757202, 0.2199999988079071],
    [2.680000066757202, 3.679999589920044, 0.2199999839067459],
  ];
  averages.forEach((each, i) => {
    const got = [...each.module.parameters()].flatMap(
      (parameter) => parameter.flatten().tolist() as number[],
    );
    got.forEach((value, k) => {
      assert.ok(Math.abs(value - expected[i]![k]!) < 5e-7, `${i}, ${k}: ${value}`);
    });
    assert.equal(each.nAveraged.item(), 3);
    assert.deepEqual([...each.stateDict().keys()], ["n_averaged", "module.weight", "module.bias"]);
  });
  assert.equal(
    String(averages[0]),
    "AveragedModel(\n  (module): Linear(in_features=2, out_features=1, bias=True)\n)",
  );
  assert.throws(() => getEmaAvgFn(2), {
    message: "Invalid decay value 2 provided. Please provide a value in [0,1] range.",
  });
});

test("running statistics are reckoned anew over all batches", () => {
  torch.manualSeed(1);
  const batches = [torch.randn(5, 3), torch.randn(5, 3)];
  const model = new nn.Sequential(new nn.BatchNorm1d(3));
  model.eval();
  updateBn(
    batches.map((batch) => [batch, "label"]),
    model,
  );
  const layer = model.at(0) as InstanceType<typeof nn.BatchNorm1d>;
  const mean = batches[0]!
    .mean({ dim: 0 })
    .add(batches[1]!.mean({ dim: 0 }))
    .div(2);
  assert.ok(Number(layer.runningMean!.sub(mean).abs().max().item()) < 1e-6);
  assert.equal(layer.momentum, 0.1);
  assert.equal(model.training, false);
});

test("learning rates move to those of averaging", () => {
  const runs = [
    ["cos", 3, [0.5, 0.3875, 0.1625, 0.05, 0.05]],
    ["linear", 2, [0.5, 0.275, 0.05, 0.05, 0.05]],
    ["cos", 0, [0.05, 0.05, 0.05, 0.05, 0.05]],
  ] as const;
  for (const [annealStrategy, annealEpochs, expected] of runs) {
    const optimizer = new optim.SGD([new nn.Parameter(torch.zeros(1))], { lr: 0.5 });
    const scheduler = new SWALR(optimizer, { swaLr: 0.05, annealEpochs, annealStrategy });
    expected.forEach((rate, i) => {
      if (i > 0) {
        optimizer.step();
        scheduler.step();
      }
      assert.ok(Math.abs(scheduler.getLastLr()[0]! - rate) < 1e-12, `${annealStrategy} at ${i}`);
    });
    assert.equal(scheduler.stateDict().get("_anneal_strategy"), annealStrategy);
  }
});
