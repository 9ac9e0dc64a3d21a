// Optimizers beyond the recorded steps: groups, hooks, state dicts, printed forms, what is shared.

import assert from "node:assert/strict";
import { test } from "node:test";
import { float } from "../../src/core/python.ts";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { nn, optim } = torch;

const parameter = (...values: number[]): InstanceType<typeof nn.Parameter> =>
  new nn.Parameter(torch.tensor(values, { dtype: torch.float32 }));

test("settings come by position and by name, and groups may have their own", () => {
  const [a, b] = [parameter(1), parameter(2)];
  const optimizer = new optim.SGD([{ params: [a], lr: 0.5 }, { params: b }], 0.1, 0.9, { nesterov: true });
  assert.deepEqual(
    optimizer.paramGroups.map(({ lr, momentum, nesterov }) => [lr, momentum, nesterov]),
    [
      [0.5, 0.9, true],
      [0.1, 0.9, true],
    ],
  );
  assert.throws(() => new optim.SGD([a], { speed: 1 } as object), {
    name: "TypeError",
    message: "SGD.__init__() got an unexpected keyword argument 'speed'",
  });
  assert.throws(() => optimizer.addParamGroup({ params: [a] }), {
    message: "some parameters appear in more than one parameter group",
  });
  assert.throws(() => new optim.SGD([]), { message: "optimizer got an empty parameter list" });
  assert.throws(() => new optim.SGD([a.mul(2)]), { message: "can't optimize a non-leaf Tensor" });
});

test("a learning rate of one element is taken by its value", () => {
  const optimizer = new optim.Adam([parameter(1)], { lr: torch.tensor(0.25) });
  assert.equal(optimizer.paramGroups[0]!.lr, 0.25);
});

test("named parameters keep their names", () => {
  const layer = new nn.Linear(2, 1);
  const optimizer = new optim.SGD(layer.namedParameters(), { lr: 1 });
  assert.deepEqual(optimizer.stateDict().param_groups[0]!.get("param_names"), ["weight", "bias"]);
  assert.throws(() => optimizer.addParamGroup({ params: [parameter(1)] }), {
    message:
      "all optimizer param groups should be with/without names. cannot add param group without names to the optimizer",
  });
});

test("the printed form tells floats from integers where they were given so", () => {
  const lines = (optimizer: object): string[] => String(optimizer).split("\n");
  const plain = lines(new optim.Adadelta([parameter(1)]));
  assert.ok(plain.includes("    lr: 1.0"));
  assert.ok(lines(new optim.SGD([parameter(1)], { lr: 1 })).includes("    lr: 1"));
  assert.ok(lines(new optim.SGD([parameter(1)], { lr: float(1) })).includes("    lr: 1.0"));
  const search = lines(new optim.LBFGS([parameter(1)], { lineSearchFn: "strong_wolfe" }));
  assert.ok(search.includes("    line_search_fn: strong_wolfe"));
  assert.ok(search.includes("    max_eval: 25"));
});

test("hooks run around steps and state dicts, and can be taken away", () => {
  const p = parameter(1);
  const optimizer = new optim.SGD([p], { lr: 0.1 });
  const calls: string[] = [];
  const before = optimizer.registerStepPreHook((own, args) => {
    assert.equal(own, optimizer);
    calls.push(`before ${args.length}`);
  });
  optimizer.registerStepPostHook(() => {
    calls.push("after");
  });
  optimizer.registerStateDictPreHook(() => {
    calls.push("second");
  });
  optimizer.registerStateDictPreHook(() => {
    calls.push("first");
  }, true);
  optimizer.registerStateDictPostHook((_, { state }) => ({ state, param_groups: [] }));
  optimizer.step();
  optimizer.step(() => {
    calls.push("closure");
    return 3;
  });
  before.remove();
  optimizer.step();
  assert.deepEqual(optimizer.stateDict().param_groups, []);
  const expected = ["before 0", "after", "before 1", "closure", "after", "after", "first", "second"];
  assert.deepEqual(calls, expected);
});

test("hooks of loading may change the dict, and see the loaded optimizer", () => {
  const p = parameter(1);
  const source = new optim.SGD([p], { lr: 0.5 });
  const target = new optim.SGD([p], { lr: 0.1 });
  const rates: number[] = [];
  target.registerLoadStateDictPreHook((_, given) => {
    const groups = given.param_groups.map((group) => new Map(group).set("lr", 0.25));
    return { state: given.state, param_groups: groups };
  });
  target.registerLoadStateDictPostHook((own) => {
    rates.push(own.paramGroups[0]!.lr);
  });
  target.loadStateDict(source.stateDict());
  assert.deepEqual(rates, [0.25]);
  assert.equal(source.stateDict().param_groups[0]!.get("lr"), 0.5);
});

const everyKind: readonly (readonly [string, (p: torch.Tensor) => torch.optim.Optimizer<object>])[] = [
  ["ASGD", (p) => new optim.ASGD([p], { t0: 0 })],
  ["Adadelta", (p) => new optim.Adadelta([p])],
  ["Adafactor", (p) => new optim.Adafactor([p])],
  ["Adagrad", (p) => new optim.Adagrad([p])],
  ["Adam", (p) => new optim.Adam([p], { amsgrad: true })],
  ["AdamW", (p) => new optim.AdamW([p])],
  ["Adamax", (p) => new optim.Adamax([p])],
  ["LBFGS", (p) => new optim.LBFGS([p], { maxIter: 3, lineSearchFn: "strong_wolfe" })],
  ["Muon", (p) => new optim.Muon([p])],
  ["NAdam", (p) => new optim.NAdam([p])],
  ["RAdam", (p) => new optim.RAdam([p])],
  ["RMSprop", (p) => new optim.RMSprop([p], { centered: true, momentum: 0.5 })],
  ["Rprop", (p) => new optim.Rprop([p])],
  ["SGD", (p) => new optim.SGD([p], { momentum: 0.9 })],
];

for (const [name, make] of everyKind) {
  test(`${name} goes on from its state dict, in the parameter's own memory`, () => {
    torch.manualSeed(3);
    const first = new nn.Parameter(torch.randn(3, 4));
    const { storage } = first;
    const stepped = (p: torch.Tensor, optimizer: torch.optim.Optimizer<object>, count: number): void => {
      for (let i = 0; i < count; i++) {
        optimizer.step(() => {
          optimizer.zeroGrad();
          const loss = p.sub(1).pow(4).sum();
          loss.backward();
          return loss;
        });
      }
    };
    const optimizer = make(first);
    stepped(first, optimizer, 2);
    const second = new nn.Parameter(first.detach().clone());
    const other = make(second);
    other.loadStateDict(torch.deepcopy(optimizer.stateDict()));
    stepped(first, optimizer, 2);
    stepped(second, other, 2);
    assert.equal(first.storage, storage);
    assert.deepEqual(second.tolist(), first.tolist());
    assert.equal(optimizer.constructor.name, name);
  });
}

test("loading shares the tensors of the dict, and converts those of another type", () => {
  const p = parameter(1, 2);
  p.grad = torch.ones(2);
  const optimizer = new optim.Adam([p]);
  optimizer.step();
  const same = new optim.Adam([p]);
  same.loadStateDict(optimizer.stateDict());
  assert.equal(same.state.get(p)!.get("exp_avg"), optimizer.state.get(p)!.get("exp_avg"));
  const wide = new nn.Parameter(torch.tensor([1, 2], { dtype: torch.float64 }));
  const other = new optim.Adam([wide]);
  other.loadStateDict(optimizer.stateDict());
  const kept = other.state.get(wide)! as Map<string, torch.Tensor>;
  assert.equal(kept.get("exp_avg")!.dtype, torch.float64);
  assert.equal(kept.get("step")!.dtype, torch.float32);
  assert.throws(() => new optim.Adam([p, wide]).loadStateDict(optimizer.stateDict()), {
    message: "loaded state dict contains a parameter group that doesn't match the size of optimizer's group",
  });
});

test("complex parameters move as pairs of real numbers", () => {
  for (const Class of [optim.Adam, optim.RMSprop, optim.Adagrad, optim.NAdam] as const) {
    const real = new nn.Parameter(torch.tensor([1, -2, 3, 0.5]));
    const complex = new nn.Parameter(torch.complex(torch.tensor([1, 3]).float(), torch.tensor([-2, 0.5])));
    const [a, b] = [new Class([real], { lr: 0.1 }), new Class([complex], { lr: 0.1 })];
    for (let i = 0; i < 3; i++) {
      real.grad = torch.tensor([1, 2, -3, i]).float();
      complex.grad = torch.complex(torch.tensor([1, -3]).float(), torch.tensor([2, i]).float());
      a.step();
      b.step();
    }
    const pairs = (complex.tolist() as { re: number; im: number }[]).flatMap(({ re, im }) => [re, im]);
    assert.deepEqual(pairs, real.tolist());
  }
});

test("what needs a GPU, or does not go together, is refused in PyTorch's words", () => {
  const p = parameter(1);
  assert.throws(() => new optim.Adam([p], { fused: true, foreach: true }), {
    message: "`fused` and `foreach` cannot be `True` together.",
  });
  const optimizer = new optim.Adam([p], { capturable: true });
  p.grad = torch.ones(1);
  assert.throws(() => optimizer.step(), { name: "AssertionError", message: /^If capturable=True, params/ });
  assert.throws(() => new optim.Muon([p]), {
    message: "Muon only supports 2D parameters whereas we found a parameter with size: torch.Size([1])",
  });
  assert.throws(() => new optim.LBFGS([{ params: [p] }, { params: [parameter(2)] }]), {
    message: "LBFGS doesn't support per-parameter options (parameter groups)",
  });
});

test("gradients are cleared in place where that is asked", () => {
  const p = parameter(1);
  p.grad = torch.ones(1);
  const { grad } = p;
  const optimizer = new optim.SGD([p]);
  optimizer.zeroGrad({ setToNone: false });
  assert.equal(p.grad, grad);
  assert.equal(grad!.item(), 0);
  optimizer.zeroGrad();
  assert.equal(p.grad, null);
  const { warnings } = collectWarnings(() => new optim.SGD([p, p]));
  assert.match(warnings[0]!.message, /^optimizer contains a parameter group with duplicate parameters/);
});

test("gradients flow through the steps of a differentiable optimizer", () => {
  const recorded = {
    SGD: [1.61, -4.195, 6.78, -0.322, 0.839, -1.356],
    RMSprop: [-1.7906454, -7.7906448, 9.7906456, 1e-6, 1.75e-5, -1.4e-6],
    RAdam: [1.9974737, -4.0012632, 6.0050526, -0.0050462, 0.0101085, -0.0151707],
  };
  const settings = { differentiable: true };
  const makers = {
    SGD: (p: torch.Tensor) => new optim.SGD([p], { ...settings, lr: 0.1, momentum: 0.9 }),
    RMSprop: (p: torch.Tensor) => new optim.RMSprop([p], { ...settings, lr: 0.1 }),
    RAdam: (p: torch.Tensor) => new optim.RAdam([p], settings),
  };
  for (const name of ["SGD", "RMSprop", "RAdam"] as const) {
    const options = { dtype: torch.float64, requiresGrad: true };
    const start = torch.tensor([1, -2, 3], options);
    const grad = torch.tensor([0.5, 0.25, -1], options);
    const moved = start.clone();
    const optimizer = makers[name](moved);
    for (const factor of [1, 2]) {
      moved.grad = grad.mul(factor);
      optimizer.step();
    }
    moved.pow(2).sum().backward();
    const got = [start, grad].flatMap((each) => each.grad!.tolist() as number[]);
    got.forEach((value, i) => {
      assert.ok(Math.abs(value - recorded[name][i]!) < 1e-6, `${name}, ${i}: ${value}`);
    });
  }
});
