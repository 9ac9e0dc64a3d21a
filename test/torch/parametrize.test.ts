// torch.nn.utils: clipping, vectors of parameters, weight and spectral normalisation, parametrizations, fusion. The
// numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const { parametrizations, parametrize } = nn.utils;

function near(tensor: torch.Tensor | null, expected: readonly number[], tolerance = 1e-4): void {
  const got = tensor!.detach().flatten().tolist() as number[];
  assert.equal(got.length, expected.length);
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `${got} is not ${expected}`);
  });
}

/** What a linear layer gives for ones. */
function outputOf(layer: torch.nn.Module): torch.Tensor {
  return (layer as torch.nn.Linear).call(torch.ones(1, 3));
}

test("clipping by norm counts all gradients together", () => {
  const parameters = [new nn.Parameter(torch.zeros(2)), new nn.Parameter(torch.zeros(1))];
  parameters[0]!.grad = torch.tensor([3, 0]).float();
  parameters[1]!.grad = torch.tensor([4]).float();
  assert.equal(nn.utils.getTotalNorm(parameters.map(({ grad }) => grad!)).item(), 5);
  assert.equal(nn.utils.clipGradNorm_(parameters, 1).item(), 5);
  near(parameters[0]!.grad, [0.6, 0], 1e-6);
  near(parameters[1]!.grad, [0.8], 1e-6);
  parameters[0]!.grad = torch.tensor([Number.NaN, 0]);
  assert.throws(() => nn.utils.clipGradNorm_(parameters, 1, { errorIfNonfinite: true }), {
    name: "RuntimeError",
    message: /^The total norm of order 2(\.0)? for gradients from `parameters` is non-finite/,
  });
});

test("parameters as a vector, whose memory they take over when it is put back", () => {
  const layer = new nn.Linear(2, 1);
  const vector = nn.utils.parametersToVector(layer.parameters());
  assert.deepEqual(vector.shape, [3]);
  const other = torch.tensor([1.5, 2.5, 3.5]);
  nn.utils.vectorToParameters(other, layer.parameters());
  other.zero_();
  assert.deepEqual(layer.bias?.tolist(), [0]);
});

test("weight normalisation by a hook, and back", () => {
  torch.manualSeed(3);
  const { result: layer, warnings } = collectWarnings(() => nn.utils.weightNorm(new nn.Linear(3, 2)));
  assert.match(warnings[0]!.message, /deprecated in favor of `torch.nn.utils.parametrizations.weight_norm`/);
  assert.deepEqual([...layer.stateDict().keys()], ["bias", "weight_g", "weight_v"]);
  const before = outputOf(layer).tolist();
  assert.throws(() => collectWarnings(() => nn.utils.weightNorm(layer)), {
    name: "RuntimeError",
    message: "Cannot register two weight_norm hooks on the same parameter weight",
  });
  nn.utils.removeWeightNorm(layer);
  assert.deepEqual([...layer.stateDict().keys()], ["bias", "weight"]);
  near(outputOf(layer), (before as number[][]).flat(), 1e-6);
});

test("a parametrized layer: names, printed form, and a weight that follows what it is computed from", () => {
  const layer = parametrizations.weightNorm(new nn.Linear(3, 2));
  assert.ok(layer instanceof nn.Linear);
  assert.ok(parametrize.isParametrized(layer, "weight"));
  assert.deepEqual(
    [...layer.stateDict().keys()],
    ["bias", "parametrizations.weight.original0", "parametrizations.weight.original1"],
  );
  assert.equal(
    String(layer),
    "ParametrizedLinear(\n  in_features=3, out_features=2, bias=True\n  (parametrizations): ModuleDict(\n" +
      "    (weight): ParametrizationList(\n      (0): _WeightNorm()\n    )\n  )\n)",
  );
  torch.noGrad(() => layer.getParameter("parametrizations.weight.original0").fill_(2));
  near(layer.weight.norm(2, 1), [2, 2], 1e-5);
  parametrize.cached(() => assert.equal(layer.weight, layer.weight));
  assert.notEqual(layer.weight, layer.weight);
  const copy = torch.deepcopy(layer);
  torch.noGrad(() => copy.getParameter("parametrizations.weight.original0").fill_(1));
  near(layer.weight.norm(2, 1), [2, 2], 1e-5);
  parametrize.removeParametrizations(layer, "weight");
  assert.equal(layer.constructor, nn.Linear);
  assert.ok(layer.weight instanceof nn.Parameter);
});

test("a state dict of the older weight normalisation loads into the parametrization", () => {
  const { result: older } = collectWarnings(() => nn.utils.weightNorm(new nn.Linear(3, 2)));
  const layer = parametrizations.weightNorm(new nn.Linear(3, 2));
  assert.equal(String(layer.loadStateDict(older.stateDict())), "<All keys matched successfully>");
  near(outputOf(layer), (outputOf(older).tolist() as number[][]).flat(), 1e-6);
});

test("second derivatives through a parametrization", () => {
  torch.manualSeed(4);
  const layer = parametrizations.weightNorm(new nn.Linear(4, 2, { dtype: torch.float64 }));
  const direction = layer.getParameter("parametrizations.weight.original1");
  const x = torch.linspace(-1, 1, 12, { dtype: torch.float64 }).reshape(3, 4);
  const [grad] = torch.autograd.grad(layer.call(x).pow(2).sum(), direction, { createGraph: true });
  const [again] = torch.autograd.grad(grad!.pow(2).sum(), direction);
  near(grad!.abs().sum(), [5.18955802], 1e-7);
  // As PyTorch has it for the formula written out; the second derivative of its own kernel lacks a term.
  near(again!.abs().sum(), [58.97742448], 1e-6);
});

test("spectral normalisation: the weight's largest singular value is brought to 1", () => {
  torch.manualSeed(3);
  for (const normalise of [nn.utils.spectralNorm, parametrizations.spectralNorm]) {
    const layer = normalise(new nn.Linear(3, 2), { nPowerIterations: 20 });
    outputOf(layer);
    layer.eval();
    const before = outputOf(layer).tolist();
    const weight = layer.weight.detach();
    const x = torch.eye(3);
    let u = torch.ones(2);
    for (let i = 0; i < 50; i++) u = weight.mv(weight.t().mv(u).div(weight.t().mv(u).norm()));
    near(u.norm(), [1], 1e-4);
    assert.deepEqual(outputOf(layer).tolist(), before, "evaluation does not iterate");
    assert.equal(layer.call(x).shape[1], 2);
  }
});

test("a parametrization of one's own may be assigned through its inverse", () => {
  class Symmetric extends nn.Module {
    override forward(x: torch.Tensor): torch.Tensor {
      return x.triu().add(x.triu(1).t());
    }
    rightInverse(value: torch.Tensor): torch.Tensor {
      return value.triu();
    }
  }
  const layer = new nn.Linear(2, 2);
  parametrize.registerParametrization(layer, "weight", new Symmetric());
  const { weight } = layer;
  assert.deepEqual(weight.tolist(), weight.t().tolist());
  (layer as { weight: torch.Tensor }).weight = torch
    .tensor([
      [1, 2],
      [7, 3],
    ])
    .float();
  assert.deepEqual(layer.weight.tolist(), [
    [1, 2],
    [2, 3],
  ]);
  class Wide extends nn.Module {
    override forward(x: torch.Tensor): torch.Tensor {
      return torch.cat([x, x]);
    }
  }
  assert.throws(() => parametrize.registerParametrization(new nn.Linear(2, 2), "weight", new Wide()), {
    name: "ValueError",
    message:
      "Registering a parametrization may not change the shape of the tensor, unless `unsafe` flag is enabled.\n" +
      "unparametrized shape: torch.Size([2, 2])\nparametrized shape: torch.Size([4, 2])",
  });
});

test("fusion: one layer computes what it and the normalisation behind it computed", () => {
  torch.manualSeed(5);
  const norm = new nn.BatchNorm2d(3);
  norm.runningMean!.uniform_();
  norm.runningVar!.uniform_();
  norm.weight!.data.uniform_();
  norm.eval();
  const convolution = new nn.Conv2d(2, 3, 2).eval();
  const x = torch.randn(1, 2, 3, 3);
  const expected = norm.call(convolution.call(x)).flatten().tolist() as number[];
  near(nn.utils.fuseConvBnEval(convolution, norm).call(x), expected, 1e-5);
  const linear = new nn.Linear(2, 3).eval();
  const single = new nn.BatchNorm1d(3).eval();
  single.runningMean!.uniform_();
  const rows = torch.randn(4, 2);
  const before = single.call(linear.call(rows)).flatten().tolist() as number[];
  near(nn.utils.fuseLinearBnEval(linear, single).call(rows), before, 1e-5);
});

test("skipInit draws nothing", () => {
  torch.manualSeed(1);
  const layer = nn.utils.skipInit(nn.Linear, 2, 3);
  const next = torch.rand(1).item();
  torch.manualSeed(1);
  assert.equal(next, torch.rand(1).item());
  assert.deepEqual(layer.weight.shape, [3, 2]);
});

test("orthogonal matrices stay orthogonal whatever they are computed from, and may be assigned", () => {
  for (const settings of [{}, { orthogonalMap: "matrix_exp" }, { orthogonalMap: "cayley" }] as const) {
    torch.manualSeed(1);
    const layer = parametrizations.orthogonal(new nn.Linear(2, 4), settings);
    assert.deepEqual(
      [...layer.stateDict().keys()],
      ["bias", "parametrizations.weight.original", "parametrizations.weight.0.base"],
    );
    // What PyTorch computes from the same seed.
    near(layer.weight.at(0), [0.4643, -0.0574]);
    const original = layer.getParameter("parametrizations.weight.original");
    if ("orthogonalMap" in settings) torch.noGrad(() => original.add_(torch.randn(4, 2)));
    near(layer.weight.t().matmul(layer.weight), [1, 0, 0, 1], 1e-5);
    const turned = torch.eye(4, 2).flip(0);
    (layer as { weight: torch.Tensor }).weight = turned;
    near(layer.weight, turned.flatten().tolist() as number[], 1e-6);
  }
  assert.throws(() => parametrizations.orthogonal(new nn.Linear(2, 2), "bias"), {
    name: "ValueError",
    message: "Expected a matrix or batch of matrices. Got a tensor of 1 dimensions.",
  });
});
