// weightbridge port: fit weights into a model and prove it.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import type { Operand } from "../core/elements.ts";
import { FormatError, ValueError } from "../core/errors.ts";
import { readFile as readArrays } from "../files/node.ts";
import { DictValue } from "../files/values.ts";
import { buildModule, loadParameters, portReport, portText } from "../port/index.ts";
import type { Probe } from "../port/report.ts";
import { nn, Tensor } from "../torch/index.ts";
import { type Command, parse, print, printJson, status, UsageError } from "./arguments.ts";
import { readWeights } from "./weights.ts";

const help = `weightbridge port WEIGHTS --into SPEC [--probe PROBE.npz] [--layout torch|keras|sklearn] [--json]

Fits the arrays of a file into a PyTorch-shaped model: finds which array is which
parameter, converts layouts, checks everything before anything is written.

  WEIGHTS    a .npz, .npy, .pt or .pth file, or a folder of .npy files
  --into     the model: a .json description of the module tree, or a JavaScript
             module whose default export is a Module
  --probe    a .npz with "input" and "output" as Python recorded them (and "labels",
             if there are any): the ported model must give the same
  --layout   whose layout the arrays are in; found out when not given
  --atol, --rtol   tolerance of the proof: |got - want| <= atol + rtol |want|,
             1e-5 each unless given
  --json     the report as JSON

Exit status: 0 fitted (and proved), 1 the outputs differ, 2 refused.`;

const options = {
  into: { type: "string" },
  probe: { type: "string" },
  layout: { type: "string" },
  atol: { type: "string" },
  rtol: { type: "string" },
  json: { type: "boolean", default: false },
} as const;

async function readModel(path: string): Promise<nn.Module> {
  if (path.endsWith(".json")) return buildModule(await readJson(path));
  const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  const model: unknown = typeof exported === "function" ? exported() : exported;
  if (!(model instanceof nn.Module)) {
    throw new ValueError(`${path}: expected a Module as default export, or a function that gives one`);
  }
  return model;
}

async function readJson(path: string): Promise<unknown> {
  let text: string;
  try {
    text = await readFile(path, "utf8");
  } catch {
    throw new FormatError("there is no such file, or it may not be read", { file: path });
  }
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(`expected JSON: ${(error as Error).message}`, { file: path });
  }
}

async function readProbe(path: string): Promise<Probe> {
  const { tree } = await readArrays(path);
  const member = (name: string): Tensor | undefined => {
    const value = tree instanceof DictValue ? tree.get(name) : undefined;
    if (value === undefined) return undefined;
    const { storage, layout } = value as unknown as Operand;
    return new Tensor(storage, layout);
  };
  const [input, output, labels] = [member("input"), member("output"), member("labels")];
  if (input === undefined || output === undefined) {
    throw new FormatError('expected arrays "input" and "output"', { file: path });
  }
  return { input, output, ...(labels === undefined ? {} : { labels }) };
}

function tolerance(name: string, text: string | undefined): Record<string, number> {
  if (text === undefined) return {};
  const value = Number(text);
  if (!(value >= 0)) throw new UsageError(`--${name} must be a number of 0 or more, got ${text}`);
  return { [name]: value };
}

export const port: Command = {
  help,
  run: async (args) => {
    const { values, positionals } = parse(args, options);
    const [weights] = positionals;
    if (weights === undefined || positionals.length > 1 || values.into === undefined) {
      throw new UsageError("expected WEIGHTS and --into SPEC");
    }
    const { layout } = values;
    if (layout !== undefined && layout !== "torch" && layout !== "keras" && layout !== "sklearn") {
      throw new UsageError(`--layout must be torch, keras or sklearn, got ${layout}`);
    }
    const model = await readModel(values.into);
    const probe = values.probe === undefined ? undefined : await readProbe(values.probe);
    const plan = loadParameters(model, await readWeights(weights), {
      ...(layout === undefined ? {} : { layout }),
      ...(probe === undefined ? {} : { input: probe.input }),
    });
    const limits = { ...tolerance("atol", values.atol), ...tolerance("rtol", values.rtol) };
    const report = portReport(model, plan, probe, limits);
    if (values.json) printJson(report);
    else print(portText(report));
    return report.outputs === undefined || report.outputs.isWithin ? status.ok : status.failed;
  },
};
