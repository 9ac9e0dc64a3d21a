// Writing HDF5 files that every HDF5 library reads: superblock 0, groups with symbol tables, contiguous datasets.
// HDF5 File Format Specification 2.0; element types and attributes as h5py maps NumPy's.

import type { Operand } from "../../core/elements.ts";
import { RuntimeError, ValueError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { contentBytes } from "../content.ts";
import type { NamedTensors } from "../safetensors/write.ts";
import { bytesWritten, type Sink, type WriteOptions, written } from "../sink.ts";
import type { ArrayLike } from "../values.ts";
import { ByteWriter, noAddress, roundUp } from "./byte-writer.ts";
import { type AttributeValue, attributeMessage, encodeAttribute } from "./write-attributes.ts";
import { leafHalf, SymbolTable, treeHalf } from "./write-groups.ts";
import { GlobalHeap } from "./write-heap.ts";
import { dataspace, elementType, isOpaque } from "./write-types.ts";

/** How a file of HDF5 is written. */
export interface Hdf5WriteOptions extends WriteOptions {
  /** Attributes by the path of their group or dataset (`/` is the root), and by name. A group that is new is made. */
  readonly attributes?: ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>;
}

interface GroupNode {
  readonly children: Map<string, Node>;
  readonly attributes: Map<string, AttributeValue>;
}

interface DatasetNode {
  readonly type: Uint8Array;
  readonly shape: Shape;
  /** Bytes of its elements. */
  readonly size: number;
  /** Its elements: an array, or where they are no numbers the bytes. */
  readonly elements: Operand | Uint8Array;
  readonly attributes: Map<string, AttributeValue>;
}

type Node = GroupNode | DatasetNode;

/** A node with its place in the file. */
interface Placed {
  readonly node: Node;
  readonly header: number;
  readonly messages: readonly Uint8Array[];
  readonly table: SymbolTable | undefined;
}

const superblockSize = 96;
const headerHeadSize = 16;
const messageHeadSize = 8;
const groupMessageSize = 16;
const layoutMessageSize = 24;
const message = { dataspace: 1, datatype: 3, fill: 5, layout: 8, attribute: 12, symbolTable: 17 } as const;
const mostMessages = 0xffff;
/** Data begin at a multiple of it. */
const alignment = 8;

/**
 * Writes arrays as a file of HDF5, each under its path (`layers/dense/vars/0`), for which groups are made. Arrays are
 * written row-major, one after another. Types that HDF5 lacks (bfloat16, float8) become raw bytes with an attribute
 * `dtype`, as Keras stores them.
 * @throws ValueError when a path is none, is given twice, or leads through a dataset; when an array or an attribute is
 *   none that can be
 * @throws FormatError when the bytes of an array that comes from a file are damaged
 */
export async function writeHdf5To(
  sink: Sink,
  arrays: NamedTensors,
  options: Hdf5WriteOptions = {},
): Promise<void> {
  const heap = new GlobalHeap(superblockSize);
  const root = treeOf(arrays, options.attributes ?? new Map(), heap);
  const nodes = inOrder(root);
  const messages = nodes.map((node) =>
    [...node.attributes].map(([name, value]) => attributeMessage(name, value, heap)),
  );
  const texts = heap.finish();
  const start = texts.reduce((sum, part) => sum + part.byteLength, superblockSize);
  const { metadata, datasets, end } = encode(place(nodes, messages, start), texts);
  await sink.write(metadata);
  await writeData(sink, metadata.byteLength, datasets, end, options);
}

/** The bytes of a file of HDF5; see `writeHdf5To`. */
export async function writeHdf5(arrays: NamedTensors, options: Hdf5WriteOptions = {}): Promise<Uint8Array> {
  return bytesWritten((sink) => writeHdf5To(sink, arrays, options));
}

async function writeData(
  sink: Sink,
  start: number,
  datasets: readonly DataPlace[],
  end: number,
  options: WriteOptions,
): Promise<void> {
  let at = start;
  for (const { dataset, address } of datasets) {
    if (address > at) await sink.write(new Uint8Array(address - at));
    const { elements } = dataset;
    if (elements instanceof Uint8Array) await sink.write(elements);
    else await written(elements, options, (loaded) => sink.write(contentBytes(loaded)));
    at = address + dataset.size;
  }
  if (at !== end) throw new RuntimeError(`the file was to take ${end} bytes, and ${at} were written`);
}

/** The groups and datasets of the paths. */
function treeOf(
  arrays: NamedTensors,
  attributes: ReadonlyMap<string, ReadonlyMap<string, AttributeValue>>,
  heap: GlobalHeap,
): GroupNode {
  const datasets = new Map<string, DatasetNode>();
  for (const [path, array] of arrays) {
    const plain = partsOf(path).join("/");
    if (plain === "") throw new ValueError("an array must have a path below the root of the file");
    if (datasets.has(plain)) throw new ValueError(`two arrays have the path ${JSON.stringify(plain)}`);
    datasets.set(plain, datasetOf(plain, array, heap));
  }
  const root: GroupNode = { children: new Map(), attributes: new Map() };
  // Paths of attributes come first: they tell the order of groups that hold no array.
  for (const [path, values] of attributes) {
    const node = nodeAt(root, partsOf(path), datasets);
    for (const [name, value] of values) node.attributes.set(name, value);
  }
  for (const path of datasets.keys()) nodeAt(root, partsOf(path), datasets);
  return root;
}

function partsOf(path: string): string[] {
  const parts = path.replace(/^\//, "").split("/");
  if (parts.length === 1 && parts[0] === "") return [];
  if (parts.some((part) => part === "" || part === "." || /[\0\p{Surrogate}]/u.test(part))) {
    throw new ValueError(`${JSON.stringify(path)} is no path in a file of HDF5`);
  }
  return parts;
}

/** The node of a path, made with all groups above it where it is not there. */
function nodeAt(root: GroupNode, parts: readonly string[], datasets: ReadonlyMap<string, DatasetNode>): Node {
  let node: Node = root;
  for (const [depth, part] of parts.entries()) {
    if (!("children" in node)) {
      const above = parts.slice(0, depth).join("/");
      throw new ValueError(
        `${JSON.stringify(parts.join("/"))} leads through ${JSON.stringify(above)}, an array`,
      );
    }
    let child: Node | undefined = node.children.get(part);
    if (child === undefined) {
      child = datasets.get(parts.slice(0, depth + 1).join("/")) ?? {
        children: new Map(),
        attributes: new Map(),
      };
      node.children.set(part, child);
    }
    node = child;
  }
  return node;
}

function datasetOf(path: string, array: Operand | ArrayLike, heap: GlobalHeap): DatasetNode {
  if ("layout" in array) {
    const { dtype, shape, size } = array.layout;
    return {
      type: elementType(dtype),
      shape,
      size: size * dtype.itemSize,
      elements: array,
      attributes: new Map(isOpaque(dtype) ? [["dtype", dtype.name]] : []),
    };
  }
  const encoded = encodeAttribute(array, heap);
  if (encoded === undefined) {
    throw new ValueError(
      `the array ${JSON.stringify(path)} is of kind ${array.kind}, which is not written to HDF5`,
    );
  }
  const { type, shape, data } = encoded;
  return { type, shape, size: data.byteLength, elements: data, attributes: new Map() };
}

/** A node and all below it, each before what it holds. */
function inOrder(root: GroupNode): Node[] {
  const nodes: Node[] = [];
  const waiting: Node[] = [root];
  while (waiting.length > 0) {
    const node = waiting.pop()!;
    nodes.push(node);
    if ("children" in node) for (const child of [...node.children.values()].reverse()) waiting.push(child);
  }
  return nodes;
}

/** Gives every header and every symbol table its place, from `start` on. */
function place(
  nodes: readonly Node[],
  attributes: readonly (readonly Uint8Array[])[],
  start: number,
): Map<Node, Placed> {
  const placed = new Map<Node, Placed>();
  let at = start;
  nodes.forEach((node, index) => {
    const own = attributes[index]!;
    if (own.length + 4 > mostMessages)
      throw new ValueError("an object has more attributes than HDF5 can count");
    const header = at;
    at +=
      headerHeadSize + ownSize(node) + own.reduce((sum, part) => sum + messageHeadSize + part.byteLength, 0);
    let table: SymbolTable | undefined;
    if ("children" in node) {
      table = new SymbolTable([...node.children.keys()], at);
      at += table.size;
    }
    placed.set(node, { node, header, messages: own, table });
  });
  return placed;
}

/** Bytes of the messages that are no attributes. */
function ownSize(node: Node): number {
  if ("children" in node) return messageHeadSize + groupMessageSize;
  return datasetMessages(node, noAddress).reduce(
    (sum, [, bytes]) => sum + messageHeadSize + bytes.byteLength,
    0,
  );
}

type Message = readonly [kind: number, bytes: Uint8Array];

function datasetMessages({ type, shape, size }: DatasetNode, address: number | bigint): Message[] {
  // Space is taken late, and filled with zeros where nobody has written: what libhdf5 says by default.
  const fill = new ByteWriter(8).u8(2).u8(2).u8(2).u8(1).u32(0).finish();
  const layout = new ByteWriter(layoutMessageSize).u8(3).u8(1).u64(address).u64(size).pad(8).finish();
  return [
    [message.dataspace, dataspace(shape)],
    [message.datatype, new ByteWriter().bytes(type).pad(8).finish()],
    [message.fill, fill],
    [message.layout, layout],
  ];
}

/** Where the data of an array lie. */
interface DataPlace {
  readonly dataset: DatasetNode;
  readonly address: number;
}

/** All bytes before the data, and where the data go. */
function encode(
  placed: ReadonlyMap<Node, Placed>,
  texts: readonly Uint8Array[],
): { metadata: Uint8Array; datasets: DataPlace[]; end: number } {
  const all = [...placed.values()];
  const last = all.at(-1)!;
  let end = last.header + headerSize(last) + (last.table?.size ?? 0);
  const datasets: DataPlace[] = [];
  const writer = new ByteWriter(end).zeros(superblockSize);
  for (const text of texts) writer.bytes(text);
  for (const one of all) {
    const { node, messages, table } = one;
    const attributes = messages.map((bytes): Message => [message.attribute, bytes]);
    if ("children" in node) {
      const { tree, heap } = table!.places;
      writeHeader(writer, [
        [message.symbolTable, new ByteWriter(16).u64(tree).u64(heap).finish()],
        ...attributes,
      ]);
      writer.bytes(table!.encode(linksOf(node, placed)));
      continue;
    }
    const address = roundUp(end, alignment);
    if (node.size > 0) {
      datasets.push({ dataset: node, address });
      end = address + node.size;
    }
    writeHeader(writer, [...datasetMessages(node, node.size > 0 ? address : noAddress), ...attributes]);
  }
  const metadata = writer.finish();
  metadata.set(superblock(all[0]!, end));
  return { metadata, datasets, end };
}

function headerSize({ node, messages }: Placed): number {
  return (
    headerHeadSize +
    ownSize(node) +
    messages.reduce((sum, bytes) => sum + messageHeadSize + bytes.byteLength, 0)
  );
}

function linksOf(group: GroupNode, placed: ReadonlyMap<Node, Placed>): Parameters<SymbolTable["encode"]>[0] {
  return [...group.children].map(([name, child]) => {
    const { header, table } = placed.get(child)!;
    return table === undefined ? { name, header } : { name, header, group: table.places };
  });
}

/** An object header of version 1, in one block. */
function writeHeader(writer: ByteWriter, messages: readonly Message[]): void {
  const size = messages.reduce((sum, [, bytes]) => sum + messageHeadSize + bytes.byteLength, 0);
  writer.u8(1).u8(0).u16(messages.length).u32(1).u32(size).u32(0);
  for (const [kind, bytes] of messages) {
    // Flag 1: the datatype of a dataset does not change.
    writer
      .u16(kind)
      .u16(bytes.byteLength)
      .u8(kind === message.datatype ? 1 : 0)
      .zeros(3)
      .bytes(bytes);
  }
}

/** The superblock of version 0, with addresses and lengths of eight bytes. */
function superblock(root: Placed, end: number): Uint8Array {
  const { tree, heap } = root.table!.places;
  const writer = new ByteWriter(superblockSize);
  writer.bytes(new Uint8Array([0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a, 0x1a, 0x0a]));
  writer.zeros(5).u8(8).u8(8).u8(0).u16(leafHalf).u16(treeHalf).u32(0);
  writer.u64(0).u64(noAddress).u64(end).u64(noAddress);
  return writer.u64(0).u64(root.header).u32(1).u32(0).u64(tree).u64(heap).finish();
}
