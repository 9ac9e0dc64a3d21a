// What Python recorded, out of a .npz: "input" and "output", or "inputs/NAME" and "outputs/NAME"; "activations/PATH" of
// submodules and "labels" where there are any. `weightbridge probe` prints the Python that writes it.

import { FormatError } from "../core/errors.ts";
import { readFile } from "../files/node.ts";
import { DictValue } from "../files/values.ts";
import type { Recorded } from "../port/examine.ts";
import { Tensor } from "../torch/index.ts";
import { UsageError } from "./arguments.ts";
import { isNumbers } from "./weights.ts";

/** Recorded inputs and outputs, with labels where the output is a score for each class. */
export interface Probe {
  readonly recorded: Recorded;
  readonly labels?: Tensor;
}

/** Tensors by name, of a group and in the order of the file. */
function group(tensors: ReadonlyMap<string, Tensor>, prefix: string): [string, Tensor][] {
  return [...tensors]
    .filter(([name]) => name.startsWith(prefix))
    .map(([name, tensor]) => [name.slice(prefix.length), tensor]);
}

/** In the order in which the model takes them, where their names are its own. */
function inOrder(found: readonly [string, Tensor][], names: readonly string[] = []): Tensor[] {
  const byName = new Map(found);
  const areItsOwn =
    names.length > 0 && found.length <= names.length && found.every(([name]) => names.includes(name));
  return areItsOwn ? names.flatMap((name) => byName.get(name) ?? []) : found.map(([, tensor]) => tensor);
}

/**
 * Reads what was recorded.
 * @param names of the model's inputs, where they are known
 * @throws FormatError telling what the file lacks
 */
export async function readProbe(path: string, names?: readonly string[]): Promise<Probe> {
  const { tree } = await readFile(path);
  const tensors = new Map<string, Tensor>();
  if (tree instanceof DictValue) {
    for (const [name, value] of tree)
      if (isNumbers(value)) tensors.set(String(name), new Tensor(value.storage, value.layout));
  }
  const single = (name: string): [string, Tensor][] => {
    const tensor = tensors.get(name);
    return tensor === undefined ? [] : [[name, tensor]];
  };
  const inputs = inOrder([...single("input"), ...group(tensors, "inputs/")], names);
  const outputs = [...single("output"), ...group(tensors, "outputs/")].map(([, tensor]) => tensor);
  if (inputs.length === 0 || outputs.length === 0) {
    const there = tensors.size === 0 ? "no arrays" : [...tensors.keys()].slice(0, 8).join(", ");
    throw new FormatError(
      `expected arrays "input" and "output" (or "inputs/NAME" and "outputs/NAME"), got ${there}; weightbridge probe prints the Python that records them`,
      { file: path },
    );
  }
  const activations = new Map(group(tensors, "activations/"));
  const labels = tensors.get("labels");
  return {
    recorded: { inputs, outputs, ...(activations.size === 0 ? {} : { activations }) },
    ...(labels === undefined ? {} : { labels }),
  };
}

/** A tolerance as the command line has it. @throws UsageError when it is none */
export function tolerances(values: {
  readonly atol?: string | undefined;
  readonly rtol?: string | undefined;
}): {
  readonly atol?: number;
  readonly rtol?: number;
} {
  const given = (["atol", "rtol"] as const).flatMap((name) => {
    const text = values[name];
    if (text === undefined) return [];
    const value = Number(text);
    if (text.trim() === "" || !(value >= 0)) {
      throw new UsageError(`--${name} must be a number of 0 or more, got ${JSON.stringify(text)}`);
    }
    return [[name, value] as const];
  });
  return Object.fromEntries(given);
}
