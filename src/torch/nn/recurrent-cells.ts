// torch.nn.RNNCell, LSTMCell, GRUCell: one step of the recurrent layers.

import { bind, type Signature } from "../../core/arguments.ts";
import type { DType } from "../../core/dtype.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import { boolRepr } from "../../core/text.ts";
import { empty, zeros } from "../creation.ts";
import type { Tensor } from "../tensor.ts";
import { linear } from "./functional/linear.ts";
import { uniform_ } from "./init.ts";
import { Module } from "./module.ts";
import { ofType } from "./options.ts";
import { Parameter } from "./parameter.ts";
import { gateCounts, type Mode, type State, steps } from "./recurrence.ts";
import type { LSTMState } from "./recurrent.ts";

/** What the cells take by name. */
export interface CellOptions {
  readonly inputSize?: number;
  readonly hiddenSize?: number;
  readonly bias?: boolean;
  readonly dtype?: DType;
}

/** What `RNNCell` takes by name. */
export interface RNNCellOptions extends CellOptions {
  readonly nonlinearity?: "tanh" | "relu";
}

type Bound = Required<Omit<CellOptions, "dtype">> & { readonly dtype: DType | undefined };
type Positions = [inputSize: number, hiddenSize: number, bias: boolean];
type HiddenArguments = Signature<[hx: Tensor | null], { readonly hx?: Tensor | null }>;
type LSTMArguments = Signature<[hx: LSTMState | null], { readonly hx?: LSTMState | null }>;

/** What the cells have in common (torch.nn.RNNCellBase). */
export class RNNCellBase extends Module {
  readonly inputSize: number;
  readonly hiddenSize: number;
  readonly bias: boolean;
  declare weightIh: Parameter;
  declare weightHh: Parameter;
  declare biasIh: Parameter | null;
  declare biasHh: Parameter | null;

  constructor({ inputSize, hiddenSize, bias, dtype }: Bound, gates: number) {
    super();
    this.inputSize = inputSize;
    this.hiddenSize = hiddenSize;
    this.bias = bias;
    const rows = gates * hiddenSize;
    this.registerParameter("weight_ih", new Parameter(empty([rows, inputSize], ofType(dtype))));
    this.registerParameter("weight_hh", new Parameter(empty([rows, hiddenSize], ofType(dtype))));
    this.registerParameter("bias_ih", bias ? new Parameter(empty([rows], ofType(dtype))) : null);
    this.registerParameter("bias_hh", bias ? new Parameter(empty([rows], ofType(dtype))) : null);
    this.resetParameters();
  }

  /** Draws all parameters from U(-1/sqrt(hiddenSize), 1/sqrt(hiddenSize)). */
  resetParameters(): void {
    const bound = this.hiddenSize > 0 ? 1 / Math.sqrt(this.hiddenSize) : 0;
    for (const parameter of this.parameters()) uniform_(parameter, -bound, bound);
  }

  /** One step from the states given, else from zeros. */
  protected step(name: string, mode: Mode, input: Tensor, given: readonly Tensor[] | null): State {
    const count = mode === "LSTM" ? 2 : 1;
    checkRanks(name, input, given, count);
    const isSingle = input.ndim === 1;
    const rows = isSingle ? input.unsqueeze(0) : input;
    const batch = rows.shape[0]!;
    const state =
      given === null
        ? new Array<Tensor>(count).fill(zeros([batch, this.hiddenSize], { dtype: input.dtype }))
        : given.map((part) => (isSingle ? part.unsqueeze(0) : part));
    this.checkSizes(rows, state);
    const weights = {
      input: this.weightIh,
      hidden: this.weightHh,
      inputBias: this.biasIh,
      hiddenBias: this.biasHh,
      projection: null,
    };
    const next = steps[mode](linear(rows, weights.input, weights.inputBias), state, weights);
    return isSingle ? next.map((part) => part.squeeze(0)) : next;
  }

  private checkSizes(input: Tensor, state: State): void {
    const [batch, features] = input.shape as [number, number];
    if (features !== this.inputSize) {
      throw new RuntimeError(`input has inconsistent input_size: got ${features} expected ${this.inputSize}`);
    }
    state.forEach(({ shape }, part) => {
      if (shape[0] !== batch) {
        throw new RuntimeError(
          `Input batch size ${batch} doesn't match hidden${part} batch size ${shape[0]}`,
        );
      }
      if (shape[1] !== this.hiddenSize) {
        throw new RuntimeError(
          `hidden${part} has inconsistent hidden_size: got ${shape[1]}, expected ${this.hiddenSize}`,
        );
      }
    });
  }

  override extraRepr(): string {
    const sizes = `${this.inputSize}, ${this.hiddenSize}`;
    return this.bias ? sizes : `${sizes}, bias=${boolRepr(this.bias)}`;
  }
}

function checkRanks(name: string, input: Tensor, given: readonly Tensor[] | null, count: number): void {
  const isRow = ({ ndim }: Tensor): boolean => ndim === 1 || ndim === 2;
  if (!isRow(input))
    throw new ValueError(`${name}: Expected input to be 1D or 2D, got ${input.ndim}D instead`);
  if (given === null) return;
  given.forEach((part, i) => {
    if (isRow(part)) return;
    const what = count === 1 ? "hidden" : `hx[${i}]`;
    throw new ValueError(`${name}: Expected ${what} to be 1D or 2D, got ${part.ndim}D instead`);
  });
  if (given.length !== count) throw new RuntimeError("lstm_cell expects two hidden states");
}

function boundOf(name: string, args: readonly unknown[]): Bound {
  const names = ["inputSize", "hiddenSize", "bias"] as const;
  return bind<Bound>(`${name}.__init__`, names, args, { bias: true, dtype: undefined });
}

/** h' = tanh(W x + b + W' h + b'), or relu of it (torch.nn.RNNCell). */
export class RNNCell extends RNNCellBase {
  readonly nonlinearity: "tanh" | "relu";

  constructor(...args: Signature<[...Positions, nonlinearity: "tanh" | "relu"], RNNCellOptions>) {
    const bound = bind<Bound & { readonly nonlinearity: "tanh" | "relu" }>(
      "RNNCell.__init__",
      ["inputSize", "hiddenSize", "bias", "nonlinearity"],
      args,
      { bias: true, nonlinearity: "tanh", dtype: undefined },
    );
    super(bound, 1);
    this.nonlinearity = bound.nonlinearity;
  }

  /** @param input [N, inputSize] or [inputSize] @param hx [N, hiddenSize] or [hiddenSize] @returns shaped like hx */
  override forward(input: Tensor, ...args: HiddenArguments): Tensor {
    const { hx } = bind<{ hx: Tensor | null }>("RNNCell.forward", ["hx"], args, { hx: null });
    if (this.nonlinearity !== "tanh" && this.nonlinearity !== "relu")
      throw new RuntimeError(`Unknown nonlinearity: ${String(this.nonlinearity)}`);
    const mode = this.nonlinearity === "tanh" ? "RNN_TANH" : "RNN_RELU";
    return this.step("RNNCell", mode, input, hx === null ? null : [hx])[0]!;
  }

  override extraRepr(): string {
    const text = super.extraRepr();
    return this.nonlinearity === "tanh" ? text : `${text}, nonlinearity=${this.nonlinearity}`;
  }
}

/** One step of long short-term memory (torch.nn.LSTMCell). */
export class LSTMCell extends RNNCellBase {
  constructor(...args: Signature<Positions, CellOptions>) {
    super(boundOf("LSTMCell", args), gateCounts.LSTM);
  }

  /** @param input [N, inputSize] or [inputSize] @param hx hidden and cell state @returns the next two states */
  override forward(input: Tensor, ...args: LSTMArguments): [hidden: Tensor, cell: Tensor] {
    const { hx } = bind<{ hx: LSTMState | null }>("LSTMCell.forward", ["hx"], args, { hx: null });
    const [hidden, cell] = this.step("LSTMCell", "LSTM", input, hx);
    return [hidden!, cell!];
  }
}

/** One step of a gated recurrent unit (torch.nn.GRUCell). */
export class GRUCell extends RNNCellBase {
  constructor(...args: Signature<Positions, CellOptions>) {
    super(boundOf("GRUCell", args), gateCounts.GRU);
  }

  /** @param input [N, inputSize] or [inputSize] @param hx [N, hiddenSize] or [hiddenSize] @returns shaped like hx */
  override forward(input: Tensor, ...args: HiddenArguments): Tensor {
    const { hx } = bind<{ hx: Tensor | null }>("GRUCell.forward", ["hx"], args, { hx: null });
    return this.step("GRUCell", "GRU", input, hx === null ? null : [hx])[0]!;
  }
}
