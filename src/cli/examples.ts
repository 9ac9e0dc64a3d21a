// Examples of what a model takes: recorded ones out of a file, or drawn for a shape.

import { dtypeByName } from "../core/dtype.ts";
import { FormatError } from "../core/errors.ts";
import { readFile } from "../files/node.ts";
import { DictValue } from "../files/values.ts";
import { manualSeed, randint, randn, Tensor } from "../torch/index.ts";
import { UsageError } from "./arguments.ts";
import { isNumbers } from "./weights.ts";

/** Inputs in order, and their names where they have any. */
export interface Example {
  readonly names: readonly string[];
  readonly inputs: readonly Tensor[];
}

const shapeForm = /^(?:([A-Za-z_]\w*)=)?(\d+(?:x\d+)*)(?::(\w+)(?:<(\d+))?)?$/;

/** An input of a shape: normal numbers, or integers from 0 to before a limit. @throws UsageError */
function drawn(text: string): { readonly name: string | undefined; readonly input: Tensor } {
  const found = shapeForm.exec(text);
  if (found === null)
    throw new UsageError(`--input takes [NAME=]LENGTHxLENGTH...[:TYPE[<LIMIT]], got ${JSON.stringify(text)}`);
  const [, name, lengths, typeName = "float32", limit = "10"] = found;
  const shape = lengths!.split("x").map(Number);
  const dtype = dtypeByName(typeName);
  if (dtype === undefined || dtype.isComplex)
    throw new UsageError(`--input: there is no type ${typeName} for inputs`);
  const input = dtype.isFloatingPoint ? randn(shape).to(dtype) : randint(0, Number(limit), shape).to(dtype);
  return { name, input };
}

/** Inputs that are drawn, always the same. */
export function drawnExample(texts: readonly string[]): Example {
  manualSeed(0);
  const all = texts.map(drawn);
  const names = all.flatMap(({ name }) => name ?? []);
  if (names.length > 0 && names.length < all.length)
    throw new UsageError("--input: give all inputs names, or none");
  return { names, inputs: all.map(({ input }) => input) };
}

/**
 * Inputs of a file: "input", "inputs/NAME" beside recorded outputs, or all its arrays by their names.
 * @throws FormatError where there are none
 */
export async function recordedExample(path: string): Promise<Example> {
  const { tree } = await readFile(path);
  const all: [string, Tensor][] = [];
  if (tree instanceof DictValue) {
    for (const [name, value] of tree)
      if (isNumbers(value)) all.push([String(name), new Tensor(value.storage, value.layout)]);
  }
  const marked = all.flatMap(([name, tensor]): [string, Tensor][] =>
    name === "input" || name.startsWith("inputs/") ? [[name.replace(/^inputs\//, ""), tensor]] : [],
  );
  const recorded = all.some(([name]) => name === "output" || name.startsWith("outputs/"));
  const found = marked.length > 0 || recorded ? marked : all;
  if (found.length === 0) throw new FormatError('expected arrays "input" or "inputs/NAME"', { file: path });
  const areNamed = found.every(([name]) => /^[A-Za-z_]\w*$/.test(name) && name !== "input");
  return {
    names: areNamed ? found.map(([name]) => name) : [],
    inputs: found.map(([, tensor]) => tensor),
  };
}
