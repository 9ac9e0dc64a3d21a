// Python's pickle, protocols 0 to 5, read as data. The opcodes are those of CPython's Lib/pickletools.py. Nothing is
// imported or called: a name becomes a GlobalValue, and what a call of it would give is made by a table of known
// constructors, or is an opaque object, or is refused (globals.ts).

import { FormatError } from "../../core/errors.ts";
import { beyondLimit, type Limits, limitsOf } from "../limits.ts";
import { checkExtent } from "../tree.ts";
import { DictValue, GlobalValue, ObjectValue, SetValue, TupleValue, type Value } from "../values.ts";
import { Draft, Later } from "./draft.ts";
import {
  callUnknown,
  type Known,
  type KnownGlobals,
  modernModule,
  nameGlobal,
  newUnknown,
} from "./globals.ts";
import { addAttributes, setEntry } from "./objects.ts";
import { opcodes } from "./opcodes.ts";
import { type FileSource, MoreNeeded, PickleSource } from "./source.ts";

/** A float of integer value, which JavaScript cannot tell from an integer: only on the stack. */
export class WholeFloat {
  readonly value: number;

  constructor(value: number) {
    this.value = value;
  }
}

/** What may lie on the stack of the machine. */
export type Item = Value | Draft | WholeFloat;

/** How a pickle is to be read. */
export interface PickleOptions {
  /** The names that are known, by library. */
  readonly known: readonly KnownGlobals[];
  /** What a persistent id stands for; without it they are refused. */
  readonly persistent?: (id: Value) => Value;
  readonly limits?: Limits | undefined;
}

/** A pickle's value, and where the pickle ends in the bytes. */
export interface Unpickled {
  readonly value: Value;
  readonly end: number;
}

/** Marks that are open at a time, for each level that values may be nested. */
const marksPerLevel = 20;
/** Values that a tree may have for each byte of its pickle, where that is more than `limits.values`. */
const valuesPerByte = 16;

/**
 * Reads the pickle that begins at `start` as data.
 * @throws FormatError when it is no valid pickle, names or calls what is not data, or would be endless when walked
 */
export function unpickle(bytes: Uint8Array, options: PickleOptions, start = 0): Unpickled {
  const machine = new Machine(new PickleSource(bytes, start), options);
  if (machine.run() !== undefined) {
    throw new FormatError("the pickle holds what can only be read from a file of its own", {
      offset: machine.source.position,
    });
  }
  return finished(machine, start);
}

/**
 * Reads the pickle that begins at the source's place in a file, a part at a time. The source is then behind it.
 * @throws FormatError as `unpickle` does
 */
export async function unpickleFile(source: FileSource, options: PickleOptions): Promise<Value> {
  const machine = new Machine(source, options);
  const start = source.position;
  for (;;) {
    try {
      const later = machine.run();
      if (later === undefined) return finished(machine, start).value;
      machine.settle(await later.make());
    } catch (error) {
      if (!(error instanceof MoreNeeded)) throw error;
      await source.bring(error.end);
    }
  }
}

function finished({ value, source, limits }: Machine, start: number): Unpickled {
  const values = Math.max(limits.values, valuesPerByte * (source.position - start));
  checkExtent(value, { ...limits, values });
  return { value, end: source.position };
}

/** The stack machine that a pickle is a program of. */
export class Machine {
  readonly source: PickleSource;
  private readonly options: PickleOptions;
  private readonly stack: Item[] = [];
  private readonly marks: number[] = [];
  private readonly memo: Map<number, Item> = new Map();
  private readonly draftPlaces: Map<Draft, number[]> = new Map();
  private readonly named: Map<string, Value> = new Map();
  readonly limits: Required<Limits>;
  private steps = 0;
  private result: Value | undefined = undefined;
  private later: Later | undefined = undefined;

  constructor(source: PickleSource, options: PickleOptions) {
    this.source = source;
    this.options = options;
    this.limits = limitsOf(options.limits);
  }

  /** What the pickle holds, once it has been run to its end. */
  get value(): Value {
    return this.result!;
  }

  /**
   * Runs the pickle to its end, or to what must be waited for.
   * @returns what that is; it goes to `settle`
   * @throws MoreNeeded where the source has to bring more; the pickle can then be run on
   */
  run(): Later | undefined {
    while (this.result === undefined && this.later === undefined) this.step();
    return this.later;
  }

  private step(): void {
    const { source } = this;
    const at = source.position;
    try {
      const opcode = opcodes.get(source.unsigned(1));
      if (opcode === undefined) throw new FormatError("an opcode that no pickle has");
      if (++this.steps > this.limits.opcodes) {
        throw beyondLimit("the pickle has too many opcodes", "opcodes", this.limits.opcodes);
      }
      opcode(this);
    } catch (error) {
      // An opcode reads its arguments before it does anything: it can be begun anew.
      if (error instanceof MoreNeeded) source.moveTo(at);
      if (error instanceof FormatError && error.place.offset === undefined) {
        throw new FormatError(error.reason, { ...error.place, offset: at });
      }
      throw error;
    }
  }

  /** Puts what was waited for on the stack; the pickle can then be run on. */
  settle(value: Value): void {
    this.later = undefined;
    this.take(value);
  }

  /** Puts a value in the place of the topmost item, which is its draft or stands for it. */
  private take(value: Value): void {
    const target = this.top();
    this.stack[this.stack.length - 1] = value;
    if (!(target instanceof Draft)) return;
    for (const index of this.draftPlaces.get(target) ?? []) this.memo.set(index, value);
  }

  push(value: Item): void {
    this.stack.push(value);
  }

  /** The topmost item, which leaves the stack. */
  popItem(): Item {
    this.checkNotEmpty();
    return this.stack.pop()!;
  }

  /** The topmost value, which leaves the stack. */
  pop(): Value {
    return settled(this.popItem());
  }

  top(): Item {
    this.checkNotEmpty();
    return this.stack[this.stack.length - 1]!;
  }

  private checkNotEmpty(): void {
    if (this.stack.length <= (this.marks[this.marks.length - 1] ?? 0)) {
      throw new FormatError("the pickle takes from an empty stack");
    }
  }

  mark(): void {
    const most = marksPerLevel * this.limits.depth;
    if (this.marks.length >= most) throw beyondLimit("the pickle has too many marks open", "depth", most);
    this.marks.push(this.stack.length);
  }

  private popMarkItems(): Item[] {
    const mark = this.marks.pop();
    if (mark === undefined) throw new FormatError("the pickle looks for a mark where there is none");
    return this.stack.splice(mark);
  }

  /** The values above the last mark; they and it leave the stack. */
  popMark(): Value[] {
    return this.popMarkItems().map(settled);
  }

  /** Pushes a tuple of the topmost `length` values, or of those above the last mark. */
  pushTuple(length?: number): void {
    const items: Item[] = length === undefined ? this.popMarkItems() : [];
    for (let i = 0; i < (length ?? 0); i++) items.unshift(this.popItem());
    const tuple = new TupleValue(items.map(settled));
    tuple.hasWholeFloat = items.some((item) => item instanceof WholeFloat);
    this.stack.push(tuple);
  }

  pushFloat(value: number): void {
    this.stack.push(Number.isInteger(value) ? new WholeFloat(value) : value);
  }

  /** Discards the topmost item, or the mark where nothing lies above it. */
  discard(): void {
    if (this.marks[this.marks.length - 1] === this.stack.length) this.marks.pop();
    else this.popItem();
  }

  stop(): void {
    this.result = this.pop();
  }

  memoGet(index: number): void {
    const item = this.memo.get(index);
    if (item === undefined) throw new FormatError(`the pickle asks for memo ${index}, which was never put`);
    this.stack.push(item);
  }

  memoPut(index: number = this.memo.size): void {
    if (!(index >= 0 && index <= this.source.byteLength)) {
      throw new FormatError(`a memo of index ${index} is longer than the pickle`);
    }
    const item = this.top();
    if (this.memo.size >= this.limits.memo) {
      throw beyondLimit("the pickle puts too many values by", "memo", this.limits.memo);
    }
    this.memo.set(index, item);
    if (!(item instanceof Draft)) return;
    const places = this.draftPlaces.get(item);
    if (places === undefined) this.draftPlaces.set(item, [index]);
    else places.push(index);
  }

  /** Pushes what a name stands for. */
  name(module: string, name: string): void {
    const modern = modernModule(module);
    const path = `${modern}.${name}`;
    let value = this.named.get(path);
    if (value === undefined) {
      const known = this.lookUp(path);
      value =
        known?.value ?? (known === undefined ? nameGlobal(modern, name) : new GlobalValue(modern, name));
      this.named.set(path, value);
    }
    this.stack.push(value);
  }

  private lookUp(path: string): Known | undefined {
    for (const table of this.options.known) {
      const known = table.get(path);
      if (known !== undefined) return known;
    }
    return undefined;
  }

  /** Pushes what calling `callable` would give. */
  call(callable: Value, args: TupleValue): void {
    if (!(callable instanceof GlobalValue))
      throw new FormatError("the pickle calls what is no class or function");
    const construct = this.lookUp(callable.path)?.construct;
    this.pushMade(
      construct === undefined ? callUnknown(callable, args.items) : construct(args.items, args.hasWholeFloat),
    );
  }

  /** Pushes what `class.__new__(class, *args, **keywords)` would give. */
  make(type: Value, args: Value, keywords?: Value): void {
    if (!(type instanceof GlobalValue) || !(args instanceof TupleValue)) {
      throw new FormatError("the pickle makes an object of what is no class, or from what is no tuple");
    }
    if (keywords !== undefined && !(keywords instanceof DictValue)) {
      throw new FormatError("the pickle makes an object with keywords that are no dict");
    }
    const construct = this.lookUp(type.path)?.construct;
    if (construct !== undefined && (keywords === undefined || keywords.size === 0)) {
      this.pushMade(construct(args.items, args.hasWholeFloat));
    } else this.stack.push(newUnknown(type, args.items, keywords));
  }

  /** Pushes a value, or waits for it. */
  private pushMade(made: Value | Draft | Later): void {
    if (made instanceof Later) {
      this.later = made;
      this.stack.push(null);
    } else this.stack.push(made);
  }

  persistent(id: Value): void {
    if (this.options.persistent === undefined) {
      throw new FormatError("the pickle refers to something outside itself (a persistent id)");
    }
    this.stack.push(this.options.persistent(id));
  }

  /** BUILD: gives the topmost item its state. */
  build(): void {
    const state = this.pop();
    const target = this.top();
    if (target instanceof Draft) {
      const value = target.build(state);
      if (value instanceof Later) {
        this.later = value;
        return;
      }
      this.take(value);
    } else if (target instanceof ObjectValue) addAttributes(target, state);
    else if (target instanceof DictValue && state instanceof DictValue) target.attributes = state;
    else throw new FormatError("the pickle sets the state of something that has none");
  }

  append(values: readonly Value[]): void {
    const target = this.top();
    if (target instanceof ObjectValue) target.items ??= [];
    const list = target instanceof ObjectValue ? target.items : target;
    if (!Array.isArray(list)) throw new FormatError("the pickle appends to what is no list");
    for (const value of values) list.push(value);
  }

  setItems(pairs: readonly Value[]): void {
    if (pairs.length % 2 !== 0) throw new FormatError("the pickle sets a key without a value");
    const target = this.top();
    if (target instanceof ObjectValue) target.entries ??= new DictValue();
    const dict = target instanceof ObjectValue ? target.entries : target;
    if (!(dict instanceof DictValue)) throw new FormatError("the pickle sets a key in what is no dict");
    for (let i = 0; i < pairs.length; i += 2) setEntry(dict, pairs[i]!, pairs[i + 1]!);
  }

  addItems(values: readonly Value[]): void {
    const target = this.top();
    if (!(target instanceof SetValue) || target.frozen)
      throw new FormatError("the pickle adds to what is no set");
    for (const value of values) target.items.push(value);
  }
}

function settled(item: Item): Value {
  if (item instanceof WholeFloat) return item.value;
  if (item instanceof Draft && !item.finished) {
    throw new FormatError("the pickle uses an array before it has its contents");
  }
  return item as Value;
}
