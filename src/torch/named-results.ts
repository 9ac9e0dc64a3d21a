// Several results as Python's named tuples are: in order, and each by its name.

import type { Tensor } from "./tensor.ts";

/** Tensors in order and by name. */
export type NamedResults<Names extends readonly string[]> = {
  readonly [Place in keyof Names]: Tensor;
} & { readonly [Name in Names[number]]: Tensor };

/** Gives results their names. */
export function namedResults<const Names extends readonly string[]>(
  names: Names,
  values: { readonly [Place in keyof Names]: Tensor },
): NamedResults<Names> {
  const result: Tensor[] = [...values];
  return Object.assign(
    result,
    Object.fromEntries(names.map((name, i) => [name, result[i]!])),
  ) as unknown as NamedResults<Names>;
}
