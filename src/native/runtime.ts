// ONNX Runtime at work: one environment with one pool of threads for all sessions, sessions of graphs, and tensors over
// memory of ours. Whatever is made is counted and released.

import type { TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { encode, type ModelProto } from "../onnx/index.ts";
import { type Functions, openLibrary, type Pointer } from "./interface.ts";

/** Messages from warnings on would go to the terminal: errors alone do, and they are thrown as well. */
const logErrors = 3;
/** `OrtArenaAllocator` and `OrtMemTypeDefault`: what memory of the processor is called. */
const arena = 1;
const usual = 0;
/** `ORT_ENABLE_ALL`. */
const allOptimizations = 99;

/** A session's options. */
export interface SessionOptions {
  /** Settings by ONNX Runtime's names for them (onnxruntime_session_options_config_keys.h). */
  readonly settings?: Readonly<Record<string, string>>;
}

/** What there is of objects of the library. */
export interface LiveObjects {
  sessions: number;
  tensors: number;
}

/** An environment of ONNX Runtime. There is one at a time. */
export class Runtime {
  readonly version: string;
  readonly path: string;
  readonly threads: number;
  /** How many objects there are that were not released. */
  readonly live: LiveObjects = { sessions: 0, tensors: 0 };
  private readonly functions: Functions;
  private readonly environment: Pointer;
  private readonly memory: Pointer;
  /** Where the library writes a pointer to. */
  private readonly out = new BigUint64Array(1);
  private readonly words = new Uint32Array(this.out.buffer);
  private readonly addressOf: (bytes: Uint8Array) => bigint;

  /**
   * Opens the library.
   * @param threads how many threads a session's work is divided among, the caller's included
   * @param path the library's; default: WEIGHTBRIDGE_ONNXRUNTIME, or the one of onnxruntime-node
   * @throws RuntimeError naming what is missing
   */
  constructor(threads: number, path?: string) {
    const { koffi, functions, version, path: found } = openLibrary(path);
    this.functions = functions;
    this.version = version;
    this.path = found;
    this.threads = threads;
    this.addressOf = (bytes) => koffi.address(bytes);
    this.environment = this.openEnvironment();
    this.check(functions.createCpuMemoryInfo(arena, usual, this.out));
    this.memory = this.pointer();
  }

  private openEnvironment(): Pointer {
    const { functions, out } = this;
    this.check(functions.createThreadingOptions(out));
    const options = this.pointer();
    try {
      this.check(functions.setGlobalIntraOpThreads(options, this.threads));
      this.check(functions.setGlobalInterOpThreads(options, 1));
      this.check(functions.createEnvironmentWithGlobalThreadPools(logErrors, "weightbridge", options, out));
      return this.pointer();
    } finally {
      functions.releaseThreadingOptions(options);
    }
  }

  /** What the library has written. */
  private pointer(): Pointer {
    return this.words[0]! + this.words[1]! * 2 ** 32;
  }

  /** Throws the library's error, if there is one. */
  private check(status: Pointer): void {
    if (status === 0) return;
    const message = this.functions.getErrorMessage(status);
    this.functions.releaseStatus(status);
    throw new RuntimeError(`ONNX Runtime: ${message}`);
  }

  /** Names of a session's inputs or outputs, for `run`; they last as long as the result. */
  names(names: readonly string[]): Texts {
    const bytes = names.map((text) => new TextEncoder().encode(`${text}\0`));
    // Longer than what an engine keeps in its own heap, where addresses change.
    const kept = bytes.map((text) => {
      const long = new Uint8Array(new ArrayBuffer(Math.max(128, text.length)));
      long.set(text);
      return long;
    });
    return { kept, addresses: BigUint64Array.from(kept.map((text) => this.addressOf(text))) };
  }

  /**
   * Makes a session of a graph.
   * @throws RuntimeError with the library's words when it does not take the graph
   */
  session(model: ModelProto | Uint8Array, options: SessionOptions = {}): Session {
    const bytes = model instanceof Uint8Array ? model : encode("ModelProto", model);
    const { functions, out } = this;
    this.check(functions.createSessionOptions(out));
    const made = this.pointer();
    try {
      this.check(functions.disablePerSessionThreads(made));
      this.check(functions.setOptimizationLevel(made, allOptimizations));
      for (const [key, value] of Object.entries(options.settings ?? {})) {
        this.check(functions.addSessionConfigEntry(made, key, value));
      }
      this.check(functions.createSessionFromArray(this.environment, bytes, bytes.byteLength, made, out));
    } finally {
      functions.releaseSessionOptions(made);
    }
    const session = this.pointer();
    this.live.sessions++;
    return new Session(session, (handle) => {
      functions.releaseSession(handle);
      this.live.sessions--;
    });
  }

  /**
   * A tensor over memory as it is.
   * @param data its elements, row-major; must outlive the tensor
   * @param type ONNX's number of the element type
   */
  tensor(data: TypedArray, shape: BigInt64Array, type: number): Pointer {
    const { functions, out } = this;
    this.check(functions.createTensor(this.memory, data, data.byteLength, shape, shape.length, type, out));
    this.live.tensors++;
    return this.pointer();
  }

  /** Releases a tensor. Its memory stays. */
  releaseTensor(tensor: Pointer): void {
    this.functions.releaseValue(tensor);
    this.live.tensors--;
  }

  /** Runs a session: into the outputs, of which all are given. */
  run(
    { handle }: Session,
    inputNames: Texts,
    inputs: BigUint64Array,
    outputNames: Texts,
    outputs: BigUint64Array,
  ): void {
    const [given, asked] = [inputNames.addresses, outputNames.addresses];
    this.check(
      this.functions.runSession(handle, 0, given, inputs, given.length, asked, asked.length, outputs),
    );
  }

  /** Ends the environment. Its sessions and tensors must have been released. */
  release(): void {
    this.functions.releaseMemoryInfo(this.memory);
    this.functions.releaseEnvironment(this.environment);
  }
}

/** Texts in memory of their own, and where they are. */
export interface Texts {
  readonly kept: readonly Uint8Array[];
  readonly addresses: BigUint64Array;
}

/** A graph that is ready to run. */
export class Session {
  private pointer: Pointer;
  private readonly end: (handle: Pointer) => void;

  constructor(pointer: Pointer, end: (handle: Pointer) => void) {
    this.pointer = pointer;
    this.end = end;
  }

  /** The library's session. @throws RuntimeError when it was released */
  get handle(): Pointer {
    if (this.pointer === 0) throw new RuntimeError("the session was released");
    return this.pointer;
  }

  /** Releases it, once. */
  release(): void {
    if (this.pointer === 0) return;
    this.end(this.pointer);
    this.pointer = 0;
  }
}
