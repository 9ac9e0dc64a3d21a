// Assertions about values of any kind: `assert_equal`, `assert_almost_equal`, `assert_approx_equal`, `assert_`.

import { bind, isOptions, type Signature } from "../../core/arguments.ts";
import { AssertionError } from "../../core/errors.ts";
import { float } from "../../core/python.ts";
import { pythonRepr } from "../../core/text.ts";
import { warn } from "../../core/warnings.ts";
import { isscalar } from "../creation.ts";
import { asArray } from "../make.ts";
import { NDArray } from "../ndarray.ts";
import { isPyScalar } from "../scalars.ts";
import type { ArrayLike } from "../types.ts";
import { imag, iscomplexobj, real } from "../ufunc-functions.ts";
import * as u from "../ufuncs.ts";
import {
  assertArrayAlmostEqual,
  assertArrayEqual,
  type DecimalArguments,
  decimalOptions,
  type MessageArguments,
} from "./arrays.ts";
import { failure, isArrayValue, type MessageOptions } from "./messages.ts";

/** True iff Python has the value as a number. */
function isNumber(value: unknown): value is ArrayLike {
  return isPyScalar(value) || value instanceof NDArray;
}

function holds(mask: NDArray): boolean {
  return mask.item() === true;
}

/** Python's `==` of two values that are no arrays. */
function areEqual(actual: unknown, desired: unknown): boolean {
  return isNumber(actual) && isNumber(desired) ? holds(u.equal(desired, actual)) : actual === desired;
}

function entriesOf(value: unknown): Map<unknown, unknown> | undefined {
  if (value instanceof Map) return value;
  return isOptions(value) ? new Map(Object.entries(value)) : undefined;
}

interface EqualOptions extends MessageOptions {
  readonly strict: boolean;
}

/** @throws AssertionError unless two scalars are equal: NaN is NaN, and 0 is not -0 */
function equalScalars(actual: unknown, desired: unknown, error: AssertionError): void {
  if (isscalar(desired) !== isscalar(actual)) throw error;
  if (isNumber(actual) && isNumber(desired)) {
    if (holds(u.isnan(desired)) && holds(u.isnan(actual))) return;
    const areZero = holds(u.equal(desired, 0)) && holds(u.equal(actual, 0));
    if (areZero && !iscomplexobj(actual) && !iscomplexobj(desired)) {
      if (holds(u.signbit(desired)) !== holds(u.signbit(actual))) throw error;
    }
  }
  if (!areEqual(actual, desired)) throw error;
}

function equalParts(actual: unknown, desired: unknown, options: EqualOptions): boolean {
  const { errMsg } = options;
  const wanted = entriesOf(desired);
  if (wanted !== undefined) {
    const entries = entriesOf(actual);
    if (entries === undefined) throw new AssertionError(`<class '${typeof actual}'>`);
    equalAny(entries.size, wanted.size, options);
    for (const [key, value] of wanted) {
      if (!entries.has(key)) throw new AssertionError(pythonRepr(key));
      equalAny(entries.get(key), value, { ...options, errMsg: `key=${pythonRepr(key)}\n${errMsg}` });
    }
    return true;
  }
  if (!Array.isArray(desired) || !Array.isArray(actual)) return false;
  equalAny(actual.length, desired.length, options);
  desired.forEach((value: unknown, i) => {
    equalAny(actual[i], value, { ...options, errMsg: `item=${i}\n${errMsg}` });
  });
  return true;
}

function equalAny(actual: unknown, desired: unknown, options: EqualOptions): void {
  if (equalParts(actual, desired, options)) return;
  if (isArrayValue(actual) || isArrayValue(desired)) {
    assertArrayEqual(actual as ArrayLike, desired as ArrayLike, options);
    return;
  }
  const error = failure([actual, desired], { ...options, header: "Items are not equal:" });
  const isComplex = [actual, desired].some((value) => isNumber(value) && iscomplexobj(value));
  if (isComplex && isNumber(actual) && isNumber(desired)) {
    const isSame = [real, imag].every((part) => {
      const [x, y] = [part(actual), part(desired)];
      return holds(u.equal(x, y)) || (holds(u.isnan(x)) && holds(u.isnan(y)));
    });
    if (!isSame) throw error;
  }
  equalScalars(actual, desired, error);
}

/**
 * Two equal values: numbers, texts, arrays, or lists and objects of these (`numpy.testing.assert_equal`).
 * @throws AssertionError
 */
export function assertEqual(actual: unknown, desired: unknown, ...args: MessageArguments): void {
  const options = bind<EqualOptions>("assert_equal", ["errMsg", "verbose"], args, {
    errMsg: "",
    verbose: true,
    strict: false,
  });
  equalAny(actual, desired, options);
}

/** @throws AssertionError unless infinities and NaNs agree; @returns true where neither number is one */
function areFinite(actual: ArrayLike, desired: ArrayLike, error: AssertionError): boolean {
  if (holds(u.isfinite(desired)) && holds(u.isfinite(actual))) return true;
  const [first, second] = [holds(u.isnan(actual)), holds(u.isnan(desired))];
  if (first || second) {
    if (!first || !second) throw error;
  } else if (!areEqual(actual, desired)) throw error;
  return false;
}

/**
 * Two numbers, or arrays of numbers, equal to so many decimals (`numpy.testing.assert_almost_equal`).
 * @throws AssertionError
 */
export function assertAlmostEqual(actual: ArrayLike, desired: ArrayLike, ...args: DecimalArguments): void {
  const { decimal, ...options } = decimalOptions("assert_almost_equal", 7, args);
  const header = `Arrays are not almost equal to ${decimal} decimals`;
  const error = failure([actual, desired], { ...options, header });
  if (iscomplexobj(actual) || iscomplexobj(desired)) {
    try {
      const [whole, wanted] = [actual, desired].map((value) => (isPyScalar(value) ? asArray(value) : value));
      assertAlmostEqual(real(whole!), real(wanted!), { decimal });
      assertAlmostEqual(imag(whole!), imag(wanted!), { decimal });
    } catch (cause) {
      throw cause instanceof AssertionError ? error : cause;
    }
  }
  if ([actual, desired].some((value) => isArrayValue(value) || Array.isArray(value))) {
    assertArrayAlmostEqual(actual, desired, decimal, options.errMsg);
    return;
  }
  if (!areFinite(actual, desired, error)) return;
  if (holds(u.greaterEqual(u.absolute(u.subtract(desired, actual)), 1.5 * 10 ** -decimal))) throw error;
}

interface ApproximateOptions extends MessageOptions {
  readonly significant: number;
}

/** Two numbers equal to so many significant digits (`numpy.testing.assert_approx_equal`). @throws AssertionError */
export function assertApproxEqual(
  actual: ArrayLike,
  desired: ArrayLike,
  ...args: Signature<[significant: number, errMsg: string, verbose: boolean], Partial<ApproximateOptions>>
): void {
  const names = ["significant", "errMsg", "verbose"] as const;
  const { significant, ...options } = bind<ApproximateOptions>("assert_approx_equal", [...names], args, {
    significant: 7,
    errMsg: "",
    verbose: true,
  });
  const [got, wanted] = [actual, desired].map((value) => Number(asArray(value).item())) as [number, number];
  if (got === wanted) return;
  const header = `Items are not equal to ${significant} significant digits:`;
  const error = failure([float(got), float(wanted)], { ...options, header });
  const scale = 10 ** Math.floor(Math.log10(0.5 * (Math.abs(wanted) + Math.abs(got))));
  for (const value of [wanted, got]) {
    if (!Number.isNaN(value) && Number.isNaN(value / scale)) {
      warn("RuntimeWarning", "invalid value encountered in scalar divide");
    }
  }
  if (!areFinite(got, wanted, error)) return;
  if (Math.abs(wanted / scale - got / scale) >= 10 ** -(significant - 1)) throw error;
}

/** @throws AssertionError with that message unless the value is true (`numpy.testing.assert_`) */
export function assert_(val: unknown, msg: string | (() => string) = ""): void {
  const isTrue = isNumber(val) ? holds(u.notEqual(val, 0)) : Boolean(val);
  if (!isTrue) throw new AssertionError(typeof msg === "function" ? msg() : msg);
}

/** Two equal texts (`numpy.testing.assert_string_equal`). @throws AssertionError with both where they differ */
export function assertStringEqual(actual: string, desired: string): void {
  if (actual === desired) return;
  throw new AssertionError(`Differences in strings:\n- ${actual}\n+ ${desired}`);
}
