// Embeddings, slopes of PReLU, and single parameters of modules of one's own.

import type { Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import {
  arrayUnder,
  type Fit,
  isShape,
  type LayerRule,
  ruleFrom,
  type UnitArray,
  vectorRule,
} from "./unit.ts";

/** Embeddings: [words, width] in every library. */
export const embeddingRule: LayerRule = {
  name: "Embedding",
  source: "keras.layers.Embedding, flax.linen.Embed",
  classes: ["Embedding", "Embed", "ReversibleEmbedding"],
  targets: ["Embedding", "EmbeddingBag"],
  lists: [["embeddings"]],
  fit: (source, target) => {
    const table = arrayUnder(source, ["embeddings", "embedding"]);
    const entry = target.entries.get("weight");
    if (table === undefined || source.arrays.size !== 1 || !isShape(entry?.tensor.shape, table.shape))
      return undefined;
    return { rules: [vectorRule(entry!, table, "embeddings")], cost: 0 };
  },
};

/** A slope for each channel of PReLU, whose shared axes have length 1, or one for all. */
export const preluRule: LayerRule = {
  name: "PReLU",
  source: "keras.layers.PReLU (shared_axes), flax.linen.PReLU",
  classes: ["PReLU"],
  targets: ["PReLU"],
  lists: [["alpha"]],
  fit: (source, target) => {
    const slopes = arrayUnder(source, ["alpha", "negative_slope"]);
    const entry = target.entries.get("weight");
    if (slopes === undefined || entry === undefined || source.arrays.size !== 1) return undefined;
    const { shape } = entry.tensor;
    if (isShape(slopes.shape, shape)) return { rules: [vectorRule(entry, slopes, "alpha")], cost: 0 };
    const isShared = slopes.shape.every((length, axis) => length === 1 || axis === slopes.shape.length - 1);
    if (!isShared || (slopes.shape.at(-1) ?? 1) !== shape[0]) return undefined;
    const kind = { kind: "reshape", why: "[1, 1, channels]" };
    return { rules: [ruleFrom(entry, slopes, [{ op: "reshape", shape }], kind)], cost: 0 };
  },
};

/** What brings the channels of an array that stands behind its places to the front. */
function channelsFirst(shape: readonly number[], wanted: readonly number[]): Step[] | undefined {
  if (isShape(shape, wanted)) return [];
  const rank = shape.length;
  if (rank < 2) return undefined;
  const axes = [rank - 1, ...Array.from({ length: rank - 1 }, (_, axis) => axis)];
  return isShape(
    axes.map((axis) => shape[axis]!),
    wanted,
  )
    ? [{ op: "transpose", axes }]
    : undefined;
}

/** A layer's only array as a parameter of a module of one's own: as it is, or with its channels brought to the front. */
export const parameterRule: LayerRule = {
  name: "a parameter of its own",
  source: "keras.Layer.add_weight, flax.linen.Module.param",
  classes: ["PReLU"],
  targets: ["Parameter"],
  lists: [["value"]],
  fit: (source, target): Fit | undefined => {
    const [first] = source.arrays;
    const [entry] = target.entries.values();
    if (source.arrays.size !== 1 || first === undefined || entry === undefined) return undefined;
    const [role, array] = first;
    const steps = channelsFirst(array.shape, entry.tensor.shape);
    if (steps === undefined) return undefined;
    if (steps.length === 0) return { rules: [vectorRule(entry, array, role)], cost: 0 };
    return { rules: [ruleFrom(entry, array, steps, { kind: "transpose", why: "channels first" })], cost: 0 };
  },
};

/** Linear models of scikit-learn: [classes, in], or [in] for one output; a linear regression of one output has a 0-d intercept. */
export const linearModelRule: LayerRule = {
  name: "LinearModel",
  source: "sklearn.linear_model.LogisticRegression, LinearRegression, Ridge",
  classes: ["LinearModel"],
  targets: ["Linear"],
  lists: [["coef", "bias"]],
  fit: (source, target): Fit | undefined => {
    const [coef, intercept] = [source.arrays.get("coef"), source.arrays.get("bias")];
    const [weight, bias] = [target.entries.get("weight"), target.entries.get("bias")];
    if (coef === undefined || weight === undefined || (intercept === undefined) !== (bias === undefined))
      return undefined;
    const rules = [asShape(weight, coef)];
    if (intercept !== undefined) rules.push(asShape(bias!, intercept));
    return rules.every((rule) => rule !== undefined) ? { rules, cost: 0 } : undefined;
  },
};

/** An array as an entry of the same numbers, axes of length 1 apart. */
function asShape(entry: Target, array: UnitArray): Rule | undefined {
  const { shape } = entry.tensor;
  if (isShape(array.shape, shape)) return ruleFrom(entry, array, [], { kind: "identity" });
  const [given, wanted] = [array.shape, shape].map((lengths) => lengths.filter((length) => length !== 1));
  return isShape(given, wanted!)
    ? ruleFrom(entry, array, [{ op: "reshape", shape }], { kind: "reshape" })
    : undefined;
}
