// Large results lie in the kernels' memory. What is computed of them is what is computed of the same numbers elsewhere, bit by
// bit, on any number of threads; nothing is written beside a result; and whoever looks at the bytes has them to keep.

import assert from "node:assert/strict";
import { after, beforeEach, test } from "node:test";
import { setTimeout } from "node:timers/promises";
import { float32 } from "../../src/core/dtype.ts";
import { memoryCounts } from "../../src/core/memory.ts";
import { isPlaced } from "../../src/kernels/places.ts";
import type { Pool } from "../../src/kernels/pool.ts";
import { parallelKernels } from "../../src/kernels/use.ts";
import * as torch from "../../src/torch/index.ts";

const { functional: F } = torch.nn;
type Tensor = torch.Tensor;

after(() => {
  torch.setNumThreads(1);
  parallelKernels();
});

// So much may wait for the garbage collector until the event loop turns.
beforeEach(() => setTimeout(2));

const lies = (tensor: Tensor): boolean => isPlaced(tensor.storage.look(float32));

/** Sets so many threads and waits until all are there. */
async function withThreads(threads: number): Promise<void> {
  torch.setNumThreads(threads);
  const { pool } = parallelKernels() as unknown as { readonly pool: Pool | undefined };
  while ((pool?.ready ?? 0) < threads - 1) await setTimeout(5);
}

/** The same numbers in memory of their own. */
function elsewhere(tensor: Tensor): Tensor {
  const plain = tensor.detach().contiguous();
  const { offset, size } = plain.layout;
  const numbers = (plain.storage.look(float32) as Float32Array).subarray(offset, offset + size);
  return torch.asTensor(Float32Array.from(numbers)).reshape([...tensor.shape]);
}

torch.manualSeed(1);
const x = torch.randn(512, 640);
const y = torch.randn(640, 384);
const bias = torch.randn(384);
const images = torch.randn(4, 32, 40, 40);
const filters = torch.randn(64, 32, 3, 3);
const depthwise = torch.randn(32, 1, 3, 3);

type Computes = (...operands: Tensor[]) => Tensor;

const works: Readonly<Record<string, readonly [Computes, ...Tensor[]]>> = {
  exp: [(a) => a.exp(), x],
  "exp of a slice": [(a) => a.narrow(1, 3, 601).exp(), x],
  gelu: [(a) => F.gelu(a), x],
  "gelu by tanh": [(a) => F.gelu(a, { approximate: "tanh" }), x],
  softmax: [(a) => a.softmax(-1), x],
  logSoftmax: [(a) => a.logSoftmax(-1), x],
  layerNorm: [(a) => F.layerNorm(a, [640]), x],
  "layerNorm with weights": [(a, b) => F.layerNorm(a, [640], b, b), x, y.select(1, 0).contiguous()],
  groupNorm: [(a) => F.groupNorm(a, 4), images],
  batchNorm: [(a) => F.batchNorm(a, null, null, null, null, true), images],
  sum: [(a) => a.sum(), x],
  "sums of columns": [(a) => a.sum(0), x],
  "sums of rows": [(a) => a.sum(1), x],
  "sums of turned rows": [(a) => a.T.sum(1), x],
  "largest of columns": [(a) => a.amax(0), x],
  "places in rows": [(a) => a.argmax(1), x],
  "places in columns": [(a) => a.argmin(0), x],
  norm: [(a) => a.norm(), x],
  add: [(a) => a.add(a), x],
  "add a row": [(a) => a.add(a.select(0, 3)), x],
  "add a number to a turned matrix": [(a) => a.T.add(1), x],
  compare: [(a) => a.lt(0.3), x],
  choose: [(a) => torch.where(a.gt(0), a, a.mul(2)), x],
  "turn to row-major": [(a) => a.T.contiguous(), x],
  "a @ b": [(a, b) => a.matmul(b), x, y],
  "b.T @ a.T": [(a, b) => b.T.matmul(a.T), x, y],
  "a matrix and a vector": [(a, b) => b.T.matmul(a.select(0, 1)), x, y],
  "few rows": [(a, b) => a.narrow(0, 1, 3).matmul(b), x, y],
  "few rows, turned": [(a, b) => b.T.narrow(0, 1, 3).matmul(a.T), x, y],
  "a deep product": [(a) => a.reshape([128, 2560]).matmul(a.reshape([128, 2560]).T), x],
  "a long product": [
    (a, b) =>
      a
        .reshape([10240, 32])
        .narrow(0, 0, 10239)
        .matmul(b.narrow(0, 0, 32)),
    x,
    y,
  ],
  "every other row": [(a, b) => a.reshape([256, 2, 640]).select(1, 1).matmul(b), x, y],
  "a bias for each column": [(a, b, c) => torch.addmm(c!, a, b!), x, y, bias],
  "a bias for each row": [
    (a, b, c) => torch.addmm(c!.reshape([384, 1]).expand([384, 512]), b!.T, a.T),
    x,
    y,
    bias,
  ],
  "a batch": [(a) => a.reshape([8, 64, 640]).matmul(a.reshape([8, 64, 640]).transpose(1, 2)), x],
  "float16 and back": [(a) => a.to(torch.float16).to(torch.float32), x],
  float64: [(a) => a.to(torch.float64), x],
  "convolution of 3 by 3": [(a, b) => F.conv2d(a, b, null, { padding: 1 }), images, filters],
  "convolution with a stride": [(a, b) => F.conv2d(a, b, null, { stride: 2 }), images, filters],
  "depthwise convolution": [(a, b) => F.conv2d(a, b, null, { padding: 1, groups: 32 }), images, depthwise],
  "transposed convolution": [(a, b) => F.convTranspose2d(F.conv2d(a, b), b!), images, filters],
  "largest of windows": [(a) => F.maxPool2d(a, 3, 2) as Tensor, images],
  "means of windows": [(a) => F.avgPool2d(a, 3, 2), images],
  cat: [(a) => torch.cat([a, a], 1), x],
  cumsum: [(a) => a.cumsum(1), x],
  sort: [(a) => a.sort(1)[0], x],
};

/** The result and the gradients by all operands. */
function computed(computes: Computes, operands: readonly Tensor[]): Tensor[] {
  const leaves = operands.map((operand) => operand.detach().requiresGrad_());
  const result = computes(...leaves);
  if (!result.requiresGrad) return [result];
  const flow = result.detach().mul(0.5);
  return [result, ...torch.autograd.grad(result, leaves, flow, { allowUnused: true })].filter(
    (each): each is Tensor => each !== null,
  );
}

for (const threads of [1, 2, 3]) {
  for (const [name, [computes, ...operands]] of Object.entries(works)) {
    test(`${name}: the same wherever the numbers lie, ${threads} threads`, async () => {
      await withThreads(threads);
      const placed = operands.map((operand) => operand.add(0));
      assert.ok(placed.some(lies));
      const others = operands.map(elsewhere);
      assert.ok(!others.some(lies));
      const [got, wanted] = [computed(computes, placed), computed(computes, others)];
      assert.equal(got.length, wanted.length);
      got.forEach((each, i) => {
        assert.ok(torch.equal(each.nanToNum(), wanted[i]!.nanToNum()), `${i}`);
      });
    });
  }
}

const inPlace: Readonly<Record<string, (part: Tensor) => unknown>> = {
  exp_: (part) => part.exp_(),
  tanh_: (part) => part.tanh_(),
  sigmoid_: (part) => part.sigmoid_(),
  relu_: (part) => part.sub_(2).relu_(),
  sqrt_: (part) => part.sqrt_(),
  neg_: (part) => part.neg_(),
  mul_: (part) => part.mul_(3),
  add_: (part) => part.add_(part),
  clamp_: (part) => part.clamp_(-1, 1),
  normal_: (part) => part.normal_(),
  "out=": (part) => torch.add(part, part, { out: part }),
  "a product's out=": (part) => {
    const rows = part.narrow(0, 0, 299_970).reshape([9999, 30]);
    torch.matmul(rows.clone(), torch.ones(30, 30), { out: rows });
  },
};

for (const threads of [1, 2]) {
  for (const [name, change] of Object.entries(inPlace)) {
    test(`${name} on a part of a result changes nothing beside it, ${threads} threads`, async () => {
      await withThreads(threads);
      const all = torch.full([300_001], 1.5).add(0);
      assert.ok(lies(all));
      const part = all.narrow(0, 3, 299_990);
      const before = part.clone();
      change(part);
      assert.ok(!torch.equal(part, before));
      assert.ok(torch.equal(all.narrow(0, 0, 3), torch.full([3], 1.5)));
      assert.ok(torch.equal(all.narrow(0, 299_993, 8), torch.full([8], 1.5)));
    });
  }
}

test("who looks at the bytes has them to keep: they leave, and their place is used again", () => {
  const result = x.add(1);
  assert.ok(lies(result));
  const view = result.view([-1]);
  const before = memoryCounts();
  const bytes = result.storage.data;
  assert.ok(bytes.buffer instanceof ArrayBuffer);
  assert.ok(!lies(result));
  assert.equal(memoryCounts().liveStorages, before.liveStorages - 1);
  assert.equal(result.storage.data, bytes, "they stay where they are from then on");
  bytes[5] = 77;
  assert.equal(view.at(5).item(), 77, "and are the tensor's");
  const next = x.add(2);
  assert.ok(lies(next));
  assert.equal(bytes[5], 77);
});

test("reading single values and printing leaves a result where it is", () => {
  const result = x.add(1);
  result.select(0, 3).select(0, 4).item();
  String(result);
  result.narrow(1, 0, 3).tolist();
  assert.ok(lies(result));
});
