// What a file says of itself and of its tensors beside their values, as plain data: metadata, weight maps, HDF5's
// attributes and links, the layers of Keras, the operators of ONNX.

import { elements, type Scalar } from "../../core/elements.ts";
import { product, type Shape } from "../../core/layout.ts";
import type { LayerWeights, NamedLink } from "../format.ts";
import { load } from "../load.ts";
import type { Opened } from "../open.ts";
import { ArrayValue, ComplexValue, DictValue, isArrayLike, type Value } from "../values.ts";
import { type Json, plainValue, Walk } from "./walk.ts";

/** A layer of a Keras model. */
export interface LayerInfo {
  readonly name: string;
  /** Null where the file does not tell it. */
  readonly class: string | null;
  /** Its weights in order, each with the name of the tensor that it is. */
  readonly weights: readonly { readonly weight: string; readonly tensor: string }[];
}

/** What a file tells beside its tensors, so far as it does. Objects are without prototype: any name may be a key. */
export interface FileFacts {
  /** What the file says of itself, by path: metadata of safetensors, of index files, of ONNX models. */
  readonly metadata?: { readonly [path: string]: Json };
  /** In which file of a set each tensor lies. */
  readonly weightMap?: { readonly [tensor: string]: Json };
  /** Attributes of HDF5's groups and datasets, by path and name; of long arrays their type and shape. */
  readonly attributes?: { readonly [path: string]: { readonly [name: string]: Json } };
  /** Soft and external links of HDF5, by path. They are not followed. */
  readonly links?: { readonly [path: string]: NamedLink };
  /** Layers of a Keras model in its order, also those without weights. */
  readonly layers?: readonly LayerInfo[];
  /** Operators of an ONNX model's graph: how often each comes. */
  readonly nodes?: { readonly [operator: string]: number };
}

/** Elements of an array that are written out. */
const mostElements = 1024;

/**
 * What an opened file tells beside its tensors. Arrays among HDF5's attributes are read.
 * @throws FormatError when those are damaged
 */
export async function factsOf(opened: Opened): Promise<FileFacts> {
  const { metadata, weightMap, attributes, links, layers, nodes } = opened;
  return {
    ...(metadata === undefined ? {} : { metadata: byPath(metadata) }),
    ...(weightMap === undefined ? {} : { weightMap: await named(weightMap, jsonOf) }),
    ...(attributes === undefined
      ? {}
      : { attributes: await named(attributes, (each) => named(each, jsonOf)) }),
    ...(links === undefined ? {} : { links: await named(links, (link) => link) }),
    ...(layers === undefined ? {} : { layers: layers.map(layerInfo) }),
    ...(nodes === undefined ? {} : { nodes: counted(nodes) }),
  };
}

function layerInfo({ name, className, weights }: LayerWeights): LayerInfo {
  return { name, class: className ?? null, weights: weights.map(([weight, tensor]) => ({ weight, tensor })) };
}

function byPath(metadata: ReadonlyMap<string, Value>): { [path: string]: Json } {
  const values: { [path: string]: Json } = Object.create(null);
  if (metadata.size > 0) new Walk([], values).visit(new DictValue(metadata), undefined);
  return values;
}

async function named<V, T>(
  map: ReadonlyMap<string, V>,
  convert: (value: V) => T | Promise<T>,
): Promise<{ [name: string]: T }> {
  const object: { [name: string]: T } = Object.create(null);
  for (const [name, value] of map) object[name] = await convert(value);
  return object;
}

function counted(nodes: readonly string[]): { [operator: string]: number } {
  const counts: { [operator: string]: number } = Object.create(null);
  for (const node of nodes) counts[node] = (counts[node] ?? 0) + 1;
  return counts;
}

/** A value as JSON: arrays of numbers and text as nested lists, anything else that is no plain value as its kind. */
async function jsonOf(value: Value): Promise<Json> {
  const plain = plainValue(value);
  if (plain !== undefined) return plain;
  if (isArrayLike(value)) {
    const shape = "shape" in value ? value.shape : [];
    const items = product(shape) > mostElements ? undefined : await itemsOf(value);
    if (items !== undefined) return nested(items, shape);
    const type = value instanceof ArrayValue ? value.layout.dtype.name : value.kind;
    return `${type} [${shape.join(", ")}]`;
  }
  return typeof value === "object" && value !== null && "kind" in value
    ? `<${value.kind}>`
    : "<a dict or list>";
}

/** The elements of an array as JSON, row-major; undefined where they are neither numbers nor text. */
async function itemsOf(array: Value): Promise<Json[] | undefined> {
  if (array instanceof ArrayValue) {
    await load(array);
    return elements(array).map(itemOf);
  }
  const isText = typeof array === "object" && array !== null && "kind" in array && array.kind === "text";
  return isText ? [...array.values] : undefined;
}

function itemOf(item: Scalar): Json {
  if (typeof item === "object") return plainValue(new ComplexValue(item.re, item.im))!;
  const isSafe = typeof item === "bigint" && Number.isSafeInteger(Number(item));
  return plainValue(isSafe ? Number(item) : item)!;
}

function nested(items: readonly Json[], shape: Shape): Json {
  if (shape.length === 0) return items[0]!;
  const [length, ...rest] = shape;
  const step = product(rest);
  return Array.from({ length: length! }, (_, index) =>
    nested(items.slice(index * step, (index + 1) * step), rest),
  );
}
