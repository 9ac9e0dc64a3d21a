// Products of matrices and what is built on them: values, gradients, node names and refusals as PyTorch has them.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const ones = (...shape: readonly number[]): torch.Tensor => torch.ones([...shape]);

function refuses(message: string, call: () => unknown): void {
  assert.throws(call, { message });
}

test("shapes that do not meet are refused in PyTorch's words", () => {
  refuses("mat1 and mat2 shapes cannot be multiplied (1x3 and 4x3)", () => ones(1, 3).mm(ones(4, 3)));
  refuses("mat1 and mat2 shapes cannot be multiplied (4x3 and 4x3)", () => ones(2, 2, 3).matmul(ones(4, 3)));
  refuses("size mismatch, got input (2), mat (2x3), vec (4)", () => ones(2, 3).mv(ones(4)));
  refuses("Expected size for first two dimensions of batch2 tensor to be: [2, 5] but got: [2, 6].", () =>
    ones(2, 3, 5).bmm(ones(2, 6, 4)),
  );
  refuses("The size of tensor a (2) must match the size of tensor b (3) at non-singleton dimension 0", () =>
    ones(2, 2, 3).matmul(ones(3, 3, 2)),
  );
  refuses("batch1 and batch2 must have same number of batches, got 2 and 3", () =>
    ones(3, 4).addbmm(ones(2, 3, 5), ones(3, 5, 4)),
  );
  refuses(
    "contracted dimensions need to match, but first has size 3 in dim -1 and second has size 4 in dim 0",
    () => torch.tensordot(ones(2, 3), ones(4, 4), 1),
  );
});

test("types that do not meet are refused in PyTorch's words", () => {
  const doubles = ones(3, 4).double();
  refuses("expected m1 and m2 to have the same dtype, but got: float != double", () =>
    ones(2, 3).mm(doubles),
  );
  refuses("expected scalar type Float but found Double", () => ones(1, 2, 3).bmm(doubles.unsqueeze(0)));
  refuses("addmv input tensors must have the same dtype, but got Double, Float, and Double", () =>
    ones(2, 3).mv(ones(3).double()),
  );
  refuses("self and mat2 must have the same dtype, but got Float and Double", () =>
    torch.addmm(ones(4), ones(2, 3), doubles),
  );
  refuses("\"bmm\" not implemented for 'Bool'", () =>
    ones(1, 2, 2)
      .bool()
      .bmm(ones(1, 2, 2).bool()),
  );
});

test("a factor of 0 leaves out what is added, even NaN; integers take whole factors", () => {
  const missing = torch.full([4], Number.NaN);
  assert.deepEqual(torch.addmm(missing, ones(2, 3), ones(3, 4), { beta: 0 }).tolist(), [
    [3, 3, 3, 3],
    [3, 3, 3, 3],
  ]);
  const whole = torch.addmv(ones(2).long(), ones(2, 3).long(), ones(3).long(), { beta: 2.5, alpha: 1.5 });
  assert.equal(whole.dtype, torch.int64);
  assert.deepEqual(whole.tolist(), [5, 5]);
});

test("nodes are named as PyTorch names them", () => {
  const leaf = (...shape: readonly number[]): torch.Tensor => ones(...shape).requiresGrad_();
  const named: readonly [string, torch.Tensor][] = [
    ["MmBackward0", leaf(2, 3).mm(ones(3, 2))],
    ["BmmBackward0", leaf(1, 2, 3).bmm(ones(1, 3, 2))],
    ["MvBackward0", leaf(2, 3).mv(ones(3))],
    ["DotBackward0", leaf(3).dot(ones(3))],
    ["UnsafeViewBackward0", leaf(2, 2, 3).matmul(ones(3, 4))],
    ["AddmmBackward0", torch.addmm(ones(2), leaf(2, 3), ones(3, 2))],
    ["AddmvBackward0", torch.addmv(ones(2), leaf(2, 3), ones(3))],
    ["AddbmmBackward0", leaf(3, 4).addbmm(ones(2, 3, 5), ones(2, 5, 4))],
    ["BaddbmmBackward0", leaf(2, 3, 4).baddbmm(ones(2, 3, 5), ones(2, 5, 4), { alpha: 2 })],
    ["AddrBackward0", torch.addr(leaf(2, 3), ones(2), ones(3))],
  ];
  for (const [name, result] of named) assert.equal(result.gradFn?.name, name);
});

test("a chain of matrices gives the same in any order, and its gradients", () => {
  const a = torch.arange(6).reshape([2, 3]).double().requiresGrad_();
  const b = torch.arange(12).reshape([3, 4]).double();
  const c = torch.arange(4).double();
  const chained = torch.linalg.multiDot([a, b, c]);
  assert.deepEqual(chained.tolist(), a.mm(b).mv(c).tolist());
  chained.sum().backward();
  assert.deepEqual(a.grad?.tolist(), [
    [14, 38, 62],
    [14, 38, 62],
  ]);
});

test("sums over chosen axes agree with an Einstein sum", () => {
  const a = torch.arange(24).reshape([2, 3, 4]).float();
  const b = torch.arange(24).reshape([4, 3, 2]).float();
  const summed = torch.tensordot(a, b, [
    [1, 2],
    [1, 0],
  ]);
  assert.deepEqual(summed.tolist(), torch.einsum("ijk,kjl->il", a, b).tolist());
  assert.deepEqual(torch.kron(torch.tensor([1, 2]), torch.tensor([[1, 3]])).tolist(), [[1, 3, 2, 6]]);
  assert.deepEqual(
    torch.cross(torch.tensor([1, 0, 0]), torch.tensor([0, 1, 0]), { dim: 0 }).tolist(),
    [0, 0, 1],
  );
});

test("covariances take weights and refuse what is none", () => {
  const rows = torch
    .tensor([
      [1, 2, 4],
      [3, 2, 2],
    ])
    .double();
  const often = torch.tensor([1, 2, 1]);
  const repeated = rows.indexSelect(1, torch.tensor([0, 1, 1, 2]));
  assert.deepEqual(torch.cov(rows, { fweights: often }).tolist(), torch.cov(repeated).tolist());
  const correlations = torch.corrcoef(rows).diagonal();
  assert.ok(correlations.sub(1).abs().max().lt(1e-12).item());
  refuses("cov(): fweights cannot be negative", () => torch.cov(rows, { fweights: often.neg() }));
  refuses("cov(): weights sum to zero, can't be normalized", () =>
    torch.cov(rows, { aweights: torch.zeros([3]) }),
  );
});
