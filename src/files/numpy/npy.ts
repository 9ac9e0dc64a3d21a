// NumPy's .npy, format versions 1.0 to 3.0: numpy.org/doc/stable/reference/generated/numpy.lib.format.html.

import { FormatError } from "../../core/errors.ts";
import type { Shape } from "../../core/layout.ts";
import { latin1 } from "../latin1.ts";
import { beyondLimit, type Limited, limitsOf } from "../limits.ts";
import { pythonGlobals } from "../pickle/globals.ts";
import { unpickle } from "../pickle/machine.ts";
import { numpyGlobals } from "../pickle/numpy.ts";
import { type Reader, readBytes } from "../reader.ts";
import { Stored } from "../stored.ts";
import type { ArrayLike, ObjectArray, StructArray } from "../values.ts";
import { arrayFromBytes, isNumeric } from "./arrays.ts";
import { type Literal, LiteralTuple, parseLiteral } from "./literal.ts";
import { checkShape, countOf, type ElementType, typeOfDescr } from "./types.ts";

const magic: readonly number[] = [0x93, 0x4e, 0x55, 0x4d, 0x50, 0x59];

/** True iff the bytes begin as a .npy does. */
export function isNpy(bytes: Uint8Array): boolean {
  return magic.every((byte, index) => bytes[index] === byte);
}

/** What a header says. */
export interface NpyHeader {
  readonly type: ElementType;
  readonly shape: Shape;
  readonly fortran: boolean;
  /** Where the elements begin. */
  readonly dataStart: number;
}

/** An array, and where it ends in the file. */
export interface NpyArray {
  readonly array: ArrayLike;
  readonly end: number;
}

/**
 * Reads the header of a .npy that begins at `start`.
 * @throws FormatError when it is damaged, of an unknown version, or says what no array can be
 */
export async function readNpyHeader(
  reader: Reader,
  start: number,
  options: Limited = {},
): Promise<NpyHeader> {
  const head = await readBytes(reader, start, start + 10, "the header of a .npy");
  if (!isNpy(head)) throw new FormatError("it does not begin as a .npy does", { offset: start });
  const version = head[6]!;
  if (head[7] !== 0 || version < 1 || version > 3) {
    throw new FormatError(`.npy version ${version}.${head[7]} is not 1.0, 2.0 or 3.0`, { offset: start + 6 });
  }
  const lengthSize = version === 1 ? 2 : 4;
  const headerStart = start + 8 + lengthSize;
  const lengthBytes = await readBytes(reader, start + 8, headerStart, "the header of a .npy");
  const length = lengthBytes.reduceRight((sum, byte) => sum * 256 + byte, 0);
  const dataStart = headerStart + length;
  if (dataStart > reader.byteLength) {
    throw new FormatError(
      `the header should take ${length} bytes, and the file ends before: it is cut short`,
      {
        offset: headerStart,
      },
    );
  }
  const { headerBytes } = limitsOf(options.limits);
  if (length > headerBytes) {
    throw placedAt(headerStart, beyondLimit(`the header takes ${length} bytes`, "headerBytes", headerBytes));
  }
  const bytes = await readBytes(reader, headerStart, dataStart, "the header of a .npy");
  return placed(headerStart, () => ({ ...parseHeader(headerText(bytes, version)), dataStart }));
}

function headerText(bytes: Uint8Array, version: number): string {
  if (version < 3) return latin1(bytes);
  try {
    return new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError("the header is no UTF-8");
  }
}

function parseHeader(text: string): { type: ElementType; shape: Shape; fortran: boolean } {
  const header: Literal = parseLiteral(text);
  if (!(header instanceof Map)) throw new FormatError("the header is no dict");
  const keys = [...header.keys()].sort().join(", ");
  if (keys !== "descr, fortran_order, shape") {
    throw new FormatError(
      `the header has the keys ${keys.slice(0, 200)}; they must be descr, fortran_order, shape`,
    );
  }
  const fortran = header.get("fortran_order");
  if (typeof fortran !== "boolean")
    throw new FormatError("the header's fortran_order is neither True nor False");
  const shape = header.get("shape");
  if (!(shape instanceof LiteralTuple)) throw new FormatError("the header's shape is no tuple");
  return { type: typeOfDescr(header.get("descr")), shape: checkShape(shape.items), fortran };
}

/** How the bytes behind a header are come by: those of the elements, and the file where it must be read whole. */
export interface NpyData {
  stored(start: number, end: number): Promise<Stored>;
  whole(): Promise<Reader>;
}

function dataOf(reader: Reader): NpyData {
  return {
    stored: async (start, end) => Stored.at(reader, start, end),
    whole: async () => reader,
  };
}

/**
 * Reads the header of the .npy that begins at `start`. Numbers are read when they are asked for, objects, text and
 * records at once.
 * @throws FormatError when it is damaged, or its pickled objects are refused
 */
export async function readNpy(
  reader: Reader,
  start = 0,
  options: Limited = {},
  data: NpyData = dataOf(reader),
): Promise<NpyArray> {
  const { type, shape, fortran, dataStart } = await readNpyHeader(reader, start, options);
  if (type.objects) return readObjects(await data.whole(), { type, shape, dataStart }, options);
  const count = placed(start, () => countOf(shape, type.bytes));
  const end = dataStart + count * type.bytes;
  if (end > reader.byteLength) {
    throw new FormatError(
      `the shape (${shape.join(", ")}) takes ${count * type.bytes} bytes, and the file has ${
        reader.byteLength - dataStart
      }: it is cut short or damaged`,
      { offset: dataStart },
    );
  }
  const stored = await data.stored(dataStart, end);
  if (!isNumeric(type)) await stored.load();
  return { array: placed(dataStart, () => arrayFromBytes(type, shape, fortran, stored)), end };
}

async function readObjects(
  reader: Reader,
  { type, shape, dataStart }: Omit<NpyHeader, "fortran">,
  { limits }: Limited,
): Promise<NpyArray> {
  const bytes = await readBytes(reader, dataStart, reader.byteLength, "the pickled objects");
  const known = [pythonGlobals, numpyGlobals];
  const { value, end } = placed(dataStart, () => unpickle(bytes, { known, limits }));
  const expected = type.kind === "object" ? "objects" : "struct";
  const array = value as ArrayLike | null;
  const fits =
    typeof array === "object" &&
    array !== null &&
    "kind" in array &&
    array.kind === expected &&
    shape.join() === (array as ObjectArray | StructArray).shape.join();
  if (!fits) {
    throw new FormatError(
      `the header says objects of shape (${shape.join(", ")}), and the pickle holds something else`,
      { offset: dataStart },
    );
  }
  return { array, end: dataStart + end };
}

/** Runs `read`; a refusal that has no place in the file gets this one, one that counts from here is moved. */
function placed<T>(start: number, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    throw placedAt(start, error);
  }
}

/** The refusal with its place counted from `start`. */
function placedAt(start: number, { reason, place }: FormatError): FormatError {
  return new FormatError(reason, { ...place, offset: start + (place.offset ?? 0) });
}
