// Which filters the chunks of a dataset went through, versions 1 and 2 of the message (HDF5 File Format Specification
// Version 3.0, section IV.A.2.l).

import type { Cursor } from "./cursor.ts";
import { textOf } from "./datatype.ts";

/** One filter of a pipeline. */
export interface Filter {
  readonly id: number;
  readonly name: string;
  readonly values: readonly number[];
}

/** The library's own limit. */
const mostFilters = 32;

/**
 * Reads a filter pipeline, in the order in which the filters were gone through.
 * @throws FormatError when it is damaged
 */
export function readFilters(cursor: Cursor): readonly Filter[] {
  const version = cursor.version(1, 2);
  const count = cursor.u8();
  if (count > mostFilters)
    throw cursor.wrong(`${count} filters are more than the ${mostFilters} HDF5 allows`);
  if (version === 1) cursor.skip(6);
  return Array.from({ length: count }, () => readFilter(cursor, version));
}

function readFilter(cursor: Cursor, version: number): Filter {
  const id = cursor.u16();
  // In version 2 the library's own filters have no name.
  const nameLength = version === 1 || id >= 256 ? cursor.u16() : 0;
  cursor.skip(2);
  const valueCount = cursor.u16();
  const start = cursor.at;
  const name = cursor.take(nameLength);
  if (version === 1) cursor.align(start, 8);
  const values = Array.from({ length: valueCount }, () => cursor.u32());
  if (version === 1 && valueCount % 2 === 1) cursor.skip(4);
  const end = name.indexOf(0);
  return { id, name: textOf(end < 0 ? name : name.subarray(0, end)), values };
}
