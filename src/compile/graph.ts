// A trace made ready to run: its graph, and which memory goes where at each run.

import type { DType, TypedArray } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { product } from "../core/layout.ts";
import { lending, type Storage } from "../core/storage.ts";
import { allKnown, variableAttributes } from "../lowering/index.ts";
import { GraphBuilder, type GraphValue, type Length } from "../onnx/graph.ts";
import type { DynamicAxis } from "./arguments.ts";
import { type Program, programOf, type Stored } from "./build.ts";
import type { DynamicProgram } from "./dynamic.ts";
import { dynamicConstant, isDynamicConstant } from "./dynamic-constant.ts";
import type { Constant, Engine, Graph, Port, ReadyGraph } from "./engines/engine.ts";
import { ProgramLowering } from "./lower.ts";
import type { PatternContext } from "./patterns.ts";
import type { Input, Value } from "./program.ts";
import type { Watch } from "./progress.ts";
import { type Stage, type StageOutput, stagesOf, usedOnce } from "./stages.ts";
import type { Entry, Frame, Trace } from "./trace.ts";

/** Numbers that are given at each run although most of their kind are constants: scalar slots, and attributes of entries. */
export interface Varying {
  readonly slots: ReadonlySet<number>;
  readonly attributes: ReadonlyMap<number, readonly string[]>;
}

/** The memory that is a slot's at a run, and where the slot's place 0 is in it, in entries of its array. */
export type MemoryAt = (slot: number) => { readonly storage: Storage; readonly offset: number };

/** The memory of a row-major tensor that stands for a slot's. */
export const beginningOf = ({ storage, layout: { dtype, offset } }: Operand): ReturnType<MemoryAt> => ({
  storage,
  offset: offset * dtype.lanes,
});

/** Where an input's elements are, at a run. */
type Source =
  | { readonly kind: "memory"; readonly slot: number; readonly start: number; readonly size: number }
  | { readonly kind: "attribute"; readonly entry: number; readonly name: string }
  | { readonly kind: "carried"; readonly id: number };

/** A stage as a graph of ONNX, with what it takes and gives. */
export interface LoweredStage extends Graph {
  readonly inputs: readonly (Port & { readonly source: Source })[];
  readonly outputs: readonly (Port & { readonly output: StageOutput })[];
}

/** What lowering a trace may be told. */
export interface LoweringChoice {
  readonly varying: Varying;
  /** True iff what the slot holds now is part of the graph, and is not read again. */
  readonly isConstant: (slot: number) => boolean;
  /** True iff large constants stay out of the graph's bytes. */
  readonly keepsConstants: boolean;
  readonly dynamic?: DynamicChoice | undefined;
}

/** How a trace is made ready. */
export interface GraphChoice extends Omit<LoweringChoice, "keepsConstants"> {
  /** Who is told how far it is. */
  readonly watch?: Watch | undefined;
}

/** What is known of dynamic lengths. */
export interface DynamicChoice {
  readonly program: DynamicProgram;
  /** The traces of all trials, the first of which is lowered. */
  readonly traces: readonly Trace[];
  /** Where a dynamic length is: the slot of an argument, and the axis. */
  readonly places: ReadonlyMap<string, { readonly slot: number; readonly axis: number }>;
  readonly axes: readonly DynamicAxis[];
}

/** Constants of so many bytes may stay out of a graph's bytes. */
const leastOutside = 1024;

/** Elements of a slot's memory from `start` on, as they lie: of complex numbers pairs. */
export function elementsAt(storage: Storage, dtype: DType, start: number, size: number): TypedArray {
  const all = storage.view(dtype);
  const [first, length] = [start * dtype.lanes, size * dtype.lanes];
  return start === 0 && all.length === length ? all : all.subarray(first, first + length);
}

/** A stage in the making. */
class StageLowering {
  private readonly graph = new GraphBuilder();
  private readonly inputs: (Port & { readonly source: Source })[] = [];
  private readonly constants: Constant[] = [];
  private readonly attributes: Map<number, Record<string, GraphValue>> = new Map();
  private readonly trace: Trace;
  private readonly choice: LoweringChoice;
  private readonly carried: ReadonlySet<Value>;
  private readonly once: ReadonlySet<Value>;
  private readonly program: Program;

  constructor(
    trace: Trace,
    program: Program,
    choice: LoweringChoice,
    carried: ReadonlySet<Value>,
    once: ReadonlySet<Value>,
  ) {
    this.trace = trace;
    this.program = program;
    this.choice = choice;
    this.carried = carried;
    this.once = once;
  }

  private shapeOf(value: Value): readonly Length[] {
    return this.choice.dynamic?.program.shapeOf(value) ?? value.shape;
  }

  private given(dtype: DType, shape: readonly Length[], source: Source): GraphValue {
    const given = this.graph.input(`input_${this.inputs.length}`, dtype, shape);
    this.inputs.push({ name: given.name, dtype, shape, source });
    return given;
  }

  /** A dynamic length as a vector of one integer. */
  private dimension(name: string, lowering: ProgramLowering): GraphValue {
    const { slot, axis } = this.choice.dynamic!.places.get(name)!;
    const argument = this.program.inputs.find(({ region }) => region.slot === slot)!;
    return this.graph.lengthAlong(lowering.lower(argument.value), axis);
  }

  /** Numbers of an entry's attributes that vary, made when the entry is lowered. */
  private varying(entry: number): Readonly<Record<string, GraphValue>> | undefined {
    const names = this.choice.varying.attributes.get(entry);
    if (names === undefined) return undefined;
    let values = this.attributes.get(entry);
    if (values === undefined) {
      const { dtype } = this.trace.entries[entry]!.inputs[0]!.layout;
      const made = names.map((name) => [name, this.given(dtype, [], { kind: "attribute", entry, name })]);
      values = Object.fromEntries(made) as Record<string, GraphValue>;
      this.attributes.set(entry, values);
    }
    return values;
  }

  private input(value: Value, vector: PatternContext["vector"]): GraphValue {
    const shape = this.shapeOf(value);
    if (this.carried.has(value)) return this.given(value.dtype, shape, { kind: "carried", id: value.id });
    const { slot, start } = value.maker as Input;
    const { kind } = this.trace.slots[slot]!;
    const size = product(value.shape);
    if (size === 0)
      return this.graph.initializer(`empty_${value.id}`, value.dtype, value.shape, new Uint8Array(0));
    const isFixed =
      (kind === "scalar" && !this.choice.varying.slots.has(slot)) || this.choice.isConstant(slot);
    if (!isFixed) return this.given(value.dtype, shape, { kind: "memory", slot, start, size });
    const { dynamic } = this.choice;
    return dynamic !== undefined && isDynamicConstant(dynamic, value)
      ? dynamicConstant(this.graph, dynamic, value, vector)
      : this.constant(value, `fixed_${value.id}`);
  }

  private constant({ dtype, shape, maker }: Value, name: string): GraphValue {
    const { slot, start } = maker as Input;
    const data = elementsAt(this.trace.slots[slot]!.storage, dtype, start, product(shape));
    if (this.choice.keepsConstants && data.byteLength >= leastOutside) {
      this.constants.push({ name, dtype, shape, data });
      return this.graph.external(name, dtype, shape, name);
    }
    const bytes = new Uint8Array(data.buffer, data.byteOffset, data.byteLength);
    return this.graph.initializer(name, dtype, shape, bytes);
  }

  lower(stage: Stage): LoweredStage {
    const { graph } = this;
    const lowering: ProgramLowering = new ProgramLowering(graph, {
      dynamic: this.choice.dynamic?.program,
      dimension: (name) => this.dimension(name, lowering),
      varying: (entry) => this.varying(entry),
      isGiven: (value) => this.carried.has(value),
      isUsedOnce: (value) => this.once.has(value),
      input: (value, vector) => this.input(value, vector),
    });
    const outputs = stage.map((output, i) => {
      const value = lowering.lower(output.value);
      const name = `output_${i}`;
      graph.scope = "";
      graph.output(name, value);
      return { name, dtype: output.value.dtype, shape: this.shapeOf(output.value), output };
    });
    return {
      model: graph.model("program"),
      inputs: this.inputs,
      outputs,
      constants: this.constants,
      types: graph.types,
    };
  }
}

/** A trace as graphs of ONNX, which run one after another. */
export function lowered(
  trace: Trace,
  choice: LoweringChoice,
  program: Program = programOf(trace),
  stages: readonly Stage[] = stagesOf(program).filter((stage) => stage.length > 0),
): LoweredStage[] {
  const carried = new Set<Value>();
  const once = usedOnce(stages.flat().map(({ value }) => value));
  return stages.map((stage) => {
    const lowering = new StageLowering(trace, program, choice, new Set(carried), once);
    for (const { kind, value } of stage) if (kind === "carried") carried.add(value);
    return lowering.lower(stage);
  });
}

/** Attributes of a trace's entries that its graph may take as numbers. */
export function variableOf(trace: Frame): Map<number, readonly string[]> {
  const found = new Map<number, readonly string[]>();
  trace.entries.forEach(({ name }, i) => {
    const names = variableAttributes.get(name);
    if (names !== undefined) found.set(i, names);
  });
  return found;
}

/** A stage that is ready, and the memory that it has for itself. */
interface ReadyStage {
  readonly lowered: LoweredStage;
  readonly ready: ReadyGraph;
  /** Memory for numbers that vary, by input. */
  readonly numbers: readonly (TypedArray | undefined)[];
  /** Memory for what is carried, or put where it belongs when the stage has run, by output. */
  readonly scratch: readonly (TypedArray | undefined)[];
}

/** Memory of an engine's own tensors: outside of the heap, where nothing moves. */
const memoryFor = (dtype: DType, size: number): TypedArray =>
  new dtype.array(new ArrayBuffer(Math.max(1, size) * dtype.itemSize), 0, size * dtype.lanes);

/**
 * Results of at most so many bytes are copied from memory that is always the same: what a graph writes to is made known to the
 * engine anew wherever it is other memory, which takes longer than the copy.
 */
const mostCopied = 2 ** 14;

function needsScratch({ output, dtype, shape }: LoweredStage["outputs"][number]): boolean {
  if (output.kind === "update") return !output.isInPlace;
  if (output.kind !== "result") return output.kind === "carried";
  const isKnown = shape.every((length) => typeof length === "number");
  return isKnown && product(shape as readonly number[]) * dtype.itemSize <= mostCopied;
}

function readyStage(stage: LoweredStage, ready: ReadyGraph): ReadyStage {
  return {
    lowered: stage,
    ready,
    numbers: stage.inputs.map(({ source, dtype }) =>
      source.kind === "attribute" ? memoryFor(dtype, 1) : undefined,
    ),
    scratch: stage.outputs.map((port) =>
      needsScratch(port) ? memoryFor(port.dtype, product(allKnown(port.shape))) : undefined,
    ),
  };
}

/** How large graphs are, in nodes and in bytes of what they hold. */
const sizesOf = (stages: readonly LoweredStage[]): { readonly nodes: number; readonly bytes: number } => ({
  nodes: stages.reduce((sum, { model }) => sum + (model.graph?.node?.length ?? 0), 0),
  bytes: stages.flatMap(({ constants }) => constants).reduce((sum, { data }) => sum + data.byteLength, 0),
});

/** What a run with dynamic lengths is told. */
export interface DynamicRun {
  /** Lengths as they are in this run. @throws RuntimeError for one that is not known */
  readonly shapeOf: (shape: readonly Length[]) => readonly number[];
  /** Memory for a result. */
  readonly tensor: (index: number, dtype: DType, size: number) => TypedArray;
}

/** Graphs that are ready, for traces that are one and the same. */
export class CompiledGraph {
  readonly stages: readonly ReadyStage[];
  private readonly carried: Map<number, TypedArray> = new Map();

  private constructor(stages: readonly ReadyStage[]) {
    this.stages = stages;
    for (const { lowered: stage, scratch } of stages) {
      stage.outputs.forEach(({ output }, i) => {
        if (output.kind === "carried") this.carried.set(output.value.id, scratch[i]!);
      });
    }
  }

  /** Makes a trace ready on an engine. */
  static make(
    engine: Engine,
    trace: Trace,
    choice: GraphChoice,
    program?: Program,
    given?: readonly Stage[],
  ): CompiledGraph | Promise<CompiledGraph> {
    const made: (ReadyStage | Promise<ReadyStage>)[] = [];
    try {
      choice.watch?.tell("building");
      const stages = lowered(trace, { ...choice, keepsConstants: engine.takesConstants }, program, given);
      choice.watch?.tell("optimizing", sizesOf(stages));
      for (const stage of stages) {
        const ready = engine.ready(stage);
        made.push(
          ready instanceof Promise ? ready.then((each) => readyStage(stage, each)) : readyStage(stage, ready),
        );
      }
    } catch (error) {
      for (const each of made) if (!(each instanceof Promise)) each.ready.release();
      throw error;
    }
    if (made.some((each) => each instanceof Promise))
      return Promise.all(made).then((stages) => new CompiledGraph(stages));
    return new CompiledGraph(made as ReadyStage[]);
  }

  /**
   * Runs on memory that is to be taken for the trace's: what it has written is written, and its results have memory.
   * @param entries of a trace that is one and the same, for numbers that vary
   */
  run(at: MemoryAt, entries: readonly Entry[], dynamic?: DynamicRun): Promise<void> | undefined {
    const { stages } = this;
    if (stages.length === 1) return this.runStage(stages[0]!, at, entries, dynamic);
    let running: Promise<void> | undefined;
    for (const stage of stages) {
      const run = (): Promise<void> | undefined => this.runStage(stage, at, entries, dynamic);
      running = running === undefined ? run() : running.then(run);
    }
    return running;
  }

  private runStage(
    stage: ReadyStage,
    at: MemoryAt,
    entries: readonly Entry[],
    dynamic: DynamicRun | undefined,
  ): Promise<void> | undefined {
    const before = lending.isOn;
    lending.isOn = !stage.ready.isLater;
    try {
      const { inputs, outputs } = stage.lowered;
      const given: TypedArray[] = [];
      for (let i = 0; i < inputs.length; i++)
        given.push(this.elementsOf(inputs[i]!, stage.numbers[i], at, entries, dynamic));
      const targets: TypedArray[] = [];
      for (let i = 0; i < outputs.length; i++)
        targets.push(stage.scratch[i] ?? this.targetOf(outputs[i]!, at, dynamic));
      const shapes = dynamic && [...inputs, ...outputs].map(({ shape }) => dynamic.shapeOf(shape));
      const running = stage.ready.run(given, targets, shapes);
      if (running !== undefined) return running.then(() => store(stage, at));
      store(stage, at);
      return undefined;
    } finally {
      lending.isOn = before;
    }
  }

  private elementsOf(
    { source, dtype, shape }: LoweredStage["inputs"][number],
    number: TypedArray | undefined,
    at: MemoryAt,
    entries: readonly Entry[],
    dynamic: DynamicRun | undefined,
  ): TypedArray {
    if (source.kind === "carried") return this.carried.get(source.id)!;
    if (source.kind === "memory") {
      const { storage, offset } = at(source.slot);
      const size = dynamic === undefined ? source.size : product(dynamic.shapeOf(shape));
      return elementsAt(storage, dtype, offset / dtype.lanes + source.start, size);
    }
    number![0] = (entries[source.entry]!.attributes as Record<string, number>)[source.name]!;
    return number!;
  }

  private targetOf(
    { output, dtype, shape }: LoweredStage["outputs"][number],
    at: MemoryAt,
    dynamic: DynamicRun | undefined,
  ): TypedArray {
    const size = product(dynamic === undefined ? allKnown(shape) : dynamic.shapeOf(shape));
    if (output.kind === "tensor") return dynamic!.tensor(output.index, dtype, size);
    const { region } = (output as Extract<StageOutput, { readonly stored: Stored }>).stored;
    const { storage, offset } = at(region.slot);
    if (output.kind === "result") return storage.provide(dtype, size * dtype.lanes);
    return elementsAt(storage, dtype, offset / dtype.lanes + region.low, size);
  }

  release(): void {
    for (const { ready } of this.stages) ready.release();
  }
}

/** Puts what was written apart where it belongs. */
function store({ lowered: { outputs }, scratch }: ReadyStage, at: MemoryAt): void {
  for (let i = 0; i < outputs.length; i++) {
    const { output, dtype } = outputs[i]!;
    const written = scratch[i];
    if (written === undefined || (output.kind !== "update" && output.kind !== "result")) continue;
    const { region } = output.stored;
    const { storage, offset } = at(region.slot);
    const { length } = written;
    const { lanes } = dtype;
    const target =
      output.kind === "result"
        ? storage.provide(dtype, length)
        : elementsAt(storage, dtype, offset / lanes + region.low, length / lanes);
    target.set(written as never);
  }
}
