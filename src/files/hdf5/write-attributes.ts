// Attributes as h5py writes them: HDF5 File Format Specification 2.0, IV.A.2.m (attribute messages, version 1).

import type { DType } from "../../core/dtype.ts";
import { bool, float64, int64, uint64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { ValueError } from "../../core/errors.ts";
import { product, type Shape } from "../../core/layout.ts";
import { contentBytes } from "../content.ts";
import { isArrayLike, type Value } from "../values.ts";
import { ByteWriter } from "./byte-writer.ts";
import type { GlobalHeap } from "./write-heap.ts";
import {
  dataspace,
  elementType,
  fixedStringType,
  opaqueType,
  variableSize,
  variableStringType,
} from "./write-types.ts";

/**
 * What an attribute may be: text (of variable length, UTF-8), bytes (a byte string), a number (int64 where it is
 * whole, else float64), a bigint, a boolean, a list of one of them, an array, or an attribute of an opened file.
 */
export type AttributeValue = Value | Operand;

/** The largest size of a message that a header can say, in whole eights. */
const largestMessage = 0xfff8;

/** Elements as they stand in a file. */
export interface Encoded {
  readonly type: Uint8Array;
  readonly shape: Shape;
  readonly data: Uint8Array;
}

/**
 * An attribute's message.
 * @throws ValueError when no attribute can hold the value, or it is longer than a header has room for
 */
export function attributeMessage(name: string, value: AttributeValue, heap: GlobalHeap): Uint8Array {
  const encodedName = new TextEncoder().encode(name);
  if (name === "" || encodedName.includes(0))
    throw new ValueError(`${JSON.stringify(name)} is no attribute's name`);
  const encoded = encodeAttribute(value, heap);
  if (encoded === undefined) {
    throw new ValueError(
      `the attribute ${name} must be text, bytes, a number, a boolean, or an array or list of such`,
    );
  }
  const { type, shape, data } = encoded;
  const space = dataspace(shape);
  const writer = new ByteWriter().u8(1).u8(0);
  writer
    .u16(encodedName.byteLength + 1)
    .u16(type.byteLength)
    .u16(space.byteLength);
  writer.bytes(encodedName).u8(0).pad(8).bytes(type).pad(8).bytes(space).pad(8).bytes(data).pad(8);
  if (writer.length > largestMessage) {
    throw new ValueError(
      `the attribute ${name} takes ${writer.length} bytes, and a header of HDF5 has room for ${largestMessage}: ` +
        "split it, or store it as an array of its own",
    );
  }
  return writer.finish();
}

/** The elements of a value; undefined where HDF5 has no type for them. Text of any length goes to the heap. */
export function encodeAttribute(value: AttributeValue, heap: GlobalHeap): Encoded | undefined {
  if (Array.isArray(value)) return encodeList(value, heap);
  if (value instanceof Uint8Array) return byteStrings([value], [], value.byteLength);
  if (typeof value === "string") return texts([value], [], heap);
  if (typeof value !== "object") return numbers([value], []);
  if (value === null) return undefined;
  if ("storage" in value && "layout" in value) return encodeOperand(value);
  return "kind" in value ? encodeValue(value, heap) : undefined;
}

function encodeOperand(operand: Operand): Encoded {
  const { dtype, shape } = operand.layout;
  return { type: elementType(dtype), shape, data: contentBytes(operand) };
}

/** The arrays of an opened file that hold no numbers. */
function encodeValue(value: Value & object, heap: GlobalHeap): Encoded | undefined {
  if (!("kind" in value)) return undefined;
  if (value.kind === "scalar") return encodeAttribute(value.array, heap);
  if (!isArrayLike(value)) return undefined;
  if (value.kind === "text") return texts(value.values, value.shape, heap);
  if (value.kind === "bytes") return byteStrings(value.values, value.shape, value.width);
  if (value.kind === "void") return { type: opaqueType(value.width), shape: value.shape, data: value.bytes };
  if (value.kind !== "objects" || !value.items.every((item) => typeof item === "string")) return undefined;
  return texts(value.items, value.shape, heap);
}

function encodeList(items: readonly Value[], heap: GlobalHeap): Encoded | undefined {
  const shape = [items.length];
  if (items.length > 0 && items.every((item) => typeof item === "string")) return texts(items, shape, heap);
  if (items.length > 0 && items.every((item) => item instanceof Uint8Array)) {
    return byteStrings(items, shape, Math.max(...items.map((item) => item.byteLength)));
  }
  return numbers(items, shape);
}

function texts(values: readonly string[], shape: Shape, heap: GlobalHeap): Encoded {
  const encoder = new TextEncoder();
  const writer = new ByteWriter(variableSize * values.length);
  for (const value of values) {
    const bytes = encoder.encode(value);
    const { address, index } = heap.add(bytes);
    writer.u32(bytes.byteLength).u64(address).u32(index);
  }
  return { type: variableStringType(), shape, data: writer.finish() };
}

function byteStrings(values: readonly Uint8Array[], shape: Shape, width: number): Encoded {
  // There is no string of no bytes; h5py writes one NUL.
  const room = Math.max(1, width);
  const data = new Uint8Array(room * values.length);
  values.forEach((bytes, index) => {
    data.set(bytes, index * room);
  });
  return { type: fixedStringType(room), shape, data };
}

/** Numbers and booleans as NumPy has a list of them: all of one type. */
function numbers(values: readonly Value[], shape: Shape): Encoded | undefined {
  const dtype = typeOf(values);
  if (dtype === undefined) return undefined;
  const data = new ByteWriter(dtype.itemSize * product(shape));
  const float = new DataView(new ArrayBuffer(8));
  for (const value of values) {
    if (dtype === bool) data.u8(value === true ? 1 : 0);
    else if (dtype === float64) {
      float.setFloat64(0, Number(value), true);
      data.u64(float.getBigUint64(0, true));
    } else data.u64(BigInt.asUintN(64, BigInt(value as number | bigint)));
  }
  return { type: elementType(dtype), shape, data: data.finish() };
}

function typeOf(values: readonly Value[]): DType | undefined {
  if (values.length === 0) return float64;
  if (values.every((value) => typeof value === "boolean")) return bool;
  if (!values.every((value) => typeof value === "number" || typeof value === "bigint")) return undefined;
  const isWhole = (value: number | bigint): boolean =>
    typeof value === "bigint" || (Number.isSafeInteger(value) && !Object.is(value, -0));
  if (!values.every(isWhole)) return float64;
  const fits = (low: bigint, high: bigint): boolean => values.every((value) => value >= low && value < high);
  if (fits(-(2n ** 63n), 2n ** 63n)) return int64;
  return fits(0n, 2n ** 64n) ? uint64 : undefined;
}
