// Attention and transformers beside what the recorded cases hold: dropout from a seed, second derivatives, masks that
// leave nothing to see, printed forms. The numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const F = nn.functional;

function near(actual: unknown, expected: number, tolerance: number): void {
  assert.ok(Math.abs((actual as number) - expected) <= tolerance, `${actual} is not ${expected}`);
}

function size(tensor: torch.Tensor): unknown {
  return tensor.detach().double().abs().sum().item();
}

test("dropout draws what PyTorch draws", () => {
  torch.manualSeed(2);
  const layer = new nn.TransformerEncoderLayer(4, 2, 6, { dropout: 0.3 });
  near(size(layer.call(torch.randn(3, 2, 4))), 20.26674, 1e-4);
  near(torch.rand(1).item(), 0.1938613, 1e-6);
  torch.manualSeed(2);
  const attention = new nn.MultiheadAttention(4, 2, { dropout: 0.3 });
  const x = torch.randn(3, 2, 4);
  const [output, weights] = attention.call(x, x, x);
  near(size(output), 3.84385, 1e-4);
  near(size(weights!), 6.08703, 1e-4);
  near(torch.rand(1).item(), 0.1941819, 1e-6);
});

test("second derivatives of attention", () => {
  torch.manualSeed(4);
  const attention = new nn.MultiheadAttention(4, 2, { dtype: torch.float64 });
  const x = torch.linspace(-1, 1, 24, { dtype: torch.float64 }).reshape(3, 2, 4).requiresGrad_(true);
  const [grad] = torch.autograd.grad(attention.call(x, x, x)[0].pow(2).sum(), x, { createGraph: true });
  const [again] = torch.autograd.grad(grad!.pow(2).sum(), x);
  near(grad!.sum().item(), 0.01081464, 1e-7);
  near(again!.sum().item(), 0.06250546, 1e-7);
});

test("a query that may see no key gives 0, and no gradient that is no number", () => {
  const query = torch.ones(1, 2, 2).requiresGrad_(true);
  const mask = torch.tensor([
    [true, false],
    [false, false],
  ]);
  const output = F.scaledDotProductAttention(query, torch.ones(1, 2, 2), torch.ones(1, 2, 2), mask);
  assert.deepEqual(output.tolist(), [
    [
      [1, 1],
      [0, 0],
    ],
  ]);
  output.sum().backward();
  assert.deepEqual(query.grad?.tolist(), [
    [
      [0, 0],
      [0, 0],
    ],
  ]);
});

test("settings that do not go together are refused in PyTorch's words", () => {
  const x = torch.ones(1, 2, 2);
  assert.throws(() => F.scaledDotProductAttention(x, x, x, { attnMask: torch.ones(2, 2), isCausal: true }), {
    name: "RuntimeError",
    message: "_scaled_dot_product_attention: Explicit attn_mask should not be set when is_causal=True",
  });
  assert.throws(() => F.scaledDotProductAttention(x, x.double(), x), {
    name: "RuntimeError",
    message:
      "Expected query, key, and value to have the same dtype, but got query.dtype: float key.dtype: double and value.dtype: float instead.",
  });
  assert.throws(() => new nn.MultiheadAttention(5, 2), {
    name: "AssertionError",
    message: "embed_dim must be divisible by num_heads",
  });
  const attention = new nn.MultiheadAttention(2, 1);
  assert.throws(() => attention.call(x, x, x, { attnMask: torch.ones(3, 2) }), {
    name: "RuntimeError",
    message: "The shape of the 2D attn_mask is torch.Size([3, 2]), but should be (1, 1).",
  });
});

test("the mask of a decoder, found causal or not", () => {
  const mask = nn.Transformer.generateSquareSubsequentMask(3);
  assert.deepEqual(mask.eq(0).tolist(), [
    [true, false, false],
    [true, true, false],
    [true, true, true],
  ]);
  torch.manualSeed(0);
  const encoder = new nn.TransformerEncoder(new nn.TransformerEncoderLayer(4, 2, 6, 0), 1);
  const x = torch.randn(3, 1, 4);
  const found = encoder.call(x, mask);
  const told = encoder.call(x, { mask, isCausal: false });
  near(size(found.sub(told)), 0, 1e-5);
  // The first position sees itself alone: what comes later does not change it.
  const changed = torch.cat([x.at(":1"), torch.randn(2, 1, 4)]);
  near(size(encoder.call(changed, mask).at(0).sub(found.at(0))), 0, 1e-6);
});

test("an activation may be a name, a function or a module", () => {
  const x = torch.linspace(-2, 2, 8).reshape(2, 1, 4);
  const outputs = ["gelu", F.gelu, new nn.GELU()].map((activation) => {
    torch.manualSeed(1);
    const layer = new nn.TransformerDecoderLayer(4, 2, 6, 0, activation as "gelu");
    return layer.call(x, x).tolist();
  });
  assert.deepEqual(outputs[1], outputs[0]);
  assert.deepEqual(outputs[2], outputs[0]);
  assert.throws(() => new nn.TransformerEncoderLayer(4, 2, 6, 0, "tanh" as "gelu"), {
    name: "RuntimeError",
    message: "activation should be relu/gelu, not tanh",
  });
});

test("the printed form of a transformer's decoder", () => {
  const layer = new nn.TransformerDecoderLayer(4, 2, 6);
  const attention = (name: string) =>
    `      (${name}): MultiheadAttention(\n` +
    "        (out_proj): NonDynamicallyQuantizableLinear(in_features=4, out_features=4, bias=True)\n      )";
  const norm = (number: number) =>
    `      (norm${number}): LayerNorm((4,), eps=1e-05, elementwise_affine=True, bias=True)`;
  const dropout = (name: string) => `      (${name}): Dropout(p=0.1, inplace=False)`;
  const lines = [
    "TransformerDecoder(",
    "  (layers): ModuleList(",
    "    (0-1): 2 x TransformerDecoderLayer(",
    attention("self_attn"),
    attention("multihead_attn"),
    "      (linear1): Linear(in_features=4, out_features=6, bias=True)",
    dropout("dropout"),
    "      (linear2): Linear(in_features=6, out_features=4, bias=True)",
    ...[1, 2, 3].map(norm),
    ...["dropout1", "dropout2", "dropout3"].map(dropout),
    "    )",
    "  )",
    ")",
  ];
  assert.equal(String(new nn.TransformerDecoder(layer, 2)), lines.join("\n"));
});
