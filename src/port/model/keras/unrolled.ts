// Recurrent layers that torch's cannot hold, a step for each place of the sequence (keras/src/layers/rnn, Keras 3.15): those
// with other activations, and GRU with reset_after=False, whose reset gate acts on the state before the matrix product.

import type { Step } from "../../rules/steps.ts";
import type { StepSpec } from "../../spec.ts";
import { activationSteps } from "./activations.ts";
import { known, type LayerCall, Scope, type Value } from "./scope.ts";

/** How many blocks the weights have, and how many states there are. */
export interface CellKind {
  readonly gates: number;
  readonly states: number;
}

/** Places that are written out. */
const mostPlaces = 1024;

/** The cell of one layer while its steps are written. */
class Cell {
  readonly scope: Scope;
  private readonly call: LayerCall;
  private readonly units: number;
  /** "@weight_hh" of each gate, and of each bias that the state has. */
  private readonly recurrent: readonly string[];
  private readonly stateBiases: readonly string[];

  constructor(call: LayerCall, scope: Scope, gates: number, hasStateBias: boolean) {
    this.call = call;
    this.scope = scope;
    this.units = call.settings.number("units");
    const block = (name: string, gate: number): string =>
      scope.op(name, "operator.getitem", [
        `@${name}`,
        { slice: [gate * this.units, (gate + 1) * this.units, null] },
      ]);
    this.recurrent = Array.from({ length: gates }, (_, gate) => block("weight_hh", gate));
    this.stateBiases = hasStateBias ? Array.from({ length: gates }, (_, gate) => block("bias_hh", gate)) : [];
  }

  /** The part of a gate in what the input gives. */
  private fromInput(projected: string, gate: number): string {
    const slice = { slice: [gate * this.units, (gate + 1) * this.units, null] };
    return this.scope.op("x", "operator.getitem", [projected, [{ ellipsis: true }, slice]]);
  }

  private fromState(state: string, gate: number): string {
    const bias = this.stateBiases[gate];
    const args = [state, this.recurrent[gate]!];
    return this.scope.op("s", "F.linear", bias === undefined ? args : [...args, bias]);
  }

  private sum(one: string, other: string): string {
    return this.scope.op("sum", "operator.add", [one, other]);
  }

  private product(one: string, other: string): string {
    return this.scope.op("product", "operator.mul", [one, other]);
  }

  private activate(setting: "activation" | "recurrent_activation", fallback: string, ref: string): string {
    const { settings } = this.call;
    return activationSteps(this.scope, settings, settings.text(setting, fallback), ref, -1);
  }

  private gate(projected: string, state: string, gate: number): string {
    const both = this.sum(this.fromInput(projected, gate), this.fromState(state, gate));
    return this.activate("recurrent_activation", "sigmoid", both);
  }

  /** The next state of SimpleRNN. */
  simple(projected: string, [state]: readonly string[]): string[] {
    const both = this.sum(this.fromInput(projected, 0), this.fromState(state!, 0));
    return [this.activate("activation", "tanh", both)];
  }

  /** The next states of LSTM; gates i f g o. */
  lstm(projected: string, [state, memory]: readonly string[]): string[] {
    const [input, forget, output] = [0, 1, 3].map((gate) => this.gate(projected, state!, gate));
    const both = this.sum(this.fromInput(projected, 2), this.fromState(state!, 2));
    const kept = this.product(forget!, memory!);
    const next = this.sum(kept, this.product(input!, this.activate("activation", "tanh", both)));
    return [this.product(output!, this.activate("activation", "tanh", next)), next];
  }

  /** The next state of GRU; gates r z n. */
  gru(projected: string, [state]: readonly string[], resetsBehind: boolean): string[] {
    const [reset, update] = [0, 1].map((gate) => this.gate(projected, state!, gate));
    const recurrent = resetsBehind
      ? this.product(reset!, this.fromState(state!, 2))
      : this.fromState(this.product(reset!, state!), 2);
    const both = this.sum(this.fromInput(projected, 2), recurrent);
    const next = this.activate("activation", "tanh", both);
    const rest = this.scope.op("rest", "operator.sub", [1, update!]);
    return [this.sum(this.product(update!, state!), this.product(rest, next))];
  }
}

/**
 * The layer written out.
 * @returns how its sequence, its last output and its states are referred to
 * @throws ValueError where the length of the sequence is open, or there are too many places
 */
export function unrolled(
  call: LayerCall,
  kind: CellKind,
  input: Value,
): { readonly sequence: string; readonly last: string; readonly states: readonly string[] } {
  const { scope, settings, layer } = call;
  const places = known(
    input.shape[1],
    settings,
    "the length of its sequence, for each place of which a step is written,",
  );
  if (places > mostPlaces)
    throw settings.refusal(`it has ${places} places; at most ${mostPlaces} are written out`);
  const features = known(input.shape[2], settings, "the width of its input");
  const units = settings.number("units");
  const resetsBehind = settings.flag("reset_after", true);
  const isGru = layer.className === "GRU";
  const bias = settings.flag("use_bias", true);
  const hasTwo = bias && isGru && resetsBehind;
  const rows = kind.gates * units;
  const parameters: Record<string, { readonly shape: readonly number[] }> = {
    weight_ih: { shape: [rows, features] },
    weight_hh: { shape: [rows, units] },
    ...(bias ? { [hasTwo ? "bias_ih" : "bias"]: { shape: [rows] } } : {}),
    ...(hasTwo ? { bias_hh: { shape: [rows] } } : {}),
  };
  const inner = new Scope(scope.shared);
  const x = inner.input("x");
  const projected = inner.op("projected", "F.linear", [
    `$${x}`,
    "@weight_ih",
    ...(bias ? [hasTwo ? "@bias_ih" : "@bias"] : []),
  ]);
  const cell = new Cell(call, inner, kind.gates, hasTwo);
  const start = inner.op("start", "operator.getitem", [projected, startOf(units)]);
  const zeros = inner.op("zeros", "torch.zeros_like", [start]);
  let states: string[] = new Array<string>(kind.states).fill(zeros);
  const outputs: string[] = [];
  for (let place = 0; place < places; place++) {
    const here = inner.op("here", "operator.getitem", [projected, [whole, place]]);
    if (layer.className === "SimpleRNN") states = cell.simple(here, states);
    else states = isGru ? cell.gru(here, states, resetsBehind) : cell.lstm(here, states);
    outputs.push(states[0]!);
  }
  const sequence = inner.op("sequence", "torch.stack", [outputs, 1]);
  const steps: readonly StepSpec[] = inner.steps;
  const child = scope.child(call, {
    type: `${layer.className}Unrolled`,
    from: "keras",
    parameters,
    forward: { inputs: [x], steps, outputs: [sequence, ...states] },
  });
  bindUnrolled(call, isGru, bias, hasTwo);
  const output = scope.call(child, [input.ref]);
  const item = (index: number): string => scope.op("part", "operator.getitem", [output, index]);
  const ends = states.map((_, i) => item(i + 1));
  return { sequence: item(0), last: ends[0]!, states: ends };
}

const whole = { slice: [null, null, null] };
const startOf = (units: number): readonly unknown[] => [whole, 0, { slice: [null, units, null] }];

function bindUnrolled(call: LayerCall, isGru: boolean, bias: boolean, hasTwo: boolean): void {
  const { scope } = call;
  const sorted: Step[] = isGru ? [{ op: "gates", axis: 0, from: "zrh", to: "rzh", order: [1, 0, 2] }] : [];
  const kind = isGru ? "gate reorder" : "transpose";
  const ops: Step[] = [{ op: "transpose", axes: [1, 0] }, ...sorted];
  scope.bind(call, "weight_ih", ["kernel"], { ops, kind });
  scope.bind(call, "weight_hh", ["recurrent_kernel"], { ops, kind });
  if (!bias) return;
  if (!hasTwo) {
    scope.bind(call, "bias", ["bias"], { ops: sorted, kind: isGru ? kind : "rename" });
    return;
  }
  ["bias_ih", "bias_hh"].forEach((entry, index) => {
    scope.bind(call, entry, ["bias"], { ops: [{ op: "index", axis: 0, index }, ...sorted], kind });
  });
}
