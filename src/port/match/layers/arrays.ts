// Arrays of a source as those of layers, in the order in which layers were made.

import type { NDArray } from "../../../numpy/ndarray.ts";
import { naturalOrder } from "../naming.ts";
import type { LayeredArray } from "./source-units.ts";
import type { UnitArray } from "./unit.ts";

/** An array as it is. */
export const unitArray = (name: string, array: NDArray): UnitArray => ({
  name,
  shape: array.shape,
  steps: [],
});

/**
 * The arrays in their own order; where a program sorted them by name (safetensors, jax), numbers in names count as numbers:
 * Dense_2 comes before Dense_10.
 */
export function inListedOrder(arrays: readonly LayeredArray[]): LayeredArray[] {
  const isSorted = arrays.every((each, i) => i === 0 || arrays[i - 1]!.array.name <= each.array.name);
  if (!isSorted) return [...arrays];
  const places = new Map<string, number>();
  const keyed = arrays.map((each) => {
    const path = each.segments.slice(0, -1).join("/");
    return { each, path };
  });
  const paths = [...new Set(keyed.map(({ path }) => path))].toSorted(naturalOrder);
  paths.forEach((path, i) => {
    places.set(path, i);
  });
  return keyed.toSorted((a, b) => places.get(a.path)! - places.get(b.path)!).map(({ each }) => each);
}
