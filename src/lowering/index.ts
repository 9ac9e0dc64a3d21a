// What the operations are in ONNX, in one table.

import { elementwiseLowerings } from "./elementwise.ts";
import type { Lowerings } from "./lowering.ts";
import { productLowerings } from "./products.ts";
import { rowLowerings } from "./rows.ts";

export * from "./lowering.ts";

/** The lowerings by the operation's name. */
export const lowerings: Lowerings = Object.fromEntries([
  ...elementwiseLowerings,
  ...productLowerings,
  ...rowLowerings,
]);
