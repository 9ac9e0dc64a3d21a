// Which module a node of ONNX Runtime's is of, by its name: nodes keep the names that they had when they were lowered, and a fused
// one has the name of one of its parts.

import type { ModelProto, NodeProto } from "../onnx/messages.ts";

/** What a fused node goes by, whatever it has taken in: the part that multiplies. */
const products: readonly (readonly [fused: RegExp, operators: readonly string[]])[] = [
  [/Conv/, ["Conv", "ConvTranspose"]],
  [/Gemm|MatMul/, ["MatMul", "Gemm"]],
];

/** A lowered node's name in another: "fused /4/Gemm_15", "/2/Relu_12_nchwc". */
const ownName = /\/(?:[^/ ]+\/)*?[A-Z][A-Za-z]*_\d+/;

/** The path of the module in a lowered node's name: "/layer1/0/conv1/Conv_12" is of "layer1.0.conv1". */
const pathIn = (name: string): string => name.split("/").slice(1, -1).join(".");

/** Tells the path of the module of a node that runs, by its name and operator; undefined where it has none. */
export function ownersIn({ graph }: ModelProto): (name: string, operator: string) => string | undefined {
  const nodes = graph?.node ?? [];
  const named = new Map(nodes.map((node) => [node.name ?? "", node]));
  const makers = new Map(nodes.flatMap((node) => (node.output ?? []).map((value) => [value, node])));
  /** The nearest node before one, or itself, that has one of the operators. */
  const nearest = (first: NodeProto, operators: readonly string[]): NodeProto | undefined => {
    const found = new Set([first]);
    for (const node of found) {
      if (operators.includes(node.opType ?? "")) return node;
      for (const value of node.input ?? []) {
        const maker = makers.get(value);
        if (maker !== undefined) found.add(maker);
      }
    }
    return undefined;
  };
  return (name, operator) => {
    const own = ownName.exec(name)?.[0] ?? "";
    const path = pathIn(own);
    const node = named.get(own);
    const operators = products.find(([fused]) => fused.test(operator))?.[1];
    const owner = node === undefined || operators === undefined ? undefined : nearest(node, operators);
    return (owner === undefined ? path : pathIn(owner.name ?? "")) || undefined;
  };
}
