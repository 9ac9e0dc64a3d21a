// Element types, and the values of each that operations go wrong at.

import type { DType } from "../../src/core/dtype.ts";
import * as types from "../../src/core/dtype.ts";
import type { Scalar } from "../../src/core/elements.ts";

export const wholes: readonly DType[] = [
  types.uint8,
  types.int8,
  types.uint16,
  types.int16,
  types.uint32,
  types.int32,
  types.uint64,
  types.int64,
];
export const floating: readonly DType[] = [types.float16, types.bfloat16, types.float32, types.float64];
export const numeric: readonly DType[] = [...wholes, ...floating];
export const everyReal: readonly DType[] = [types.bool, ...numeric];

const oddFloats: readonly number[] = [
  0,
  -0,
  1,
  -1,
  0.5,
  -0.5,
  1.5,
  2.5,
  -2.5,
  3.7,
  -3.7,
  1e4,
  -1e4,
  6e-8,
  -6e-8,
  3e38,
  -3e38,
  1e-40,
  65504,
  33000,
  Number.POSITIVE_INFINITY,
  Number.NEGATIVE_INFINITY,
  Number.NaN,
  7,
  -7,
  0.1,
  3,
  2,
  9.999,
  2 ** 31,
  -(2 ** 31),
  2 ** 63,
  2 ** 64,
  -(2 ** 63),
  300.7,
  -130.2,
  5e9,
  1e19,
];

const oddWholes: readonly bigint[] = [0n, 1n, 2n, 3n, 7n, 8n, -1n, -2n, -3n, -7n, 100n, 63n, 33n];

/** Values of a type: zeros, the ends of its range, numbers that are not ones, and usual ones. */
export function oddValues(dtype: DType): readonly Scalar[] {
  if (dtype.kind === "bool") return [0, 1, 1, 0, 1];
  if (dtype.kind === "float") return oddFloats;
  const width = BigInt(8 * dtype.itemSize);
  const [low, high] =
    dtype.kind === "signed" ? [-(2n ** (width - 1n)), 2n ** (width - 1n) - 1n] : [0n, 2n ** width - 1n];
  const all = [...oddWholes, low, high, low + 1n, high - 1n, high / 3n, low / 3n];
  return all.map((value) => (dtype.compute === "big" ? value : Number(value)));
}

/** Values whose sums and products of three are exact in every type. */
export function fewBits(dtype: DType): readonly Scalar[] {
  if (dtype.kind === "bool") return [0, 1];
  const values = dtype.kind === "float" ? [0, 1, -1, 0.5, -0.5, 2, -3, 0.25] : [0, 1, 2, 3, 4];
  return values.map((value) => (dtype.compute === "big" ? BigInt(value) : value));
}
