// torch.nn.RNN, LSTM, GRU.

import { bind, type Signature } from "../../core/arguments.ts";
import { ValueError } from "../../core/errors.ts";
import type { Tensor } from "../tensor.ts";
import type { CallInputs } from "./call.ts";
import type { Mode } from "./recurrence.ts";
import {
  type LSTMOptions,
  type RecurrentBound,
  type RecurrentOptions,
  RNNBase,
  recurrentDefaults,
  type SequenceInput,
} from "./recurrent-base.ts";
import type { Numeric } from "./text.ts";
import type { PackedSequence } from "./utils/rnn.ts";

/** What `RNN` takes by name. */
export interface RNNOptions extends RecurrentOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

type Sizes = [inputSize: number, hiddenSize: number, numLayers: number];
type Rest = [bias: boolean, batchFirst: boolean, dropout: Numeric, bidirectional: boolean];

/** @throws ValueError where a projection is asked of a layer that has none */
function refuseProjection(args: readonly unknown[]): void {
  const last = args.at(-1);
  if (typeof last === "object" && last !== null && "projSize" in last) {
    throw new ValueError("proj_size argument is only supported for LSTM, not RNN or GRU");
  }
}

const modes: Readonly<Record<string, Mode>> = { tanh: "RNN_TANH", relu: "RNN_RELU" };

type HiddenArguments = Signature<[hx: Tensor | null], { readonly hx?: Tensor | null }>;

/** h' = tanh(W x + b + W' h + b') step by step, or relu of it (torch.nn.RNN). */
export class RNN extends RNNBase {
  readonly nonlinearity: "tanh" | "relu";

  constructor(...args: Signature<[...Sizes, nonlinearity: "tanh" | "relu", ...Rest], RNNOptions>) {
    refuseProjection(args);
    const names = [
      "inputSize",
      "hiddenSize",
      "numLayers",
      "nonlinearity",
      "bias",
      "batchFirst",
      "dropout",
      "bidirectional",
    ] as const;
    const bound = bind<RecurrentBound & { readonly nonlinearity: "tanh" | "relu" }>(
      "RNN.__init__",
      names,
      args,
      {
        ...recurrentDefaults,
        nonlinearity: "tanh",
      },
    );
    const mode = modes[bound.nonlinearity];
    if (mode === undefined) {
      throw new ValueError(`Unknown nonlinearity '${bound.nonlinearity}'. Select from 'tanh' or 'relu'.`);
    }
    super(mode, bound);
    this.nonlinearity = bound.nonlinearity;
  }

  /**
   * @param input [T, N, inputSize], or [N, T, inputSize] where the batch comes first, or [T, inputSize], or packed
   * @param hx the state to begin with, [layers * directions, N, hiddenSize]; zeros where it is not given
   * @returns hidden states of all steps, laid as the input is, and the last state of each layer and direction
   */
  override forward(input: PackedSequence, ...args: HiddenArguments): [PackedSequence, Tensor];
  override forward(input: Tensor, ...args: HiddenArguments): [Tensor, Tensor];
  override forward(input: SequenceInput, ...args: HiddenArguments): [SequenceInput, Tensor] {
    const { hx } = bind<{ hx: Tensor | null }>("RNN.forward", ["hx"], args, { hx: null });
    const { output, last } = this.run("RNN", input, hx === null ? null : [hx]);
    return [output, last[0]!];
  }

  /** Runs hooks and `forward`. */
  override call(input: PackedSequence, ...args: HiddenArguments): [PackedSequence, Tensor];
  override call(...inputs: CallInputs<this["forward"]>): ReturnType<this["forward"]>;
  override call(...inputs: readonly unknown[]): unknown {
    return super.call(...(inputs as CallInputs<this["forward"]>));
  }
}

/** Gated recurrent units (torch.nn.GRU). */
export class GRU extends RNNBase {
  constructor(...args: Signature<[...Sizes, ...Rest], RecurrentOptions>) {
    refuseProjection(args);
    super("GRU", boundOf("GRU", args, []));
  }

  /** Arguments and results are those of `RNN`. */
  override forward(input: PackedSequence, ...args: HiddenArguments): [PackedSequence, Tensor];
  override forward(input: Tensor, ...args: HiddenArguments): [Tensor, Tensor];
  override forward(input: SequenceInput, ...args: HiddenArguments): [SequenceInput, Tensor] {
    const { hx } = bind<{ hx: Tensor | null }>("GRU.forward", ["hx"], args, { hx: null });
    const { output, last } = this.run("GRU", input, hx === null ? null : [hx]);
    return [output, last[0]!];
  }

  /** Runs hooks and `forward`. */
  override call(input: PackedSequence, ...args: HiddenArguments): [PackedSequence, Tensor];
  override call(...inputs: CallInputs<this["forward"]>): ReturnType<this["forward"]>;
  override call(...inputs: readonly unknown[]): unknown {
    return super.call(...(inputs as CallInputs<this["forward"]>));
  }
}

/** A hidden state and a cell state. */
export type LSTMState = readonly [hidden: Tensor, cell: Tensor];

type LSTMArguments = Signature<[hx: LSTMState | null], { readonly hx?: LSTMState | null }>;
type LSTMResult<Input> = [output: Input, last: [hidden: Tensor, cell: Tensor]];

/** Long short-term memory (torch.nn.LSTM). */
export class LSTM extends RNNBase {
  constructor(...args: Signature<[...Sizes, ...Rest, projSize: number], LSTMOptions>) {
    super("LSTM", boundOf("LSTM", args, ["projSize"]));
  }

  /**
   * @param input as `RNN` takes it @param hx hidden state, [layers * directions, N, hiddenSize or projSize], and cell
   *   state, [layers * directions, N, hiddenSize]
   * @returns hidden states of all steps, laid as the input is, and the last states of each layer and direction
   */
  override forward(input: PackedSequence, ...args: LSTMArguments): LSTMResult<PackedSequence>;
  override forward(input: Tensor, ...args: LSTMArguments): LSTMResult<Tensor>;
  override forward(input: SequenceInput, ...args: LSTMArguments): LSTMResult<SequenceInput> {
    const { hx } = bind<{ hx: LSTMState | null }>("LSTM.forward", ["hx"], args, { hx: null });
    const { output, last } = this.run("LSTM", input, hx);
    return [output, [last[0]!, last[1]!]];
  }

  /** Runs hooks and `forward`. */
  override call(input: PackedSequence, ...args: LSTMArguments): LSTMResult<PackedSequence>;
  override call(...inputs: CallInputs<this["forward"]>): ReturnType<this["forward"]>;
  override call(...inputs: readonly unknown[]): unknown {
    return super.call(...(inputs as CallInputs<this["forward"]>));
  }
}

function boundOf(name: string, args: readonly unknown[], more: readonly "projSize"[]): RecurrentBound {
  const names = [
    "inputSize",
    "hiddenSize",
    "numLayers",
    "bias",
    "batchFirst",
    "dropout",
    "bidirectional",
  ] as const;
  return bind<RecurrentBound>(`${name}.__init__`, [...names, ...more], args, recurrentDefaults);
}
