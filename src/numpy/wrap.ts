// Results handed back as what the operands were (NumPy's `__array_wrap__`): a ufunc of a tensor gives a tensor.

import { warn } from "../core/warnings.ts";
import type { NDArray } from "./ndarray.ts";

/** The name of the method that makes an operand's own kind of an array. */
export const arrayWrap: unique symbol = Symbol("__array_wrap__");

/** Tensors take no copy keyword where NumPy asks for their array, so it asks again without, and warns. */
export function warnOfCopyKeyword(): void {
  warn(
    "DeprecationWarning",
    "__array__ implementation doesn't accept a copy keyword, so passing copy=False failed. " +
      "__array__ must implement 'dtype' and 'copy' keyword arguments. To learn more, see the migration guide " +
      "https://numpy.org/devdocs/numpy_2_0_migration_guide.html#adapting-to-changes-in-the-copy-keyword",
  );
}

interface Wrapper {
  [arrayWrap](array: NDArray): unknown;
}

function isWrapper(value: unknown): value is Wrapper {
  return typeof value === "object" && value !== null && arrayWrap in value;
}

/**
 * A result as the first operand that is no array, but knows arrays, makes it.
 * @param given the operands as they were given
 * @returns the array itself where there is no such operand
 */
export function handedBack(given: readonly unknown[], result: NDArray): NDArray {
  const wrapper = given.find(isWrapper);
  if (wrapper === undefined) return result;
  warn(
    "DeprecationWarning",
    "__array_wrap__ must accept context and return_scalar arguments (positionally) in the future. (Deprecated NumPy 2.0)",
  );
  // Whoever gives a tensor gets one; the signatures are about arrays.
  return wrapper[arrayWrap](result) as NDArray;
}
