// Binary search in sorted elements.

import type { Scalar } from "../core/elements.ts";

/**
 * Where a value would be inserted into `count` rising elements, read through `element`: before elements equal to it,
 * or behind them.
 */
export function placeOf(
  value: Scalar,
  count: number,
  element: (i: number) => Scalar,
  right: boolean,
): number {
  let start = 0;
  let end = count;
  while (start < end) {
    const middle = start + ((end - start) >> 1);
    const at = element(middle) as number;
    // A value that compares with nothing, NaN, comes last.
    const isBehind = right ? at > (value as number) : at >= (value as number);
    if (isBehind) end = middle;
    else start = middle + 1;
  }
  return start;
}
