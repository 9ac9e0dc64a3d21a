// Sums in compiled programs: over axes that lie outermost, which are products with ones, and over others.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/compile/index.ts";
import * as torch from "../../src/torch/index.ts";

class Sum extends torch.nn.Module {
  readonly axes: readonly number[];
  readonly keepdim: boolean;

  constructor(axes: readonly number[], keepdim: boolean) {
    super();
    this.axes = axes;
    this.keepdim = keepdim;
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return x.mul(2).sum(this.axes, { keepdim: this.keepdim });
  }
}

const shape = [5, 3, 4, 7];
for (const axes of [[0], [0, 1], [1, 0], [0, 1, 2], [0, 1, 2, 3], [1], [0, 2], [3]]) {
  test(`a sum over the axes ${axes} of four`, () => {
    torch.manualSeed(3);
    const x = torch.randn(shape);
    for (const keepdim of [false, true]) {
      const module = new Sum(axes, keepdim);
      const program = compile(module);
      const [given, expected] = [program(x) as torch.Tensor, module.call(x) as torch.Tensor];
      assert.deepEqual(given.shape, expected.shape);
      torch.testing.assertClose(given, expected);
      program.release();
    }
  });
}

test("what is not finite stays so in a sum over the first axis", () => {
  const x = torch.tensor([
    [1, Number.POSITIVE_INFINITY, Number.NaN],
    [2, 3, 4],
  ]);
  const program = compile(new Sum([0], false));
  assert.deepEqual((program(x) as torch.Tensor).tolist(), [6, Number.POSITIVE_INFINITY, Number.NaN]);
  program.release();
});
