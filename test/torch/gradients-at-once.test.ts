// Gradients of small work in one go: the same, bit for bit where they are added up in one order, as the operations that
// gradients are made of, and with all that may be done to a graph of gradients.

import assert from "node:assert/strict";
import { test } from "node:test";
import type { Device } from "../../src/core/run.ts";
import { getDevice, setDevice, usualDevice } from "../../src/devices/index.ts";
import { reference } from "../../src/devices/reference/index.ts";
import * as torch from "../../src/torch/index.ts";
import type { Tensor } from "../../src/torch/tensor.ts";

const { functional: F } = torch.nn;

/** A loss, and what its gradient is asked for. */
type Work = () => { readonly loss: Tensor; readonly leaves: readonly Tensor[] };

/** The gradients of some work on a device. */
function gradientsOf(work: Work, device: Device): (Tensor | null)[] {
  const before = setDevice(device);
  try {
    torch.manualSeed(7);
    const { loss, leaves } = work();
    return [...torch.autograd.grad(loss, leaves)];
  } finally {
    setDevice(before);
  }
}

/** The reference device, which notes down what it computes in one go. */
function noting(into: string[]): Device {
  const gradients = Object.entries(usualDevice().gradients!).map(([name, kernel]) => {
    const noted: typeof kernel = (context, make) => {
      const results = kernel!(context, make);
      if (results !== undefined) into.push(name);
      return results;
    };
    return [name, noted] as const;
  });
  return { ...reference, gradients: Object.fromEntries(gradients) };
}

const plain: Device = reference;

const leaf = (...shape: number[]): Tensor => torch.randn(shape).requiresGrad_();

function compare(work: Work, expected: readonly string[]): void {
  const names: string[] = [];
  const found = gradientsOf(work, noting(names));
  assert.deepEqual(names.toSorted(), expected.toSorted());
  gradientsOf(work, plain).forEach((wanted, i) => {
    assert.deepEqual(found[i]!.shape, wanted!.shape);
    assert.equal(found[i]!.dtype, wanted!.dtype);
    assert.deepEqual(found[i]!.tolist(), wanted!.tolist());
  });
}

const linearForms: Readonly<Record<string, Work>> = {
  "a batch": () => {
    const leaves = [leaf(5, 4), leaf(3, 4), leaf(3)];
    return { loss: F.linear(leaves[0]!, leaves[1]!, leaves[2]!).pow(2).sum(), leaves };
  },
  "no bias": () => {
    const leaves = [leaf(5, 4), leaf(3, 4)];
    return { loss: F.linear(leaves[0]!, leaves[1]!).pow(2).sum(), leaves };
  },
  "the weight alone": () => {
    const leaves = [leaf(3, 4)];
    return {
      loss: F.linear(torch.randn([1, 4]), leaves[0]!, torch.randn([3]))
        .pow(2)
        .sum(),
      leaves,
    };
  },
  "transposed operands, and a gradient that is stretched": () => {
    const leaves = [leaf(4, 5), leaf(4, 3), leaf(6)];
    const [x, weight, bias] = leaves as [Tensor, Tensor, Tensor];
    return { loss: F.linear(x.T, weight.T, bias.at("::2")).sum(), leaves };
  },
  float64: () => {
    const leaves = [leaf(5, 4), leaf(3, 4), leaf(3)];
    const [x, weight, bias] = leaves.map((each) => each.double()) as [Tensor, Tensor, Tensor];
    return { loss: F.linear(x, weight, bias).pow(3).sum(), leaves };
  },
};

for (const [name, work] of Object.entries(linearForms))
  test(`linear in one go: ${name}`, () => compare(work, ["linear"]));

test("linear as operations: what is large, empty, a half type, or read as a negative", () => {
  const sizes: readonly (readonly [number, number, number])[] = [
    [20, 20, 20],
    [0, 4, 3],
  ];
  for (const [m, k, n] of sizes) {
    compare(() => {
      const leaves = [leaf(m, k), leaf(n, k), leaf(n)];
      return { loss: F.linear(leaves[0]!, leaves[1]!, leaves[2]!).pow(2).sum(), leaves };
    }, []);
  }
  compare(() => {
    const leaves = [leaf(5, 4), leaf(3, 4), leaf(3)];
    const [x, weight, bias] = leaves.map((each) => each.to(torch.bfloat16)) as [Tensor, Tensor, Tensor];
    return { loss: F.linear(x, weight, bias).pow(2).sum(), leaves };
  }, []);
  compare(() => {
    const leaves = [torch.randn([5, 4]).to(torch.complex64).requiresGrad_(), leaf(3, 4)];
    // The imaginary part of a conjugate is kept as a negative.
    return { loss: F.linear(leaves[0]!.conj().imag, leaves[1]!).pow(2).sum(), leaves };
  }, []);
});

test("activations and losses in one go", () => {
  const activations = {
    tanh: torch.tanh,
    relu: torch.relu,
    sigmoid: torch.sigmoid,
    softmax: (x: Tensor) => torch.softmax(x, 0),
    logSoftmax: (x: Tensor) => torch.logSoftmax(x, 1),
  };
  for (const [name, activation] of Object.entries(activations)) {
    compare(() => {
      const leaves = [leaf(6, 5)];
      return {
        loss: activation(leaves[0]!)
          .mul(torch.randn([6, 5]))
          .sum(),
        leaves,
      };
    }, [name]);
    compare(() => {
      const leaves = [leaf(5, 6)];
      // What flows back is laid out otherwise than the result.
      return {
        loss: activation(leaves[0]!)
          .T.mul(torch.randn([6, 5]))
          .sum(),
        leaves,
      };
    }, []);
  }
  const target = torch.tensor([1, 0, -100, 2]);
  for (const reduction of ["mean", "sum", "none"] as const) {
    for (const weight of [null, torch.tensor([0.5, 2, 1])]) {
      compare(() => {
        const leaves = [leaf(4, 3)];
        return { loss: F.nllLoss(leaves[0]!, target, { weight, reduction }).sum(), leaves };
      }, ["nllLoss"]);
    }
  }
});

test("recorded passes are of operations, and hooks, versions and second passes are as ever", () => {
  const before = getDevice();
  const names: string[] = [];
  setDevice(noting(names));
  try {
    const [x, weight, bias] = [leaf(2, 4), leaf(3, 4), leaf(3)];
    const y = torch.tanh(F.linear(x, weight, bias));
    const [first] = torch.autograd.grad(y.sum(), [weight], null, { createGraph: true });
    assert.deepEqual(names, []);
    assert.equal(first!.requiresGrad, true);
    const [second] = torch.autograd.grad(first!.pow(2).sum(), [x], null, { retainGraph: true });
    assert.equal(second!.shape.length, 2);
    names.length = 0;

    const seen: unknown[] = [];
    const hidden = F.linear(x, weight, bias);
    hidden.registerHook((grad) => {
      seen.push(grad.tolist());
      return grad.mul(2);
    });
    hidden.gradFn!.registerHook((inputs) => {
      seen.push(inputs.map((grad) => grad?.shape));
    });
    hidden.sum().backward({ retainGraph: true });
    hidden.sum().backward();
    assert.deepEqual(names, ["linear", "linear"]);
    const ones = [
      [1, 1, 1],
      [1, 1, 1],
    ];
    const shapes = [[2, 4], [3, 4], [3]];
    assert.deepEqual(seen, [ones, shapes, ones, shapes]);
    assert.deepEqual(bias!.grad!.tolist(), [8, 8, 8]);

    const written = torch.tanh(F.linear(x, weight, bias));
    written.add_(1);
    assert.throws(() => written.sum().backward(), /modified by an inplace operation/);
    const stale = F.linear(x, weight, bias).sum();
    torch.noGrad(() => weight!.mul_(2));
    assert.throws(() => stale.backward(), /modified by an inplace operation/);
    assert.throws(() => hidden.sum().backward(), /backward through the graph a second time/);
  } finally {
    setDevice(before);
  }
});
