// ONNX's element types (TensorProto.DataType of ONNX 1.23): which of ours each is, and in which field its elements are
// where they are not raw bytes.

import * as types from "../core/dtype.ts";
import type { TensorProto } from "./messages.ts";

/** The fields of a TensorProto that hold elements. */
export type ElementsField =
  | "floatData"
  | "int32Data"
  | "stringData"
  | "int64Data"
  | "doubleData"
  | "uint64Data";

/** An element type. */
export interface OnnxType {
  readonly name: string;
  /** Ours; undefined for text and for types smaller than a byte, which are carried as one byte an element. */
  readonly dtype: types.DType | undefined;
  /** Bits that an element takes in raw data. 0 for text, which has none. */
  readonly bits: number;
  /** Bits of an element in a number of `field`: types of 2 and 4 bits are packed there too, a byte a number. */
  readonly bitsInField: number;
  readonly field: ElementsField;
}

const own = (dtype: types.DType, field: ElementsField): OnnxType => {
  const bits = 8 * dtype.itemSize;
  return { name: dtype.name, dtype, bits, bitsInField: bits, field };
};

const small = (name: string, bits: number, bitsInField = bits): OnnxType => ({
  name,
  dtype: undefined,
  bits,
  bitsInField,
  field: "int32Data",
});

/** Types by their number in `TensorProto.dataType`. */
export const onnxTypes: ReadonlyMap<number, OnnxType> = new Map([
  [1, own(types.float32, "floatData")],
  [2, own(types.uint8, "int32Data")],
  [3, own(types.int8, "int32Data")],
  [4, own(types.uint16, "int32Data")],
  [5, own(types.int16, "int32Data")],
  [6, own(types.int32, "int32Data")],
  [7, own(types.int64, "int64Data")],
  [8, { name: "str", dtype: undefined, bits: 0, bitsInField: 0, field: "stringData" }],
  [9, own(types.bool, "int32Data")],
  [10, own(types.float16, "int32Data")],
  [11, own(types.float64, "doubleData")],
  [12, own(types.uint32, "uint64Data")],
  [13, own(types.uint64, "uint64Data")],
  [14, own(types.complex64, "floatData")],
  [15, own(types.complex128, "doubleData")],
  [16, own(types.bfloat16, "int32Data")],
  [17, own(types.float8_e4m3fn, "int32Data")],
  [18, own(types.float8_e4m3fnuz, "int32Data")],
  [19, own(types.float8_e5m2, "int32Data")],
  [20, own(types.float8_e5m2fnuz, "int32Data")],
  [21, small("uint4", 4)],
  [22, small("int4", 4)],
  [23, small("float4_e2m1fn", 4)],
  [24, own(types.float8_e8m0fnu, "int32Data")],
  [25, small("uint2", 2)],
  [26, small("int2", 2)],
  [27, small("float6_e2m3fn", 6, 8)],
  [28, small("float6_e3m2fn", 6, 8)],
]);

const numbers: ReadonlyMap<string, number> = new Map(
  [...onnxTypes].map(([number, { name }]) => [name, number]),
);

/** The number of an element type of ours. ONNX has them all. */
export const onnxNumber = (dtype: types.DType): number => numbers.get(dtype.name)!;

/** All fields that hold elements, with their names in onnx.proto. */
export const elementsFields: readonly (readonly [ElementsField & keyof TensorProto, string])[] = [
  ["floatData", "float_data"],
  ["int32Data", "int32_data"],
  ["stringData", "string_data"],
  ["int64Data", "int64_data"],
  ["doubleData", "double_data"],
  ["uint64Data", "uint64_data"],
];

/**
 * Takes elements of less than a byte apart, lowest bits first: one byte an element, its bits the lowest.
 * @param target as long as there are elements
 */
export function unpackBits(packed: Uint8Array, bits: number, target: Uint8Array): void {
  const mask = (1 << bits) - 1;
  for (let index = 0; index < target.byteLength; index++) {
    const at = index * bits;
    const byte = Math.floor(at / 8);
    const pair = packed[byte]! | ((packed[byte + 1] ?? 0) << 8);
    target[index] = (pair >> (at % 8)) & mask;
  }
}
