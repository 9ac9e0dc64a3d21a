// What may be said of an order of memory.

import { PythonTypeError, ValueError } from "../core/errors.ts";
import { pythonTypeName } from "./item-plain.ts";
import type { Order } from "./types.ts";

/** @throws TypeError for what is no text, ValueError for a text that names no order */
export function checkOrder(order: unknown): asserts order is Order {
  if (typeof order !== "string") {
    throw new PythonTypeError(`order must be str, not ${pythonTypeName(order)}`);
  }
  if (!["C", "F", "A", "K"].includes(order)) {
    throw new ValueError(`order must be one of 'C', 'F', 'A', or 'K' (got '${order}')`);
  }
}
