// Conversions and copies: `astype`, `copy`, and the check of NumPy's casting rules.

import { bind, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { PythonTypeError } from "../core/errors.ts";
import { assign } from "./assign.ts";
import { asArray, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isInOrder, layoutLike } from "./order.ts";
import { canCast } from "./promotion.ts";
import {
  type ArrayLike,
  type Casting,
  type DTypeLike,
  dtypeText,
  type Order,
  dtype as parseDtype,
} from "./types.ts";

interface AstypeOptions {
  readonly dtype: DTypeLike;
  readonly order: Order;
  readonly casting: Casting;
  readonly subok: boolean;
  readonly copy: boolean;
}

/**
 * @throws TypeError unless an array of that type may be converted under the rule
 */
export function checkCast(source: NDArray, target: DType, casting: Casting): void {
  if (canCast(source.dtype, target, casting)) return;
  throw new PythonTypeError(
    `Cannot cast ${source.ndim === 0 ? "scalar" : "array data"} from ${dtypeText(source.dtype)} to ` +
      `${dtypeText(target)} according to the rule '${casting}'`,
  );
}

/** A new array of another type, in an order of memory. */
export function converted(source: NDArray, dtype: DType, order: Order = "K"): NDArray {
  const result = unwritten(layoutLike(source.layout, dtype, order));
  assign(result, source);
  return result;
}

/** The array itself where it has the type already, else converted. */
export function withType(source: NDArray, dtype: DType): NDArray {
  return source.dtype === dtype ? source : converted(source, dtype);
}

/**
 * The values under another type (`ndarray.astype`): a new array, or the array itself with `copy: false` where type and
 * order are as asked.
 * @throws TypeError where `casting` does not allow the conversion
 */
export function astype(
  a: ArrayLike,
  ...args: Signature<
    [dtype: DTypeLike, order: Order, casting: Casting, subok: boolean, copy: boolean],
    Partial<AstypeOptions>
  >
): NDArray {
  const options = bind<AstypeOptions>("astype", ["dtype", "order", "casting", "subok", "copy"], args, {
    order: "K",
    casting: "unsafe",
    subok: true,
    copy: true,
  });
  const source = asArray(a);
  const dtype = parseDtype(options.dtype);
  const { layout } = source;
  const asked: readonly Order[] = options.order === "A" ? ["C", "F"] : [options.order];
  const isPlaced = asked.some((order) => isInOrder(layout, order));
  if (!options.copy && source.dtype === dtype && isPlaced) return source;
  checkCast(source, dtype, options.casting);
  return converted(source, dtype, options.order);
}

/** What `copy` takes. */
export type CopyArguments = Signature<[order: Order], { readonly order?: Order; readonly subok?: boolean }>;

/** A copy; the order is row-major for the method, the array's own for the function. */
export function copy(a: ArrayLike, defaultOrder: Order, args: CopyArguments): NDArray {
  const options = bind<{ order: Order; subok: boolean }>("copy", ["order", "subok"], args, {
    order: defaultOrder,
    subok: false,
  });
  const source = asArray(a);
  return converted(source, source.dtype, options.order);
}
