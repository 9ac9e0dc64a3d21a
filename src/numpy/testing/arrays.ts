// Assertions about arrays: `assert_allclose`, `assert_array_equal`, `assert_array_less`, and those in units of the last place.

import { bind, type Signature } from "../../core/arguments.ts";
import { AssertionError, NotImplementedError, ValueError } from "../../core/errors.ts";
import { formatGeneral, tupleText } from "../../core/text.ts";
import { converted, withType } from "../casting.ts";
import { asArray } from "../make.ts";
import { copyto } from "../manipulation.ts";
import type { NDArray } from "../ndarray.ts";
import { resultType } from "../promotion.ts";
import { all, amax } from "../reductions.ts";
import { commonType } from "../type-tests.ts";
import { type ArrayLike, type DTypeLike, optionalDtype } from "../types.ts";
import { isclose, where } from "../ufunc-functions.ts";
import * as u from "../ufuncs.ts";
import { compareArrays } from "./compare.ts";
import type { MessageOptions } from "./messages.ts";

interface StrictOptions extends MessageOptions {
  readonly strict: boolean;
}

const messageDefaults: MessageOptions = { errMsg: "", verbose: true };

interface ToleranceOptions extends StrictOptions {
  readonly rtol: number;
  readonly atol: number;
  readonly equalNan: boolean;
}

/**
 * Two arrays within a tolerance: |actual - desired| <= atol + rtol * |desired| (`numpy.testing.assert_allclose`).
 * @throws AssertionError with the elements that differ
 */
export function assertAllclose(
  actual: ArrayLike,
  desired: ArrayLike,
  ...args: Signature<
    [rtol: number, atol: number, equalNan: boolean, errMsg: string, verbose: boolean],
    Partial<ToleranceOptions>
  >
): void {
  const names = ["rtol", "atol", "equalNan", "errMsg", "verbose"] as const;
  const options = bind<ToleranceOptions>("assert_allclose", [...names], args, {
    rtol: 1e-7,
    atol: 0,
    equalNan: true,
    ...messageDefaults,
    strict: false,
  });
  const { rtol, atol, equalNan } = options;
  compareArrays(actual, desired, {
    ...options,
    header: `Not equal to tolerance rtol=${formatGeneral(rtol)}, atol=${formatGeneral(atol)}`,
    agree: (x, y) => isclose(x, y, { rtol, atol, equalNan }),
    precision: 6,
  });
}

/** Arguments of assertions that take a message. */
export type MessageArguments = Signature<[errMsg: string, verbose: boolean], Partial<StrictOptions>>;

function strictOptions(name: string, args: readonly unknown[]): StrictOptions {
  return bind<StrictOptions>(name, ["errMsg", "verbose"], args, { ...messageDefaults, strict: false });
}

/** Two arrays that are equal, NaNs included (`numpy.testing.assert_array_equal`). @throws AssertionError */
export function assertArrayEqual(actual: ArrayLike, desired: ArrayLike, ...args: MessageArguments): void {
  compareArrays(actual, desired, {
    ...strictOptions("assert_array_equal", args),
    header: "Arrays are not equal",
    agree: (x, y) => u.equal(x, y),
    precision: 6,
  });
}

/** Every element of `x` below that of `y` (`numpy.testing.assert_array_less`). @throws AssertionError */
export function assertArrayLess(x: ArrayLike, y: ArrayLike, ...args: MessageArguments): void {
  compareArrays(x, y, {
    ...strictOptions("assert_array_less", args),
    header: "Arrays are not strictly ordered `x < y`",
    agree: (first, second) => u.less(first, second),
    equalInf: false,
    names: ["x", "y"],
    precision: 6,
  });
}

interface DecimalOptions extends MessageOptions {
  readonly decimal: number;
}

/** Arguments of assertions that take a number of decimals. */
export type DecimalArguments = Signature<
  [decimal: number, errMsg: string, verbose: boolean],
  Partial<DecimalOptions>
>;

/** Binds the arguments of an assertion to so many decimals. */
export function decimalOptions(name: string, decimal: number, args: readonly unknown[]): DecimalOptions {
  return bind<DecimalOptions>(name, ["decimal", "errMsg", "verbose"], args, { decimal, ...messageDefaults });
}

/** Two arrays equal to so many decimals (`numpy.testing.assert_array_almost_equal`). @throws AssertionError */
export function assertArrayAlmostEqual(
  actual: ArrayLike,
  desired: ArrayLike,
  ...args: DecimalArguments
): void {
  const { decimal, ...options } = decimalOptions("assert_array_almost_equal", 6, args);
  compareArrays(actual, desired, {
    ...options,
    header: `Arrays are not almost equal to ${decimal} decimals`,
    agree: (x, y) => {
      const wanted = withType(y, resultType(y, 1.5));
      return u.less(u.absolute(u.subtract(x, wanted)), 1.5 * 10 ** -decimal);
    },
    precision: decimal,
  });
}

/** Integers in the order of the floating numbers whose bits they are. */
function inOrder(array: NDArray): NDArray {
  const bits = array.view(`int${8 * array.itemsize}`);
  const least = asArray(-(2n ** BigInt(8 * array.itemsize - 1))).astype(bits.dtype);
  return where(u.less(bits, 0), u.subtract(least, bits), bits);
}

/** How many floating numbers lie between two. @throws NotImplementedError, ValueError */
function ulpDistance(x: ArrayLike, y: ArrayLike, dtype: DTypeLike | null): NDArray {
  const type = optionalDtype(dtype);
  const arrays = [asArray(x), asArray(y)].map((array) => (type === undefined ? array : array.astype(type)));
  const common = commonType(...arrays);
  if (arrays.some((array) => array.dtype.isComplex)) {
    throw new NotImplementedError("_nulp not implemented for complex array");
  }
  const [first, second] = arrays.map((array) => {
    const numbers = converted(array, common, "C").reshape([1, ...array.shape]);
    copyto(numbers, Number.NaN, { where: u.isnan(numbers) });
    return numbers;
  }) as [NDArray, NDArray];
  if (String(first.shape) !== String(second.shape)) {
    throw new ValueError(
      `Arrays do not have the same shape: ${tupleText(first.shape)} - ${tupleText(second.shape)}`,
    );
  }
  return u.absolute(withType(u.subtract(inOrder(first), inOrder(second)), common));
}

/**
 * Two arrays apart by no more than so many units of the last place (`numpy.testing.assert_array_max_ulp`).
 * @returns the distances
 * @throws AssertionError
 */
export function assertArrayMaxUlp(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<
    [maxulp: number, dtype: DTypeLike | null],
    { readonly maxulp?: number; readonly dtype?: DTypeLike | null }
  >
): NDArray {
  const { maxulp, dtype } = bind<{ maxulp: number; dtype: DTypeLike | null }>(
    "assert_array_max_ulp",
    ["maxulp", "dtype"],
    args,
    { maxulp: 1, dtype: null },
  );
  const distances = ulpDistance(a, b, dtype);
  if (all(u.lessEqual(distances, maxulp)).item() === true) return distances;
  const most = formatGeneral(Number(amax(distances).item()));
  throw new AssertionError(
    `Arrays are not almost equal up to ${formatGeneral(maxulp)} ULP (max difference is ${most} ULP)`,
  );
}

/**
 * Two arrays apart by no more than so many distances of the greater number to its neighbour
 * (`numpy.testing.assert_array_almost_equal_nulp`).
 * @throws AssertionError
 */
export function assertArrayAlmostEqualNulp(
  x: ArrayLike,
  y: ArrayLike,
  ...args: Signature<[nulp: number], { readonly nulp?: number }>
): void {
  const { nulp } = bind<{ nulp: number }>("assert_array_almost_equal_nulp", ["nulp"], args, { nulp: 1 });
  const [first, second] = [u.absolute(x), u.absolute(y)];
  const reach = u.multiply(nulp, u.spacing(where(u.greater(first, second), first, second)));
  if (all(u.lessEqual(u.absolute(u.subtract(x, y)), reach)).item() === true) return;
  const isComplex = asArray(x).dtype.isComplex || asArray(y).dtype.isComplex;
  const most = isComplex ? "" : ` (max is ${formatGeneral(Number(amax(ulpDistance(x, y, null)).item()))})`;
  throw new AssertionError(`Arrays are not equal to ${nulp} ULP${most}`);
}
