// Comparisons that are more than one operation: nearness, equality of whole tensors, tests for one infinity (ATen/native/
// TensorCompare.cpp).

import { bind, type Signature } from "../core/arguments.ts";
import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { PyFloat } from "../core/python.ts";
import { eq, logicalAnd, logicalOr, ne } from "./binary.ts";
import { onesLike } from "./creation.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { getDefaultDtype } from "./promotion.ts";
import { type Refusals, refusals, refuse, says } from "./refusals.ts";
import { noGrad } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";
import { isfinite } from "./unary.ts";

/** What `isclose` and `allclose` take by name. */
export interface ClosenessOptions {
  /** The distance allowed for each unit of the second's magnitude. */
  readonly rtol?: number | PyFloat;
  /** The distance allowed anyhow. */
  readonly atol?: number | PyFloat;
  /** Whether NaN is near NaN. */
  readonly equalNan?: boolean;
}

type ClosenessArguments = Signature<
  [rtol?: number | PyFloat, atol?: number | PyFloat, equalNan?: boolean],
  ClosenessOptions
>;

/** True where |input - other| <= atol + rtol |other|; infinities are near themselves. @throws RuntimeError for two types */
export function isclose(input: Tensor, other: Tensor, ...args: ClosenessArguments): Tensor {
  checkTensor("isclose", "input", 1, input);
  checkTensor("isclose", "other", 2, other);
  return areClose("isclose", input, other, args);
}

/** Whether all elements are near (`isclose`). */
export function allclose(input: Tensor, other: Tensor, ...args: ClosenessArguments): boolean {
  checkTensor("allclose", "input", 1, input);
  checkTensor("allclose", "other", 2, other);
  return areClose("allclose", input, other, args).all().item() as boolean;
}

function areClose(name: string, input: Tensor, other: Tensor, args: readonly unknown[]): Tensor {
  const bound = bind<Required<ClosenessOptions>>(name, ["rtol", "atol", "equalNan"], args, {
    rtol: 1e-5,
    atol: 1e-8,
    equalNan: false,
  });
  const [rtol, atol] = [Number(bound.rtol), Number(bound.atol)];
  if (input.dtype !== other.dtype) {
    throw new RuntimeError(`${scalarTypeName(input.dtype)} did not match ${scalarTypeName(other.dtype)}`);
  }
  for (const [tolerance, value] of [
    ["rtol", rtol],
    ["atol", atol],
  ] as const) {
    if (!(value >= 0))
      throw new RuntimeError(`${tolerance} must be greater than or equal to zero, but got ${value}`);
  }
  return noGrad(() => {
    let close = eq(input, other);
    const isExact = !input.dtype.isFloatingPoint && !input.dtype.isComplex;
    if (bound.equalNan && !isExact) close = logicalOr(close, logicalAnd(ne(input, input), ne(other, other)));
    if (rtol === 0 && atol === 0) return close;
    const [a, b] = isExact ? [input.to(getDefaultDtype()), other.to(getDefaultDtype())] : [input, other];
    const distance = a.sub(b).abs();
    const isNear = distance.le(b.mul(rtol).abs().add(atol));
    return logicalOr(close, logicalAnd(isfinite(distance), isNear));
  });
}

/** Whether two tensors have one shape and the same elements. */
export function equal(input: Tensor, other: Tensor): boolean {
  checkTensor("equal", "input", 1, input);
  checkTensor("equal", "other", 2, other);
  const isSameShape =
    input.ndim === other.ndim && input.shape.every((length, axis) => length === other.shape[axis]);
  return isSameShape && (noGrad(() => eq(input, other).all()).item() as boolean);
}

const lowRefusals: Refusals = refusals(says("isneginf does not support complex inputs.", "complex"));
const highRefusals: Refusals = refusals(says("isposinf does not support complex inputs.", "complex"));

/** True where the element is minus infinity. */
export function isneginf(input: Tensor, options: OutOptions = {}): Tensor {
  refuse(lowRefusals, input.dtype);
  return eq(input, -Infinity, options);
}

/** True where the element is plus infinity. */
export function isposinf(input: Tensor, options: OutOptions = {}): Tensor {
  refuse(highRefusals, input.dtype);
  return eq(input, Infinity, options);
}

/** True where the element has no imaginary part. */
export function isreal(input: Tensor): Tensor {
  return input.dtype.isComplex ? eq(input.imag, 0) : onesLike(input, { dtype: bool });
}
