// Writing Python's pickle, protocol 2, byte for byte as CPython's pickler writes the same values, with no opcode beyond
// the 34 that PyTorch's careful reader knows (torch/_weights_only_unpickler.py; opcodes in Lib/pickletools.py).
//
// Here -> Python: null None; a boolean bool; a whole number and a bigint int, any other number and a PyFloat float; text
// str; Uint8Array bytes; an array list; a Map dict; a Set set; TupleValue, DictValue, SetValue and the other classes of
// values.ts what they stand for. What stands in the value twice is one object in Python too.

import { PythonTypeError } from "../../core/errors.ts";
import { PyFloat } from "../../core/python.ts";
import {
  ByteArrayValue,
  ComplexValue,
  DictValue,
  GlobalValue,
  ObjectValue,
  RangeValue,
  SetValue,
  TupleValue,
} from "../values.ts";
import { PickleBytes, pickleText } from "./bytes.ts";
import { Call, OwnGlobal, OwnText, Persistent, type Reduced } from "./parts.ts";

/** How values are pickled. */
export interface PickleWriteOptions {
  /**
   * False: what `torch.load` takes with `weights_only=False` alone is written too: frozenset, range, slice,
   * defaultdict, objects of other classes. Default true: it is refused.
   */
  readonly weightsOnly?: boolean;
  /**
   * What stands for a value of a kind that only a library knows: a call that makes it, an id, or another value.
   * Undefined where the library does not know it either. Its text is why not, after "is".
   */
  readonly reduce?: (value: object) => Reduced | string | undefined;
}

const deepest = 1000;
const batchSize = 1000;

/** Names of Python 2, which protocol 2 is written in. */
const formerModules: ReadonlyMap<string, string> = new Map([
  ["builtins", "__builtin__"],
  ["copyreg", "copy_reg"],
]);
const formerNames: ReadonlyMap<string, string> = new Map([["builtins.range", "xrange"]]);

/** What may be named under `weights_only`. */
const safeGlobals: ReadonlySet<string> = new Set([
  "builtins.set",
  "builtins.complex",
  "builtins.bytearray",
  "collections.OrderedDict",
  "collections.Counter",
  "torch.Size",
  "torch.Tensor",
  "torch.device",
  "torch.nn.parameter.Parameter",
]);

const orderedDict = new OwnGlobal("collections.OrderedDict");
const builtin = (name: string): GlobalValue => new OwnGlobal(`builtins.${name}`);

/**
 * The pickle of a value.
 * @throws TypeError naming the place in the value, for what a pickle of parameters cannot hold
 */
export function writePickle(value: unknown, options: PickleWriteOptions = {}): Uint8Array {
  return new PickleWriter(options).write(value);
}

/** One pickle that is being written. */
class PickleWriter {
  private readonly out: PickleBytes = new PickleBytes();
  private readonly options: PickleWriteOptions;
  private readonly weightsOnly: boolean;
  /** Where objects were put, and text and names, which are keys here with a word before them. */
  private readonly memo: Map<unknown, number> = new Map();
  /** What is being written and not in the memo yet. */
  private readonly open: Set<object> = new Set();
  private readonly path: string[] = [];
  private count = 0;
  private depth = 0;

  constructor(options: PickleWriteOptions) {
    this.options = options;
    this.weightsOnly = options.weightsOnly ?? true;
  }

  write(value: unknown): Uint8Array {
    this.out.opcode("PROTO").byte(2);
    this.save(value);
    this.out.opcode("STOP");
    return this.out.bytes();
  }

  /** A refusal: `what` is the kind of the value at the present place. */
  private refusal(what: string, advice: string): PythonTypeError {
    const where = this.path.length === 0 ? "the value" : `value${this.path.join("")}`;
    return new PythonTypeError(`${where} is ${what}, which is not written: ${advice}`);
  }

  private unsafe(what: string): PythonTypeError {
    return this.refusal(
      what,
      "torch.load with weights_only=True refuses it; give weightsOnly: false for a file that is loaded without",
    );
  }

  private save(value: unknown): void {
    switch (typeof value) {
      case "boolean":
        this.out.opcode(value ? "NEWTRUE" : "NEWFALSE");
        return;
      case "number":
        if (Number.isSafeInteger(value) && !Object.is(value, -0)) this.integer(BigInt(value));
        else this.float(value);
        return;
      case "bigint":
        this.integer(value);
        return;
      case "string":
        this.text(value);
        return;
      case "object":
        if (value === null) this.out.opcode("NONE");
        else if (!this.known(value)) this.saveObject(value);
        return;
      default:
        throw this.refusal(value === undefined ? "undefined" : `a ${typeof value}`, "it has no counterpart");
    }
  }

  private saveObject(value: object): void {
    if (this.open.has(value)) {
      throw this.refusal("a part of itself through a tuple or a set", "such a loop takes lists and dicts");
    }
    if (++this.depth > deepest)
      throw this.refusal(`nested more than ${deepest} deep`, "Python could not walk it");
    this.open.add(value);
    this.saveKnown(value);
    this.open.delete(value);
    this.depth--;
  }

  private saveKnown(value: object): void {
    if (value instanceof PyFloat) this.float(value.value);
    else if (value instanceof Uint8Array) this.byteString(value);
    else if (Array.isArray(value)) this.list(value, value);
    else if (value instanceof TupleValue) this.tupleOrSize(value);
    else if (value instanceof DictValue) this.dictOf(value);
    else if (value instanceof Map) this.dict(value, value);
    else if (value instanceof Set) this.call(value, new Call(builtin("set"), [[...value]]));
    else if (value instanceof Call) this.call(value, value);
    else if (value instanceof Persistent) this.persistent(value);
    else if (value instanceof OwnText) this.newText(value.text, value);
    else if (value instanceof GlobalValue) this.global(value);
    else this.saveOther(value);
  }

  private saveOther(value: object): void {
    if (value instanceof SetValue) {
      if (value.frozen && this.weightsOnly) throw this.unsafe("a frozenset");
      this.call(value, new Call(builtin(value.frozen ? "frozenset" : "set"), [[...value.items]]));
    } else if (value instanceof ByteArrayValue) {
      const args = value.bytes.byteLength === 0 ? [] : [value.bytes];
      this.call(value, new Call(builtin("bytearray"), args));
    } else if (value instanceof ComplexValue) {
      this.call(value, new Call(builtin("complex"), [new PyFloat(value.re), new PyFloat(value.im)]));
    } else if (value instanceof RangeValue) {
      if (this.weightsOnly) throw this.unsafe(`a ${value.className}`);
      this.call(value, new Call(builtin(value.className), [value.start, value.stop, value.step]));
    } else if (value instanceof ObjectValue) this.object(value);
    else this.saveReduced(value);
  }

  private saveReduced(value: object): void {
    const reduced = this.options.reduce?.(value);
    if (reduced instanceof Call) this.call(value, reduced);
    else if (reduced instanceof GlobalValue) this.global(reduced);
    else if (reduced instanceof Persistent) this.persistent(reduced);
    else {
      throw this.refusal(
        kindText(value),
        reduced ??
          "it has no counterpart in a file of parameters; give a Map, an array, a number, text or a tensor",
      );
    }
  }

  private persistent({ id }: Persistent): void {
    this.tuple(undefined, id);
    this.out.opcode("BINPERSID");
  }

  /** Writes a reference to what was written before. @returns false where it was not */
  private known(key: unknown): boolean {
    const index = this.memo.get(key);
    if (index === undefined) return false;
    if (index < 256) this.out.opcode("BINGET").byte(index);
    else this.out.opcode("LONG_BINGET").uint32(index);
    return true;
  }

  private remember(key: unknown): void {
    const index = this.count++;
    this.memo.set(key, index);
    if (index < 256) this.out.opcode("BINPUT").byte(index);
    else this.out.opcode("LONG_BINPUT").uint32(index);
  }

  private float(value: number): void {
    this.out.opcode("BINFLOAT").float64(value);
  }

  private integer(value: bigint): void {
    if (value >= 0n && value < 0x100n) this.out.opcode("BININT1").byte(Number(value));
    else if (value >= 0n && value < 0x10000n) this.out.opcode("BININT2").uint16(Number(value));
    else if (value >= -0x80000000n && value < 0x80000000n) {
      this.out.opcode("BININT").uint32(Number(value) >>> 0);
    } else if (!this.out.long(value)) {
      throw this.refusal("an int of more than 255 bytes", "torch.load with weights_only=True knows none");
    }
  }

  private text(value: string): void {
    const key = `text ${value}`;
    if (!this.known(key)) this.newText(value, key);
  }

  private newText(value: string, key: unknown): void {
    const bytes = pickleText(value);
    if (bytes.byteLength > 0xffffffff) throw this.refusal("text of more than 4 GiB", "a pickle has no room");
    this.out.opcode("BINUNICODE").uint32(bytes.byteLength).raw(bytes);
    this.remember(key);
  }

  /** Protocol 2 has no bytes: they are text that is encoded when it is loaded. */
  private byteString(value: Uint8Array): void {
    let text = "";
    for (let at = 0; at < value.byteLength; at += 4096) {
      text += String.fromCharCode(...value.subarray(at, at + 4096));
    }
    this.call(value, new Call(new OwnGlobal("_codecs.encode"), [text, "latin1"]));
  }

  /** Writes items in the portions that Python does; `each` writes one. */
  private batches<T>(
    items: readonly T[],
    one: "APPEND" | "SETITEM",
    each: (item: T, at: number) => void,
  ): void {
    if (items.length === 1) {
      each(items[0]!, 0);
      this.out.opcode(one);
      return;
    }
    for (let start = 0; start < items.length; start += batchSize) {
      this.out.opcode("MARK");
      const end = Math.min(items.length, start + batchSize);
      for (let at = start; at < end; at++) each(items[at]!, at);
      this.out.opcode(`${one}S`);
    }
  }

  private list(value: object, items: readonly unknown[]): void {
    this.out.opcode("EMPTY_LIST");
    this.remember(value);
    this.open.delete(value);
    this.batches(items, "APPEND", (item, at) => this.within(`[${at}]`, item));
  }

  private within(step: string, value: unknown): void {
    this.path.push(step);
    this.save(value);
    this.path.pop();
  }

  private tupleOrSize(value: TupleValue): void {
    if (value.className === "tuple") this.tuple(value, value.items);
    else this.call(value, new Call(new OwnGlobal("torch.Size"), [new TupleValue(value.items)]));
  }

  private tuple(value: object | undefined, items: readonly unknown[]): void {
    const { length } = items;
    if (length === 0) {
      this.out.opcode("EMPTY_TUPLE");
      return;
    }
    if (length > 3) this.out.opcode("MARK");
    items.forEach((item, at) => {
      this.within(value === undefined ? "" : `[${at}]`, item);
    });
    this.out.opcode(length > 3 ? "TUPLE" : `TUPLE${length as 1 | 2 | 3}`);
    this.remember(value ?? {});
  }

  private dict(value: object, entries: ReadonlyMap<unknown, unknown>): void {
    this.out.opcode("EMPTY_DICT");
    this.remember(value);
    this.open.delete(value);
    this.setItems(entries);
  }

  private setItems(entries: ReadonlyMap<unknown, unknown>): void {
    this.batches([...entries], "SETITEM", ([key, item]) => {
      this.path.push(`[${keyText(key)}]`);
      if (!isHashable(key))
        throw this.refusal("at a key that is a list, a dict or an array", "Python has none");
      this.save(key);
      this.save(item);
      this.path.pop();
    });
  }

  private dictOf(value: DictValue): void {
    switch (value.className) {
      case "dict":
        this.dict(value, value);
        break;
      case "collections.OrderedDict":
        this.global(orderedDict);
        this.out.opcode("EMPTY_TUPLE").opcode("REDUCE");
        this.remember(value);
        this.open.delete(value);
        this.setItems(value);
        this.state(value.attributes);
        break;
      case "collections.Counter":
        this.call(value, new Call(new OwnGlobal("collections.Counter"), [new Map(value)]));
        break;
      default:
        // What a defaultdict gives for a missing key is a function, which is not in a file's value.
        throw this.refusal(`a ${value.className}`, "give a dict");
    }
  }

  private state(state: unknown): void {
    if (state === undefined) return;
    this.save(state);
    this.out.opcode("BUILD");
  }

  /** `callable(*args)`, remembered as the value, and its state. */
  private call(value: object, { callable, args, state }: Call): void {
    this.global(callable);
    this.tuple(undefined, args);
    this.out.opcode("REDUCE");
    this.remember(value);
    this.open.delete(value);
    this.state(state);
  }

  /** An object of a class by name, made without a call of its `__init__`, and its attributes. */
  private object(value: ObjectValue): void {
    const { className, args, attributes, state, items, entries, keywords } = value;
    if (this.weightsOnly) throw this.unsafe(`an object of ${className}`);
    if ([state, items, entries, keywords].some((part) => part !== undefined)) {
      throw this.refusal(`an object of ${className}`, "only its attributes are known how to be written");
    }
    const dot = className.lastIndexOf(".");
    this.global(new GlobalValue(className.slice(0, dot), className.slice(dot + 1)));
    this.tuple(undefined, args);
    this.out.opcode("NEWOBJ");
    this.remember(value);
    this.open.delete(value);
    this.state(attributes);
  }

  private global(value: GlobalValue): void {
    const isSafe = value instanceof OwnGlobal || safeGlobals.has(value.path);
    if (this.weightsOnly && !isSafe) throw this.unsafe(value.path);
    const module = formerModules.get(value.module) ?? value.module;
    const name = formerNames.get(value.path) ?? value.name;
    const lines = `${module}\n${name}\n`;
    if (this.known(`global ${lines}`)) return;
    this.out.opcode("GLOBAL").raw(new TextEncoder().encode(lines));
    this.remember(`global ${lines}`);
  }
}

/** What a refused value is called: of a file's values their kind, of others their class. */
function kindText(value: object): string {
  const isPlain = Object.getPrototypeOf(value) === Object.prototype;
  if (isPlain && "kind" in value && typeof value.kind === "string") return `a leaf of kind "${value.kind}"`;
  const name = value.constructor?.name ?? "object";
  return isPlain ? "a plain object" : `${/^[AEIO]/.test(name) ? "an" : "a"} ${name}`;
}

function keyText(key: unknown): string {
  if (typeof key === "string") return JSON.stringify(key);
  return typeof key === "object" && key !== null ? `a ${key.constructor?.name ?? "key"}` : String(key);
}

/** True iff Python takes the key for a dict. */
function isHashable(key: unknown): boolean {
  if (typeof key !== "object" || key === null) return true;
  if (key instanceof TupleValue) return key.items.every(isHashable);
  if (key instanceof SetValue) return key.frozen;
  return !(Array.isArray(key) || key instanceof Map || key instanceof Set || key instanceof ByteArrayValue);
}
