// Modules that were saved whole, as torch.load gives them: made anew where their classes are here, looked into otherwise.

import assert from "node:assert/strict";
import { test } from "node:test";
import { FormatError, NotImplementedError } from "../../src/core/errors.ts";
import { load, manualSeed, nn, ones, rand, type Tensor } from "../../src/torch/index.ts";
import { referenceFiles } from "../support/reference.ts";

const files = referenceFiles();
const saved = async (name: string): Promise<nn.Module> => (await load(files.get(name)!)) as nn.Module;

class Net extends nn.Module {
  hid1 = new nn.Linear(4, 7);
  oupt = new nn.Linear(7, 3);
}

test("a module of the user's class: its state goes into one that is written here", async () => {
  const module = await saved("pt/module_net.pt");
  assert.ok(module instanceof nn.Module);
  assert.match(String(module), /^Net\(\n {2}\(hid1\): Linear\(in_features=4, out_features=7, bias=True\)/);
  assert.deepEqual([...module.stateDict().keys()], ["hid1.weight", "hid1.bias", "oupt.weight", "oupt.bias"]);
  const net = new Net();
  net.loadStateDict(module.stateDict());
  const [expected, got] = [module, net].map((each) => each.getParameter("hid1.weight").tolist());
  assert.deepEqual(got, expected);
  assert.deepEqual((module.getSubmodule("hid1") as nn.Linear).call(ones(2, 4)).shape, [2, 7]);
  assert.throws(
    () => (module as nn.Module & { forward(input: Tensor): void }).forward(ones(1, 4)),
    (error) => error instanceof NotImplementedError && /__main__\.Net.*loadStateDict/.test(error.message),
  );
});

test("a child of an unknown class leaves the rest of the module what it is", async () => {
  const module = await saved("pt/module_resnet.pt");
  const classes = [...module.namedModules()].filter(([, each]) => "className" in each).map(([name]) => name);
  assert.deepEqual(classes, ["", "layers.0", "layers.1"]);
});

test("weight_norm's hook is set up again", async () => {
  const linear = (await saved("pt/module_weight_norm.pt")) as nn.Linear;
  assert.deepEqual([...linear.stateDict().keys()].sort(), ["bias", "weight_g", "weight_v"]);
  const [lengths, directions] = ["weight_g", "weight_v"].map((name) => linear.getParameter(name));
  const weight = directions!.mul(lengths!.div(directions!.norm(2, 1, true)));
  const output = linear.call(ones(1, 3));
  const expected = ones(1, 3).matmul(weight.t()).add(linear.getParameter("bias"));
  assert.ok(Number(output.sub(expected).abs().max().item()) < 1e-6);
});

test("making a module anew draws nothing", async () => {
  manualSeed(1);
  const before = rand(2).tolist();
  manualSeed(1);
  await saved("pt/module_weight_norm.pt");
  await saved("pt/module_pools.pt");
  assert.deepEqual(rand(2).tolist(), before);
});

const refused: [file: string, says: RegExp][] = [
  ["module_shape_differs", /in_features 50.*does not fit the 6 numbers/],
  ["module_features_huge", /in_features 1000000000000.*does not fit/],
  ["module_features_text", /no count/],
  ["module_cycle", /holds itself/],
];

for (const [file, says] of refused) {
  test(`${file} is refused promptly when the module is made`, { timeout: 2000 }, async () => {
    const bytes = files.get(`hostile/pt/${file}.pt`)!;
    await assert.rejects(load(bytes), (error) => error instanceof FormatError && says.test(error.message));
  });
}
