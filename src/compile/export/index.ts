// exportOnnx: a module as a file of ONNX.

import { PythonTypeError, RuntimeError, ValueError } from "../../core/errors.ts";
import type { External } from "../../files/onnx/write-model.ts";
import { nodeFiles } from "../../files/paths.ts";
import type { Sink } from "../../files/sink.ts";
import type { ModelProto } from "../../onnx/messages.ts";
import { contiguousFormat } from "../../torch/memory-format.ts";
import type { Module } from "../../torch/nn/module.ts";
import type { Tensor } from "../../torch/tensor.ts";
import { type DynamicAxes, type DynamicAxis, dynamicAxes } from "../arguments.ts";
import { programOf } from "../build.ts";
import { traceModule } from "../module.ts";
import { eachTensor } from "../tree.ts";
import { traceDynamic } from "../trials.ts";
import { checkModel } from "./check.ts";
import { type ExportedTrace, modelOf } from "./graph.ts";

/** How a module is exported. */
export interface ExportOnnxOptions {
  /**
   * Axes of inputs that may have any length, by the input's name: their numbers, `{ x: [0] }`, or names for them,
   * `{ x: { 0: "batch" } }`. Axes of one name have one length.
   */
  readonly dynamic?: DynamicAxes;
  /**
   * Whether tensors go into a file beside the model (`NAME.data`): true, those of at least 1024 bytes; a number, those of at
   * least so many bytes. Default: none, unless the model would have 2 GiB and more.
   */
  readonly external?: External;
  /** Names of inputs and outputs, in order. Default: "input" and "output", with numbers or keys where there are several. */
  readonly names?: { readonly inputs?: readonly string[]; readonly outputs?: readonly string[] };
  /** Texts that the model has besides (`metadata_props`). */
  readonly metadata?: ReadonlyMap<string, string>;
}

/** Names for what is found at paths: one is called by the word alone. Nested ones of one key have the whole path. */
function defaultNames(word: string, paths: readonly string[]): string[] {
  if (paths.length === 1) return [word];
  const name = (path: string): string => (/^\d/.test(path) ? `${word}_${path.replaceAll(".", "_")}` : path);
  const short = paths.map((path) => name(path.replace(/^\d+\./, "")));
  return new Set(short).size === short.length ? short : paths.map(name);
}

function pathsOf(value: unknown): string[] {
  const paths: string[] = [];
  eachTensor(value, (_, path) => paths.push(path));
  return paths;
}

function named(
  word: string,
  paths: readonly string[],
  given: readonly string[] | undefined,
): readonly string[] {
  const names = given ?? defaultNames(word, paths);
  if (names.length !== paths.length) {
    throw new ValueError(`the graph has ${paths.length} ${word}s, and names.${word}s has ${names.length}`);
  }
  return names;
}

/** Traces the module; its results are in memory of their own. */
function traced(module: Module, args: readonly unknown[], axes: readonly DynamicAxis[]): ExportedTrace {
  const settle = (tensor: Tensor): Tensor => tensor.clone({ memoryFormat: contiguousFormat });
  if (axes.length > 0) return traceDynamic(module, args, axes, settle);
  const call = traceModule(module, args, settle);
  return { traced: call, program: programOf(call.trace), choice: undefined };
}

/**
 * A module as a model of ONNX, as `exportOnnx` writes it.
 * @throws as `exportOnnx` does
 */
export function onnxModel(module: Module, example: unknown, options: ExportOnnxOptions = {}): ModelProto {
  const args = Array.isArray(example) ? (example as readonly unknown[]) : [example];
  const { dynamic = {}, names: given = {}, metadata = new Map() } = options;
  const inputs = named("input", pathsOf(args), given.inputs);
  if (inputs.length === 0)
    throw new PythonTypeError("exportOnnx needs the module's arguments: a tensor, or a list of them");
  const exported = traced(module, args, dynamicAxes(module, args, dynamic, inputs));
  const { isUnsteady, written } = exported.traced;
  if (isUnsteady) {
    throw new RuntimeError(
      "the module draws random numbers or writes to its buffers when it is called: call module.eval() before exportOnnx",
    );
  }
  if (written.length > 0) {
    throw new RuntimeError(
      "the module writes to its arguments, which no graph can: have it write to a clone",
    );
  }
  const outputs = named("output", pathsOf(exported.traced.value), given.outputs);
  const model = modelOf(exported, module, { inputs, outputs });
  const metadataProps = [...metadata].map(([key, value]) => ({ key, value }));
  const whole = { ...model, ...(metadataProps.length > 0 && { metadataProps }) };
  checkModel(whole);
  return whole;
}

/**
 * Writes a module as an ONNX file (opset 21). Initializers have the names of the module's state dict, names of nodes the
 * module's path. The file appears whole or not at all. `torch.onnx.export` does this in PyTorch.
 * @param module in evaluation mode @param example its arguments: a tensor, or a list of them; their values do not matter
 * @param path where the file goes (in Node), or what takes its bytes
 * @throws NotImplementedError naming an operation that ONNX does not have and the module that it is in; RuntimeError where
 *   what the module does depends on values; ValueError for names and axes that do not fit
 */
export async function exportOnnx(
  module: Module,
  example: Tensor | readonly unknown[],
  path: string | Sink,
  options: ExportOnnxOptions = {},
): Promise<void> {
  const model = onnxModel(module, example, options);
  const { writeModel, writeModelTo } = await import("../../files/onnx/write-model.ts");
  if (typeof path !== "string") return writeModelTo(path, model);
  const { writeBeside } = await nodeFiles();
  return writeBeside(path, (make, name) => writeModel(make, name, model, options.external ?? false));
}
