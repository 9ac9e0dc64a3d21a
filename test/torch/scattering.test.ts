// Values scattered to positions, and in-place forms of what is computed out of place. Expected values are PyTorch's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;

const int64 = { dtype: "int64" } as const;

function leaf(values: readonly number[] | readonly (readonly number[])[], dtype = "float64"): Tensor {
  return torch.tensor(values, { dtype, requiresGrad: true } as torch.TensorOptions);
}

test("an in-place form of a view goes through the history of the whole", () => {
  const x = leaf([
    [1, 2],
    [3, 4],
  ]);
  const y = x.mul(1);
  y.at(0).cumsum_(0);
  assert.equal(y.gradFn!.name, "CopySlices");
  assert.deepEqual(y.tolist(), [
    [1, 3],
    [3, 4],
  ]);
  y.mul(
    torch.tensor([
      [1, 10],
      [100, 1000],
    ]),
  )
    .sum()
    .backward();
  assert.deepEqual(x.grad!.tolist(), [
    [11, 10],
    [100, 1000],
  ]);
});

test("an in-place form takes over the node of what it computes", () => {
  const x = leaf([
    [1, 2],
    [3, 4],
  ]);
  const y = x.mul(1);
  const version = y._version;
  assert.equal(y.indexAdd_(0, torch.tensor([1, 1], int64), x.mul(2), { alpha: 3 }), y);
  assert.equal(y.gradFn!.name, "IndexAddBackward0");
  assert.ok(y._version > version);
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [
    [7, 7],
    [7, 7],
  ]);
  const constant = torch.zeros(3, { dtype: "float64" } as const);
  constant.scatterAdd_(0, torch.tensor([2], int64), leaf([5]));
  assert.ok(constant.requiresGrad);
});

test("leaves that require a gradient are not written in place", () => {
  const message = "a leaf Variable that requires grad is being used in an in-place operation.";
  const x = torch.ones(3, 3, { requiresGrad: true });
  const index = torch.tensor([0, 1, 2], int64);
  const writes: readonly (() => unknown)[] = [
    () => x.tril_(),
    () => x.cumprod_(0),
    () => x.fillDiagonal_(2),
    () => x.indexFill_(0, index, 1),
    () => x.put_(index, torch.ones(3)),
    () => x.maskedScatter_(torch.ones(3, 3).bool(), torch.ones(9)),
    () => x.asStrided_([2], [1]),
  ];
  for (const write of writes) assert.throws(write, { name: "RuntimeError", message });
  assert.deepEqual(x.tolist(), torch.ones(3, 3).tolist());
});

test("products with zeros: what flows to the only 0 is the product of the rest", () => {
  const place = leaf([0, 2, 0]);
  const source = leaf([3, 0, 5, 0]);
  const result = place.scatterReduce(0, torch.tensor([0, 0, 1, 1], int64), source, "prod");
  assert.equal(result.gradFn!.name, "ScatterReduceBackward0");
  assert.deepEqual(result.tolist(), [0, 0, 0]);
  result.sum().backward();
  assert.deepEqual(place.grad!.tolist(), [0, 0, 1]);
  assert.deepEqual(source.grad!.tolist(), [0, 0, 0, 10]);
});

test("equal extremes share what flows to their place", () => {
  const place = leaf([3, 2, 9]);
  const source = leaf([3, 3, 1]);
  place
    .scatterReduce(0, torch.tensor([0, 0, 1], int64), source, "amax")
    .sum()
    .backward();
  assert.deepEqual(place.grad!.tolist(), [1 / 3, 1, 1]);
  assert.deepEqual(source.grad!.tolist(), [1 / 3, 1 / 3, 0]);
});

test("what is scattered may leave out what stands there", () => {
  const index = torch.tensor([0, 0, 2], int64);
  const source = torch.tensor([5, 6, 7], int64);
  const place = torch.tensor([100, 200, 300], int64);
  const joined = (reduce: "sum" | "prod" | "mean" | "amax" | "amin"): unknown =>
    place.scatterReduce(0, index, source, reduce, { includeSelf: false }).tolist();
  assert.deepEqual(joined("sum"), [11, 200, 7]);
  assert.deepEqual(joined("prod"), [30, 200, 7]);
  assert.deepEqual(joined("mean"), [5, 200, 7]);
  assert.deepEqual(joined("amax"), [6, 200, 7]);
  assert.deepEqual(joined("amin"), [5, 200, 7]);
});

test("a source that is longer than the index is read as far as the index goes", () => {
  const source = leaf([1, 2, 3, 4]);
  const result = torch
    .ones(2, { dtype: "float64" } as const)
    .scatterReduce(0, torch.tensor([1, 1], int64), source, "prod");
  assert.deepEqual(result.tolist(), [1, 2]);
  result.sum().backward();
  assert.deepEqual(source.grad!.tolist(), [2, 1, 0, 0]);
});

test("refusals are PyTorch's", () => {
  const x = torch.zeros(3, 3);
  const two = torch.zeros(2, 2, int64);
  const cases: readonly (readonly [() => unknown, string, string])[] = [
    [
      () => x.scatter(0, torch.zeros(4, 4, int64), torch.ones(4, 4)),
      "RuntimeError",
      "Expected index [4, 4] to be no larger than self [3, 3] apart from dimension 0 and to be no larger size than src [4, 4]",
    ],
    [
      () => x.scatter(0, two, 1, { reduce: "foo" }),
      "RuntimeError",
      "reduce argument must be either add or multiply.",
    ],
    [
      () => x.indexAdd(0, torch.zeros(2, int64), torch.ones(3, 3)),
      "RuntimeError",
      "index_add_(): Number of indices (2) should be equal to source.size(dim): (3), for dim: 0",
    ],
    [
      () => x.indexCopy(0, torch.zeros(2, int64), torch.ones(3, 3)),
      "IndexError",
      "index_copy_(): Number of indices (2) should be equal to source.size(dim) (3)",
    ],
    [
      () => torch.zeros(3).put(torch.tensor([5], int64), torch.ones(1)),
      "IndexError",
      "out of range: tried to access index 5 on a tensor of 3 elements.",
    ],
    [
      () => torch.zeros(3).maskedScatter(torch.ones(3).bool(), torch.ones(2)),
      "RuntimeError",
      "Number of elements of source < number of ones in mask",
    ],
    [
      () => torch.zeros(2, { dtype: "uint8" }).maskedFill(torch.ones(2).bool(), 300),
      "RuntimeError",
      "value cannot be converted to type uint8_t without overflow",
    ],
  ];
  for (const [call, name, message] of cases) assert.throws(call, { name, message });
});

test("second derivatives of scattered products and extremes", () => {
  const index = torch.tensor([0, 2, 2], int64);
  for (const reduce of ["sum", "prod", "mean", "amax"] as const) {
    const call = (place: Tensor, source: Tensor): Tensor => place.scatterReduce(0, index, source, reduce);
    const inputs = [leaf([1.5, -2, 0.5]), leaf([0.7, 3, -1.25])];
    assert.ok(torch.autograd.gradcheck(call as never, inputs));
    assert.ok(torch.autograd.gradgradcheck(call as never, inputs));
  }
});
