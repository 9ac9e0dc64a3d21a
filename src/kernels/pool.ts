// Workers that share the kernels' memory. A job is a kernel's range in parts of one size; the calling thread and the workers
// that are ready take a part until none is left, so that the parts, and with them the results, are the same however many
// threads there are. The caller and every second worker take the next from the front, the others the next from the back: what
// one job leaves in a processor's cache is then mostly what that processor needs of it in the next job. A worker that has not
// started, or has ended, takes none and is not waited for.

import {
  controlLength,
  mostNumbers,
  mostResults,
  open,
  places,
  type Started,
  startWorker,
  turnsByTheClock,
} from "./worker.ts";

/** A kernel as a function of numbers. */
export type Kernel = (...numbers: readonly number[]) => number | undefined;

/**
 * A kernel with its numbers, called for parts of a range: see `Pool.run`. What it is given stands in one list for all parts:
 * with a list for each, a product of 256x256 left 14 kB behind, and what collects that waits for threads that look for work.
 */
export class Job {
  private readonly kernel: Kernel;
  private readonly numbers: readonly number[];
  private readonly steps: readonly number[] | undefined;
  /** A list of any values: the elements of one of floating-point numbers alone are made into objects in each call. */
  private readonly given: unknown[];

  constructor(kernel: Kernel, numbers: readonly number[], steps?: readonly number[]) {
    this.kernel = kernel;
    this.numbers = numbers;
    this.steps = steps;
    const given: unknown[] = new Array(numbers.length + (steps === undefined ? 3 : 2)).fill(undefined);
    for (let i = 0; i < numbers.length; i++) given[i] = numbers[i];
    given[given.length - 1] = 0;
    this.given = given;
  }

  /** Calls the kernel for the range from `from` to `to`. @returns what it gives; NaN where that is nothing */
  call(from: number, to: number): number {
    const { given, numbers, steps } = this;
    const { length } = numbers;
    if (steps === undefined) {
      given[length] = from;
      given[length + 1] = to;
    } else {
      for (let i = 0; i < length; i++) given[i] = numbers[i]! + from * steps[i]!;
      given[length] = to - from;
    }
    return this.kernel.apply(undefined, given as number[]) ?? Number.NaN;
  }
}

/** How long the caller looks for workers to finish before it sleeps, in milliseconds. */
const alert = 0.1;
/** A worker that has not finished its part after so long, in milliseconds, is not there any more. */
const longest = 60_000;

/** True iff this thread may sleep: that of a page may not. */
function maySleep(): boolean {
  try {
    return Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 1, 0) === "not-equal";
  } catch {
    return false;
  }
}

/** Workers over one memory, from the making of the pool until `end`. */
export class Pool {
  private readonly kernels: ReadonlyMap<string, { readonly index: number; readonly run: Kernel }>;
  private readonly control = new Int32Array(new SharedArrayBuffer(4 * controlLength));
  private readonly numbers = new Float64Array(new SharedArrayBuffer(8 * (2 + 2 * mostNumbers + mostResults)));
  /** What the kernel gave for each part of the last job whose numbers move, as far as there is room. */
  readonly results: Float64Array = this.numbers.subarray(2 + 2 * mostNumbers);
  private readonly workers: Started[] = [];
  private readonly isSleeper = maySleep();
  private readonly patience: number;

  /**
   * Starts workers.
   * @param modules a kernel of a later one stands for one of the same name before
   * @param instances the caller's own instances of the modules over the memory
   * @param count how many workers, beside the caller
   * @param patience how long a worker may take for one part, in milliseconds, before it counts as dead
   */
  constructor(
    modules: readonly WebAssembly.Module[],
    instances: readonly WebAssembly.Instance[],
    memory: WebAssembly.Memory,
    count: number,
    patience: number = longest,
  ) {
    this.patience = patience;
    const kernels = instances.flatMap((instance) => Object.entries(instance.exports));
    this.kernels = new Map(kernels.map(([name, run], index) => [name, { index, run: run as Kernel }]));
    const { control, numbers } = this;
    try {
      for (let thread = 1; thread <= count; thread++) {
        this.workers.push(startWorker({ modules, memory, control, numbers, thread }));
      }
    } catch {
      // No workers here, or no more of them: those that there are do the work with the caller.
    }
  }

  /** How many workers are ready. */
  get ready(): number {
    return Atomics.load(this.control, places.ready);
  }

  /** Ends the workers. */
  end(): void {
    for (const worker of this.workers) worker.terminate();
  }

  /** Wakes workers that sleep, so that they are awake when a job comes: to wake takes as long as a short one. */
  rouse(): void {
    if (Atomics.load(this.control, places.sleeping) === 0) return;
    Atomics.add(this.control, places.epoch, 1);
    Atomics.notify(this.control, places.epoch);
  }

  /**
   * Calls `kernel(...numbers, from, to, thread)` for the ranges of `grain` that [0, count) falls into, in no order. The
   * thread's number is from 0 to the number of workers.
   * @param meanwhile what the caller does first, while workers have begun
   * @param steps where given, the numbers move by so much with each of [0, count), and the kernel is called
   *   `(...numbers, to - from, thread)`
   * @throws what a kernel throws, or `meanwhile`; Error when one failed in a worker, or a worker died
   */
  run(
    name: string,
    numbers: readonly number[],
    count: number,
    grain: number,
    meanwhile?: () => void,
    steps?: readonly number[],
  ): void {
    const { index, run } = this.kernels.get(name)!;
    const { control, results } = this;
    const parts = Math.ceil(count / grain);
    const job = new Job(run, numbers, steps);
    if (parts === 0 || (parts === 1 && meanwhile === undefined) || this.ready === 0) {
      meanwhile?.();
      for (let from = 0; from < count; from += grain) {
        results[from / grain] = job.call(from, Math.min(count, from + grain));
      }
      return;
    }
    this.publish(index, numbers, count, grain, parts, steps);
    try {
      meanwhile?.();
      while (Atomics.add(control, places.taken, 1) < parts) {
        const part = Atomics.add(control, places.front, 1);
        results[part] = job.call(part * grain, Math.min(count, (part + 1) * grain));
      }
    } finally {
      Atomics.store(control, places.taken, parts);
      this.close();
    }
    if (Atomics.load(control, places.failed) !== 0) {
      throw new Error(`the kernel ${name} failed in a worker thread`);
    }
  }

  /** Writes a job down and lets workers join it. */
  private publish(
    kernel: number,
    numbers: readonly number[],
    count: number,
    grain: number,
    parts: number,
    steps: readonly number[] | undefined,
  ): void {
    const { control } = this;
    if (numbers.length > mostNumbers)
      throw new RangeError(`a kernel is given at most ${mostNumbers} numbers`);
    this.numbers[0] = count;
    this.numbers[1] = grain;
    this.numbers.set(numbers, 2);
    if (steps !== undefined) this.numbers.set(steps, 2 + mostNumbers);
    control[places.moves] = Number(steps !== undefined);
    control[places.kernel] = kernel;
    control[places.arity] = numbers.length;
    control[places.parts] = parts;
    control[places.failed] = 0;
    control[places.front] = 0;
    control[places.back] = 0;
    Atomics.store(control, places.taken, 0);
    Atomics.or(control, places.state, open);
    Atomics.add(control, places.epoch, 1);
    // No more are woken than there are parts for.
    if (Atomics.load(control, places.sleeping) > 0) Atomics.notify(control, places.epoch, parts);
  }

  /** Lets nobody join any more, and waits until those who did have left. */
  private close(): void {
    const { control } = this;
    Atomics.and(control, places.state, ~open);
    const start = performance.now();
    for (let turn = 1; ; turn++) {
      const state = Atomics.load(control, places.state);
      if (state === 0) return;
      if (turn % turnsByTheClock !== 0) continue;
      const waited = performance.now() - start;
      if (waited > this.patience) {
        this.end();
        Atomics.store(control, places.ready, 0);
        throw new Error("a worker thread ended in the middle of its part of a kernel's work");
      }
      if (this.isSleeper && waited > alert) Atomics.wait(control, places.state, state, this.patience);
    }
  }
}
