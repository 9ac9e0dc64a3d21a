// Keras's activations, as operations of torch (keras/src/activations, layers/activations, Keras 3.15), with the slopes and
// limits that Keras has where its own differ.

import type { JsonValue } from "../../../files/json.ts";
import {
  type LayerCall,
  type Maker,
  onlyInput,
  placeOf,
  type Scope,
  toFirst,
  toLast,
  type Value,
} from "./scope.ts";
import { listOf, numberOf, objectOf, Settings } from "./settings.ts";

/** An operation with what it takes besides the tensor. */
interface Operation {
  readonly op: string;
  readonly args?: readonly unknown[];
  readonly kw?: Readonly<Record<string, unknown>>;
}

/** Functions by name, but for those that need an axis or depend on the version. */
const functions: Readonly<Record<string, Operation>> = {
  relu: { op: "F.relu" },
  relu6: { op: "F.relu6" },
  sigmoid: { op: "torch.sigmoid" },
  tanh: { op: "torch.tanh" },
  softplus: { op: "F.softplus" },
  softsign: { op: "F.softsign" },
  elu: { op: "F.elu" },
  celu: { op: "F.celu" },
  selu: { op: "F.selu" },
  gelu: { op: "F.gelu" },
  silu: { op: "F.silu" },
  swish: { op: "F.silu" },
  hard_silu: { op: "F.hardswish" },
  hard_swish: { op: "F.hardswish" },
  hard_tanh: { op: "F.hardtanh" },
  hard_shrink: { op: "F.hardshrink" },
  soft_shrink: { op: "F.softshrink" },
  tanh_shrink: { op: "F.tanhshrink" },
  log_sigmoid: { op: "F.logsigmoid" },
  mish: { op: "F.mish" },
  exponential: { op: "torch.exp" },
  leaky_relu: { op: "F.leaky_relu", kw: { negative_slope: 0.2 } },
};

/** Functions along an axis, the last one of Keras. */
const alongAxis: Readonly<Record<string, string>> = {
  softmax: "torch.softmax",
  log_softmax: "torch.log_softmax",
};

const derived = (value: Value, ref: string): Value => ({ ...value, ref });

/** The name of an activation in settings: a name, a function or a layer; undefined for none. */
function namedActivation(value: JsonValue | undefined): string | undefined {
  if (value === undefined || value === null || value === "linear") return undefined;
  if (typeof value === "string") return value;
  const object = objectOf(value);
  const config = object?.get("config");
  return object?.get("class_name") === "function" && typeof config === "string" ? config : "";
}

/** Steps of one activation, from how its input is referred to. @throws ValueError for one that there is none of here */
export function activationSteps(
  scope: Scope,
  settings: Settings,
  name: string,
  ref: string,
  axis: number,
): string {
  if (name === "linear") return ref;
  if (name === "hard_sigmoid") return hardSigmoid(scope, ref);
  if (Object.hasOwn(alongAxis, name)) return scope.op(name, alongAxis[name]!, [ref, axis]);
  if (!Object.hasOwn(functions, name))
    throw settings.refusal(
      `there is no activation "${name}" here: write the model, and port the weights into it`,
    );
  const { op, args = [], kw } = functions[name]!;
  return scope.op(name, op, [ref, ...args], kw);
}

/** Keras 3 has torch's, clip(x / 6 + 1 / 2); Keras 2 had clip(0.2 x + 0.5). */
function hardSigmoid(scope: Scope, ref: string): string {
  if (!scope.shared.isOld) return scope.op("hard_sigmoid", "F.hardsigmoid", [ref]);
  const line = scope.op("hard_sigmoid", "operator.add", [scope.op("slope", "operator.mul", [ref, 0.2]), 0.5]);
  return scope.op("hard_sigmoid", "torch.clamp", [line], { min: 0, max: 1 });
}

/** The setting "activation" of a layer, carried out on what the layer gives. */
export function activated(call: LayerCall, value: Value): Value {
  const given = call.settings.json.get("activation");
  const name = namedActivation(given);
  if (name === undefined) return value;
  if (name !== "") {
    const ref = activationSteps(call.scope, call.settings, name, value.ref, placeOf(value, -1));
    return derived(value, ref);
  }
  // A layer as activation.
  const object = objectOf(given);
  const className = object?.get("class_name");
  const maker = typeof className === "string" ? activationLayers[className] : undefined;
  const config = objectOf(object?.get("config"));
  if (maker === undefined || config === undefined || className === "PReLU")
    throw call.settings.refusal(
      "its activation is none of Keras's: write the model, and port the weights into it",
    );
  const settings = new Settings(config, call.settings.place);
  return maker({ ...call, settings, inputs: [value], args: [value] })[0]!;
}

/** A layer that is one operation. */
const single =
  (name: string, make: (settings: Settings) => Operation): Maker =>
  (call) => {
    const input = onlyInput(call);
    const { op, args = [], kw } = make(call.settings);
    return [derived(input, call.scope.op(name, op, [input.ref, ...args], kw))];
  };

/** relu with a limit, a slope below a threshold: f(x) = min(x, max) for x >= threshold, slope (x - threshold) below. */
const reluLayer: Maker = (call) => {
  const { scope, settings } = call;
  const input = onlyInput(call);
  const limit = settings.has("max_value") ? settings.number("max_value") : undefined;
  const slope = settings.number(settings.has("negative_slope") ? "negative_slope" : "alpha", 0);
  const threshold = settings.number("threshold", 0);
  if (threshold !== 0 && slope !== 0)
    throw settings.refusal("a slope below a threshold other than 0 cannot be made");
  if (limit === 6 && slope === 0 && threshold === 0)
    return [derived(input, scope.op("relu6", "F.relu6", [input.ref]))];
  let ref = rectified(scope, input.ref, threshold, slope);
  if (limit !== undefined) ref = scope.op("limited", "torch.clamp", [ref], { max: limit });
  return [derived(input, ref)];
};

function rectified(scope: Scope, ref: string, threshold: number, slope: number): string {
  if (threshold !== 0) return scope.op("threshold", "F.threshold", [ref, threshold, 0]);
  return slope === 0
    ? scope.op("relu", "F.relu", [ref])
    : scope.op("leaky_relu", "F.leaky_relu", [ref], { negative_slope: slope });
}

const softmaxLayer: Maker = (call) => {
  const input = onlyInput(call);
  const axis = call.settings.json.get("axis") ?? -1;
  const [only, ...others] = listOf(axis) ?? [axis];
  const number = numberOf(only);
  if (others.length > 0 || number === undefined)
    throw call.settings.refusal("a softmax over several axes cannot be made");
  return [derived(input, call.scope.op("softmax", "torch.softmax", [input.ref, placeOf(input, number)]))];
};

/** max(x, 0) + alpha min(x, 0), one slope for each position but for the axes that share theirs. */
const preluLayer: Maker = (call) => {
  const { scope, settings } = call;
  const given = onlyInput(call);
  const rank = given.shape.length;
  const shared = new Set(settings.numbers("shared_axes", []).map((axis) => (axis < 0 ? axis + rank : axis)));
  const spatial = Array.from({ length: Math.max(rank - 2, 0) }, (_, i) => i + 1);
  const channels = given.shape.at(-1) ?? null;
  if (spatial.every((axis) => shared.has(axis)) && channels !== null && !shared.has(rank - 1)) {
    const input = toFirst(scope, given);
    const child = scope.child(call, { type: "PReLU", args: { num_parameters: channels } });
    scope.bind(call, "weight", ["alpha"], {
      ops: [{ op: "reshape", shape: [channels] }],
      kind: "reshape",
      why: "[1, ..., channels]",
    });
    return [derived(input, scope.call(child, [input.ref]))];
  }
  const lengths = given.shape.slice(1).map((length, i) => (shared.has(i + 1) ? 1 : length));
  if (lengths.some((length) => length === null))
    throw settings.refusal("it has a slope for each position, and the file leaves a length open");
  return [positionalPrelu(call, toFirst(scope, given), lengths as number[])];
};

function positionalPrelu(call: LayerCall, input: Value, lengths: readonly number[]): Value {
  const { scope } = call;
  const moved = input.axes === "first";
  const shape = moved ? [lengths.at(-1)!, ...lengths.slice(0, -1)] : lengths;
  const child = scope.child(call, {
    type: "PReLU",
    from: "keras",
    parameters: { alpha: { shape } },
    forward: {
      inputs: ["x"],
      steps: [
        { set: "above", op: "torch.clamp", in: ["$x"], kw: { min: 0 } },
        { set: "below", op: "torch.clamp", in: ["$x"], kw: { max: 0 } },
        { set: "scaled", op: "operator.mul", in: ["@alpha", "$below"] },
        { set: "y", op: "operator.add", in: ["$above", "$scaled"] },
      ],
      outputs: ["$y"],
    },
  });
  const axes = [lengths.length - 1, ...Array.from({ length: lengths.length - 1 }, (_, i) => i)];
  const rule = moved
    ? { ops: [{ op: "transpose", axes } as const], kind: "transpose", why: "channels first" }
    : { kind: "rename" };
  scope.bind(call, "alpha", ["alpha"], rule);
  return derived(input, scope.call(child, [input.ref]));
}

const activationLayer: Maker = (call) => [activated(call, onlyInput(call))];

/** Layers that are an activation. */
export const activationLayers: Readonly<Record<string, Maker>> = {
  Activation: activationLayer,
  ReLU: reluLayer,
  ReLu6: single("relu6", () => ({ op: "F.relu6" })),
  LeakyReLU: single("leaky_relu", (settings) => ({
    op: "F.leaky_relu",
    kw: { negative_slope: settings.number(settings.has("negative_slope") ? "negative_slope" : "alpha", 0.3) },
  })),
  ELU: single("elu", (settings) => ({ op: "F.elu", kw: { alpha: settings.number("alpha", 1) } })),
  ThresholdedReLU: single("threshold", (settings) => ({
    op: "F.threshold",
    args: [settings.number("theta", 1), 0],
  })),
  Softmax: softmaxLayer,
  PReLU: preluLayer,
};

/** The input as Keras counts its axes. */
export const plainInput = (call: LayerCall): Value => toLast(call.scope, onlyInput(call));
