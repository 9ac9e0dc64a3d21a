// What shares memory with what, and which writes are refused.

import assert from "node:assert/strict";
import { test } from "node:test";
import { array } from "../../src/numpy/index.ts";
import * as torch from "../../src/torch/index.ts";

test("a tensor of an array shares its memory both ways", () => {
  const a = array([1, 2, 3]);
  const x = torch.fromNumpy(a);
  x.set([0], 10);
  assert.deepEqual(a.tolist(), [10, 2, 3]);
  a.set([1], 20);
  assert.deepEqual(x.tolist(), [10, 20, 3]);
  assert.deepEqual(torch.tensor(a).mul_(2).tolist(), [20, 40, 6]);
  assert.deepEqual(a.tolist(), [10, 20, 3]);
});

test("views share memory, a version count and history; detached tensors share memory alone", () => {
  const x = torch.zeros(2, 3);
  const row = x.at(1);
  row.add_(5);
  assert.deepEqual(x.tolist(), [
    [0, 0, 0],
    [5, 5, 5],
  ]);
  assert.equal(x._version, 1);
  assert.equal(x.data._version, 0);
  assert.ok(row._isView());
  assert.ok(!x.detach()._isView());
  x.data.fill_(1);
  assert.equal(x._version, 1);
  assert.deepEqual(row.tolist(), [1, 1, 1]);
});

test("numpy() refuses in PyTorch's words", () => {
  const x = torch.ones(2, { requiresGrad: true });
  assert.throws(() => x.numpy(), {
    name: "RuntimeError",
    message: "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
  });
  assert.throws(() => torch.ones(2, { dtype: "bfloat16" }).numpy(), {
    name: "TypeError",
    message: "Got unsupported ScalarType BFloat16",
  });
  assert.deepEqual(x.detach().numpy().tolist(), [1, 1]);
});

test("in-place writes under gradients: leaves, views of leaves, views of several", () => {
  const leaf = torch.ones(3, { requiresGrad: true });
  assert.throws(
    () => leaf.add_(1),
    /a leaf Variable that requires grad is being used in an in-place operation/,
  );
  assert.throws(() => leaf.at(0).add_(1), /a view of a leaf Variable that requires grad/);
  torch.noGrad(() => leaf.add_(1));
  assert.deepEqual(leaf.tolist(), [2, 2, 2]);
  const [part] = leaf.mul(2).split(2);
  assert.throws(() => part!.mul_(2), /Output 0 of Split is a view and is being modified inplace/);
});

test("a saved value that was written since is refused", () => {
  const x = torch.ones(3, { requiresGrad: true });
  const y = x.exp();
  const z = y.sum();
  y.add_(1);
  assert.throws(() => z.backward(), {
    message:
      /\[torch\.FloatTensor \[3\]\], which is output 0 of Exp, is at version 1; expected version 0 instead/,
  });
});

test("writes that overlap are refused", () => {
  const x = torch.arange(5);
  assert.throws(
    () => x.at("1:").copy_(x.at(":-1")),
    /some elements of the input tensor and the written-to tensor/,
  );
  assert.throws(() => torch.ones(1).expand(3).add_(1), /more than one element of the written-to tensor/);
});

test("results that do not fit the target's type are refused", () => {
  assert.throws(() => torch.ones(2, { dtype: "int64" }).mul_(1.5), {
    message: "result type Float can't be cast to the desired output type Long",
  });
  const target = torch.zeros(2, 2);
  assert.throws(() => target.add_(torch.ones(3, 2, 2)), {
    message: "output with shape [2, 2] doesn't match the broadcast shape [3, 2, 2]",
  });
});
