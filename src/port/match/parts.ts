// Entries that a file holds in parts: a size and a direction, integers and their scale, query, key and value apart; and a
// BatchNorm that an exporter took into the convolution before it. The rest is matched by name as ever.
// torch.nn.utils.weight_norm, torch.nn.utils.parametrizations.weight_norm, torch.nn.MultiheadAttention, torch.onnx.

import type { Finding } from "../finding.ts";
import type { Matcher, Matching } from "../matching.ts";
import { identityRule, type Part, type Rule } from "../rules/rule.ts";
import type { NamedArray, Source } from "../source.ts";
import type { Layer, Model, Target } from "../target.ts";
import { listText } from "./fitting.ts";
import { matchNamed } from "./named.ts";

/** Arrays by their names, with `/` as `.`. */
type Arrays = ReadonlyMap<string, NamedArray>;

/** One way in which an entry is kept in parts. */
interface PartsDeclaration {
  readonly kind: string;
  /** What is said of the entries and the arrays. */
  text(entries: string, arrays: string): string;
  /** The rule from the arrays that lie where the entry should; undefined where they are not there. */
  rule(target: Target, arrays: Arrays): Rule | undefined;
}

const stemOf = ({ name, role }: Target): string => name.slice(0, name.length - role.length);

function partsOf(arrays: Arrays, names: readonly string[]): NamedArray[] | undefined {
  const found = names.map((name) => arrays.get(name));
  return found.every((each) => each !== undefined) ? (found as NamedArray[]) : undefined;
}

const size = (shape: readonly number[]): number => shape.reduce((a, b) => a * b, 1);

/** The axis along which sizes differ: that of length above 1 in g; the first where all are 1. */
const sizeAxis = (g: readonly number[]): number =>
  Math.max(
    0,
    g.findIndex((length) => length > 1),
  );

const qkvNames: readonly (readonly string[])[] = [
  ["query", "key", "value"],
  ["q_proj", "k_proj", "v_proj"],
  ["q", "k", "v"],
  ["wq", "wk", "wv"],
  ["to_q", "to_k", "to_v"],
  ["q_lin", "k_lin", "v_lin"],
];

const declarations: readonly PartsDeclaration[] = [
  {
    kind: "parametrised",
    text: (entries, arrays) =>
      `${entries} are stored under weight normalisation, as sizes g and directions v (${arrays}): weight = g * v / |v|.`,
    rule: (target, arrays) => {
      const stem = stemOf(target);
      for (const names of [
        [`${stem}${target.role}_g`, `${stem}${target.role}_v`],
        [
          `${stem}parametrizations.${target.role}.original0`,
          `${stem}parametrizations.${target.role}.original1`,
        ],
      ]) {
        const [g, v] = partsOf(arrays, names) ?? [];
        if (g === undefined || v === undefined || v.array.shape.join() !== target.tensor.shape.join())
          continue;
        const dim = sizeAxis(g.array.shape);
        const from = [{ name: g.name }, { name: v.name }];
        return { target: target.name, from, combine: { op: "weight_norm", dim }, kind: "weight norm" };
      }
      return undefined;
    },
  },
  {
    kind: "scaled",
    text: (entries, arrays) =>
      `${entries} are integers with a scale beside them (${arrays}): value = integer * scale.`,
    rule: (target, arrays) => {
      const whole = arrays.get(target.name);
      if (whole === undefined || !whole.array.dtype.isInteger || !target.tensor.dtype.isFloatingPoint)
        return undefined;
      const scale = [`${target.name}_scale`, `${target.name}.scale`, `${target.name}_scales`]
        .map((name) => arrays.get(name))
        .find((each) => each !== undefined);
      if (scale === undefined || arrays.has(`${target.name}_zero_point`)) return undefined;
      const { shape } = target.tensor;
      const isPerRow = size(scale.array.shape) === shape[0] && scale.array.ndim < shape.length;
      const wide = isPerRow ? [shape[0]!, ...shape.slice(1).map(() => 1)] : undefined;
      const type = target.tensor.dtype.name;
      const from: Part[] = [
        { name: scale.name, ...(wide === undefined ? {} : { ops: [{ op: "reshape", shape: wide }] }) },
        { name: whole.name, ops: [{ op: "cast", dtype: type }] },
      ];
      return { target: target.name, from, combine: { op: "product" }, kind: "dequantise" };
    },
  },
  {
    kind: "split",
    text: (entries, arrays) =>
      `${entries} lie in three parts (${arrays}): joined along the first axis in this order.`,
    rule: (target, arrays) => {
      const role = /^in_proj_(weight|bias)$/.exec(target.role)?.[1];
      const qkv = /^(.*?)(?:qkv|c_attn|query_key_value|Wqkv|in_proj|to_qkv)\.(weight|bias)$/.exec(
        target.name,
      );
      const [stem, ending] = role === undefined ? [qkv?.[1], qkv?.[2]] : [stemOf(target), role];
      if (stem === undefined) return undefined;
      for (const names of qkvNames) {
        const parts = partsOf(
          arrays,
          names.map((name) => `${stem}${name}.${ending}`),
        );
        const rows = parts?.reduce((sum, { array }) => sum + (array.shape[0] ?? 0), 0);
        if (parts === undefined || rows !== target.tensor.shape[0]) continue;
        const from = parts.map(({ name }) => ({ name }));
        return { target: target.name, from, combine: { op: "concat", axis: 0 }, kind: "concat" };
      }
      return undefined;
    },
  },
];

interface Found {
  readonly rules: readonly Rule[];
  readonly findings: readonly Finding[];
}

function inParts({ arrays }: Source, { targets }: Model): Found {
  const byName = new Map(arrays.map((each) => [each.name.replaceAll("/", "."), each]));
  const results = declarations.map(({ kind, text, rule }): Found => {
    const rules = targets.flatMap((target) => rule(target, byName) ?? []);
    if (rules.length === 0) return { rules, findings: [] };
    const parameters = rules.map(({ target }) => target);
    const names = rules.flatMap(({ from }) => from.map(({ name }) => name));
    const sentence = text(listText(parameters), listText(names, 3));
    const base = { kind, parameters, severity: "conversion", evidence: "names", isRepaired: true } as const;
    return { rules, findings: [{ ...base, text: sentence }] };
  });
  return {
    rules: results.flatMap(({ rules }) => rules),
    findings: results.flatMap(({ findings }) => findings),
  };
}

const filling = (target: Target, value: number): Rule => ({
  target: target.name,
  from: [],
  ops: [{ op: "fill", shape: target.tensor.shape, value, dtype: target.tensor.dtype.name }],
  kind: "fill",
});

/** Biases of a folded convolution that the model does not have: ONNX exporters' names. */
const foldedBiases = (path: string): string[] => [`${path}.weight_bias`, `${path}.bias`, `${path}.conv.bias`];

/** A BatchNorm without arrays, and the layer before it whose array it was taken into. */
function folded({ arrays }: Source, { layers, byName }: Model): Found {
  const given = new Map(arrays.map((each) => [each.name.replaceAll("/", "."), each]));
  const rules: Rule[] = [];
  const parameters: string[] = [];
  const names: string[] = [];
  layers.forEach((norm, i) => {
    const { entries } = norm;
    const own = [...entries.values()];
    if (!entries.has("running_var") || own.some(({ name }) => given.has(name))) return;
    const channels = entries.get("running_var")!.tensor.shape[0];
    const before = layers
      .slice(0, i)
      .findLast(({ entries: each }) => (each.get("weight")?.tensor.ndim ?? 0) >= 2);
    if (before === undefined || !given.has(`${before.path}.weight`)) return;
    const bias = foldedBiases(before.path)
      .map((name) => given.get(name))
      .find((each) => each !== undefined && each.array.shape.join() === String(channels));
    if (bias === undefined) return;
    const isSpare = !byName.has(bias.name);
    rules.push(...foldedRules(norm, isSpare ? bias.name : undefined));
    parameters.push(
      `${before.path}.weight`,
      ...own.filter(({ role }) => role !== "num_batches_tracked").map(({ name }) => name),
    );
    if (isSpare) names.push(bias.name);
  });
  if (rules.length === 0) return { rules, findings: [] };
  const spare = names.length === 0 ? "" : `, and ${listText(names)} that the model does not have`;
  return {
    rules,
    findings: [
      {
        kind: "folded",
        parameters,
        severity: "mistake",
        evidence: "names",
        text: `The file has no arrays for a BatchNorm${spare}: the exporter folded it into the layer before, whose weight is not the trained one. Loading that beside an untouched BatchNorm would be wrong; a BatchNorm that does nothing but add the bias (mean 0, variance 1 - eps, weight 1) gives the same outputs.`,
        repair: "a BatchNorm that only adds the folded bias",
        isRepaired: true,
      },
    ],
  };
}

/** A BatchNorm that adds a bias, or nothing. */
function foldedRules({ entries, module }: Layer, bias: string | undefined): Rule[] {
  const { eps = 1e-5 } = module as unknown as { readonly eps?: number };
  const values: ReadonlyMap<string, number> = new Map([
    ["weight", 1],
    ["bias", 0],
    ["running_mean", 0],
    ["running_var", 1 - eps],
    ["num_batches_tracked", 0],
  ]);
  return [...entries.values()].flatMap((target) => {
    if (target.role === "bias" && bias !== undefined) return [identityRule(target.name, bias)];
    const value = values.get(target.role);
    return value === undefined ? [] : [filling(target, value)];
  });
}

function found(source: Source, model: Model): Found {
  const [parts, norms] = [inParts(source, model), folded(source, model)];
  return { rules: [...parts.rules, ...norms.rules], findings: [...parts.findings, ...norms.findings] };
}

/** Parts are joined; the rest is matched by name. */
export const partsMatcher: Matcher = {
  name: "parts",
  title: "PyTorch, in parts",
  source: "torch.nn.utils.weight_norm, torch.nn.utils.parametrize, torch.nn.MultiheadAttention, torch.onnx",
  recognise: (source, model) => {
    if (source.arrangement !== "named") return undefined;
    const { rules } = found(source, model);
    if (rules.length === 0) return undefined;
    return { confidence: 0.9, reasons: [`${rules.length} entries are kept in parts, by their names`] };
  },
  match: (source, model): Matching => {
    const { rules, findings } = found(source, model);
    const made = new Set(rules.map(({ target }) => target));
    const used = new Set(rules.flatMap(({ from }) => from.map(({ name }) => name)));
    const targets = model.targets.filter(({ name }) => !made.has(name));
    const byName = new Map(targets.map((target) => [target.name, target]));
    const arrays = source.arrays.filter(({ name }) => !used.has(name));
    const rest = matchNamed({ ...source, arrays }, { ...model, targets, byName }, false);
    const order = new Map(model.targets.map(({ name }, i) => [name, i]));
    return {
      ...rest,
      rules: [...rest.rules, ...rules].toSorted((a, b) => order.get(a.target)! - order.get(b.target)!),
      findings: [...rest.findings, ...findings],
    };
  },
};
