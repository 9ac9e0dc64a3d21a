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

test("a released program holds nothing, and says so", () => {
  const hold = holdRuntime(undefined, torch.getNumThreads);
  const { live } = hold.runtime;
  const step = makeStep();
  const x = torch.ones([3, 4]);
  for (let i = 0; i < 3; i++) step(x);
  assert.ok(live.sessions > 0);
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

test("what looks at a value is named by its module and line", () => {
  class Looks extends nn.Module {
    override forward(x: Tensor): Tensor {
      return Number(x.sum().item()) > 0 ? x : x.neg();
    }
  }
  const compiled = compile(new nn.Sequential(new nn.Identity(), new nn.Sequential(new Looks())));
  assert.throws(
    () => compiled(torch.ones([2])),
    /a value .* was looked at in the module "1\.0" at .*lifetime\.test\.ts:\d+:\d+ while .* choose with torch\.where/,
  );
  compiled.release();
});

test("an operation that ONNX does not have is named with its module, and leaves nothing behind", () => {
  class Solves extends nn.Module {
    override forward(x: Tensor): Tensor {
      return torch.linalg.svdvals(x);
    }
  }
  const hold = holdRuntime(undefined, torch.getNumThreads);
  const compiled = compile(new nn.Sequential(new nn.Linear(2, 2), new Solves()));
  assert.throws(
    () => compiled(torch.ones([2, 2])),
    /"svd" of float32\[2, 2\] in the module "1" has no form in ONNX: compute it outside of what is compiled/,
  );
  compiled.release();
  assert.deepEqual({ ...hold.runtime.live }, { bindings: 0, sessions: 0, tensors: 0 });
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
