// The conjugate where it matters: gradients of complex functions flow through the conjugate of the derivative.

import type { Operand } from "../core/elements.ts";
import type { Run } from "../core/op.ts";
import { conjugate } from "./unary.ts";

/** The complex conjugate; a real value is given back as it is, with nothing run. */
export function conjugated<Value extends Operand>(run: Run<Value>, value: Value): Value {
  return value.layout.dtype.kind === "complex" ? run(conjugate, [value]) : value;
}
