// A session: a graph that ONNX Runtime has made ready to run.

import type { TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Pointer } from "./interface.ts";
import type { Texts } from "./memory.ts";
import { readBytes, removeFolder } from "./node.ts";
import type { Runtime } from "./runtime.ts";

/** A step of a session's runs, or of the making of it. */
export interface ProfileEvent {
  /** What it belongs to: "Node" for a node of the graph, "Session" for what is around. */
  readonly category: string;
  /** The node's name and which of its steps it is: "conv1_kernel_time". */
  readonly name: string;
  /** The operator; undefined where it is none. */
  readonly operator: string | undefined;
  /** The provider that ran it; undefined where it is no operator. */
  readonly provider: string | undefined;
  /** When it began and how long it took, in microseconds. */
  readonly start: number;
  readonly duration: number;
}

/** An event as the library writes it (the trace format of Chrome). */
interface TraceEvent {
  readonly cat: string;
  readonly name: string;
  readonly ts: number;
  readonly dur: number;
  readonly args: { readonly op_name?: string; readonly provider?: string };
}

/** A tensor over memory of ours that a session looks at. */
export interface KeptTensor {
  readonly tensor: Pointer;
  readonly data: TypedArray;
  /** Memory with its name. */
  readonly names: Texts;
}

/** A graph that is ready to run. */
export class Session {
  private readonly runtime: Runtime;
  private pointer: Pointer;
  private kept: readonly KeptTensor[];
  /** Where it writes what its runs take. */
  private folder: string | undefined;

  constructor(runtime: Runtime, pointer: Pointer, kept: readonly KeptTensor[], folder: string | undefined) {
    this.runtime = runtime;
    this.pointer = pointer;
    this.kept = kept;
    this.folder = folder;
    runtime.live.sessions++;
  }

  /** The library's session. @throws RuntimeError when it was released */
  get handle(): Pointer {
    if (this.pointer === 0) throw new RuntimeError("the session was released");
    return this.pointer;
  }

  /** How many bytes there are of tensors that it was given by their address. */
  get keptBytes(): number {
    return this.kept.reduce((sum, { data }) => sum + data.byteLength, 0);
  }

  /**
   * Ends the timing of runs.
   * @returns what was timed, in order
   * @throws RuntimeError when the session was made without the option `profiling`, or was asked before
   */
  profile(): ProfileEvent[] {
    const { runtime, folder, handle } = this;
    if (folder === undefined) {
      throw new RuntimeError("runs are timed in a session that is made with the option profiling, once");
    }
    this.folder = undefined;
    try {
      const path = runtime.allocatedText((allocator, out) =>
        runtime.functions.endProfiling(handle, allocator, out),
      );
      const events = JSON.parse(new TextDecoder().decode(readBytes(path))) as TraceEvent[];
      return events.map(({ cat, name, ts, dur, args }) => ({
        category: cat,
        name,
        operator: args.op_name,
        provider: args.provider,
        start: ts,
        duration: dur,
      }));
    } finally {
      removeFolder(folder);
    }
  }

  /** Releases it, once. */
  release(): void {
    if (this.pointer === 0) return;
    this.runtime.functions.releaseSession(this.pointer);
    this.runtime.live.sessions--;
    this.pointer = 0;
    for (const { tensor } of this.kept) this.runtime.releaseTensor(tensor);
    this.kept = [];
    if (this.folder !== undefined) removeFolder(this.folder);
    this.folder = undefined;
  }
}
