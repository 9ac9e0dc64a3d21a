// Convolutions: kernels are [...spatial, in, out] and become [out, in, ...spatial]; what is depthwise, transposed or
// separable has an order of its own (Keras 3.15 layers/convolutional, Flax 0.12 linen/linear.py).

import type { Step } from "../../rules/steps.ts";
import {
  arrayUnder,
  biasRules,
  type Fit,
  hasOnly,
  isShape,
  type Kind,
  type LayerRule,
  ruleFrom,
  type SourceUnit,
  type TargetUnit,
  type Variant,
} from "./unit.ts";

const convolutions: readonly string[] = ["Conv1d", "Conv2d", "Conv3d"];
const transposed: readonly string[] = ["ConvTranspose1d", "ConvTranspose2d", "ConvTranspose3d"];
const letters: Readonly<Record<number, string>> = { 1: "W", 2: "HW", 3: "DHW" };

const spatialAxes = (rank: number): number[] => Array.from({ length: rank - 2 }, (_, axis) => axis);

/** The last axis first, the one before it second. */
const lastFirst = (rank: number): Step => ({
  op: "transpose",
  axes: [rank - 1, rank - 2, ...spatialAxes(rank)],
});

/** The last but one axis first, the last second. */
const lastSecond = (rank: number): Step => ({
  op: "transpose",
  axes: [rank - 2, rank - 1, ...spatialAxes(rank)],
});

const kernelRoles: readonly string[] = ["kernel", "depthwise_kernel", "pointwise_kernel"];

/** A rule for a kernel and an optional bias, where the steps give the weight's shape. */
function kernelFit(
  source: SourceUnit,
  target: TargetUnit,
  stepsOf: (
    shape: readonly number[],
    wanted: readonly number[],
  ) => { readonly steps: readonly Step[]; readonly kind: Kind; readonly other?: Other } | undefined,
): Fit | undefined {
  const kernel = arrayUnder(source, kernelRoles);
  const entry = target.entries.get("weight");
  if (kernel === undefined || entry === undefined || !hasOnly(source, [...kernelRoles, "bias"]))
    return undefined;
  const wanted = entry.tensor.shape;
  const found = kernel.shape.length === wanted.length ? stepsOf(kernel.shape, wanted) : undefined;
  const bias = biasRules(source, target);
  if (found === undefined || bias === undefined) return undefined;
  const rules = [ruleFrom(entry, kernel, found.steps, found.kind), ...bias.rules];
  if (found.other === undefined) return { rules, cost: bias.cost };
  const { steps, kind, text, variant } = found.other;
  const variants: Variant[] = [{ kind: variant, text, rules: [ruleFrom(entry, kernel, steps, kind)] }];
  return { rules, cost: bias.cost, variants };
}

interface Other {
  readonly steps: readonly Step[];
  readonly kind: Kind;
  readonly variant: string;
  readonly text: string;
}

const kernelKind = (rank: number): Kind => ({
  kind: "transpose",
  why: `${letters[rank - 2] ?? "spatial"}IO to OI${letters[rank - 2] ?? "spatial"}`,
});

/** Convolutions, grouped ones too. */
export const convolutionRule: LayerRule = {
  name: "Conv",
  source: "keras.layers.Conv1D, Conv2D, Conv3D; flax.linen.Conv",
  classes: ["Conv1D", "Conv2D", "Conv3D", "Conv", "SeparableConv1D", "SeparableConv2D", "Pointwise"],
  targets: convolutions,
  lists: [["kernel", "bias"], ["kernel"]],
  fit: (source, target) =>
    source.arrays.has("depthwise_kernel")
      ? undefined
      : kernelFit(source, target, (shape, [out, inside, ...spatial]) =>
          isShape(shape, [...spatial, inside!, out!])
            ? { steps: [lastFirst(shape.length)], kind: kernelKind(shape.length) }
            : undefined,
        ),
};

/** Keras's depthwise convolutions: [...spatial, channel, multiplier]; the output's channel is channel * multiplier + m. */
export const depthwiseRule: LayerRule = {
  name: "DepthwiseConv",
  source: "keras.layers.DepthwiseConv1D, DepthwiseConv2D, SeparableConv2D",
  classes: ["DepthwiseConv1D", "DepthwiseConv2D", "SeparableConv1D", "SeparableConv2D", "Depthwise"],
  targets: convolutions,
  lists: [["depthwise_kernel", "bias"], ["depthwise_kernel"]],
  fit: (source, target) => {
    const { groups } = target.module as unknown as { readonly groups?: number };
    return kernelFit(source, target, (shape, wanted) => {
      const [out, inside, ...spatial] = wanted;
      const [channels, multiplier] = shape.slice(-2) as [number, number];
      const fits =
        inside === 1 &&
        channels === (groups ?? out) &&
        isShape(shape.slice(0, -2), spatial) &&
        out === channels * multiplier;
      if (!fits) return undefined;
      const steps: Step[] = [lastSecond(shape.length), { op: "reshape", shape: wanted }];
      return {
        steps,
        kind: {
          kind: "transpose and reshape",
          why: "[...spatial, channel, multiplier]; the output channel is channel * multiplier + m",
        },
      };
    });
  },
};

/** Keras's transposed convolutions: [...spatial, out, in], no flip. */
export const kerasTransposedRule: LayerRule = {
  name: "ConvTranspose",
  source: "keras.layers.Conv2DTranspose",
  classes: ["Conv1DTranspose", "Conv2DTranspose", "Conv3DTranspose"],
  targets: transposed,
  lists: [["kernel", "bias"], ["kernel"]],
  fit: (source, target) =>
    kernelFit(source, target, (shape, [inside, out, ...spatial]) =>
      isShape(shape, [...spatial, out!, inside!])
        ? {
            steps: [lastFirst(shape.length)],
            kind: { kind: "transpose", why: "[...spatial, out, in] to [in, out, ...spatial]; no flip" },
          }
        : undefined,
    ),
};

/**
 * Flax's transposed convolutions: [...spatial, in, out], and flipped; with `transpose_kernel` [...spatial, out, in], and not.
 * Shapes tell them apart where in and out differ.
 */
export const flaxTransposedRule: LayerRule = {
  name: "ConvTranspose",
  source: "flax.linen.ConvTranspose (jax.lax.conv_transpose, transpose_kernel)",
  classes: ["ConvTranspose"],
  targets: transposed,
  lists: [["kernel", "bias"], ["kernel"]],
  fit: (source, target) =>
    kernelFit(source, target, (shape, [inside, out, ...spatial]) => {
      const rank = shape.length;
      const flipped = {
        steps: [{ op: "flip", axes: spatialAxes(rank) } as const, lastSecond(rank)],
        kind: { kind: "flip and transpose", why: "[...spatial, in, out], flipped" },
      };
      const plain = {
        steps: [lastFirst(rank)],
        kind: { kind: "transpose", why: "transpose_kernel: [...spatial, out, in]; no flip" },
      };
      if (!isShape(shape, [...spatial, inside!, out!]))
        return isShape(shape, [...spatial, out!, inside!]) ? plain : undefined;
      if (inside !== out) return flipped;
      const text = "the layer may have been made with transpose_kernel=True: then nothing is flipped";
      return { ...flipped, other: { ...plain, variant: "kernel flipped", text } };
    }),
};
