// weightbridge engines: what operations run on, and what would be faster.

import { getNumThreads } from "../devices/index.ts";
import { parallelKernels } from "../kernels/use.ts";
import { Runtime } from "../native/runtime.ts";
import { type Command, parse, print, printJson, status } from "./arguments.ts";

const help = `weightbridge engines [--json]

What operations run on here, with how many threads and through which execution providers, and what has to be
installed for faster ones.

  --json    the same as data`;

/** One engine. */
interface Engine {
  readonly name: string;
  /** Whether operations run on it, could, or cannot. */
  readonly state: "in use" | "there" | "missing";
  /** Threads; null where there is none of it. */
  readonly threads: number | null;
  /** Execution providers that it has: what its graphs can run on. */
  readonly providers?: readonly string[];
  /** What it is, or what is missing. */
  readonly about: string;
  /** How to get it, or to get more of it. */
  readonly advice: string;
}

const plain: Engine = {
  name: "TypeScript",
  state: "in use",
  threads: 1,
  about: "every operation and element type; the fastest for small work",
  advice: "",
};

function webAssembly(): Engine {
  const name = "WebAssembly";
  const made = parallelKernels();
  if (made === undefined) {
    const advice = "A Node or browser with WebAssembly's vectors of 128 bits has it.";
    return { name, state: "missing", threads: null, about: "no vectors of 128 bits here", advice };
  }
  const { threads } = made;
  const about = "float32 products, convolutions, functions and normalization, from where it pays";
  const advice = threads < getNumThreads() ? "Memory cannot be shared here: one thread does the work." : "";
  return { name, state: "in use", threads, about, advice };
}

function onnxRuntime(): Engine {
  const name = "ONNX Runtime";
  const threads = getNumThreads();
  try {
    const runtime = new Runtime(threads);
    runtime.release();
    const providers = runtime.available;
    const about = `${runtime.version}, ${runtime.path}`;
    const advice =
      'import { useNative } from "weightbridge/native"; useNative() has large operations run on it.';
    return { name, state: "there", threads, providers, about, advice };
  } catch (error) {
    return {
      name,
      state: "missing",
      threads: null,
      about: (error as Error).message,
      advice: "npm install --ignore-scripts koffi onnxruntime-node",
    };
  }
}

function lines({ name, state, threads, providers, about, advice }: Engine): string[] {
  const count = threads === null ? "" : `${threads} thread${threads === 1 ? "" : "s"}`;
  const head = `${name.padEnd(14)}${state.padEnd(9)}${count.padEnd(11)}${about}`;
  const more = providers === undefined ? [] : [`execution providers: ${providers.join(", ")}`];
  if (advice !== "") more.push(advice);
  return [head, ...more.map((line) => " ".repeat(34) + line)];
}

export const engines: Command = {
  help,
  run: async (args) => {
    const { values } = parse(args, { json: { type: "boolean", default: false } });
    const found = [plain, webAssembly(), onnxRuntime()];
    if (values.json) printJson(found);
    else for (const engine of found) for (const line of lines(engine)) print(line);
    return status.ok;
  },
};
