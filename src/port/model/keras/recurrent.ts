// Keras's recurrent layers (keras/src/layers/rnn, Keras 3.15) as torch's. Those that torch's cannot hold (other activations,
// GRU with reset_after=False) are written out step by step in unrolled.ts.

import { classOfConfig } from "../../../files/keras/classes.ts";
import type { Step } from "../../rules/steps.ts";
import type { ModuleSpec } from "../../spec.ts";
import { plainInput } from "./activations.ts";
import { type GraphLayer, isModelClass, moduleOfClass } from "./graph.ts";
import { type Given, isValue, known, type LayerCall, type Maker, toLast, type Value } from "./scope.ts";
import { objectOf, Settings } from "./settings.ts";
import { type CellKind, unrolled } from "./unrolled.ts";

/** What is known of a class: torch's, and the activations that torch's has. */
interface Kind extends CellKind {
  readonly type: "RNN" | "LSTM" | "GRU";
}

const gates: Step = { op: "gates", axis: 0, from: "zrh", to: "rzh", order: [1, 0, 2] };

const kinds: Readonly<Record<string, Kind>> = {
  SimpleRNN: { type: "RNN", gates: 1, states: 1 },
  LSTM: { type: "LSTM", gates: 4, states: 2 },
  GRU: { type: "GRU", gates: 3, states: 1 },
};

/** True iff torch's module computes what the layer does. */
function fitsTorch({ type }: Kind, settings: Settings): boolean {
  const activation = settings.text("activation", "tanh");
  if (type === "RNN") return activation === "tanh" || activation === "relu";
  const gate = settings.text("recurrent_activation", "sigmoid");
  const resetsBehind = type !== "GRU" || settings.flag("reset_after", true);
  return activation === "tanh" && gate === "sigmoid" && resetsBehind;
}

/** torch's module for one layer, or for the two of a Bidirectional. */
function moduleOf(kind: Kind, settings: Settings, features: number, bidirectional: boolean): ModuleSpec {
  const bias = settings.flag("use_bias", true);
  const args: Record<string, unknown> = {
    input_size: features,
    hidden_size: settings.number("units"),
    batch_first: true,
  };
  if (!bias) args.bias = bias;
  if (bidirectional) args.bidirectional = bidirectional;
  if (kind.type === "RNN" && settings.text("activation") === "relu") args.nonlinearity = "relu";
  return { type: kind.type, args };
}

/** Binds the weights of a direction. @param ends what stands before the weights' names: "forward_lstm/lstm_cell/" */
function bindDirection(
  call: LayerCall,
  kind: Kind,
  settings: Settings,
  suffix: string,
  name: (weight: string) => string,
): void {
  const { scope } = call;
  const sorted = kind.type === "GRU" ? [gates] : [];
  const label = sorted.length > 0 ? "gate reorder" : "transpose";
  const transpose: Step = { op: "transpose", axes: [1, 0] };
  const ops = [transpose, ...sorted];
  scope.bind(call, `weight_ih_l0${suffix}`, [name("kernel")], { ops, kind: label });
  scope.bind(call, `weight_hh_l0${suffix}`, [name("recurrent_kernel")], { ops, kind: label });
  if (!settings.flag("use_bias", true)) return;
  if (kind.type === "GRU") {
    ["ih", "hh"].forEach((side, index) => {
      const row: Step = { op: "index", axis: 0, index };
      const rule = { ops: [row, gates], kind: label, why: "row 0 for the input, row 1 for the state" };
      scope.bind(call, `bias_${side}_l0${suffix}`, [name("bias")], rule);
    });
    return;
  }
  scope.bind(call, `bias_ih_l0${suffix}`, [name("bias")], { kind: "rename" });
  scope.bind(call, `bias_hh_l0${suffix}`, [], {
    ops: [{ op: "fill", shape: [kind.gates * settings.number("units")], value: 0, dtype: "float32" }],
    kind: "fill",
    why: "Keras has one bias",
  });
}

/** The states that a call begins with: behind the tensor, or by name. */
function statesOf(call: LayerCall): readonly Value[] {
  const named = call.kwargs.get("initial_state");
  const all = named === undefined ? call.inputs.slice(1) : valuesIn(named);
  return all.map((value) => toLast(call.scope, value));
}

function valuesIn(given: Given): readonly Value[] {
  if (isValue(given)) return [given];
  return Array.isArray(given) ? (given as readonly Given[]).flatMap(valuesIn) : [];
}

/** The sequence that a call is given. */
const sequenceOf = (call: LayerCall): Value => plainInput({ ...call, inputs: call.inputs.slice(0, 1) });

function refuseMasks(call: LayerCall): void {
  const mask = call.kwargs.get("mask");
  if (mask !== undefined && valuesIn(mask).length > 0)
    throw call.settings.refusal("a mask cannot be made: write the model, and port the weights into it");
}

/** What a module gives, as Keras gives it: the sequence or its end, and the states where they are asked for. */
function resultsOf(
  call: LayerCall,
  input: Value,
  units: number,
  refs: { readonly sequence: string; readonly last: string; readonly states: readonly string[] },
): readonly Value[] {
  const { settings } = call;
  const [batch, length] = input.shape;
  const sequences = settings.flag("return_sequences", false);
  const main: Value = sequences
    ? { ref: refs.sequence, shape: [batch!, length!, units], axes: "last" }
    : { ref: refs.last, shape: [batch!, units], axes: "last" };
  if (!settings.flag("return_state", false)) return [main];
  return [main, ...refs.states.map((ref): Value => ({ ref, shape: [batch!, units], axes: "last" }))];
}

const recurrent =
  (kind: Kind): Maker =>
  (call) => {
    const { scope, settings } = call;
    refuseMasks(call);
    const given = sequenceOf(call);
    const features = known(given.shape[2], settings, "the width of its input");
    const units = settings.number("units");
    const initial = statesOf(call);
    const backwards = settings.flag("go_backwards", false);
    const input = backwards
      ? { ...given, ref: scope.op("backwards", "torch.flip", [given.ref, [1]]) }
      : given;
    if (!fitsTorch(kind, settings)) {
      if (initial.length > 0)
        throw settings.refusal(
          "states to begin with and an activation other than torch's cannot be made together",
        );
      return resultsOf(call, input, units, unrolled(call, kind, input));
    }
    const child = scope.child(call, moduleOf(kind, settings, features, false));
    bindDirection(call, kind, settings, "", (weight) => weight);
    const rows = initial.map(({ ref }) => scope.op("state", "Tensor.unsqueeze", [ref, 0]));
    const states = rows.length === 0 ? [] : [kind.states === 2 ? rows : rows[0]!];
    const output = scope.call(child, [input.ref, ...states]);
    const item = (ref: string, index: unknown): string => scope.op("part", "operator.getitem", [ref, index]);
    const ends = item(output, 1);
    const each = kind.states === 2 ? [item(item(ends, 0), 0), item(item(ends, 1), 0)] : [item(ends, 0)];
    return resultsOf(call, input, units, { sequence: item(output, 0), last: each[0]!, states: each });
  };

/** A layer that another one holds in its settings. */
export function innerLayer(call: LayerCall, key: string): GraphLayer {
  const object = objectOf(call.settings.json.get(key));
  const config = objectOf(object?.get("config"));
  const className = object?.get("class_name");
  const name = config?.get("name");
  if (config === undefined || typeof className !== "string" || typeof name !== "string")
    throw call.settings.refusal(`the layer in "${key}" is not told`);
  const place = `${call.settings.place}: "${key}" (${className})`;
  return {
    name,
    className: classOfConfig(className),
    module: moduleOfClass(object!),
    // Of a model the whole object is kept: it is a graph of its own.
    settings: new Settings(isModelClass(className) ? object! : config, place),
    inputShape: undefined,
    calls: [],
  };
}

/** Two outputs as one. */
function merged(call: LayerCall, mode: string, one: string, other: string): string {
  const { scope, settings } = call;
  if (mode === "concat") return scope.op("both", "torch.cat", [[one, other], -1]);
  if (mode === "mul") return scope.op("both", "operator.mul", [one, other]);
  const sum = scope.op("both", "operator.add", [one, other]);
  if (mode === "sum") return sum;
  if (mode === "ave") return scope.op("both", "operator.mul", [sum, 0.5]);
  throw settings.refusal(`merge_mode="${mode}" cannot be made`);
}

const bidirectional: Maker = (call) => {
  const { scope, settings } = call;
  refuseMasks(call);
  const forward = innerLayer(call, "layer");
  const kind = kinds[forward.className];
  const inner = forward.settings;
  if (kind === undefined || !fitsTorch(kind, inner) || inner.flag("go_backwards", false))
    throw settings.refusal(
      "in both directions only SimpleRNN, LSTM and GRU with torch's activations can be made",
    );
  if (call.inputs.length > 1) throw settings.refusal("states to begin with cannot be made");
  const input = sequenceOf(call);
  const features = known(input.shape[2], settings, "the width of its input");
  const units = inner.number("units");
  const child = scope.child(call, moduleOf(kind, inner, features, true));
  bindDirection(call, kind, inner, "", directed(call, "forward"));
  bindDirection(call, kind, inner, "_reverse", directed(call, "backward"));
  const item = (ref: string, index: unknown): string => scope.op("part", "operator.getitem", [ref, index]);
  const output = scope.call(child, [input.ref]);
  const ends = item(output, 1);
  const states = kind.states === 2 ? [item(ends, 0), item(ends, 1)] : [ends];
  const mode = settings.text("merge_mode");
  if (mode === "") throw settings.refusal("merge_mode=None cannot be made");
  const width = mode === "concat" ? 2 * units : units;
  const [batch, length] = input.shape;
  let main: Value;
  if (inner.flag("return_sequences", false)) {
    const sequence = item(output, 0);
    const half = (slice: unknown): string => item(sequence, [{ ellipsis: true }, { slice }]);
    const ref =
      mode === "concat" ? sequence : merged(call, mode, half([null, units, null]), half([units, null, null]));
    main = { ref, shape: [batch!, length!, width], axes: "last" };
  } else {
    const ref = merged(call, mode, item(states[0]!, 0), item(states[0]!, 1));
    main = { ref, shape: [batch!, width], axes: "last" };
  }
  if (!inner.flag("return_state", false)) return [main];
  const both = [0, 1].flatMap((direction) => states.map((state) => item(state, direction)));
  return [main, ...both.map((ref): Value => ({ ref, shape: [batch!, units], axes: "last" }))];
};

/** How a direction's weights end in the file: "forward_lstm/lstm_cell/kernel". */
function directed(call: LayerCall, direction: "forward" | "backward"): (weight: string) => string {
  const { scope, layer } = call;
  const owner = [...scope.trail, layer.name][0];
  const all = scope.shared.weights?.find(({ name }) => name === owner)?.weights ?? [];
  return (weight) => {
    const found = all.find(([name]) => {
      const parts = name.split("/");
      return (
        parts.at(-1) === weight && parts.some((part) => part.startsWith(`${direction}_`)) && isOf(call, parts)
      );
    });
    return found?.[0] ?? `${direction}/${weight}`;
  };
}

const isOf = ({ layer, scope }: LayerCall, parts: readonly string[]): boolean =>
  scope.trail.length === 0 || parts.includes(layer.name);

/** Recurrent layers by class. */
export const recurrentLayers: Readonly<Record<string, Maker>> = {
  ...Object.fromEntries(Object.entries(kinds).map(([name, kind]) => [name, recurrent(kind)])),
  Bidirectional: bidirectional,
};
