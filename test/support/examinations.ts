// Examinations to report on: the digits network out of Keras's arrays, with rules written out by hand, so that reports do
// not depend on what finds the rules.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import type { NDArray } from "../../src/numpy/index.ts";
import * as np from "../../src/numpy/index.ts";
import type { Examination, Recorded } from "../../src/port/examine.ts";
import type { Finding, Judgement } from "../../src/port/finding.ts";
import { buildModule } from "../../src/port/model/build.ts";
import type { Proof } from "../../src/port/prove/prove.ts";
import { Trial } from "../../src/port/prove/trial.ts";
import { identityRule, type Rule } from "../../src/port/rules/rule.ts";
import type { Step } from "../../src/port/rules/steps.ts";
import { sourceOf } from "../../src/port/source.ts";
import { modelOf } from "../../src/port/target.ts";
import type { Comparison } from "../../src/port/verify.ts";
import { fromNumpy, type Tensor } from "../../src/torch/index.ts";
import { root } from "../house/sources.ts";

const folder = join(root, "examples", "digits");

/** What is recorded of the digits network. */
export interface DigitsProbe {
  readonly recorded: Recorded;
  readonly labels: Tensor;
}

async function arraysOf(name: string): Promise<Map<string, NDArray>> {
  return (await np.load(readFileSync(join(folder, name)))) as Map<string, NDArray>;
}

const rule = (target: string, name: string, kind: string, ops: readonly Step[]): Rule => ({
  target,
  from: [{ name, ops }],
  kind,
});

const kernel: Step = { op: "transpose", axes: [3, 2, 0, 1] };
const dense: Step = { op: "transpose", axes: [1, 0] };

/** The rules from Keras's arrays to the model's parameters. */
export const digitsRules: readonly Rule[] = [
  rule("0.weight", "conv2d/kernel", "transpose", [kernel]),
  identityRule("0.bias", "conv2d/bias"),
  rule("3.weight", "conv2d_1/kernel", "transpose", [kernel]),
  identityRule("3.bias", "conv2d_1/bias"),
  rule("6.weight", "dense/kernel", "flatten permutation", [
    { op: "reshape", shape: [4, 4, 12, 16] },
    { op: "transpose", axes: [3, 2, 0, 1] },
    { op: "reshape", shape: [16, 192] },
  ]),
  identityRule("6.bias", "dense/bias"),
  rule("8.weight", "dense_1/kernel", "transpose", [dense]),
  identityRule("8.bias", "dense_1/bias"),
];

const findings: readonly Finding[] = [
  {
    kind: "renamed",
    parameters: ["0.weight", "3.weight", "6.weight", "8.weight"],
    severity: "conversion",
    evidence: "names",
    text: "Keras calls them kernel.",
    repair: "the names of the model are used",
    isRepaired: true,
  },
  {
    kind: "flatten order",
    parameters: ["6.weight"],
    severity: "mistake",
    evidence: "io",
    text: "The rows are in height, width, channel order; PyTorch flattens channel, height, width.",
    repair: "the rows are put in PyTorch's order",
    isRepaired: true,
  },
  {
    kind: "duplicated",
    parameters: ["8.bias"],
    severity: "suspicion",
    evidence: "statistics",
    text: "The bias has the values of another.",
    isRepaired: false,
    settle: "a recorded input and output",
  },
];

/** The recorded input, output and labels of the digits network. */
export async function digitsProbe(): Promise<DigitsProbe> {
  const probe = await arraysOf("probe.npz");
  const [input, output, labels] = ["input", "output", "labels"].map((name) => fromNumpy(probe.get(name)!));
  return { recorded: { inputs: [input!], outputs: [output!] }, labels: labels! };
}

/** An examination of the digits network with a proof. */
export async function digitsExamination(probe: DigitsProbe): Promise<Examination> {
  const module = buildModule(JSON.parse(readFileSync(join(folder, "model.json"), "utf8")));
  const source = sourceOf(await arraysOf("weights.npz"), 4, { nesting: [], format: "npz" });
  const model = modelOf(module, probe.recorded.inputs);
  const trial = new Trial(source, model, probe.recorded);
  const flat = digitsRules.map((each) =>
    each.target === "6.weight" ? { ...each, from: [{ name: "dense/kernel", ops: [dense] }] } : each,
  );
  const compared = (rules: readonly Rule[]): Comparison =>
    trial.run({ rules: new Map(rules.map((each) => [each.target, each])), settings: [] }).comparison;
  const before = compared(flat);
  const comparison = compared(digitsRules);
  trial.end();
  const change = {
    kind: "flatten order",
    parameters: ["6.weight"],
    text: "its rows are in another order",
    repair: "(H, W, C) to (C, H, W)",
    way: "HWC",
    edits: [],
    settings: [],
  };
  const base = { rules: digitsRules, settings: [], tried: 7, findings: [] };
  const unseen = [{ parameter: "3.bias", text: "no output depends on it" }];
  const proof: Proof = {
    ...base,
    holds: comparison.isWithin,
    comparison,
    before,
    changes: [change],
    rivals: [],
    isCut: false,
    unseen,
    firstDivergence: "6",
  };
  const judgements = model.targets.map(({ name }): Judgement => {
    const about = findings.filter(({ parameters }) => parameters.includes(name));
    const isMistake = about.some(({ severity }) => severity === "mistake");
    const isOpen = name === "3.bias";
    return {
      parameter: name,
      verdict: isMistake ? "wrong" : isOpen ? "undecidable" : "right",
      confidence: isOpen ? 0.5 : 1,
      reasons: [
        ...about.map(({ evidence, text }) => ({ evidence, text })),
        { evidence: "io", text: "the outputs depend on it" },
      ],
      ...(isOpen ? { settle: "an input whose output depends on it" } : {}),
      isRepaired: isMistake,
    };
  });
  return {
    model,
    source,
    layout: { name: "keras", title: "Keras", reasons: ["names end in kernel and bias"] },
    rules: digitsRules,
    settings: [{ path: "2", name: "ceilMode", value: false }],
    problems: [],
    findings,
    judgements,
    alternatives: [],
    unused: ["optimizer/iterations"],
    missing: [],
    proof,
  };
}
