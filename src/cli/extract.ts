// weightbridge extract: one tensor of a file, as a .npy or printed.

import { existsSync } from "node:fs";
import { elements } from "../core/elements.ts";
import { FormatError } from "../core/errors.ts";
import { namesText } from "../core/words.ts";
import { load } from "../files/load.ts";
import { openFile, writeFile } from "../files/node.ts";
import { type ArrayLike, ArrayValue } from "../files/values.ts";
import { writerOf } from "../files/writers.ts";
import { type Command, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { cast, floatType } from "./casting.ts";
import { tensorsIn } from "./names.ts";

const help = `weightbridge extract FILE NAME [OUT.npy | -] [--dtype TYPE] [--json] [--force]

Takes one tensor out of a file: of a large one, its bytes alone are read.

  FILE     a file that weightbridge inspect opens, or its http address
  NAME     as weightbridge inspect gives it
  OUT.npy  where it is written; - for standard output. Without it, or with --json,
           its numbers are printed
  --dtype  casts a floating tensor: float16, bfloat16, float32, float64
  --json   name, dtype, shape and values as JSON, of at most 10,000 elements
  --force  replaces OUT where it is there already

Exit status: 0, or 2 when a file is refused.`;

const options = {
  dtype: { type: "string" },
  json: { type: "boolean", default: false },
  force: { type: "boolean", default: false },
} as const;

const mostInJson = 10_000;

/** The tensor of a name. @throws FormatError that names some, when there is none */
function tensorOf(file: string, name: string, tensors: readonly (readonly [string, ArrayLike])[]): ArrayLike {
  const found = tensors.find(([each]) => each === name || `/${each}` === name);
  if (found !== undefined) return found[1];
  const near = tensors.filter(([each]) => each.toLowerCase().includes(name.toLowerCase()));
  const names = (near.length > 0 ? near : tensors).map(([each]) => each);
  throw new FormatError(
    `there is no tensor ${JSON.stringify(name)}; ${names.length === 0 ? "there are none" : `it has ${namesText(names)}`}`,
    { file },
  );
}

/** The elements in lists as deep as the shape. */
function nested(array: ArrayValue): unknown {
  const values: unknown[] = elements(array);
  return array.shape.reduceRight<unknown[]>((items, length) => {
    const outer = length === 0 ? 0 : items.length / length;
    return Array.from({ length: outer }, (_, i) => items.slice(i * length, (i + 1) * length));
  }, values)[0];
}

function printed(file: string, name: string, array: ArrayLike): ArrayValue {
  if (array instanceof ArrayValue) return array;
  throw new FormatError(`it holds no plain numbers but is ${array.kind}: weightbridge inspect tells of it`, {
    file,
    tensor: name,
  });
}

async function toJson(file: string, name: string, tensor: ArrayLike): Promise<void> {
  const array = printed(file, name, tensor);
  const { dtype, size } = array.layout;
  if (size > mostInJson) {
    throw new FormatError(`it has ${size} elements, more than ${mostInJson} for --json: give OUT.npy`, {
      file,
      tensor: name,
    });
  }
  await load(array);
  printJson({ name, dtype: dtype.name, shape: array.shape, values: size === 0 ? [] : nested(array) });
}

async function toText(file: string, name: string, tensor: ArrayLike): Promise<void> {
  const array = await load(printed(file, name, tensor));
  const { NDArray } = await import("../numpy/ndarray.ts");
  print(String(new NDArray(array.storage, array.layout)));
}

async function toNpy(name: string, array: ArrayLike, output: string, force: boolean): Promise<void> {
  const writer = writerOf(output === "-" ? "-.npy" : output);
  if (writer?.format !== "npy") throw new UsageError(`OUT must end with .npy, got ${output}`);
  const refusal = writer.refusal(name, array);
  if (refusal !== undefined) {
    const advice = array instanceof ArrayValue ? ": add --dtype float32" : "";
    throw new FormatError(refusal + advice, { file: output });
  }
  if (output === "-") {
    if (process.stdout.isTTY) throw new UsageError("standard output is a terminal: give OUT.npy, or a pipe");
    await writer.write({ write: toStandardOutput }, [[name, array]], { release: true });
    return;
  }
  if (existsSync(output) && !force) {
    throw new FormatError("there is such a file already; add --force to replace it", { file: output });
  }
  await writeFile(output, (sink) => writer.write(sink, [[name, array]], { release: true }));
}

function toStandardOutput(bytes: Uint8Array): Promise<void> {
  return new Promise((done, failed) => {
    process.stdout.write(bytes, (error) => (error == null ? done() : failed(error)));
  });
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, options);
  const [file, name, output] = positionals;
  if (file === undefined || name === undefined || positionals.length > 3) {
    throw new UsageError("expected FILE and NAME");
  }
  if (values.json && output !== undefined) throw new UsageError("--json prints: it takes no OUT");
  const opened = await openFile(file);
  try {
    const found = tensorOf(file, name, tensorsIn(opened).tensors);
    const tensor = values.dtype === undefined ? found : cast([[name, found]], floatType(values.dtype))[0]![1];
    if (values.json) await toJson(file, name, tensor);
    else if (output === undefined) await toText(file, name, tensor);
    else await toNpy(name, tensor, output, values.force);
  } finally {
    await opened.close();
  }
  return status.ok;
}

export const extract: Command = { help, run };
