// What constructors hand on to the functions that make their parameters.

import type { DType } from "../../core/dtype.ts";

/** The option `dtype`, left out where none was given: then the default type counts. */
export function ofType(dtype: DType | undefined): { readonly dtype?: DType } {
  return dtype === undefined ? {} : { dtype };
}
