// Groups in their older form, which every HDF5 library reads: a symbol table of a B-tree (version 1), its nodes, and
// a local heap of the names. HDF5 File Format Specification 2.0, III.A, III.B, III.C, III.D.

import { compareNames } from "../name-order.ts";
import { ByteWriter, noAddress, roundUp } from "./byte-writer.ts";

/** Half of the entries that a node of the symbol table has room for; the superblock says it. */
export const leafHalf = 4;
/** Half of the children that a node of the B-tree has room for; the superblock says it. */
export const treeHalf = 16;

const entrySize = 40;
const leafSize = 8 + 2 * leafHalf * entrySize;
const nodeSize = 24 + 8 * (2 * treeHalf) + 8 * (2 * treeHalf + 1);
const heapHeadSize = 32;

/** An entry of a symbol table. */
export interface Link {
  readonly name: string;
  /** Where the object's header is. */
  readonly header: number;
  /** For a group: where its own B-tree and heap are. */
  readonly group?: TablePlaces;
}

/** Where the parts of a group's symbol table are. */
export interface TablePlaces {
  readonly tree: number;
  readonly heap: number;
}

/** How a group's symbol table is laid out: sizes depend on the names alone. */
export class SymbolTable {
  /** Encoded names, in the order in which they were given, with the place of each in the heap. */
  private readonly names: readonly { readonly bytes: Uint8Array; readonly at: number }[];
  private readonly namesSize: number;
  /** Positions of the names in the order that HDF5 keeps: by bytes. */
  private readonly sorted: readonly number[];
  /** Nodes of each level of the B-tree, leaves' parents first. */
  private readonly levels: readonly number[];
  private readonly start: number;

  /** @param start where it is to lie in the file */
  constructor(names: readonly string[], start: number) {
    // The heap begins with an empty name.
    let at = 8;
    this.names = names.map((name) => {
      const bytes = new TextEncoder().encode(name);
      const placed = { bytes, at };
      at += roundUp(bytes.byteLength + 1, 8);
      return placed;
    });
    this.namesSize = at;
    this.sorted = names.map((_, index) => index).sort((a, b) => compareNames(names[a]!, names[b]!));
    const levels = [Math.max(1, Math.ceil(this.leafCount / (2 * treeHalf)))];
    while (levels.at(-1)! > 1) levels.push(Math.ceil(levels.at(-1)! / (2 * treeHalf)));
    this.levels = levels;
    this.start = start;
  }

  private get leafCount(): number {
    return Math.ceil(this.names.length / (2 * leafHalf));
  }

  private get nodeCount(): number {
    return this.levels.reduce((sum, count) => sum + count, 0);
  }

  /** Bytes of all its parts. */
  get size(): number {
    return heapHeadSize + this.namesSize + nodeSize * this.nodeCount + leafSize * this.leafCount;
  }

  /** Where its root and its heap are. */
  get places(): TablePlaces {
    return { tree: this.nodeAddress(this.levels.length - 1, 0), heap: this.start };
  }

  /** All its parts. @param links those of the names, in the names' order */
  encode(links: readonly Link[]): Uint8Array {
    const writer = new ByteWriter(this.size);
    this.writeHeap(writer);
    for (const level of this.levels.keys()) this.writeLevel(writer, level);
    for (let leaf = 0; leaf < this.leafCount; leaf++) this.writeLeaf(writer, links, leaf);
    return writer.finish();
  }

  private nodeAddress(level: number, index: number): number {
    const before = this.levels.slice(0, level).reduce((sum, count) => sum + count, 0);
    return this.start + heapHeadSize + this.namesSize + nodeSize * (before + index);
  }

  private leafAddress(index: number): number {
    return this.nodeAddress(this.levels.length, 0) + leafSize * index;
  }

  private writeHeap(writer: ByteWriter): void {
    // The free list is empty: its head is 1, which is no offset.
    writer
      .u32(0x50414548)
      .u8(0)
      .zeros(3)
      .u64(this.namesSize)
      .u64(1)
      .u64(this.start + heapHeadSize);
    writer.zeros(8);
    for (const { bytes } of this.names) writer.bytes(bytes).u8(0).pad(8);
  }

  /** One level of the B-tree. A child's key is the greatest name in it; before the first one is the empty name. */
  private writeLevel(writer: ByteWriter, level: number): void {
    const count = this.levels[level]!;
    const children = level === 0 ? this.leafCount : this.levels[level - 1]!;
    const perChild = 2 * leafHalf * (2 * treeHalf) ** level;
    for (let index = 0; index < count; index++) {
      const first = index * 2 * treeHalf;
      const last = Math.min(first + 2 * treeHalf, children);
      const sibling = (at: number): number | bigint =>
        at < 0 || at >= count ? noAddress : this.nodeAddress(level, at);
      writer
        .u32(0x45455254)
        .u8(0)
        .u8(level)
        .u16(last - first)
        .u64(sibling(index - 1))
        .u64(sibling(index + 1));
      writer.u64(this.key(first * perChild));
      for (let child = first; child < last; child++) {
        writer.u64(level === 0 ? this.leafAddress(child) : this.nodeAddress(level - 1, child));
        writer.u64(this.key((child + 1) * perChild));
      }
      writer.zeros(16 * (2 * treeHalf - (last - first)));
    }
  }

  /** Where the last of the first `count` names lies in the heap. */
  private key(count: number): number {
    const last = Math.min(count, this.names.length) - 1;
    return last < 0 ? 0 : this.names[this.sorted[last]!]!.at;
  }

  private writeLeaf(writer: ByteWriter, links: readonly Link[], leaf: number): void {
    const entries = this.sorted.slice(leaf * 2 * leafHalf, (leaf + 1) * 2 * leafHalf);
    writer.u32(0x444f4e53).u8(1).u8(0).u16(entries.length);
    for (const index of entries) {
      const { header, group } = links[index]!;
      writer
        .u64(this.names[index]!.at)
        .u64(header)
        .u32(group === undefined ? 0 : 1)
        .u32(0);
      writer.u64(group?.tree ?? 0).u64(group?.heap ?? 0);
    }
    writer.zeros(entrySize * (2 * leafHalf - entries.length));
  }
}
