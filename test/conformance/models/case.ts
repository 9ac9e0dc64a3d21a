// The recorded models: what `case.json` says, the target as a live module, and the files that hold its weights.

import {
  existsSync,
  mkdirSync,
  mkdtempSync,
  readdirSync,
  readFileSync,
  rmSync,
  statSync,
  writeFileSync,
} from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { dtypeByName } from "../../../src/core/dtype.ts";
import type { Operand } from "../../../src/core/elements.ts";
import { Layout } from "../../../src/core/layout.ts";
import { Storage } from "../../../src/core/storage.ts";
import { readFile } from "../../../src/files/node.ts";
import { DictValue, isArrayLike } from "../../../src/files/values.ts";
import type { Config } from "../../../src/models/index.ts";
import { NDArray } from "../../../src/numpy/ndarray.ts";
import { buildModel, type ForwardSpec, type ModelSpec } from "../../../src/port/model/build.ts";
import type { Rule } from "../../../src/port/rules/rule.ts";
import { type Source, sourceOf, sourceOfFile } from "../../../src/port/source.ts";
import { modelOf } from "../../../src/port/target.ts";
import { type nn, Tensor } from "../../../src/torch/index.ts";
import { referenceFiles, referenceFolder } from "../../support/reference.ts";

/** An array as the recordings write it. */
export interface RecordedArray {
  readonly dtype: string;
  readonly shape: readonly number[];
  readonly data: string;
}

type Arrays = Readonly<Record<string, RecordedArray>>;

/** A mistake that was made on purpose. */
export interface Mistake {
  readonly kind: string;
  readonly parameters: readonly string[];
  readonly known_from: string;
  readonly suspected_from?: string;
  readonly detail?: string;
}

/** What is true of a file of part B. */
export interface Truth {
  readonly right: boolean;
  readonly mistakes: readonly Mistake[];
  readonly known_from: string | null;
  readonly repair: readonly Rule[] | string;
  /** "the very same weights", "nearly the same outputs". */
  readonly repair_gives?: string;
  readonly target_fix?: Readonly<Record<string, Readonly<Record<string, unknown>>>>;
}

/** A recorded training. */
export interface Finetune {
  readonly loss: string;
  readonly loss_args?: Readonly<Record<string, unknown>>;
  readonly optimizer: string;
  readonly optimizer_args: Readonly<Record<string, unknown>>;
  readonly mode: string;
  readonly targets: RecordedArray;
  readonly losses: readonly number[];
  readonly final_state: string;
  readonly tolerance: { readonly losses_atol: number; readonly state_atol: number };
}

/** A recorded greedy decoding. */
export interface Greedy {
  readonly inputs: Arrays;
  readonly new_tokens: number;
  readonly sequences: RecordedArray;
  readonly note?: string;
}

/** What `case.json` holds, as far as it is used here. */
export interface CaseFile {
  readonly name: string;
  readonly part: "A" | "B" | "C" | "D";
  readonly source: { readonly library: string; readonly class?: string };
  readonly target: {
    readonly tree: ModelSpec["tree"];
    readonly state_dict: readonly {
      readonly name: string;
      readonly shape: readonly number[];
      readonly dtype: string;
      readonly tied_to?: string;
    }[];
    readonly forward: "sequential" | (ForwardSpec & { readonly steps_in?: string });
  };
  readonly mapping: readonly Rule[] | string;
  readonly files: readonly {
    readonly file: string;
    readonly format: string | null;
    readonly read?: boolean;
    readonly mapping?: readonly Rule[];
    readonly absent?: readonly string[];
  }[];
  readonly expected: string;
  readonly inputs: Arrays;
  readonly outputs: Arrays;
  readonly activations?: Arrays;
  readonly tolerance: { readonly atol: number; readonly rtol: number };
  readonly not_visible_in_outputs?: readonly string[];
  readonly truth?: Truth;
  readonly finetune?: Finetune;
  readonly greedy?: Greedy;
  /** The library's own configuration, beside the case. */
  readonly config?: string;
}

/** A tensor of a recorded array. */
export function tensorOf({ dtype, shape, data }: RecordedArray): Tensor {
  const bytes = Uint8Array.from(Buffer.from(data, "base64"));
  return new Tensor(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

/** The folder of models on disk: the given one, or the project's archive unpacked for as long as the process runs. */
function modelsFolder(folder: string): string {
  if (folder !== referenceFolder) return join(folder, "models");
  const place = mkdtempSync(join(tmpdir(), "weightbridge-models-"));
  process.once("exit", () => rmSync(place, { recursive: true, force: true }));
  for (const [path, bytes] of referenceFiles("models")) {
    const full = join(place, path);
    mkdirSync(dirname(full), { recursive: true });
    writeFileSync(full, bytes);
  }
  return place;
}

/** A recorded model: its case, and where its files lie. */
export class RecordedModel {
  readonly folder: string;
  readonly name: string;
  readonly file: CaseFile;

  constructor(models: string, name: string) {
    this.folder = join(models, name);
    this.name = name;
    this.file = JSON.parse(readFileSync(join(this.folder, "case.json"), "utf8")) as CaseFile;
  }

  /** The target as its description says, not loaded. */
  build(): nn.Module {
    const { tree, forward, state_dict } = this.file.target;
    if (forward === "sequential") return buildModel({ tree, forward, state_dict });
    const steps =
      forward.steps_in === undefined
        ? forward
        : (JSON.parse(readFileSync(join(this.folder, forward.steps_in), "utf8")) as ForwardSpec);
    return buildModel({ tree, forward: steps, state_dict });
  }

  /** Inputs in the order in which the target takes them. */
  inputs(): Tensor[] {
    const { forward } = this.file.target;
    const { inputs } = this.file;
    const order = forward === "sequential" ? Object.keys(inputs) : forward.inputs;
    const names = order.every((name) => name in inputs) ? order : Object.keys(inputs);
    return names.map((name) => tensorOf(inputs[name]!));
  }

  outputs(): Tensor[] {
    return Object.values(this.file.outputs).map(tensorOf);
  }

  activations(): Map<string, Tensor> {
    return new Map(
      Object.entries(this.file.activations ?? {}).map(([path, array]) => [path, tensorOf(array)]),
    );
  }

  /** The target's true state dict. */
  async expected(): Promise<Map<string, NDArray>> {
    const arrays = await this.arrays(this.file.expected);
    for (const { name, tied_to } of this.file.target.state_dict) {
      const tied = tied_to === undefined ? undefined : arrays.get(tied_to);
      if (!arrays.has(name) && tied !== undefined) arrays.set(name, tied);
    }
    return arrays;
  }

  /** The library's configuration; undefined where there is none. */
  config(): Config | undefined {
    const { config } = this.file;
    if (config === undefined) return undefined;
    return JSON.parse(readFileSync(join(this.folder, config), "utf8")) as Config;
  }

  /** The arrays of a safetensors file beside the case. */
  async arrays(file: string): Promise<Map<string, NDArray>> {
    const { tree } = await readFile(join(this.folder, file));
    if (!(tree instanceof DictValue)) throw new Error(`${file} holds no named arrays`);
    return new Map([...tree].map(([name, value]) => [String(name), arrayOf(value as unknown as Operand)]));
  }

  /** The weights of one of the files, as the doctor gets them. */
  async source(file: string, module: nn.Module): Promise<Source> {
    const path = join(this.folder, file);
    const layers = modelOf(module).layers.length;
    if (existsSync(path) && !path.endsWith("/") && !isFolder(path)) {
      return sourceOfFile(await readFile(path), layers);
    }
    const names = readdirSync(path)
      .filter((name) => name.endsWith(".npy"))
      .sort();
    const entries = names.map(async (name): Promise<[string, Operand]> => {
      const { tree } = await readFile(join(path, name));
      if (typeof tree !== "object" || tree === null || !isArrayLike(tree as never)) throw new Error(name);
      return [name.slice(0, -".npy".length), tree as unknown as Operand];
    });
    return sourceOf(new Map(await Promise.all(entries)), layers);
  }
}

const arrayOf = ({ storage, layout }: Operand): NDArray => new NDArray(storage, layout);

function isFolder(path: string): boolean {
  return statSync(path).isDirectory();
}

/** The recorded models of a folder of reference values, in order of their names. */
export function recordedModels(folder: string = referenceFolder): RecordedModel[] {
  const models = modelsFolder(folder);
  if (!existsSync(models)) return [];
  return readdirSync(models)
    .filter((name) => existsSync(join(models, name, "case.json")))
    .sort()
    .map((name) => new RecordedModel(models, name));
}
