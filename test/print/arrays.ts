// Operands to print.

import { type DType, type DTypeName, dtypeByName } from "../../src/core/dtype.ts";
import { type Operand, type Scalar, setterOf } from "../../src/core/elements.ts";
import { Layout, product, type Shape } from "../../src/core/layout.ts";
import { Storage } from "../../src/core/storage.ts";

/** A row-major operand of the values; one axis unless a shape is given. */
export function operand(name: DTypeName, values: readonly Scalar[], shape?: Shape): Operand {
  const dtype: DType = dtypeByName(name)!;
  const storage = Storage.allocate(dtype, values.length);
  const set = setterOf(dtype);
  values.forEach((value, at) => {
    set(storage.view(dtype), at, value);
  });
  return { storage, layout: Layout.contiguous(dtype, shape ?? [values.length]) };
}

/** 0, 1, 2, ... in a shape. */
export function counting(name: DTypeName, shape: Shape): Operand {
  return operand(
    name,
    Array.from({ length: product(shape) }, (_, at) => at),
    shape,
  );
}
