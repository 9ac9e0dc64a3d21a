// Going through what a file holds: its tensors by name, everything else as plain data by path.

import { elements } from "../../core/elements.ts";
import { keyName } from "../tree.ts";
import {
  type ArrayLike,
  ByteArrayValue,
  ComplexValue,
  DictValue,
  isArrayLike,
  type ModuleParts,
  type NamedValue,
  ObjectValue,
  RangeValue,
  SetValue,
  TupleValue,
  type Value,
} from "../values.ts";

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** The name of what a file holds without a name. */
export const rootName = "value";

/** Where in a tree a value lies; undefined: it is the tree. "" is the place of a value whose key is "". */
type Path = string | undefined;

function below(path: Path, name: string, separator = "/"): string {
  return path === undefined ? name : path + separator + name;
}

/** A tensor and its name. */
export interface Leaf {
  readonly name: string;
  readonly array: ArrayLike;
}

/** All tensors of a tree with their names, as `inspect` names them; tied ones under each of their names. */
export function tensorsOf(tree: Value): [name: string, array: ArrayLike][] {
  const leaves: Leaf[] = [];
  new Walk(leaves, Object.create(null)).visit(tree, undefined);
  return leaves.map(({ name, array }) => [name, array]);
}

/** Goes through a tree: its tensors, and everything else by path. */
export class Walk {
  private readonly leaves: Leaf[];
  private readonly values: { [path: string]: Json };
  private readonly open: Set<Value> = new Set();

  constructor(leaves: Leaf[], values: { [path: string]: Json }) {
    this.leaves = leaves;
    this.values = values;
  }

  visit(value: Value, path: Path): void {
    const plain = plainValue(value);
    if (plain !== undefined) {
      this.values[path ?? rootName] = plain;
      return;
    }
    if (this.open.has(value)) {
      this.values[path ?? rootName] = "(the value that this is in)";
      return;
    }
    this.open.add(value);
    this.enter(value, path);
    this.open.delete(value);
  }

  private enter(value: Value, path: Path): void {
    if (isArrayLike(value)) this.array(value, path);
    else if (value instanceof DictValue)
      this.named(
        [...value].map(([key, item]) => [keyName(key), item]),
        path,
        "/",
      );
    else if (Array.isArray(value)) this.numbered(value, path);
    else if (value instanceof TupleValue || value instanceof SetValue) this.numbered(value.items, path);
    else if (value instanceof ObjectValue) this.object(value, path);
    else if (typeof value === "object" && value !== null && "kind" in value) {
      if (value.kind === "scalar") this.array(value.array, path);
      else if (value.kind === "storage") {
        this.values[path ?? rootName] = `a storage of ${value.length} ${value.dtype}`;
      }
    }
  }

  private array(array: ArrayLike, path: Path): void {
    const name = path ?? rootName;
    if (array.kind === "objects") {
      // A dict saved as a 0-d array of one object is that dict.
      if (array.shape.length === 0) this.visit(array.items[0]!, path);
      else this.numbered(array.items, path);
    } else if (array.kind === "struct") {
      this.named(
        array.fields.map((field) => [field.name, field.array]),
        name,
        "/",
      );
    } else if (array.kind === "nested") this.numbered([...array.parts], path);
    else this.leaves.push({ name, array });
    if ("facts" in array && array.facts.attributes !== undefined)
      this.visit(array.facts.attributes, below(path, "(attributes)"));
  }

  private named(items: readonly (readonly [string, Value])[], path: Path, separator: string): void {
    for (const [name, item] of items) this.visit(item, below(path, name, separator));
  }

  private numbered(items: readonly Value[], path: Path): void {
    this.named(
      items.map((item, index) => [String(index), item]),
      path,
      "/",
    );
  }

  private object(object: ObjectValue, path: Path): void {
    this.values[path ?? rootName] = `<${object.className}>`;
    if (object.module !== undefined) {
      this.module(object.module, path);
      return;
    }
    if (object.attributes !== undefined) this.visit(object.attributes, path);
    if (object.entries !== undefined) this.visit(object.entries, path);
    if (object.items !== undefined) this.numbered(object.items, path);
    if (object.args.length > 0) this.numbered(object.args, below(path, "(arguments)"));
    if (object.state !== undefined) this.visit(object.state, below(path, "(state)"));
  }

  /** A module's tensors have the names of its state dict. */
  private module(parts: ModuleParts, path: Path): void {
    const present = (map: ReadonlyMap<string, Value | null>): [string, Value][] =>
      [...map].filter((entry): entry is [string, Value] => entry[1] !== null);
    this.named(present(parts.parameters), path, ".");
    this.named(present(parts.buffers), path, ".");
    this.named([...parts.settings], path, ".");
    this.named(present(parts.children), path, ".");
  }
}

/** A value without tensors as JSON; undefined when it must be gone through. */
export function plainValue(value: Value): Json | undefined {
  if (value === null || typeof value === "string" || typeof value === "boolean") return value;
  if (typeof value === "bigint") return String(value);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value instanceof Uint8Array) return bytesText(value);
  if (Array.isArray(value)) return plainItems(value);
  if (value instanceof DictValue) return value.size === 0 ? {} : undefined;
  if (value instanceof TupleValue || value instanceof SetValue) return plainItems(value.items);
  if (value instanceof ByteArrayValue) return bytesText(value.bytes);
  if (value instanceof ComplexValue) return `${value.re}${value.im < 0 ? "" : "+"}${value.im}j`;
  if (value instanceof RangeValue) {
    const { className, start, stop, step } = value;
    return `${className}(${[start, stop, step].map((part) => (part === null ? "None" : String(part))).join(", ")})`;
  }
  if (isArrayLike(value) || value instanceof ObjectValue) return undefined;
  if (value.kind === "named") return namedText(value);
  if (value.kind === "scalar") return scalarValue(value.array);
  if (value.kind === "global") return `<${value.path}>`;
  return value.kind === "dtype" ? value.name : undefined;
}

/** A NumPy scalar as the number that it is; undefined where it is none, or has not been read. */
function scalarValue(array: ArrayLike): Json | undefined {
  if (array.kind !== "array" || !array.stored.isLoaded || array.layout.dtype.isComplex) return undefined;
  const [element] = elements(array);
  return plainValue(element as number | bigint | boolean);
}

function namedText({ type, name }: NamedValue): string {
  if (type === "torch.device") return name;
  return type.startsWith("torch.") ? `torch.${name}` : `${type}(${name})`;
}

/** A list of values that are no lists themselves, as one. */
function plainItems(items: readonly Value[]): Json[] | undefined {
  const result: Json[] = [];
  for (const item of items) {
    const isNested = typeof item === "object" && item !== null && !("kind" in item && item.kind === "scalar");
    const plain = isNested ? undefined : plainValue(item);
    if (plain === undefined) return undefined;
    result.push(plain);
  }
  return result;
}

function bytesText(bytes: Uint8Array): string {
  return `${bytes.byteLength} bytes`;
}
