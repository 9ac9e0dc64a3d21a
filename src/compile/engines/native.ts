// ONNX Runtime through its C interface: graphs run synchronously on our own memory.

import type { TypedArray } from "../../core/dtype.ts";
import { getNumThreads } from "../../devices/index.ts";
import type { Pointer } from "../../native/interface.ts";
import type { Provider } from "../../native/providers.ts";
import type { Runtime, Session, Texts } from "../../native/runtime.ts";
import { holdRuntime } from "../../native/shared.ts";
import type { Length } from "../../onnx/graph.ts";
import { onnxNumber } from "../../onnx/types.ts";
import type { Engine, Graph, Port, ReadyGraph } from "./engine.ts";

/**
 * The engine.
 * @param threads how many threads a graph's work is divided among; default: as many as ONNX Runtime works with already,
 *   else `torch.getNumThreads()`
 * @param providers what graphs run on besides the processor, each node on the first that can
 * @throws RuntimeError naming what is missing
 */
export function nativeEngine(
  threads?: number,
  library?: string,
  providers: readonly Provider[] = [],
): Engine {
  const hold = holdRuntime(threads, getNumThreads, library);
  const { runtime } = hold;
  return {
    name: "native",
    takesConstants: true,
    ready: (graph) => {
      const session = runtime.session(graph.model, { providers, initializers: graph.constants });
      return nativeGraph(runtime, session, graph);
    },
    release: () => hold.release(),
  };
}

/** A session of a graph, ready to run on our own memory. */
export function nativeGraph(runtime: Runtime, session: Session, { inputs, outputs }: Graph): ReadyGraph {
  const [given, asked] = [inputs, outputs].map((ports) => runtime.names(ports.map(({ name }) => name)));
  return new NativeGraph(runtime, session, [...inputs, ...outputs], given!, asked!);
}

/** Lengths as the library takes them; of no axes nothing, at an address all the same. */
function lengthsOf(shape: readonly number[]): BigInt64Array {
  const lengths = new BigInt64Array(Math.max(1, shape.length));
  shape.forEach((length, axis) => {
    lengths[axis] = BigInt(length);
  });
  return shape.length === 0 ? lengths.subarray(0, 0) : lengths;
}

/** A session and the tensors over the memory that it last ran on: what lies where it lay before is not made anew. */
class NativeGraph implements ReadyGraph {
  private readonly runtime: Runtime;
  private readonly session: Session;
  private readonly inputNames: Texts;
  private readonly outputNames: Texts;
  private readonly lengths: BigInt64Array[];
  /** The shapes that the lengths are of. */
  private readonly shapes: (readonly Length[])[];
  private readonly types: readonly number[];
  private readonly arrays: (TypedArray | undefined)[];
  private readonly tensors: Pointer[];
  private readonly handles: BigUint64Array;
  private readonly inputCount: number;

  constructor(runtime: Runtime, session: Session, ports: readonly Port[], inputs: Texts, outputs: Texts) {
    this.runtime = runtime;
    this.session = session;
    this.inputNames = inputs;
    this.outputNames = outputs;
    this.inputCount = inputs.addresses.length;
    this.shapes = ports.map(({ shape }) => shape);
    this.lengths = ports.map(({ shape }) =>
      lengthsOf(shape.map((length) => (typeof length === "number" ? length : 0))),
    );
    this.types = ports.map(({ dtype }) => onnxNumber(dtype));
    this.arrays = ports.map(() => undefined);
    this.tensors = ports.map(() => 0);
    this.handles = new BigUint64Array(Math.max(1, ports.length));
  }

  run(
    inputs: readonly TypedArray[],
    outputs: readonly TypedArray[],
    shapes?: readonly (readonly number[])[],
  ): undefined {
    shapes?.forEach((shape, i) => {
      if (shape.every((length, axis) => length === this.shapes[i]![axis])) return;
      this.drop(i);
      this.shapes[i] = shape;
      this.lengths[i] = lengthsOf(shape);
    });
    for (let i = 0; i < inputs.length; i++) this.place(i, inputs[i]!);
    for (let i = 0; i < outputs.length; i++) this.place(this.inputCount + i, outputs[i]!);
    const split = this.inputCount;
    const [given, asked] = [
      this.handles.subarray(0, split),
      this.handles.subarray(split, split + outputs.length),
    ];
    this.runtime.run(this.session, this.inputNames, given, this.outputNames, asked);
    return undefined;
  }

  private place(i: number, data: TypedArray): void {
    const before = this.arrays[i];
    const isThere =
      before === data ||
      (before !== undefined &&
        before.buffer === data.buffer &&
        before.byteOffset === data.byteOffset &&
        before.length === data.length);
    if (isThere) return;
    const tensor = this.runtime.tensor(data, this.lengths[i]!, this.types[i]!);
    this.drop(i);
    this.tensors[i] = tensor;
    this.handles[i] = BigInt(tensor);
    this.arrays[i] = data;
  }

  private drop(i: number): void {
    if (this.arrays[i] === undefined) return;
    this.arrays[i] = undefined;
    this.runtime.releaseTensor(this.tensors[i]!);
  }

  release(): void {
    this.arrays.forEach((_, i) => {
      this.drop(i);
    });
    this.session.release();
  }
}
