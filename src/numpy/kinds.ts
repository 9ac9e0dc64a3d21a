// What kind of array a value is, without the classes of arrays: whoever looks at arrays need not bring them along. What is
// asked for are members that nothing else has.

import type { ItemArray } from "./item-array.ts";
import type { NDArray } from "./ndarray.ts";

/** True iff the value is an array of numbers, or a NumPy scalar of them. */
export function isNDArray(value: unknown): value is NDArray {
  return typeof value === "object" && value !== null && "setflags" in value && "layout" in value;
}

/** True iff the value is an array of text, bytes, objects, dates or records. */
export function isItemArray(value: unknown): value is ItemArray {
  return typeof value === "object" && value !== null && "items" in value && "isScalar" in value;
}
