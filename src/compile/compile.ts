// compile: a module whose forward pass runs as one graph.

import type { CallInputs } from "../torch/nn/call.ts";
import type { Module } from "../torch/nn/module.ts";
import { nativeEngine } from "./engines/native.ts";
import { CompiledCalls } from "./module.ts";

/** How a module is compiled. */
export interface CompileOptions {
  /** How many threads the work is divided among; default: `torch.getNumThreads()`. */
  readonly threads?: number;
  /**
   * True iff the weights become part of the graph, which lets ONNX Runtime pack and fold them: faster, and the memory for a
   * second copy. When a weight was written to through a tensor since, the next call packs them anew. Default: false, the
   * module's own memory is read at each call.
   */
  readonly frozen?: boolean;
}

/** A compiled module. */
export interface CompiledModule<M extends Module> {
  (...inputs: CallInputs<M["forward"]>): ReturnType<M["forward"]>;
  /** How many graphs were made, and how many because weights had changed. */
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
export function compile<M extends Module>(
  module: M,
  { threads, frozen = false }: CompileOptions = {},
): CompiledModule<M> {
  const engine = nativeEngine(threads);
  const calls = new CompiledCalls(module, engine, frozen);
  const compiled = (...inputs: CallInputs<M["forward"]>): ReturnType<M["forward"]> =>
    calls.call(inputs) as ReturnType<M["forward"]>;
  return Object.assign(compiled, {
    counts: calls.counts,
    release: () => {
      calls.release();
      engine.release();
    },
  });
}
