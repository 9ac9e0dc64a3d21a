// Gradients against finite differences in double precision, and how they flow through writes and graphs.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";
import type { Tensor } from "../../src/torch/tensor.ts";

const step = 1e-6;

/** Compares the gradient of `sum(weights * f(x))` with central differences. */
function checkGradient(name: string, f: (x: Tensor) => Tensor, x: Tensor): void {
  const shape = f(x).shape;
  const weights = torch.rand(shape, { dtype: "float64" });
  const value = (at: Tensor): Tensor => f(at).mul(weights).sum();
  const leaf = x.clone().requiresGrad_();
  value(leaf).backward();
  const flat = x.reshape([x.numel()]);
  for (let i = 0; i < x.numel(); i++) {
    const moved = (by: number): number => {
      const other = flat.clone();
      other.set([i], (flat.at(i).item() as number) + by);
      return value(other.view(x.shape)).item() as number;
    };
    const expected = (moved(step) - moved(-step)) / (2 * step);
    const actual = leaf.grad!.reshape([x.numel()]).at(i).item() as number;
    assert.ok(
      Math.abs(actual - expected) < 1e-6 * Math.max(1, Math.abs(expected)),
      `${name}[${i}]: ${actual}, ${expected}`,
    );
  }
}

const functions: Readonly<Record<string, (x: Tensor) => Tensor>> = {
  "broadcast product": (x) => x.mul(x.at(0)).add(x.sum(1, true)),
  quotient: (x) => x.div(x.add(2)),
  power: (x) => x.pow(3).add(x.add(1).pow(x)),
  tanh: (x) => x.tanh().sigmoid(),
  softmax: (x) => x.softmax(1).add(x.logSoftmax(0)),
  logsumexp: (x) => x.logsumexp(1),
  "mean and deviation": (x) => x.mean(0).add(x.std(0)),
  matmul: (x) => x.matmul(x.t()),
  einsum: (x) => torch.einsum("ij,kj->ik", x, x),
  "cat and stack": (x) => torch.cat([x, torch.stack([x.at(0), x.at(1)])], 0),
  "views and slices": (x) => x.t().reshape([2, 3]).at("...", "1:").unsqueeze(0).flatten(),
  diagonal: (x) => x.diagonal(1).add(x.unfold(1, 2, 1).sum(-1).at(0)),
  "fancy index": (x) => x.at(torch.tensor([0, 1, 0]), torch.tensor([1, 2, 1])),
  gather: (x) =>
    x.gather(
      1,
      torch.tensor([
        [0, 0],
        [2, 1],
      ]),
    ),
  extremes: (x) => x.max(1).values.add(x.amin(1)).add(x.sort(1).values.at("...", 1)),
  cumsum: (x) => x.cumsum(1).mul(x.cumprod(0)),
  where: (x) => torch.where(x.gt(0.5), x.mul(2), x.square()),
  "write to a part": (x) => {
    const y = x.mul(2);
    y.at(0).mul_(x.at(1));
    y.set(["...", 1], x.sum());
    return y.exp();
  },
  "masked write": (x) => x.mul(3).maskedFill_(x.gt(0.5), 1).clamp(0.1, 2),
  norm: (x) => x.norm(2, 1).add(x.norm(3)),
};

for (const [name, f] of Object.entries(functions)) {
  test(`gradient: ${name}`, () => {
    torch.manualSeed(3);
    checkGradient(name, f, torch.rand(2, 3, { dtype: "float64" }).add(0.1));
  });
}

test("gradients of gradients", () => {
  const x = torch.tensor([1.5, -2], { dtype: "float64", requiresGrad: true });
  const [first] = torch.autograd.grad(x.pow(3).sum(), x, { createGraph: true });
  assert.deepEqual(first!.tolist(), [6.75, 12]);
  first!.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [9, -12]);
});

test("gradients sum up, and a graph can be gone through once", () => {
  const x = torch.ones(2, { requiresGrad: true });
  const y = x.mul(x).sum();
  y.backward({ retainGraph: true });
  y.backward();
  assert.deepEqual(x.grad!.tolist(), [4, 4]);
  assert.throws(() => y.backward(), /Trying to backward through the graph a second time/);
});

test("two leaves of one sum keep gradients of their own", () => {
  const a = torch.ones(2, { requiresGrad: true });
  const b = torch.ones(2, { requiresGrad: true });
  a.add(b).sum().backward();
  a.grad!.zero_();
  assert.deepEqual(b.grad!.tolist(), [1, 1]);
});

test("hooks see and change gradients on their way", () => {
  const x = torch.ones(2, { requiresGrad: true });
  const y = x.mul(2);
  y.retainGrad();
  y.registerHook((gradient) => gradient.mul(10));
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [20, 20]);
});
