// The element types of safetensors (0.8.0), in the order of its library, by which its writer sorts tensors.

import {
  bfloat16,
  bool,
  complex64,
  type DType,
  float8_e4m3fn,
  float8_e4m3fnuz,
  float8_e5m2,
  float8_e5m2fnuz,
  float8_e8m0fnu,
  float16,
  float32,
  float64,
  int8,
  int16,
  int32,
  int64,
  uint8,
  uint16,
  uint32,
  uint64,
} from "../../core/dtype.ts";

/** An element type. */
export interface SafetensorsType {
  /** The format's name. */
  readonly name: string;
  /** Bits of one element. */
  readonly bits: number;
  /** The core type; undefined where elements are carried as bytes. */
  readonly dtype: DType | undefined;
  /** Place in the library's order, from narrow to wide. */
  readonly rank: number;
}

const table: readonly (readonly [name: string, type: DType | number])[] = [
  ["BOOL", bool],
  ["F4", 4],
  ["F6_E2M3", 6],
  ["F6_E3M2", 6],
  ["U8", uint8],
  ["I8", int8],
  ["F8_E5M2", float8_e5m2],
  ["F8_E4M3", float8_e4m3fn],
  ["F8_E8M0", float8_e8m0fnu],
  ["F8_E4M3FNUZ", float8_e4m3fnuz],
  ["F8_E5M2FNUZ", float8_e5m2fnuz],
  ["I16", int16],
  ["U16", uint16],
  ["F16", float16],
  ["BF16", bfloat16],
  ["I32", int32],
  ["U32", uint32],
  ["F32", float32],
  ["C64", complex64],
  ["F64", float64],
  ["I64", int64],
  ["U64", uint64],
];

const types: readonly SafetensorsType[] = table.map(([name, type], rank) =>
  typeof type === "number"
    ? { name, bits: type, dtype: undefined, rank }
    : { name, bits: 8 * type.itemSize, dtype: type, rank },
);

/** Element types by the format's names. */
export const safetensorsTypes: ReadonlyMap<string, SafetensorsType> = new Map(
  types.map((type) => [type.name, type]),
);

/** Element types by the core types that have one. */
export const safetensorsTypeOf: ReadonlyMap<DType, SafetensorsType> = new Map(
  types.flatMap((type) => (type.dtype === undefined ? [] : [[type.dtype, type] as const])),
);

/** PyTorch's name of F4: an element of it is a byte with two numbers, so that the last length is half as long. */
export const pairedFloat4 = "float4_e2m1fn_x2";
