// Python's values where JavaScript has none of its own. An int is a number or bigint, a str a string, a bool a boolean,
// None null, a list an array, a dict a Map; a float is always a PyFloat here, a complex number a pair { re, im }.

import { ValueError } from "../../../src/core/errors.ts";
import { PyFloat } from "../../../src/core/python.ts";
import { stringRepr } from "../../../src/core/text.ts";

/** A tuple: an array that is printed with round brackets and indexes several axes at once. */
export class Tuple extends Array<unknown> {}

/** A tuple of the given items. */
export function tuple(items: Iterable<unknown>): Tuple {
  const result = new Tuple();
  for (const item of items) result.push(item);
  return result;
}

/** A constant of a namespace that is a text in the API, and an object that prints as that text in Python. */
export class NamedConstant {
  readonly text: string;

  constructor(text: string) {
    this.text = text;
  }
}

/** A dict that is printed with its name. */
export class OrderedDict extends Map<unknown, unknown> {}

/** bytes, bytearray and memoryview. */
export class Bytes extends Uint8Array {}

/** `...` */
export const ellipsis: unique symbol = Symbol("Ellipsis");

/** `start:stop:step` between the brackets of an index. */
export class Slice {
  readonly parts: readonly unknown[];

  constructor(parts: readonly unknown[]) {
    this.parts = parts;
  }

  /** As the API takes it: "1:3", "::-1". */
  toString(): string {
    const [start, stop, step] = this.parts.map((part) => {
      if (part === null || part === undefined) return "";
      return isComplex(part) ? `${part.im}j` : String(part);
    });
    return step === "" ? `${start}:${stop}` : `${start}:${stop}:${step}`;
  }
}

/** Something that Python calls: a function or type of the interpreter's own. */
export class Callable {
  readonly name: string;
  readonly invoke: (args: readonly unknown[], keywords: ReadonlyMap<string, unknown>) => unknown;
  /** The name of the element type that stands for it, if it is a type such as `bool`. */
  readonly dtype: string | undefined;

  constructor(name: string, invoke: Callable["invoke"], dtype?: string) {
    this.name = name;
    this.invoke = invoke;
    this.dtype = dtype;
  }
}

/** True iff the value is a Python float. */
export function isFloat(value: unknown): boolean {
  return value instanceof PyFloat || (typeof value === "number" && !Number.isInteger(value));
}

/** True iff the value is a complex number. */
export function isComplex(value: unknown): value is { readonly re: number; readonly im: number } {
  return (
    typeof value === "object" && value !== null && "re" in value && "im" in value && !("storage" in value)
  );
}

/** True iff the value is a Python number: int, float, complex or bool. */
export function isNumber(value: unknown): boolean {
  return (
    typeof value === "number" ||
    typeof value === "bigint" ||
    typeof value === "boolean" ||
    value instanceof PyFloat ||
    isComplex(value)
  );
}

/** A whole number as an int: a number where that is exact, else a bigint. */
export function int(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

/** `float(text)`: the number that a text says. */
export function floatIn(text: string): number {
  const plain = text.trim().toLowerCase().replaceAll("_", "");
  const special = /^([+-]?)(nan|inf|infinity)$/.exec(plain);
  if (special !== null) return special[2] === "nan" ? Number.NaN : Number(`${special[1]}Infinity`);
  const value = plain === "" ? Number.NaN : Number(plain);
  if (Number.isNaN(value)) throw new ValueError(`could not convert string to float: ${stringRepr(text)}`);
  return value;
}
