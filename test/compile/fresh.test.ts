// Memory that a compiled program makes for itself and writes in parts: each run has its own.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile, compileStep } from "../../src/compile/index.ts";
import * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;
const { nn } = torch;

const makers: Readonly<Record<string, () => Tensor>> = {
  zeros: () => torch.zeros([7]),
  full: () => torch.full([7], 2),
  empty: () => torch.empty([7]).fill_(3),
  tensor: () => torch.tensor([1, 2, 3, 4, 5, 6, 7]).float(),
  arange: () => torch.arange(7).float(),
};

class Parts extends nn.Module {
  readonly weight: Tensor = new nn.Parameter(torch.ones([4]));
  private readonly make: () => Tensor;

  constructor(make: () => Tensor) {
    super();
    this.make = make;
  }

  override forward(x: Tensor): Tensor {
    const out = this.make();
    out.narrow(0, 0, 4).copy_(x.mul(this.weight));
    out.narrow(0, 5, 2).copy_(x.narrow(0, 0, 2));
    return out;
  }
}

for (const [name, make] of Object.entries(makers)) {
  test(`torch.${name} written in parts`, () => {
    const [inputs, module] = [
      [1, 10, 100].map((by) => torch.tensor([1, 2, 3, 4]).mul(by).float()),
      new Parts(make),
    ];
    const want = inputs.map((x) => torch.noGrad(() => module.forward(x)).tolist());
    const compiled = compile(module);
    const results = inputs.map((x) => compiled(x));
    assert.deepEqual(
      results.map((each) => each.tolist()),
      want,
    );
    compiled.release();
    const step = compileStep((x: Tensor) => module.forward(x));
    const steps = inputs.map((x) => step(x));
    assert.deepEqual(
      steps.map((each) => each.tolist()),
      want,
    );
    assert.equal(step.counts.compiled, 2);
    step.release();
  });
}
