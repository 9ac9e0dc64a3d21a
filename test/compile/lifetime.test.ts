// What compiled programs hold, and when they give it back; and what they refuse.

import assert from "node:assert/strict";
import { test } from "node:test";
import { setFlagsFromString } from "node:v8";
import { runInNewContext } from "node:vm";
import { compile, compileStep } from "../../src/compile/index.ts";
import { holdRuntime } from "../../src/native/shared.ts";
import * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;
const { nn, optim } = torch;

setFlagsFromString("--expose-gc");
const collect = runInNewContext("gc") as () => void;

const makeStep = (): ReturnType<typeof compileStep<[Tensor], Tensor>> => {
  const net = new nn.Linear(4, 2);
  const optimizer = new optim.Adam(net.parameters(), { lr: 1e-3 });
  return compileStep((x: Tensor) => {
    optimizer.zeroGrad();
    const loss = net.call(x).square().mean();
    loss.backward();
    optimizer.step();
    return loss;
  });
};

test("thousands of steps leave no object of the library behind, and a released program nothing at all", () => {
  const hold = holdRuntime(undefined, torch.getNumThreads);
  const { live } = hold.runtime;
  const step = makeStep();
  const x = torch.ones([3, 4]);
  // Where a factor of the optimizer has become 1, its steps have another form.
  for (let i = 0; i < 1000; i++) step(x);
  const before = { ...live };
  for (let i = 0; i < 3000; i++) step(x);
  assert.deepEqual({ ...live }, before);
  step.release();
  assert.deepEqual({ ...live }, { bindings: 0, sessions: 0, tensors: 0 });
  assert.throws(() => step(x), /the compiled program was released/);
  hold.release();
});

test("a program that is collected gives back its sessions", async () => {
  const hold = holdRuntime(undefined, torch.getNumThreads);
  const { live } = hold.runtime;
  const use = (): void => {
    const step = makeStep();
    for (let i = 0; i < 3; i++) step(torch.ones([3, 4]));
    const compiled = compile(new nn.Linear(4, 2));
    compiled(torch.ones([1, 4]));
    assert.ok(live.sessions >= 2);
  };
  use();
  for (let i = 0; i < 50 && live.sessions > 0; i++) {
    collect();
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  assert.deepEqual({ ...live }, { bindings: 0, sessions: 0, tensors: 0 });
  hold.release();
});

test("a step that looks at a value names the line, and leaves parameters as they were", () => {
  const net = new nn.Linear(4, 2);
  const optimizer = new optim.SGD(net.parameters(), { lr: 1 });
  const before = net.weight.detach().clone();
  const step = compileStep((x: Tensor) => {
    const loss = net.call(x).square().mean();
    loss.backward();
    optimizer.step();
    return loss.item();
  });
  assert.throws(() => step(torch.ones([3, 4])), /was looked at at .*lifetime\.test\.ts:\d+:\d+ while/);
  assert.ok(net.weight.detach().equal(before));
  step.release();
});
