// Dense layers: kernels end in [in, out] and are transposed; those behind a flattening have their rows in the order of
// channels-last images, and einsum kernels have several axes for in or out (Keras 3.15 layers/core, Flax 0.12 linen/linear.py).

import { product } from "../../../core/layout.ts";
import type { Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import {
  arrayUnder,
  biasRules,
  type Fit,
  hasOnly,
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

/** Steps from a kernel to [out, in]; undefined where its axes do not make these. */
function linearSteps(shape: readonly number[], out: number, features: number): Step[] | undefined {
  if (shape.length === 2)
    return isShape(shape, [features, out]) ? [{ op: "transpose", axes: [1, 0] }] : undefined;
  // Of several axes the first ones are in, the last ones out.
  for (let split = 1; split < shape.length; split++) {
    if (product(shape.slice(0, split)) === features && product(shape.slice(split)) === out)
      return [
        { op: "reshape", shape: [features, out] },
        { op: "transpose", axes: [1, 0] },
      ];
  }
  return undefined;
}

/** The order of a flattened channels-last image, changed to that of one with its channels first. */
function flattenSteps([channels, ...spatial]: readonly number[], out: number): Step[] {
  const rank = spatial.length;
  return [
    { op: "reshape", shape: [...spatial, channels!, out] },
    { op: "transpose", axes: [rank + 1, rank, ...spatial.map((_, axis) => axis)] },
    { op: "reshape", shape: [out, product(spatial) * channels!] },
  ];
}

/** True iff the flattening of such a shape puts its elements in an order that depends on where the channels are. */
const isReordered = ([channels, ...spatial]: readonly number[]): boolean =>
  channels !== 1 && product(spatial) > 1;

function weightRule(
  entry: Target,
  kernel: UnitArray,
  flattened: readonly number[] | undefined,
): Rule | undefined {
  const [out, features] = entry.tensor.shape as [number, number];
  if (
    flattened !== undefined &&
    isReordered(flattened) &&
    product(flattened) === features &&
    isShape(kernel.shape, [features, out])
  )
    return ruleFrom(entry, kernel, flattenSteps(flattened, out), {
      kind: "flatten permutation",
      why: `rows in the order of a channels-last image, columns in that of [${flattened.join(", ")}]`,
    });
  const steps = linearSteps(kernel.shape, out, features);
  if (steps === undefined) return undefined;
  const kind: Kind =
    steps.length === 1
      ? { kind: "transpose", why: "[in, out] to [out, in]" }
      : { kind: "transpose and reshape" };
  return ruleFrom(entry, kernel, steps, kind);
}

/** A Dense layer, or one of attention's projections, as a Linear. */
export const denseRule: LayerRule = {
  name: "Dense",
  source: "keras.layers.Dense, EinsumDense; flax.linen.Dense, DenseGeneral",
  classes: ["Dense", "EinsumDense", "DenseGeneral", "Projection"],
  targets: ["Linear", "NonDynamicallyQuantizableLinear"],
  lists: [["kernel", "bias"], ["kernel"]],
  fit: (source, target) => {
    const kernel = source.arrays.get("kernel");
    const entry = target.entries.get("weight");
    if (kernel === undefined || entry === undefined || !hasOnly(source, ["kernel", "bias"])) return undefined;
    const rule = weightRule(entry, kernel, target.flattened);
    const bias = biasRules(source, target);
    if (rule === undefined || bias === undefined) return undefined;
    return { rules: [rule, ...bias.rules], cost: bias.cost };
  },
};

/** A convolution whose kernel takes one point, as a Linear; and a Dense as a convolution of one point. */
export const pointwiseRule: LayerRule = {
  name: "Dense as a convolution of one point",
  source: "keras.layers.Dense on [..., in] is torch.nn.Conv2d(in, out, 1) on [in, ...]",
  classes: ["Dense", "Conv1D", "Conv2D", "Conv3D", "Conv"],
  targets: ["Linear", "Conv1d", "Conv2d", "Conv3d"],
  lists: [],
  fit: (source, target) => {
    const kernel = source.arrays.get("kernel");
    const entry = target.entries.get("weight");
    if (kernel === undefined || entry === undefined || !hasOnly(source, ["kernel", "bias"])) return undefined;
    const [out, features, ...points] = entry.tensor.shape;
    const given = kernel.shape.slice(0, -2);
    const isPoint = [...points, ...given].every((length) => length === 1);
    const differs = points.length !== given.length && (points.length === 0 || given.length === 0);
    if (!isPoint || !differs || !isShape(kernel.shape.slice(-2), [features!, out!])) return undefined;
    const bias = biasRules(source, target);
    if (bias === undefined) return undefined;
    const steps: Step[] = [
      { op: "reshape", shape: [features!, out!] },
      { op: "transpose", axes: [1, 0] },
      { op: "reshape", shape: entry.tensor.shape },
    ];
    const rule = ruleFrom(entry, kernel, steps, {
      kind: "transpose and reshape",
      why: "a kernel of one point",
    });
    return { rules: [rule, ...bias.rules], cost: bias.cost + 0.5 };
  },
};

/** The projections of an attention as one Linear: query, key and value one behind the other. */
export const fusedProjectionRule: LayerRule = {
  name: "query, key and value in one",
  source: "keras.layers.MultiHeadAttention, flax.linen.MultiHeadDotProductAttention; timm's Attention.qkv",
  classes: ["Projections"],
  targets: ["Linear"],
  lists: [
    ["query", "key", "value"].flatMap((role) => [`${role}/kernel`, `${role}/bias`]),
    ["query/kernel", "key/kernel", "value/kernel"],
  ],
  fit: (source, target) => {
    const entry = target.entries.get("weight");
    const kernels = ["query", "key", "value"].map((role) => source.arrays.get(`${role}/kernel`));
    if (entry === undefined || kernels.some((kernel) => kernel === undefined)) return undefined;
    return fused(source, target, entry, kernels as UnitArray[]);
  },
};

function fused(
  source: SourceUnit,
  target: TargetUnit,
  entry: Target,
  kernels: readonly UnitArray[],
): Fit | undefined {
  const [out, features] = entry.tensor.shape as [number, number];
  const sizes = kernels.map(({ shape }) => product(shape) / features);
  if (sizes.reduce((a, b) => a + b, 0) !== out) return undefined;
  const steps = kernels.map(({ shape }, i) => linearSteps(shape, sizes[i]!, features));
  if (steps.some((each) => each === undefined)) return undefined;
  const rule = ruleFromParts(
    entry,
    kernels.map((kernel, i) => partOf(kernel, ...steps[i]!)),
    { kind: "concat", why: "query, key, value" },
  );
  const bias = fusedBias(source, target, sizes);
  return bias === undefined ? undefined : { rules: [rule, ...bias], cost: 0 };
}

/** The bias of query, key and value one behind the other. */
export function fusedBias(
  source: SourceUnit,
  target: TargetUnit,
  sizes: readonly number[],
  role = "bias",
): Rule[] | undefined {
  const entry = target.entries.get(role);
  const biases = ["query", "key", "value"].map((name) => arrayUnder(source, [`${name}/bias`]));
  if (entry === undefined) return biases.every((bias) => bias === undefined) ? [] : undefined;
  if (biases.some((bias) => bias === undefined)) return undefined;
  const arrays = biases as UnitArray[];
  if (arrays.some(({ shape }, i) => product(shape) !== sizes[i])) return undefined;
  const parts = arrays.map((bias, i) =>
    bias.shape.length === 1 ? partOf(bias) : partOf(bias, { op: "reshape", shape: [sizes[i]!] }),
  );
  return [ruleFromParts(entry, parts, { kind: "concat", why: "query, key, value" })];
}
