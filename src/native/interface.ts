// ONNX Runtime's C interface: a table of functions that only grows, of which each has its place for good
// (onnxruntime_c_api.h, `OrtApiBase` and `OrtApi`). Pointers are numbers here: addresses have fewer than 53 bits. Where the
// library writes one, it is given two words of memory.

import { RuntimeError } from "../core/errors.ts";
import { type Koffi, libraryPath, type NativeFunction, openKoffi } from "./node.ts";

/** A version of the table that has every function used here. */
const tableVersion = 14;

/** An address; 0 is none. */
export type Pointer = number;

/** Functions as the header has them, `_` and what is released in the place of `OrtRelease...` ones. */
export interface Functions {
  getErrorMessage(status: Pointer): string;
  runSession(
    session: Pointer,
    options: Pointer,
    inputNames: BigUint64Array,
    inputs: BigUint64Array,
    inputCount: number,
    outputNames: BigUint64Array,
    outputCount: number,
    outputs: BigUint64Array,
  ): Pointer;
  createSessionFromArray(
    environment: Pointer,
    model: Uint8Array,
    length: number,
    options: Pointer,
    out: BigUint64Array,
  ): Pointer;
  createSessionOptions(out: BigUint64Array): Pointer;
  setOptimizationLevel(options: Pointer, level: number): Pointer;
  disablePerSessionThreads(options: Pointer): Pointer;
  addSessionConfigEntry(options: Pointer, key: string, value: string): Pointer;
  createTensor(
    memory: Pointer,
    data: ArrayBufferView,
    byteLength: number,
    shape: BigInt64Array,
    rank: number,
    type: number,
    out: BigUint64Array,
  ): Pointer;
  createCpuMemoryInfo(allocator: number, kind: number, out: BigUint64Array): Pointer;
  createThreadingOptions(out: BigUint64Array): Pointer;
  setGlobalIntraOpThreads(options: Pointer, count: number): Pointer;
  setGlobalInterOpThreads(options: Pointer, count: number): Pointer;
  createEnvironmentWithGlobalThreadPools(
    level: number,
    name: string,
    threads: Pointer,
    out: BigUint64Array,
  ): Pointer;
  releaseEnvironment(pointer: Pointer): void;
  releaseStatus(pointer: Pointer): void;
  releaseMemoryInfo(pointer: Pointer): void;
  releaseSession(pointer: Pointer): void;
  releaseValue(pointer: Pointer): void;
  releaseSessionOptions(pointer: Pointer): void;
  releaseThreadingOptions(pointer: Pointer): void;
}

const pointer = "uintptr_t";
const memory = "void *";

/** Each function's place in the table, its result and its parameters. */
const table: Readonly<Record<keyof Functions, readonly [place: number, result: string, ...string[]]>> = {
  getErrorMessage: [2, "const char *", pointer],
  createSessionFromArray: [8, pointer, pointer, memory, "size_t", pointer, memory],
  runSession: [9, pointer, pointer, pointer, memory, memory, "size_t", memory, "size_t", memory],
  createSessionOptions: [10, pointer, memory],
  setOptimizationLevel: [23, pointer, pointer, "int"],
  createTensor: [49, pointer, pointer, memory, "size_t", memory, "size_t", "int", memory],
  createCpuMemoryInfo: [69, pointer, "int", "int", memory],
  releaseEnvironment: [92, "void", pointer],
  releaseStatus: [93, "void", pointer],
  releaseMemoryInfo: [94, "void", pointer],
  releaseSession: [95, "void", pointer],
  releaseValue: [96, "void", pointer],
  releaseSessionOptions: [100, "void", pointer],
  createEnvironmentWithGlobalThreadPools: [119, pointer, "int", "const char *", pointer, memory],
  disablePerSessionThreads: [120, pointer, pointer],
  createThreadingOptions: [121, pointer, memory],
  releaseThreadingOptions: [122, "void", pointer],
  addSessionConfigEntry: [130, pointer, pointer, "const char *", "const char *"],
  setGlobalIntraOpThreads: [147, pointer, pointer, "int"],
  setGlobalInterOpThreads: [148, pointer, pointer, "int"],
};

/** How many places of the table are read. */
const places = 1 + Math.max(...Object.values(table).map(([place]) => place));

/** An opened library. */
export interface OpenedLibrary {
  readonly koffi: Koffi;
  readonly functions: Functions;
  /** The library's version, "1.22.0". */
  readonly version: string;
  readonly path: string;
}

/**
 * Opens ONNX Runtime.
 * @param named the library's path; default: WEIGHTBRIDGE_ONNXRUNTIME, or the one of onnxruntime-node
 * @throws RuntimeError when koffi or the library is missing, or it is one of another platform, processor or version
 */
export function openLibrary(named?: string): OpenedLibrary {
  const path = libraryPath(named);
  const koffi = openKoffi();
  const base = opened(koffi, path);
  const [getTable, getVersion] = pointersAt(koffi, base, 2);
  const version = functionAt(koffi, getVersion!, "version", ["const char *"])() as string;
  const functionTable = functionAt(koffi, getTable!, "table", [pointer, "uint32_t"])(tableVersion);
  if (Number(functionTable) === 0) {
    throw new RuntimeError(`${path} is ONNX Runtime ${version}, which is too old: 1.14 or newer is needed`);
  }
  const pointers = pointersAt(koffi, functionTable, places);
  const functions = Object.entries(table).map(([name, [place, ...types]]) => [
    name,
    functionAt(koffi, pointers[place]!, name, types),
  ]);
  return { koffi, functions: Object.fromEntries(functions) as Functions, version, path };
}

/** Libraries that were opened: koffi closes one that nothing refers to, and its functions go with it. */
const opens: unknown[] = [];

/** The address of the library's first table. */
function opened(koffi: Koffi, path: string): unknown {
  try {
    const library = koffi.load(path);
    opens.push(library);
    return library.func("OrtGetApiBase", pointer, [])();
  } catch (error) {
    throw new RuntimeError(
      `${path} is no ONNX Runtime library for ${process.platform} on ${process.arch}: ${(error as Error).message}`,
    );
  }
}

function pointersAt(koffi: Koffi, address: unknown, count: number): unknown[] {
  return Array.from(koffi.decode(address, koffi.array(pointer, count)) as ArrayLike<unknown>);
}

let types = 0;

function functionAt(
  koffi: Koffi,
  address: unknown,
  name: string,
  [result, ...parameters]: readonly string[],
): NativeFunction {
  // A type's name is taken once.
  const type = koffi.proto(`weightbridge_${name}_${types++}`, result!, parameters);
  return koffi.decode(address, type) as NativeFunction;
}
