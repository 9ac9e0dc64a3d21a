// ONNX Runtime at work: one environment with one pool of threads for all sessions, sessions of graphs, and tensors over
// memory of ours. Whatever is made is counted and released.

import { type DType, partType, type TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { encode, type ModelProto } from "../onnx/index.ts";
import { onnxNumber } from "../onnx/types.ts";
import type { Functions, Pointer } from "./interface.ts";
import { openLibrary } from "./library.ts";
import { type AddressOf, type Texts, texts } from "./memory.ts";
import { openFolder, pathIn, readBytes, removeFolder, withFolder } from "./node.ts";
import { useLargePages } from "./pages.ts";
import { appendProvider, chosenProviders, needsNoPattern, shortName } from "./providers.ts";
import { type KeptTensor, Session } from "./session.ts";
import { applyOptions, type SessionOptions } from "./session-options.ts";

export { Session } from "./session.ts";
export type { SessionOptions, Texts };

/** What the library writes to the terminal: what it ends the program with alone (`ORT_LOGGING_LEVEL_FATAL`). Errors are thrown. */
const logFatal = 4;
/** `OrtArenaAllocator` and `OrtMemTypeDefault`: what memory of the processor is called. */
const arena = 1;
const usual = 0;

/** How an environment is opened. */
export interface RuntimeOptions {
  /** Whether threads wait for the next work without sleeping, for a while; default: yes. */
  readonly spinning?: boolean;
}

/** What there is of objects of the library. */
export interface LiveObjects {
  sessions: number;
  tensors: number;
  bindings: number;
}

/** An environment of ONNX Runtime. There is one at a time. */
export class Runtime {
  readonly version: string;
  readonly path: string;
  readonly threads: number;
  /** Execution providers that the library has, by their names without "ExecutionProvider". */
  readonly available: readonly string[];
  /** How many objects there are that were not released. */
  readonly live: LiveObjects = { sessions: 0, tensors: 0, bindings: 0 };
  readonly functions: Functions;
  /** Tells the address of memory. */
  readonly addressOf: AddressOf;
  private readonly environment: Pointer;
  private readonly memory: Pointer;
  private readonly decode: (pointer: unknown, type: unknown) => unknown;
  /** Where the library writes a pointer to. */
  private readonly out = new BigUint64Array(1);
  private readonly words = new Uint32Array(this.out.buffer);

  /**
   * Opens the library.
   * @param threads how many threads a session's work is divided among, the caller's included
   * @param path the library's; default: WEIGHTBRIDGE_ONNXRUNTIME, or the one of onnxruntime-node
   * @throws RuntimeError naming what is missing
   */
  constructor(threads: number, path?: string, { spinning = true }: RuntimeOptions = {}) {
    const { koffi, functions, version, path: found } = openLibrary(path);
    useLargePages(koffi);
    this.functions = functions;
    this.version = version;
    this.path = found;
    this.threads = threads;
    this.addressOf = (memory) => Number(koffi.address(memory));
    this.decode = (pointer, type) => koffi.decode(pointer, type);
    this.available = this.availableProviders((count) => koffi.array("const char *", count));
    this.environment = this.openEnvironment(spinning);
    this.check(functions.createCpuMemoryInfo(arena, usual, this.out));
    this.memory = this.pointer();
    this.check(functions.createSharedAllocator(this.environment, this.memory, 0));
  }

  private availableProviders(textsType: (count: number) => unknown): string[] {
    const { functions } = this;
    const count = new Int32Array(1);
    this.check(functions.getAvailableProviders(this.out, count));
    const list = this.pointer();
    try {
      return (this.decode(list, textsType(count[0]!)) as string[]).map(shortName);
    } finally {
      this.check(functions.releaseAvailableProviders(list, count[0]!));
    }
  }

  private openEnvironment(spinning: boolean): Pointer {
    const { functions, out } = this;
    this.check(functions.createThreadingOptions(out));
    const options = this.pointer();
    try {
      this.check(functions.setGlobalIntraOpThreads(options, this.threads));
      this.check(functions.setGlobalInterOpThreads(options, 1));
      this.check(functions.setGlobalSpinning(options, Number(spinning)));
      this.check(functions.createEnvironmentWithGlobalThreadPools(logFatal, "weightbridge", options, out));
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
  check(status: Pointer): void {
    if (status !== 0) this.fail(status);
  }

  private fail(status: Pointer): never {
    const message = this.functions.getErrorMessage(status);
    this.functions.releaseStatus(status);
    throw new RuntimeError(`ONNX Runtime: ${message}`);
  }

  /** What a function of the library gives that is told where to write a pointer. @throws RuntimeError in its words */
  made(make: (functions: Functions, out: BigUint64Array) => Pointer): Pointer {
    this.check(make(this.functions, this.out));
    return this.pointer();
  }

  /** Names of a session's inputs or outputs, for `run`; they last as long as the result. */
  names(names: readonly string[]): Texts {
    return texts(names, this.addressOf);
  }

  /**
   * Makes a session of a graph.
   * @throws RuntimeError with the library's words when it does not take the graph; ValueError for a provider that it has not
   */
  session(model: ModelProto | Uint8Array, options: SessionOptions = {}): Session {
    const folder = options.profiling === true ? openFolder() : undefined;
    try {
      const { handle, kept } = this.create(model, options, (made) => {
        if (folder === undefined) return;
        this.check(this.functions.enableProfiling(made, pathIn(folder, "profile")));
      });
      return new Session(this, handle, kept, folder);
    } catch (error) {
      if (folder !== undefined) removeFolder(folder);
      throw error;
    }
  }

  /**
   * The graph as the library rewrites it before it runs, in its file's bytes; tensors of more than 1 KiB are left out.
   * @throws RuntimeError with the library's words when it does not take the graph
   */
  optimized(model: ModelProto | Uint8Array, options: SessionOptions = {}): Uint8Array {
    return withFolder((folder) => {
      const path = pathIn(folder, "optimized.onnx");
      this.session(model, { ...options, saveTo: path }).release();
      return readBytes(path);
    });
  }

  /** Makes a session of the library's. @param prepare adds to its options */
  private create(
    model: ModelProto | Uint8Array,
    options: SessionOptions,
    prepare: (made: Pointer) => void,
  ): { handle: Pointer; kept: readonly KeptTensor[] } {
    const bytes = model instanceof Uint8Array ? model : encode("ModelProto", model);
    const { functions } = this;
    const providers = chosenProviders(options.providers ?? [], this.available, this.path);
    const made = this.made((_, out) => functions.createSessionOptions(out));
    const kept: KeptTensor[] = [];
    const check = (status: Pointer): void => this.check(status);
    try {
      const memoryPattern = (options.memoryPattern ?? true) && !needsNoPattern(providers);
      applyOptions(functions, made, { ...options, memoryPattern }, check);
      for (const provider of providers) appendProvider(functions, made, provider, check, this.addressOf);
      this.addInitializers(made, options, kept);
      prepare(made);
      const handle = this.made((_, out) =>
        functions.createSessionFromArray(this.environment, bytes, bytes.byteLength, made, out),
      );
      return { handle, kept };
    } catch (error) {
      for (const { tensor } of kept) this.releaseTensor(tensor);
      throw error;
    } finally {
      functions.releaseSessionOptions(made);
    }
  }

  /**
   * Gives a session tensors by their address. Given as external ones they are what rewriting the graph sees, and would be
   * copied afterwards; given as initializers to share as well, they are not.
   * @param kept takes what has to be there as long as the session
   */
  private addInitializers(made: Pointer, { initializers = [] }: SessionOptions, kept: KeptTensor[]): void {
    if (initializers.length === 0) return;
    const { functions } = this;
    const names = this.names(initializers.map(({ name }) => name));
    initializers.forEach(({ dtype, shape, data }, i) => {
      const tensor = this.tensor(data, dtype, shape);
      kept.push({ tensor, data, names });
      this.check(functions.addInitializer(made, Number(names.addresses[i]), tensor));
    });
    const tensors = BigUint64Array.from(kept, ({ tensor }) => BigInt(tensor));
    this.check(functions.addExternalInitializers(made, names.addresses, tensors, kept.length));
  }

  /**
   * A tensor over memory as it is. Complex numbers are pairs of their parts there, as graphs carry them.
   * @param data its elements, row-major; must outlive the tensor
   */
  tensor(data: TypedArray, dtype: DType, shape: readonly number[]): Pointer {
    const { functions, out } = this;
    const lengths = lengthsOf(shape, dtype.lanes);
    const type = onnxNumber(partType(dtype));
    this.check(
      functions.createTensor(this.memory, data, data.byteLength, lengths, lengths.length, type, out),
    );
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
    { address: given, kept: { length: count } }: Texts,
    inputs: BigUint64Array,
    { address: asked, kept: { length: results } }: Texts,
    outputs: BigUint64Array,
  ): void {
    this.check(this.functions.runSession(handle, 0, given, inputs, count, asked, results, outputs));
  }

  /** Text that the library has allocated. @param make tells where; the text is freed */
  allocatedText(make: (allocator: Pointer, out: BigUint64Array) => Pointer): string {
    const { functions, out } = this;
    const allocator = this.made((_, out) => functions.getDefaultAllocator(out));
    this.check(make(allocator, out));
    const text = this.decode(out, "const char *") as string;
    this.check(functions.freeAllocated(allocator, this.pointer()));
    return text;
  }

  /** Ends the environment. Its sessions, tensors and bindings must have been released. */
  release(): void {
    this.functions.releaseMemoryInfo(this.memory);
    this.functions.releaseEnvironment(this.environment);
  }
}

/** Lengths as the library takes them. */
function lengthsOf(shape: readonly number[], lanes: number): BigInt64Array {
  const rank = lanes === 1 ? shape.length : shape.length + 1;
  // A tensor of no axes has one element, and an array of nothing no address.
  const lengths = new BigInt64Array(Math.max(1, rank));
  shape.forEach((length, axis) => {
    lengths[axis] = BigInt(length);
  });
  if (lanes !== 1) lengths[shape.length] = BigInt(lanes);
  return rank === 0 ? lengths.subarray(0, 0) : lengths;
}
