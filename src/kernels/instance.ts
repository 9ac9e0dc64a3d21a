// The WebAssembly kernels of kernels/ over a memory of their own: what lies elsewhere is copied in, block by block, and
// copied out.

import { KernelMemory, newMemory } from "./memory.ts";
import { modulesOf, roundsOnce } from "./modules.ts";
import { isPlaced } from "./places.ts";
import { Job, type Kernel, Pool } from "./pool.ts";

/**
 * Of `count` single-precision numbers to `to`, which may be where they are; up to 15 behind them are written.
 * @param own memory of each thread's own
 */
export type MapKernel = (at: number, to: number, own: number, count: number, thread: number) => void;

/** The same of `rows` rows of `length` numbers; none is written behind them. */
export type RowKernel = (
  at: number,
  to: number,
  length: number,
  own: number,
  rows: number,
  thread: number,
) => void;

/** The functions of one number: see kernels/maps.ts and kernels/gelu.ts. */
export interface MapExports {
  exp32: MapKernel;
  log32: MapKernel;
  tanh32: MapKernel;
  sigmoid32: MapKernel;
  silu32: MapKernel;
  softplus32: MapKernel;
  logSigmoid32: MapKernel;
  erf32: MapKernel;
  gelu32: MapKernel;
  geluTanh32: MapKernel;
  sqrt32: MapKernel;
  rsqrt32: MapKernel;
}

/** What is done to whole rows and groups: see kernels/rows.ts and kernels/groups.ts. */
export interface RowExports {
  softmax32: RowKernel;
  logSoftmax32: RowKernel;
  sum32(at: number, count: number): number;
  roundedSquares32(at: number, count: number, mean: number): number;
  normalize32(at: number, count: number, mean: number, factor: number, summand: number): void;
  normalizeGroups32(
    at: number,
    to: number,
    first: number,
    kinds: number,
    channels: number,
    inner: number,
    eps: number,
    weights: number,
    biases: number,
    statistics: number,
    groups: number,
  ): void;
}

/** Works on `count` elements of up to three operands: see kernels/elements.ts. */
export type ArithmeticKernel = (
  a: number,
  b: number,
  c: number,
  out: number,
  factor: number,
  count: number,
) => void;

/** Arithmetic, comparisons and choices, element by element. */
export interface ArithmeticExports {
  add32: ArithmeticKernel;
  subtract32: ArithmeticKernel;
  multiply32: ArithmeticKernel;
  divide32: ArithmeticKernel;
  maximum32: ArithmeticKernel;
  minimum32: ArithmeticKernel;
  negative32: ArithmeticKernel;
  absolute32: ArithmeticKernel;
  square32: ArithmeticKernel;
  relu32: ArithmeticKernel;
  reluBackward32: ArithmeticKernel;
  clamp32: ArithmeticKernel;
  addScaled32: ArithmeticKernel;
  addProduct32: ArithmeticKernel;
  addQuotient32: ArithmeticKernel;
  between32: ArithmeticKernel;
  multiplyAdd32: ArithmeticKernel;
  tanhBackward32: ArithmeticKernel;
  less32: ArithmeticKernel;
  lessEqual32: ArithmeticKernel;
  equal32: ArithmeticKernel;
  notEqual32: ArithmeticKernel;
  where32: ArithmeticKernel;
}

/** Converts `count` elements: see kernels/casts.ts. */
export type CastKernel = (from: number, to: number, count: number) => void;

/** Conversions between element types. */
export interface CastExports {
  float32ToFloat16: CastKernel;
  float32ToBfloat16: CastKernel;
  float32ToFloat64: CastKernel;
  float16ToFloat32: CastKernel;
  bfloat16ToFloat32: CastKernel;
  float64ToFloat32: CastKernel;
  int8ToFloat32: CastKernel;
  uint8ToFloat32: CastKernel;
}

/** Numbers folded: see kernels/reductions.ts. */
export interface FoldExports {
  total32(at: number, count: number): number;
  factors32(at: number, count: number): number;
  squareTotal32(at: number, count: number): number;
  magnitudeTotal32(at: number, count: number): number;
  largest32(at: number, count: number): number;
  smallest32(at: number, count: number): number;
  nonzeros32(at: number, count: number): number;
  place32(at: number, count: number, value: number): number;
  lineTotals32(at: number, lines: number, columns: number, into: number): void;
  lineLargest32(at: number, lines: number, columns: number, into: number): void;
  lineSmallest32(at: number, lines: number, columns: number, into: number): void;
  lineLargestPlaces32(at: number, lines: number, columns: number, into: number, first: number): void;
  lineSmallestPlaces32(at: number, lines: number, columns: number, into: number, first: number): void;
}

/** Turns `rows` lines of `columns` elements, steps in bytes: see kernels/transpose.ts. */
export type TransposeKernel = (
  source: number,
  step: number,
  target: number,
  toStep: number,
  rows: number,
  columns: number,
) => void;

/** What the module exports: see kernels/index.ts. */
export interface KernelExports extends MapExports, RowExports, FoldExports, CastExports, ArithmeticExports {
  transpose8: TransposeKernel;
  transpose16: TransposeKernel;
  transpose32: TransposeKernel;
  transpose64: TransposeKernel;
  transpose128: TransposeKernel;
  copyLines(from: number, step: number, to: number, toStep: number, lines: number, length: number): void;
  isFinite32(start: number, count: number): number;
  scan32(start: number, count: number, step: number, into: number): void;
  packPanels32(
    table: number,
    line: number,
    step: number,
    lines: number,
    depth: number,
    from: number,
    to: number,
  ): void;
  readonly multiplyPanels32: ParallelKernel;
  productBlocks(m: number, n: number): number;
  readonly packFilters32: ParallelKernel;
  readonly convolution32: ParallelKernel;
  readonly depthwise32: ParallelKernel;
  readonly depthwiseByWeight32: ParallelKernel;
  readonly padPlanes32: ParallelKernel;
  readonly maxPool32: ParallelKernel;
  readonly meanPool32: ParallelKernel;
  readonly meanPoolGradient32: ParallelKernel;
  readonly winogradFilters32: ParallelKernel;
  readonly winograd32: ParallelKernel;
  convolutionWorkspace(): number;
  convolutionParts(filters: number, columns: number): number;
  packedFilters(filters: number, depth: number): number;
  winogradWorkspace(filters: number, channels: number): number;
  winogradParts(filters: number, squares: number): number;
  winogradFilterBytes(filters: number, channels: number): number;
  readonly rowsByColumns32: RowsByMatrix;
  readonly rowsByRows32: RowsByMatrix;
  normals32(start: number, deviation: number, from: number, to: number, thread: number): void;
  twisterUniforms32(state: number, next: number, target: number, count: number): number;
  scratchStart(): number;
}

/** A kernel for `parallel`, which gives it numbers and a range: see kernels/convolution.ts, winograd.ts and planes.ts. */
type ParallelKernel = (...numbers: readonly number[]) => void;

type RowsByMatrix = (
  rows: number,
  rowsStep: number,
  m: number,
  b: number,
  bStep: number,
  depth: number,
  n: number,
  out: number,
  outStep: number,
) => void;

/** The kernels, and scratch in their memory. An object is for one call of an operation: the next asks for it again. */
export class Kernels {
  readonly exports: KernelExports;
  readonly memory: KernelMemory;
  /** Where scratch begins, in bytes: a multiple of 4,096. */
  readonly start: number;
  /** How many threads a call of `parallel` may run on, each with a number below. */
  readonly threads: number;
  private readonly pool: Pool | undefined;

  constructor(exports: KernelExports, memory: KernelMemory, threads = 1, pool?: Pool) {
    this.exports = exports;
    this.memory = memory;
    this.threads = threads;
    this.pool = pool;
    this.start = memory.start;
  }

  /** All of the memory, from address 0 on; made anew when it grows: not to be kept over a call of `scratch`. */
  get bytes(): Uint8Array {
    return this.memory.shown.bytes;
  }

  get floats(): Float32Array {
    return this.memory.shown.floats;
  }

  get words(): Int32Array {
    return this.memory.shown.words;
  }

  /** True iff the memory is one that threads can share. */
  get isShared(): boolean {
    return this.memory.heap !== undefined;
  }

  /** True iff kernels find the array's elements where they lie, from `array.byteOffset` on. */
  sees(array: ArrayBufferView): boolean {
    return this.isShared && isPlaced(array);
  }

  /**
   * Sees to it that there are so many bytes of scratch.
   * @returns where they begin
   * @throws NoScratch when the memory cannot grow so far
   */
  scratch(byteLength: number): number {
    this.memory.scratch(byteLength);
    return this.start;
  }

  /**
   * Calls the kernel `(...numbers, from, to, thread)` for the ranges of `grain` that [0, count) falls into, on as many
   * threads as there are; the kernel may leave off what it does not need at the end. Ranges run at the same time and in
   * no order, so that each writes what no other reads or writes. They are the same on one thread: results are too.
   * `thread` is below `threads`: a kernel that needs memory of its own finds it by that.
   * @param meanwhile what the caller does before it joins the workers, or first when there are none
   * @throws what the kernel throws
   */
  parallel(
    name: keyof KernelExports,
    numbers: readonly number[],
    count: number,
    grain: number,
    meanwhile?: () => void,
  ): void {
    if (this.pool !== undefined) {
      this.pool.run(name, numbers, count, grain, meanwhile);
      return;
    }
    meanwhile?.();
    const job = new Job(this.exports[name] as Kernel, numbers);
    for (let from = 0; from < count; from += grain) job.call(from, Math.min(count, from + grain));
  }

  /**
   * Calls the kernel `(...numbers, n, thread)` for `count` things in a line, of which none's result depends on another, in
   * parts of `grain` on as many threads as there are.
   * @returns what the kernel gave for each part, of up to `mostResults`, until the next call; undefined on one thread
   * @param numbers those for the first thing
   * @param steps by how much each is more for the next thing
   */
  inParts(
    name: keyof KernelExports,
    numbers: readonly number[],
    steps: readonly number[],
    count: number,
    grain: number,
  ): Float64Array | undefined {
    if (this.pool !== undefined) {
      this.pool.run(name, numbers, count, grain, undefined, steps);
      return this.pool.results;
    }
    const job = new Job(this.exports[name] as Kernel, numbers, steps);
    for (let from = 0; from < count; from += grain) job.call(from, Math.min(count, from + grain));
    return undefined;
  }

  /** Wakes workers that sleep: a call of `parallel` follows soon. */
  rouse(): void {
    this.pool?.rouse();
  }

  /** Ends the workers. */
  end(): void {
    this.pool?.end();
  }
}

/** The kernels over one memory: for one thread, and for several. */
export class KernelSet {
  /** For the caller's thread alone. */
  readonly single: Kernels;
  private readonly modules: readonly WebAssembly.Module[];
  private readonly instances: readonly WebAssembly.Instance[];
  private several: Kernels | undefined;

  constructor(
    modules: readonly WebAssembly.Module[],
    instances: readonly WebAssembly.Instance[],
    memory: KernelMemory,
  ) {
    this.modules = modules;
    this.instances = instances;
    this.single = new Kernels(exportsOf(instances), memory);
  }

  get memory(): KernelMemory {
    return this.single.memory;
  }

  /** For so many threads, with workers that are started when they are first asked for. */
  on(threads: number): Kernels {
    if (threads === 1) return this.single;
    if (this.several?.threads === threads) return this.several;
    this.end();
    const { exports, memory } = this.single;
    const pool = new Pool(this.modules, this.instances, memory.memory, threads - 1);
    this.several = new Kernels(exports, memory, threads, pool);
    return this.several;
  }

  /** Ends the workers. */
  end(): void {
    this.several?.end();
    this.several = undefined;
  }
}

const exportsOf = (instances: readonly WebAssembly.Instance[]): KernelExports =>
  Object.assign({}, ...instances.map((instance) => instance.exports)) as unknown as KernelExports;

/**
 * Makes the kernels.
 * @param isShared over memory that threads can share, with a heap in it
 * @param isDeterministic leaves alone what machines do differently
 * @param memory that of other kernels; default: memory of their own
 * @returns null where there is no WebAssembly with vectors of 128 bits
 */
export function makeKernels(
  isShared: boolean,
  isDeterministic: boolean,
  memory?: KernelMemory,
): KernelSet | null {
  if (typeof WebAssembly === "undefined") return null;
  try {
    const own = memory?.memory ?? newMemory(isShared);
    const modules = modulesOf(isShared, !isDeterministic && roundsOnce());
    const instances = modules.map((module) => new WebAssembly.Instance(module, { env: { memory: own } }));
    const start = exportsOf(instances).scratchStart();
    return new KernelSet(modules, instances, memory ?? new KernelMemory(own, start, isShared));
  } catch {
    // No vector instructions, or a page whose policy forbids WebAssembly: the reference kernels do the work.
    return null;
  }
}
