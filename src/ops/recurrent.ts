// A layer of a recurrent network as one operation, for whoever takes it whole: a graph of ONNX has an operator for it. No device
// computes it: where a program is run, it is the steps that torch/nn/recurrence.ts makes it of.

import { Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";

/** The kinds of recurrent layers. */
export type RecurrentMode = "RNN_TANH" | "RNN_RELU" | "LSTM" | "GRU";

/** How a layer is run. */
export interface RecurrentAttributes {
  readonly mode: RecurrentMode;
  /** True iff it reads the sequence from its end. */
  readonly isReverse: boolean;
  readonly hasBias: boolean;
}

/** How many parts a state has: the hidden state, and an LSTM's cell state. */
export const stateParts: Readonly<Record<RecurrentMode, number>> = {
  RNN_TANH: 1,
  RNN_RELU: 1,
  LSTM: 2,
  GRU: 1,
};

/**
 * recurrentLayer(x[L, N, I], weight_ih[G H, I], weight_hh[G H, H], h[N, H], c[N, H] of an LSTM, bias_ih[G H]?, bias_hh[G H]?) ->
 * the hidden states of all steps, [L, N, H], and the last states' parts. Gates lie in PyTorch's order.
 */
export const recurrentLayer: Operation<RecurrentAttributes> = {
  name: "recurrentLayer",
  label: "Recurrent",
  promotion: "none",
  infer: ([x, , , ...states], dtype, { mode }) => {
    const [batch, width] = states[0]!.shape;
    const last = Layout.contiguous(dtype, [batch!, width!]);
    const all = Layout.contiguous(dtype, [x!.shape[0]!, batch!, width!]);
    return [all, ...new Array<Layout>(stateParts[mode]).fill(last)];
  },
};
