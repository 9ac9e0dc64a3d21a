// A worker thread that takes parts of the kernels' work, in Node and in browsers. Its program is a text, so that neither a
// bundler nor a package in one file has to bring another file along.

import { builtin } from "./machine.ts";

/** Where in the control block what stands, in 32-bit integers; what different threads write is in different cache lines. */
export const places = {
  /** Counts the jobs: workers wait until it changes. */
  epoch: 0,
  /** How many workers are at the job, and whether another may join it: `open`. */
  state: 16,
  /** How many parts were taken, and how many of them from the front and from the back. */
  taken: 32,
  front: 33,
  back: 34,
  /** Workers that sleep, workers that are ready, and whether a kernel failed in one. */
  sleeping: 48,
  ready: 64,
  failed: 80,
  /** The job: which kernel, how many numbers it is given, how many parts there are. */
  kernel: 96,
  arity: 97,
  parts: 98,
  /** Whether its numbers move from part to part. */
  moves: 99,
} as const;

/** How many 32-bit integers the control block has. */
export const controlLength = 112;
/** The bit of the state that is set while workers may join. */
export const open: number = 2 ** 30;
/** A kernel is given at most so many numbers. Before them the job's count and grain are kept, behind them their steps. */
export const mostNumbers = 32;
/** Behind these are what the kernel gave for each of so many parts: all that there can be of 2 GiB in parts of 2^19 bytes. */
export const mostResults = 4096;

/**
 * How long a worker looks for the next job before it sleeps, in milliseconds. One that fell asleep just before jobs come often
 * misses all of the next eight milliseconds: after pauses of about 1 ms the median of such turns took up to twice as long with
 * 1 as with 2.
 */
const alert = 2;

/** Who looks for something looks at the clock after so many turns: what that gives is an object to collect. */
export const turnsByTheClock = 1024;

// What a kernel is given stands in one list for all parts: see `Job` in pool.ts.
const program = `
const begin = ({ modules, memory, control, numbers, thread }) => {
  const at = ${JSON.stringify(places)};
  const kernels = modules.flatMap((module) => Object.values(new WebAssembly.Instance(module, { env: { memory } }).exports));
  const work = () => {
    const kernel = kernels[control[at.kernel]];
    const arity = control[at.arity];
    const numbersGiven = numbers.subarray(2, 2 + arity);
    const steps = numbers.subarray(2 + ${mostNumbers});
    const results = numbers.subarray(2 + 2 * ${mostNumbers});
    const moves = control[at.moves] !== 0;
    const given = new Array(arity + (moves ? 2 : 3)).fill(undefined);
    for (let i = 0; i < arity; i++) given[i] = numbersGiven[i];
    given[given.length - 1] = thread;
    const parts = control[at.parts];
    const count = numbers[0];
    const grain = numbers[1];
    while (Atomics.add(control, at.taken, 1) < parts) {
      const part = thread % 2 === 0 ? Atomics.add(control, at.front, 1) : parts - 1 - Atomics.add(control, at.back, 1);
      const from = part * grain;
      const to = Math.min(count, from + grain);
      if (moves) {
        for (let i = 0; i < arity; i++) given[i] = numbersGiven[i] + from * steps[i];
        given[arity] = to - from;
        results[part] = kernel.apply(undefined, given);
      } else {
        given[arity] = from;
        given[arity + 1] = to;
        kernel.apply(undefined, given);
      }
    }
  };
  const join = () => {
    for (let state = Atomics.load(control, at.state); (state & ${open}) !== 0; ) {
      const found = Atomics.compareExchange(control, at.state, state, state + 1);
      if (found === state) return true;
      state = found;
    }
    return false;
  };
  const await_ = (seen) => {
    const end = performance.now() + ${alert};
    for (let turn = 1; Atomics.load(control, at.epoch) === seen; turn++) {
      if (turn % ${turnsByTheClock} !== 0 || performance.now() < end) continue;
      Atomics.add(control, at.sleeping, 1);
      Atomics.wait(control, at.epoch, seen);
      Atomics.sub(control, at.sleeping, 1);
    }
    return Atomics.load(control, at.epoch);
  };
  let seen = Atomics.load(control, at.epoch);
  Atomics.add(control, at.ready, 1);
  for (;;) {
    seen = await_(seen);
    if (!join()) continue;
    try {
      work();
    } catch {
      Atomics.store(control, at.failed, 1);
    }
    if (Atomics.sub(control, at.state, 1) === 1) Atomics.notify(control, at.state);
  }
};
const threads = globalThis.process?.getBuiltinModule?.("node:worker_threads");
if (threads === undefined) onmessage = ({ data }) => begin(data);
else begin(threads.workerData);
`;

/** What a worker is given. */
export interface WorkerData {
  readonly modules: readonly WebAssembly.Module[];
  readonly memory: WebAssembly.Memory;
  readonly control: Int32Array;
  readonly numbers: Float64Array;
  /** Its number: the caller's is 0. */
  readonly thread: number;
}

/** A worker that was started. */
export interface Started {
  terminate(): unknown;
}

interface NodeWorker extends Started {
  on(event: "error", listener: () => void): void;
  unref(): void;
}

interface NodeThreads {
  readonly Worker: new (program: string, options: Readonly<Record<string, unknown>>) => NodeWorker;
}

/**
 * Starts a worker. It does not keep a program from ending. One that cannot start never tells that it is ready.
 * @throws where there are no workers
 */
export function startWorker(workerData: WorkerData): Started {
  const threads = builtin("node:worker_threads") as NodeThreads | undefined;
  if (threads === undefined) return startInBrowser(workerData);
  // Without the program's own arguments: a loader of TypeScript is not needed and takes its time.
  const worker = new threads.Worker(program, { eval: true, execArgv: [], workerData });
  worker.on("error", () => {});
  worker.unref();
  return worker;
}

function startInBrowser(workerData: WorkerData): Started {
  const address = URL.createObjectURL(new Blob([program], { type: "text/javascript" }));
  const worker = new Worker(address);
  worker.onerror = (event) => event.preventDefault();
  worker.postMessage(workerData);
  return worker;
}
