// A session with the memory that it reads and writes: a run is then one call of the library that makes nothing. Where memory
// changes, its value alone is bound anew. (A binding of the library's, `OrtIoBinding`: measured, it takes 0.9 of the time of
// a run that is given the same tensors by name.)

import type { DType, TypedArray } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { sameShape } from "../core/layout.ts";
import type { Pointer } from "./interface.ts";
import type { Texts } from "./memory.ts";
import type { Runtime } from "./runtime.ts";
import type { Session } from "./session.ts";

/** What is bound to a name. */
interface Bound {
  readonly data: TypedArray;
  readonly dtype: DType;
  readonly shape: readonly number[];
}

/** True iff arrays are the same memory. */
const isSameMemory = (a: TypedArray, b: TypedArray): boolean =>
  a.buffer === b.buffer && a.byteOffset === b.byteOffset && a.byteLength === b.byteLength;

/** Names of a session's inputs or of its outputs, and what is bound to them. */
class Side {
  /** What binds one of them. */
  readonly function: "bindInput" | "bindOutput";
  readonly names: readonly string[];
  readonly texts: Texts;
  readonly bound: (Bound | undefined)[];
  /** How many names have nothing yet. */
  missing: number;

  constructor(runtime: Runtime, function_: Side["function"], names: readonly string[]) {
    this.function = function_;
    this.names = names;
    this.texts = runtime.names(names);
    this.bound = new Array<Bound | undefined>(names.length).fill(undefined);
    this.missing = names.length;
  }
}

/** A session's inputs and outputs over memory. */
export class Binding {
  private readonly runtime: Runtime;
  private readonly session: Session;
  private readonly inputs: Side;
  private readonly outputs: Side;
  private pointer: Pointer;

  /** @param inputs names of all inputs, in the order of the indices of `input`; @param outputs of all outputs */
  constructor(runtime: Runtime, session: Session, inputs: readonly string[], outputs: readonly string[]) {
    this.runtime = runtime;
    this.session = session;
    this.inputs = new Side(runtime, "bindInput", inputs);
    this.outputs = new Side(runtime, "bindOutput", outputs);
    this.pointer = runtime.made((functions, out) => functions.createBinding(session.handle, out));
    runtime.live.bindings++;
  }

  private get handle(): Pointer {
    if (this.pointer === 0) throw new RuntimeError("the binding was released");
    return this.pointer;
  }

  /**
   * Has an input read from memory; nothing is done where it does already.
   * @param data its elements, row-major, kept as long as they are bound
   */
  input(index: number, data: TypedArray, dtype: DType, shape: readonly number[]): void {
    this.bind(this.inputs, index, data, dtype, shape);
  }

  /** Has an output written to memory; nothing is done where it is already. */
  output(index: number, data: TypedArray, dtype: DType, shape: readonly number[]): void {
    this.bind(this.outputs, index, data, dtype, shape);
  }

  private bind(side: Side, index: number, data: TypedArray, dtype: DType, shape: readonly number[]): void {
    const before = side.bound[index];
    if (
      before !== undefined &&
      (before.data === data || isSameMemory(before.data, data)) &&
      before.dtype === dtype &&
      (before.shape === shape || sameShape(before.shape, shape))
    ) {
      return;
    }
    const { runtime, handle } = this;
    const name = Number(side.texts.addresses[index]);
    const tensor = runtime.tensor(data, dtype, shape);
    try {
      runtime.check(runtime.functions[side.function](handle, name, tensor));
    } finally {
      // The binding has a share of its own in what the tensor is.
      runtime.releaseTensor(tensor);
    }
    if (before === undefined) side.missing--;
    side.bound[index] = { data, dtype, shape };
  }

  /**
   * Runs the session once.
   * @throws RuntimeError naming inputs or outputs without memory, or in the library's words
   */
  run(): void {
    const { runtime, session, handle, inputs, outputs } = this;
    if (inputs.missing + outputs.missing > 0) this.refuse();
    runtime.check(runtime.functions.runBinding(session.handle, 0, handle));
  }

  private refuse(): never {
    const names = [this.inputs, this.outputs].flatMap(({ names, bound }) =>
      names.filter((_, i) => bound[i] === undefined),
    );
    throw new RuntimeError(`no memory is bound to ${names.join(", ")}`);
  }

  /** Releases it, once. The session stays. */
  release(): void {
    if (this.pointer === 0) return;
    this.runtime.functions.releaseBinding(this.pointer);
    this.runtime.live.bindings--;
    this.pointer = 0;
    this.inputs.bound.fill(undefined);
    this.outputs.bound.fill(undefined);
  }
}
