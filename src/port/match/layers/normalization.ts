// Normalizations: gamma and beta, or scale and bias; the running mean and variance (Keras 3.15 layers/normalization,
// Flax 0.12 linen/normalization.py). A layer made without scale or center has no array for it.

import type { Rule } from "../../rules/rule.ts";
import type { Target } from "../../target.ts";
import {
  arrayUnder,
  type Fit,
  fillRule,
  hasOnly,
  isShape,
  type LayerRule,
  ruleFrom,
  type SourceUnit,
  type TargetUnit,
  type UnitArray,
} from "./unit.ts";

/** Which roles of a source are which entry, and what stands for an array that a layer was made without. */
interface Entry {
  readonly roles: readonly string[];
  readonly absent?: number;
  readonly why?: string;
}

const affine: Readonly<Record<string, Entry>> = {
  weight: { roles: ["gamma", "scale"], absent: 1, why: "scale=False" },
  bias: { roles: ["beta", "bias"], absent: 0, why: "center=False" },
};

const batch: Readonly<Record<string, Entry>> = {
  ...affine,
  running_mean: { roles: ["moving_mean", "mean"] },
  running_var: { roles: ["moving_variance", "variance", "var"] },
};

/** The rule from an array of a norm to an entry: as it is, its axes of length 1 dropped, or its channels brought first. */
function normRule(
  entry: Target,
  array: UnitArray,
  role: string,
  flattened: readonly number[] | undefined,
): Rule | undefined {
  const wanted = entry.tensor.shape;
  const kind = role === entry.role ? "identity" : "rename";
  if (isShape(array.shape, wanted)) {
    if (flattened === undefined || flattened[0] === 1 || flattened[0] === wanted[0])
      return ruleFrom(entry, array, [], { kind });
    const [channels, ...spatial] = flattened;
    return ruleFrom(
      entry,
      array,
      [
        { op: "reshape", shape: [...spatial, channels!] },
        { op: "transpose", axes: [spatial.length, ...spatial.map((_, axis) => axis)] },
        { op: "reshape", shape: wanted },
      ],
      { kind: "flatten permutation", why: "in the order of a channels-last image" },
    );
  }
  const [channels, ...spatial] = wanted;
  if (wanted.length > 1 && isShape(array.shape, [...spatial, channels!])) {
    const axes = [spatial.length, ...spatial.map((_, axis) => axis)];
    return ruleFrom(entry, array, [{ op: "transpose", axes }], { kind: "transpose" });
  }
  const isSame =
    wanted.length === 1 &&
    isShape(
      array.shape.filter((length) => length !== 1),
      wanted.filter((length) => length !== 1),
    );
  if (!isSame) return undefined;
  return ruleFrom(entry, array, [{ op: "reshape", shape: wanted }], { kind: "reshape" });
}

/** The fit of a norm whose entries are made so. */
function normFit(
  source: SourceUnit,
  target: TargetUnit,
  table: Readonly<Record<string, Entry>>,
  ignored: readonly string[] = [],
): Fit | undefined {
  const known = Object.values(table).flatMap(({ roles }) => roles);
  if (!hasOnly(source, [...known, ...ignored])) return undefined;
  const rules: Rule[] = [];
  let cost = 0;
  let taken = 0;
  for (const [role, { roles, absent, why }] of Object.entries(table)) {
    const name = roles.find((each) => source.arrays.has(each));
    const entry = target.entries.get(role);
    if (entry === undefined) {
      if (name !== undefined) return undefined;
      continue;
    }
    const array = name === undefined ? undefined : arrayUnder(source, roles);
    if (array === undefined || name === undefined) {
      if (absent === undefined) return undefined;
      rules.push(fillRule(entry, absent, why!));
      cost += 1;
      continue;
    }
    const rule = normRule(entry, array, name, target.flattened);
    if (rule === undefined) return undefined;
    taken++;
    rules.push(rule);
  }
  const counter = target.entries.get("num_batches_tracked");
  if (counter !== undefined) rules.push(fillRule(counter, 0, "only counts batches"));
  return taken === 0 ? undefined : { rules, cost };
}

/** Batch normalization; in lists gamma, beta, mean, variance, without those that the layer was made without. */
export const batchNormRule: LayerRule = {
  name: "BatchNormalization",
  source: "keras.layers.BatchNormalization, flax.linen.BatchNorm",
  classes: ["BatchNormalization", "BatchNorm", "SyncBatchNormalization"],
  targets: ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d", "SyncBatchNorm"],
  lists: [
    ["gamma", "beta", "moving_mean", "moving_variance"],
    ["beta", "moving_mean", "moving_variance"],
    ["gamma", "moving_mean", "moving_variance"],
    ["moving_mean", "moving_variance"],
  ],
  fit: (source, target) => normFit(source, target, batch),
};

/** Keras's Normalization: a mean and a variance, and a count that nothing needs. */
export const fixedNormRule: LayerRule = {
  name: "Normalization",
  source: "keras.layers.Normalization",
  classes: ["Normalization"],
  targets: ["BatchNorm1d", "BatchNorm2d", "BatchNorm3d"],
  lists: [
    ["mean", "variance", "count"],
    ["mean", "variance"],
  ],
  fit: (source, target) => {
    const isWhole = source.arrays.has("mean") && source.arrays.has("variance");
    const count = source.arrays.get("count");
    if (!isWhole || (count !== undefined && count.shape.length > 0)) return undefined;
    return normFit(source, target, batch, ["count"]);
  },
};

const layerNorms: readonly string[] = ["LayerNormalization", "LayerNorm"];

/** Normalizations without running statistics. */
export const layerNormRule: LayerRule = {
  name: "LayerNormalization",
  source:
    "keras.layers.LayerNormalization, GroupNormalization; flax.linen.LayerNorm, GroupNorm, InstanceNorm",
  classes: [...layerNorms, "GroupNormalization", "GroupNorm", "InstanceNorm"],
  targets: ["LayerNorm", "GroupNorm", "InstanceNorm1d", "InstanceNorm2d", "InstanceNorm3d"],
  lists: [["gamma", "beta"], ["gamma"], ["beta"]],
  fit: (source, target) => {
    const { className } = source;
    const isLayer = target.type === "LayerNorm";
    if (className !== undefined && isLayer !== layerNorms.includes(className)) return undefined;
    return normFit(source, target, affine);
  },
};

/** Root mean square normalization: a scale alone. */
export const rmsNormRule: LayerRule = {
  name: "RMSNormalization",
  source: "keras.layers.RMSNormalization, flax.linen.RMSNorm",
  classes: ["RMSNormalization", "RMSNorm", "LayerNormalization"],
  targets: ["RMSNorm"],
  lists: [["scale"]],
  fit: (source, target) =>
    source.arrays.size === 1 ? normFit(source, target, { weight: { roles: ["gamma", "scale"] } }) : undefined,
};
