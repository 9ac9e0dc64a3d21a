// Models for commands: described in JSON, written in JavaScript or TypeScript, or described by the file of weights itself.

import { readFile } from "node:fs/promises";
import { resolve } from "node:path";
import { pathToFileURL } from "node:url";
import { FormatError, ValueError } from "../core/errors.ts";
import type { Opened } from "../files/open.ts";
import { buildModel } from "../port/model/build.ts";
import { specOf } from "../port/model/file.ts";
import { hasKerasConfig, kerasModel } from "../port/model/keras/model.ts";
import type { KnownRules } from "../port/replay.ts";
import { isJsonObject, type ModelSpec, modelSpecOf } from "../port/spec.ts";
import { nn } from "../torch/index.ts";
import { UsageError } from "./arguments.ts";

/** A model, and what its description tells besides. */
export interface ReadModel {
  readonly model: nn.Module;
  readonly name: string;
  /** Names of the inputs in the order in which it takes them. */
  readonly inputs?: readonly string[];
  /** The rules from the file that described it. */
  readonly known?: KnownRules;
  /** Its description, where it was made from one. */
  readonly spec?: ModelSpec;
}

/** Reads a model. @throws FormatError or ValueError naming the place of what is wrong with it */
export async function readModel(path: string): Promise<ReadModel> {
  if (path.endsWith(".json")) {
    const json = await readJson(path);
    // A recorded case holds its model under "target".
    const spec = modelSpecOf(isJsonObject(json) && isJsonObject(json.target) ? json.target : json);
    const { forward } = spec;
    const inputs = typeof forward === "object" ? { inputs: forward.inputs } : {};
    return { model: buildModel(spec), name: `${spec.tree.type} of ${path}`, ...inputs, spec };
  }
  const { default: exported } = (await import(pathToFileURL(resolve(path)).href)) as { default?: unknown };
  const model: unknown = typeof exported === "function" ? await exported() : exported;
  if (!(model instanceof nn.Module)) {
    throw new ValueError(`${path}: expected a Module as default export, or a function that gives one`);
  }
  return { model, name: `${model.constructor.name} of ${path}` };
}

/** The model that a file of weights describes itself. @throws UsageError where it describes none */
export function modelIn(opened: Opened | undefined): ReadModel {
  if (opened !== undefined && hasKerasConfig(opened)) return kerasModelIn(opened);
  try {
    if (opened === undefined) throw new ValueError("a folder of arrays holds no model");
    const spec = specOf(opened);
    return { model: buildModel(spec), name: spec.tree.type, spec };
  } catch (error) {
    if (!(error instanceof ValueError)) throw error;
    throw new UsageError(
      `the weights do not say what the model is (a .keras file does, an .h5 file of model.save, a module that was saved whole): give it with --into (${error.message})`,
    );
  }
}

function kerasModelIn(opened: Opened): ReadModel {
  const { spec, rules, inputs } = kerasModel(opened);
  const layout = { name: "keras", title: "Keras", reasons: ["the file describes the model"] };
  return {
    model: buildModel(spec),
    name: spec.tree.type,
    inputs: inputs.map(({ name }) => name),
    known: { layout, rules },
    spec,
  };
}

/** The text of a file. @throws FormatError when it is not there */
export async function readText(path: string): Promise<string> {
  try {
    return await readFile(path, "utf8");
  } catch {
    throw new FormatError("there is no such file, or it may not be read", { file: path });
  }
}

async function readJson(path: string): Promise<unknown> {
  const text = await readText(path);
  try {
    return JSON.parse(text);
  } catch (error) {
    throw new FormatError(`expected JSON: ${(error as Error).message}`, { file: path });
  }
}
