// Whole models trained from a seed: initial weights, dropout's draws, batch statistics, gradients, clipping and optimizers
// together. The losses and the norms of the gradients are those that PyTorch 2.13 prints for the same program.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;
const F = nn.functional;
type Tensor = torch.Tensor;

/** Loss and norm of the gradient at each step. */
type Steps = readonly (readonly [loss: number, norm: number])[];

interface Training {
  readonly name: string;
  readonly make: () => torch.nn.Module;
  readonly loss: (model: torch.nn.Module) => Tensor;
  readonly optimizer: (parameters: Iterable<Tensor>) => { zeroGrad(): void; step(): unknown };
  readonly expected: Steps;
}

class Reader extends nn.Module {
  lstm = new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, dropout: 0.2, batchFirst: true });
  fc = new nn.Linear(8, 2);

  override forward(x: Tensor): Tensor {
    const [outputs] = this.lstm.call(x);
    return this.fc.call(outputs.at(":", -1));
  }
}

class Speaker extends nn.Module {
  emb = new nn.Embedding(10, 8);
  enc = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(8, 2, 16, 0.1, { batchFirst: true }), 2);
  fc = new nn.Linear(8, 10);

  override forward(tokens: Tensor): Tensor {
    const mask = nn.Transformer.generateSquareSubsequentMask(5);
    return this.fc.call(this.enc.call(this.emb.call(tokens), { mask, isCausal: true }));
  }
}

const classifier = (): torch.nn.Module =>
  new nn.Sequential(
    new nn.Conv2d(1, 4, 3, { padding: 1 }),
    new nn.BatchNorm2d(4),
    new nn.ReLU(),
    new nn.MaxPool2d(2),
    new nn.Dropout2d(0.1),
    new nn.Conv2d(4, 6, 3),
    new nn.GroupNorm(2, 6),
    new nn.SiLU(),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(6, 3),
  );

const painter = (): torch.nn.Module =>
  new nn.Sequential(
    new nn.Linear(4, 8),
    new nn.LeakyReLU(0.2),
    new nn.Unflatten(1, [2, 2, 2]),
    new nn.ConvTranspose2d(2, 3, 3, { stride: 2 }),
    new nn.InstanceNorm2d(3, { affine: true }),
    new nn.Upsample({ scaleFactor: 2, mode: "bilinear" }),
    new nn.PReLU(),
    new nn.Tanh(),
  );

const waves = torch.arange(30, { dtype: torch.float32 }).reshape([2, 5, 3]).sin();
const images = torch.arange(128, { dtype: torch.float32 }).reshape([2, 1, 8, 8]).cos();
const tokens = torch.tensor([
  [1, 2, 3, 4, 5],
  [5, 4, 3, 2, 1],
]);

const trainings: readonly Training[] = [
  {
    name: "an LSTM of two layers and directions, with dropout, under Adam",
    make: () => new Reader(),
    loss: (model) => F.crossEntropy(model.call(waves) as Tensor, torch.tensor([0, 1])),
    optimizer: (parameters) => new optim.Adam(parameters, { lr: 0.05 }),
    expected: [
      [0.69537, 0.0456],
      [0.686013, 0.0525],
      [0.676825, 0.0522],
      [0.666355, 0.0877],
      [0.653357, 0.1155],
      [0.587031, 0.1694],
      [0.482794, 0.2437],
      [0.486464, 0.3004],
    ],
  },
  {
    name: "a transformer encoder with a causal mask, under AdamW",
    make: () => new Speaker(),
    loss: (model) =>
      F.crossEntropy((model.call(tokens) as Tensor).flatten(0, 1), tokens.roll(-1, 1).flatten()),
    optimizer: (parameters) => new optim.AdamW(parameters, { lr: 0.01 }),
    expected: [
      [2.523775, 1.3217],
      [2.324884, 1.1759],
      [2.10458, 1.0394],
      [2.009289, 0.9593],
      [1.92153, 0.932],
      [1.73691, 0.87],
      [1.688691, 0.8433],
      [1.641936, 0.8079],
    ],
  },
  {
    name: "a convolutional classifier with batch and group normalisation, under SGD with momentum",
    make: classifier,
    loss: (model) =>
      F.crossEntropy(model.call(images) as Tensor, torch.tensor([0, 2]), { labelSmoothing: 0.1 }),
    optimizer: (parameters) =>
      new optim.SGD(parameters, { lr: 0.1, momentum: 0.9, nesterov: true, weightDecay: 1e-3 }),
    expected: [
      [1.076814, 1.8207],
      [1.129419, 1.2078],
      [0.948492, 0.5014],
      [0.905001, 0.7623],
      [0.879547, 0.6542],
      [0.842652, 0.3886],
      [0.826093, 0.3608],
      [0.858443, 0.4007],
    ],
  },
  {
    name: "transposed convolution, instance normalisation and interpolation, under RMSprop",
    make: painter,
    loss: (model) =>
      F.smoothL1Loss(
        model.call(torch.linspace(-1, 1, 8).reshape([2, 4])) as Tensor,
        torch.full([2, 3, 10, 10], 0.3),
      ),
    optimizer: (parameters) => new optim.RMSprop(parameters, { lr: 0.01 }),
    expected: [
      [0.065557, 0.1449],
      [0.039679, 0.0867],
      [0.025858, 0.0667],
      [0.01916, 0.0608],
      [0.015572, 0.0493],
      [0.013553, 0.0448],
      [0.011403, 0.0376],
      [0.009985, 0.034],
    ],
  },
];

for (const { name, make, loss, optimizer, expected } of trainings) {
  test(name, () => {
    torch.manualSeed(7);
    const model = make();
    const steps = optimizer(model.parameters());
    expected.forEach(([expectedLoss, expectedNorm], i) => {
      steps.zeroGrad();
      const value = loss(model);
      value.backward();
      const norm = nn.utils.clipGradNorm_(model.parameters(), 1);
      steps.step();
      // As many digits as were printed.
      assert.ok(
        Math.abs(Number(value.item()) - expectedLoss) <= 1.01e-6,
        `loss ${i}: ${value.item()}, ${expectedLoss}`,
      );
      assert.ok(
        Math.abs(Number(norm.item()) - expectedNorm) <= 1.01e-4,
        `norm ${i}: ${norm.item()}, ${expectedNorm}`,
      );
    });
  });
}
