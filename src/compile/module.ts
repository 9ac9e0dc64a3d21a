// compile: a module's forward pass as a graph, traced once for each form of its arguments.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout, sameShape } from "../core/layout.ts";
import { Storage } from "../core/storage.ts";
import { recurrentLayer } from "../ops/recurrent.ts";
import { makeTensor } from "../torch/base.ts";
import type { Module } from "../torch/nn/module.ts";
import { getRngState } from "../torch/random.ts";
import { noGrad } from "../torch/tape.ts";
import type { Tensor } from "../torch/tensor.ts";
import { type DynamicAxes, type DynamicAxis, dynamicAxes } from "./arguments.ts";
import { runDynamic } from "./dynamic-run.ts";
import type { Engine } from "./engines/engine.ts";
import { FixedRun } from "./fixed-run.ts";
import { CompiledGraph } from "./graph.ts";
import { Places } from "./places.ts";
import { moduleName, Watch } from "./progress.ts";
import { Recorder, type Step } from "./recorder.ts";
import { Snapshot } from "./snapshot.ts";
import type { Trace } from "./trace.ts";
import { eachTensor, formOf, isTensor, mapTensors } from "./tree.ts";
import { type DynamicTrace, traceDynamic } from "./trials.ts";

/** What a graph takes whole, where nothing asks for gradients. */
const wholes: readonly string[] = [recurrentLayer.name];

/** A module's call as it was traced. */
export interface TracedCall {
  readonly trace: Trace;
  /** What the module gave, with tensors over the trace's memory. */
  readonly value: unknown;
  /** What stood for the arguments' tensors, in order. Their slots are the first ones. */
  readonly placeholders: readonly Tensor[];
  /** Memory that was there before, of which constants of the graph were made. */
  readonly sources: ReadonlySet<Storage>;
  /** By what memory was made that depends on nothing of the graph: noted where lengths are dynamic. */
  readonly derivations: ReadonlyMap<Storage, readonly Step[]>;
  /** The arguments' tensors that the call wrote to. */
  readonly written: readonly number[];
  /** True iff the call wrote to other memory that was there before, or drew random numbers: then it is another at each run. */
  readonly isUnsteady: boolean;
}

/** All memory of a module: parameters and buffers. */
export function memoryOf(module: Module): Set<Storage> {
  const found = new Set<Storage>();
  for (const [, tensor] of module.namedParameters()) found.add(tensor.storage);
  for (const [, tensor] of module.namedBuffers()) found.add(tensor.storage);
  return found;
}

/** The tensors among arguments, in order. */
export function tensorsOf(args: unknown): Tensor[] {
  const tensors: Tensor[] = [];
  eachTensor(args, (tensor) => tensors.push(tensor));
  return tensors;
}

/** True iff a tensor's values are what its memory holds, in row-major order. */
export const isRowMajor = ({ layout, bits }: Tensor): boolean => bits === 0 && layout.isContiguous;

/** A tensor that is row-major: itself, or a copy. */
export const rowMajorTensor = (tensor: Tensor): Tensor =>
  isRowMajor(tensor) ? tensor : tensor.resolveConj().resolveNeg().contiguous();

/** A result that the graph does not compute: the module's own memory, or a copy of what was made for the graph. */
export const fixedResult = (module: Module, tensor: Tensor): Tensor =>
  memoryOf(module).has(tensor.storage) ? tensor : tensor.clone();

/** Lengths of arguments' tensors, without those that are dynamic. */
function lengthsWithout(
  args: readonly unknown[],
  axes: readonly DynamicAxis[],
): ((tensor: Tensor) => readonly (number | string)[]) | undefined {
  if (axes.length === 0) return undefined;
  const tensors = tensorsOf(args);
  return (tensor) =>
    tensor.shape.map((length, axis) => {
      const found = axes.find((each) => tensors[each.argument] === tensor && each.axis === axis);
      return found?.name ?? length;
    });
}

/**
 * Runs a module on tensors of the arguments' form that have no values, and notes what it does.
 * @param settle what is done with each tensor of the result, as part of the program
 * @param givesFixed whether results that rest on no argument and are none of the module's own tensors are results of the graph
 */
export function traceModule(
  module: Module,
  args: readonly unknown[],
  settle: (tensor: Tensor) => Tensor = (tensor) => tensor,
  isDynamic = false,
): TracedCall {
  const weights = memoryOf(module);
  const places = new Places(module);
  const recorder = new Recorder({
    isRoot: ({ storage }: Operand) => weights.has(storage),
    wholes,
    givesFixed: ({ storage }: Operand) => isDynamic && !weights.has(storage),
    derives: isDynamic,
    path: places.path,
  });
  const standIns: Tensor[] = [];
  const placeholders = mapTensors(args, ({ layout: { dtype, shape } }) => {
    const layout = Layout.contiguous(dtype, shape);
    const tensor = makeTensor(Storage.allocate(dtype, layout.size), layout);
    recorder.argument(tensor);
    standIns.push(tensor);
    return tensor;
  }) as readonly unknown[];
  const drawn = getRngState();
  let value: unknown;
  try {
    value = noGrad(() =>
      places.during(() => recorder.during(() => mapTensors(module.call(...placeholders), settle))),
    );
  } catch (error) {
    recorder.restore();
    throw error;
  }
  const { trace } = recorder.finish(tensorsOf(value));
  const hasDrawn = !getRngState().equal(drawn);
  const count = standIns.length;
  const written = [...standIns.keys()].filter((slot) => trace.slots[slot]!.isWritten);
  const isUnsteady =
    hasDrawn || trace.slots.some(({ isWritten, isFresh }, slot) => slot >= count && isWritten && !isFresh);
  const { sources, derivations } = recorder;
  return { trace, value, placeholders: standIns, sources, derivations, written, isUnsteady };
}

/** A form of a module's call, ready to run. */
interface ReadyCall {
  readonly graph: CompiledGraph;
  readonly fixed: FixedRun;
  /** The module as it was traced. */
  readonly snapshot: Snapshot;
  /** Where lengths are dynamic, what is known of them. */
  readonly dynamic: DynamicTrace | undefined;
}

/** True iff arguments are tensors of those types and shapes. */
function areAlike(args: readonly unknown[], layouts: readonly Layout[]): boolean {
  if (args.length !== layouts.length) return false;
  for (let i = 0; i < args.length; i++) {
    const [given, known] = [args[i], layouts[i]!];
    if (!isTensor(given)) return false;
    const { layout } = given;
    if (layout === known) continue;
    if (layout.dtype !== known.dtype || !sameShape(layout.shape, known.shape)) return false;
  }
  return true;
}

/** So many forms of one module's arguments are kept ready; the one that was not used for longest goes. */
const mostForms = 8;

/** A module whose calls run as graphs. */
export class CompiledCalls {
  private readonly module: Module;
  private readonly engine: Engine;
  private readonly isFrozen: boolean;
  private readonly axes: DynamicAxes;
  private readonly watch: Watch;
  private readonly ready: Map<string, Promise<ReadyCall> | ReadyCall> = new Map();
  /** The last call's, where its arguments were tensors and their lengths are fixed: of the same kind another is at once known. */
  private latest: { readonly call: ReadyCall; readonly layouts: readonly Layout[] } | undefined;
  /** How many graphs were made, and how many because the module had changed. */
  readonly counts: { graphs: number; repacked: number } = { graphs: 0, repacked: 0 };

  constructor(
    module: Module,
    engine: Engine,
    isFrozen: boolean,
    axes: DynamicAxes = {},
    watch: Watch = new Watch(moduleName(module), { progress: false }),
  ) {
    this.module = module;
    this.engine = engine;
    this.isFrozen = isFrozen;
    this.axes = axes;
    this.watch = watch;
  }

  /** The dynamic axes of arguments; most modules have none. */
  private dynamicAxes(args: readonly unknown[]): readonly DynamicAxis[] {
    return Object.keys(this.axes).length === 0 ? [] : dynamicAxes(this.module, args, this.axes);
  }

  /** Runs the module. */
  call(args: readonly unknown[]): unknown {
    const { latest } = this;
    if (latest !== undefined && areAlike(args, latest.layouts) && latest.call.snapshot.isCurrent())
      return latest.call.fixed.run(args as readonly Tensor[], this.module);
    this.latest = undefined;
    const axes = this.dynamicAxes(args);
    const form = formOf(args, lengthsWithout(args, axes));
    if (form === undefined) {
      throw new RuntimeError(
        "a compiled module takes tensors, numbers, texts, and lists and records of them: its graph is known by their form",
      );
    }
    const ready = this.find(form, args, axes);
    if (ready instanceof Promise) return ready.then((each) => this.run(each, args));
    if (axes.length === 0 && args.every(isTensor))
      this.latest = { call: ready, layouts: args.map(({ layout }) => layout) };
    return this.run(ready, args);
  }

  private find(
    form: string,
    args: readonly unknown[],
    axes: readonly DynamicAxis[],
  ): Promise<ReadyCall> | ReadyCall {
    const known = this.ready.get(form);
    if (known instanceof Promise) return known;
    if (known?.snapshot.isCurrent()) {
      if (this.ready.size > 1) {
        this.ready.delete(form);
        this.ready.set(form, known);
      }
      return known;
    }
    if (known !== undefined) {
      this.ready.delete(form);
      known.graph.release();
      this.counts.repacked++;
    }
    const made = this.watch.during(() => this.make(args, axes));
    this.ready.set(form, made);
    if (made instanceof Promise) {
      made.then(
        (each) => this.ready.set(form, each),
        () => this.ready.delete(form),
      );
    }
    this.forgetOldest();
    return made;
  }

  /** Releases the graphs that are too many. Those that are still being made stay: a call waits for them. */
  private forgetOldest(): void {
    for (const [form, each] of this.ready) {
      if (this.ready.size <= mostForms) return;
      if (each instanceof Promise) continue;
      this.ready.delete(form);
      each.graph.release();
    }
  }

  private make(args: readonly unknown[], axes: readonly DynamicAxis[]): Promise<ReadyCall> | ReadyCall {
    this.watch.tell("tracing");
    const dynamic = axes.length === 0 ? undefined : traceDynamic(this.module, args, axes);
    const traced = dynamic?.traced ?? traceModule(this.module, args);
    if (traced.isUnsteady) {
      throw new RuntimeError(
        "the module draws random numbers or writes to its buffers when it is called: compile(module) is for inference, call " +
          "module.eval() first (compileStep compiles training)",
      );
    }
    if (dynamic !== undefined && traced.written.length > 0) {
      throw new RuntimeError(
        "the module writes to its arguments, which a graph for all lengths cannot: leave the option dynamic out, or have the " +
          "module write to a clone",
      );
    }
    const weights = memoryOf(this.module);
    const { slots } = traced.trace;
    const isConstant = (slot: number): boolean => {
      if (slot < traced.placeholders.length) return false;
      return this.isFrozen || !weights.has(slots[slot]!.storage);
    };
    const held = slots.flatMap(({ kind, isFresh, storage }, slot) =>
      kind !== "made" && !isFresh && isConstant(slot) ? [storage] : [],
    );
    const snapshot = new Snapshot(this.module, [...held, ...traced.sources]);
    const varying = { slots: new Set<number>(), attributes: new Map<number, readonly string[]>() };
    const choice = { varying, isConstant, dynamic: dynamic?.choice, watch: this.watch };
    const graph = CompiledGraph.make(this.engine, traced.trace, choice, dynamic?.program, dynamic?.stages);
    this.counts.graphs++;
    const ready = (made: CompiledGraph): ReadyCall => {
      const fixed = new FixedRun(traced, made);
      return { graph: made, fixed, snapshot, dynamic };
    };
    return graph instanceof Promise ? graph.then(ready) : ready(graph);
  }

  private run(ready: ReadyCall, args: readonly unknown[]): unknown {
    const { graph, fixed, dynamic } = ready;
    return dynamic === undefined
      ? fixed.run(tensorsOf(args), this.module)
      : runDynamic(graph, dynamic, this.module, args);
  }

  /** Releases the graphs. It does not refer to the module. */
  get release(): () => void {
    const { ready } = this;
    return () => {
      for (const each of ready.values()) {
        if (each instanceof Promise) void each.then(({ graph }) => graph.release());
        else each.graph.release();
      }
      ready.clear();
    };
  }
}
