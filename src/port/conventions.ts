// How other libraries lay parameters out, as rules from a layer to the steps that make its parameter PyTorch's.

import { nn } from "../torch/index.ts";
import type { FlattenedInputs, Target } from "./target.ts";
import type { Transform } from "./transform.ts";

/** What is done to one array, and why. */
export interface Conversion {
  /** What kind of difference it makes good: "kernel axes", "flatten order"; undefined where nothing is done. */
  readonly kind?: string;
  /** The difference in a few words. */
  readonly difference?: string;
  /** The shape that the array has in the library's layout. */
  readonly sourceShape: readonly number[];
  readonly steps: readonly Transform[];
  /** Steps that have the right shape too and give wrong outputs: what is silently done without this conversion. */
  readonly mistaken?: readonly Transform[];
  /** What the mistake is. */
  readonly mistake?: string;
}

/** A library's layout. */
export interface Convention {
  readonly name: string;
  readonly title: string;
  /** The names that a parameter of that role may have there. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** The layer and the role that a name says, where that is not the path and what stands behind its last slash. */
  readonly split?: (name: string) => readonly [layer: string, role: string];
  /** True iff shapes alone do not tell of it: arrays without names are not taken for the library's. */
  readonly isNamedOnly?: true;
  /** What a parameter's array looks like there, and the steps that bring it to the parameter's shape. */
  conversion(target: Target, flattened: FlattenedInputs): Conversion;
}

const untouched = (target: Target): Conversion => ({ sourceShape: target.tensor.shape, steps: [] });

/** PyTorch's own layout: nothing is done. */
export const torchConvention: Convention = {
  name: "torch",
  title: "PyTorch",
  roles: {},
  conversion: untouched,
};

/** Spatial axes by the letters they go by. */
const letters: Readonly<Record<number, string>> = { 1: "W", 2: "HW", 3: "DHW" };

/** Keras and Flax: kernels end in [in, out], images have their channels last (porting facts: Keras 3, `channels_last`). */
export const kerasConvention: Convention = {
  name: "keras",
  title: "Keras",
  roles: {
    weight: ["kernel", "gamma", "embeddings", "scale"],
    bias: ["bias", "beta"],
    running_mean: ["moving_mean", "mean"],
    running_var: ["moving_variance", "var"],
  },
  conversion: (target, flattened) => {
    const { shape } = target.tensor;
    if (target.role !== "weight" || target.module instanceof nn.Embedding || shape.length < 2)
      return untouched(target);
    if (shape.length === 2) return denseConversion(target, flattened);
    return kernelConversion(shape);
  },
};

function kernelConversion(shape: readonly number[]): Conversion {
  const spatial = shape.length - 2;
  const source = [...shape.slice(2), shape[1]!, shape[0]!];
  const axes = [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)];
  const name = letters[spatial] ?? "spatial";
  return {
    kind: "kernel axes",
    difference: `${name}IO to OI${name}`,
    sourceShape: source,
    steps: [{ op: "transpose", axes }],
    mistaken: [{ op: "reshape", shape }],
    mistake: "numbers poured into the other shape as they lie",
  };
}

function denseConversion(target: Target, flattened: FlattenedInputs): Conversion {
  const [out, features] = target.tensor.shape as [number, number];
  const before = flattened.get(target.module);
  const plain: Transform = { op: "transpose", axes: [1, 0] };
  const places = before === undefined ? 1 : before.slice(1).reduce((a, b) => a * b, 1);
  if (before === undefined || places === 1 || before[0] === 1) {
    return {
      kind: "dense axes",
      difference: "[in, out] to [out, in]",
      sourceShape: [features, out],
      steps: [plain],
      mistaken: [{ op: "reshape", shape: [out, features] }],
      mistake: "numbers poured into the other shape as they lie",
    };
  }
  const [channels, ...spatial] = before as readonly [number, ...number[]];
  const rank = spatial.length;
  const name = letters[rank] ?? "spatial";
  return {
    kind: "flatten order",
    difference: `rows in ${name}C order to columns in C${name} order`,
    sourceShape: [features, out],
    steps: [
      { op: "reshape", shape: [...spatial, channels, out] },
      { op: "transpose", axes: [rank + 1, rank, ...spatial.map((_, axis) => axis)] },
      { op: "reshape", shape: [out, features] },
    ],
    mistaken: [plain],
    mistake: "transposed alone, which fits",
  };
}

/** scikit-learn's multi-layer perceptrons: `coefs_` and `intercepts_` are lists with an item for each layer, [in, out]. */
export const sklearnConvention: Convention = {
  name: "sklearn",
  title: "scikit-learn",
  roles: { weight: ["coefs_"], bias: ["intercepts_"] },
  split: (name) => {
    const [role, layer] = name.split("/");
    return [layer ?? "", role!];
  },
  isNamedOnly: true,
  conversion: (target, flattened) =>
    target.role === "weight" && target.tensor.shape.length === 2
      ? denseConversion(target, flattened)
      : untouched(target),
};

/** The conventions, PyTorch's first. */
export const conventions: readonly Convention[] = [torchConvention, kerasConvention, sklearnConvention];
