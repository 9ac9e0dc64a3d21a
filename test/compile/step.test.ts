// compileStep: training steps follow those that are not compiled, whatever the optimizer, the schedule and the layers.

import assert from "node:assert/strict";
import { test } from "node:test";
import { type CompiledStep, compileStep, type StepOptions } from "../../src/compile/index.ts";
import * as torch from "../../src/torch/index.ts";
import { assertClose } from "./support.ts";

type Tensor = torch.Tensor;
type Module = torch.nn.Module;
type Step = (x: Tensor, y: Tensor) => Tensor;
const { nn, optim } = torch;
type Optimizer = InstanceType<(typeof optim)["SGD" | "Adam" | "AdamW" | "RMSprop" | "Adagrad"]>;

interface Training {
  readonly net?: () => Module;
  readonly optimizer: (net: Module) => Optimizer;
  /** Called after each step. */
  readonly schedule?: (optimizer: Optimizer) => { step(): void };
  readonly maxNorm?: number;
  readonly steps?: number;
  /** Rows of the batch of a step. */
  readonly rows?: (step: number) => number;
}

const plainNet = (): Module => new nn.Sequential(new nn.Linear(6, 8), new nn.Tanh(), new nn.Linear(8, 3));

interface Trained {
  readonly losses: readonly number[];
  readonly net: Module;
  readonly counts: CompiledStep<[], void>["counts"] | undefined;
  /** The next number that is drawn. */
  readonly next: number;
}

function train(training: Training, compiles: boolean, options: StepOptions<"native"> = {}): Trained {
  const { net: make = plainNet, optimizer: of, schedule: scheduleOf, maxNorm, steps = 8, rows } = training;
  torch.manualSeed(5);
  const net = make();
  const optimizer = of(net);
  const schedule = scheduleOf?.(optimizer);
  const run: Step = (x, y) => {
    optimizer.zeroGrad();
    const loss = nn.functional.crossEntropy(net.call(x) as Tensor, y);
    loss.backward();
    if (maxNorm !== undefined) nn.utils.clipGradNorm_(net.parameters(), maxNorm);
    optimizer.step();
    return loss;
  };
  const compiled = compiles ? compileStep(run, options) : undefined;
  const losses: number[] = [];
  for (let i = 0; i < steps; i++) {
    const count = rows?.(i) ?? 10;
    const [x, y] = [torch.randn([count, 6]), torch.randint(0, 3, [count])];
    losses.push(Number((compiled ?? run)(x, y).item()));
    schedule?.step();
  }
  const counts = compiled && { ...compiled.counts };
  compiled?.release();
  return { losses, net, counts, next: Number(torch.rand(1).item()) };
}

/** Trains both ways. @returns how many calls ran as graphs */
function follows(training: Training, what: string, tolerance = 2e-5): CompiledStep<[], void>["counts"] {
  const [want, got] = [train(training, false), train(training, true)];
  want.losses.forEach((loss, i) => {
    assert.ok(
      Math.abs(loss - got.losses[i]!) <= tolerance * Math.max(1, Math.abs(loss)),
      `${what}, loss ${i}: ${got.losses[i]}, not ${loss}`,
    );
  });
  const state = got.net.stateDict();
  for (const [name, tensor] of want.net.stateDict())
    assertClose(state.get(name) as Tensor, tensor as Tensor, `${what}, ${name}`, tolerance);
  assert.equal(got.next, want.next, what);
  return got.counts!;
}

const optimizers: Readonly<Record<string, Training["optimizer"]>> = {
  SGD: (net) => new optim.SGD(net.parameters(), { lr: 0.1 }),
  momentum: (net) => new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9, weightDecay: 0.01 }),
  Nesterov: (net) => new optim.SGD(net.parameters(), { lr: 0.1, momentum: 0.9, nesterov: true }),
  Adam: (net) => new optim.Adam(net.parameters(), { lr: 0.01 }),
  AdamW: (net) => new optim.AdamW(net.parameters(), { lr: 0.01, weightDecay: 0.1 }),
  AMSGrad: (net) => new optim.Adam(net.parameters(), { lr: 0.01, amsgrad: true }),
  RMSprop: (net) => new optim.RMSprop(net.parameters(), { lr: 0.01, momentum: 0.5 }),
  Adagrad: (net) => new optim.Adagrad(net.parameters(), { lr: 0.1 }),
};

for (const [name, optimizer] of Object.entries(optimizers)) {
  test(`a step with ${name} is compiled once, and followed`, () => {
    const counts = follows({ optimizer }, name);
    assert.ok(counts.compiled >= 5, `${counts.compiled} compiled, ${counts.followed} followed`);
  });
}

test("a bound of the gradients' norm, and rates that change at each step", () => {
  const counts = follows(
    {
      optimizer: optimizers.Adam!,
      maxNorm: 0.1,
      schedule: (optimizer) => new optim.lrScheduler.ExponentialLR(optimizer, 0.9),
      steps: 12,
    },
    "schedule",
  );
  assert.ok(counts.compiled >= 9, `${counts.compiled} compiled, ${counts.followed} followed`);
});

test("dropout draws the numbers of the run that is not compiled; batch normalization keeps its statistics", () => {
  const net = (): Module =>
    new nn.Sequential(
      new nn.Linear(6, 16),
      new nn.BatchNorm1d(16),
      new nn.ReLU(),
      new nn.Dropout(0.4),
      new nn.Linear(16, 3),
    );
  const counts = follows({ net, optimizer: optimizers.momentum! }, "dropout");
  assert.ok(counts.compiled >= 5);
});

test("batches of another size are another form, and both are kept", () => {
  const counts = follows(
    { optimizer: optimizers.Adam!, rows: (step) => (step % 4 === 3 ? 7 : 10), steps: 16 },
    "sizes",
  );
  assert.ok(counts.compiled >= 9, `${counts.compiled} compiled, ${counts.followed} followed`);
});

test("gradients that are not set to zero add up", () => {
  const run = (compiles: boolean): { net: Module; counts: number } => {
    torch.manualSeed(3);
    const net = plainNet();
    const optimizer = new optim.SGD(net.parameters(), { lr: 0.05 });
    const accumulate: Step = (x, y) => {
      const loss = nn.functional.crossEntropy(net.call(x) as Tensor, y);
      loss.backward();
      return loss;
    };
    const compiled = compiles ? compileStep(accumulate) : undefined;
    for (let i = 0; i < 12; i++) {
      (compiled ?? accumulate)(torch.randn([4, 6]), torch.randint(0, 3, [4]));
      if (i % 3 !== 2) continue;
      optimizer.step();
      optimizer.zeroGrad();
    }
    compiled?.release();
    return { net, counts: compiled?.counts.compiled ?? 0 };
  };
  const [want, got] = [run(false), run(true)];
  const state = got.net.stateDict();
  for (const [name, tensor] of want.net.stateDict())
    assertClose(state.get(name) as Tensor, tensor as Tensor, name, 1e-5);
  assert.ok(got.counts >= 6, String(got.counts));
});

test("gradients can be read after a step where they are kept", () => {
  const grads = (compiles: boolean): Tensor[] => {
    const { net } = train({ optimizer: optimizers.Adam! }, compiles, { keepGradients: true });
    return [...net.parameters()].map(({ grad }) => grad!);
  };
  const want = grads(false);
  grads(true).forEach((grad, i) => {
    assertClose(grad, want[i]!, `gradient ${i}`, 1e-5);
  });
  const { net } = train({ optimizer: optimizers.Adam! }, true);
  const [first] = net.parameters();
  assert.throws(() => first!.grad?.sum().item(), /was looked at|keepGradients/);
});
