// Complex numbers in compiled programs: their views, their parts as views, what is written through either, and gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import { compile } from "../../src/compile/index.ts";
import * as torch from "../../src/torch/index.ts";
import { nn } from "../../src/torch/index.ts";
import { assertClose, compiled } from "./support.ts";

type Tensor = torch.Tensor;

const numbers = (...shape: number[]): Tensor => {
  torch.manualSeed(7);
  return torch.complex(torch.randn(shape), torch.randn(shape));
};

/** Functions of a matrix of complex numbers. */
const programs: Readonly<Record<string, (z: Tensor) => Tensor>> = {
  transposed: (z) => z.T.mul(z.at("1::2").sum()).exp(),
  expanded: (z) => z.at(1).unsqueeze(0).expand([3, 6]).cumsum(1),
  diagonal: (z) => z.diagonal({ offset: 1 }).abs(),
  joined: (z) => torch.cat([z, z.flip([0])], 1).matmul(torch.cat([z, z], 1).T),
  parts: (z) => z.real.mul(z.imag.T.sum(0, true).T),
  pairs: (z) => torch.viewAsReal(z.at("...", "2:5")).sum(1),
  back: (z) => torch.viewAsComplex(torch.viewAsReal(z).mul(2)).sqrt(),
  written: (z) => {
    const y = z.clone();
    y.at("::2", "1:4").mul_(y.at("1::2", ":3"));
    y.diagonal().copy_(z.at(0, ":4"));
    return y.add(1);
  },
  partsWritten: (z) => {
    const y = z.mul(2);
    y.real.at("1:3").fill_(5);
    y.imag.at("...", 0).add_(y.real.at("...", 1));
    return y.div(z);
  },
  transformed: (z) => torch.fft.ifft(torch.fft.fft(z, { dim: 0 }).mul(z.conj())),
};

for (const [name, program] of Object.entries(programs)) {
  test(name, () => {
    const z = numbers(4, 6);
    const [got, want] = [compiled(() => program(z), [z]), program(z)];
    assert.equal(got.dtype, want.dtype);
    const apart = (x: Tensor): Tensor => (x.isComplex() ? torch.viewAsReal(x.contiguous()) : x);
    assertClose(apart(got), apart(want), name);
  });
}

test("gradients of complex leaves", () => {
  const gradient = (z: Tensor): Tensor => {
    const leaf = z.detach().requiresGrad_();
    leaf.matmul(leaf.T.conj()).abs().sum().backward();
    return torch.viewAsReal(leaf.grad!);
  };
  const z = numbers(3, 5);
  assertClose(
    compiled(() => gradient(z), [z]),
    gradient(z),
    "gradient",
  );
});

/** A module with complex weights. */
class Turn extends nn.Module {
  readonly weight = new nn.Parameter(numbers(6, 3));

  override forward(x: Tensor): Tensor {
    return x.matmul(this.weight).real;
  }
}

test("a module takes complex arguments from anywhere in memory", () => {
  const model = new Turn();
  const run = compile(model);
  const all = numbers(5, 6);
  for (const z of [all, all.at("2:"), all.at("::2"), numbers(6, 5).T])
    assertClose(run(z) as Tensor, model.forward(z), "a module");
  run.release();
});
