// Running a program once to see what it does: a device whose kernels note down the operations that depend on what is given at
// each run, and have another device compute all others at once. Nobody can look at what is only noted down.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Kernel } from "../core/op.ts";
import type { Device } from "../core/run.ts";
import { listening, type Storage } from "../core/storage.ts";
import { getDevice, setDevice } from "../devices/index.ts";
import { callerLine } from "./caller.ts";
import {
  type Entry,
  type Frame,
  type Place,
  type Slot,
  type SlotKind,
  sameEntry,
  sameFrame,
  type Trace,
} from "./trace.ts";

/** What a recording needs to know. */
export interface Recording {
  /** True iff the memory is read anew at each run: an argument, or a parameter. */
  readonly isRoot: (operand: Operand) => boolean;
  /** Names of operations that no device computes, and that the graph takes whole. */
  readonly wholes?: readonly string[];
  /** True iff the graph gives what it does not compute, as a result, all the same: it is another for other sizes. */
  readonly givesFixed?: (operand: Operand) => boolean;
  /** True iff it is noted how what depends on nothing of the graph was made: it may be another for other sizes. */
  readonly derives?: boolean;
  /** Is told of all that the graph reads. */
  readonly reads?: (operand: Operand) => void;
  /** The path of the module that runs. */
  readonly path: () => string;
  /** Traces of earlier runs, of which this one may be another. */
  readonly known?: readonly Frame[];
}

/** An operation that depends on nothing of the graph, and writes to memory that the run has made. */
export interface Step extends Omit<Entry, "inputs" | "outputs"> {
  /** Its operands; fresh are those that the run has made. */
  readonly inputs: readonly (Operand & { readonly isFresh: boolean })[];
  readonly output: Operand;
}

/** A run that is being noted down. */
export class Recorder {
  private readonly slots: Slot[] = [];
  private readonly entries: Entry[] = [];
  private readonly numbers: Map<Storage, number> = new Map();
  /** Memory that holds what is computed when the graph runs. */
  private readonly computed: Set<Storage> = new Set();
  /** Memory that this run has made. */
  private readonly fresh: Set<Storage> = new Set();
  /** Memory that this run has made for results, and that nothing was written to. */
  private readonly empty: Set<Storage> = new Set();
  private readonly versions: number[] = [];
  /** Memory that was there before, of which constants were made: by operations that depend on nothing of the graph. */
  readonly sources: Set<Storage> = new Set();
  /** By what memory was made that depends on nothing of the graph, where that is asked for. */
  readonly derivations: Map<Storage, readonly Step[]> = new Map();
  private readonly recording: Recording;
  private candidates: Frame[];
  private readonly refuse: () => never;

  constructor(recording: Recording) {
    this.recording = recording;
    this.candidates = [...(recording.known ?? [])];
    this.refuse = () => {
      throw new RuntimeError(
        `a value of a compiled program was looked at${placeOf(recording.path())}${callerLine()} while the program was traced, when it has none: what a ` +
          "compiled program does must not depend on values (item(), tolist(), data, if (x > 0)); choose with torch.where, or " +
          "do it outside of what is compiled",
      );
    };
  }

  /** Notes that memory is given at each run, and keeps it from being looked at. */
  argument(operand: Operand): void {
    const slot = this.slots[this.slotOf(operand, "given")]!;
    this.computed.add(operand.storage);
    slot.held = operand.storage.data;
    operand.storage.withhold(this.refuse);
  }

  /** Runs a function whose operations go here. */
  during<T>(run: () => T): T {
    const before = setDevice(tracing(getDevice(), this.recording.wholes ?? none));
    const outer = current;
    const stop = listening({
      made: (storage) => this.fresh.add(storage),
      isEmpty: (storage) => this.empty.add(storage),
    });
    current = this;
    try {
      return run();
    } finally {
      current = outer;
      stop();
      setDevice(before);
    }
  }

  /** A kernel's call. */
  call(
    name: string,
    base: Kernel<never> | undefined,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    attributes: unknown,
  ): void {
    // Of what has no elements nothing is computed.
    if (outputs.every(isEmpty)) return;
    if (base !== undefined && !this.depends(inputs, outputs)) {
      if (this.recording.derives === true) this.derive(name, inputs, outputs, attributes);
      base(inputs, outputs, attributes as never);
      for (const { storage } of inputs) if (!this.fresh.has(storage)) this.sources.add(storage);
      for (const { storage } of outputs) this.empty.delete(storage);
      return;
    }
    const entry = {
      name,
      attributes,
      inputs: inputs.map((operand) => this.read(operand)),
      outputs: outputs.map((operand) => this.write(operand)),
      path: this.recording.path(),
    };
    const at = this.entries.push(entry) - 1;
    if (this.candidates.length === 0) return;
    this.candidates = this.candidates.filter(
      ({ entries }) => at < entries.length && sameEntry(entries[at]!, entry),
    );
  }

  /** Notes how memory is made. */
  private derive(
    name: string,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    attributes: unknown,
  ): void {
    const [output, ...more] = outputs;
    const steps = this.derivations.get(output!.storage);
    for (const { storage } of outputs) this.derivations.delete(storage);
    const begins = this.isWholeNew(output!) && inputs.some(({ storage }) => this.fresh.has(storage));
    if (more.length > 0 || (steps === undefined && !begins)) return;
    const noted = inputs.map(({ storage, layout }) => ({
      storage,
      layout,
      isFresh: this.fresh.has(storage),
    }));
    const step = { name, attributes, inputs: noted, output: output!, path: this.recording.path() };
    this.derivations.set(output!.storage, [...(steps ?? []), step]);
  }

  /** True iff an operation writes all of memory that nothing was written to. */
  private isWholeNew({ storage, layout }: Operand): boolean {
    return layout.size * layout.dtype.itemSize === storage.byteLength && this.empty.has(storage);
  }

  /** True iff the operation is one of the graph's. */
  private depends(inputs: readonly Operand[], outputs: readonly Operand[]): boolean {
    for (const operand of inputs) {
      if (this.computed.has(operand.storage) || this.recording.isRoot(operand)) return true;
    }
    // What the graph has read may not become another value behind its back.
    for (const { storage } of outputs) if (this.numbers.has(storage)) return true;
    return false;
  }

  private read(operand: Operand): Place {
    this.recording.reads?.(operand);
    const isScalar =
      operand.layout.size === 1 && operand.layout.rank === 0 && !this.recording.isRoot(operand);
    return { slot: this.slotOf(operand, isScalar ? "scalar" : "given"), layout: operand.layout };
  }

  private write(operand: Operand): Place {
    const { storage, layout } = operand;
    // Of what has no elements nothing is computed, whatever else the operation gives.
    if (layout.size === 0) return { slot: this.slotOf(operand, "given"), layout };
    // Where not all is written, the rest is what was there before.
    const number = this.slotOf(operand, this.isWholeNew(operand) ? "made" : "given");
    const slot = this.slots[number]!;
    const isGiven = slot.kind !== "made";
    if (!this.computed.has(storage) || (isGiven && !slot.isWritten)) {
      this.computed.add(storage);
      if (isGiven) slot.held ??= storage.data;
      storage.withhold(this.refuse);
    }
    if (isGiven) slot.isWritten = true;
    return { slot: number, layout };
  }

  private slotOf({ storage, layout }: Operand, kind: SlotKind): number {
    const known = this.numbers.get(storage);
    if (known !== undefined) return known;
    const isFresh = this.fresh.has(storage);
    const slot: Slot = { kind, storage, isFresh, layout, isWritten: false, held: undefined };
    const number = this.slots.push(slot) - 1;
    this.numbers.set(storage, number);
    this.versions.push(storage.version);
    return number;
  }

  /** True iff the value is one that the graph computes. */
  isComputed(operand: Operand): boolean {
    return this.computed.has(operand.storage);
  }

  /**
   * What was noted down, when the program has run. All memory that was there before can be looked at again.
   * @param results what is wanted of it; those that the graph does not compute, and is not to give, are left out
   */
  finish(results: readonly Operand[]): { readonly trace: Trace; readonly known: Frame | undefined } {
    this.restore();
    this.slots.forEach(({ kind, isWritten, storage }, i) => {
      if (kind === "made" || isWritten || storage.version === this.versions[i]) return;
      throw new RuntimeError(
        "a tensor that a compiled program had read was then filled with other values by what is not part of the program's " +
          "graph (random numbers, values set one by one): use a new tensor for them",
      );
    });
    const places = results
      .filter((operand) => this.isComputed(operand) || this.recording.givesFixed?.(operand) === true)
      .map((operand) => ({ slot: this.slotOf(operand, "given"), layout: operand.layout }));
    const trace = { slots: this.slots, entries: this.entries, results: places };
    return { trace, known: this.candidates.find((each) => sameFrame(each, trace)) };
  }

  /** Lets all memory that was there before be looked at again. */
  restore(): void {
    for (const { kind, storage, held } of this.slots) {
      if (kind !== "made" && held !== undefined) storage.supply(held);
    }
  }
}

const placeOf = (path: string): string => (path === "" ? "" : ` in the module "${path}"`);

const isEmpty = ({ layout }: Operand): boolean => layout.size === 0;

const none: readonly string[] = [];

let current: Recorder | undefined;

/** The devices that note down, for the kernels of each device that computes, by what they take whole. */
const devices: WeakMap<Device["kernels"], Map<readonly string[], Device>> = new WeakMap();

function tracing(base: Device, wholes: readonly string[]): Device {
  const own = devices.get(base.kernels) ?? new Map<readonly string[], Device>();
  devices.set(base.kernels, own);
  const known = own.get(wholes);
  if (known !== undefined) return known;
  const kernels = [...Object.keys(base.kernels), ...wholes].map((name) => {
    const kernel = base.kernels[name];
    const noting: Kernel<never> = (inputs, outputs, attributes) =>
      current!.call(name, kernel, inputs, outputs, attributes);
    return [name, noting] as const;
  });
  const device = { name: base.name, kernels: Object.fromEntries(kernels) };
  own.set(wholes, device);
  return device;
}
