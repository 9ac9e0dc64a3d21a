// What a session of a graph may be given besides the graph (onnxruntime_c_api.h, `OrtSessionOptions`).

import type { DType, TypedArray } from "../core/dtype.ts";
import type { Functions, Pointer } from "./interface.ts";
import type { Provider } from "./providers.ts";

/** How much a graph is rewritten before it runs (`GraphOptimizationLevel`), by the level's number. */
const levels = { none: 0, basic: 1, extended: 2, all: 99 } as const;

/** A tensor of the graph that lies in memory of ours. */
export interface ExternalInitializer {
  /** Its name in the graph, where it is declared with `GraphBuilder.external`. */
  readonly name: string;
  readonly dtype: DType;
  readonly shape: readonly number[];
  /** Its elements, row-major. Kept, and not to be written to, as long as there is the session. */
  readonly data: TypedArray;
}

/** Where graphs are kept as the library rewrites them, and how much of them. */
export interface SavedOptions {
  /** The folder; it is made where there is none. */
  readonly folder: string;
  /** So many bytes at most: what was not used for longest goes. Default: 4 GB. */
  readonly mostBytes?: number;
}

/** A session's options. */
export interface SessionOptions {
  /** What its graph runs on, each node on the first that can; the processor does the rest. Default: the processor alone. */
  readonly providers?: readonly Provider[];
  /** How much the graph is rewritten before it runs; default: all that the library can. */
  readonly optimization?: keyof typeof levels;
  /** Tensors that are given by their address: nothing is copied into the graph's bytes, which hold 2 GB at most. */
  readonly initializers?: readonly ExternalInitializer[];
  /**
   * Whether results within the graph lie in one block that is planned when it first runs with inputs of these shapes;
   * default: yes. A provider may do without.
   */
  readonly memoryPattern?: boolean;
  /** Whether memory is kept from one run to the next; default: yes. */
  readonly memoryArena?: boolean;
  /** Whether what is kept is kept for all sessions that say so, until the environment ends; default: no. */
  readonly sharedArena?: boolean;
  /** Whether runs are timed node by node, for `Session.profile`; default: no. */
  readonly profiling?: boolean;
  /**
   * A path for the graph as the library rewrites it before it runs. Tensors of more than 1 KiB are in a file `weights` beside it.
   */
  readonly saveTo?: string;
  /** Settings by ONNX Runtime's names for them (onnxruntime_session_options_config_keys.h). */
  readonly settings?: Readonly<Record<string, string>>;
}

/** Writes what needs nothing but the options themselves. @param check throws the library's errors */
export function applyOptions(
  functions: Functions,
  made: Pointer,
  options: SessionOptions,
  check: (status: Pointer) => void,
): void {
  check(functions.disablePerSessionThreads(made));
  check(functions.setOptimizationLevel(made, levels[options.optimization ?? "all"]));
  if (options.memoryPattern === false) check(functions.disableMemoryPattern(made));
  if (options.memoryArena === false) check(functions.disableMemoryArena(made));
  const shared = options.sharedArena === true ? { "session.use_env_allocators": "1" } : {};
  const aside =
    options.saveTo === undefined
      ? {}
      : {
          "session.optimized_model_external_initializers_file_name": "weights",
          "session.optimized_model_external_initializers_min_size_in_bytes": "1024",
        };
  if (options.saveTo !== undefined) check(functions.setOptimizedModelPath(made, options.saveTo));
  const settings = { ...shared, ...aside, ...options.settings };
  for (const [key, value] of Object.entries(settings)) {
    check(functions.addSessionConfigEntry(made, key, value));
  }
}
