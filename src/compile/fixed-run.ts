// Calls of a module whose graph is for one form of arguments. What stands around the graph is short on purpose: what the graph
// computes drives the program out of the processor's memory each time, so that each function that is called on the way costs
// microseconds. Most graphs read memory and make results, and do nothing else: they have a way of their own (measured for
// MobileNetV2, a call of 2.5 ms: 0.05 ms beside the graph, where looking memory up by slots takes 0.1).

import type { DType, TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { Layout } from "../core/layout.ts";
import { lending, Storage } from "../core/storage.ts";
import { makeTensor, TensorBase } from "../torch/base.ts";
import type { Module } from "../torch/nn/module.ts";
import { noGrad } from "../torch/tape.ts";
import type { Tensor } from "../torch/tensor.ts";
import type { ReadyGraph } from "./engines/engine.ts";
import { beginningOf, type CompiledGraph, elementsAt, type MemoryAt } from "./graph.ts";
import { fixedResult, isRowMajor, rowMajorTensor, type TracedCall } from "./module.ts";
import type { Slot, Trace } from "./trace.ts";
import { eachTensor, mapTensors } from "./tree.ts";

/** An input of a direct graph. */
interface DirectInput {
  readonly dtype: DType;
  /** Memory that was there before; undefined for an argument's. */
  readonly storage: Storage | undefined;
  readonly argument: number;
  readonly start: number;
  readonly size: number;
}

/** A result's memory, which is one output of a direct graph. */
interface DirectOutput {
  readonly dtype: DType;
  /** Type and length of the memory. */
  readonly type: DType;
  readonly length: number;
  /** Memory that the graph writes to instead, from which the result's is copied. */
  readonly scratch: TypedArray | undefined;
}

/** One graph, which answers at once: it reads arguments and memory that was there before, and makes the results. */
interface Direct {
  readonly ready: ReadyGraph;
  readonly inputs: readonly DirectInput[];
  readonly outputs: readonly DirectOutput[];
  /** Which output a tensor of the traced value is. */
  readonly outputOf: ReadonlyMap<Tensor, number>;
}

/** True iff each run has memory of its own for the slot. */
const isOwn = ({ kind, isFresh, isWritten }: Slot): boolean => kind === "made" || (isFresh && isWritten);

/** The one graph, where it is a direct one. */
function directOf(
  { trace: { slots }, value, placeholders, written }: TracedCall,
  { stages }: CompiledGraph,
): Direct | undefined {
  const [stage] = stages;
  if (stage === undefined || stages.length > 1 || stage.ready.isLater || written.length > 0) return undefined;
  const inputs: DirectInput[] = [];
  for (const { source, dtype } of stage.lowered.inputs) {
    if (source.kind !== "memory") return undefined;
    const { slot, start, size } = source;
    const isArgument = slot < placeholders.length;
    if (!isArgument && isOwn(slots[slot]!)) return undefined;
    inputs.push({
      dtype,
      storage: isArgument ? undefined : slots[slot]!.storage,
      argument: slot,
      start,
      size,
    });
  }
  const outputs: DirectOutput[] = [];
  const numbers = new Map<Storage, number>();
  for (const [i, { output, dtype }] of stage.lowered.outputs.entries()) {
    if (output.kind !== "result") return undefined;
    const { kind, storage, layout } = slots[output.stored.region.slot]!;
    if (kind !== "made" || numbers.has(storage)) return undefined;
    numbers.set(storage, i);
    const type = layout.dtype;
    outputs.push({ dtype, type, length: storage.length(type), scratch: stage.scratch[i] });
  }
  const outputOf = new Map<Tensor, number>();
  let areAll = true;
  eachTensor(value, (tensor) => {
    const number = numbers.get(tensor.storage);
    if (number === undefined) areAll = false;
    else outputOf.set(tensor, number);
  });
  return areAll ? { ready: stage.ready, inputs, outputs, outputOf } : undefined;
}

/** Runs a direct graph. @returns the memory of its outputs */
function runDirect({ ready, inputs, outputs }: Direct, given: readonly Tensor[]): Storage[] {
  const made: Storage[] = [];
  const before = lending.isOn;
  lending.isOn = true;
  try {
    const sources: TypedArray[] = [];
    for (let i = 0; i < inputs.length; i++) {
      const { dtype, storage, argument, start, size } = inputs[i]!;
      if (storage !== undefined) sources.push(elementsAt(storage, dtype, start, size));
      else {
        const { storage: memory, layout } = given[argument]!;
        const first = (layout.offset * layout.dtype.lanes) / dtype.lanes + start;
        sources.push(elementsAt(memory, dtype, first, size));
      }
    }
    const targets: TypedArray[] = [];
    for (let i = 0; i < outputs.length; i++) {
      const { dtype, type, length, scratch } = outputs[i]!;
      made.push(Storage.empty(type, length));
      targets.push(scratch ?? made[i]!.view(dtype));
    }
    ready.run(sources, targets);
    for (let i = 0; i < outputs.length; i++) {
      const { dtype, scratch } = outputs[i]!;
      if (scratch !== undefined) made[i]!.view(dtype).set(scratch as never);
    }
  } finally {
    lending.isOn = before;
  }
  return made;
}

/** The memory of a call: the arguments' own, what was there before, and what the graphs make. */
function memoryOf({ slots }: Trace, given: readonly Tensor[]): MemoryAt {
  const made: Storage[] = [];
  return (slot) => {
    if (slot < given.length) return beginningOf(given[slot]!);
    const { kind, storage, layout } = slots[slot]!;
    if (!isOwn(slots[slot]!)) return { storage, offset: 0 };
    made[slot] ??=
      kind === "made"
        ? Storage.empty(layout.dtype, storage.length(layout.dtype))
        : new Storage(storage.data.slice());
    return { storage: made[slot], offset: 0 };
  };
}

/** The same layout so many entries of an array further on. */
function movedBy(layout: Layout, entries: number): Layout {
  if (entries === 0) return layout;
  const { dtype, shape, strides, offset, unit } = layout;
  return new Layout(dtype, shape, strides, offset + entries / dtype.lanes, unit);
}

/** Tensors that lie in row-major order: themselves, or copies. */
function rowMajorTensors(tensors: readonly Tensor[]): readonly Tensor[] {
  for (let i = 0; i < tensors.length; i++) if (!isRowMajor(tensors[i]!)) return tensors.map(rowMajorTensor);
  return tensors;
}

/** @throws RuntimeError where arguments of a module that writes to them are views of one memory */
function checkApart(tensors: readonly Tensor[]): void {
  if (new Set(tensors.map(({ storage }) => storage)).size === tensors.length) return;
  throw new RuntimeError(
    "the module writes to its arguments, and two of these are views of one memory: give a clone of one",
  );
}

/** What was written to an argument, for the argument itself. @param given its memory, or the copy that was written to */
function putBack(argument: Tensor, given: Tensor): void {
  if (argument === given) argument.bump();
  else noGrad(() => argument.copy_(given));
}

/** A module's call as it was traced, and its graph. */
export class FixedRun {
  private readonly traced: TracedCall;
  private readonly graph: CompiledGraph;
  private readonly direct: Direct | undefined;
  /** The slots of the results' memory. */
  private readonly places: ReadonlyMap<Storage, number>;

  constructor(traced: TracedCall, graph: CompiledGraph) {
    const { slots, results } = traced.trace;
    this.traced = traced;
    this.graph = graph;
    this.direct = directOf(traced, graph);
    this.places = new Map(results.map(({ slot }) => [slots[slot]!.storage, slot]));
  }

  /** Runs the graph. @param tensors the arguments' tensors, of the form that it is for */
  run(tensors: readonly Tensor[], module: Module): unknown {
    const given = rowMajorTensors(tensors);
    const { traced, direct } = this;
    if (direct === undefined) return this.runBySlots(tensors, given, module);
    const made = runDirect(direct, given);
    const { value } = traced;
    const { outputOf } = direct;
    if (value instanceof TensorBase) return makeTensor(made[0]!, value.layout);
    return mapTensors(value, (tensor) => makeTensor(made[outputOf.get(tensor)!]!, tensor.layout));
  }

  private runBySlots(tensors: readonly Tensor[], given: readonly Tensor[], module: Module): unknown {
    const { trace, value, placeholders, written } = this.traced;
    if (written.length > 0) checkApart(tensors);
    const at = memoryOf(trace, given);
    const running = this.graph.run(at, trace.entries);
    const give = (): unknown => {
      for (const argument of written) putBack(tensors[argument]!, given[argument]!);
      return mapTensors(value, (tensor) => {
        const argument = placeholders.indexOf(tensor);
        if (argument >= 0) return tensors[argument]!;
        const slot = this.places.get(tensor.storage);
        if (slot === undefined) return fixedResult(module, tensor);
        const { storage, offset } = at(slot);
        return makeTensor(storage, movedBy(tensor.layout, offset));
      });
    };
    return running === undefined ? give() : running.then(give);
  }
}
