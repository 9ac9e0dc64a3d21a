// Programs that are run by following them: at each call the function runs on memory that holds no values, and what it does is
// compared with what it did before. Where it does the same, its graph runs; else its operations run one by one, this once. So
// whatever the function decides on this side (schedules, counts of steps, random numbers) is decided anew at each call.

import type { TypedArray } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { lending, type Storage } from "../core/storage.ts";
import { getDevice } from "../devices/index.ts";
import { TensorBase } from "../torch/base.ts";
import type { Tensor } from "../torch/tensor.ts";
import type { Engine } from "./engines/engine.ts";
import { CompiledGraph, elementsAt, type Varying, variableOf } from "./graph.ts";
import { Places } from "./places.ts";
import type { Watch } from "./progress.ts";
import { Recorder } from "./recorder.ts";
import { type Frame, frameOf, operandAt, type Trace } from "./trace.ts";
import { eachTensor } from "./tree.ts";

/** So many forms of one program are kept; the one that was not used for longest goes. */
const mostForms = 8;

/** A form of the program: what it did, and its graph. */
interface Form {
  readonly frame: Frame;
  /** The numbers that it had, of which those that differ at another run vary. */
  readonly scalars: ReadonlyMap<number, unknown>;
  readonly varyingSlots: Set<number>;
  readonly varyingAttributes: Map<number, Set<string>>;
  graph: CompiledGraph | undefined;
}

/** How a program is followed. */
export interface ReplayOptions {
  readonly keepGradients: boolean;
  /** Who is told how far the making of a graph is. */
  readonly watch?: Watch;
  /** True iff what was not done before is compiled at once, and not only when it is done again. */
  readonly isEager?: boolean;
  /** True iff an operand holds values of the graph from the beginning, besides tensors that want gradients. */
  readonly isRoot?: (operand: Operand) => boolean;
}

/** Of a tensor that wants a gradient, or is a view of one, whose memory it is. */
function ownerOf(operand: Operand): Tensor | undefined {
  if (!(operand instanceof TensorBase)) return undefined;
  const tensor = operand as Tensor;
  const owner = tensor.base ?? tensor;
  return tensor.requiresGrad || owner.requiresGrad ? owner : undefined;
}

/** A function whose work runs as graphs. */
export class Replay<Arguments extends readonly unknown[], Result> {
  private readonly run: (...args: Arguments) => Result;
  private readonly engine: Engine;
  private readonly options: ReplayOptions;
  private readonly forms: Form[] = [];
  /** Memory that calls have written: it holds values of the graph from the beginning. */
  private readonly states: WeakSet<Storage> = new WeakSet();
  private readonly places = new Places();
  /** The last call whose work is yet to be done, on an engine that answers with promises. */
  private pending: Promise<void> | undefined;
  /** How many calls ran as graphs, and how many one operation at a time. */
  readonly counts: { compiled: number; followed: number } = { compiled: 0, followed: 0 };

  constructor(run: (...args: Arguments) => Result, engine: Engine, options: ReplayOptions) {
    this.run = run;
    this.engine = engine;
    this.options = options;
  }

  /**
   * Runs the function.
   * @returns what it gives; a promise where the engine answers with promises, or has not done what it was asked before
   */
  call(...args: Arguments): Result | Promise<Result> {
    const leaves = new Set<Tensor>();
    const recorder = new Recorder({
      isRoot: (operand) => this.isRoot(operand),
      reads: (operand) => {
        const owner = ownerOf(operand);
        if (owner !== undefined && owner.node === null) leaves.add(owner);
      },
      path: this.places.path,
      known: this.forms.map(({ frame }) => frame),
    });
    let value: Result;
    try {
      value = this.places.during(() => recorder.during(() => this.run(...args)));
    } catch (error) {
      recorder.restore();
      throw error;
    }
    const wanted: Operand[] = [];
    eachTensor(value, (tensor) => wanted.push(tensor));
    for (const leaf of leaves) {
      const { gradient } = leaf;
      if (gradient === null || !recorder.isComputed(gradient)) continue;
      if (this.options.keepGradients || !recorder.isComputed(leaf)) wanted.push(gradient);
    }
    const { trace, known } = recorder.finish(wanted);
    for (const { isWritten, storage } of trace.slots) if (isWritten) this.states.add(storage);
    const form = this.forms.find((each) => each.frame === known);
    const isGraph = form !== undefined || this.options.isEager === true;
    const kept = form ?? this.keep(trace);
    const running = this.inTurn(() => (isGraph ? this.compute(kept, trace) : this.follow(trace)));
    return running === undefined ? value : running.then(() => value);
  }

  /** Does something when what was asked before is done. */
  private inTurn(work: () => Promise<void> | undefined): Promise<void> | undefined {
    const running = this.pending === undefined ? work() : this.pending.then(work);
    if (running === undefined) return undefined;
    const pending = running
      .catch(() => undefined)
      .then(() => {
        if (this.pending === pending) this.pending = undefined;
      });
    this.pending = pending;
    return running;
  }

  private isRoot(operand: Operand): boolean {
    if (this.states.has(operand.storage) || this.options.isRoot?.(operand) === true) return true;
    return ownerOf(operand) !== undefined;
  }

  /** Runs the operations one by one. */
  private follow(trace: Trace): undefined {
    interpret(trace);
    this.counts.followed++;
  }

  /** Keeps a form of the program. */
  private keep(trace: Trace): Form {
    const form: Form = {
      frame: frameOf(trace),
      scalars: scalarsOf(trace),
      varyingSlots: new Set(),
      varyingAttributes: new Map(),
      graph: undefined,
    };
    this.used(form);
    return form;
  }

  /** Puts a form before the others, of which the last goes where there are too many. */
  private used(form: Form): void {
    const at = this.forms.indexOf(form);
    if (at >= 0) this.forms.splice(at, 1);
    this.forms.unshift(form);
    for (const gone of this.forms.splice(mostForms)) dropGraph(gone);
  }

  /** Runs the graph. */
  private compute(form: Form, trace: Trace): Promise<void> | undefined {
    if (this.note(form, trace)) dropGraph(form);
    this.used(form);
    const graph = form.graph ?? this.graphOf(form, trace);
    return graph instanceof Promise
      ? graph.then((made) => this.runGraph(form, made, trace))
      : this.runGraph(form, graph, trace);
  }

  private graphOf(form: Form, trace: Trace): CompiledGraph | Promise<CompiledGraph> {
    const attributes = new Map(
      [...form.varyingAttributes].map(([entry, names]) => [entry, [...names]] as const),
    );
    const varying: Varying = { slots: form.varyingSlots, attributes };
    const { watch } = this.options;
    const make = (): CompiledGraph | Promise<CompiledGraph> =>
      CompiledGraph.make(this.engine, trace, { varying, isConstant: () => false, watch });
    return watch === undefined ? make() : watch.during(make);
  }

  private runGraph(form: Form, graph: CompiledGraph, trace: Trace): Promise<void> | undefined {
    form.graph = graph;
    const running = graph.run((slot) => ({ storage: trace.slots[slot]!.storage, offset: 0 }), trace.entries);
    this.counts.compiled++;
    return running;
  }

  /** Notes which numbers are others than before. @returns true iff there are such that did not vary so far */
  private note(form: Form, trace: Trace): boolean {
    let isNew = false;
    for (const [slot, value] of scalarsOf(trace)) {
      if (form.varyingSlots.has(slot) || Object.is(value, form.scalars.get(slot))) continue;
      form.varyingSlots.add(slot);
      isNew = true;
    }
    for (const [entry, names] of variableOf(form.frame)) {
      const [before, now] = [form.frame, trace].map(
        ({ entries }) => entries[entry]!.attributes as Record<string, unknown>,
      );
      for (const name of names) {
        if (Object.is(before![name], now![name])) continue;
        const known = form.varyingAttributes.get(entry) ?? new Set();
        if (known.has(name)) continue;
        form.varyingAttributes.set(entry, known.add(name));
        isNew = true;
      }
    }
    return isNew;
  }

  /** Releases the graphs of a replay that nobody can reach any more; it does not refer to the function. */
  get abandoned(): () => void {
    const { forms } = this;
    return () => {
      for (const form of forms.splice(0)) dropGraph(form);
    };
  }

  /** Does something at once, or when what was asked before is done. */
  whenDone(run: () => void): void {
    if (this.pending === undefined) run();
    else void this.pending.then(() => this.whenDone(run));
  }

  /** Releases the graphs, when what was asked before is done. */
  release(): void {
    this.whenDone(this.abandoned);
  }
}

/** Releases a form's graph, if there is one. */
function dropGraph(form: Form): void {
  form.graph?.release();
  form.graph = undefined;
}

/** The values of a trace's scalars. */
function scalarsOf({ slots }: Trace): Map<number, unknown> {
  const values = new Map<number, unknown>();
  slots.forEach(({ kind, storage, layout: { dtype, offset } }, i) => {
    if (kind !== "scalar") return;
    const lanes = [...elementsAt(storage, dtype, offset, 1)];
    values.set(i, lanes.length === 1 ? lanes[0] : lanes.join());
  });
  return values;
}

/** Runs a trace's operations one by one on the device in use. */
export function interpret(trace: Trace): void {
  const { kernels } = getDevice();
  const empty = new Set(trace.slots.flatMap(({ kind }, i) => (kind === "made" ? [i] : [])));
  const before = lending.isOn;
  lending.isOn = true;
  try {
    for (const { name, inputs, outputs, attributes } of trace.entries) {
      for (const { slot, layout } of outputs) {
        if (!empty.delete(slot)) continue;
        const { storage } = trace.slots[slot]!;
        storage.supply(memoryOf(storage, layout.dtype.array));
      }
      const kernel = kernels[name]!;
      kernel(
        inputs.map((place) => operandAt(trace, place)),
        outputs.map((place) => operandAt(trace, place)),
        attributes as never,
      );
    }
  } finally {
    lending.isOn = before;
  }
}

const memoryOf = (
  { byteLength }: Storage,
  type: { new (length: number): TypedArray; readonly BYTES_PER_ELEMENT: number },
): TypedArray => new type(byteLength / type.BYTES_PER_ELEMENT);
