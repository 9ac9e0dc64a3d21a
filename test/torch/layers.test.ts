// Layers against values that PyTorch 2.13 gave, forward and backward.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;

/** x, the weights of the sum that is differentiated, and what PyTorch printed for each layer. */
const x = [-3, -0.5, 0, 0.25, 2, 30];
const recorded: readonly [
  string,
  () => InstanceType<typeof nn.Module>,
  readonly number[],
  readonly number[],
][] = [
  ["ReLU", () => new nn.ReLU(), [0.0, 0.0, 0.0, 0.25, 2.0, 30.0], [0.0, 0.0, 0.0, 4.0, 5.0, 6.0]],
  [
    "LeakyReLU",
    () => new nn.LeakyReLU(0.3),
    [-0.900000036, -0.150000006, 0.0, 0.25, 2.0, 30.0],
    [0.300000012, 0.600000024, 0.900000036, 4.0, 5.0, 6.0],
  ],
  [
    "ELU",
    () => new nn.ELU(0.5),
    [-0.475106478, -0.196734667, 0.0, 0.25, 2.0, 30.0],
    [0.0248935334, 0.606530666, 1.5, 4.0, 5.0, 6.0],
  ],
  [
    "SiLU",
    () => new nn.SiLU(),
    [-0.142277613, -0.188770339, 0.0, 0.140544131, 1.76159406, 30.0],
    [-0.0881041065, 0.520077646, 1.5, 2.49484015, 5.45392132, 6.0],
  ],
  [
    "Softplus",
    () => new nn.Softplus(),
    [0.048587352, 0.474076986, 0.693147182, 0.825939417, 2.12692809, 30.0],
    [0.0474258736, 0.755081356, 1.5, 2.2487061, 4.4039855, 6.0],
  ],
  [
    "Softplus with beta",
    () => new nn.Softplus(2, 5),
    [0.0012378426, 0.156630844, 0.346573591, 0.487038493, 2.00907493, 30.0],
    [0.00247262325, 0.537882864, 1.5, 2.48983741, 4.91006899, 6.0],
  ],
  [
    "Tanh",
    () => new nn.Tanh(),
    [-0.995054781, -0.462117165, 0.0, 0.244918659, 0.964027584, 1.0],
    [0.00986598153, 1.57289541, 3.0, 3.76005936, 0.35325408, 0.0],
  ],
  [
    "Sigmoid",
    () => new nn.Sigmoid(),
    [0.0474258736, 0.377540678, 0.5, 0.562176526, 0.880797029, 1.0],
    [0.0451766588, 0.47000742, 0.75, 0.98453629, 0.524968088, 0.0],
  ],
  [
    "GELU",
    () => new nn.GELU(),
    [-0.00405022502, -0.154268771, 0.0, 0.149676576, 1.95449972, 30.0],
    [-0.0119456053, 0.26500982, 1.5, 2.78149319, 5.42615938, 6.0],
  ],
  [
    "GELU by tanh",
    () => new nn.GELU({ approximate: "tanh" }),
    [-0.00363743305, -0.154285997, 0.0, 0.149675354, 1.95459771, 30.0],
    [-0.0115842968, 0.26526022, 1.5, 2.78141642, 5.43049622, 6.0],
  ],
  [
    "Softmax",
    () => new nn.Softmax(0),
    [4.65888619e-15, 5.67568521e-14, 9.35762291e-14, 1.20154253e-13, 6.91440015e-13, 1.0],
    [-2.3294431e-14, -2.27027408e-13, -2.80728674e-13, -2.40308506e-13, -6.91440015e-13, 0.0],
  ],
  [
    "LogSoftmax",
    () => new nn.LogSoftmax({ dim: -1 }),
    [-33.0, -30.5, -30.0, -29.75, -28.0, 0.0],
    [1.0, 2.0, 3.0, 4.0, 5.0, -15.0],
  ],
  [
    "LayerNorm",
    () => new nn.LayerNorm(6),
    [-0.685331106, -0.465438753, -0.421460301, -0.399471074, -0.24554643, 2.21724772],
    [-0.143565476, -0.0800984502, 0.0029605031, 0.0884684622, 0.159282446, -0.0270475447],
  ],
];

const close = (got: readonly number[], want: readonly number[]): void => {
  assert.equal(got.length, want.length);
  got.forEach((value, i) => {
    assert.ok(
      Math.abs(value - want[i]!) <= 1e-6 + 1.3e-6 * Math.abs(want[i]!),
      `${i}: ${value}, PyTorch ${want[i]}`,
    );
  });
};

for (const [name, make, output, gradient] of recorded) {
  test(name, () => {
    const input = torch.tensor(x, { dtype: torch.float32, requiresGrad: true });
    const layer = make() as unknown as { call(x: torch.Tensor): torch.Tensor };
    const result = layer.call(input);
    close(result.tolist() as number[], output);
    result.mul(torch.arange(1, 7)).sum().backward();
    close(input.grad!.tolist() as number[], gradient);
  });
}
