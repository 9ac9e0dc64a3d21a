// A model with its weights and an example of what it takes, as commands are given them.

import { loadParameters } from "../port/loading.ts";
import { UsageError } from "./arguments.ts";
import { drawnExample, type Example, recordedExample } from "./examples.ts";
import { modelIn, type ReadModel, readModel } from "./models.ts";
import { layersOf } from "./port.ts";
import { readWeights } from "./weights.ts";

/** A model with its weights, and an example of what it takes. */
export interface Given {
  readonly target: ReadModel;
  readonly example: Example;
}

/** What --example and --input say. */
export interface ExampleValues {
  readonly example?: string | undefined;
  readonly input: readonly string[];
}

/** The example that is recorded, or drawn. @throws UsageError where there is none, or both are given */
export async function readExample({ example, input }: ExampleValues): Promise<Example> {
  if ((example === undefined) === (input.length === 0))
    throw new UsageError("expected an input: --example FILE, or --input SHAPE");
  return example === undefined ? drawnExample(input) : await recordedExample(example);
}

/**
 * Reads MODEL and WEIGHTS, or WEIGHTS that say what the model is.
 * @throws UsageError, FormatError or ValueError naming what is wrong with them
 */
export async function readGiven(
  [first, second]: readonly (string | undefined)[],
  values: ExampleValues,
): Promise<Given> {
  const example = await readExample(values);
  const weights = await readWeights(second ?? first!);
  const target = second === undefined ? modelIn(weights.opened) : await readModel(first!);
  const source = weights.source(layersOf(target));
  loadParameters(target.model, source, { inputs: [...example.inputs] });
  return { target, example: inOrder(example, target.inputs) };
}

/** The inputs in the order in which the model takes them, where it says so. */
export function inOrder({ names, inputs }: Example, wanted: readonly string[] = []): Example {
  const places = wanted.map((name) => names.indexOf(name));
  if (places.length !== inputs.length || places.includes(-1)) return { names, inputs };
  return { names: wanted, inputs: places.map((at) => inputs[at]!) };
}
