// ONNX Runtime as WebAssembly or on WebGPU: the package onnxruntime-web, in pages and in Node. Graphs run when their turn comes,
// on copies of our memory.

import { type DType, type DTypeName, partType, type TypedArray } from "../../core/dtype.ts";
import { NotImplementedError, RuntimeError } from "../../core/errors.ts";
import { getNumThreads } from "../../devices/index.ts";
import { allKnown } from "../../lowering/index.ts";
import { settingsFor } from "../../onnx/faults.ts";
import { carriedAs } from "../../onnx/graph.ts";
import { encode } from "../../onnx/index.ts";
import type { Engine, Graph, Port, ReadyGraph } from "./engine.ts";

/** A tensor of onnxruntime-web's. */
interface WebTensor {
  readonly data: unknown;
  dispose(): void;
}

/** A session of onnxruntime-web's. */
interface WebSession {
  run(feeds: never): Promise<Readonly<Record<string, WebTensor>>>;
  release(): Promise<void>;
}

/** What is used of the package onnxruntime-web: what `import * as ort from "onnxruntime-web"` gives. */
export interface OnnxRuntimeWeb {
  readonly InferenceSession: { create(model: Uint8Array, options: never): Promise<WebSession> };
  readonly Tensor: new (type: never, data: never, shape: readonly number[]) => WebTensor;
  readonly env: { readonly wasm: { numThreads?: number } };
}

/** What graphs run on there, by ONNX Runtime's names. */
export type WebDeviceName = "wasm" | "webgpu";

/** Element types of tensors there. */
const types: ReadonlySet<DTypeName> = new Set([
  "bool",
  "uint8",
  "int8",
  "uint16",
  "int16",
  "uint32",
  "int32",
  "uint64",
  "int64",
  "float16",
  "float32",
  "float64",
]);

/** What it writes to the console: what it ends with alone (`ORT_LOGGING_LEVEL_FATAL`). Errors are thrown. */
const logFatal = 4;

/** The name is no text in a call of `import`, for bundlers would look for a package that need not be there. */
const packageName = "onnxruntime-web";

/** What has been asked of each copy of the package, one after another: it does one thing at a time. */
class Queue {
  /** How many threads it works with; undefined before the first session. */
  threads: number | undefined;
  private last: Promise<unknown> = Promise.resolve();

  /** Does something when all that was asked before is done. */
  add<T>(work: () => Promise<T>): Promise<T> {
    const done = this.last.then(work);
    this.last = done.catch(() => undefined);
    return done;
  }
}

const queues: WeakMap<OnnxRuntimeWeb, Queue> = new WeakMap();

function queueOf(runtime: OnnxRuntimeWeb): Queue {
  const queue = queues.get(runtime) ?? new Queue();
  queues.set(runtime, queue);
  return queue;
}

const textOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** The package as it is found here. */
async function importRuntime(device: WebDeviceName): Promise<OnnxRuntimeWeb> {
  try {
    return (await import(/* @vite-ignore */ /* webpackIgnore: true */ packageName)) as OnnxRuntimeWeb;
  } catch (error) {
    throw new RuntimeError(
      `the device "${device}" is that of the package ${packageName}: npm install ${packageName}; in a page or a bundled program ` +
        `give what it exports: import * as onnxruntime from "${packageName}", and { device: "${device}", onnxruntime } ` +
        `(${textOf(error)})`,
    );
  }
}

/** True in a page, or a worker of one, that may not share memory: it has no threads. */
const isAlone = (): boolean =>
  (globalThis as { crossOriginIsolated?: boolean }).crossOriginIsolated === false;

/** Says how many threads there are. They are made with the first session, and stay as many. */
function setThreads({ env: { wasm } }: OnnxRuntimeWeb, queue: Queue, threads: number | undefined): void {
  if (queue.threads === undefined) {
    const set = wasm.numThreads ?? 0;
    queue.threads = isAlone() ? 1 : (threads ?? (set > 0 ? set : getNumThreads()));
    wasm.numThreads = queue.threads;
  } else if (threads !== undefined && threads !== queue.threads && !isAlone()) {
    throw new RuntimeError(
      `${packageName} works with ${queue.threads} threads here already, and cannot with ${threads}: it makes them with the ` +
        "first graph",
    );
  }
}

const inItsWords = (device: WebDeviceName, error: unknown): RuntimeError =>
  new RuntimeError(`ONNX Runtime (${device}): ${textOf(error)}`);

/**
 * The engine.
 * @param given what the package exports; default: it is imported by its name
 * @param threads how many threads a graph's work is divided among on "wasm"; default: what the package was told
 *   (`env.wasm.numThreads`), else `torch.getNumThreads()`. 1 in a page that is not isolated from other origins.
 */
export function webEngine(device: WebDeviceName, given?: OnnxRuntimeWeb, threads?: number): Engine {
  let found: Promise<OnnxRuntimeWeb> | undefined;
  return {
    name: device,
    takesConstants: true,
    ready: async (graph) => {
      for (const { dtype } of [...graph.inputs, ...graph.outputs]) checkType(partType(dtype), device);
      found ??= given === undefined ? importRuntime(device) : Promise.resolve(given);
      const runtime = await found;
      const queue = queueOf(runtime);
      setThreads(runtime, queue, threads);
      const session = await queue.add(() => openSession(runtime, device, graph));
      return new WebGraph(device, runtime, queue, session, graph);
    },
    release: () => {},
  };
}

function checkType({ name }: DType, device: WebDeviceName): void {
  if (types.has(name)) return;
  throw new NotImplementedError(
    `${packageName} has no tensors of ${name}, and what is compiled for "${device}" takes or gives one: convert it to float32 ` +
      "outside of what is compiled",
  );
}

async function openSession(
  { InferenceSession }: OnnxRuntimeWeb,
  device: WebDeviceName,
  graph: Graph,
): Promise<WebSession> {
  const { model, constants } = graph;
  const externalData = constants.map(({ name, data }) => ({ path: name, data: bytesOf(data) }));
  const options = {
    executionProviders: [device],
    logSeverityLevel: logFatal,
    externalData,
    extra: settingsFor(model, graph.types),
  };
  try {
    return await InferenceSession.create(encode("ModelProto", model), options as never);
  } catch (error) {
    throw inItsWords(device, error);
  }
}

/** A session, with what its tensors are. */
class WebGraph implements ReadyGraph {
  readonly isLater = true;
  private readonly device: WebDeviceName;
  private readonly runtime: OnnxRuntimeWeb;
  private readonly queue: Queue;
  private readonly session: WebSession;
  private readonly inputs: readonly Port[];
  private readonly outputs: readonly Port[];

  constructor(
    device: WebDeviceName,
    runtime: OnnxRuntimeWeb,
    queue: Queue,
    session: WebSession,
    { inputs, outputs }: Graph,
  ) {
    this.device = device;
    this.runtime = runtime;
    this.queue = queue;
    this.session = session;
    this.inputs = inputs;
    this.outputs = outputs;
  }

  run(
    inputs: readonly TypedArray[],
    outputs: readonly TypedArray[],
    shapes: readonly (readonly number[])[] = this.inputs.map(({ shape }) => allKnown(shape)),
  ): Promise<void> {
    return this.queue.add(async () => {
      const feeds: Record<string, WebTensor> = {};
      this.inputs.forEach(({ name, dtype }, i) => {
        const form = carriedAs({ dtype, shape: shapes[i]! });
        feeds[name] = new this.runtime.Tensor(
          form.dtype.name as never,
          inputs[i]! as never,
          form.shape as number[],
        );
      });
      let results: Readonly<Record<string, WebTensor>>;
      try {
        results = await this.session.run(feeds as never);
      } catch (error) {
        throw inItsWords(this.device, error);
      }
      this.outputs.forEach(({ name }, i) => {
        const result = results[name]!;
        copyBits(result.data as ArrayBufferView, outputs[i]!);
        result.dispose();
      });
    });
  }

  release(): void {
    void this.queue.add(() => this.session.release());
  }
}

const bytesOf = ({ buffer, byteOffset, byteLength }: ArrayBufferView): Uint8Array =>
  new Uint8Array(buffer, byteOffset, byteLength);

/** Copies elements as they are: half floats come in arrays of their own where there are such. */
function copyBits(from: ArrayBufferView, to: TypedArray): void {
  bytesOf(to).set(bytesOf(from));
}
