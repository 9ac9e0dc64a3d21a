// ONNX Runtime through its C interface: graphs run synchronously on our own memory.

import type { TypedArray } from "../../core/dtype.ts";
import { getNumThreads } from "../../devices/index.ts";
import { Binding } from "../../native/binding.ts";
import type { Provider } from "../../native/providers.ts";
import type { Runtime } from "../../native/runtime.ts";
import { environmentFolder } from "../../native/saved/node.ts";
import type { SavedOptions, SessionOptions } from "../../native/session-options.ts";
import { holdRuntime } from "../../native/shared.ts";
import { type SessionHold, SharedSessions } from "../../native/shared-sessions.ts";
import { settingsFor } from "../../onnx/faults.ts";
import type { Engine, Graph, Port, ReadyGraph } from "./engine.ts";

/**
 * The engine.
 * @param threads how many threads a graph's work is divided among; default: as many as ONNX Runtime works with already,
 *   else `torch.getNumThreads()`
 * @param providers what graphs run on besides the processor, each node on the first that can
 * @param cache where graphs of the processor's are kept on disk; default: in the folder that the environment names, if it does
 * @throws RuntimeError naming what is missing
 */
export function nativeEngine(
  threads?: number,
  library?: string,
  providers: readonly Provider[] = [],
  cache?: SavedOptions | false,
): Engine {
  const hold = holdRuntime(threads, getNumThreads, library);
  const { runtime } = hold;
  const saved = providers.length > 0 ? undefined : (cache ?? savedByEnvironment());
  return {
    name: "native",
    takesConstants: true,
    ready: (graph) => {
      const options = { providers, ...optionsOf(graph) };
      const held = SharedSessions.of(runtime).hold(graph.model, options, saved === false ? undefined : saved);
      return nativeGraph(runtime, held, graph);
    },
    release: () => hold.release(),
  };
}

/** What a graph's session is given. */
export const optionsOf = (graph: Graph): SessionOptions => ({
  initializers: graph.constants,
  settings: settingsFor(graph.model, graph.types),
});

function savedByEnvironment(): SavedOptions | undefined {
  const folder = environmentFolder();
  return folder === undefined ? undefined : { folder };
}

/** A session of a graph, ready to run on our own memory. */
export function nativeGraph(runtime: Runtime, held: SessionHold, { inputs, outputs }: Graph): ReadyGraph {
  const [given, asked] = [inputs, outputs].map((ports) => ports.map(({ name }) => name));
  return new NativeGraph(new Binding(runtime, held.session, given!, asked!), held, inputs, outputs);
}

/** A session and the memory that it last ran on: what lies where it lay before is not bound anew. */
class NativeGraph implements ReadyGraph {
  readonly isLater = false;
  private readonly binding: Binding;
  private readonly held: SessionHold;
  private readonly inputs: readonly Port[];
  private readonly outputs: readonly Port[];

  constructor(binding: Binding, held: SessionHold, inputs: readonly Port[], outputs: readonly Port[]) {
    this.binding = binding;
    this.held = held;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  run(
    inputs: readonly TypedArray[],
    outputs: readonly TypedArray[],
    shapes?: readonly (readonly number[])[],
  ): undefined {
    const { binding, inputs: takes, outputs: gives } = this;
    for (let i = 0; i < takes.length; i++) {
      const { dtype, shape } = takes[i]!;
      binding.input(i, inputs[i]!, dtype, shapes?.[i] ?? (shape as readonly number[]));
    }
    for (let i = 0; i < gives.length; i++) {
      const { dtype, shape } = gives[i]!;
      binding.output(i, outputs[i]!, dtype, shapes?.[takes.length + i] ?? (shape as readonly number[]));
    }
    binding.run();
    return undefined;
  }

  release(): void {
    this.binding.release();
    this.held.release();
  }
}
