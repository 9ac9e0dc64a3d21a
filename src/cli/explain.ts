// weightbridge explain: what a model is to ONNX Runtime when it is compiled, and where the time goes.

import { explain } from "../compile/explain.ts";
import { importOnnx } from "../compile/import/index.ts";
import type { Port } from "../compile/import/module.ts";
import { RuntimeError } from "../core/errors.ts";
import { shapeText } from "../core/words.ts";
import { callArguments } from "../export/trace/calling.ts";
import { saveFile } from "../files/node.ts";
import { type Command, checkTargets, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { drawnExample, type Example } from "./examples.ts";
import { explanationHtml } from "./explain-page.ts";
import { type ExampleValues, type Given, inOrder, readExample, readGiven } from "./given.ts";

const help = `weightbridge explain MODEL WEIGHTS (--example FILE | --input SHAPE...)
                     [--frozen] [--runs N] [--threads N] [--json] [--report PAGE.html]
weightbridge explain MODEL.onnx [--example FILE | --input SHAPE...]
                     [--frozen] [--runs N] [--threads N] [--json] [--report PAGE.html]

Compiles a model, runs it, and tells what became of its operations: what they are in ONNX,
what ONNX Runtime fused and folded of that, what it runs on, and how long each operator
and each module takes.

  MODEL       the model: its description in JSON, or a module of JavaScript or
              TypeScript whose default export is the model, or makes it. It is left
              out where WEIGHTS say what the model is (.keras, a module saved whole)
  WEIGHTS     its weights, as of weightbridge port
  MODEL.onnx  a file of ONNX, which has both. Without an input its own lengths are taken,
              and 1 where they may be any
  --example   an input, out of a file with "input" or "inputs/NAME" (.npz,
              .safetensors): what weightbridge probe's Python records
  --input     an input by its shape, filled with numbers that are drawn; again for
              each input: 1x3x224x224, or input_ids=2x16:int64<30522
  --frozen    the weights become part of the graph, as of compile(model, { frozen: true })
  --runs      how often it is run while it is timed: 10
  --threads   how many threads the work is divided among
  --json      the same as data
  --report    writes a page with a picture of it: modules one in another, as wide as
              their share of the time
  --force     replaces a page that is there already

Exit status: 0, or 2 when something is refused.`;

const options = {
  example: { type: "string" },
  input: { type: "string", multiple: true, default: [] as string[] },
  frozen: { type: "boolean", default: false },
  runs: { type: "string", default: "10" },
  threads: { type: "string" },
  json: { type: "boolean", default: false },
  report: { type: "string" },
  force: { type: "boolean", default: false },
} as const;

/** A count that an option gives. @throws UsageError */
function count(name: string, text: string): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1)
    throw new UsageError(`--${name} takes a number from 1 on, got ${JSON.stringify(text)}`);
  return value;
}

/** An input as --input has it, of the lengths that a file says. @throws RuntimeError where it does not say */
function inputText({ name, dtype, shape }: Port, _: number, { length }: readonly Port[]): string {
  if (dtype === undefined || shape === undefined)
    throw new RuntimeError(`the file does not say what the input ${name} is: give it with --input`);
  const lengths = shape.map((each) => (typeof each === "number" ? each : 1));
  if (lengths.length === 0) throw new RuntimeError(`the input ${name} is a number: give it with --example`);
  const isName = length > 1 && /^[A-Za-z_]\w*$/.test(name);
  return `${isName ? `${name}=` : ""}${lengths.join("x")}:${dtype.name}${dtype.isFloatingPoint ? "" : "<2"}`;
}

async function readOnnx(path: string, values: ExampleValues): Promise<Given> {
  const model = await importOnnx(path);
  const names = model.inputs.map(({ name }) => name);
  const hasExample = values.example !== undefined || values.input.length > 0;
  const example = hasExample ? await readExample(values) : drawnExample(model.inputs.map(inputText));
  if (example.inputs.length !== names.length)
    throw new UsageError(`the file takes ${names.join(", ")}: give an --input for each`);
  return { target: { model, name: path }, example: inOrder(example, names) };
}

const inputsText = ({ names, inputs }: Example): string =>
  inputs
    .map(({ shape, dtype }, i) => {
      const name = names[i] === undefined ? "" : `${names[i]} `;
      return `${name}${shapeText(shape)} ${dtype.name}`;
    })
    .join(", ");

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, options);
  const [first] = positionals;
  if (first === undefined || positionals.length > 2) throw new UsageError("expected MODEL and WEIGHTS");
  const isOnnx = positionals.length === 1 && first.endsWith(".onnx");
  if (values.report !== undefined) await checkTargets([values.report], values.force);
  const { target, example } = await (isOnnx ? readOnnx(first, values) : readGiven(positionals, values));
  const { model, name } = target;
  model.eval();
  const inputs = isOnnx ? example.inputs : callArguments(model, example.inputs, example.names);
  const told = await explain(model, inputs, {
    frozen: values.frozen,
    runs: count("runs", values.runs),
    ...(values.threads === undefined ? {} : { threads: count("threads", values.threads) }),
  });
  if (values.report !== undefined) {
    const page = explanationHtml(name, inputsText(example), values.frozen, told);
    await saveFile(values.report, new TextEncoder().encode(page));
  }
  if (values.json) {
    const { operations, lowered, optimized, providers, ...rest } = told;
    const counts = { operations, lowered, optimized, providers };
    const plain = Object.entries(counts).map(([key, each]) => [key, Object.fromEntries(each)]);
    printJson({ model: name, ...Object.fromEntries(plain), ...rest, toString: undefined });
    return status.ok;
  }
  print(`${name} on ${inputsText(example)}${values.frozen ? ", weights in the graph" : ""}`);
  print();
  print(String(told));
  return status.ok;
}

export const explaining: Command = { help, run };
