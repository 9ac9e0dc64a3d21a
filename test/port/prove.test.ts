// The proof: what a recorded pair shows and hides, and the smallest set of changes that explains it. Small models whose
// true parameters are drawn, and a mistake made on purpose in what is handed over.

import assert from "node:assert/strict";
import { test } from "node:test";
import { NDArray } from "../../src/numpy/ndarray.ts";
import type { Recorded } from "../../src/port/examine.ts";
import { judgements } from "../../src/port/judge/verdicts.ts";
import type { Alternative, Matching } from "../../src/port/matching.ts";
import { buildModel } from "../../src/port/model/build.ts";
import { type Proof, type ProveOptions, prove } from "../../src/port/prove/prove.ts";
import { applyRule } from "../../src/port/rules/apply.ts";
import { identityRule, type Rule } from "../../src/port/rules/rule.ts";
import { applySteps, isSameBits, type Step } from "../../src/port/rules/steps.ts";
import { sourceOf } from "../../src/port/source.ts";
import { modelOf } from "../../src/port/target.ts";
import { Generator } from "../../src/random/index.ts";
import { manualSeed, nn, noGrad, randn, type Tensor, tensor } from "../../src/torch/index.ts";

type Arrays = Map<string, NDArray>;

const arrayOf = ({ storage, layout }: Tensor): NDArray => new NDArray(storage, layout).copy();

const drawn = (...shape: number[]): Tensor => randn(shape, { generator: new Generator().manualSeed(7) });

function call(module: nn.Module, inputs: readonly Tensor[]): Tensor[] {
  module.eval();
  const result = noGrad(() =>
    (module as unknown as { call(...x: readonly Tensor[]): unknown }).call(...inputs),
  );
  return (Array.isArray(result) ? result : [result]) as Tensor[];
}

/** A model's true arrays and what it gives for inputs; its outputs' first rows are recorded for modules on the way. */
function record(
  module: nn.Module,
  inputs: readonly Tensor[],
  paths: readonly string[] = [],
): [Arrays, Recorded] {
  const activations = new Map<string, Tensor>();
  const handles = paths.map((path) =>
    module.getSubmodule(path).registerForwardHook((_, __, output) => {
      activations.set(path, (output as Tensor).detach().clone());
      return undefined;
    }),
  );
  const outputs = call(module, inputs).map((each) => each.clone());
  for (const handle of handles) handle.remove();
  const arrays = new Map([...module.stateDict()].map(([name, each]) => [name, arrayOf(each)]));
  return [arrays, { inputs, outputs, activations }];
}

/** Proves arrays by their names. */
function proofOf(
  module: nn.Module,
  arrays: Arrays,
  recorded: Recorded,
  { alternatives = [], ...options }: ProveOptions & { readonly alternatives?: readonly Alternative[] } = {},
): Proof {
  const rules = [...arrays.keys()].map((name) => identityRule(name, name));
  const matching: Matching = { rules, findings: [], alternatives, missing: [], unused: [], problems: [] };
  const source = { ...sourceOf(arrays, 0), arrangement: "named" as const };
  return prove(source, modelOf(module, recorded.inputs), matching, recorded, options);
}

const change = (arrays: Arrays, name: string, ...steps: Step[]): void => {
  arrays.set(name, applySteps(arrays.get(name)!, steps).copy());
};

const exchange = (arrays: Arrays, a: string, b: string): void => {
  const [first, second] = [arrays.get(a)!, arrays.get(b)!];
  arrays.set(a, second);
  arrays.set(b, first);
};

/** @throws where the proof's rules do not make the true arrays */
function assertRepaired(proof: Proof, arrays: Arrays, truth: Arrays): void {
  assert.equal(proof.holds, true);
  for (const rule of proof.rules as Rule[]) {
    const made = applyRule(rule, (name) => arrays.get(name));
    assert.ok(isSameBits(made, truth.get(rule.target)!), rule.target);
  }
}

/** Kinds of the mistakes that were found, with their parameters. */
const mistakesOf = ({ findings }: Proof): string[] =>
  findings
    .filter(({ severity }) => severity === "mistake")
    .map(({ kind, parameters }) => `${kind}: ${parameters.join(" ")}`)
    .sort();

function squares(): nn.Module {
  manualSeed(3);
  return new nn.Sequential(
    new nn.Linear(6, 6),
    new nn.Tanh(),
    new nn.Linear(6, 6),
    new nn.Tanh(),
    new nn.Linear(6, 6),
    new nn.Tanh(),
    new nn.Linear(6, 3),
  );
}

const transpose = { op: "transpose", axes: [1, 0] } as const;

test("what is right holds, and the model is left as it was", () => {
  const module = squares();
  const [arrays, recorded] = record(module, [drawn(5, 6)]);
  const before = call(module, recorded.inputs)[0]!.tolist();
  const proof = proofOf(module, arrays, recorded);
  assert.equal(proof.holds, true);
  assert.equal(proof.tried, 1);
  assert.deepEqual(proof.unseen, []);
  assert.deepEqual(proof.findings, []);
  assert.deepEqual(call(module, recorded.inputs)[0]!.tolist(), before);
  const verdicts = judgements(modelOf(module), proof.findings, proof);
  assert.ok(verdicts.every(({ verdict }) => verdict === "right"));
});

test("one square weight, or all of them, or all but one, transposed", () => {
  for (const names of [["2.weight"], ["0.weight", "2.weight", "4.weight"], ["0.weight", "4.weight"]]) {
    const module = squares();
    const [truth, recorded] = record(module, [drawn(5, 6)]);
    const arrays = new Map(truth);
    for (const name of names) change(arrays, name, transpose);
    const proof = proofOf(module, arrays, recorded);
    assertRepaired(proof, arrays, truth);
    assert.deepEqual(mistakesOf(proof), [`transposed: ${names.join(" ")}`]);
    const wrong = judgements(modelOf(module), proof.findings, proof).filter(
      ({ verdict }) => verdict === "wrong",
    );
    assert.deepEqual(
      wrong.map(({ parameter }) => parameter),
      names,
    );
  }
});

test("two different mistakes at once, and the first module that differs is named", () => {
  const module = squares();
  const [truth, recorded] = record(module, [drawn(5, 6)], ["0", "2", "4"]);
  const arrays = new Map(truth);
  change(arrays, "6.weight", { op: "transpose", axes: [1, 0] }, { op: "reshape", shape: [3, 6] });
  exchange(arrays, "2.weight", "4.weight");
  exchange(arrays, "2.bias", "4.bias");
  const proof = proofOf(module, arrays, recorded);
  assertRepaired(proof, arrays, truth);
  assert.equal(proof.firstDivergence, "2");
  assert.deepEqual(mistakesOf(proof), [
    "layers swapped: 2.weight 2.bias 4.weight 4.bias",
    "memory order: 6.weight",
  ]);
});

test("weights that no change explains are not called right", () => {
  const module = squares();
  const [arrays, recorded] = record(module, [drawn(5, 6)], ["0"]);
  manualSeed(99);
  arrays.set("2.weight", arrayOf(new nn.Linear(6, 6).weight!));
  const seen: number[] = [];
  const proof = proofOf(module, arrays, recorded, { runs: 200, onProgress: (tried) => seen.push(tried) });
  assert.equal(proof.holds, false);
  assert.deepEqual(proof.changes, []);
  assert.equal(proof.findings[0]!.kind, "unexplained");
  assert.ok(seen.length > 10);
  const verdicts = judgements(modelOf(module), proof.findings, proof);
  assert.ok(verdicts.every(({ verdict }) => verdict === "undecidable"));
});

test("where a mistake is known that nothing repairs, nothing is searched", () => {
  const module = squares();
  const [arrays, recorded] = record(module, [drawn(5, 6)]);
  change(arrays, "0.weight", { op: "mul", value: 0 });
  const zero = {
    kind: "zero",
    parameters: ["0.weight"],
    severity: "mistake",
    evidence: "values",
    text: "all zeros",
    isRepaired: false,
  } as const;
  const proof = proofOf(module, arrays, recorded, { findings: [zero] });
  assert.equal(proof.holds, false);
  assert.equal(proof.tried, 1);
  assert.deepEqual(proof.findings, []);
});

test("outputs that are no numbers are searched too", () => {
  manualSeed(5);
  const norm = new nn.BatchNorm1d(4);
  const module = new nn.Sequential(new nn.Linear(3, 4), norm, new nn.Linear(4, 2));
  noGrad(() => {
    norm.runningMean!.copy_(tensor([-0.5, 0.25, -1, 0.5]));
    norm.runningVar!.copy_(tensor([0.5, 2, 1.5, 0.75]));
  });
  const [truth, recorded] = record(module, [drawn(6, 3)]);
  const arrays = new Map(truth);
  exchange(arrays, "1.running_mean", "1.running_var");
  const proof = proofOf(module, arrays, recorded);
  assertRepaired(proof, arrays, truth);
  assert.deepEqual(mistakesOf(proof), ["mean and variance swapped: 1.running_mean 1.running_var"]);
  assert.deepEqual(
    proof.unseen.map(({ parameter }) => parameter),
    ["1.num_batches_tracked"],
  );
});

test("kernels: axes of equal sizes, flips, and what stands behind a flattening", () => {
  const make = (): nn.Module => {
    manualSeed(11);
    return new nn.Sequential(new nn.Conv2d(3, 3, 3), new nn.ReLU(), new nn.Flatten(), new nn.Linear(27, 4));
  };
  const cases: readonly (readonly [string, string, Step[]])[] = [
    ["hwio: 0.weight", "0.weight", [{ op: "transpose", axes: [2, 3, 1, 0] }]],
    ["in and out swapped: 0.weight", "0.weight", [{ op: "transpose", axes: [1, 0, 2, 3] }]],
    ["kernel flipped: 0.weight", "0.weight", [{ op: "flip", axes: [2, 3] }]],
    [
      "flatten order: 3.weight",
      "3.weight",
      [
        { op: "reshape", shape: [4, 3, 3, 3] },
        { op: "transpose", axes: [0, 2, 3, 1] },
        { op: "reshape", shape: [4, 27] },
      ],
    ],
  ];
  for (const [found, name, steps] of cases) {
    const module = make();
    const [truth, recorded] = record(module, [drawn(4, 3, 5, 5)]);
    const arrays = new Map(truth);
    change(arrays, name, ...steps);
    const proof = proofOf(module, arrays, recorded);
    assertRepaired(proof, arrays, truth);
    assert.deepEqual(mistakesOf(proof), [found]);
  }
});

const lstm = (): nn.Module => {
  manualSeed(13);
  return buildModel({
    tree: {
      type: "Net",
      children: {
        rnn: { type: "LSTM", args: { input_size: 3, hidden_size: 4, batch_first: true } },
        fc: { type: "Linear", args: { in_features: 4, out_features: 2 } },
      },
    },
    forward: {
      inputs: ["x"],
      steps: [
        { set: "rnn", module: "rnn", in: ["$x"] },
        { set: "out", op: "operator.getitem", in: ["$rnn", 0] },
        { set: "gelu", op: "F.gelu", in: ["$out"] },
        { set: "fc", module: "fc", in: ["$gelu"] },
      ],
      outputs: ["$fc"],
    },
  });
};

function initialise(module: nn.Module): nn.Module {
  const generator = new Generator().manualSeed(21);
  noGrad(() => {
    for (const each of module.parameters()) each.copy_(randn([...each.shape], { generator }).mul(0.5));
  });
  return module;
}

test("gates of TensorFlow 1, whose forget bias lacks a 1: two findings", () => {
  const module = initialise(lstm());
  const [truth, recorded] = record(module, [drawn(2, 5, 3)]);
  const arrays = new Map(truth);
  change(arrays, "rnn.bias_ih_l0", { op: "add_slice", axis: 0, start: 4, stop: 8, value: -1 });
  const own = ["rnn.weight_ih_l0", "rnn.weight_hh_l0", "rnn.bias_ih_l0", "rnn.bias_hh_l0"];
  for (const name of own)
    change(arrays, name, { op: "gates", axis: 0, from: "ifgo", to: "igfo", order: [0, 2, 1, 3] });
  const proof = proofOf(module, arrays, recorded);
  assert.equal(proof.holds, true);
  assert.deepEqual(mistakesOf(proof), [
    "forget bias not added: rnn.bias_ih_l0",
    `gate order: ${own.join(" ")}`,
  ]);
});

test("one bias saved as both: one is made zero, and both are named", () => {
  const module = initialise(lstm());
  noGrad(() => (module.getParameter("rnn.bias_hh_l0") as Tensor).fill_(0));
  const [truth, recorded] = record(module, [drawn(2, 5, 3)]);
  const arrays = new Map(truth);
  arrays.set("rnn.bias_hh_l0", arrays.get("rnn.bias_ih_l0")!);
  const proof = proofOf(module, arrays, recorded);
  assertRepaired(proof, arrays, truth);
  assert.deepEqual(mistakesOf(proof), ["bias counted twice: rnn.bias_ih_l0 rnn.bias_hh_l0"]);
});

test("a setting of a described step, and of modules", () => {
  const module = initialise(lstm());
  const other = initialise(lstm());
  const [arrays, recorded] = record(module, [drawn(2, 5, 3)]);
  const described = module as unknown as { computes: { options: { setOption(...x: unknown[]): unknown } } };
  described.computes.options.setOption("gelu", "approximate", "tanh");
  const outputs = call(module, recorded.inputs);
  const proof = proofOf(other, arrays, { ...recorded, outputs, atol: 1e-6 });
  assert.equal(proof.holds, true);
  assert.deepEqual(proof.settings, [{ path: "", name: "step gelu.approximate", value: "tanh" }]);
  assert.deepEqual(mistakesOf(proof), ["setting: gelu"]);

  const norms = (eps: number): nn.Module => {
    manualSeed(17);
    return new nn.Sequential(new nn.LayerNorm(4, { eps }), new nn.Linear(4, 4), new nn.LayerNorm(4, { eps }));
  };
  const [weights, small] = record(norms(1e-3), [drawn(3, 4).mul(0.05)]);
  const eps = proofOf(norms(1e-5), weights, small);
  assert.deepEqual(mistakesOf(eps), ["setting: 0 2"]);
  assert.deepEqual(
    eps.settings.map(({ value }) => value),
    [1e-3, 1e-3],
  );
});

test("fused projections: heads one after another, q, k and v in another order", () => {
  const attention = (): nn.Module => {
    manualSeed(19);
    return new nn.TransformerEncoderLayer(8, 2, { dimFeedforward: 12, batchFirst: true });
  };
  const make = (steps: (shape: readonly number[]) => Step[]): Proof => {
    const module = initialise(attention());
    const [truth, recorded] = record(module, [drawn(2, 5, 8)]);
    const arrays = new Map(truth);
    for (const name of ["self_attn.in_proj_weight", "self_attn.in_proj_bias"])
      change(arrays, name, ...steps(arrays.get(name)!.shape));
    const proof = proofOf(module, arrays, { ...recorded, atol: 1e-4 });
    assertRepaired(proof, arrays, truth);
    return proof;
  };
  const names = "self_attn.in_proj_weight self_attn.in_proj_bias";
  const heads = make((shape) => [
    { op: "reshape", shape: [3, 2, 4, ...shape.slice(1)] },
    { op: "transpose", axes: [1, 0, 2, ...shape.slice(1).map((_, i) => i + 3)] },
    { op: "reshape", shape },
  ]);
  assert.deepEqual(mistakesOf(heads), [`heads interleaved: ${names}`]);
  const order = make(() => [{ op: "gates", axis: 0, from: "qkv", to: "kqv", order: [1, 0, 2] }]);
  assert.deepEqual(mistakesOf(order), [`query, key, value order: ${names}`]);
});

test("what outputs do not show: key biases, counters, rows that were not read, a layer that was not used", () => {
  const module = initialise(
    buildModel({
      tree: {
        type: "Net",
        children: {
          embed: { type: "Embedding", args: { num_embeddings: 10, embedding_dim: 4 } },
          attn: { type: "MultiheadAttention", args: { embed_dim: 4, num_heads: 2, batch_first: true } },
          spare: { type: "Linear", args: { in_features: 4, out_features: 4 } },
        },
      },
      forward: {
        inputs: ["ids"],
        steps: [
          { set: "embed", module: "embed", in: ["$ids"] },
          { set: "attn", module: "attn", in: ["$embed", "$embed", "$embed"], kw: { need_weights: false } },
          { set: "out", op: "operator.getitem", in: ["$attn", 0] },
        ],
        outputs: ["$out"],
      },
    }),
  );
  const ids = tensor([[1, 2, 3, 5]]);
  const [arrays, recorded] = record(module, [ids]);
  const proof = proofOf(module, arrays, recorded);
  assert.deepEqual(
    proof.unseen.map(({ parameter }) => parameter),
    ["spare.weight", "spare.bias"],
  );
  const [note] = proof.findings;
  assert.deepEqual([note!.kind, note!.severity, note!.parameters], ["partly seen", "note", ["embed.weight"]]);
  assert.match(note!.text, /4 of the 10 rows/);
});

test("an alternative of the matching is what it says it is", () => {
  const module = squares();
  const [truth, recorded] = record(module, [drawn(5, 6)]);
  const arrays = new Map(truth);
  exchange(arrays, "0.weight", "2.weight");
  exchange(arrays, "0.bias", "2.bias");
  const swapped = [
    ["0.weight", "2.weight"],
    ["0.bias", "2.bias"],
  ].flatMap(([a, b]) => [identityRule(a!, b!), identityRule(b!, a!)]);
  const other: Alternative = {
    kind: "other order",
    text: "the layers in the order of their names",
    rules: swapped,
    severity: "conversion",
  };
  const proof = proofOf(module, arrays, recorded, { alternatives: [other] });
  assertRepaired(proof, arrays, truth);
  assert.deepEqual(
    proof.findings.map(({ kind, severity }) => [kind, severity]),
    [["other order", "conversion"]],
  );
});

test("several explanations are all named, and nothing is decided", () => {
  // Images that are the same when they are turned by half a circle, and a mean over all places: such outputs do not show
  // along which of its two axes a kernel was flipped.
  manualSeed(23);
  const module = new nn.Sequential(
    new nn.Conv2d(1, 2, 3),
    new nn.AdaptiveAvgPool2d(1),
    new nn.Flatten(),
    new nn.Linear(2, 2),
  );
  const half = drawn(3, 1, 6, 6);
  const [truth, recorded] = record(module, [half.add(half.flip([2, 3]))]);
  const arrays = new Map(truth);
  change(arrays, "0.weight", { op: "flip", axes: [2] });
  const proof = proofOf(module, arrays, recorded);
  assert.equal(proof.holds, true);
  assert.equal(proof.rivals.length, 1);
  const [finding] = proof.findings;
  assert.deepEqual([finding!.kind, finding!.severity], ["ambiguous", "suspicion"]);
  assert.match(finding!.text, /flip it along 2\); or kernel flipped of 0\.weight \(flip it along 3/);
  const verdicts = judgements(modelOf(module), proof.findings, proof);
  assert.deepEqual(
    verdicts.map(({ verdict }) => verdict),
    ["undecidable", "right", "right", "right"],
  );
});

test("a recorded output of another shape, and an output too few, are errors", () => {
  const module = squares();
  const [arrays, recorded] = record(module, [drawn(5, 6)]);
  assert.throws(
    () => proofOf(module, arrays, { ...recorded, outputs: [drawn(5, 4)] }),
    /the model gives shape \[5, 3\], recorded is \[5, 4\]/,
  );
  assert.throws(
    () => proofOf(module, arrays, { ...recorded, outputs: [...recorded.outputs, drawn(1)] }),
    /the model gives 1 outputs, recorded are 2/,
  );
});
