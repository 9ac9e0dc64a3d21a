// Constants of a program whose lengths are dynamic.

import { NotImplementedError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import type { GraphBuilder, GraphValue } from "../onnx/graph.ts";
import { type DynamicChoice, elementsAt } from "./graph.ts";
import { type PatternContext, patternNodes, patternOf } from "./patterns.ts";
import type { Input, Value } from "./program.ts";

/**
 * The nodes of a constant that is another for other sizes.
 * @throws NotImplementedError when it is no pattern that nodes can make
 */
export function dynamicConstant(
  graph: GraphBuilder,
  { program, traces }: DynamicChoice,
  value: Value,
  vector: PatternContext["vector"],
): GraphValue {
  const samples = program.inAll(value).map(({ dtype, shape, maker }, trial) => {
    const { slot, start } = maker as Input;
    return { shape, data: elementsAt(traces[trial]!.slots[slot]!.storage, dtype, start, product(shape)) };
  });
  const pattern = value.dtype.kind === "complex" ? undefined : patternOf(samples);
  const shape = program.shapeOf(value);
  if (pattern !== undefined) return patternNodes(pattern, { graph, dtype: value.dtype, shape, vector });
  throw new NotImplementedError(
    `a constant of shape [${shape.join(", ")}] that is made while the program runs is no pattern that a graph can make for any ` +
      "length (positions, a causal mask, one number): give it as an argument, or leave the axis out of dynamic",
  );
}
