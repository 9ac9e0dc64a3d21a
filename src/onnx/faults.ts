// What ONNX Runtime does wrong with some graphs (seen in 1.30), and the settings that keep it from that.

import { type DType, float64 } from "../core/dtype.ts";
import type { ModelProto, NodeProto } from "./index.ts";

/** An optimizer that does wrong. */
interface Fault {
  readonly optimizer: string;
  /** True iff it may do so with a graph. @param types of the graph's values */
  concerns(nodes: readonly NodeProto[], types: ReadonlySet<DType>): boolean;
}

const faults: readonly Fault[] = [
  {
    // The factor of a product that is taken into it is kept as a float32, whatever the product's type is.
    optimizer: "MatMulScaleFusion",
    concerns: (_, types) => types.has(float64),
  },
  {
    // A Transpose of batches before a Cast before a MatMul is taken for one it can use; the nodes that it made of them are left
    // without their schemas, and the next optimizer that looks at one ends the process.
    optimizer: "MatmulTransposeFusion",
    concerns: multipliesCasts,
  },
];

/** Nodes that change places alone: the library may leave them out, or move others across them. */
export const moving: ReadonlySet<string> = new Set([
  "Expand",
  "Flatten",
  "Gather",
  "Identity",
  "Reshape",
  "Slice",
  "Squeeze",
  "Transpose",
  "Unsqueeze",
]);

/** True iff a MatMul reads what a Cast gave. */
function multipliesCasts(nodes: readonly NodeProto[]): boolean {
  const casts = new Set<string>();
  for (const { opType, input = [], output = [] } of nodes) {
    if (opType === "Cast" || (moving.has(opType!) && casts.has(input[0]!))) casts.add(output[0]!);
    else if (opType === "MatMul" && input.some((name) => casts.has(name))) return true;
  }
  return false;
}

/**
 * The settings of a graph's session, by ONNX Runtime's names for them.
 * @param types of the graph's values
 */
export function settingsFor(model: ModelProto, types: ReadonlySet<DType>): Readonly<Record<string, string>> {
  const nodes = model.graph?.node ?? [];
  const left = faults.filter((fault) => fault.concerns(nodes, types)).map(({ optimizer }) => optimizer);
  return left.length === 0 ? {} : { "optimization.disable_specified_optimizers": left.join(";") };
}
