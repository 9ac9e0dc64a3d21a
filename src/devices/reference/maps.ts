// Rows of the elementwise operations: what is done to one element, for real, integer, 64-bit and complex operands.

import type { Kernel } from "../../core/op.ts";
import { type MapRow, mapKernel } from "./map.ts";

const rows = {
  absolute: {
    real: (a) => Math.abs(a),
    big: (a) => (a < 0n ? -a : a),
    complex: ([a], i, out, o) => {
      out[o] = Math.hypot(a![i]!, a![i + 1]!);
    },
  },
  add: {
    real: (a, b) => a + b,
    big: (a, b) => a + b,
    complex: ([a, b], i, out, o) => {
      out[o] = a![i]! + b![i]!;
      out[o + 1] = a![i + 1]! + b![i + 1]!;
    },
    loop32: (n, out, o, oStep, a, i, iStep, b, j, jStep) => {
      if (oStep === 1 && iStep === 1 && jStep === 1) for (let k = 0; k < n; k++) out[o + k] = a[i + k]! + b[j + k]!;
      else for (let k = 0; k < n; k++, o += oStep, i += iStep, j += jStep) out[o] = a[i]! + b[j]!;
    },
  },
} satisfies Record<string, MapRow>;

export const maps: { readonly [Name in keyof typeof rows]: Kernel<never> } = Object.fromEntries(
  Object.entries(rows).map(([name, row]) => [name, mapKernel(name, row)]),
) as { readonly [Name in keyof typeof rows]: Kernel<never> };
