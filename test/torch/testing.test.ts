// `torch.testing`: comparing what is nested, and tensors drawn as PyTorch draws them (the recorded cases hold the rest).

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { assertClose, makeTensor } = torch.testing;

test("assertClose goes into state dicts, and names the entry", () => {
  const expected = { weight: torch.tensor([1, 2.5]), bias: torch.tensor([0.5]) };
  assertClose(expected, { weight: torch.tensor([1, 2.5]), bias: torch.tensor([0.5]) });
  assert.throws(() => assertClose({ ...expected, bias: torch.tensor([0.75]) }, expected), {
    name: "AssertionError",
    message:
      "Tensor-likes are not close!\n\nMismatched elements: 1 / 1 (100.0%)\n" +
      "Greatest absolute difference: 0.25 at index (0,) (up to 1e-05 allowed)\n" +
      "Greatest relative difference: 0.5 at index (0,) (up to 1.3e-06 allowed)\n\n" +
      "The failure occurred for item ['bias']",
  });
});

test("a whole number of JavaScript's is close to a float", () => {
  assertClose(1, 1 + 1e-9);
  assert.throws(() => assertClose(1, 1.5), { name: "AssertionError" });
});

test("a message of one's own", () => {
  const differ = (msg: string | ((message: string) => string)): void =>
    assertClose(torch.tensor([1]), torch.tensor([2]), { msg });
  assert.throws(() => differ("the weights"), { message: "the weights" });
  assert.throws(() => differ((message) => `layer 1: ${message}`), {
    message: /^layer 1: Tensor-likes are not/,
  });
});

test("makeTensor draws what PyTorch draws", () => {
  torch.manualSeed(3);
  const first = makeTensor(2, 3, { dtype: torch.float32 });
  assert.deepEqual(first.tolist(), [
    [-8.923256874084473, -7.0997514724731445, -3.8548355102539062],
    [-8.514813423156738, -0.5109415054321289, -7.917906761169434],
  ]);
  assert.deepEqual(makeTensor([4], { dtype: torch.int64 }).tolist(), [-5, -1, 4, -1]);
  assert.deepEqual(makeTensor(3, { dtype: torch.bool }).tolist(), [false, true, true]);
  const spread = makeTensor(2, 2, { dtype: torch.float32, low: 0, high: 1, noncontiguous: true });
  assert.deepEqual(spread.stride(), [4, 2]);
  assert.ok(makeTensor(2, { dtype: torch.float64, requiresGrad: true }).requiresGrad);
});
