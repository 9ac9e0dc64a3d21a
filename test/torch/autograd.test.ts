// torch.autograd beyond `backward`: functions of a user's own, hooks, checks of gradients, anomalies, derivatives of
// whole functions. Values and words are PyTorch's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;
type Context = Parameters<typeof torch.autograd.Function.setupContext>[0];

const { autograd } = torch;

function leaf(values: Parameters<typeof torch.tensor>[0], dtype = "float64"): Tensor {
  return torch.tensor(values, { dtype, requiresGrad: true });
}

class Cube extends autograd.Function {
  static override forward(ctx: Context, x: Tensor): Tensor {
    ctx.saveForBackward(x);
    return x.mul(x).mul(x);
  }

  static override backward(ctx: Context, grad: Tensor): Tensor {
    const [x] = ctx.savedTensors;
    return grad.mul(x!.mul(x!)).mul(3);
  }
}

/** exp with its output saved, in the form whose `forward` takes no context; one argument is no tensor. */
class ScaledExp extends autograd.Function {
  static override forward(x: Tensor, _scale: number): Tensor {
    return x.exp();
  }

  static override setupContext(ctx: Context, [, scale]: readonly unknown[], output: unknown): void {
    ctx.saveForBackward(output as Tensor);
    ctx.scale = scale;
  }

  static override backward(ctx: Context, grad: Tensor): (Tensor | null)[] {
    return [grad.mul(ctx.savedTensors[0]!).mul(ctx.scale as number), null];
  }
}

test("a function of one's own: value, gradient, second derivative, name", () => {
  const x = leaf([1, -2, 0.5]);
  const y = Cube.apply(x);
  assert.equal(String(y.gradFn), "<CubeBackward>");
  const [first] = autograd.grad(y.sum(), x, { createGraph: true });
  assert.deepEqual(first!.tolist(), [3, 12, 0.75]);
  const [second] = autograd.grad(first!.sum(), x);
  assert.deepEqual(second!.tolist(), [6, -12, 3]);
  assert.ok(autograd.gradcheck(Cube.apply.bind(Cube) as never, [x]));
  assert.ok(autograd.gradgradcheck(Cube.apply.bind(Cube) as never, [x]));
});

test("a function whose forward takes no context, with an argument that is no tensor", () => {
  const x = leaf([0, 1]);
  const y = ScaledExp.apply(x, 2);
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [2, 2 * Math.E]);
  assert.equal(ScaledExp.apply(x.detach(), 2).requiresGrad, false);
});

test("a function's saved tensors are versioned, and freed after a pass", () => {
  const x = leaf([1, 2]).mul(1) as Tensor;
  const y = Cube.apply(x);
  torch.noGrad(() => x.add_(1));
  assert.throws(() => y.sum().backward(), /modified by an inplace operation/);
  const z = Cube.apply(leaf([3]));
  z.sum().backward();
  assert.throws(() => z.sum().backward(), /Trying to backward through the graph a second time/);
});

test("what a function gives wrongly is refused in PyTorch's words", () => {
  class Wrong extends autograd.Function {
    static override forward(_ctx: Context, x: Tensor, y: Tensor): Tensor {
      return x.add(y);
    }

    static override backward(_ctx: Context, grad: Tensor): Tensor {
      return grad;
    }
  }
  class Misshapen extends autograd.Function {
    static override forward(_ctx: Context, x: Tensor): Tensor {
      return x.mul(2);
    }

    static override backward(): Tensor {
      return torch.ones([7], { dtype: "float64" });
    }
  }
  assert.throws(
    () =>
      Wrong.apply(leaf([1]), leaf([2]))
        .sum()
        .backward(),
    {
      name: "RuntimeError",
      message: "function WrongBackward returned an incorrect number of gradients (expected 2, got 1)",
    },
  );
  assert.throws(
    () =>
      Misshapen.apply(leaf([1, 2]))
        .sum()
        .backward(),
    {
      message:
        "Function MisshapenBackward returned an invalid gradient at index 0 - got [7] but expected shape compatible with [2]",
    },
  );
  assert.throws(() => new autograd.Function(), /Legacy autograd function/);
});

test("outputs without gradients, gradients that do not flow, inputs given back", () => {
  const seen: unknown[] = [];
  class Parts extends autograd.Function {
    static override forward(ctx: Context, x: Tensor): Tensor[] {
      const sign = x.sign();
      ctx.markNonDifferentiable(sign);
      ctx.setMaterializeGrads(false);
      return [x.abs(), sign, x];
    }

    static override backward(_ctx: Context, ...grads: (Tensor | null)[]): Tensor | null {
      seen.push(...grads.map((grad) => grad?.tolist() ?? null));
      return grads[0]!;
    }
  }
  const x = leaf([1, -2]);
  const [magnitude, sign, same] = Parts.apply<Tensor[]>(x);
  assert.equal(sign!.requiresGrad, false);
  assert.notEqual(same, x);
  assert.equal(same!.storage, x.storage);
  magnitude!.sum().backward();
  assert.deepEqual(seen, [[1, 1], null, null]);
});

test("an input written in place is marked dirty", () => {
  class Increment extends autograd.Function {
    static override forward(ctx: Context, x: Tensor): Tensor {
      x.add_(1);
      ctx.markDirty(x);
      return x;
    }

    static override backward(_ctx: Context, grad: Tensor): Tensor {
      return grad.mul(10);
    }
  }
  const x = leaf([1, 2]);
  const y = x.mul(2);
  const z = Increment.apply(y);
  assert.equal(z, y);
  assert.equal(String(y.gradFn), "<IncrementBackward>");
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [20, 20]);
  assert.throws(
    () => Increment.apply(leaf([1])),
    /a leaf Variable that requires grad is being used in an in-place/,
  );
});

test("a gradient that cannot be differentiated again", () => {
  class Once extends autograd.Function {
    static override forward(ctx: Context, x: Tensor): Tensor {
      ctx.saveForBackward(x);
      return x.mul(x);
    }

    static override backward: (ctx: Context, ...grads: (Tensor | null)[]) => unknown =
      autograd.function.onceDifferentiable((ctx, grad) => grad!.mul(ctx.savedTensors[0]!).mul(2));
  }
  const x = leaf([3]);
  const [first] = autograd.grad(Once.apply(x), x, { gradOutputs: leaf([1]), createGraph: true });
  assert.deepEqual(first!.tolist(), [6]);
  assert.throws(() => first!.sum().backward(), /marked with @once_differentiable/);
});

test("gradcheck tells a wrong gradient, with both Jacobians", () => {
  class Wrong extends autograd.Function {
    static override forward(_ctx: Context, x: Tensor): Tensor {
      return x.mul(2);
    }

    static override backward(_ctx: Context, grad: Tensor): Tensor {
      return grad.mul(3);
    }
  }
  const call = Wrong.apply.bind(Wrong) as never;
  assert.throws(() => autograd.gradcheck(call, [leaf([1])]), {
    name: "GradcheckError",
    message:
      "Jacobian mismatch for output 0 with respect to input 0,\n" +
      "numerical:tensor([[2.0000]], dtype=torch.float64)\nanalytical:tensor([[3.]], dtype=torch.float64)\n",
  });
  assert.equal(autograd.gradcheck(call, [leaf([1])], { raiseException: false }), false);
  assert.throws(
    () => autograd.gradcheck(call, [torch.ones(2)]),
    /expects at least one input tensor to require gradient/,
  );
});

test("gradcheck of complex functions, of several inputs and outputs", () => {
  const z = torch.tensor(
    [
      { re: 1, im: 2 },
      { re: -0.5, im: 0.25 },
    ],
    { dtype: "complex128", requiresGrad: true },
  );
  const x = leaf([0.5, 1.5]);
  const f = (a: Tensor, b: Tensor): Tensor[] => [a.mul(a.conj()).real.mul(b), a.exp().mul(b), b.sin()];
  assert.ok(autograd.gradcheck(f as never, [z, x]));
  assert.ok(autograd.gradgradcheck(f as never, [z, x]));
});

test("hooks of nodes and of leaves", () => {
  const x = leaf([1, 2]);
  const y = x.mul(3);
  const seen: string[] = [];
  const handle = y.gradFn!.registerHook(([input], [output]) => {
    seen.push(`${input!.tolist()} of ${output!.tolist()}`);
    return [input!.mul(2), null];
  });
  const before = y.gradFn!.registerPrehook(([output]) => [output!.mul(5)]);
  x.registerPostAccumulateGradHook((tensor) => seen.push(`summed ${tensor.grad!.tolist()}`));
  y.sum().backward({ retainGraph: true });
  assert.deepEqual(x.grad!.tolist(), [30, 30]);
  handle.remove();
  before.remove();
  y.sum().backward();
  assert.deepEqual(x.grad!.tolist(), [33, 33]);
  assert.deepEqual(seen, ["15,15 of 5,5", "summed 30,30", "summed 33,33"]);
  assert.throws(() => y.registerPostAccumulateGradHook(() => undefined), {
    message: "post accumulate grad hooks cannot be registered on non-leaf tensors",
  });
});

test("anomalies are errors that name the operation, with where it was called", () => {
  const x = leaf([0]);
  const { warnings } = collectWarnings(() => {
    assert.throws(() => autograd.detectAnomaly(() => x.sqrt().mul(0).sum().backward()), {
      name: "RuntimeError",
      message: "Function 'SqrtBackward0' returned nan values in its 0th output.",
    });
  });
  assert.match(
    warnings[0]!.message,
    /^Error detected in SqrtBackward0\. Traceback of forward call.*autograd\.test/s,
  );
  assert.equal(torch.isAnomalyEnabled(), false);
  autograd.detectAnomaly(() => x.sqrt().mul(0).sum().backward(), { checkNan: false });
  assert.ok(Number.isNaN(x.grad!.item()));
});

test("grad: unused inputs, zeros for them, positions", () => {
  const [x, y] = [leaf([1, 2]), leaf([3])];
  const z = x.square().sum();
  assert.throws(() => autograd.grad(z, [x, y], null, true), /appears to not have been used in the graph/);
  assert.deepEqual(autograd.grad(z, y, null, true, false, true, true), [null]);
  const [zeros] = autograd.grad(z, y, { retainGraph: true, materializeGrads: true });
  assert.deepEqual(zeros!.tolist(), [0]);
  assert.throws(() => autograd.grad(z, y, { materializeGrads: true, allowUnused: false }), {
    name: "ValueError",
  });
});

test("backward of several tensors at once", () => {
  const x = leaf([1, 2]);
  autograd.backward([x.square(), x.sum()], [torch.tensor([1, 10], { dtype: "float64" }), null]);
  assert.deepEqual(x.grad!.tolist(), [3, 41]);
});

test("Jacobians, Hessians and products with vectors", () => {
  const { functional } = autograd;
  const x = torch.tensor([1, 2, 3], { dtype: "float64" });
  const f = (a: Tensor): Tensor => torch.stack([a.at(0).mul(a.at(1)), a.at(2).square()]);
  assert.deepEqual((functional.jacobian(f, x) as Tensor).tolist(), [
    [2, 1, 0],
    [0, 0, 6],
  ]);
  const v = torch.tensor([1, 10], { dtype: "float64" });
  assert.deepEqual((functional.vjp(f, x, v)[1] as Tensor).tolist(), [2, 1, 60]);
  const u = torch.tensor([1, 0, 2], { dtype: "float64" });
  assert.deepEqual((functional.jvp(f, x, u)[1] as Tensor).tolist(), [2, 12]);
  const cubes = (a: Tensor): Tensor =>
    a
      .pow(3)
      .sum()
      .add(a.at(0).mul(a.at(1)));
  assert.deepEqual((functional.hessian(cubes, x) as Tensor).tolist(), [
    [6, 1, 0],
    [1, 12, 0],
    [0, 0, 18],
  ]);
  assert.deepEqual((functional.hvp(cubes, x, u)[1] as Tensor).tolist(), [6, 1, 36]);
  assert.deepEqual((functional.vhp(cubes, x, u)[1] as Tensor).tolist(), [6, 1, 36]);
  const pair = functional.jacobian((a, b) => a!.mul(b!), [x, x]) as readonly Tensor[];
  assert.deepEqual(
    pair.map((each) => each.diagonal().tolist()),
    [
      [1, 2, 3],
      [1, 2, 3],
    ],
  );
  assert.throws(() => functional.vjp(f, x), {
    message:
      "The vector v can only be None if the user-provided function returns a single Tensor with a single element.",
  });
  assert.throws(() => functional.jacobian(() => x, x, { strict: true }), /does not require gradients/);
});

test("a derivative of what does not depend on an input is zero, of infinities too", () => {
  const x = torch.tensor([Number.POSITIVE_INFINITY, 1], { dtype: "float64" });
  const other = torch.tensor([2, 3], { dtype: "float64" });
  const byInput = autograd.functional.jacobian((_, y) => y!.sum(), [x, other]) as readonly Tensor[];
  assert.deepEqual(
    byInput.map((each) => each.tolist()),
    [
      [0, 0],
      [1, 1],
    ],
  );
});

test("gradcheck does not take NaN for agreement", () => {
  assert.throws(() => autograd.gradcheck((x: Tensor) => x.sqrt(), [leaf([-1])]), { name: "GradcheckError" });
});

test("a write in place to a view, of which the result is saved, flows back as out of place", () => {
  for (const name of ["relu", "tanh", "sigmoid"] as const) {
    const gradients = ([name, `${name}_`] as const).map((method) => {
      const x = leaf([-1, 2, 3, -4]);
      x.mul(2).view(2, 2)[method]().sum().backward();
      return x.grad!.tolist();
    });
    assert.deepEqual(gradients[1], gradients[0], name);
  }
  const norm = new torch.nn.BatchNorm2d(2);
  const gradients = [false, true].map((inplace) => {
    const x = torch.arange(16).to(torch.float32).sin().view(2, 2, 2, 2).detach().requiresGrad_();
    const y = new torch.nn.ReLU({ inplace }).call(norm.call(x));
    y.mul(y).mul(y).sum().backward();
    return x.grad!.tolist();
  });
  assert.deepEqual(gradients[1], gradients[0]);
});
