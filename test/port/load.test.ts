// Loading parameters: what is checked before anything is written, and what the errors say.

import assert from "node:assert/strict";
import { test } from "node:test";
import { read } from "../../src/files/index.ts";
import * as np from "../../src/numpy/index.ts";
import { loadParameters, PortError } from "../../src/port/index.ts";
import { weightsOf } from "../../src/port/weights.ts";
import { nn } from "../../src/torch/index.ts";
import { referenceFiles } from "../support/reference.ts";

const net = (): InstanceType<typeof nn.Sequential> =>
  new nn.Sequential(new nn.Linear(4, 7), new nn.Tanh(), new nn.Linear(7, 3));
const zeros = (...shape: number[]): np.NDArray => np.zeros(shape, { dtype: np.float32 });
const bytesOf = (model: InstanceType<typeof nn.Module>): string =>
  [...model.stateDict().values()].map((tensor) => tensor.tolist()).join();

function refusal(source: Parameters<typeof loadParameters>[1], options = {}): PortError {
  const model = net();
  const before = bytesOf(model);
  try {
    loadParameters(model, source, options);
  } catch (error) {
    assert.ok(error instanceof PortError, String(error));
    assert.equal(bytesOf(model), before, "the model was written to");
    return error;
  }
  return assert.fail("expected a refusal");
}

test("every mismatch is listed, with what would fit", () => {
  const { problems } = refusal({
    "0.weight": zeros(5, 7),
    "0.bias": zeros(1),
    "2.weight": zeros(3, 7),
    "2.bias": zeros(3),
  });
  assert.deepEqual(problems, [
    '0.weight: expected [7, 4], got [5, 7] from "0.weight"',
    '0.bias: expected [7], got [1] from "0.bias"',
  ]);
});

test("a bias of one element is not stretched", () => {
  const { problems } = refusal([zeros(7, 4), zeros(1), zeros(3, 7), zeros(3)]);
  assert.deepEqual(problems, ['0.bias: expected [7], got [1] from "1"']);
});

test("a transposed weight is turned, and said to be a mistake in PyTorch's own names", () => {
  const model = net();
  const weight = np.arange(28, { dtype: np.float32 }).reshape([4, 7]);
  const { findings } = loadParameters(model, {
    "0.weight": weight,
    "0.bias": zeros(7),
    "2.weight": zeros(3, 7),
    "2.bias": zeros(3),
  });
  assert.deepEqual(model.stateDict().get("0.weight")!.tolist(), weight.T.tolist());
  const turned = findings.find(({ kind }) => kind === "transposed")!;
  assert.deepEqual(
    [turned.parameters, turned.severity, turned.evidence, turned.isRepaired, turned.repair],
    [["0.weight"], "mistake", "shapes", true, "0.weight.transpose(1, 0)"],
  );
});

test("a name that fits nothing but one entry's shape is taken for it; what fits no entry is missing and spare", () => {
  const arrays = { "0.weight": zeros(7, 4), "0.bias": zeros(7), "2.bias": zeros(3) };
  const { findings } = loadParameters(net(), { ...arrays, hidden: zeros(3, 7) });
  assert.deepEqual(
    findings.filter(({ kind }) => kind === "renamed").map(({ parameters }) => parameters),
    [["2.weight"]],
  );
  assert.deepEqual(refusal({ ...arrays, hidden: zeros(5, 7) }).problems, ["2.weight [3, 7] is missing"]);
  assert.deepEqual(refusal({ ...arrays, "2.weight": zeros(3, 7), head: zeros(5) }).problems, [
    'no parameter takes "head"',
  ]);
});

test("another number of arrays", () => {
  const { problems } = refusal([zeros(7, 4), zeros(7)]);
  assert.deepEqual(problems, [
    "expected 4 arrays, got 2: [7, 4], [7]; the parameters are [7, 4], [7], [3, 7], [3]",
  ]);
});

test("a flat array of another length", () => {
  const { problems } = refusal(zeros(60));
  assert.deepEqual(problems, [
    'expected one array of 59 numbers, got 60 of shape [60] from "array"',
    'numbers left over: the first numbers, in the order of the state dict (ask for it: allow "numbers left over")',
  ]);
  const numbers = np.arange(60, { dtype: np.float32 });
  const model = net();
  loadParameters(model, numbers, { allow: ["numbers left over"] });
  assert.deepEqual(model.stateDict().get("2.bias")!.tolist(), [56, 57, 58]);
});

test("a complex array is refused, a float64 one is rounded with a note", () => {
  const arrays = (dtype: "complex64" | "float64"): np.NDArray[] => [
    zeros(7, 4).astype(dtype),
    zeros(7),
    zeros(3, 7),
    zeros(3),
  ];
  assert.deepEqual(refusal(arrays("complex64")).problems, [
    '0.weight: "0" is complex64, the parameter is float32',
  ]);
  const { findings } = loadParameters(net(), arrays("float64"));
  assert.deepEqual(
    findings.filter(({ kind }) => kind === "dtype").map(({ parameters }) => parameters),
    [["0.weight"]],
  );
});

test("buffers are loaded by name, in order, and counters may be missing", () => {
  const make = (): InstanceType<typeof nn.Sequential> =>
    new nn.Sequential(new nn.Linear(2, 3), new nn.BatchNorm1d(3));
  const values = [
    [
      [1, 2],
      [3, 4],
      [5, 6],
    ],
    [1, 2, 3],
    [4, 5, 6],
    [7, 8, 9],
    [10, 11, 12],
    [13, 14, 15],
  ].map((value) => np.array(value, { dtype: np.float32 }));
  const keys = ["0.weight", "0.bias", "1.weight", "1.bias", "1.running_mean", "1.running_var"];
  const named = make();
  loadParameters(named, new Map(keys.map((key, i) => [key, values[i]!])));
  const listed = make();
  loadParameters(listed, values);
  for (const model of [named, listed]) {
    const state = model.stateDict();
    keys.forEach((key, i) => {
      assert.deepEqual(state.get(key)!.tolist(), values[i]!.tolist(), key);
    });
  }
});

test("a prefix that wrappers put before the names is taken off", () => {
  const model = net();
  const state = new Map([...net().stateDict()].map(([name, tensor]) => [`module.${name}`, tensor]));
  loadParameters(model, state);
  assert.deepEqual(model.stateDict().get("0.bias")!.tolist(), state.get("module.0.bias")!.tolist());
});

test("an array that fits both ways is taken as PyTorch's, and it is said", () => {
  const model = new nn.Linear(3, 3);
  const weight = np.arange(9, { dtype: np.float32 }).reshape([3, 3]);
  const { findings } = loadParameters(model, [weight, zeros(3)]);
  assert.deepEqual(model.weight.tolist(), weight.tolist());
  assert.deepEqual(
    findings.filter(({ kind }) => kind === "layout not told").map(({ parameters }) => parameters),
    [["weight"]],
  );
  loadParameters(model, [weight, zeros(3)], { layout: "keras" });
  assert.deepEqual(model.weight.tolist(), weight.T.tolist());
});

for (const file of ["pickle/sklearn_mlp_iris.pkl", "joblib/sklearn_mlp_iris.joblib"]) {
  test(`${file}: a perceptron of scikit-learn, found by the names of its lists`, async () => {
    const weights = weightsOf((await read(referenceFiles().get(file)!)).tree);
    assert.deepEqual(
      [...(weights as Map<string, unknown>).keys()],
      ["coefs_/0", "intercepts_/0", "coefs_/1", "intercepts_/1"],
    );
    const model = net();
    assert.equal(loadParameters(model, weights).layout.name, "sklearn");
    const first = (weights as Map<string, np.NDArray>).get("coefs_/0")!;
    const expected = np.asarray(first as never).T.astype(np.float32);
    assert.deepEqual(model.stateDict().get("0.weight")!.tolist(), expected.tolist());
  });
}

test("the weights of a pipeline are those of its last step", async () => {
  const { tree } = await read(referenceFiles().get("joblib/sklearn_pipeline.joblib")!);
  assert.deepEqual([...(weightsOf(tree) as Map<string, unknown>).keys()], ["coef_", "intercept_"]);
});
