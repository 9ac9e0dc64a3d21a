// HDF5's fractal heaps: where the links and attributes of large groups lie (HDF5 File Format Specification Version 3.0,
// section III.G).

import { FormatError } from "../../core/errors.ts";
import { treeRecords } from "./btree2.ts";
import { bytesFor, type Cursor, isPowerOfTwo } from "./cursor.ts";
import { checkSum, type HdfFile } from "./file.ts";
import { type Filter, readFilters } from "./filter-pipeline.ts";
import { unfilter } from "./filters.ts";

/** What a heap says of itself. */
interface Heap {
  readonly address: number;
  readonly idLength: number;
  readonly hasChecksums: boolean;
  readonly largestManaged: number;
  readonly hugeTree: number | undefined;
  readonly width: number;
  readonly startSize: number;
  readonly largestDirect: number;
  readonly offsetWidth: number;
  readonly lengthWidth: number;
  readonly filters: readonly Filter[];
}

/** A direct block: where it begins in the heap's own space, and its bytes. */
interface Block {
  readonly start: number;
  readonly bytes: Uint8Array;
  readonly address: number;
}

/** A direct block that has not been read. */
interface BlockPlace {
  readonly address: number;
  readonly start: number;
  readonly size: number;
  /** Bytes in the file and filters left out, where blocks go through filters. */
  readonly stored: { readonly size: number; readonly mask: number } | undefined;
}

interface HugeObject {
  readonly address: number;
  readonly length: number;
  readonly stored: { readonly mask: number; readonly size: number } | undefined;
}

const mostBlocks = 2 ** 20;

/** A fractal heap, whose objects are asked for by their identifiers. */
export class FractalHeap {
  private readonly file: HdfFile;
  private readonly heap: Heap;
  /** Direct blocks by where they begin. */
  private readonly places: readonly BlockPlace[];
  private readonly blocks = new Map<number, Promise<Block>>();
  private huge: Promise<ReadonlyMap<number, HugeObject>> | undefined = undefined;

  private constructor(file: HdfFile, heap: Heap, places: readonly BlockPlace[]) {
    this.file = file;
    this.heap = heap;
    this.places = places;
  }

  /**
   * Opens the heap at an address.
   * @throws FormatError when there is none, or it is damaged
   */
  static async open(file: HdfFile, address: number): Promise<FractalHeap> {
    const { heap, root } = await readHeader(file, address);
    const places = root === undefined ? [] : await blockPlaces(file, heap, root);
    places.sort((a, b) => a.start - b.start);
    return new FractalHeap(file, heap, places);
  }

  /** Bytes of an identifier. */
  get idLength(): number {
    return this.heap.idLength;
  }

  /**
   * The bytes of an object.
   * @throws FormatError when there is no such object
   */
  async object(id: Uint8Array): Promise<Cursor> {
    const { file, heap } = this;
    const cursor = file.cursorOver(id, heap.address, "an identifier in a fractal heap");
    const flags = cursor.u8();
    switch ((flags >> 4) & 3) {
      case 0:
        return this.managed(cursor.unsigned(heap.offsetWidth), cursor.unsigned(heap.lengthWidth));
      case 1:
        return this.hugeObject(cursor);
      case 2: {
        // Longer identifiers have a second byte for the length.
        const length = heap.idLength > 17 ? (flags & 15) * 256 + cursor.u8() + 1 : (flags & 15) + 1;
        return file.cursorOver(cursor.take(length), heap.address, "a tiny object");
      }
    }
    throw cursor.wrong("its kind is none of managed, huge and tiny");
  }

  private async managed(offset: number, length: number): Promise<Cursor> {
    const block = await this.blockAt(offset);
    const start = offset - block.start;
    if (start + length > block.bytes.byteLength) {
      throw new FormatError("an object reaches beyond its block of a fractal heap: it is damaged", {
        offset: this.file.place.base + block.address,
      });
    }
    this.file.budget.spendMetadata(length);
    const bytes = block.bytes.subarray(start, start + length);
    return this.file.cursorOver(bytes, block.address + start, "an object of a fractal heap");
  }

  private blockAt(offset: number): Promise<Block> {
    let [low, high] = [0, this.places.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.places[middle]!.start <= offset) low = middle + 1;
      else high = middle;
    }
    const place = this.places[low - 1];
    if (place === undefined || offset >= place.start + place.size) {
      throw new FormatError(`a fractal heap has nothing at ${offset}: it is damaged`, {
        offset: this.file.place.base + this.heap.address,
      });
    }
    let block = this.blocks.get(place.start);
    if (block === undefined) {
      block = readBlock(this.file, this.heap, place);
      this.blocks.set(place.start, block);
    }
    return block;
  }

  private async hugeObject(cursor: Cursor): Promise<Cursor> {
    const { file, heap } = this;
    const { widths } = file.place;
    const filtered = heap.filters.length > 0;
    const direct = widths.address + widths.length + (filtered ? 4 + widths.length : 0);
    let object: HugeObject | undefined;
    if (heap.idLength - 1 >= direct) object = readHuge(cursor, filtered);
    else {
      this.huge ??= readHugeTree(file, heap);
      object = (await this.huge).get(cursor.unsigned(Math.min(heap.idLength - 1, 8)));
    }
    if (object === undefined) throw cursor.wrong("the heap has no such huge object");
    const { address, length, stored } = object;
    const bytes = await file.bytes(address, length, "a huge object");
    if (stored === undefined) return file.cursorOver(bytes, address, "a huge object");
    file.budget.spendMetadata(stored.size);
    const content = await unfilter(bytes, heap.filters, stored.mask, stored.size);
    return file.cursorOver(content, address, "a huge object");
  }
}

function readHuge(cursor: Cursor, filtered: boolean): HugeObject {
  const address = cursor.addressOf("a huge object");
  const length = cursor.length();
  if (!filtered) return { address, length, stored: undefined };
  return { address, length, stored: { mask: cursor.u32(), size: cursor.length() } };
}

async function readHugeTree(file: HdfFile, heap: Heap): Promise<ReadonlyMap<number, HugeObject>> {
  const objects = new Map<number, HugeObject>();
  if (heap.hugeTree === undefined) return objects;
  for await (const { type, record } of treeRecords(file, heap.hugeTree, [1, 2])) {
    const object = readHuge(record, type === 2);
    objects.set(record.length(), object);
  }
  return objects;
}

interface RootBlock {
  readonly address: number;
  readonly rows: number;
  readonly stored: BlockPlace["stored"];
}

async function readHeader(
  file: HdfFile,
  address: number,
): Promise<{ heap: Heap; root: RootBlock | undefined }> {
  const what = "a fractal heap";
  const { widths } = file.place;
  const plain = 4 + 1 + 2 + 2 + 1 + 4 + 12 * widths.length + 3 * widths.address + 2 + 2 + 2 + 2;
  const peek = await file.cursor(address, 9, what);
  peek.signature("FRHP");
  peek.skip(3);
  const filterLength = peek.u16();
  const extra = filterLength === 0 ? 0 : widths.length + 4 + filterLength;
  const cursor = await file.checkedCursor(address, plain + extra + 4, what);
  cursor.skip(4);
  cursor.version(0);
  const idLength = cursor.u16();
  cursor.skip(2);
  const flags = cursor.u8();
  const largestManaged = cursor.u32();
  cursor.skip(widths.length);
  const hugeTree = cursor.address();
  cursor.skip(widths.length + widths.address + 8 * widths.length);
  const width = cursor.u16();
  const startSize = cursor.length();
  const largestDirect = cursor.length();
  const bits = cursor.u16();
  cursor.skip(2);
  const rootAddress = cursor.address();
  const rows = cursor.u16();
  const stored = filterLength === 0 ? undefined : { size: cursor.length(), mask: cursor.u32() };
  const filters = filterLength === 0 ? [] : readFilters(cursor);
  if (
    !isPowerOfTwo(width) ||
    !isPowerOfTwo(startSize) ||
    !isPowerOfTwo(largestDirect) ||
    bits > 64 ||
    startSize > largestDirect
  ) {
    throw cursor.wrong("the sizes of its blocks are no powers of two, or too large: it is damaged");
  }
  const heap: Heap = {
    address,
    idLength,
    hasChecksums: (flags & 2) !== 0,
    largestManaged,
    hugeTree,
    width,
    startSize,
    largestDirect,
    offsetWidth: Math.ceil(bits / 8),
    lengthWidth: Math.min(bytesFor(largestDirect), bytesFor(largestManaged)),
    filters,
  };
  return { heap, root: rootAddress === undefined ? undefined : { address: rootAddress, rows, stored } };
}

/** Bytes of a block in a row: the first two rows have the smallest, each further one twice those before. */
function blockSize(heap: Heap, row: number): number {
  return heap.startSize * 2 ** Math.max(row - 1, 0);
}

/** Goes through the indirect blocks. */
async function blockPlaces(file: HdfFile, heap: Heap, root: RootBlock): Promise<BlockPlace[]> {
  if (root.rows === 0) {
    return [{ address: root.address, start: 0, size: heap.startSize, stored: root.stored }];
  }
  const places: BlockPlace[] = [];
  const seen = new Set<number>();
  const waiting = [{ address: root.address, start: 0, rows: root.rows }];
  for (let next = waiting.pop(); next !== undefined; next = waiting.pop()) {
    if (seen.has(next.address) || places.length + waiting.length > mostBlocks) {
      throw new FormatError("a fractal heap comes back to a block that was gone through: it is damaged", {
        offset: file.place.base + next.address,
      });
    }
    seen.add(next.address);
    const cursor = await indirectBlock(file, heap, next);
    let { start } = next;
    for (let row = 0; row < next.rows; row++) {
      const size = blockSize(heap, row);
      for (let column = 0; column < heap.width; column++, start += size) {
        const address = cursor.address();
        if (size <= heap.largestDirect) {
          const stored =
            heap.filters.length === 0 ? undefined : { size: cursor.length(), mask: cursor.u32() };
          if (address !== undefined) places.push({ address, start, size, stored });
        } else if (address !== undefined) {
          // The rows of an indirect block are as many as make up its size.
          const rows = Math.log2(size) - Math.log2(heap.startSize * heap.width) + 1;
          waiting.push({ address, start, rows });
        }
      }
    }
  }
  return places;
}

async function indirectBlock(
  file: HdfFile,
  heap: Heap,
  { address, rows }: { address: number; rows: number },
): Promise<Cursor> {
  const { widths } = file.place;
  const directRows = Math.min(rows, Math.log2(heap.largestDirect / heap.startSize) + 2);
  const direct = directRows * (widths.address + (heap.filters.length === 0 ? 0 : widths.length + 4));
  const entries = heap.width * (direct + (rows - directRows) * widths.address);
  const length = 5 + widths.address + heap.offsetWidth + entries + 4;
  const cursor = await file.checkedCursor(address, length, "an indirect block of a fractal heap");
  cursor.signature("FHIB");
  cursor.version(0);
  cursor.skip(widths.address + heap.offsetWidth);
  return cursor;
}

async function readBlock(file: HdfFile, heap: Heap, place: BlockPlace): Promise<Block> {
  const what = "a block of a fractal heap";
  const { address, start, size, stored } = place;
  let bytes = await file.bytes(address, stored?.size ?? size, what);
  if (stored !== undefined) {
    file.budget.spendMetadata(size);
    bytes = await unfilter(bytes, heap.filters, stored.mask, size);
  }
  const cursor = file.cursorOver(bytes, address, what);
  cursor.signature("FHDB");
  cursor.version(0);
  cursor.skip(file.place.widths.address + heap.offsetWidth);
  if (heap.hasChecksums) checkBlock(bytes, cursor);
  return { start, bytes, address };
}

/** The checksum of a block is reckoned with zeros in its own place. */
function checkBlock(bytes: Uint8Array, cursor: Cursor): void {
  const content = bytes.slice();
  content.fill(0, cursor.at, cursor.at + 4);
  checkSum(content, cursor);
}
