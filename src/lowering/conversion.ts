// Conversions between element types in ONNX. What does not fit an integer type is settled beforehand, as x86 settles it
// (src/devices/reference/cast.ts): the library's own answer is that of the processor it runs on.

import {
  bool,
  type DType,
  float16,
  float32,
  float64,
  int32,
  int64,
  uint8,
  uint32,
  uint64,
} from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import type { CastAttributes } from "../ops/copying.ts";
import { isReal } from "./carried.ts";
import type { Nodes } from "./nodes.ts";

type Rules = CastAttributes["rules"];

/** To int32 or int64 towards zero; what does not fit is the smallest number. */
function fitted(nodes: Nodes, x: GraphValue, to: DType): GraphValue {
  const bound = to === int32 ? 2 ** 31 : 2 ** 63;
  const fits = nodes.and(nodes.greaterEqual(x, -bound), nodes.less(x, bound));
  return nodes.cast(nodes.where(fits, x, -bound), to);
}

/** To uint64: from 2^63 on the rest above it is converted, and 2^63 put back. */
function toUint64(nodes: Nodes, x: GraphValue): GraphValue {
  const plain = fitted(nodes, x, int64);
  const above = nodes.two("BitwiseXor", fitted(nodes, nodes.subtract(x, 2 ** 63), int64), -(2 ** 63));
  return nodes.cast(nodes.where(nodes.greaterEqual(x, 2 ** 63), above, plain), uint64);
}

/** Floats to integers. */
function toWhole(nodes: Nodes, value: GraphValue, to: DType, rules: Rules): GraphValue {
  const from = value.dtype;
  const x = from.itemSize === 2 ? nodes.cast(value, float32) : value;
  if (to === uint64) return toUint64(nodes, x);
  const isWide = to === int64 || to === uint32 || (to === uint8 && from === float64 && rules === "torch");
  const whole = fitted(nodes, x, isWide ? int64 : int32);
  if (whole.dtype.itemSize === to.itemSize) return nodes.cast(whole, to);
  // The library would make one of two conversions that follow each other.
  return nodes.cast(nodes.two("BitwiseAnd", whole, 2 ** (8 * to.itemSize) - 1), to);
}

/** A value in another type, as `cast` converts it; undefined where ONNX has no such conversion. */
export function converted(nodes: Nodes, x: GraphValue, to: DType, rules: Rules): GraphValue | undefined {
  const from = x.dtype;
  if (from === to) return x;
  if (!isReal(from) || !isReal(to)) return undefined;
  if (from.kind === "float" && to.isInteger) return toWhole(nodes, x, to, rules);
  const isHalf = to.kind === "float" && to.itemSize === 2;
  // NumPy rounds double to half precision once; the library goes through single precision.
  if (rules === "numpy" && from === float64 && to === float16) return undefined;
  const goesThroughSingle = from !== bool && (isHalf || (from.kind === "float" && from.itemSize === 2));
  return nodes.cast(goesThroughSingle ? nodes.cast(x, float32) : x, to);
}
