// What is in a file, as plain data that can be printed or written as JSON: its tensors by name, everything else by path.

import type { Operand } from "../../core/elements.ts";
import { contiguousStrides, product, type Shape } from "../../core/layout.ts";
import { rawContentBytes } from "../content.ts";
import { load, storedOf } from "../load.ts";
import type { Opened } from "../open.ts";
import type { Stored } from "../stored.ts";
import { type ArrayLike, ArrayValue, DictValue, textWidth } from "../values.ts";
import { type FileFacts, factsOf } from "./facts.ts";
import { contentHash, type Statistics, sha256, statisticsOf } from "./statistics.ts";
import { type Json, type Leaf, rootName, Walk } from "./walk.ts";

/** One tensor of a file. */
export interface TensorInfo extends Partial<Statistics> {
  /** The name in the format's own way: a state dict's key, a member of a .npz; else the path, joined with `/`. */
  readonly name: string;
  /** PyTorch's and NumPy's name of the element type; `str`, `bytes`, `object` and the like where it is no number. */
  readonly dtype: string;
  readonly shape: Shape;
  /** The file format's own name of the element type, where it has one: safetensors' `BF16`. */
  readonly storedAs?: string;
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

/** What `inspect` gives. */
export interface Inspection extends FileFacts {
  readonly file: string | null;
  readonly format: string;
  readonly tensors: readonly TensorInfo[];
  /** Everything that is no tensor, by path. An object without prototype: any name may be a key. */
  readonly values: { readonly [path: string]: Json };
  readonly notes: readonly string[];
}

/** What is to be worked out from the values themselves. */
export interface InspectOptions {
  /** Minimum, maximum, mean and NaN count. */
  readonly statistics?: boolean;
  /** The sha256 of each tensor's values. */
  readonly hash?: boolean;
}

/**
 * What an opened file holds.
 * @throws FormatError when statistics or hashes are asked for of a view that repeats its storage beyond any use
 */
export async function inspect(opened: Opened, options: InspectOptions = {}): Promise<Inspection> {
  const { leaves, values } = leavesOf(opened);
  const { file = null, format, notes } = opened;
  const tensors = withLayers(await describeAll(leaves, options), opened);
  return { file, format, tensors, values, ...(await factsOf(opened)), notes };
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

/** Adds to tensors which weight of which layer they are; of one that layers share, the first. */
function withLayers(tensors: TensorInfo[], { layers }: Opened): TensorInfo[] {
  if (layers === undefined) return tensors;
  const places = new Map<string, { layer: string; weight: string }>();
  for (const { name: layer, weights } of layers) {
    for (const [weight, tensor] of weights) if (!places.has(tensor)) places.set(tensor, { layer, weight });
  }
  return tensors.map(({ name, ...info }) => ({ name, ...places.get(name), ...info }));
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
    ...("facts" in array && array.facts.storedAs !== undefined ? { storedAs: array.facts.storedAs } : {}),
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
