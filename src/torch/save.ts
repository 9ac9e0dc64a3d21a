// torch.save: what torch.load of Python loads, with `weights_only=True` too. Maps and plain objects are dicts, arrays
// lists, tensors tensors; a whole number is an int, any other a float (`float(2)` says 2.0), and settings of optimizers
// and schedules have PyTorch's own types (saved-settings.ts).

import { DType } from "../core/dtype.ts";
import { PythonTypeError } from "../core/errors.ts";
import { PyFloat } from "../core/python.ts";
import { nodeFiles } from "../files/paths.ts";
import type { Sink } from "../files/sink.ts";
import type { TorchWriteOptions } from "../files/torch/write.ts";
import { ArrayValue, DictValue, NamedValue, TupleValue, type Value } from "../files/values.ts";
import type { Writable } from "../files/writable.ts";
import { Module } from "./nn/module.ts";
import { formOf } from "./python-forms.ts";
import { type EntryTypes, listedEntries, scheduleEntries } from "./saved-settings.ts";
import { Tensor } from "./tensor.ts";

/** How a value is saved. */
export type SaveOptions = Pick<TorchWriteOptions, "compact" | "weightsOnly">;

/**
 * Saves a value as a file that `torch.load` loads in Python (`torch.save`): `await save(model.stateDict(), "model.pt")`.
 * The file appears whole or not at all. Tensors keep their strides, and those of one storage share it.
 * @param f a path (in Node), or what takes the bytes
 * @returns without `f`: the bytes of the file
 * @throws TypeError naming the place in the value, for what such a file cannot hold
 */
export function save(obj: unknown, f: string | Sink, options?: SaveOptions): Promise<undefined>;
export function save(obj: unknown, options?: SaveOptions): Promise<Uint8Array>;
export async function save(
  obj: unknown,
  f?: string | Sink | SaveOptions,
  options?: SaveOptions,
): Promise<Uint8Array | undefined> {
  const value = new Conversion().convert(obj);
  const { folderOf, writeTorch, writeTorchTo } = await import("../files/torch/write.ts");
  if (typeof f === "string") {
    const { writeFile } = await nodeFiles();
    await writeFile(f, (sink) => writeTorchTo(sink, value, { ...options, folder: folderOf(f) }));
    return undefined;
  }
  if (isSink(f)) {
    await writeTorchTo(f, value, options);
    return undefined;
  }
  return writeTorch(value, f);
}

function isSink(value: Sink | SaveOptions | undefined): value is Sink {
  return value !== undefined && "write" in value && typeof value.write === "function";
}

/** One conversion: what stands in the value twice is one object in the file. */
class Conversion {
  private readonly made: Map<object, Writable> = new Map();

  /** @param types of what types a dict's entries are, or those of the dicts in a list */
  convert(value: unknown, types?: EntryTypes): Writable {
    // What cannot be written is refused by the writer, which knows the place.
    if (typeof value !== "object" || value === null) return value as Writable;
    const known = this.made.get(value);
    if (known !== undefined) return known;
    if (value instanceof Tensor) return this.remember(value, tensorValue(value));
    if (value instanceof Module) {
      throw new PythonTypeError(
        `a whole module (${value.constructor.name}) is not written: save its parameters, module.stateDict()`,
      );
    }
    if (value instanceof DType) return this.remember(value, new NamedValue("torch.dtype", value.name));
    if (Array.isArray(value)) return this.list(value, types);
    // A dict of a file has its own class, and no other form.
    if (value instanceof DictValue) return value;
    if (value instanceof Map) return this.dict(value, value, types);
    if (isPlain(value)) return this.dict(value, new Map(Object.entries(value)), types);
    return value as Writable;
  }

  private remember<T extends Writable>(value: object, result: T): T {
    this.made.set(value, result);
    return result;
  }

  private list(value: readonly unknown[], types: EntryTypes | undefined): Writable {
    const form = formOf(value);
    const items: Writable[] = [];
    const isTuple = form?.className === "tuple" || form?.className === "torch.Size";
    const result = isTuple
      ? new TupleValue(items as Value[], form.className as "tuple" | "torch.Size")
      : items;
    this.made.set(value, result);
    for (const item of value) items.push(this.convert(item, types));
    return result;
  }

  private dict(value: object, entries: ReadonlyMap<unknown, unknown>, types?: EntryTypes): DictValue {
    const form = formOf(value);
    const result = this.remember(value, new DictValue());
    if (form !== undefined) result.className = form.className;
    const own = types ?? scheduleEntries((name) => entries.has(name));
    for (const [key, item] of entries) {
      result.set(this.convert(key) as Value, this.entry(key, item, own) as Value);
    }
    if (form?.attributes !== undefined) {
      result.attributes = this.dict(form.attributes, form.attributes);
    }
    return result;
  }

  private entry(key: unknown, item: unknown, types: EntryTypes | undefined): Writable {
    const name = String(key);
    if (types?.floats.has(name) || types?.tuples.has(name)) {
      const isFloat = types.floats.has(name);
      const one = (each: unknown): Writable =>
        isFloat && typeof each === "number" ? new PyFloat(each) : this.convert(each);
      if (!Array.isArray(item)) return one(item);
      const items = item.map(one);
      return types.tuples.has(name) || formOf(item) !== undefined ? new TupleValue(items as Value[]) : items;
    }
    const result = this.convert(item, Array.isArray(item) ? listedEntries(key) : undefined);
    if (types?.counters.has(name) && result instanceof DictValue) result.className = "collections.Counter";
    return result;
  }
}

/** A tensor with what a file says of it. */
function tensorValue(tensor: Tensor): ArrayValue {
  const { requiresGrad, isParameter } = tensor;
  return new ArrayValue(tensor.storage, tensor.layout, {
    origin: "torch",
    ...(requiresGrad ? { requiresGrad } : {}),
    ...(isParameter ? { parameter: true } : {}),
  });
}

/** True iff the value is an object of no class: `{ a: 1 }`. A leaf of a file is none. */
function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return (prototype === Object.prototype || prototype === null) && !isLeaf(value);
}

const leafKinds: ReadonlySet<unknown> = new Set(
  "storage scalar text bytes void date struct objects raw quantized sparse nested meta".split(" "),
);

/** True iff the value is one of `weightbridge/files` that is a plain object. */
function isLeaf(value: object): boolean {
  return "kind" in value && leafKinds.has(value.kind);
}
