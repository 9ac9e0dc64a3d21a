// Hooks of modules, state dicts that hooks change, and members at dotted paths. The numbers are PyTorch 2.13's.

import assert from "node:assert/strict";
import { test } from "node:test";
import { collectWarnings } from "../../src/core/warnings.ts";
import * as torch from "../../src/torch/index.ts";

const { nn } = torch;
const globalHooks = nn.modules.module;

function near(tensor: torch.Tensor | null, expected: readonly number[]): void {
  const got = tensor!.detach().flatten().tolist() as number[];
  got.forEach((value, i) => {
    assert.ok(Math.abs(value - expected[i]!) < 2e-4, `${got} is not ${expected}`);
  });
}

test("backward hooks see and change the gradients of inputs and outputs", () => {
  torch.manualSeed(0);
  const model = new nn.Sequential(new nn.Linear(3, 4), new nn.Tanh(), new nn.Linear(4, 2));
  const seen: torch.Tensor[] = [];
  model.at(0).registerFullBackwardHook((_, gradInput, gradOutput) => {
    seen.push(gradInput[0]!, gradOutput[0]!);
    return [gradInput[0]!.mul(2)];
  });
  model.at(1).registerFullBackwardPreHook((_, gradOutput) => [gradOutput[0]!.mul(10)]);
  model.at(2).registerForwardHook((_, _inputs, output) => (output as torch.Tensor).mul(3));
  model.registerForwardPreHook((_, inputs) => (inputs[0] as torch.Tensor).add(1));
  const x = torch.randn(2, 3).requiresGrad_(true);
  const y = model.call(x);
  y.sum().backward();
  near(y, [-0.7874, -0.6148, -1.4759, -1.598]);
  near(seen[0]!, [-6.3798, -7.7842, -1.45, -3.6283, -7.768, 0.291]);
  near(seen[1]!, [8.8552, 16.9613, -12.9679, 4.6925, 3.0743, 10.3939, -12.3535, 4.3201]);
  near(x.grad, [-12.7596, -15.5685, -2.9, -7.2566, -15.5361, 0.5821]);
});

test("a backward hook of a module whose inputs need no gradient is told of the outputs' alone", () => {
  const layer = new nn.Linear(3, 2);
  const seen: unknown[] = [];
  layer.registerFullBackwardHook((_, gradInput, gradOutput) => {
    seen.push(gradInput, gradOutput[0]!.tolist());
  });
  const { warnings } = collectWarnings(() => layer.call(torch.ones(1, 3)).sum().backward());
  assert.deepEqual(seen, [[null], [[1, 1]]]);
  assert.match(warnings[0]!.message, /^Full backward hook is firing/);
  assert.equal(layer.call(torch.ones(1, 3)).gradFn?.name, "BackwardHookFunctionBackward");
});

test("a handle takes its hook away, and a hook may go before the others", () => {
  const layer = new nn.Identity();
  const order: string[] = [];
  const first = layer.registerForwardHook(() => void order.push("first"));
  layer.registerForwardHook(() => void order.push("before"), { prepend: true });
  layer.call(torch.ones(1));
  first.remove();
  layer.call(torch.ones(1));
  assert.deepEqual(order, ["before", "first", "before"]);
});

test("hooks with options see what was given by name", () => {
  class Scaled extends nn.Module {
    override forward(x: torch.Tensor, { by = 1 }: { readonly by?: number } = {}): torch.Tensor {
      return x.mul(by);
    }
  }
  const module = new Scaled();
  const seen: unknown[] = [];
  module.registerForwardPreHook((_, args, kwargs) => [args, { by: (kwargs.by as number) + 1 }], {
    withKwargs: true,
  });
  module.registerForwardHook(
    (_, args, kwargs, output) => void seen.push(args.length, kwargs, String(output)),
    {
      withKwargs: true,
    },
  );
  assert.equal(module.call(torch.ones(1), { by: 2 }).item(), 3);
  assert.deepEqual(seen, [1, { by: 3 }, "tensor([3.])"]);
});

test("a hook that is always called is called after an error too", () => {
  const layer = new nn.Linear(3, 2);
  const seen: unknown[] = [];
  layer.registerForwardHook((_, _inputs, output) => void seen.push(output), { alwaysCall: true });
  assert.throws(() => layer.call(torch.ones(1, 4)), { name: "RuntimeError" });
  assert.deepEqual(seen, [null]);
});

test("global hooks see every module", () => {
  const seen: string[] = [];
  const handles = [
    globalHooks.registerModuleForwardPreHook((module) => void seen.push(`before ${module.constructor.name}`)),
    globalHooks.registerModuleForwardHook((module) => void seen.push(`after ${module.constructor.name}`)),
    globalHooks.registerModuleFullBackwardHook((module) => void seen.push(`back ${module.constructor.name}`)),
    globalHooks.registerModuleParameterRegistrationHook((_, name) => void seen.push(name)),
  ];
  try {
    const model = new nn.Sequential(new nn.Linear(1, 1));
    model.call(torch.ones(1, 1).requiresGrad_(true)).sum().backward();
  } finally {
    for (const handle of handles) handle.remove();
  }
  new nn.Linear(1, 1).call(torch.ones(1, 1));
  assert.deepEqual(seen, [
    "weight",
    "bias",
    "before Sequential",
    "before Linear",
    "after Linear",
    "after Sequential",
    "back Linear",
    "back Sequential",
  ]);
});

test("hooks of state dicts, and extra state", () => {
  class Counting extends nn.Linear {
    count = 5;
    override getExtraState(): unknown {
      return { count: this.count };
    }
    override setExtraState(state: unknown): void {
      this.count = (state as { count: number }).count;
    }
  }
  const model = new nn.Sequential(new Counting(1, 1));
  model.at(0).registerStateDictPostHook((_, state, prefix) => void state.set(`${prefix}more`, torch.ones(1)));
  const state = model.stateDict();
  assert.deepEqual([...state.keys()], ["0.weight", "0.bias", "0._extra_state", "0.more"]);
  const other = new nn.Sequential(new Counting(1, 1));
  (other.at(0) as Counting).count = 0;
  other.at(0).registerLoadStateDictPreHook((_, given, prefix) => void given.delete(`${prefix}more`));
  assert.equal(String(other.loadStateDict(state)), "<All keys matched successfully>");
  assert.equal((other.at(0) as Counting).count, 5);
  other.registerLoadStateDictPostHook((_, keys) => void keys.missingKeys.splice(0));
  assert.deepEqual(other.loadStateDict({}).missingKeys, []);
});

test("members at dotted paths", () => {
  const model = new nn.Sequential(new nn.Linear(1, 1), new nn.BatchNorm1d(1));
  assert.equal(model.getBuffer("1.running_mean").item(), 0);
  assert.throws(() => model.getBuffer("0.weight"), {
    name: "AttributeError",
    message: "`weight` is not a buffer",
  });
  assert.throws(() => model.getParameter("0.nothing"), {
    name: "AttributeError",
    message: "Linear has no attribute `nothing`",
  });
  model.setSubmodule("0", new nn.Identity());
  assert.ok(model.getSubmodule("0") instanceof nn.Identity);
  assert.throws(() => model.setSubmodule("0.deep.er", new nn.Identity()), { name: "AttributeError" });
  assert.throws(() => model.setSubmodule("7", new nn.Identity(), true), { name: "AttributeError" });
});

test("a field that is assigned a Buffer is one", () => {
  class Shifted extends nn.Module {
    shift = new nn.Buffer(torch.ones(2));
    scratch = new nn.Buffer(torch.zeros(2), { persistent: false });
  }
  const module = new Shifted();
  assert.deepEqual(
    [...module.namedBuffers()].map(([name]) => name),
    ["shift", "scratch"],
  );
  assert.deepEqual([...module.stateDict().keys()], ["shift"]);
});
