// Recurrent layers and packed sequences beside what the recorded cases hold: initial values and dropout from a seed,
// second derivatives, sequences of unequal lengths. The numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const { rnn } = nn.utils;

/** The sum of all absolute values, in double precision. */
function size(tensors: Iterable<torch.Tensor>): number {
  let total = 0;
  for (const tensor of tensors) total += tensor.detach().double().abs().sum().item() as number;
  return total;
}

function near(actual: unknown, expected: number, tolerance: number): void {
  assert.ok(Math.abs((actual as number) - expected) <= tolerance, `${actual} is not ${expected}`);
}

/** Two tensors agree within rounding. */
function same(a: torch.Tensor, b: torch.Tensor): void {
  assert.deepEqual(a.shape, b.shape);
  near(a.sub(b).abs().max().item(), 0, 1e-6);
}

const initial: readonly [string, () => torch.nn.Module, sum: number, next: number, entries: number][] = [
  ["RNN", () => new nn.RNN(3, 4, 2, "relu"), 17.088201, 0.5920863, 8],
  [
    "LSTM",
    () => new nn.LSTM(3, 4, { numLayers: 2, bidirectional: true, projSize: 2 }),
    127.222678,
    0.805608,
    20,
  ],
  ["GRU", () => new nn.GRU(3, 4, { bias: false }), 18.565573, 0.2942635, 2],
  ["RNNCell", () => new nn.RNNCell(3, 4), 8.143761, 0.388742, 4],
  ["LSTMCell", () => new nn.LSTMCell(3, 4, false), 26.105888, 0.6191614, 2],
  ["GRUCell", () => new nn.GRUCell(3, 4), 25.132264, 0.2108113, 4],
  [
    "MultiheadAttention",
    () => new nn.MultiheadAttention(4, 2, { kdim: 3, addBiasKv: true }),
    22.873214,
    0.9277899,
    8,
  ],
  [
    "MultiheadAttention without bias",
    () => new nn.MultiheadAttention(4, 2, { bias: false }),
    17.20613,
    0.3304803,
    2,
  ],
  ["Transformer", () => new nn.Transformer(4, 2, 1, 2, 6), 217.927574, 0.5004631, 52],
];

for (const [name, make, sum, next, entries] of initial) {
  test(`${name}: a seed gives PyTorch's initial values, and leaves the generator where PyTorch leaves it`, () => {
    torch.manualSeed(7);
    const module = make();
    near(size(module.parameters()), sum, 2e-6);
    near(torch.rand(1).item(), next, 1e-6);
    assert.equal(module.stateDict().size, entries);
  });
}

test("dropout between layers draws what PyTorch draws", () => {
  const layers = [
    [() => new nn.RNN(3, 4, 2, { dropout: 0.5 }), 8.78539, 0.8554848],
    [() => new nn.LSTM(3, 4, 2, { dropout: 0.5, batchFirst: true }), 1.56922, 0.6775755],
    [() => new nn.GRU(3, 4, 3, { dropout: 0.25, bidirectional: true }), 10.29561, 0.5053444],
  ] as const;
  for (const [make, sum, next] of layers) {
    torch.manualSeed(1);
    const layer = make();
    const [output] = layer.call(torch.randn(3, 2, 3));
    near(size([output]), sum, 1e-4);
    near(torch.rand(1).item(), next, 1e-6);
  }
});

test("second derivatives", () => {
  const layers = [
    [() => new nn.LSTM(3, 4, 2, { bidirectional: true, dtype: torch.float64 }), -0.14009278, 0.00094436],
    [() => new nn.GRU(3, 4, { dtype: torch.float64 }), 1.75951262, 0.6530083],
    [() => new nn.RNN(3, 4, { dtype: torch.float64 }), -0.5270639, -0.18153342],
  ] as const;
  for (const [make, first, second] of layers) {
    torch.manualSeed(4);
    const layer = make();
    const x = torch.linspace(-1, 1, 18, { dtype: torch.float64 }).reshape(3, 2, 3).requiresGrad_(true);
    const [grad] = torch.autograd.grad(layer.call(x)[0].pow(2).sum(), x, { createGraph: true });
    const [again] = torch.autograd.grad(grad!.pow(2).sum(), x);
    near(grad!.sum().item(), first, 1e-7);
    near(again!.sum().item(), second, 1e-7);
  }
});

test("layers print their settings as PyTorch does", () => {
  const settings = { batchFirst: true, dropout: 0.5, bidirectional: true, projSize: 2 };
  assert.equal(
    String(new nn.LSTM(3, 4, 2, false, settings)),
    "LSTM(3, 4, proj_size=2, num_layers=2, bias=False, batch_first=True, dropout=0.5, bidirectional=True)",
  );
  assert.equal(String(new nn.RNNCell(2, 3, false, "relu")), "RNNCell(2, 3, bias=False, nonlinearity=relu)");
});

test("settings and inputs that do not fit are refused in PyTorch's words", () => {
  const refusals: readonly [() => unknown, string, string][] = [
    [
      () => new nn.RNN(3, 4, 1, "x" as never),
      "ValueError",
      "Unknown nonlinearity 'x'. Select from 'tanh' or 'relu'.",
    ],
    [() => new nn.RNN(3, 4, 1, "tanh", 1 as never), "TypeError", "bias should be of type bool, got: int"],
    [() => new nn.LSTM(3, 4, { projSize: 4 }), "ValueError", "proj_size has to be smaller than hidden_size"],
    [
      () => new nn.RNN(3, 4).call(torch.zeros(2, 2, 4)),
      "RuntimeError",
      "input.size(-1) must be equal to input_size. Expected 3, got 4",
    ],
    [
      () => new nn.RNN(3, 4).call(torch.zeros(2, 2, 3), torch.zeros(1, 3, 4)),
      "RuntimeError",
      "Expected hidden size (1, 2, 4), got [1, 3, 4]",
    ],
    [
      () => new nn.LSTMCell(3, 4).call(torch.zeros(2, 3), [torch.zeros(2, 4), torch.zeros(2, 5)]),
      "RuntimeError",
      "hidden1 has inconsistent hidden_size: got 5, expected 4",
    ],
  ];
  for (const [run, name, message] of refusals) assert.throws(run, { name, message });
});

test("a packed sequence goes through a layer and comes back in its first order", () => {
  torch.manualSeed(6);
  const lstm = new nn.LSTM(2, 3, 2, { bidirectional: true });
  const sequences = [torch.randn(2, 2), torch.randn(4, 2), torch.randn(1, 2)];
  const packed = rnn.packSequence(sequences, { enforceSorted: false });
  const [output, [hidden, cell]] = lstm.call(packed);
  assert.deepEqual(packed.sortedIndices?.tolist(), [1, 0, 2]);
  assert.deepEqual(output.batchSizes.tolist(), [3, 2, 1, 1]);
  const sums = [output.data, hidden, cell].map((each) => each.double().sum().item());
  [-1.11746, -0.37129, -0.52444].forEach((sum, i) => {
    near(sums[i], sum, 2e-5);
  });
  const [padded, lengths] = rnn.padPackedSequence(output, { paddingValue: -1 });
  assert.deepEqual(lengths.tolist(), [2, 4, 1]);
  assert.deepEqual(padded.at("1:", 2, 0).tolist(), [-1, -1, -1]);
  // One by one, without padding, the numbers are the same.
  sequences.forEach((sequence, i) => {
    const [alone, [lastHidden, lastCell]] = lstm.call(sequence);
    same(rnn.unpackSequence(output)[i]!, alone);
    same(hidden.select(1, i), lastHidden);
    same(cell.select(1, i), lastCell);
  });
});

test("gradients flow through packing and padding to each sequence's own steps", () => {
  const input = torch.arange(24).float().view(4, 3, 2).requiresGrad_(true);
  const packed = rnn.packPaddedSequence(input, [4, 2, 1]);
  assert.equal(packed.data.gradFn?.name, "PackPaddedSequenceBackward0");
  rnn.padPackedSequence(packed)[0].sum().backward();
  assert.deepEqual(input.grad?.sum(2).tolist(), [
    [2, 2, 2],
    [2, 2, 0],
    [2, 0, 0],
    [2, 0, 0],
  ]);
});

test("padding sequences, on either side", () => {
  const sequences = [torch.ones(2), torch.ones(3)];
  assert.deepEqual(rnn.padSequence(sequences, true).tolist(), [
    [1, 1, 0],
    [1, 1, 1],
  ]);
  assert.deepEqual(
    rnn.padSequence(sequences, { batchFirst: true, paddingValue: 5, paddingSide: "left" }).tolist(),
    [
      [5, 1, 1],
      [1, 1, 1],
    ],
  );
  assert.throws(() => rnn.packPaddedSequence(torch.ones(4, 2), [2, 4]), {
    name: "RuntimeError",
    message: /^`lengths` array must be sorted in decreasing order/,
  });
});
