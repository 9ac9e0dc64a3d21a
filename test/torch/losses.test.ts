// Losses, distances and embeddings beside what the recorded cases hold: values that PyTorch 2.13 gave.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const F = nn.functional;

const floats = (values: readonly unknown[]): torch.Tensor =>
  torch.tensor(values as number[], { dtype: torch.float32 });

function close(got: unknown, expected: unknown, tolerance = 1e-6): void {
  if (Array.isArray(expected)) {
    assert.equal((got as unknown[]).length, expected.length);
    expected.forEach((each, i) => {
      close((got as unknown[])[i], each, tolerance);
    });
    return;
  }
  const [a, b] = [got as number, expected as number];
  assert.ok(
    Object.is(a, b) || a === b || Math.abs(a - b) <= tolerance * Math.max(1, Math.abs(b)),
    `${a}, expected ${b}`,
  );
}

/** A loss of single items and the gradients of its sum. */
function lossAndGradients(
  compute: (...inputs: torch.Tensor[]) => torch.Tensor,
  ...values: readonly unknown[][]
): readonly unknown[] {
  const inputs = values.map((each) => floats(each).requiresGrad_(true));
  const loss = compute(...inputs);
  const grads = torch.autograd.grad(loss.sum(), inputs);
  return [loss.tolist(), ...grads.map((grad) => grad!.tolist())];
}

test("probabilities of 0 and 1: logarithms end at -100, gradients stay finite", () => {
  const [loss, ofInput, ofTarget] = lossAndGradients(
    (x, t) => F.binaryCrossEntropy(x!, t!, { reduction: "none" }),
    [0, 1, 0, 1, 0.5],
    [0, 1, 1, 0, 0.25],
  );
  close(loss, [0, 0, 100, 100, 0.6931471824645996]);
  close(ofInput, [0, 0, -999999995904, 999999995904, 1]);
  const endless = Number.POSITIVE_INFINITY;
  close(ofTarget, [endless, -endless, endless, -endless, 0]);
});

test("large logits", () => {
  const [loss, ofInput] = lossAndGradients(
    (x, t) => F.binaryCrossEntropyWithLogits(x!, t!, { reduction: "none" }),
    [0, 100, -100],
    [0, 1, 1],
  );
  close(loss, [0.6931471824645996, 0, 100]);
  close(ofInput, [0.5, 0, -1]);
});

test("a parabola that goes on as a line: at the joint and far out", () => {
  const far = Number.POSITIVE_INFINITY;
  const huber = lossAndGradients(
    (x, t) => F.huberLoss(x!, t!, { reduction: "none", delta: 0.5 }),
    [0, 0.5, -0.5, 3, far],
    [0, 0, 0, 0.25, 0],
  );
  close(huber[0], [0, 0.125, 0.125, 1.25, far]);
  close(huber[1], [0, 0.5, -0.5, 0.5, 0.5]);
  const smooth = lossAndGradients(
    (x, t) => F.smoothL1Loss(x!, t!, { reduction: "none", beta: 0.5 }),
    [0, 0.5, -0.5, 3, far],
    [0, 0, 0, 0.25, 0],
  );
  close(smooth[0], [0, 0.25, 0.25, 2.5, far]);
  close(smooth[1], [0, 1, -1, 1, 1]);
});

test("weights of l1, mse and huber: the first two have weighted means", () => {
  const [x, t, weight] = [floats([1, 2]), floats([0, 4]), floats([1, 3])];
  close(F.l1Loss(x, t, { weight }).item(), 1.75);
  close(F.mseLoss(x, t, { weight }).item(), 3.25);
  close(F.huberLoss(x, t, { weight }).item(), 2.5);
});

test("variances below eps count as eps, and their gradient is as if they did not", () => {
  const [loss, , , ofVariance] = lossAndGradients(
    (x, t, v) => F.gaussianNllLoss(x!, t!, v!, { reduction: "none" }),
    [0, 1],
    [1, 0],
    [0, 1e-9],
  );
  close(loss, [499993.09375, 499993.09375]);
  close(ofVariance, [-499999506432, -499999506432]);
});

test("the second derivatives", () => {
  const t = torch.tensor([0, 1, 0.25], { dtype: torch.float64 });
  const second = (compute: (x: torch.Tensor) => torch.Tensor): unknown => {
    const x = torch.tensor([0.2, 0.5, 0.9], { dtype: torch.float64 }).requiresGrad_(true);
    const [g] = torch.autograd.grad(compute(x), x, { createGraph: true });
    const weights = torch.tensor([1, 2, 3], { dtype: torch.float64 });
    return torch.autograd.grad(g!.mul(weights).sum(), x)[0]!.tolist();
  };
  const posWeight = torch.tensor(2, { dtype: torch.float64 });
  close(
    second((x) => F.binaryCrossEntropy(x, t)),
    [0.5208333333268229, 2.666666666645334, 75.30864197363516],
    1e-9,
  );
  close(
    second((x) => F.binaryCrossEntropyWithLogits(x, t, { posWeight })),
    [0.08250552423728663, 0.3133382829354593, 0.25687538417782935],
    1e-9,
  );
  close(
    second((x) => F.huberLoss(x, t, { delta: 0.3 })),
    [1 / 3, 0, 0],
    1e-9,
  );
  close(
    second((x) => F.softMarginLoss(x, t)),
    [0, 0.15666914146772967, 0.01542890275412846],
    1e-9,
  );
  close(
    second((x) => F.cosineSimilarity(x, t.add(0.1), { dim: 0 })),
    [-0.04665361011388158, -2.2655224299106114, 1.0749032575145119],
    1e-9,
  );
  close(
    second((x) => F.pairwiseDistance(x, t, { p: 3 })),
    [0.4393185588628095, 5.439616813192694, 4.049130410396927],
    1e-9,
  );
});

test("half types are computed in float32 and rounded once", () => {
  for (const dtype of [torch.float16, torch.bfloat16]) {
    const h = torch.tensor([0.1, 0.7, -1.3], { dtype });
    const losses = (x: torch.Tensor): torch.Tensor[] => [
      F.huberLoss(x, x.mul(2)),
      F.softMarginLoss(x, x.sign()),
      F.cosineSimilarity(x, x.sign(), { dim: 0 }),
      F.klDiv(x, x.abs(), { reduction: "sum" }),
    ];
    const wide = losses(h.float());
    losses(h).forEach((loss, i) => {
      assert.equal(loss.dtype, dtype);
      assert.equal(loss.item(), wide[i]!.to(dtype).item());
    });
  }
});

test("connectionist temporal classification: reductions, infinite losses, targets in a row, no second derivative", () => {
  const logits = floats([
    [
      [0.1, 0.2, 0.3],
      [0.3, 0.2, 0.1],
    ],
    [
      [0.5, 0.1, 0.2],
      [0.2, 0.1, 0.1],
    ],
    [
      [0.1, 0.1, 0.2],
      [0.5, 0.1, 0.1],
    ],
  ]).requiresGrad_(true);
  const x = logits.logSoftmax(2);
  const targets = torch.tensor([
    [1, 1],
    [2, 1],
  ]);
  const lost = F.ctcLoss(x, targets, [2, 3], [2, 1], { reduction: "none" });
  assert.equal(lost.at(0).item(), Number.POSITIVE_INFINITY);
  const kept = F.ctcLoss(x, targets, [2, 3], [2, 1], { reduction: "none", zeroInfinity: true });
  assert.equal(kept.at(0).item(), 0);
  const row = F.ctcLoss(x, torch.tensor([1, 1, 2]), torch.tensor([2, 3]), torch.tensor([2, 1]), 0, "none");
  assert.deepEqual(row.tolist(), lost.tolist());
  const [alone] = [F.ctcLoss(x.select(1, 1), torch.tensor([2]), torch.tensor(3), torch.tensor(1))];
  close(alone.item(), lost.at(1).item());
  const [g] = torch.autograd.grad(kept.sum(), logits, { createGraph: true });
  assert.throws(() => torch.autograd.grad(g!.sum(), logits), {
    name: "RuntimeError",
    message: "derivative for aten::_ctc_loss_backward is not implemented",
  });
  assert.throws(() => F.ctcLoss(x, targets, [7, 3], [2, 1]), {
    message:
      "Expected input_lengths to have value at most 3, but got value 7 (while checking arguments for ctc_loss_allocate_outputs)",
  });
  assert.throws(() => F.ctcLoss(x, targets, [3, 3], [2, 1], { blank: 3 }), {
    message: "blank must be in label range",
  });
});

test("the deprecated parameters count, and are warned of in PyTorch's words", () => {
  const [x, t] = [torch.ones(2), torch.zeros(2)];
  const { result, warnings } = collectWarnings(() => [
    F.mseLoss(x, t, { sizeAverage: false }).item(),
    new nn.L1Loss({ reduce: false }).reduction,
    F.nllLoss(torch.zeros(1, 2), torch.tensor([0]), null, true).item(),
    F.klDiv(t, x).item(),
    F.mseLoss(x, torch.zeros(2, 1)).item(),
  ]);
  assert.deepEqual(result.slice(0, 2), [2, "none"]);
  const deprecated = (name: string): string =>
    `size_average and reduce args will be deprecated, please use reduction='${name}' instead.`;
  assert.deepEqual(
    warnings.map(({ category, message }) => `${category} ${message}`),
    [
      `UserWarning ${deprecated("sum")}`,
      `UserWarning ${deprecated("none")}`,
      `UserWarning ${deprecated("mean")}`,
      "UserWarning reduction: 'mean' divides the total loss by both the batch size and the support size.'batchmean' divides only by the batch size, and aligns with the KL div math definition.'mean' will be changed to behave the same as 'batchmean' in the next major release.",
      "UserWarning Using a target size (torch.Size([2, 1])) that is different to the input size (torch.Size([2])). This will likely lead to incorrect results due to broadcasting. Please ensure they have the same size.",
    ],
  );
});

test("nodes of the graph have PyTorch's names", () => {
  const x = torch.rand(3, 4).requiresGrad_(true);
  const t = torch.rand(3, 4);
  const names = [
    F.mseLoss(x, t),
    F.huberLoss(x, t, "none"),
    F.smoothL1Loss(x, t),
    F.l1Loss(x, t),
    F.binaryCrossEntropy(x, t),
    F.binaryCrossEntropyWithLogits(x, t),
    F.softMarginLoss(x, t),
    F.multiMarginLoss(x, torch.tensor([0, 1, 2])),
    F.multilabelMarginLoss(x, torch.zeros(3, 4, { dtype: torch.int64 })),
    F.marginRankingLoss(x, x.mul(2), t, { reduction: "none" }),
  ].map((loss) => loss.gradFn!.name.replace(/Backward\d$/, ""));
  const expected =
    "MseLoss HuberLoss SmoothL1Loss Mean BinaryCrossEntropy BinaryCrossEntropyWithLogits SoftMarginLoss MultiMarginLoss MultilabelMarginLoss ClampMin";
  assert.deepEqual(names, expected.split(" "));
});

test("a gradient that there is not is refused", () => {
  const x = torch.rand(3, 4).requiresGrad_(true);
  const refused = (caller: string, name: string): object => ({
    name: "RuntimeError",
    message: `The function '${caller}' is not differentiable with respect to argument '${name}'. This input cannot have requires_grad True.`,
  });
  const weight = torch.rand(4).requiresGrad_(true);
  const labels = torch.tensor([0, 1, 2]);
  assert.throws(() => F.softMarginLoss(x, x), refused("soft_margin_loss", "target"));
  assert.throws(() => F.nllLoss(x, labels, weight), refused("nll_loss_forward", "weight"));
  assert.throws(() => F.multiMarginLoss(x, labels, { weight }), refused("multi_margin_loss", "weight"));
  torch.noGrad(() => F.nllLoss(x, labels, weight));
});

test("tables begin with PyTorch's numbers and leave its generator", () => {
  torch.manualSeed(3);
  const table = new nn.Embedding(4, 3, { paddingIdx: -1 });
  assert.deepEqual(
    table.weight.at(0).tolist(),
    [0.8032760620117188, 0.17483338713645935, 0.08897809684276581],
  );
  assert.deepEqual(table.weight.at(3).tolist(), [0, 0, 0]);
  const bag = new nn.EmbeddingBag(4, 2, { paddingIdx: 0, mode: "sum", maxNorm: 2 });
  assert.deepEqual(bag.weight.at(1).tolist(), [0.41921865940093994, -0.0798543244600296]);
  assert.equal(torch.randint(0, 1000, [1]).item(), 973);
  assert.equal(String(bag), "EmbeddingBag(4, 2, max_norm=2, mode='sum', padding_idx=0)");
  assert.equal(String(new nn.EmbeddingBag(5, 2)), "EmbeddingBag(5, 2, mode='mean')");
});

test("a table of given rows shares them and is not trained", () => {
  const rows = torch.ones(2, 3);
  const table = nn.Embedding.fromPretrained(rows, { paddingIdx: 0 });
  assert.equal(String(table), "Embedding(2, 3, padding_idx=0)");
  assert.equal(table.weight.storage, rows.storage);
  assert.equal(table.weight.requiresGrad, false);
  assert.equal(nn.EmbeddingBag.fromPretrained(rows, false).weight.requiresGrad, true);
});

test("the state and the printed forms of losses", () => {
  const loss = new nn.BCEWithLogitsLoss(torch.ones(2), { posWeight: floats([2, 3]) });
  assert.deepEqual([...loss.stateDict().keys()], ["weight", "pos_weight"]);
  assert.equal(String(loss), "BCEWithLogitsLoss()");
  const triplet = new nn.TripletMarginWithDistanceLoss();
  assert.equal(
    String(triplet),
    "TripletMarginWithDistanceLoss(\n  (distance_function): PairwiseDistance()\n)",
  );
  const own = new nn.TripletMarginWithDistanceLoss({ distanceFunction: (a, b) => a.sub(b).abs().sum(-1) });
  close(own.call(floats([[0, 1]]), floats([[0, 2]]), floats([[1, 1]])).item(), 1);
});

test("what the constructors of losses refuse", () => {
  const refused: readonly (readonly [() => unknown, string, string])[] = [
    [() => new nn.MultiMarginLoss(3), "ValueError", "only p == 1 and p == 2 supported"],
    [
      () => new nn.MultiMarginLoss({ weight: torch.ones(1, 1) }),
      "ValueError",
      "MultiMarginLoss: expected weight to be None or 1D tensor, got 2D instead",
    ],
    [
      () => new nn.TripletMarginLoss(0),
      "ValueError",
      "TripletMarginLoss: expected margin to be greater than 0, got 0 instead",
    ],
    [() => new nn.Embedding(3, 2, 3), "AssertionError", "Padding_idx must be within num_embeddings"],
    [
      () => nn.Embedding.fromPretrained(torch.ones(3)),
      "AssertionError",
      "Embeddings parameter is expected to be 2-dimensional",
    ],
    [
      () => new nn.HuberLoss({ delta: "a" as never }),
      "TypeError",
      "delta must be a float or int, got: <class 'str'>",
    ],
  ];
  for (const [run, name, message] of refused) assert.throws(run, { name, message });
});

test("AdaptiveLogSoftmaxWithLoss: initial values, losses, all classes", () => {
  torch.manualSeed(1);
  const layer = new nn.AdaptiveLogSoftmaxWithLoss(8, 10, [2, 5], { divValue: 2 });
  assert.deepEqual(
    [...layer.stateDict().keys()],
    ["head.weight", "tail.0.0.weight", "tail.0.1.weight", "tail.1.0.weight", "tail.1.1.weight"],
  );
  const x = torch.linspace(-1, 1, 32).reshape(4, 8).requiresGrad_();
  const { output, loss } = layer.call(x, torch.tensor([0, 3, 7, 2]));
  close(output.tolist(), [-1.3159, -2.4937, -2.8306, -2.7967], 5e-5);
  close(loss.item(), 2.3592, 5e-5);
  const [g] = torch.autograd.grad(loss, x);
  close((g!.at(1).tolist() as number[]).slice(0, 2), [0.03385994955897331, -0.04618258774280548]);
  const all = layer.logProb(x);
  close((all.at(1).tolist() as number[]).slice(4, 6), [-2.505993604660034, -3.0032098293304443]);
  close(all.exp().sum(1).tolist(), [1, 1, 1, 1]);
  assert.deepEqual(layer.predict(x).tolist(), [0, 0, 0, 0]);
  const [one] = layer.call(x.at(0), torch.tensor(4));
  close(one.item(), -2.3717, 5e-5);
  assert.throws(() => layer.call(x, torch.tensor([0, 3, 7, 10])), {
    name: "RuntimeError",
    message: "Target values should be in [0, 9], but values in range [0, 10] were found. ",
  });
});

test("LinearCrossEntropyLoss is a linear layer and its cross entropy", () => {
  torch.manualSeed(1);
  const loss = new nn.LinearCrossEntropyLoss(3, 4, { bias: true, labelSmoothing: 0.1 });
  assert.equal(
    String(loss),
    "LinearCrossEntropyLoss(\n  in_features=3, num_classes=4, out_features=(), bias=True, reduction=mean, ignore_index=None, label_smoothing=0.1, options=None\n  (linear): Linear(in_features=3, out_features=4, bias=True)\n)",
  );
  assert.deepEqual(loss.linear.bias!.at(0).item(), 0.2108645886182785);
  const x = torch.rand(5, 3);
  const target = torch.tensor([0, 1, 2, 3, 0]);
  const expected = F.crossEntropy(loss.linear.call(x), target, { labelSmoothing: 0.1 });
  assert.equal(loss.call(x, target).item(), expected.item());
});
