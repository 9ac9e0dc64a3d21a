// Constants of a program that are others for other sizes.

import { NotImplementedError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import type { GraphBuilder, GraphValue } from "../onnx/graph.ts";
import { type DynamicChoice, elementsAt } from "./graph.ts";
import { type Pattern, type PatternContext, patternNodes, patternOf, type Sample } from "./patterns.ts";
import type { Input, Value } from "./program.ts";

/** A constant in each trial. */
const samplesOf = ({ program, traces }: DynamicChoice, value: Value): Sample[] =>
  program.inAll(value).map(({ dtype, shape, maker }, trial) => {
    const { slot, start } = maker as Input;
    return { shape, data: elementsAt(traces[trial]!.slots[slot]!.storage, dtype, start, product(shape)) };
  });

/** True iff a constant is another for other sizes: its lengths are, or its elements. */
export function isDynamicConstant(choice: DynamicChoice, value: Value): boolean {
  const { program, traces } = choice;
  if (program.shapeOf(value).some((length) => typeof length === "string")) return true;
  const { slot } = value.maker as Input;
  const storages = traces.map(({ slots }) => slots[slot]!.storage);
  // What was there before all trials is one memory.
  if (storages.every((each) => each === storages[0])) return false;
  const [first, ...others] = samplesOf(choice, value);
  return others.some(({ data }) => data.some((each, i) => !Object.is(each, first!.data[i])));
}

/** What a constant is for any size; undefined where that is no known pattern. */
function patternFor(choice: DynamicChoice, value: Value): Pattern | undefined {
  const { dtype } = value;
  return dtype.kind === "complex"
    ? undefined
    : patternOf(samplesOf(choice, value), dtype, choice.program.lengths);
}

/** True iff a constant is another for other sizes, and is no pattern that nodes can make. */
export const hasNoPattern = (choice: DynamicChoice, value: Value): boolean =>
  isDynamicConstant(choice, value) && patternFor(choice, value) === undefined;

/**
 * The nodes of a constant that is another for other sizes.
 * @throws NotImplementedError when it is no pattern that nodes can make
 */
export function dynamicConstant(
  graph: GraphBuilder,
  choice: DynamicChoice,
  value: Value,
  vector: PatternContext["vector"],
): GraphValue {
  const { program } = choice;
  const { dtype } = value;
  const pattern = patternFor(choice, value);
  const shape = program.shapeOf(value);
  if (pattern !== undefined) return patternNodes(pattern, { graph, dtype, shape, vector });
  throw new NotImplementedError(
    `a constant of shape [${shape.join(", ")}] that is made while the program runs is no pattern that a graph can make for any ` +
      "length (positions, a causal mask, one number, a number made of lengths): give it as an argument, or leave the axis out of " +
      "dynamic",
  );
}
