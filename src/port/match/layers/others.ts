// Embeddings, slopes of PReLU, and single parameters of modules of one's own.

import type { Step } from "../../rules/steps.ts";
import { arrayUnder, type Fit, isShape, type LayerRule, ruleFrom, type SourceUnit, type TargetUnit, vectorRule } from "./unit.ts";

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
    if (table === undefined || source.arrays.size !== 1 || !isShape(entry?.tensor.shape, table.shape)) return undefined;
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
    const [role, array] = [...source.arrays][0]!;
    const [entry] = target.entries.values();
    if (source.arrays.size !== 1 || entry === undefined) return undefined;
    return parameterFit(source, target, role);
    function parameterFit(_: SourceUnit, { module }: TargetUnit, name: string): Fit | undefined {
      const wanted = entry!.tensor.shape;
      const steps = channelsFirst(array.shape, wanted);
      if (steps === undefined || module === undefined) return undefined;
      if (steps.length === 0) return { rules: [vectorRule(entry!, array, name)], cost: 0 };
      const isSquare = array.shape.length === 3 && array.shape[0] === array.shape[2];
      const rules = [ruleFrom(entry!, array, steps, { kind: "transpose", why: "channels first" })];
      return { rules, cost: isSquare ? 0.5 : 0 };
    }
  },
};
