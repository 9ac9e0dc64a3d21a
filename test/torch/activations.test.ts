// Activations and dropouts beyond the recorded cases: what is drawn from a seed, what is written in place, what has no
// derivative. The numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const { functional } = nn;
type Tensor = torch.Tensor;

const line = (count: number): Tensor => torch.linspace(-3, -3 + (6 / 23) * (count - 1), count);
const channels = torch.linspace(-3, 3, 24).reshape([2, 3, 4]);

const flat = (tensor: Tensor): number[] => tensor.flatten().tolist() as number[];

function near(actual: readonly number[], expected: readonly number[], tolerance = 2e-6): void {
  assert.equal(actual.length, expected.length);
  actual.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) <= tolerance, `element ${i}: ${value}, not ${expected[i]}`);
  });
}

/** What a function gives after the seed 5, and the next number of the stream. */
function seeded(compute: () => Tensor): readonly [number[], number] {
  torch.manualSeed(5);
  const values = flat(compute());
  return [values, torch.rand(1).item() as number];
}

const kept = [
  -3.26087, -2.826087, -2.391304, -1.956522, -1.521739, -1.086957, -0.652174, -0.217391, 0.217391, 0.652174,
  1.086957, 1.521739, 1.956522, 2.391304, 2.826087, 3.26087,
];

test("channels are dropped as PyTorch drops them from a seed", () => {
  const expected = [0, 0, 0, 0, ...kept, 0, 0, 0, 0];
  for (const compute of [
    () => functional.dropout1d(channels, 0.4),
    () => functional.dropout2d(channels.reshape([2, 3, 2, 2]), 0.4),
    () => functional.dropout3d(channels.reshape([2, 3, 2, 2, 1]), 0.4),
    () => new nn.Dropout2d(0.4).call(channels.reshape([2, 3, 2, 2])) as Tensor,
  ]) {
    const [values, next] = seeded(compute);
    near(values, expected);
    near([next], [0.0724122], 1e-7);
  }
  const [values, next] = seeded(() => functional.dropout1d(channels.select(0, 0), { p: 0.4 }));
  near(values, [0, 0, 0, 0, ...kept.slice(0, 8)]);
  near([next], [0.1643915], 1e-7);
});

test("alpha dropout keeps mean and variance as PyTorch does", () => {
  const [values, next] = seeded(() => functional.alphaDropout(channels.select(0, 0), 0.3, true));
  near(
    values,
    [
      -2.128766, -1.90417, -1.679573, -1.454977, -1.230381, -1.059548, -0.781188, -1.059548, -1.059548,
      -0.107399, 0.117198, 0.341794,
    ],
  );
  near([next], [0.9751613], 1e-7);
  const [features] = seeded(() => functional.featureAlphaDropout(channels, 0.3, true));
  near(features.slice(18), [1.913968, 2.138565, -1.059548, -1.059548, -1.059548, -1.059548]);
  assert.equal(functional.alphaDropout(channels), channels);
});

test("slopes are drawn as PyTorch draws them, for what is not positive, in row-major order", () => {
  const x = channels.select(0, 0);
  const expected = [
    -0.776259, -0.490623, -0.49608, -0.422751, -0.353037, -0.512733, -0.352507, -0.322837, -0.275324,
    -0.14308, -0.078108, -0.025155,
  ];
  const [values, next] = seeded(() => functional.rrelu(x, { training: true }));
  near(values, expected);
  near([next], [0.9751613], 1e-7);
  const [turned] = seeded(() => functional.rrelu(x.t(), 0.2, 0.9, true));
  near(turned.slice(0, 4), [-1.948231, -0.74706, -0.413225, -1.152059]);

  const leaf = x.clone().requiresGrad_();
  torch.manualSeed(5);
  const result = functional.rrelu(leaf, { training: true });
  assert.equal(`${result.gradFn}`, "<RreluWithNoiseBackward0>");
  result.sum().backward();
  near(flat(leaf.grad!).slice(0, 3), [0.2587531, 0.1791162, 0.2001724]);
});

test("in place the same tensor comes back, its history with it", () => {
  const forms: readonly [string, (x: Tensor) => Tensor][] = [
    ["CeluBackward1", (x) => functional.celu_(x)],
    ["EluBackward1", (x) => functional.elu(x, { inplace: true })],
    ["EluBackward1", (x) => functional.selu_(x)],
    ["LeakyReluBackward1", (x) => functional.leakyRelu_(x, 0.2)],
    ["HardtanhBackward0", (x) => functional.relu6(x, true)],
    ["ThresholdBackward1", (x) => functional.threshold_(x, 0.1, -2)],
    ["MishBackward0", (x) => functional.mish(x, true)],
  ];
  for (const [name, apply] of forms) {
    const leaf = line(12).requiresGrad_();
    const view = leaf.mul(1);
    const result = apply(view);
    assert.equal(result, view);
    assert.equal(`${result.gradFn}`, `<${name}>`);
    result.sum().backward();
    const apart = line(12).requiresGrad_();
    apply(apart.mul(1).clone()).sum().backward();
    near(flat(leaf.grad!), flat(apart.grad!), 0);
  }
});

test("PReLU has its slopes in the state dict, and loads them", () => {
  const layer = new nn.PReLU(3, 0.1);
  assert.equal(`${layer}`, "PReLU(num_parameters=3)");
  near(flat(layer.weight), [0.1, 0.1, 0.1], 1e-7);
  const other = new nn.PReLU({ numParameters: 3 });
  other.loadStateDict(layer.stateDict());
  near(flat(other.weight), [0.1, 0.1, 0.1], 1e-7);
});

test("derivatives that PyTorch has not are refused in its words", () => {
  const x = torch.tensor([1.5, 2.5]).requiresGrad_();
  const fixed = torch.tensor([1.5, 2.5]);
  assert.throws(() => torch.igamma(x, fixed).sum().backward(), {
    name: "NotImplementedError",
    message: "the derivative for 'igamma: input' is not implemented.",
  });
  assert.throws(() => torch.special.zeta(x, fixed).sum().backward(), {
    message: "the derivative for 'zeta' is not implemented.",
  });
  torch.igamma(fixed, x).sum().backward();
  near(flat(x.grad!), [0.3083607, 0.244083], 1e-6);
});

test("the incomplete gamma functions over their whole range", () => {
  const points: readonly [number, number, number, number][] = [
    [3, 0.5, 0.014387677966970687, 0.9856123220330293],
    [50, 60, 0.9155933189063082, 0.08440668109369183],
    [2500, 2480, 0.3466426924800364, 0.6533573075199636],
  ];
  for (const [a, x, lower, upper] of points) {
    const [shape, bound] = [torch.tensor(a).double(), torch.tensor(x).double()];
    near([torch.special.gammainc(shape, bound).item() as number], [lower], 1e-13);
    near([torch.special.gammaincc(shape, bound).item() as number], [upper], 1e-13);
  }
});

test("gumbel_softmax draws as PyTorch does, soft and one-hot", () => {
  torch.manualSeed(5);
  const logits = torch.randn([3, 4]).requiresGrad_();
  const soft = [0.0111, 0.138, 0.424, 0.4268, 0.0484, 0.9392, 0.0016, 0.0108, 0.0368, 0.0119, 0.8046, 0.1468];
  near(flat(functional.gumbelSoftmax(logits, 0.7)), soft, 5.1e-5);
  const hard = functional.gumbelSoftmax(logits, { hard: true, dim: 0 });
  near(flat(hard), [0, 0, 1, 0, 0, 1, 0, 0, 1, 0, 0, 1]);
  hard
    .mul(torch.arange(12).reshape([3, 4]))
    .sum()
    .backward();
  assert.ok(flat(logits.grad!).some((value) => value !== 0));
  near(torch.rand([2]).tolist() as number[], [0.42039555, 0.8783862], 1e-7);
});
