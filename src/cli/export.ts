// weightbridge export: a model for a bigger place, as PyTorch source with weights and scripts, as ONNX, or for Triton.

import { randomBytes } from "node:crypto";
import { existsSync, readdirSync } from "node:fs";
import { copyFile, mkdir, rename, rm, writeFile } from "node:fs/promises";
import { basename, dirname, join, resolve } from "node:path";
import { FormatError } from "../core/errors.ts";
import { countText } from "../core/words.ts";
import { exportPytorch } from "../export/pytorch.ts";
import { tritonConfig } from "../export/triton.ts";
import { saveSafetensors } from "../files/node.ts";
import { withModel } from "../files/onnx/graph.ts";
import type { ModelProto } from "../onnx/messages.ts";
import { type Command, parse, print, printJson, status, UsageError, writingOptions } from "./arguments.ts";
import { readGiven } from "./given.ts";
import { type OnnxReport, onnxLines, writeOnnx } from "./onnx.ts";
import { Progress, wantsProgress } from "./progress.ts";

const help = `weightbridge export MODEL WEIGHTS OUTDIR --to pytorch
                    (--example FILE | --input SHAPE...) [--force] [--json] [--quiet]
                    [--progress]
weightbridge export MODEL WEIGHTS OUT.onnx --to onnx
                    (--example FILE | --input SHAPE...) [--dynamic INPUT=AXES...]
                    [--external] [--force] [--json] [--quiet]
weightbridge export MODEL WEIGHTS OUTDIR --to triton
                    (--example FILE | --input SHAPE...) [--dynamic INPUT=AXES...]
                    [--external] [--max-batch N] [--force] [--json] [--quiet]
weightbridge export MODEL.onnx OUTDIR --to triton [--max-batch N] [--force] [--json]
                    [--quiet]

Writes a folder or a file with which the model goes on elsewhere: with the same names, the
same weights, and outputs that were compared.

  MODEL       the model: its description in JSON, or a module of JavaScript or
              TypeScript whose default export is the model, or makes it. It is left
              out where WEIGHTS say what the model is (.keras, a module saved whole)
  WEIGHTS     its weights, as of weightbridge port
  OUTDIR      the folder, which is made: whole or not at all
  --to        pytorch: model.py, with the keys of the state dict, model.safetensors,
              train.py for torchrun (DistributedDataParallel, or FSDP with --fsdp),
              check.py with an example of input and output, README.md
              onnx: a file of ONNX, whose initializers have the state dict's names
              triton: config.pbtxt and 1/model.onnx, a model of a repository of Triton
              Inference Server, named as the folder is
  --example   an input, out of a file with "input" or "inputs/NAME" (.npz,
              .safetensors): what weightbridge probe's Python records
  --input     an input by its shape, filled with numbers that are drawn; again for
              each input: 1x3x224x224, or input_ids=2x16:int64<30522
  --dynamic   (onnx, triton) axes of an input that may have any length, with names for
              them or without: input=0,1, or input=0:batch; again for each input; none
              for none. Default: those with which the model computes the same
  --external  (onnx, triton) tensors lie in a file beside the model, OUT.onnx.data
  --max-batch  (triton) how many requests are put together at most: 8; 0 for none
  --force     replaces what is there already
  --json      what was written, as JSON
  --quiet     prints nothing but errors
  --progress  draws a bar though standard error is no terminal

What the model computes is seen by running it on the example and on inputs of other
sizes, while training and not, and what was seen is run again and compared. What cannot
be written down so is refused, with the module and the reason.

Exit status: 0, or 2 when something is refused.`;

const options = {
  to: { type: "string" },
  dynamic: { type: "string", multiple: true, default: [] as string[] },
  external: { type: "boolean", default: false },
  "max-batch": { type: "string", default: "8" },
  example: { type: "string" },
  input: { type: "string", multiple: true, default: [] as string[] },
  ...writingOptions,
} as const;

type Values = ReturnType<typeof parse<typeof options>>["values"];

/** What was written, for the report. */
interface Written {
  /** What was exported. */
  readonly name: string;
  readonly files: readonly string[];
  readonly details: Readonly<Record<string, unknown>>;
  readonly lines: readonly string[];
}

/** A place that models go to. @param given the arguments before OUTDIR @param folder what is filled, and becomes OUTDIR */
type Place = (given: readonly string[], folder: string, values: Values, output: string) => Promise<Written>;

/** Lengths that may be any, and those that have to be as in the example, in words. */
const axesText = (groups: readonly { readonly name: string }[]): string =>
  [...new Set(groups.map(({ name }) => name))].join(", ");

const pytorch: Place = async (given, folder, values) => {
  const { target, example } = await readGiven(given, values);
  const progress = new Progress("deriving", wantsProgress(values));
  const { texts, tensors, model } = (() => {
    try {
      const { names, inputs } = example;
      return exportPytorch(target.model, inputs, { names, onProgress: progress.update });
    } finally {
      progress.finish();
    }
  })();
  for (const [name, text] of texts) await writeFile(join(folder, name), text);
  const metadata = new Map([["format", "pt"]]);
  for (const [name, arrays] of tensors) await saveSafetensors(join(folder, name), arrays, { metadata });
  const [free, fixed] = [axesText(model.free), axesText(model.fixed)];
  return {
    name: target.name,
    files: [...texts.keys(), ...tensors.keys()].sort(),
    details: {
      inputs: model.inputNames,
      free: model.free,
      fixed: model.fixed,
      constants: [...model.constants.keys()],
    },
    lines: [
      `takes     ${model.inputNames.join(", ")}`,
      ...(free === "" ? [] : [`any       ${free}`]),
      ...(fixed === "" ? [] : [`fixed     ${fixed}, as in the example`]),
      "proved    what model.py computes was run here: bit for bit the model's own outputs",
      `next      pip install -r ${join("OUTDIR", "requirements.txt")}; python ${join("OUTDIR", "check.py")}`,
    ],
  };
};

/** The files beside an ONNX model that hold its tensors. @throws FormatError for one that is not right beside it */
function filesBeside({ graph }: ModelProto, file: string): string[] {
  const outside = (graph?.initializer ?? []).filter(({ dataLocation }) => dataLocation === 1);
  const names = outside.flatMap(({ externalData = [] }) =>
    externalData.flatMap(({ key, value }) => (key === "location" && value !== undefined ? [value] : [])),
  );
  const away = names.find((name) => name !== basename(name) || name === "..");
  if (away !== undefined)
    throw new FormatError(`its tensors lie in ${away}, which is not beside it`, { file });
  return [...new Set(names)];
}

const onnx: Place = async (given, folder, values, output) => {
  if (!output.endsWith(".onnx")) throw new UsageError("--to onnx expects MODEL, WEIGHTS and OUT.onnx");
  const { target, example } = await readGiven(given, values);
  const report = await writeOnnx(target, example, join(folder, basename(output)), values);
  return {
    name: target.name,
    files: readdirSync(folder).sort(),
    details: { ...report },
    lines: onnxLines(report),
  };
};

/** The ONNX file that a repository gets: the one that is given, or a model written as one into a folder beside. */
async function fileFor(
  given: readonly string[],
  folder: string,
  values: Values,
): Promise<{ readonly file: string; readonly name: string; readonly report?: OnnxReport }> {
  const [file] = given;
  if (given.length > 1 || file === undefined || !file.endsWith(".onnx")) {
    const { target, example } = await readGiven(given, values);
    const path = join(folder, "1", "model.onnx");
    return { file: path, name: target.name, report: await writeOnnx(target, example, path, values) };
  }
  if (values.example !== undefined || values.input.length > 0 || values.dynamic.length > 0)
    throw new UsageError("MODEL.onnx takes no example: the file says what the model takes");
  return { file, name: file };
}

const triton: Place = async (given, folder, values, output) => {
  const settings = { name: basename(output), maxBatchSize: batchSize(values["max-batch"]) };
  await mkdir(join(folder, "1"));
  const { file, name, report } = await fileFor(given, folder, values);
  const { config, beside } = await withModel(file, {}, async ({ model }) => ({
    config: tritonConfig(model, settings),
    beside: filesBeside(model, file),
  }));
  await writeFile(join(folder, "config.pbtxt"), config);
  if (report === undefined) {
    await copyFile(file, join(folder, "1", "model.onnx"));
    for (const each of beside) await copyFile(join(dirname(file), each), join(folder, "1", each));
  }
  const batch = /max_batch_size: (\d+)/.exec(config)![1]!;
  return {
    name,
    files: ["config.pbtxt", join("1", "model.onnx"), ...beside.map((each) => join("1", each))],
    details: { maxBatchSize: Number(batch), ...report },
    lines: [
      ...(report === undefined ? [] : onnxLines(report)),
      `batches   ${batch === "0" ? "none: the file has a fixed length there" : `of ${batch} at most`}`,
      `next      tritonserver --model-repository ${dirname(resolve(output))}`,
    ],
  };
};

function batchSize(text: string): number {
  const size = Number(text);
  if (!Number.isInteger(size) || size < 0 || text.trim() === "")
    throw new UsageError(`--max-batch takes a number of examples, got ${JSON.stringify(text)}`);
  return size;
}

const places: Readonly<Record<string, Place>> = { pytorch, onnx, triton };

/** Fills a folder beside what is wanted, which takes its name once it is whole: the folder, or the files in it. */
async function fill<T>(path: string, isFile: boolean, make: (folder: string) => Promise<T>): Promise<T> {
  const parent = dirname(resolve(path));
  await mkdir(parent, { recursive: true });
  const folder = join(parent, `.${basename(path)}.${randomBytes(6).toString("hex")}`);
  await mkdir(folder);
  try {
    const result = await make(folder);
    if (isFile) {
      for (const name of readdirSync(folder)) await rename(join(folder, name), join(parent, name));
    } else {
      await rm(path, { recursive: true, force: true });
      await rename(folder, path);
    }
    return result;
  } finally {
    await rm(folder, { recursive: true, force: true });
  }
}

async function run(args: readonly string[]): Promise<number> {
  const { values, positionals } = parse(args, options);
  const place = values.to !== undefined && Object.hasOwn(places, values.to) ? places[values.to] : undefined;
  if (place === undefined) throw new UsageError(`expected --to ${Object.keys(places).join(" or --to ")}`);
  const output = positionals.at(-1);
  if (output === undefined || positionals.length < 2 || positionals.length > 3)
    throw new UsageError("expected MODEL, WEIGHTS and OUTDIR");
  const isFile = place === onnx;
  if (existsSync(output) && !values.force) {
    const kind = isFile ? "file" : "folder";
    throw new FormatError(`there is such a ${kind} already; add --force to replace it`, { file: output });
  }
  const given = positionals.slice(0, -1);
  const written = await fill(output, isFile, (folder) => place(given, folder, values, output));
  const { name, files, details, lines } = written;
  if (values.json)
    printJson({ to: values.to, model: name, [isFile ? "file" : "folder"]: output, files, ...details });
  else if (!values.quiet) {
    print(`${output}: ${name}, ${countText(files.length, "file")}`);
    for (const line of lines) print(line.replaceAll("OUTDIR", output));
  }
  return status.ok;
}

export const exporting: Command = { help, run };
