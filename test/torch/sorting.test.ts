// Order and counts: medians, quantiles, distinct values, places in sorted sequences, histograms.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { NaN: nan } = Number;

function refuses(message: string, call: () => unknown): void {
  assert.throws(call, { message });
}

test("a median is the lower of two, NaN where one is, and shares its gradient among equals", () => {
  const x = torch.tensor([1, nan, 0, nan, 5, 6]);
  assert.equal(x.median().item(), nan);
  assert.equal(x.nanmedian().item(), 1);
  assert.deepEqual([x.median(0).indices.item(), x.nanmedian(0).indices.item()], [1, 0]);
  const ties = torch.tensor([2, 1, 2, 3], { dtype: torch.float32 }).requiresGrad_();
  ties.median().backward();
  assert.deepEqual(ties.grad?.tolist(), [0.5, 0, 0.5, 0]);
  refuses("median(): Expected reduction dim 1 to have non-zero size.", () => torch.zeros([2, 0]).median(1));
});

test("quantiles go between elements as asked, along an axis or over all", () => {
  const x = torch
    .tensor([
      [4, 1, 3],
      [2, 8, 6],
    ])
    .float();
  const between = (interpolation: "linear" | "lower" | "higher" | "midpoint" | "nearest"): unknown =>
    x.quantile(0.3, 1, { interpolation }).tolist();
  assert.deepEqual(between("lower"), [1, 2]);
  assert.deepEqual(between("higher"), [3, 6]);
  assert.deepEqual(between("midpoint"), [2, 4]);
  assert.deepEqual(between("nearest"), [3, 6]);
  assert.deepEqual(x.quantile(torch.tensor([0, 0.5, 1]), { dim: 1, keepdim: true }).shape, [3, 2, 1]);
  assert.deepEqual(x.quantile(torch.tensor([0, 0.5, 1])).tolist(), [1, 3.5, 8]);
  assert.equal(torch.tensor([1, nan, 3]).quantile(0).item(), nan);
  assert.equal(torch.tensor([1, nan, 3]).nanquantile(0.5).item(), 2);
  refuses("quantile() q must be in the range [0, 1] but got 1.5", () => x.quantile(1.5));
  refuses("quantile() input tensor must be either float or double dtype", () => x.long().quantile(0.5));
});

test("distinct values and slices, with places and counts", () => {
  const rows = torch.tensor([
    [1, 2],
    [1, 2],
    [0, 3],
  ]);
  const [values, inverse, counts] = torch.unique(rows, {
    dim: 0,
    returnInverse: true,
    returnCounts: true,
  }) as torch.Tensor[];
  assert.deepEqual(values?.tolist(), [
    [0, 3],
    [1, 2],
  ]);
  assert.deepEqual(
    [inverse?.tolist(), counts?.tolist()],
    [
      [1, 1, 0],
      [1, 2],
    ],
  );
  const missing = torch.unique(torch.tensor([nan, 1, nan])) as torch.Tensor;
  assert.deepEqual(missing.tolist(), [1, nan, nan]);
  const [runs, lengths] = torch.uniqueConsecutive(torch.tensor([1, 1, 2, 1]), {
    returnCounts: true,
  }) as torch.Tensor[];
  assert.deepEqual(
    [runs?.tolist(), lengths?.tolist()],
    [
      [1, 2, 1],
      [2, 1, 1],
    ],
  );
  const x = torch.ones([2]).requiresGrad_();
  refuses("the derivative for '_unique2' is not implemented.", () =>
    (x.unique() as torch.Tensor).sum().backward(),
  );
});

test("places in sorted sequences, before equal elements or behind them; NaN comes last", () => {
  const edges = torch.tensor([1, 3, 3, 5]);
  assert.deepEqual(torch.searchsorted(edges, torch.tensor([3, 0, 9])).tolist(), [1, 0, 4]);
  assert.deepEqual(torch.bucketize(torch.tensor([3, 0, 9]), edges, { right: true }).tolist(), [3, 0, 4]);
  assert.equal(
    torch
      .searchsorted(torch.tensor([1, nan]), torch.tensor([nan]))
      .tolist()
      .toString(),
    "2",
  );
  assert.equal(torch.bucketize(2.5, edges, { outInt32: true }).dtype, torch.int32);
  const sorter = torch.tensor([1, 2, 0]);
  assert.equal(torch.searchsorted(torch.tensor([3, 1, 2]), 2, { sorter }).item(), 1);
  refuses("torch.searchsorted(): side can only be 'left' or 'right' but got up", () =>
    torch.searchsorted(edges, 1, { side: "up" }),
  );
  assert.deepEqual(torch.isin(torch.tensor([1, nan]), torch.tensor([nan, 1])).tolist(), [true, false]);
});

test("counts of integers and between edges", () => {
  assert.deepEqual(torch.bincount(torch.tensor([1, 2, 1]), { minlength: 5 }).tolist(), [0, 2, 1, 0, 0]);
  const weighted = torch.bincount(torch.tensor([1, 1]), torch.tensor([0.5, 0.25]));
  assert.deepEqual([weighted.dtype, weighted.tolist()], [torch.float32, [0, 0.75]]);
  refuses("bincount only supports 1-d non-negative integral inputs.", () =>
    torch.bincount(torch.tensor([-1])),
  );
  assert.deepEqual(torch.histc(torch.tensor([1, nan, 2]), 3, 0, 2).tolist(), [0, 1, 1]);
  refuses("torch.histc: max must be larger than min", () => torch.histc(torch.ones([3]), { min: 3, max: 1 }));
  const { hist, binEdges } = torch.histogram(torch.tensor([1, 2, 1]).float(), 4, { range: [0, 3] });
  assert.deepEqual(
    [hist.tolist(), binEdges.tolist()],
    [
      [0, 2, 1, 0],
      [0, 0.75, 1.5, 2.25, 3],
    ],
  );
  const { oneHot } = torch.nn.functional;
  assert.deepEqual(oneHot(torch.tensor([0, 2])).tolist(), [
    [1, 0, 0],
    [0, 0, 1],
  ]);
  refuses("Class values must be smaller than num_classes.", () => oneHot(torch.tensor([0, 2]), 2));
});

test("the k-th smallest element, also of a single one", () => {
  const x = torch.tensor([3, 1, 2]).float().requiresGrad_();
  const { values, indices } = x.kthvalue(2);
  assert.deepEqual([values.item(), indices.item()], [2, 2]);
  values.backward();
  assert.deepEqual(x.grad?.tolist(), [0, 0, 1]);
  assert.equal(torch.tensor(7).kthvalue(1, { dim: 0, keepdim: true }).values.item(), 7);
  assert.deepEqual(torch.msort(torch.tensor([[3], [1]])).tolist(), [[1], [3]]);
});
