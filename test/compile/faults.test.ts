// Graphs with which ONNX Runtime does wrong by itself: it is kept from that.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/compile/index.ts";
import * as torch from "../../src/torch/index.ts";

class Doubled extends torch.nn.Module {
  readonly weight: torch.Tensor;

  constructor(weight: torch.Tensor) {
    super();
    this.weight = weight;
  }

  override forward(x: torch.Tensor): torch.Tensor {
    return x.transpose(0, 1).to(torch.float64).matmul(this.weight).mul(0.1);
  }
}

test("a product of what was transposed over batches and cast", () => {
  torch.manualSeed(5);
  const module = new Doubled(torch.randn([9, 16], { dtype: torch.float64 }));
  const x = torch.randn([10, 2, 9]);
  const program = compile(module);
  const given = program(x) as torch.Tensor;
  // A factor kept as a float32 would be off by 1.5e-9 of itself.
  torch.testing.assertClose(given, module.call(x) as torch.Tensor, { rtol: 1e-13, atol: 1e-14 });
  assert.deepEqual(given.shape, [2, 10, 16]);
  program.release();
});
