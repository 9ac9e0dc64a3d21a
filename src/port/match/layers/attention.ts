// Attention: query, key and value are [width, heads, size], out is [heads, size, width] (Keras 3.15
// layers/attention/multi_head_attention.py, Flax 0.12 linen/attention.py). torch.nn.MultiheadAttention stacks the first three.

import { product } from "../../../core/layout.ts";
import type { Step } from "../../rules/steps.ts";
import { fusedBias } from "./dense.ts";
import {
  type Fit,
  fillRule,
  isShape,
  type Kind,
  type LayerRule,
  partOf,
  ruleFrom,
  ruleFromParts,
  type SourceUnit,
  type TargetUnit,
  type UnitArray,
} from "./unit.ts";

/** The projections of an attention, as roles of its arrays. */
export const projections: readonly string[] = ["query", "key", "value", "out"];

const why = "[width, heads, size] each";

/** [in, heads, size] as [heads * size, in]. */
const inSteps = (shape: readonly number[]): Step[] => [
  { op: "reshape", shape: [shape[0]!, product(shape.slice(1))] },
  { op: "transpose", axes: [1, 0] },
];

function inRules(target: TargetUnit, kernels: readonly UnitArray[]): Fit["rules"] | undefined {
  const width = product(kernels[0]!.shape.slice(1));
  const stacked = target.entries.get("in_proj_weight");
  if (stacked !== undefined) {
    if (kernels.some(({ shape }) => shape[0] !== width || product(shape.slice(1)) !== width))
      return undefined;
    if (!isShape(stacked.tensor.shape, [3 * width, width])) return undefined;
    const parts = kernels.map((kernel) => partOf(kernel, ...inSteps(kernel.shape)));
    return [ruleFromParts(stacked, parts, { kind: "concat", why })];
  }
  const entries = ["q", "k", "v"].map((letter) => target.entries.get(`${letter}_proj_weight`));
  const fits = entries.every((entry, i) => {
    const { shape } = kernels[i]!;
    return isShape(entry?.tensor.shape, [product(shape.slice(1)), shape[0]!]);
  });
  const kind: Kind = { kind: "transpose and reshape", why };
  return fits
    ? entries.map((entry, i) => ruleFrom(entry!, kernels[i]!, inSteps(kernels[i]!.shape), kind))
    : undefined;
}

/** True iff the module has as many heads as the layer. */
function hasHeads(target: TargetUnit, heads: number): boolean {
  const { numHeads } = target.module as unknown as { readonly numHeads?: number };
  return numHeads === undefined || numHeads === heads;
}

function fitAttention(source: SourceUnit, target: TargetUnit): Fit | undefined {
  const kernels = projections.map((role) => source.arrays.get(`${role}/kernel`));
  const out = target.entries.get("out_proj.weight");
  if (out === undefined || kernels.some((kernel) => kernel?.shape.length !== 3)) return undefined;
  const [query, key, value, output] = kernels as [UnitArray, UnitArray, UnitArray, UnitArray];
  const [heads, size, width] = output.shape as [number, number, number];
  if (!hasHeads(target, heads) || !isShape(out.tensor.shape, [width, heads * size])) return undefined;
  const inside = inRules(target, [query, key, value]);
  const bias = inBias(source, target, [query, key, value]);
  const last = outBias(source, target);
  if (inside === undefined || bias === undefined || last === undefined) return undefined;
  const steps: Step[] = [
    { op: "reshape", shape: [heads * size, width] },
    { op: "transpose", axes: [1, 0] },
  ];
  const kind: Kind = { kind: "transpose and reshape", why: "[heads, size, width]" };
  return { rules: [...inside, ...bias, ruleFrom(out, output, steps, kind), ...last], cost: 0 };
}

function inBias(
  source: SourceUnit,
  target: TargetUnit,
  kernels: readonly UnitArray[],
): Fit["rules"] | undefined {
  const entry = target.entries.get("in_proj_bias");
  if (entry !== undefined && !source.arrays.has("query/bias"))
    return [fillRule(entry, 0, "the layer has no bias")];
  const sizes = kernels.map(({ shape }) => product(shape.slice(1)));
  return fusedBias(source, target, sizes, "in_proj_bias");
}

function outBias(source: SourceUnit, target: TargetUnit): Fit["rules"] | undefined {
  const entry = target.entries.get("out_proj.bias");
  const bias = source.arrays.get("out/bias");
  if (entry === undefined) return bias === undefined ? [] : undefined;
  if (bias === undefined) return [fillRule(entry, 0, "the layer has no bias")];
  return isShape(entry.tensor.shape, bias.shape)
    ? [ruleFrom(entry, bias, [], { kind: "identity" })]
    : undefined;
}

/** Attention with several heads as torch's. */
export const attentionRule: LayerRule = {
  name: "MultiHeadAttention",
  source: "keras.layers.MultiHeadAttention, flax.linen.MultiHeadDotProductAttention",
  classes: ["MultiHeadAttention", "MultiHeadDotProductAttention", "SelfAttention", "GroupedQueryAttention"],
  targets: ["MultiheadAttention"],
  lists: [
    projections.flatMap((role) => [`${role}/kernel`, `${role}/bias`]),
    projections.map((role) => `${role}/kernel`),
  ],
  fit: fitAttention,
};
