// Several tensors as Python's named tuples are: in order, and each by its name.

import { type NamedValues, namedValues } from "../core/named-results.ts";
import type { Tensor } from "./tensor.ts";

/** Tensors in order and by name. */
export type NamedResults<Names extends readonly string[]> = NamedValues<Names, Tensor>;

/** Gives tensors their names. */
export function namedResults<const Names extends readonly string[]>(
  names: Names,
  values: { readonly [Place in keyof Names]: Tensor },
): NamedResults<Names> {
  return namedValues<Names, Tensor>(names, values);
}
