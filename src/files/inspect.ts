// What is in a file, as plain data that can be printed or written as JSON: its tensors by name, everything else by path.

import type { Operand } from "../core/elements.ts";
import { contiguousStrides, product, type Shape } from "../core/layout.ts";
import { rawContentBytes } from "./content.ts";
import { load, storedOf } from "./load.ts";
import type { Opened } from "./open.ts";
import { contentHash, type Statistics, sha256, statisticsOf } from "./statistics.ts";
import type { Stored } from "./stored.ts";
import { keyName } from "./tree.ts";
import {
  type ArrayLike,
  ArrayValue,
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
  textWidth,
  type Value,
} from "./values.ts";

/** A value as JSON has it. */
export type Json = null | boolean | number | string | Json[] | { [key: string]: Json };

/** One tensor of a file. */
export interface TensorInfo extends Partial<Statistics> {
  /** The name in the format's own way: a state dict's key, a member of a .npz; else the path, joined with `/`. */
  readonly name: string;
  /** PyTorch's and NumPy's name of the element type; `str`, `bytes`, `object` and the like where it is no number. */
  readonly dtype: string;
  readonly shape: Shape;
  /** In elements. */
  readonly strides: readonly number[];
  /** In elements, from the beginning of the storage. */
  readonly offset: number;
  /** The layer of a Keras model that it is a weight of, and the weight's name, where the file tells them. */
  readonly layer?: string;
  readonly weight?: string;
  readonly requiresGrad?: boolean;
  /** Where it is no tensor of strides in memory: `sparse_coo` and the like, `quantized`, `meta`. */
  readonly layout?: string;
  /** True iff the file holds the numbers big-endian. They are read as what they mean. */
  readonly bigEndian?: true;
  /** How the elements lie: row-major, column-major without gaps, or otherwise. */
  readonly order: "C" | "F" | "strided";
  /** Bytes of the elements, each counted once. */
  readonly bytes: number;
  /** Of the values as row-major little-endian bytes, where asked for and there are such. */
  readonly sha256?: string;
}

/** A layer of a Keras model. */
export interface LayerInfo {
  readonly name: string;
  /** Null where the file does not tell it. */
  readonly class: string | null;
  /** Its weights in order, each with the name of the tensor that it is. */
  readonly weights: readonly { readonly weight: string; readonly tensor: string }[];
}

/** What `inspect` gives. */
export interface Inspection {
  readonly file: string | null;
  readonly format: string;
  readonly tensors: readonly TensorInfo[];
  /** Everything that is no tensor, by path. An object without prototype: any name may be a key. */
  readonly values: { readonly [path: string]: Json };
  /** What the file says of itself, by path: metadata of safetensors, of index files, of ONNX models. */
  readonly metadata?: { readonly [path: string]: Json };
  /** Operators of an ONNX model's graph: how often each comes. */
  readonly nodes?: { readonly [operator: string]: number };
  /** Layers of a Keras model in its order, also those without weights. */
  readonly layers?: readonly LayerInfo[];
  readonly notes: readonly string[];
}

/** What is to be worked out from the values themselves. */
export interface InspectOptions {
  /** Minimum, maximum, mean and NaN count. */
  readonly statistics?: boolean;
  /** The sha256 of each tensor's values. */
  readonly hash?: boolean;
}

/** The name of what a file holds without a name. */
const rootName = "value";

/** Where in a tree a value lies; undefined: it is the tree. "" is the place of a value whose key is "". */
type Path = string | undefined;

function below(path: Path, name: string, separator = "/"): string {
  return path === undefined ? name : path + separator + name;
}

interface Leaf {
  readonly name: string;
  readonly array: ArrayLike;
}

/**
 * What an opened file holds.
 * @throws FormatError when statistics or hashes are asked for of a view that repeats its storage beyond any use
 */
export async function inspect(opened: Opened, options: InspectOptions = {}): Promise<Inspection> {
  const { leaves, values } = leavesOf(opened);
  const { file = null, format, notes } = opened;
  const about = { ...metadataOf(opened), ...nodesOf(opened), ...layersOf(opened) };
  const tensors = withLayers(await describeAll(leaves, options), opened);
  return { file, format, tensors, values, ...about, notes };
}

/** All arrays of an opened file, and everything that is none by path. */
function leavesOf(opened: Opened): { leaves: Leaf[]; values: { [path: string]: Json } } {
  const values: { [path: string]: Json } = Object.create(null);
  const leaves: Leaf[] = [];
  const inNodes = [...(opened.constants ?? []), ...(opened.sparse ?? [])];
  // A model whose tensors are all in its nodes holds more than the empty dict of its initializers.
  const isElsewhere = inNodes.length > 0 && opened.tree instanceof DictValue && opened.tree.size === 0;
  if (!isElsewhere) new Walk(leaves, values).visit(opened.tree, undefined);
  opened.sequence?.slice(1).forEach((array, index) => {
    leaves.push({ name: `${rootName} ${index + 2}`, array });
  });
  for (const [name, { byteLength }] of opened.otherMembers ?? []) values[name] = `${byteLength} bytes`;
  for (const [name, array] of inNodes) leaves.push({ name, array });
  return { leaves, values };
}

/** All arrays of an opened file with the names that `inspect` gives them, and the paths of everything that is none. */
export function namedTensors(opened: Opened): {
  tensors: [name: string, array: ArrayLike][];
  others: string[];
} {
  const { leaves, values } = leavesOf(opened);
  return { tensors: leaves.map(({ name, array }) => [name, array]), others: Object.keys(values) };
}

function layersOf({ layers }: Opened): { layers?: LayerInfo[] } {
  if (layers === undefined) return {};
  return {
    layers: layers.map(({ name, className = null, weights }) => ({
      name,
      class: className,
      weights: weights.map(([weight, tensor]) => ({ weight, tensor })),
    })),
  };
}

/** Adds to tensors which weight of which layer they are; of one that layers share, the first. */
function withLayers(tensors: TensorInfo[], { layers }: Opened): TensorInfo[] {
  if (layers === undefined) return tensors;
  const places = new Map<string, { layer: string; weight: string }>();
  for (const { name: layer, weights } of layers) {
    for (const [weight, tensor] of weights) if (!places.has(tensor)) places.set(tensor, { layer, weight });
  }
  return tensors.map(({ name, ...info }) => ({ name, ...places.get(name), ...info }));
}

function metadataOf({ metadata }: Opened): { metadata?: { [path: string]: Json } } {
  if (metadata === undefined) return {};
  const values: { [path: string]: Json } = Object.create(null);
  if (metadata.size > 0) new Walk([], values).visit(new DictValue(metadata), undefined);
  return { metadata: values };
}

function nodesOf({ nodes }: Opened): { nodes?: { [operator: string]: number } } {
  if (nodes === undefined) return {};
  const counts: { [operator: string]: number } = Object.create(null);
  for (const node of nodes) counts[node] = (counts[node] ?? 0) + 1;
  return { nodes: counts };
}

/** Describes every leaf; what is read for it is let go of when the last tensor in its storage has been described. */
async function describeAll(leaves: readonly Leaf[], options: InspectOptions): Promise<TensorInfo[]> {
  const tensors: TensorInfo[] = [];
  if (options.statistics !== true && options.hash !== true) {
    for (const leaf of leaves) tensors.push(await describe(leaf, options));
    return tensors;
  }
  const lastUse = new Map<Stored, number>();
  leaves.forEach(({ array }, index) => {
    for (const stored of storedOf(array))
      if (!stored.isLoaded || lastUse.has(stored)) lastUse.set(stored, index);
  });
  for (const [index, leaf] of leaves.entries()) {
    await load(leaf.array);
    tensors.push(await describe(leaf, options));
    for (const stored of storedOf(leaf.array)) if (lastUse.get(stored) === index) stored.release();
  }
  return tensors;
}

/** All tensors of a tree with their names, as `inspect` names them; tied ones under each of their names. */
export function tensorsOf(tree: Value): [name: string, array: ArrayLike][] {
  const leaves: Leaf[] = [];
  new Walk(leaves, Object.create(null)).visit(tree, undefined);
  return leaves.map(({ name, array }) => [name, array]);
}

class Walk {
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
function plainValue(value: Value): Json | undefined {
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
  if (value.kind === "global") return `<${value.path}>`;
  return value.kind === "dtype" ? value.name : undefined;
}

function namedText({ type, name }: NamedValue): string {
  if (type === "torch.device") return name;
  return type.startsWith("torch.") ? `torch.${name}` : `${type}(${name})`;
}

/** A list of values that are no lists themselves, as one. */
function plainItems(items: readonly Value[]): Json[] | undefined {
  const result: Json[] = [];
  for (const item of items) {
    const plain = typeof item === "object" && item !== null ? undefined : plainValue(item);
    if (plain === undefined) return undefined;
    result.push(plain);
  }
  return result;
}

function bytesText(bytes: Uint8Array): string {
  return `${bytes.byteLength} bytes`;
}

/** Element type, item size and places of a leaf. */
function placesOf(array: ArrayLike): {
  dtype: string;
  itemSize: number;
  strides: readonly number[];
  offset: number;
} {
  const shape = "shape" in array ? array.shape : [];
  const packed = { strides: contiguousStrides(shape), offset: 0 };
  switch (array.kind) {
    case "array": {
      const { dtype, strides, offset } = array.layout;
      return { dtype: dtype.name, itemSize: dtype.itemSize, strides, offset };
    }
    case "raw":
      return { dtype: array.dtype, itemSize: array.itemSize, strides: array.strides, offset: array.offset };
    case "quantized":
      return { ...placesOf(array.integers), dtype: array.dtype };
    case "date":
      return { ...placesOf(array.counts), dtype: array.dtype };
    case "text":
      return { dtype: "str", itemSize: 4 * textWidth(array), ...packed };
    case "bytes":
    case "void":
      return { dtype: array.kind, itemSize: array.width, ...packed };
    case "meta":
      return { dtype: array.dtype, itemSize: 0, strides: array.strides, offset: 0 };
    case "sparse":
      return { dtype: array.dtype.name, itemSize: 0, ...packed };
    default:
      return { dtype: array.kind, itemSize: 0, ...packed };
  }
}

function layoutOf(array: ArrayLike): { layout?: string } {
  if (array.kind === "sparse") return { layout: array.sparseLayout };
  return array.kind === "quantized" || array.kind === "meta" ? { layout: array.kind } : {};
}

function isBigEndian(numbers: Operand): boolean {
  return numbers instanceof ArrayValue && numbers.facts.bigEndian === true;
}

/** The strided numbers of a leaf, where it has such. */
function numbersOf(array: ArrayLike): Operand | undefined {
  if (array instanceof ArrayValue) return array;
  if (array.kind === "quantized") return array.integers;
  return array.kind === "date" ? array.counts : undefined;
}

function orderOf(array: ArrayLike, shape: Shape, strides: readonly number[]): "C" | "F" | "strided" {
  if (array.kind === "text" || array.kind === "bytes" || array.kind === "void") return array.order;
  const isPacked = (axes: readonly number[]): boolean => {
    let step = 1;
    return axes.every((axis) => {
      const fits = shape[axis] === 1 || strides[axis] === step;
      step *= shape[axis]!;
      return fits;
    });
  };
  const axes = shape.map((_, axis) => axis);
  if (shape.includes(0) || isPacked([...axes].reverse())) return "C";
  return isPacked(axes) ? "F" : "strided";
}

async function describe({ name, array }: Leaf, options: InspectOptions): Promise<TensorInfo> {
  const shape = "shape" in array ? array.shape : [];
  const { dtype, itemSize, strides, offset } = placesOf(array);
  const requiresGrad =
    "facts" in array && array.facts.origin === "torch" ? (array.facts.requiresGrad ?? false) : undefined;
  const numbers = numbersOf(array);
  const statistics =
    options.statistics === true && numbers !== undefined && array.kind !== "date"
      ? statisticsOf(numbers)
      : undefined;
  const digest = options.hash === true ? await hashOf(array, numbers) : undefined;
  return {
    name,
    dtype,
    shape,
    strides,
    offset,
    ...(requiresGrad === undefined ? {} : { requiresGrad }),
    ...layoutOf(array),
    ...(numbers !== undefined && isBigEndian(numbers) ? { bigEndian: true } : {}),
    order: orderOf(array, shape, strides),
    bytes: product(shape) * itemSize,
    ...(statistics ?? {}),
    ...(digest === undefined ? {} : { sha256: digest }),
  };
}

function hashOf(array: ArrayLike, numbers: Operand | undefined): Promise<string> | undefined {
  if (numbers !== undefined) return contentHash(numbers);
  if (array.kind === "raw") return sha256(rawContentBytes(array));
  return array.kind === "void" ? sha256(array.bytes) : undefined;
}
