// Layers of convolution, pooling, padding, interpolation and normalisation: what the recorded cases do not hold. The
// numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const F = nn.functional;

function near(got: torch.Tensor, expected: readonly number[], tolerance = 1e-6): void {
  const values = got.detach().flatten().tolist() as number[];
  assert.equal(values.length, expected.length);
  values.forEach((each, i) => {
    const want = expected[i]!;
    assert.ok(
      Object.is(each, want) || Math.abs(each - want) <= tolerance * Math.max(1, Math.abs(want)),
      `[${i}]: ${each}, expected ${want}`,
    );
  });
}

/** The first three numbers of each parameter after seed 7, and the next number drawn. */
const beginnings: readonly [() => torch.nn.Module, readonly (readonly number[])[], number][] = [
  [
    () => new nn.ConvTranspose2d(4, 6, [2, 3], { groups: 2 }),
    [
      [0.016462643, -0.141985536, 0.075053111],
      [0.129052445, -0.129205182, -0.055324793],
    ],
    0.6685574650764465,
  ],
  [
    () => new nn.ConvTranspose1d(3, 2, 5),
    [
      [0.022086954, -0.190493584, 0.100694314],
      [0.225118056, 0.108835839],
    ],
    0.6266505718231201,
  ],
  [
    () => new nn.ConvTranspose3d(2, 2, 2),
    [
      [0.01746127, -0.150598407, 0.079605848],
      [0.063325286, 0.034536332],
    ],
    0.743732750415802,
  ],
  [
    () => new nn.Bilinear(3, 4, 2),
    [
      [0.040325075, -0.347792119, 0.183841825],
      [0.024167942, 0.107654117],
    ],
    0.8797041773796082,
  ],
  [
    () => new nn.GroupNorm(2, 4),
    [
      [1, 1, 1],
      [0, 0, 0],
    ],
    0.5349225401878357,
  ],
];

test("a seed gives PyTorch's initial values, and leaves the generator where PyTorch leaves it", () => {
  for (const [make, parameters, next] of beginnings) {
    torch.manualSeed(7);
    const module = make();
    [...module.parameters()].forEach((parameter, i) => {
      near(parameter.flatten().narrow(0, 0, parameters[i]!.length), parameters[i]!);
    });
    assert.equal(torch.rand(1).item(), next);
  }
});

test("the state of a layer goes into another one", () => {
  const one = new nn.Sequential(
    new nn.ConvTranspose2d(2, 4, 3, { stride: 2 }),
    new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
    new nn.GroupNorm(2, 4),
  );
  const x = torch.randn(2, 2, 4, 4);
  one.call(x);
  const other = new nn.Sequential(
    new nn.ConvTranspose2d(2, 4, 3, { stride: 2 }),
    new nn.InstanceNorm2d(4, { affine: true, trackRunningStats: true }),
    new nn.GroupNorm(2, 4),
  );
  other.loadStateDict(one.stateDict());
  assert.deepEqual(
    [...one.stateDict().keys()],
    [
      "0.weight",
      "0.bias",
      "1.weight",
      "1.bias",
      "1.running_mean",
      "1.running_var",
      "1.num_batches_tracked",
      "2.weight",
      "2.bias",
    ],
  );
  const [a, b] = [one.eval().call(x) as torch.Tensor, other.eval().call(x) as torch.Tensor];
  assert.ok(torch.equal(a, b));
});

test("a transposed convolution is asked for one of the sizes that its stride leaves open", () => {
  const layer = new nn.ConvTranspose2d(1, 1, 3, { stride: 2 });
  const x = torch.randn(1, 1, 4, 4);
  assert.deepEqual(layer.call(x).shape, [1, 1, 9, 9]);
  assert.deepEqual(layer.call(x, [10, 9]).shape, [1, 1, 10, 9]);
  assert.throws(() => layer.call(x, [12, 12]), {
    name: "ValueError",
    message:
      "requested an output size of (12, 12), but valid sizes range from [9, 9] to [10, 10] (for an input of torch.Size([4, 4]))",
  });
});

test("unpooling puts maxima back where they were", () => {
  const x = torch.arange(16).float().view(1, 1, 4, 4).requiresGrad_();
  const [values, indices] = new nn.MaxPool2d(2, { returnIndices: true }).call(x) as [
    torch.Tensor,
    torch.Tensor,
  ];
  const back = new nn.MaxUnpool2d(2).call(values, indices);
  assert.deepEqual(back.flatten().tolist(), [0, 0, 0, 0, 0, 5, 0, 7, 0, 0, 0, 0, 0, 13, 0, 15]);
  back.mul(back).sum().backward();
  assert.deepEqual(x.grad!.flatten().tolist(), [0, 0, 0, 0, 0, 10, 0, 14, 0, 0, 0, 0, 0, 26, 0, 30]);
  assert.throws(() => F.maxUnpool2d(values, indices.add(100), 2), {
    message: /Found an invalid max index: \d+ \(output volumes are of size 4x4\)/,
  });
});

test("padding gives new memory, and says what cannot be had", () => {
  const x = torch.ones([1, 1, 3]);
  for (const mode of ["constant", "reflect", "replicate", "circular"] as const)
    assert.notEqual(F.pad(x, [0, 0], mode).storage, x.storage);
  assert.throws(() => F.pad(x, [3, 3], { mode: "reflect" }), {
    message:
      "Argument #4: Padding size should be less than the corresponding input dimension, but got: padding (3, 3) at dimension 2 of input [1, 1, 3]",
  });
  assert.throws(() => F.pad(x, [4, 0], { mode: "circular" }), {
    message: "Padding value causes wrapping around more than once.",
  });
});

test("fold adds what unfold takes", () => {
  const x = torch.ones([1, 2, 4, 5]);
  const columns = F.unfold(x, [2, 3], { stride: [1, 2] });
  assert.deepEqual(columns.shape, [1, 12, 6]);
  const counts = F.fold(columns, [4, 5], [2, 3], { stride: [1, 2] });
  assert.deepEqual(counts.at(0, 0).tolist(), [
    [1, 1, 2, 1, 1],
    [2, 2, 4, 2, 2],
    [2, 2, 4, 2, 2],
    [1, 1, 2, 1, 1],
  ]);
});

test("interpolation with antialiasing, and of bytes", () => {
  const x = torch.arange(6).float().view(1, 1, 2, 3);
  const size = [3, 2];
  near(
    F.interpolate(x, { size, mode: "bilinear", antialias: true }),
    [0.375, 1.625, 1.875, 3.125, 3.375, 4.625],
  );
  near(
    F.interpolate(x, { size, mode: "bicubic", antialias: true }),
    [0.112423278, 1.492840767, 1.809791088, 3.190208435, 3.50715971, 4.887577057],
  );
  near(
    F.interpolate(x, { size, mode: "lanczos", antialias: true }),
    [-0.098496646, 1.353602529, 1.773950338, 3.226049423, 3.646397829, 5.098496914],
  );
  const bytes = torch.arange(12).mul(23).remainder(256).to(torch.uint8).view(1, 1, 3, 4);
  assert.deepEqual(
    F.interpolate(bytes, { size: [4, 5], mode: "bilinear" })
      .flatten()
      .tolist(),
    [0, 16, 35, 53, 69, 58, 74, 93, 111, 127, 127, 143, 162, 180, 196, 184, 200, 219, 237, 253],
  );
  assert.deepEqual(
    F.interpolate(bytes, { size: [2, 3], mode: "bilinear", antialias: true })
      .flatten()
      .tolist(),
    [42, 70, 97, 157, 185, 212],
  );
});

test("grid sampling at places that are no finite numbers, and beyond the border", () => {
  const x = torch.arange(16).float().view(1, 1, 4, 4);
  const { NaN: none, POSITIVE_INFINITY: infinity } = Number;
  const grid = torch.tensor([none, 0, infinity, 0, -5, 0.3, 0.2, -0.4]).view(1, 1, 4, 2);
  const recorded = {
    "zeros bilinear": [none, none, 0, 4.700000286],
    "zeros nearest": [0, 0, 0, 6],
    "zeros bicubic": [none, none, 0, 4.395077705],
    "border bilinear": [6, 9, 8.39999962, 4.700000286],
    "border nearest": [8, 11, 8, 6],
    "border bicubic": [none, none, 8.570998192, 4.307003498],
    "reflection bilinear": [6, 6, 8.39999962, 4.700000286],
    "reflection nearest": [8, 8, 8, 6],
    "reflection bicubic": [none, none, 8.383498192, 4.307003498],
  } as const;
  for (const [name, values] of Object.entries(recorded)) {
    const [paddingMode, mode] = name.split(" ") as ["zeros" | "border", "bilinear" | "nearest"];
    near(F.gridSample(x, grid, { mode, paddingMode, alignCorners: false }), values);
  }
});

test("sampling and normalisation can be differentiated twice", () => {
  const forms: readonly [readonly number[], (x: torch.Tensor) => torch.Tensor][] = [
    [[1, 1, 3, 3], (x) => F.gridSample(x, x.narrow(2, 0, 2).view(1, 3, 1, 2), { alignCorners: true })],
    [[1, 2, 3, 3], (x) => F.interpolate(x, { size: [4, 2], mode: "bicubic" })],
    [[2, 2, 3], (x) => F.batchNorm(x, null, null, { training: true })],
    [[2, 6], (x) => F.layerNorm(x, [6])],
    [[2, 4, 3], (x) => F.groupNorm(x, 2)],
    [[1, 2, 3, 3], (x) => F.convTranspose2d(x, x.view(2, 1, 3, 3), { stride: 2 })],
    [[1, 2, 3, 4], (x) => F.unfold(x, 2)],
    [[1, 1, 5], (x) => F.lpPool1d(x.abs().add(1), 3, 2)],
  ];
  torch.manualSeed(3);
  for (const [shape, form] of forms) {
    const x = torch
      .rand([...shape], { dtype: torch.float64 })
      .mul(0.8)
      .sub(0.4)
      .requiresGrad_();
    const once = (at: torch.Tensor): torch.Tensor => form(at).pow(3).sum();
    const slope = (at: torch.Tensor): torch.Tensor =>
      torch.autograd.grad([once(at)], [at], { createGraph: true })[0]!;
    const direction = torch.rand([...shape], { dtype: torch.float64 });
    const [second] = torch.autograd.grad([slope(x).mul(direction).sum()], [x]);
    const step = 1e-5;
    const moved = (by: number): torch.Tensor =>
      slope(x.detach().add(direction.mul(by)).requiresGrad_()).detach();
    const differences = moved(step)
      .sub(moved(-step))
      .div(2 * step);
    near(second!, differences.flatten().tolist() as number[], 1e-4);
  }
});

test("batch normalisation keeps running statistics in place, and refuses one value alone", () => {
  const [mean, variance] = [torch.zeros([2]), torch.ones([2])];
  const x = torch.tensor([1, 2, 3, 6]).float().view(2, 2);
  F.batchNorm(x, mean, variance, { training: true, momentum: 0.5 });
  near(mean, [1, 2]);
  near(variance, [1.5, 4.5]);
  assert.throws(() => F.batchNorm(x.narrow(0, 0, 1), mean, variance, { training: true }), {
    name: "ValueError",
    message: "Expected more than 1 value per channel when training, got input size torch.Size([1, 2])",
  });
  assert.throws(() => F.batchNorm(x, null, null), {
    name: "RuntimeError",
    message: "running_mean must be defined in evaluation mode",
  });
});

test("layer normalisation of numbers far from 0", () => {
  const x = torch.tensor([10000, 10001, 10000, 10001]).float();
  near(F.layerNorm(x, [4]), [-0.99998, 0.99998, -0.99998, 0.99998], 1e-5);
});
