// compile: a module whose forward pass runs as one graph.

import type { CallInputs } from "../torch/nn/call.ts";
import type { Module } from "../torch/nn/module.ts";
import type { DynamicAxes } from "./arguments.ts";
import {
  type Answer,
  type DeviceName,
  type EngineOptions,
  engineFor,
  isWebDevice,
} from "./engines/choose.ts";
import { Held } from "./held.ts";
import { CompiledCalls } from "./module.ts";
import { moduleName, type ProgressOptions, Watch } from "./progress.ts";

/** How a module is compiled. */
export interface CompileOptions<Device extends DeviceName = DeviceName>
  extends EngineOptions<Device>,
    ProgressOptions {
  /**
   * True iff the weights become part of the graph, which lets ONNX Runtime pack and fold them: faster, and the memory for a
   * second copy. When a weight was written to through a tensor since, the next call packs them anew. Default on the device
   * "native": false, the module's own memory is read at each call. On the others they would be copied each time: true.
   */
  readonly frozen?: boolean;
  /** Axes of arguments whose lengths may be any: one graph is for all of them. Others have a graph for each length. */
  readonly dynamic?: DynamicAxes;
}

/** A compiled module. */
export interface CompiledModule<M extends Module, Device extends DeviceName = "native"> {
  /** Runs the module: at once on native devices; a promise on "wasm" and "webgpu", until when its arguments must stay as they are. */
  (...inputs: CallInputs<M["forward"]>): Answer<ReturnType<M["forward"]>, Device>;
  /** How many graphs were made, and how many because the module had changed. */
  readonly counts: { readonly graphs: number; readonly repacked: number };
  /** Gives back what it holds of the engine. */
  release(): void;
}

/**
 * Compiles a module for inference: its forward pass runs as one graph of ONNX Runtime, traced at the first call with arguments
 * of a form (element types, shapes, and what is no tensor). Results have no history. `torch.compile` does this in PyTorch.
 * @throws RuntimeError naming the package that is missing, an operation that ONNX does not have and the module that it is in,
 *   or the line that looks at a value
 */
export function compile<M extends Module, Device extends DeviceName = "native">(
  module: M,
  options: CompileOptions<Device> = {},
): CompiledModule<M, Device> {
  const { device = "native", frozen = device !== "native", dynamic = {} } = options;
  const engine = engineFor(options);
  const watch = new Watch(moduleName(module), options);
  const calls = new CompiledCalls(module, engine, frozen, dynamic, watch);
  type Result = Answer<ReturnType<M["forward"]>, Device>;
  const held = new Held(engine, calls.release);
  const call = (...inputs: CallInputs<M["forward"]>): unknown => {
    held.check();
    return calls.call(inputs);
  };
  const compiled = isWebDevice(device)
    ? async (...inputs: CallInputs<M["forward"]>) => call(...inputs)
    : call;
  const program = Object.assign(compiled as (...inputs: CallInputs<M["forward"]>) => Result, {
    counts: calls.counts,
    release: () => held.release(),
  });
  return held.watch(program);
}
