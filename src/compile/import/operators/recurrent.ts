// Recurrent layers: LSTM, GRU and RNN in one direction or both, over sequences of lengths of their own. Gates lie in ONNX's
// order: input, output, forget, cell; update, reset, hidden.

import { zeros } from "../../../torch/creation.ts";
import { elu, leakyRelu, linear, softplus, softsign } from "../../../torch/nn/functional/index.ts";
import {
  isWhole,
  type Weights as LayerWeights,
  type Mode,
  wholeLayer,
} from "../../../torch/nn/recurrence.ts";
import { cat, stack } from "../../../torch/stacking.ts";
import type { Tensor } from "../../../torch/tensor.ts";
import { type Call, float, floats, int, type Operator, operator, text, texts } from "../operator.ts";

type Activation = (x: Tensor) => Tensor;

/** An activation by its name, with the numbers it takes and their defaults. */
interface ActivationRow {
  readonly takes: readonly number[];
  readonly of: (alpha: number, beta: number) => Activation;
}

const activationRows: Readonly<Record<string, ActivationRow>> = {
  sigmoid: { takes: [], of: () => (x) => x.sigmoid() },
  tanh: { takes: [], of: () => (x) => x.tanh() },
  relu: { takes: [], of: () => (x) => x.relu() },
  softsign: { takes: [], of: () => (x) => softsign(x) },
  softplus: { takes: [], of: () => (x) => softplus(x) },
  leakyrelu: { takes: [0.01], of: (alpha) => (x) => leakyRelu(x, alpha) },
  elu: { takes: [1], of: (alpha) => (x) => elu(x, alpha) },
  hardsigmoid: { takes: [0.2, 0.5], of: (alpha, beta) => (x) => x.mul(alpha).add(beta).clamp(0, 1) },
  affine: { takes: [1, 0], of: (alpha, beta) => (x) => x.mul(alpha).add(beta) },
  scaledtanh: { takes: [1, 1], of: (alpha, beta) => (x) => x.mul(beta).tanh().mul(alpha) },
};

/** Parameters of one direction. */
interface Weights {
  readonly input: Tensor;
  readonly hidden: Tensor;
  readonly inputBias: Tensor | null;
  readonly hiddenBias: Tensor | null;
  readonly peepholes: readonly Tensor[] | null;
  readonly activations: readonly Activation[];
  /** The layer of torch.nn that it is; undefined where it is none. */
  readonly mode: Mode | undefined;
  /** Whether a GRU resets what came of the hidden state, and not the state. */
  readonly resetsProduct: boolean;
}

type State = readonly Tensor[];

/** A kind of layer: how many gates and states it has, its activations, and a step from the input's share of the gates. */
interface Cell {
  readonly gates: number;
  readonly states: number;
  readonly activations: readonly string[];
  /** Layers of torch.nn by their activations, and which gates are PyTorch's, in its order. */
  readonly modes: Readonly<Record<string, Mode>>;
  readonly order: readonly number[];
  readonly step: (gates: Tensor, state: State, weights: Weights) => State;
}

const lstm: Cell = {
  gates: 4,
  states: 2,
  activations: ["Sigmoid", "Tanh", "Tanh"],
  modes: { "sigmoid,tanh,tanh": "LSTM" },
  order: [0, 2, 3, 1],
  step: (gates, [hidden, cell], { hidden: weight, hiddenBias, peepholes, activations }) => {
    const all = gates.add(linear(hidden!, weight, hiddenBias));
    const [i, o, f, c] = all.chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const [gate, candidate, output] = activations as [Activation, Activation, Activation];
    const seen = (x: Tensor, state: Tensor, at: number): Tensor =>
      peepholes === null ? x : x.add(state.mul(peepholes[at]!));
    const kept = gate(seen(f, cell!, 2)).mul(cell!);
    const next = kept.add(gate(seen(i, cell!, 0)).mul(candidate(c)));
    return [gate(seen(o, next, 1)).mul(output(next)), next];
  },
};

const gru: Cell = {
  gates: 3,
  states: 1,
  activations: ["Sigmoid", "Tanh"],
  modes: { "sigmoid,tanh": "GRU" },
  order: [1, 0, 2],
  step: (gates, [hidden], { hidden: weight, hiddenBias, activations, resetsProduct }) => {
    const [gate, candidate] = activations as [Activation, Activation];
    const size = hidden!.shape[1]!;
    const [z, r, h] = gates.chunk(3, 1) as [Tensor, Tensor, Tensor];
    const biasOf = (start: number, count: number) =>
      hiddenBias?.narrow(0, start * size, count * size) ?? null;
    const both = linear(hidden!, weight.narrow(0, 0, 2 * size), biasOf(0, 2));
    const [update, reset] = [gate(z.add(both.narrow(1, 0, size))), gate(r.add(both.narrow(1, size, size)))];
    const [last, lastBias] = [weight.narrow(0, 2 * size, size), biasOf(2, 1)];
    const share = resetsProduct
      ? reset.mul(linear(hidden!, last, lastBias))
      : linear(reset.mul(hidden!), last, lastBias);
    const next = candidate(h.add(share));
    return [next.add(update.mul(hidden!.sub(next)))];
  },
};

const rnn: Cell = {
  gates: 1,
  states: 1,
  activations: ["Tanh"],
  modes: { tanh: "RNN_TANH", relu: "RNN_RELU" },
  order: [0],
  step: (gates, [hidden], { hidden: weight, hiddenBias, activations }) => [
    activations[0]!(gates.add(linear(hidden!, weight, hiddenBias))),
  ],
};

/** The parameters as torch.nn's layer has them. */
function inPytorch({ gates, order }: Cell, { input, hidden, inputBias, hiddenBias }: Weights): LayerWeights {
  const ordered = (value: Tensor): Tensor =>
    gates === 1 ? value : cat(order.map((gate) => value.chunk(gates, 0)[gate]!));
  return {
    input: ordered(input),
    hidden: ordered(hidden),
    inputBias: inputBias && ordered(inputBias),
    hiddenBias: hiddenBias && ordered(hiddenBias),
    projection: null,
  };
}

/** One direction. @returns hidden states of all steps, and the last states */
function runDirection(
  cell: Cell,
  x: Tensor,
  weights: Weights,
  initial: State,
  lengths: Tensor | null,
  isReverse: boolean,
): { readonly all: Tensor; readonly last: State } {
  const { mode } = weights;
  if (mode !== undefined && lengths === null && isWhole(x, initial))
    return wholeLayer(mode, isReverse, x, initial, inPytorch(cell, weights));
  const shares = linear(x, weights.input, weights.inputBias).unbind(0);
  const steps: Tensor[] = new Array<Tensor>(shares.length);
  let state = initial;
  for (let i = 0; i < shares.length; i++) {
    const at = isReverse ? shares.length - 1 - i : i;
    const next = cell.step(shares[at]!, state, weights);
    // Beyond a sequence's end its state stays, and there is no output.
    const isIn = lengths?.gt(at).unsqueeze(1) ?? null;
    const before = state;
    state = isIn === null ? next : next.map((part, k) => part.where(isIn, before[k]!));
    steps[at] = isIn === null ? state[0]! : state[0]!.mul(isIn.to(state[0]!.dtype));
  }
  return { all: stack(steps), last: state };
}

interface RecurrentValues {
  readonly activations: readonly string[] | undefined;
  readonly activation_alpha: readonly number[] | undefined;
  readonly activation_beta: readonly number[] | undefined;
  readonly clip: number | undefined;
  readonly direction: string;
  readonly layout: number;
  readonly linear_before_reset: number;
}

/** The activations of all directions, one after another. */
function activationsOf(cell: Cell, directions: number, values: RecurrentValues): Activation[] {
  const names = values.activations ?? new Array<readonly string[]>(directions).fill(cell.activations).flat();
  const [alphas, betas] = [[...(values.activation_alpha ?? [])], [...(values.activation_beta ?? [])]];
  const { clip } = values;
  return names.map((name) => {
    const { takes, of } = activationRows[name.toLowerCase()]!;
    const alpha = takes.length > 0 ? (alphas.shift() ?? takes[0]!) : 0;
    const beta = takes.length > 1 ? (betas.shift() ?? takes[1]!) : 0;
    const activation = of(alpha, beta);
    return clip === undefined ? activation : (x) => activation(x.clamp(-clip, clip));
  });
}

/** The layer of torch.nn that a direction is; undefined where it is none. */
function modeOf(cell: Cell, values: RecurrentValues, at: number): Mode | undefined {
  const count = cell.activations.length;
  const names = values.activations?.slice(at * count, (at + 1) * count) ?? cell.activations;
  const mode = cell.modes[names.join().toLowerCase()];
  const isOther = values.clip !== undefined || (mode === "GRU" && values.linear_before_reset !== 1);
  return isOther ? undefined : mode;
}

/** The parameters of each direction. */
function weightsOf(cell: Cell, call: Call<RecurrentValues>, directions: number): Weights[] {
  const [input, hidden, bias] = [call.tensor(1), call.tensor(2), call.maybe(3)];
  const size = hidden.shape[2]!;
  const activations = activationsOf(cell, directions, call.attributes);
  const peepholes = cell.states === 2 ? call.maybe(7) : null;
  return Array.from({ length: directions }, (_, at) => {
    const own = bias?.select(0, at) ?? null;
    const rows = cell.gates * size;
    return {
      input: input.select(0, at),
      hidden: hidden.select(0, at),
      inputBias: own?.narrow(0, 0, rows) ?? null,
      hiddenBias: own?.narrow(0, rows, rows) ?? null,
      peepholes: peepholes?.select(0, at).chunk(3, 0) ?? null,
      activations: activations.slice(at * cell.activations.length, (at + 1) * cell.activations.length),
      resetsProduct: call.attributes.linear_before_reset === 1,
      mode: peepholes === null ? modeOf(cell, call.attributes, at) : undefined,
    };
  });
}

function recurrent(cell: Cell, call: Call<RecurrentValues>): Tensor[] {
  const { direction, layout } = call.attributes;
  const isBatchFirst = layout === 1;
  const given = call.tensor(0);
  const x = isBatchFirst ? given.transpose(0, 1) : given;
  const directions = direction === "bidirectional" ? 2 : 1;
  const size = call.tensor(2).shape[2]!;
  const initial = Array.from({ length: cell.states }, (_, part) => {
    const state = call.maybe(5 + part);
    if (state === null) return zeros(directions, x.shape[1]!, size, { dtype: x.dtype });
    return isBatchFirst ? state.transpose(0, 1) : state;
  });
  const runs = weightsOf(cell, call, directions).map((weights, at) => {
    const start = initial.map((part) => part.select(0, at));
    const isReverse = direction === "reverse" || at === 1;
    return runDirection(cell, x, weights, start, call.maybe(4), isReverse);
  });
  const all = stack(
    runs.map((run) => run.all),
    1,
  );
  const last = Array.from({ length: cell.states }, (_, part) => stack(runs.map((run) => run.last[part]!)));
  if (!isBatchFirst) return [all, ...last];
  return [all.permute(2, 0, 1, 3), ...last.map((part) => part.transpose(0, 1))];
}

interface Facts {
  readonly attributes: RecurrentValues & { readonly input_forget: number };
}

function refusal({ attributes }: Facts): string | undefined {
  const { direction, activations = [], input_forget: coupled } = attributes;
  const unknown = activations.filter((name) => !Object.hasOwn(activationRows, name.toLowerCase()));
  if (unknown.length > 0) return `the activation ${unknown[0]} is not here`;
  if (!["forward", "reverse", "bidirectional"].includes(direction))
    return `there is no direction ${direction}`;
  return coupled === 1 ? "coupled input and forget gates are not here" : undefined;
}

const layer = (name: string, cell: Cell): Operator =>
  operator(
    name,
    {
      activations: texts(),
      activation_alpha: floats(),
      activation_beta: floats(),
      clip: float(),
      direction: text("forward"),
      hidden_size: int(),
      input_forget: int(0),
      layout: int(0),
      linear_before_reset: int(0),
      output_sequence: int(),
    },
    (call) => recurrent(cell, call),
    { refusal },
  );

/** Recurrent layers. */
export const recurrentOperators: readonly Operator[] = [
  layer("LSTM", lstm),
  layer("GRU", gru),
  layer("RNN", rnn),
];
