// Recurrent layers in ONNX: RNN, LSTM and GRU in one direction (ONNX's docs/Operators.md). Gates are put in its order: of an LSTM
// input, output, forget, cell, where PyTorch has input, forget, cell, output; of a GRU update, reset, new, where PyTorch has reset,
// update, new.

import { float32 } from "../core/dtype.ts";
import type { AttributeValue, GraphValue, ResultType } from "../onnx/graph.ts";
import { type RecurrentMode, recurrentLayer, stateParts } from "../ops/recurrent.ts";
import { known, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** The operator, and PyTorch's gates in its order. */
interface Form {
  readonly opType: string;
  readonly gates: readonly number[];
  readonly attributes?: Readonly<Record<string, AttributeValue>>;
}

const forms: Readonly<Record<RecurrentMode, Form>> = {
  RNN_TANH: { opType: "RNN", gates: [0] },
  RNN_RELU: { opType: "RNN", gates: [0], attributes: { activations: { texts: ["Relu"] } } },
  LSTM: { opType: "LSTM", gates: [0, 3, 1, 2] },
  // What is reset is the product with the hidden state, its bias included.
  GRU: { opType: "GRU", gates: [1, 0, 2], attributes: { linear_before_reset: 1 } },
};

/** A parameter whose rows are gates one after another, under a first axis for the direction. */
function inOrder(n: Nodes, value: GraphValue, gates: readonly number[]): GraphValue {
  const shape = value.shape.map(known);
  const [rows, ...rest] = shape as [number, ...number[]];
  if (gates.length === 1) return n.reshape(value, [1, ...shape]);
  const apart = n.reshape(value, [gates.length, rows / gates.length, ...rest]);
  return n.reshape(n.take(apart, 0, n.graph.integers(gates)), [1, ...shape]);
}

/** The row of recurrent layers. */
export const recurrentLowerings: readonly LoweringRow[] = [
  row(recurrentLayer, ({ graph, inputs, attributes: { mode, isReverse, hasBias }, results }) => {
    if (inputs.some(({ dtype }) => dtype !== float32)) return undefined;
    const n = new Nodes(graph);
    const { opType, gates, attributes } = forms[mode];
    const [x, weight, hidden, ...rest] = inputs as [GraphValue, GraphValue, GraphValue, ...GraphValue[]];
    const parts = stateParts[mode];
    const states = rest.slice(0, parts).map((state) => n.unsqueeze(state, [0]));
    const weights = [weight, hidden].map((value) => inOrder(n, value, gates));
    const biases = rest.slice(parts).map((value) => inOrder(n, value, gates));
    const size = known(hidden.shape[1]);
    const bias = hasBias ? n.concat(biases, 1, 2 * known(biases[0]!.shape[1])) : undefined;
    const made = results.map(
      ({ dtype, shape }, i): ResultType => ({
        dtype,
        shape: i === 0 ? [shape[0]!, 1, ...shape.slice(1)] : [1, ...shape],
        isOptional: i > 0,
      }),
    );
    const values = graph.several(opType, [x, ...weights, bias, undefined, ...states], made, {
      hidden_size: size,
      ...(isReverse && { direction: "reverse" }),
      ...attributes,
    });
    return values.map((value, i) => n.squeeze(value, [i === 0 ? 1 : 0]));
  }),
];
