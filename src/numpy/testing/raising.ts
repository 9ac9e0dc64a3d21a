// Assertions about what a call raises or warns of. An error is named as Python names it, or by its class.

import { AssertionError } from "../../core/errors.ts";
import { collectWarnings, type PythonWarning, warn } from "../../core/warnings.ts";

/** A kind of error: Python's name, or a class. */
export type ErrorKind = string | (abstract new (...args: never) => Error);

type Callee<T = unknown> = (...args: never[]) => T;

function nameOf(kind: ErrorKind): string {
  return typeof kind === "string" ? kind : kind.name.replace(/^Python(?=TypeError$)/, "");
}

/** Python's errors that are kinds of others. */
const parents: Readonly<Record<string, readonly string[]>> = {
  AxisError: ["ValueError", "IndexError"],
  UFuncTypeError: ["TypeError"],
  IndexError: ["LookupError"],
  KeyError: ["LookupError"],
  NotImplementedError: ["RuntimeError"],
  OverflowError: ["ArithmeticError"],
  ZeroDivisionError: ["ArithmeticError"],
  LinAlgError: ["ValueError"],
};

function isKind(error: Error, kind: ErrorKind): boolean {
  if (typeof kind !== "string" && error instanceof kind) return true;
  const name = nameOf(kind);
  return name === "Exception" || error.name === name || (parents[error.name] ?? []).includes(name);
}

/** The error of that kind that a call raises. @throws AssertionError where it raises none */
function raised(kind: ErrorKind, callee: Callee, args: readonly unknown[]): Error {
  try {
    callee(...(args as never[]));
  } catch (error) {
    if (error instanceof Error && isKind(error, kind)) return error;
    throw error;
  }
  throw new AssertionError(`${nameOf(kind)} not raised by ${callee.name || "<lambda>"}`);
}

/** A call that raises an error of that kind (`numpy.testing.assert_raises`). @throws AssertionError */
export function assertRaises(exceptionClass: ErrorKind, callee: Callee, ...args: readonly unknown[]): void {
  raised(exceptionClass, callee, args);
}

/** As `assertRaises`, with a message in which the pattern is found (`numpy.testing.assert_raises_regex`). */
export function assertRaisesRegex(
  exceptionClass: ErrorKind,
  expectedRegexp: string | RegExp,
  callee: Callee,
  ...args: readonly unknown[]
): void {
  const { message } = raised(exceptionClass, callee, args);
  const pattern = new RegExp(expectedRegexp);
  if (!pattern.test(message)) {
    throw new AssertionError(`"${pattern.source}" does not match "${message}"`);
  }
}

const deprecation =
  "NumPy warning suppression and assertion utilities are deprecated. Use warnings.catch_warnings, " +
  "warnings.filterwarnings, pytest.warns, or pytest.filterwarnings instead. (Deprecated NumPy 2.4)";

/** A call that warns in that category (`numpy.testing.assert_warns`). @returns what it gives @throws AssertionError */
export function assertWarns<T>(warningClass: string, callee: Callee<T>, ...args: readonly unknown[]): T {
  warn("DeprecationWarning", deprecation);
  const { result, warnings } = collectWarnings(() => callee(...(args as never[])));
  const isOther = ({ category }: PythonWarning): boolean =>
    category !== warningClass && warningClass !== "Warning";
  for (const { category, message } of warnings.filter(isOther)) warn(category, message);
  if (!warnings.every(isOther)) return result;
  throw new AssertionError(`No warning raised when calling ${callee.name || "<lambda>"}`);
}

/** A call that does not warn (`numpy.testing.assert_no_warnings`). @returns what it gives @throws AssertionError */
export function assertNoWarnings<T>(callee: Callee<T>, ...args: readonly unknown[]): T {
  const { result, warnings } = collectWarnings(() => callee(...(args as never[])));
  if (warnings.length === 0) return result;
  const list = warnings.map(({ category, message }) => `${category}: ${message}`).join(", ");
  throw new AssertionError(`Got warnings when calling ${callee.name || "<lambda>"}: [${list}]`);
}
