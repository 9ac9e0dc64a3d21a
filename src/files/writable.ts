// What can be written: the values that files hold, and besides them plain operands and JavaScript's own collections.

import type { Operand } from "../core/elements.ts";
import type { PyFloat } from "../core/python.ts";
import type { Value } from "./values.ts";

/** A value to write: one of a file, an array of any face, a number meant as a float, a list, a Map or a Set of such. */
export type Writable =
  | Value
  | Operand
  | PyFloat
  | readonly Writable[]
  | ReadonlyMap<Writable, Writable>
  | ReadonlySet<Writable>;
