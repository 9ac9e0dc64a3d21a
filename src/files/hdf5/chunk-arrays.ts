// HDF5's arrays of chunk addresses: fixed arrays, and extensible arrays where one axis may grow without bound (HDF5 File
// Format Specification Version 3.0, sections VII.C and VII.D).

import { type Cursor, isPowerOfTwo } from "./cursor.ts";
import type { HdfFile } from "./file.ts";

/** An element of an array: which it is, and its bytes. */
export interface ArrayElement {
  readonly index: number;
  readonly element: Cursor;
}

/** What the elements of an array are: chunks that went through filters have a size and a mask beside the address. */
interface ElementForm {
  readonly file: HdfFile;
  /** The type of the array's client: 1 where there are filters. */
  readonly client: number;
  readonly size: number;
  /** Elements of a page, in blocks that are larger than one. */
  readonly pageLength: number;
}

/** The elements of a block, whether in one run or in pages, each run with its checksum behind it. */
interface Run {
  readonly first: number;
  readonly count: number;
  readonly address: number;
}

function* elementsIn(
  form: ElementForm,
  cursor: Cursor,
  first: number,
  count: number,
): Iterable<ArrayElement> {
  for (let index = 0; index < count; index++) {
    yield { index: first + index, element: cursor.part(form.size) };
  }
}

/** The pages that were written, of `count` elements that begin at `address`. */
function* pagesOf(
  { size, pageLength }: ElementForm,
  { first, count, address }: Run,
  isWritten: (page: number) => boolean,
): Iterable<Run> {
  let at = address;
  for (let page = 0, done = 0; done < count; page++) {
    const length = Math.min(pageLength, count - done);
    if (isWritten(page)) yield { first: first + done, count: length, address: at };
    done += length;
    at += length * size + 4;
  }
}

async function* readPages(form: ElementForm, pages: Iterable<Run>): AsyncIterable<ArrayElement> {
  for (const { first, count, address } of pages) {
    const cursor = await form.file.checkedCursor(address, count * form.size + 4, "a page of chunk addresses");
    yield* elementsIn(form, cursor, first, count);
  }
}

/** True iff a bit is set, the highest of each byte being the first. */
function bitOf(bits: Uint8Array, index: number): boolean {
  return ((bits[index >> 3]! >> (7 - (index & 7))) & 1) === 1;
}

/** Reads how wide elements are, and checks the rest of what blocks of both arrays begin with. */
function readForm(file: HdfFile, cursor: Cursor, isFiltered: boolean): Omit<ElementForm, "pageLength"> {
  cursor.version(0);
  const client = cursor.u8();
  const size = cursor.u8();
  const least = file.place.widths.address + (isFiltered ? 5 : 0);
  if (client !== (isFiltered ? 1 : 0) || size < least || (!isFiltered && size !== least)) {
    throw cursor.wrong(
      `elements of kind ${client} and ${size} bytes are no chunks of this dataset: it is damaged`,
    );
  }
  return { file, client, size };
}

function checkBlock({ client, file }: ElementForm, cursor: Cursor, signature: string): void {
  cursor.signature(signature);
  cursor.version(0);
  if (cursor.u8() !== client)
    throw cursor.wrong("its elements are of another kind than its array's: it is damaged");
  cursor.skip(file.place.widths.address);
}

/** Pages have at most so many elements, as a power of two. */
function pageLengthOf(cursor: Cursor, bits: number): number {
  if (bits > 32) throw cursor.wrong(`pages of 2^${bits} elements are larger than any`);
  return 2 ** bits;
}

/**
 * The elements of a fixed array.
 * @throws FormatError when it is damaged
 */
export async function* fixedArray(
  file: HdfFile,
  address: number,
  isFiltered: boolean,
): AsyncIterable<ArrayElement> {
  const { widths } = file.place;
  const what = "a fixed array of chunk addresses";
  const header = await file.checkedCursor(address, 8 + widths.length + widths.address + 4, what);
  header.signature("FAHD");
  const form = { ...readForm(file, header, isFiltered), pageLength: pageLengthOf(header, header.u8()) };
  const count = header.length();
  const block = header.address();
  if (block === undefined) return;
  const prefix = 6 + widths.address;
  if (count <= form.pageLength) {
    const cursor = await file.checkedCursor(block, prefix + count * form.size + 4, what);
    checkBlock(form, cursor, "FADB");
    yield* elementsIn(form, cursor, 0, count);
    return;
  }
  const bitmap = Math.ceil(Math.ceil(count / form.pageLength) / 8);
  const cursor = await file.checkedCursor(block, prefix + bitmap + 4, what);
  checkBlock(form, cursor, "FADB");
  const written = cursor.take(bitmap);
  const run = { first: 0, count, address: block + prefix + bitmap + 4 };
  yield* readPages(
    form,
    pagesOf(form, run, (page) => bitOf(written, page)),
  );
}

/** An extensible array: how its blocks grow. */
interface Extensible extends ElementForm {
  /** Bytes of a block's place in the array. */
  readonly placeWidth: number;
  readonly indexElements: number;
  readonly leastElements: number;
  readonly leastPointers: number;
  readonly levels: number;
}

/** Blocks of one size: how many, of how many elements each. */
function levelOf({ leastElements }: Extensible, level: number): { blocks: number; elements: number } {
  return { blocks: 2 ** Math.floor(level / 2), elements: leastElements * 2 ** Math.ceil(level / 2) };
}

/**
 * The elements of an extensible array.
 * @throws FormatError when it is damaged
 */
export async function* extensibleArray(
  file: HdfFile,
  address: number,
  isFiltered: boolean,
): AsyncIterable<ArrayElement> {
  const { widths } = file.place;
  const what = "an extensible array of chunk addresses";
  const header = await file.checkedCursor(address, 12 + 6 * widths.length + widths.address + 4, what);
  header.signature("EAHD");
  const array = readExtensible(file, header, isFiltered);
  const index = header.address();
  if (index === undefined) return;
  const direct = 2 * (array.leastPointers - 1);
  const directLevels = 2 * Math.log2(array.leastPointers);
  const superBlocks = Math.max(array.levels - directLevels, 0);
  const length =
    6 + widths.address + array.indexElements * array.size + (direct + superBlocks) * widths.address + 4;
  const cursor = await file.checkedCursor(index, length, what);
  checkBlock(array, cursor, "EAIB");
  yield* elementsIn(array, cursor, 0, array.indexElements);
  let first = array.indexElements;
  for (let level = 0; level < array.levels; level++) {
    const { blocks, elements } = levelOf(array, level);
    if (level < directLevels) {
      for (let block = 0; block < blocks; block++, first += elements) {
        const at = cursor.address();
        if (at !== undefined) yield* dataBlock(array, { first, count: elements, address: at }, () => true);
      }
    } else {
      const at = cursor.address();
      if (at !== undefined) yield* superBlock(array, at, first, level);
      first += blocks * elements;
    }
  }
}

function readExtensible(file: HdfFile, header: Cursor, isFiltered: boolean): Extensible {
  const form = readForm(file, header, isFiltered);
  const bits = header.u8();
  const indexElements = header.u8();
  const leastElements = header.u8();
  const leastPointers = header.u8();
  const pageLength = pageLengthOf(header, header.u8());
  header.skip(6 * file.place.widths.length);
  if (bits > 64 || !isPowerOfTwo(leastElements) || !isPowerOfTwo(leastPointers)) {
    throw header.wrong("the sizes of its blocks are no powers of two, or too large: it is damaged");
  }
  const levels = 1 + bits - Math.log2(leastElements);
  const placeWidth = Math.ceil(bits / 8);
  return { ...form, pageLength, placeWidth, indexElements, leastElements, leastPointers, levels };
}

async function* superBlock(
  array: Extensible,
  address: number,
  first: number,
  level: number,
): AsyncIterable<ArrayElement> {
  const { file, pageLength, placeWidth } = array;
  const width = file.place.widths.address;
  const { blocks, elements } = levelOf(array, level);
  const pages = elements > pageLength ? Math.ceil(elements / pageLength) : 0;
  const bitmap = Math.ceil(pages / 8);
  const length = 6 + width + placeWidth + blocks * (bitmap + width) + 4;
  const cursor = await file.checkedCursor(address, length, "a block of an extensible array");
  checkBlock(array, cursor, "EASB");
  cursor.skip(placeWidth);
  const written = Array.from({ length: blocks }, () => cursor.take(bitmap));
  for (let block = 0; block < blocks; block++) {
    const at = cursor.address();
    if (at === undefined) continue;
    const run = { first: first + block * elements, count: elements, address: at };
    yield* dataBlock(array, run, (page) => bitOf(written[block]!, page));
  }
}

async function* dataBlock(
  array: Extensible,
  { first, count, address }: Run,
  isWritten: (page: number) => boolean,
): AsyncIterable<ArrayElement> {
  const { file, size, pageLength, placeWidth } = array;
  const prefix = 6 + file.place.widths.address + placeWidth;
  const isPaged = count > pageLength;
  const length = prefix + (isPaged ? 0 : count * size) + 4;
  const cursor = await file.checkedCursor(address, length, "a block of an extensible array");
  checkBlock(array, cursor, "EADB");
  cursor.skip(placeWidth);
  if (!isPaged) yield* elementsIn(array, cursor, first, count);
  else yield* readPages(array, pagesOf(array, { first, count, address: address + length }, isWritten));
}
