// What a failed assertion of `numpy.testing` says: a header, the caller's message, and what came beside what was wanted.

import { AssertionError } from "../../core/errors.ts";
import { pythonRepr } from "../../core/text.ts";
import { NDArray } from "../ndarray.ts";
import { arrayRepr } from "../print.ts";

/** What the assertions take by name. */
export interface MessageOptions {
  readonly errMsg: string;
  readonly verbose: boolean;
}

/** How a message is laid out. */
export interface MessageForm extends MessageOptions {
  readonly header: string;
  readonly names?: readonly [string, string];
  /** Digits of arrays. */
  readonly precision?: number;
}

/** True iff Python has the value as an array, and not as a scalar. */
export function isArrayValue(value: unknown): value is NDArray {
  return value instanceof NDArray && !value.isScalar;
}

function textOf(value: unknown, precision: number): string {
  const text = isArrayValue(value) ? arrayRepr(value, { precision }) : pythonRepr(value);
  const lines = text.split("\n");
  return lines.length > 4 ? `${lines.slice(0, 3).join("\n")}...` : text;
}

/** The text of a failed assertion. */
export function failureText(values: readonly [unknown, unknown], form: MessageForm): string {
  const { header, errMsg, verbose, names = ["ACTUAL", "DESIRED"], precision = 8 } = form;
  const isShort = !errMsg.includes("\n") && errMsg.length < 79 - header.length;
  const lines = [`\n${header}`];
  if (errMsg !== "" && isShort) lines[0] += ` ${errMsg}`;
  else if (errMsg !== "") lines.push(errMsg);
  const shown = verbose ? values.map((value, i) => ` ${names[i]}: ${textOf(value, precision)}`) : [];
  return [...lines, ...shown].join("\n");
}

/** A failed assertion about two values. */
export function failure(values: readonly [unknown, unknown], form: MessageForm): AssertionError {
  return new AssertionError(failureText(values, form));
}
