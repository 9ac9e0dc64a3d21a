// Keras's plain layers: Dense, Embedding, what changes shapes, what acts in training only, and what joins tensors
// (keras/src/layers/core, reshaping, regularization, merging, Keras 3.15).

import { product } from "../../../core/layout.ts";
import type { Step } from "../../rules/steps.ts";
import { activated, plainInput } from "./activations.ts";
import { broadcast } from "./pooling.ts";
import { feedsDense } from "./readers.ts";
import {
  type Dims,
  isValue,
  known,
  type LayerCall,
  type Maker,
  onlyInput,
  placeOf,
  type Scope,
  toFirst,
  toLast,
  type Value,
} from "./scope.ts";
import { numberOf, type Settings } from "./settings.ts";
import { isChannelsLast } from "./spatial.ts";

/** The lengths behind the batch. @throws ValueError where one is open */
export function lengthsOf({ shape }: Value, settings: Settings): number[] {
  return shape.slice(1).map((length) => known(length, settings, "a length of its input"));
}

/** Rows of a kernel behind a flattening, in the order of an image whose channels come first. */
function flattenSteps([channels, ...spatial]: readonly number[], units: number): Step[] {
  const axes = spatial.length;
  return [
    { op: "reshape", shape: [...spatial, channels!, units] },
    { op: "transpose", axes: [axes + 1, axes, ...spatial.map((_, axis) => axis)] },
    { op: "reshape", shape: [units, channels! * product(spatial)] },
  ];
}

const dense: Maker = (call) => {
  const { scope, settings } = call;
  const input = plainInput(call);
  const features = known(input.shape.at(-1), settings, "the last length of its input");
  const units = settings.number("units");
  const bias = settings.flag("use_bias", true);
  const args = { in_features: features, out_features: units, ...(bias ? {} : { bias }) };
  const child = scope.child(call, { type: "Linear", args });
  if (settings.has("lora_rank") && scope.hasWeight(call, "lora_kernel_a"))
    throw settings.refusal("its LoRA weights are not merged: merge them in Keras and save again");
  const { flattened } = input;
  scope.bind(
    call,
    "weight",
    ["kernel"],
    flattened === undefined
      ? { ops: [{ op: "transpose", axes: [1, 0] }], kind: "transpose" }
      : { ops: flattenSteps(flattened, units), kind: "flatten permutation", why: "flatten order" },
  );
  if (bias) scope.bind(call, "bias", ["bias"], { kind: "rename" });
  const shape = [...input.shape.slice(0, -1), units];
  return [activated(call, { ref: scope.call(child, [input.ref]), shape, axes: "last" })];
};

const embedding: Maker = (call) => {
  const { scope, settings } = call;
  const input = plainInput(call);
  if (settings.flag("mask_zero", false)) {
    throw settings.refusal(
      "mask_zero=True makes the layers behind it leave out the places of 0, which torch's do not: write the model, and port " +
        "the weights into it",
    );
  }
  const width = settings.number("output_dim");
  const args = { num_embeddings: settings.number("input_dim"), embedding_dim: width };
  const child = scope.child(call, { type: "Embedding", args });
  scope.bind(call, "weight", ["embeddings"], { kind: "rename" });
  return [{ ref: scope.call(child, [input.ref]), shape: [...input.shape, width], axes: "last" }];
};

/**
 * Keras's order of elements is that of an image with its channels last. Behind a Dense the columns are sorted instead, and
 * the image is flattened as it lies.
 */
const flatten: Maker = (call) => {
  const { scope, settings } = call;
  const given = onlyInput(call);
  const lengths = lengthsOf(given, settings);
  const shape: Dims = [given.shape[0]!, product(lengths)];
  if (given.shape.length === 2) return [given];
  const isNative = given.axes === "native" && !isChannelsLast(settings);
  if ((given.axes === "first" || isNative) && feedsDense(call)) {
    const image = isNative ? lengths : [lengths.at(-1)!, ...lengths.slice(0, -1)];
    const child = scope.child(call, { type: "Flatten" });
    return [{ ref: scope.call(child, [given.ref]), shape, axes: "last", flattened: image }];
  }
  const last = isNative ? channelsToEnd(scope, given) : toLast(scope, given);
  const flat = scope.op("flat", "torch.flatten", [last.ref, 1]);
  // As a tensor of its own: behind a view of an image the columns of a Linear would be taken for the image's.
  return [{ ref: scope.op("flat", "Tensor.clone", [flat]), shape, axes: "last" }];
};

function channelsToEnd(scope: Scope, value: Value): Value {
  const order = [0, ...value.shape.slice(2).map((_, i) => i + 2), 1];
  const ref = scope.op("channels_last", "Tensor.permute", [value.ref, order]);
  return { ref, shape: order.map((axis) => value.shape[axis]!), axes: "last" };
}

const reshape: Maker = (call) => {
  const { scope, settings } = call;
  const input = plainInput(call);
  const wanted = settings.numbers("target_shape", []);
  const lengths = lengthsOf(input, settings);
  const rest = product(wanted.filter((length) => length >= 0));
  const shape = wanted.map((length) => (length < 0 ? product(lengths) / rest : length));
  const ref = scope.op("reshaped", "Tensor.reshape", [input.ref, [-1, ...shape]]);
  return [{ ref, shape: [input.shape[0]!, ...shape], axes: "last" }];
};

const permute: Maker = (call) => {
  const input = plainInput(call);
  const order = [0, ...call.settings.numbers("dims", [])];
  if (order.length !== input.shape.length)
    throw call.settings.refusal(`dims should be ${input.shape.length - 1} axes`);
  const ref = call.scope.op("permuted", "Tensor.permute", [input.ref, order]);
  return [{ ref, shape: order.map((axis) => input.shape[axis]!), axes: "last" }];
};

const repeatVector: Maker = (call) => {
  const input = plainInput(call);
  const count = call.settings.number("n");
  const row = call.scope.op("row", "Tensor.unsqueeze", [input.ref, 1]);
  const ref = call.scope.op("repeated", "Tensor.repeat", [row, [1, count, 1]]);
  return [{ ref, shape: [input.shape[0]!, count, input.shape[1]!], axes: "last" }];
};

/** A module that does nothing in evaluation. */
const dropout =
  (type: string, isSpatial = false): Maker =>
  (call) => {
    const given = onlyInput(call);
    const input = isSpatial ? toFirst(call.scope, given) : given;
    const child = call.scope.child(call, { type, args: { p: call.settings.number("rate", 0.5) } });
    return [{ ...input, ref: call.scope.call(child, [input.ref]) }];
  };

const identity: Maker = (call) => [onlyInput(call)];

/** What acts in training alone and has no like in torch. */
const trainingOnly: Maker = (call) => {
  const { name, className } = call.layer;
  const note = `layer "${name}" (${className}) acts in training alone; it is left out`;
  if (!call.scope.shared.notes.includes(note)) call.scope.shared.notes.push(note);
  return [onlyInput(call)];
};

/** Tensors of one rank, with their axes in one order. */
function together(call: LayerCall): Value[] {
  const { scope, inputs } = call;
  const rank = Math.max(...inputs.map(({ shape }) => shape.length));
  const isEven = inputs.every(({ shape }) => shape.length === rank);
  if (isEven && inputs.some(({ axes }) => axes === "first"))
    return inputs.map((each) => toFirst(scope, each));
  return inputs.map((each) => {
    let value = toLast(scope, each);
    // Keras puts the axes that one has less behind the batch.
    while (value.shape.length < rank) {
      const ref = scope.op("wider", "Tensor.unsqueeze", [value.ref, 1]);
      value = { ref, shape: [value.shape[0]!, 1, ...value.shape.slice(1)], axes: "last" };
    }
    return value;
  });
}

function broadcastShape(values: readonly Value[]): Dims {
  const [first, ...others] = values.map(({ shape }) => shape);
  return others.reduce<Dims>(
    (shape, other) => shape.map((length, axis) => (length === 1 ? other[axis]! : length)),
    first!,
  );
}

/** Elementwise on any number of tensors, two at a time. */
const elementwise =
  (op: string, last?: (scope: Scope, ref: string, count: number) => string): Maker =>
  (call) => {
    const { scope, settings } = call;
    // What Keras records of `x + 3` has the same name as its layer of sums.
    if (call.inputs.length < 2 && last === undefined && call.args.length + call.kwargs.size > 1)
      return arithmetic(op)(call);
    if (call.inputs.length < 2) throw settings.refusal("it should be called with several tensors");
    const values = together(call);
    const joined = values
      .slice(1)
      .reduce((ref, value) => scope.op(call.layer.name, op, [ref, value.ref]), values[0]!.ref);
    const ref = last === undefined ? joined : last(scope, joined, values.length);
    return [{ ref, shape: broadcastShape(values), axes: values[0]!.axes }];
  };

const concatenate: Maker = (call) => {
  const { scope, settings } = call;
  const values = together(call);
  const [first] = values;
  if (first === undefined) throw settings.refusal("it should be called with several tensors");
  const rank = first.shape.length;
  const given = settings.number("axis", -1);
  const axis = given < 0 ? given + rank : given;
  const lengths = values.map(({ shape }) => shape[axis] ?? null);
  const total = lengths.some((length) => length === null)
    ? null
    : lengths.reduce<number>((a, b) => a + b!, 0);
  const ref = scope.op(call.layer.name, "torch.cat", [values.map((each) => each.ref), placeOf(first, axis)]);
  return [{ ref, shape: first.shape.map((length, i) => (i === axis ? total : length)), axes: first.axes }];
};

/** x gamma, one factor for each channel: LayerScale of keras.applications.convnext. */
const layerScale: Maker = (call) => {
  const { scope, settings } = call;
  const input = onlyInput(call);
  const channels = settings.number("projection_dim");
  const child = scope.child(call, {
    type: "LayerScale",
    from: "keras",
    parameters: { gamma: { shape: broadcast(input, channels) } },
    forward: {
      inputs: ["x"],
      steps: [{ set: "y", op: "operator.mul", in: ["$x", "@gamma"] }],
      outputs: ["$y"],
    },
  });
  // The file names the weights of such a class by their number.
  const weight = scope.hasWeight(call, "gamma") ? "gamma" : "0";
  const ops: Step[] = [{ op: "reshape", shape: broadcast(input, channels) }];
  scope.bind(call, "gamma", [weight], { ops, kind: "reshape" });
  return [{ ...input, ref: scope.call(child, [input.ref]) }];
};

/** x + scale y: CustomScaleLayer of keras.applications.inception_resnet_v2. */
const scaledSum: Maker = (call) => {
  const { scope, settings } = call;
  const [x, y, ...others] = together(call);
  if (x === undefined || y === undefined || others.length > 0)
    throw settings.refusal("it should be called with two tensors");
  const scaled = scope.op("scaled", "operator.mul", [y.ref, settings.number("scale")]);
  return [{ ref: scope.op(call.layer.name, "operator.add", [x.ref, scaled]), shape: x.shape, axes: x.axes }];
};

/** Arithmetic of tensors and numbers, which Keras records as layers: `x + 3`, `ops.multiply(x, y)`. */
export const arithmetic =
  (op: string): Maker =>
  (call) => {
    const { scope, settings, args, kwargs } = call;
    const given = [...args, ...kwargs.values()].filter(
      (each) => isValue(each) || numberIn(each) !== undefined,
    );
    if (given.length !== 2) throw settings.refusal("it should be called with two tensors or numbers");
    if (given.every(isValue)) return elementwise(op)({ ...call, inputs: given });
    const value = given.find(isValue);
    if (value === undefined) throw settings.refusal("it is called without a tensor");
    const ref = scope.op(
      call.layer.name,
      op,
      given.map((each) => (isValue(each) ? each.ref : numberIn(each))),
    );
    return [{ ref, shape: value.shape, axes: value.axes }];
  };

const numberIn = (given: object): number | undefined =>
  "value" in given ? numberOf((given as { readonly value: never }).value) : undefined;

/** Layers by class. */
export const coreLayers: Readonly<Record<string, Maker>> = {
  Dense: dense,
  Embedding: embedding,
  Flatten: flatten,
  Reshape: reshape,
  Permute: permute,
  RepeatVector: repeatVector,
  Identity: identity,
  Dropout: dropout("Dropout"),
  AlphaDropout: dropout("AlphaDropout"),
  SpatialDropout1D: dropout("Dropout1d", true),
  SpatialDropout2D: dropout("Dropout2d", true),
  SpatialDropout3D: dropout("Dropout3d", true),
  ActivityRegularization: identity,
  GaussianNoise: trainingOnly,
  GaussianDropout: trainingOnly,
  RandomBrightness: trainingOnly,
  RandomContrast: trainingOnly,
  RandomFlip: trainingOnly,
  RandomRotation: trainingOnly,
  RandomTranslation: trainingOnly,
  RandomZoom: trainingOnly,
  Add: elementwise("operator.add"),
  Subtract: elementwise("operator.sub"),
  Multiply: elementwise("operator.mul"),
  Maximum: elementwise("torch.maximum"),
  Minimum: elementwise("torch.minimum"),
  Average: elementwise("operator.add", (scope, ref, count) =>
    scope.op("average", "operator.truediv", [ref, count]),
  ),
  Concatenate: concatenate,
  LayerScale: layerScale,
  CustomScaleLayer: scaledSum,
  StochasticDepth: trainingOnly,
};
