// Several results as Python's named tuples are: in order, and each by its name.

/** Values in order and by name. */
export type NamedValues<Names extends readonly string[], Value> = {
  readonly [Place in keyof Names]: Value;
} & { readonly [Name in Names[number]]: Value };

/** Gives values their names. */
export function namedValues<const Names extends readonly string[], Value>(
  names: Names,
  values: readonly Value[],
): NamedValues<Names, Value> {
  const result: Value[] = [...values];
  return Object.assign(
    result,
    Object.fromEntries(names.map((name, i) => [name, result[i]!])),
  ) as unknown as NamedValues<Names, Value>;
}
