// ONNX Runtime's C interface: a table of functions that only grows, of which each has its place for good
// (onnxruntime_c_api.h, `OrtApiBase` and `OrtApi`). Pointers are numbers here: addresses have fewer than 53 bits. Where the
// library writes one, it is given two words of memory.

/** An address; 0 is none. */
export type Pointer = number;

/** Functions as the header has them, with names of whole words. */
export interface Functions {
  getErrorMessage(status: Pointer): string;
  runSession(
    session: Pointer,
    options: Pointer,
    inputNames: Pointer,
    inputs: BigUint64Array,
    inputCount: number,
    outputNames: Pointer,
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
  setOptimizedModelPath(options: Pointer, path: string): Pointer;
  setOptimizationLevel(options: Pointer, level: number): Pointer;
  enableProfiling(options: Pointer, prefix: string): Pointer;
  endProfiling(session: Pointer, allocator: Pointer, out: BigUint64Array): Pointer;
  disableMemoryPattern(options: Pointer): Pointer;
  disableMemoryArena(options: Pointer): Pointer;
  disablePerSessionThreads(options: Pointer): Pointer;
  addSessionConfigEntry(options: Pointer, key: string, value: string): Pointer;
  addInitializer(options: Pointer, name: Pointer, tensor: Pointer): Pointer;
  addExternalInitializers(
    options: Pointer,
    names: BigUint64Array,
    tensors: BigUint64Array,
    count: number,
  ): Pointer;
  createBinding(session: Pointer, out: BigUint64Array): Pointer;
  bindInput(binding: Pointer, name: Pointer, tensor: Pointer): Pointer;
  bindOutput(binding: Pointer, name: Pointer, tensor: Pointer): Pointer;
  runBinding(session: Pointer, options: Pointer, binding: Pointer): Pointer;
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
  /** Makes the arena of an environment. @param arena its configuration; 0 is the usual one */
  createSharedAllocator(environment: Pointer, memory: Pointer, arena: Pointer): Pointer;
  getDefaultAllocator(out: BigUint64Array): Pointer;
  freeAllocated(allocator: Pointer, memory: Pointer): Pointer;
  createThreadingOptions(out: BigUint64Array): Pointer;
  setGlobalIntraOpThreads(options: Pointer, count: number): Pointer;
  setGlobalInterOpThreads(options: Pointer, count: number): Pointer;
  setGlobalSpinning(options: Pointer, allowed: number): Pointer;
  createEnvironmentWithGlobalThreadPools(
    level: number,
    name: string,
    threads: Pointer,
    out: BigUint64Array,
  ): Pointer;
  getAvailableProviders(out: BigUint64Array, count: Int32Array): Pointer;
  releaseAvailableProviders(providers: Pointer, count: number): Pointer;
  appendProvider(
    options: Pointer,
    name: string,
    keys: BigUint64Array,
    values: BigUint64Array,
    count: number,
  ): Pointer;
  createCudaOptions(out: BigUint64Array): Pointer;
  updateCudaOptions(made: Pointer, keys: BigUint64Array, values: BigUint64Array, count: number): Pointer;
  appendCuda(options: Pointer, made: Pointer): Pointer;
  releaseCudaOptions(made: Pointer): void;
  createTensorRtOptions(out: BigUint64Array): Pointer;
  updateTensorRtOptions(made: Pointer, keys: BigUint64Array, values: BigUint64Array, count: number): Pointer;
  appendTensorRt(options: Pointer, made: Pointer): Pointer;
  releaseTensorRtOptions(made: Pointer): void;
  releaseBinding(pointer: Pointer): void;
  releaseEnvironment(pointer: Pointer): void;
  releaseStatus(pointer: Pointer): void;
  releaseMemoryInfo(pointer: Pointer): void;
  releaseSession(pointer: Pointer): void;
  releaseValue(pointer: Pointer): void;
  releaseSessionOptions(pointer: Pointer): void;
  releaseThreadingOptions(pointer: Pointer): void;
}

export const pointer = "uintptr_t";
const memory = "void *";
const text = "const char *";
/** Paths are of wide characters on Windows. */
const path = process.platform === "win32" ? "const char16_t *" : text;

/** Each function's place in the table, its result and its parameters. */
export const table: Readonly<Record<keyof Functions, readonly [place: number, result: string, ...string[]]>> =
  {
    getErrorMessage: [2, text, pointer],
    createSessionFromArray: [8, pointer, pointer, memory, "size_t", pointer, memory],
    runSession: [9, pointer, pointer, pointer, pointer, memory, "size_t", pointer, "size_t", memory],
    createSessionOptions: [10, pointer, memory],
    setOptimizedModelPath: [11, pointer, pointer, path],
    enableProfiling: [14, pointer, pointer, path],
    disableMemoryPattern: [17, pointer, pointer],
    disableMemoryArena: [19, pointer, pointer],
    setOptimizationLevel: [23, pointer, pointer, "int"],
    createTensor: [49, pointer, pointer, memory, "size_t", memory, "size_t", "int", memory],
    createCpuMemoryInfo: [69, pointer, "int", "int", memory],
    freeAllocated: [76, pointer, pointer, pointer],
    getDefaultAllocator: [78, pointer, memory],
    releaseEnvironment: [92, "void", pointer],
    releaseStatus: [93, "void", pointer],
    releaseMemoryInfo: [94, "void", pointer],
    releaseSession: [95, "void", pointer],
    releaseValue: [96, "void", pointer],
    releaseSessionOptions: [100, "void", pointer],
    endProfiling: [110, pointer, pointer, pointer, memory],
    createEnvironmentWithGlobalThreadPools: [119, pointer, "int", text, pointer, memory],
    disablePerSessionThreads: [120, pointer, pointer],
    createThreadingOptions: [121, pointer, memory],
    releaseThreadingOptions: [122, "void", pointer],
    getAvailableProviders: [125, pointer, memory, memory],
    releaseAvailableProviders: [126, pointer, pointer, "int"],
    addSessionConfigEntry: [130, pointer, pointer, text, text],
    runBinding: [133, pointer, pointer, pointer, pointer],
    createBinding: [134, pointer, pointer, memory],
    releaseBinding: [135, "void", pointer],
    bindInput: [136, pointer, pointer, pointer, pointer],
    bindOutput: [137, pointer, pointer, pointer, pointer],
    createSharedAllocator: [144, pointer, pointer, pointer, pointer],
    setGlobalIntraOpThreads: [147, pointer, pointer, "int"],
    setGlobalInterOpThreads: [148, pointer, pointer, "int"],
    setGlobalSpinning: [149, pointer, pointer, "int"],
    addInitializer: [150, pointer, pointer, pointer, pointer],
    appendTensorRt: [170, pointer, pointer, pointer],
    createTensorRtOptions: [171, pointer, memory],
    updateTensorRtOptions: [172, pointer, pointer, memory, memory, "size_t"],
    releaseTensorRtOptions: [174, "void", pointer],
    appendCuda: [204, pointer, pointer, pointer],
    createCudaOptions: [205, pointer, memory],
    updateCudaOptions: [206, pointer, pointer, memory, memory, "size_t"],
    releaseCudaOptions: [208, "void", pointer],
    addExternalInitializers: [210, pointer, pointer, memory, memory, "size_t"],
    appendProvider: [216, pointer, pointer, text, memory, memory, "size_t"],
  };
