// What recurrent layers compute: steps of the three kinds of cells, and layers of them in one or two directions over
// sequences that are laid step after step (the equations of torch.nn.RNN, LSTM and GRU).

import { float32 } from "../../core/dtype.ts";
import { getDevice } from "../../devices/index.ts";
import { type RecurrentMode, recurrentLayer } from "../../ops/recurrent.ts";
import { cat } from "../stacking.ts";
import { isGradEnabled, runAll } from "../tape.ts";
import type { Tensor } from "../tensor.ts";
import { dropout } from "./functional/dropout.ts";
import { linear } from "./functional/linear.ts";

/** Parameters of one layer in one direction. */
export interface Weights {
  /** [gates * hidden, input] and [gates * hidden, hidden or projection]. */
  readonly input: Tensor;
  readonly hidden: Tensor;
  readonly inputBias: Tensor | null;
  readonly hiddenBias: Tensor | null;
  /** [projection, hidden]: an LSTM's hidden state as it is handed on. */
  readonly projection: Tensor | null;
}

/** What goes from step to step: the hidden state, and an LSTM's cell state behind it. */
export type State = readonly Tensor[];

/** One step: from the gates' share of the input, [N, gates * hidden], and a state to the next state. */
export type Step = (gates: Tensor, state: State, weights: Weights) => State;

/** The kinds of recurrent layers. */
export type Mode = RecurrentMode;

function fromHidden(state: State, weights: Weights): Tensor {
  return linear(state[0]!, weights.hidden, weights.hiddenBias);
}

/** The steps of the modes. */
export const steps: Readonly<Record<Mode, Step>> = {
  RNN_TANH: (gates, state, weights) => [fromHidden(state, weights).add(gates).tanh()],
  RNN_RELU: (gates, state, weights) => [fromHidden(state, weights).add(gates).relu()],
  LSTM: (gates, state, weights) => {
    const all = fromHidden(state, weights).add(gates);
    const [input, forget, cell, output] = all.chunk(4, 1) as [Tensor, Tensor, Tensor, Tensor];
    const next = forget.sigmoid().mul(state[1]!).add(input.sigmoid().mul(cell.tanh()));
    const hidden = output.sigmoid().mul(next.tanh());
    const { projection } = weights;
    return [projection === null ? hidden : linear(hidden, projection), next];
  },
  GRU: (gates, state, weights) => {
    const [resetOfInput, updateOfInput, newOfInput] = gates.chunk(3, 1) as [Tensor, Tensor, Tensor];
    const fromState = fromHidden(state, weights).chunk(3, 1) as [Tensor, Tensor, Tensor];
    const reset = fromState[0].add(resetOfInput).sigmoid();
    const update = fromState[1].add(updateOfInput).sigmoid();
    const candidate = newOfInput.add(fromState[2].mul(reset)).tanh();
    return [state[0]!.sub(candidate).mul(update).add(candidate)];
  },
};

/** How many rows of the weights each mode has for a hidden feature. */
export const gateCounts: Readonly<Record<Mode, number>> = { RNN_TANH: 1, RNN_RELU: 1, LSTM: 4, GRU: 3 };

/** A layer's call: which cell, and how its sequences lie. */
export interface Recurrence {
  readonly mode: Mode;
  /** How many sequences have a first step, a second, ...: never rising. */
  readonly batchSizes: readonly number[];
  readonly layers: number;
  readonly isBidirectional: boolean;
  /** Probability that what one layer hands to the next is dropped; 0 in evaluation. */
  readonly dropout: number;
}

/** The first rows of each part of a state. */
function rowsOf(state: State, start: number, count: number): State {
  return state.map((part) => part.narrow(0, start, count));
}

function joined(states: readonly State[]): State {
  return states.length === 1
    ? states[0]!
    : states[0]!.map((_, part) => cat(states.map((each) => each[part]!)));
}

/** True iff a layer of these may be one operation: on a device that takes it whole, where nothing asks for gradients. */
export function isWhole(input: Tensor, initial: State): boolean {
  if (getDevice().kernels[recurrentLayer.name] === undefined || isGradEnabled()) return false;
  return [input, ...initial].every(({ dtype }) => dtype === float32);
}

/**
 * One layer in one direction, without a projection, as one operation.
 * @param x all sequences, of one length: shape [L, N, features]
 * @returns hidden states of all steps, [L, N, features], and the last state
 */
export function wholeLayer(
  mode: Mode,
  isReverse: boolean,
  x: Tensor,
  initial: State,
  { input, hidden, inputBias, hiddenBias }: Weights,
): { readonly all: Tensor; readonly last: State } {
  const biases = inputBias === null ? [] : [inputBias, hiddenBias!];
  const attributes = { mode, isReverse, hasBias: inputBias !== null };
  const [all, ...last] = runAll(recurrentLayer, [x, input, hidden, ...initial, ...biases], attributes);
  return { all: all!, last };
}

/** One layer in one direction. @returns the hidden states of all steps, [steps, features], and the last state */
function runDirection(
  input: Tensor,
  initial: State,
  weights: Weights,
  { mode, batchSizes }: Recurrence,
  isReverse: boolean,
): { readonly output: Tensor; readonly last: State } {
  const isEven = batchSizes.at(-1) === batchSizes[0];
  if (isEven && weights.projection === null && isWhole(input, initial)) {
    const x = input.view(batchSizes.length, batchSizes[0]!, input.shape[1]!);
    const { all, last } = wholeLayer(mode, isReverse, x, initial, weights);
    return { output: all.flatten(0, 1), last };
  }
  const step = steps[mode];
  // The inputs' share of all gates of all steps is one product.
  const gates = linear(input, weights.input, weights.inputBias).split([...batchSizes]);
  const count = batchSizes.length;
  const outputs: Tensor[] = new Array<Tensor>(count);
  const finished: State[] = [];
  let size = batchSizes[isReverse ? count - 1 : 0]!;
  let state = size === initial[0]!.shape[0] ? initial : rowsOf(initial, 0, size);
  for (let i = 0; i < count; i++) {
    const at = isReverse ? count - 1 - i : i;
    const next = batchSizes[at]!;
    // Forwards the shorter sequences end, backwards they begin.
    if (next < size) {
      finished.push(rowsOf(state, next, size - next));
      state = rowsOf(state, 0, next);
    } else if (next > size) state = joined([state, rowsOf(initial, size, next - size)]);
    size = next;
    state = step(gates[at]!, state, weights);
    outputs[at] = state[0]!;
  }
  return { output: cat(outputs), last: joined([state, ...finished.reverse()]) };
}

/**
 * All layers in all directions.
 * @param input the steps of all sequences one after the other, [steps, features]
 * @param initial states of each layer and direction, [N, features] each @param weights likewise
 * @returns hidden states of the last layer, [steps, directions * features], and the last states
 */
export function runLayers(
  input: Tensor,
  initial: readonly State[],
  weights: readonly Weights[],
  recurrence: Recurrence,
): { readonly output: Tensor; readonly last: readonly State[] } {
  const directions = recurrence.isBidirectional ? 2 : 1;
  const last: State[] = [];
  let output = input;
  for (let layer = 0; layer < recurrence.layers; layer++) {
    const outputs: Tensor[] = [];
    for (let direction = 0; direction < directions; direction++) {
      const at = layer * directions + direction;
      const result = runDirection(output, initial[at]!, weights[at]!, recurrence, direction === 1);
      outputs.push(result.output);
      last.push(result.last);
    }
    output = directions === 1 ? outputs[0]! : cat(outputs, 1);
    if (recurrence.dropout > 0 && layer < recurrence.layers - 1) output = dropout(output, recurrence.dropout);
  }
  return { output, last };
}
