// Grids, views in place, copies with a view written, ranges, scans: what is shared, and values of PyTorch's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

test("a grid is made of views", () => {
  const [x, y] = [torch.tensor([1, 2, 3]), torch.tensor([4, 5])];
  const [across, down] = torch.meshgrid(x, y, { indexing: "xy" });
  assert.deepEqual(across!.shape, [2, 3]);
  assert.deepEqual(down!.tolist(), [
    [4, 4, 4],
    [5, 5, 5],
  ]);
  x.fill_(7);
  assert.deepEqual(across!.tolist(), [
    [7, 7, 7],
    [7, 7, 7],
  ]);
});

test("a copy with a view written has the tensor's strides and memory of its own", () => {
  const a = torch.arange(6, { dtype: "float32" }).view(2, 3).t();
  const b = a.selectScatter(torch.zeros(2), 0, 1);
  assert.deepEqual(b.stride(), [1, 3]);
  assert.deepEqual(b.tolist(), [
    [0, 3],
    [0, 0],
    [2, 5],
  ]);
  assert.notEqual(a.storage, b.storage);
});

test("another layout in place, over the same memory", () => {
  const a = torch.arange(6, { dtype: "float32" });
  const { storage } = a;
  assert.equal(a.asStrided_([2, 2], [1, 2], 1), a);
  assert.equal(a.storage, storage);
  assert.deepEqual(a.stride(), [1, 2]);
  assert.equal(a.storageOffset(), 1);
  assert.deepEqual(a.tolist(), [
    [1, 3],
    [2, 4],
  ]);
  const x = torch.arange(4, { dtype: "float32" }).requiresGrad_();
  const y = x.mul(2).asStrided_([2], [2]);
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [2, 0, 2, 0]);
});

test("pieces that do not count as views may be written under gradients", () => {
  const x = torch.ones(4, { requiresGrad: true });
  const [first] = x.mul(2).unsafeSplit(2);
  assert.ok(!first!._isView());
  first!.mul_(3).sum().backward();
  assert.deepEqual(x.grad!.tolist(), [6, 6, 0, 0]);
});

test("the diagonal of a tall matrix begins anew", () => {
  const columns = torch.zeros(7, 3).fillDiagonal_(5, { wrap: true }).nonzero().select(1, 1);
  assert.deepEqual(columns.tolist(), [0, 1, 2, 0, 1, 2]);
});

test("running log-sum-exp stays finite, and its gradient with it", () => {
  const values = torch.tensor([1000, 1000, Number.NEGATIVE_INFINITY, 0]).logcumsumexp(0);
  assert.ok(Number(values.sub(1000).abs().max().item()) < 0.7);
  const x = torch.tensor([0.5, -30, 80, 79], { dtype: "float64", requiresGrad: true });
  const call = (input: torch.Tensor): torch.Tensor => input.logcumsumexp(0);
  assert.ok(torch.autograd.gradcheck(call as never, [x]));
  assert.ok(torch.autograd.gradgradcheck(call as never, [x]));
});

test("slopes between uneven places", () => {
  const [slopes] = torch.gradient(torch.tensor([1, 4, 9, 16], { dtype: "float32" }), {
    spacing: [torch.tensor([0, 1, 3, 4], { dtype: "float32" })],
    edgeOrder: 2,
  });
  const expected = torch.tensor([19 / 6, 17 / 6, 5.5, 8.5]);
  assert.ok(Number(slopes!.sub(expected).abs().max().item()) < 1e-5);
});

test("combinations with repetition, and tuples of vectors", () => {
  assert.deepEqual(torch.combinations(torch.tensor([1, 2, 3]), { withReplacement: true }).tolist(), [
    [1, 1],
    [1, 2],
    [1, 3],
    [2, 2],
    [2, 3],
    [3, 3],
  ]);
  assert.deepEqual(torch.cartesianProd(torch.tensor([1, 2]), torch.tensor([3])).tolist(), [
    [1, 3],
    [2, 3],
  ]);
});

test("pairs are stored where out says", () => {
  const values = torch.empty(0);
  const indices = torch.empty(0, { dtype: "int64" });
  const result = torch.sort(torch.tensor([3.5, 1.5, 2.5]), { out: [values, indices] });
  assert.equal(result.values, values);
  assert.deepEqual(values.tolist(), [1.5, 2.5, 3.5]);
  assert.deepEqual(indices.tolist(), [1, 2, 0]);
});

test("integers in a tensor's shape are drawn as PyTorch draws them", () => {
  torch.manualSeed(0);
  assert.deepEqual(torch.randintLike(torch.ones(5), 10).tolist(), [4, 9, 3, 0, 3]);
  assert.deepEqual(torch.randintLike(torch.ones(4, { dtype: "int64" }), -3, 4).tolist(), [-1, 3, 0, 1]);
});

test("new tensors of a tensor's type", () => {
  const x = torch.ones(2, { dtype: "float64" });
  assert.equal(x.newZeros(2, 3).dtype, torch.float64);
  assert.deepEqual(x.newFull([2], 3, { requiresGrad: true }).requiresGrad, true);
  assert.equal(x.newOnes([2], { dtype: "int64" }).dtype, torch.int64);
  assert.equal(x.newTensor([1, 2]).dtype, torch.float64);
  assert.deepEqual(x.newEmptyStrided([2, 2], [1, 2]).stride(), [1, 2]);
  assert.deepEqual(torch.emptyPermuted([2, 3], [1, 0]).stride(), [1, 2]);
});
