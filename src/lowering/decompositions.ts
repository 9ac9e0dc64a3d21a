// Bands of diagonals in ONNX, which have a node. What eliminates row after row is in linear-systems.ts; what iterates until
// something is small has no nodes (without.ts). ONNX Runtime's own nodes for inverses and determinants do not say where they
// stopped, as LAPACK does.

import { type DType, float32, float64, int32, int64 } from "../core/dtype.ts";
import { bandPart } from "../ops/decompositions.ts";
import { type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** Types that the node takes. */
const types: readonly DType[] = [float32, float64, int32, int64];

/** Rows of decompositions. */
export const decompositionLowerings: readonly LoweringRow[] = [
  row(bandPart, ({ graph, inputs: [x], attributes: { low, high } }) => {
    if (!types.includes(x!.dtype)) return undefined;
    const n = new Nodes(graph);
    let result = x!;
    for (const [bound, upper] of [
      [low, 1],
      [high, 0],
    ] as const) {
      if (!Number.isFinite(bound)) continue;
      result = graph.node("Trilu", [result, n.number(bound, int64)], result, { upper });
    }
    return [result === x ? n.one("Identity", result) : result];
  }),
];
