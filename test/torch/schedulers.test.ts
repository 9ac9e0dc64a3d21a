// Schedules of the learning rate beyond the recorded runs: warnings, errors, state dicts, closed forms.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;
const { lrScheduler } = optim;

function optimizerOf(...rates: number[]): torch.optim.SGD {
  const groups = rates.map((lr) => ({ params: [new nn.Parameter(torch.zeros(1))], lr }));
  return new optim.SGD(groups, { momentum: 0.9 });
}

function ratesOf(scheduler: torch.optim.lrScheduler.LRScheduler, steps: number): number[][] {
  const rates = [scheduler.getLastLr()];
  for (let i = 0; i < steps; i++) {
    scheduler.optimizer.step();
    scheduler.step();
    rates.push(scheduler.getLastLr());
  }
  return rates;
}

test("a schedule that is stepped before the optimizer warns, once", () => {
  const optimizer = optimizerOf(0.1);
  optimizer.step();
  const scheduler = new lrScheduler.StepLR(optimizer, 2);
  const { warnings } = collectWarnings(() => {
    scheduler.step();
    scheduler.step();
  });
  assert.equal(warnings.length, 1);
  assert.match(
    warnings[0]!.message,
    /^Detected call of `lr_scheduler\.step\(\)` before `optimizer\.step\(\)`\./,
  );
  const other = optimizerOf(0.1);
  const second = new lrScheduler.StepLR(other, 2);
  other.step = () => undefined;
  const overridden = collectWarnings(() => second.step()).warnings;
  assert.match(overridden[0]!.message, /^Seems like `optimizer\.step\(\)` has been overridden/);
});

test("getLr outside a step, and an epoch of one's own, warn", () => {
  const scheduler = new lrScheduler.ExponentialLR(optimizerOf(1), 0.5);
  scheduler.optimizer.step();
  const { warnings } = collectWarnings(() => {
    scheduler.getLr();
    scheduler.step(3);
  });
  assert.deepEqual(
    warnings.map(({ message }) => message.slice(0, 42)),
    ["To get the last learning rate computed by ", "The epoch parameter in `scheduler.step()` "],
  );
  assert.deepEqual(scheduler.getLastLr(), [0.125]);
});

test("closed forms give what the steps give", () => {
  const makers: readonly ((o: torch.optim.SGD) => torch.optim.lrScheduler.LRScheduler)[] = [
    (o) => new lrScheduler.StepLR(o, 2, 0.5),
    (o) => new lrScheduler.MultiStepLR(o, [1, 3, 3], { gamma: 0.5 }),
    (o) => new lrScheduler.ConstantLR(o, { factor: 0.5, totalIters: 3 }),
    (o) => new lrScheduler.LinearLR(o),
    (o) => new lrScheduler.PolynomialLR(o, 6, 2),
    (o) => new lrScheduler.CosineAnnealingLR(o, 4),
    (o) => new lrScheduler.CosineAnnealingWarmRestarts(o, 2, 2),
  ];
  for (const make of makers) {
    const stepped = ratesOf(make(optimizerOf(0.1, 0.3)), 5);
    stepped.forEach((rates, epoch) => {
      const scheduler = make(optimizerOf(0.1, 0.3));
      collectWarnings(() => scheduler.step(epoch));
      scheduler.getLastLr().forEach((rate, i) => {
        assert.ok(Math.abs(rate - rates[i]!) < 1e-15, `${scheduler.constructor.name} at ${epoch}`);
      });
    });
  }
});

test("a state dict takes a schedule up where another left off", () => {
  const first = new lrScheduler.MultiStepLR(optimizerOf(0.1), [2, 4]);
  ratesOf(first, 3);
  const optimizer = optimizerOf(0.1);
  const second = new lrScheduler.MultiStepLR(optimizer, [7]);
  optimizer.loadStateDict(first.optimizer.stateDict());
  second.loadStateDict(first.stateDict());
  assert.deepEqual(ratesOf(second, 2).slice(1), ratesOf(first, 2).slice(1));
  assert.deepEqual(second.stateDict(), first.stateDict());
});

test("a schedule of schedules has their state in its own", () => {
  const make = (): torch.optim.lrScheduler.SequentialLR => {
    const optimizer = optimizerOf(0.1);
    const parts = [
      new lrScheduler.LinearLR(optimizer, { totalIters: 3 }),
      new lrScheduler.CosineAnnealingLR(optimizer, 5),
    ];
    return new lrScheduler.SequentialLR(optimizer, parts, [3]);
  };
  const first = make();
  ratesOf(first, 4);
  const second = make();
  second.optimizer.loadStateDict(first.optimizer.stateDict());
  second.loadStateDict(first.stateDict());
  assert.deepEqual(ratesOf(second, 3).slice(1), ratesOf(first, 3).slice(1));
});

test("a schedule may go on after an epoch if the optimizer has the first rates", () => {
  assert.throws(() => new lrScheduler.StepLR(optimizerOf(0.1), 2, 0.1, 3), { name: "KeyError" });
  const optimizer = optimizerOf(0.1);
  new lrScheduler.StepLR(optimizer, 2, 0.5);
  const scheduler = new lrScheduler.StepLR(optimizer, 2, { gamma: 0.5, lastEpoch: 1 });
  assert.equal(scheduler.lastEpoch, 2);
  assert.deepEqual(scheduler.getLastLr(), [0.05]);
});

test("cycles move the momentum with the rate, Adam's first beta too", () => {
  const optimizer = new optim.Adam([new nn.Parameter(torch.zeros(1))]);
  const scheduler = new lrScheduler.OneCycleLR(optimizer, 0.5, { totalSteps: 10 });
  assert.deepEqual(optimizer.paramGroups[0]!.betas, [0.95, 0.999]);
  ratesOf(scheduler, 9);
  assert.throws(() => ratesOf(scheduler, 2), {
    message: "Tried to step 11 times. The specified number of total steps is 10",
  });
  const adagrad = new optim.Adagrad([new nn.Parameter(torch.zeros(1))]);
  assert.throws(() => new lrScheduler.CyclicLR(adagrad, 0.1, 1), {
    message: "optimizer must support momentum or beta1 with `cycle_momentum` option enabled",
  });
});

test("a class of one's own says its rates in getLr", () => {
  class Halving extends lrScheduler.LRScheduler {
    constructor(optimizer: torch.optim.SGD) {
      super(optimizer);
      this.begin(-1);
    }

    override getLr(): number[] {
      return this.baseLrs.map((rate) => rate / 2 ** this.lastEpoch);
    }
  }
  assert.deepEqual(ratesOf(new Halving(optimizerOf(1, 4)), 2).at(-1), [0.25, 1]);
});

test("what does not fit is refused in PyTorch's words", () => {
  const optimizer = optimizerOf(0.1);
  const refusals: readonly (readonly [() => unknown, string])[] = [
    [() => new lrScheduler.StepLR({} as never, 2), "dict is not an Optimizer"],
    [() => new lrScheduler.LambdaLR(optimizer, [() => 1, () => 2]), "Expected 1 lr_lambdas, but got 2"],
    [() => new lrScheduler.ReduceLROnPlateau(optimizer, { factor: 1 }), "Factor should be < 1.0."],
    [
      () => new lrScheduler.SequentialLR(optimizer, [], []),
      "SequentialLR expects at least one scheduler, but got no scheduler.",
    ],
    [
      () => new lrScheduler.CyclicLR(optimizer, [1, 2], 3),
      "base_lr must have the same length as optimizer.param_groups. base_lr has 2 values, param_groups has 1.",
    ],
    [
      () => new lrScheduler.OneCycleLR(optimizer, 1),
      "You must define either total_steps OR (epochs AND steps_per_epoch)",
    ],
  ];
  for (const [run, message] of refusals) assert.throws(run, { message });
});
