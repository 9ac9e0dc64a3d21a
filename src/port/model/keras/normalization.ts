// Keras's normalizations (keras/src/layers/normalization, preprocessing/normalization.py, Keras 3.15), with Keras's own epsilons
// and momenta.

import type { ModuleSpec } from "../../spec.ts";
import { plainInput } from "./activations.ts";
import { broadcast } from "./pooling.ts";
import {
  known,
  type LayerCall,
  type Maker,
  onlyInput,
  placeOf,
  toFirst,
  toLast,
  type Value,
} from "./scope.ts";
import { listOf, numberOf, type Settings } from "./settings.ts";

/** The axes that a setting names, counted from the front. */
function axesOf(settings: Settings, rank: number, fallback = -1): number[] {
  const value = settings.json.get("axis") ?? fallback;
  const axes = (listOf(value) ?? [value]).map((each) => numberOf(each) ?? fallback);
  return axes.map((axis) => (axis < 0 ? axis + rank : axis));
}

/** The tensor with the axis that is normalized by behind the batch. */
function channelsBehindBatch(call: LayerCall): Value {
  const { scope, settings } = call;
  const input = onlyInput(call);
  const rank = input.shape.length;
  const [axis, ...others] = axesOf(settings, rank);
  if (others.length === 0 && axis === rank - 1) return toFirst(scope, input);
  if (others.length === 0 && axis === 1) return toLast(scope, input);
  throw settings.refusal(
    `a normalization by the axes ${settings.numbers("axis", []).join(", ")} cannot be made`,
  );
}

/** Weight and bias from gamma and beta, ones and zeros where the layer has none. */
function bindAffine(call: LayerCall, length: number, hasScale: boolean, hasShift: boolean): void {
  if (!hasScale && !hasShift) return;
  const entries = [
    ["weight", "gamma", hasScale, 1],
    ["bias", "beta", hasShift, 0],
  ] as const;
  for (const [entry, name, has, value] of entries) {
    if (has) call.scope.bind(call, entry, [name], { kind: "rename" });
    else
      call.scope.bind(call, entry, [], {
        ops: [{ op: "fill", shape: [length], value, dtype: "float32" }],
        kind: "fill",
        why: value === 1 ? "scale=False" : "center=False",
      });
  }
}

const batchNorm: Maker = (call) => {
  const { scope, settings } = call;
  const input = channelsBehindBatch(call);
  const rank = input.shape.length;
  if (rank < 2 || rank > 5) throw settings.refusal(`a tensor of ${rank} axes cannot be normalized by batch`);
  const axis = axesOf(settings, rank)[0]!;
  const channels = known(input.shape[axis], settings, "the number of channels");
  const [hasScale, hasShift] = [settings.flag("scale", true), settings.flag("center", true)];
  const affine = hasScale || hasShift;
  const args = {
    num_features: channels,
    eps: settings.number("epsilon", 1e-3),
    // Keras's momentum is the share that stays.
    momentum: Number((1 - settings.number("momentum", 0.99)).toPrecision(12)),
    ...(affine ? {} : { affine }),
  };
  const child = scope.child(call, { type: `BatchNorm${Math.max(rank - 2, 1)}d`, args });
  bindAffine(call, channels, hasScale, hasShift);
  scope.bind(call, "running_mean", ["moving_mean"], { kind: "rename" });
  scope.bind(call, "running_var", ["moving_variance"], { kind: "rename" });
  scope.bind(call, "num_batches_tracked", [], {
    ops: [{ op: "fill", shape: [], value: 0, dtype: "int64" }],
    kind: "fill",
  });
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

/** The lengths of the last axes that are normalized over. @throws ValueError where they are not the last ones */
function lastLengths(call: LayerCall, input: Value): number[] {
  const rank = input.shape.length;
  const axes = axesOf(call.settings, rank).toSorted((a, b) => a - b);
  if (axes.some((axis, i) => axis !== rank - axes.length + i))
    throw call.settings.refusal("a normalization over axes that are not the last ones cannot be made");
  return axes.map((axis) => known(input.shape[axis], call.settings, "a length that it normalizes over"));
}

const layerNorm: Maker = (call) => {
  const { scope, settings } = call;
  if (settings.flag("rms_scaling", false)) throw settings.refusal("rms_scaling=True cannot be made");
  const input = plainInput(call);
  const lengths = lastLengths(call, input);
  const [hasScale, hasShift] = [settings.flag("scale", true), settings.flag("center", true)];
  const args: Record<string, unknown> = { normalized_shape: lengths, eps: settings.number("epsilon", 1e-3) };
  if (!hasScale && !hasShift) args.elementwise_affine = false;
  else if (!hasShift) args.bias = false;
  const child = scope.child(call, { type: "LayerNorm", args });
  if (hasScale) scope.bind(call, "weight", ["gamma"], { kind: "rename" });
  else if (hasShift)
    scope.bind(call, "weight", [], {
      ops: [{ op: "fill", shape: lengths, value: 1, dtype: "float32" }],
      kind: "fill",
      why: "scale=False",
    });
  if (hasShift) scope.bind(call, "bias", ["beta"], { kind: "rename" });
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

const groupNorm: Maker = (call) => {
  const { scope, settings } = call;
  const input = channelsBehindBatch(call);
  const axis = axesOf(settings, input.shape.length)[0]!;
  const channels = known(input.shape[axis], settings, "the number of channels");
  const groups = settings.number("groups", 32);
  const [hasScale, hasShift] = [settings.flag("scale", true), settings.flag("center", true)];
  const affine = hasScale || hasShift;
  const args = {
    num_groups: groups === -1 ? channels : groups,
    num_channels: channels,
    eps: settings.number("epsilon", 1e-3),
    ...(affine ? {} : { affine }),
  };
  const child = scope.child(call, { type: "GroupNorm", args });
  bindAffine(call, channels, hasScale, hasShift);
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

const rmsNorm: Maker = (call) => {
  const { scope, settings } = call;
  const input = plainInput(call);
  const lengths = lastLengths(call, input);
  const args = { normalized_shape: lengths, eps: settings.number("epsilon", 1e-6) };
  const child = scope.child(call, { type: "RMSNorm", args });
  scope.bind(call, "weight", ["scale"], { kind: "rename" });
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

const unitNorm: Maker = (call) => {
  const input = onlyInput(call);
  const [axis, ...others] = axesOf(call.settings, input.shape.length);
  if (others.length > 0) throw call.settings.refusal("a normalization over several axes cannot be made");
  const kw = { p: 2, dim: placeOf(input, axis!) };
  return [{ ...input, ref: call.scope.op("unit", "F.normalize", [input.ref], kw) }];
};

/**
 * (x - mean) / max(sqrt(variance), 1e-7) with statistics that were found before training and stay: not BatchNorm, which
 * would go on learning them.
 */
const fixedNorm: Maker = (call) => {
  const { scope, settings } = call;
  const input = onlyInput(call);
  const rank = input.shape.length;
  const isForAll = settings.json.get("axis") === null;
  const axes = isForAll ? [] : axesOf(settings, rank);
  if (axes.length > 1 || (axes.length === 1 && axes[0] !== rank - 1))
    throw settings.refusal("a normalization by axes other than the last cannot be made");
  const channels = isForAll ? 1 : known(input.shape.at(-1), settings, "the last length of its input");
  const shape = isForAll ? [] : broadcast(input, channels);
  const isGiven = settings.has("mean");
  const statistics = isGiven
    ? ["mean", "variance"].map((name) => scope.constant(name, settings.numbers(name, []), shape))
    : ["@mean", "@variance"];
  if (isGiven) return [{ ...input, ref: normalizedBy(call, input, statistics) }];
  const spec: ModuleSpec = {
    type: "Normalization",
    from: "keras",
    buffers: { mean: { shape }, variance: { shape } },
    forward: {
      inputs: ["x"],
      steps: [
        { set: "centred", op: "operator.sub", in: ["$x", "@mean"] },
        { set: "root", op: "torch.sqrt", in: ["@variance"] },
        { set: "deviation", op: "torch.clamp", in: ["$root"], kw: { min: 1e-7 } },
        settings.flag("invert", false)
          ? { set: "scaled", op: "operator.mul", in: ["$x", "$deviation"] }
          : { set: "y", op: "operator.truediv", in: ["$centred", "$deviation"] },
        ...(settings.flag("invert", false)
          ? [{ set: "y", op: "operator.add", in: ["$scaled", "@mean"] }]
          : []),
      ],
      outputs: ["$y"],
    },
  };
  const child = scope.child(call, spec);
  const ops = [{ op: "reshape", shape } as const];
  scope.bind(call, "mean", ["mean"], { ops, kind: "reshape" });
  scope.bind(call, "variance", ["variance"], { ops, kind: "reshape" });
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

function normalizedBy({ scope, settings }: LayerCall, input: Value, [mean, variance]: string[]): string {
  const root = scope.op("root", "torch.sqrt", [variance]);
  const deviation = scope.op("deviation", "torch.clamp", [root], { min: 1e-7 });
  if (settings.flag("invert", false))
    return scope.op("inverted", "operator.add", [
      scope.op("scaled", "operator.mul", [input.ref, deviation]),
      mean,
    ]);
  return scope.op("normalized", "operator.truediv", [
    scope.op("centred", "operator.sub", [input.ref, mean]),
    deviation,
  ]);
}

/** Normalizations by class. */
export const normalizationLayers: Readonly<Record<string, Maker>> = {
  BatchNormalization: batchNorm,
  LayerNormalization: layerNorm,
  GroupNormalization: groupNorm,
  RMSNormalization: rmsNorm,
  UnitNormalization: unitNorm,
  Normalization: fixedNorm,
};
