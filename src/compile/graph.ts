// A trace made ready to run: its graph, and which memory goes where at each run.

import type { DType, TypedArray } from "../core/dtype.ts";
import { product } from "../core/layout.ts";
import { lending, type Storage } from "../core/storage.ts";
import { variableAttributes } from "../lowering/index.ts";
import { GraphBuilder, type GraphValue } from "../onnx/graph.ts";
import type { ModelProto } from "../onnx/index.ts";
import { programOf, type Stored } from "./build.ts";
import type { Engine, Port, ReadyGraph } from "./engines/engine.ts";
import { ProgramLowering } from "./lower.ts";
import type { Value } from "./program.ts";
import type { Entry, Trace } from "./trace.ts";

/** Numbers that are given at each run although most of their kind are constants: scalar slots, and attributes of entries. */
export interface Varying {
  readonly slots: ReadonlySet<number>;
  readonly attributes: ReadonlyMap<number, readonly string[]>;
}

/** The memory that is a slot's at a run, and where the slot's place 0 is in it. */
export type MemoryAt = (slot: number) => { readonly storage: Storage; readonly offset: number };

/** Where an input's elements are, at a run. */
type Source =
  | { readonly kind: "memory"; readonly slot: number; readonly start: number; readonly size: number }
  | { readonly kind: "attribute"; readonly entry: number; readonly name: string };

/** A graph of ONNX with what it takes and gives. */
export interface LoweredTrace {
  readonly model: ModelProto;
  readonly inputs: readonly (Port & { readonly source: Source })[];
  readonly outputs: readonly (Port & { readonly stored: Stored; readonly isUpdate: boolean })[];
}

/** What lowering a trace may be told. */
export interface LoweringChoice {
  readonly varying: Varying;
  /** True iff what the slot holds now is part of the graph, and is not read again. */
  readonly isConstant: (slot: number) => boolean;
}

const portOf = ({ name }: GraphValue, { dtype, shape }: Value): Port => ({ name, dtype, shape });

/** The elements of a slot's memory from `start` on. */
export function elementsAt(storage: Storage, dtype: DType, start: number, size: number): TypedArray {
  const all = storage.view(dtype);
  return start === 0 && all.length === size ? all : all.subarray(start, start + size);
}

/** The bytes of a slot's memory. */
function bytesAt(storage: Storage, dtype: DType, start: number, size: number): Uint8Array {
  const { buffer, byteOffset, byteLength } = elementsAt(storage, dtype, start, size);
  return new Uint8Array(buffer, byteOffset, byteLength);
}

/** A trace as a graph of ONNX. */
export function lowered(trace: Trace, { varying, isConstant }: LoweringChoice): LoweredTrace {
  const graph = new GraphBuilder();
  const program = programOf(trace);
  const inputs: (Port & { readonly source: Source })[] = [];
  const attributes = new Map<number, Record<string, GraphValue>>();
  for (const [entry, names] of varying.attributes) {
    const { dtype } = trace.entries[entry]!.inputs[0]!.layout;
    const values = names.map((name) => {
      const value = graph.input(`number_${inputs.length}`, dtype, []);
      inputs.push({ name: value.name, dtype, shape: [], source: { kind: "attribute", entry, name } });
      return [name, value] as const;
    });
    attributes.set(entry, Object.fromEntries(values));
  }
  const lowering = new ProgramLowering(graph, {
    varying: (entry) => attributes.get(entry),
    input: (value) => {
      const { slot, start } = value.maker as { readonly slot: number; readonly start: number };
      const { kind, storage } = trace.slots[slot]!;
      const { dtype, shape } = value;
      const size = product(shape);
      const isFixed = (kind === "scalar" && !varying.slots.has(slot)) || isConstant(slot);
      if (isFixed)
        return graph.initializer(`constant_${value.id}`, dtype, shape, bytesAt(storage, dtype, start, size));
      const given = graph.input(`input_${inputs.length}`, dtype, shape);
      inputs.push({ ...portOf(given, value), source: { kind: "memory", slot, start, size } });
      return given;
    },
  });
  const outputs = [
    ...program.updates.map((stored) => ({ stored, isUpdate: true })),
    ...program.results.map((stored) => ({ stored, isUpdate: false })),
  ].map(({ stored, isUpdate }, i) => {
    const value = lowering.lower(stored.value);
    const name = `output_${i}`;
    graph.scope = "";
    graph.output(name, value);
    return { ...portOf({ ...value, name }, stored.value), stored, isUpdate };
  });
  return { model: graph.model("program"), inputs, outputs };
}

/** Attributes of a trace's entries that its graph may take as numbers. */
export function variableOf(trace: Trace): Map<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  trace.entries.forEach(({ name }, i) => {
    const names = variableAttributes.get(name);
    if (names !== undefined) found.set(i, names);
  });
  return found;
}

/** A graph that is ready, for traces that are one and the same. */
export class CompiledGraph {
  readonly trace: Trace;
  readonly lowered: LoweredTrace;
  private readonly ready: ReadyGraph;
  private readonly numbers: readonly (TypedArray | undefined)[];
  private readonly scratch: readonly (TypedArray | undefined)[];

  private constructor(trace: Trace, graph: LoweredTrace, ready: ReadyGraph) {
    this.trace = trace;
    this.lowered = graph;
    this.ready = ready;
    this.numbers = graph.inputs.map(({ source, dtype }) =>
      source.kind === "attribute" ? new dtype.array(1) : undefined,
    );
    this.scratch = graph.outputs.map(({ isUpdate, dtype, shape }) =>
      isUpdate ? new dtype.array(product(shape) * dtype.lanes) : undefined,
    );
  }

  /** Makes a trace ready on an engine. */
  static make(engine: Engine, trace: Trace, choice: LoweringChoice): CompiledGraph | Promise<CompiledGraph> {
    const graph = lowered(trace, choice);
    const ready = engine.ready(graph.model, graph.inputs, graph.outputs);
    return ready instanceof Promise
      ? ready.then((each) => new CompiledGraph(trace, graph, each))
      : new CompiledGraph(trace, graph, ready);
  }

  /**
   * Runs on memory that is to be taken for the trace's: what it has written is written, and its results have memory.
   * @param entries of a trace that is one and the same, for numbers that vary
   */
  run(at: MemoryAt, entries: readonly Entry[]): Promise<void> | undefined {
    const { inputs, outputs } = this.lowered;
    const before = lending.isOn;
    lending.isOn = true;
    try {
      const given = inputs.map(({ source, dtype }, i) => {
        if (source.kind === "memory") {
          const { storage, offset } = at(source.slot);
          return elementsAt(storage, dtype, offset + source.start, source.size);
        }
        const number = this.numbers[i]!;
        number[0] = (entries[source.entry]!.attributes as Record<string, number>)[source.name]!;
        return number;
      });
      const targets = outputs.map(({ stored, dtype, shape }, i) => {
        const { storage } = at(stored.region.slot);
        return this.scratch[i] ?? storage.provide(dtype, product(shape) * dtype.lanes);
      });
      const running = this.ready.run(given, targets);
      if (running === undefined) this.store(at, targets);
      else return running.then(() => this.store(at, targets));
      return undefined;
    } finally {
      lending.isOn = before;
    }
  }

  /** Puts what was written in place where it belongs. */
  private store(at: MemoryAt, targets: readonly TypedArray[]): void {
    const before = lending.isOn;
    lending.isOn = true;
    try {
      this.lowered.outputs.forEach(({ stored: { region }, isUpdate, dtype }, i) => {
        if (!isUpdate) return;
        const { storage, offset } = at(region.slot);
        const target = targets[i]!;
        elementsAt(storage, dtype, offset + region.low, target.length).set(target as never);
      });
    } finally {
      lending.isOn = before;
    }
  }

  release(): void {
    this.ready.release();
  }
}
