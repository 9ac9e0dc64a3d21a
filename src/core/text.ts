// Numbers, strings and containers as Python writes them: `repr` of its built-in types (Language Reference, "Built-in
// Types") and the `f`, `e` and `g` presentation types of its format specification. Both faces print with these.

import { binary64, type Decimal, decimalDigits } from "./digits.ts";
import { PyFloat } from "./python.ts";

/** `nan`, `inf` or `-inf` for a number that is not finite; else undefined. */
function nonFinite(value: number): string | undefined {
  if (Number.isNaN(value)) return "nan";
  return Number.isFinite(value) ? undefined : value < 0 ? "-inf" : "inf";
}

/** The minus sign of a negative number or of negative zero, else nothing. */
export function signOf(value: number): string {
  return value < 0 || Object.is(value, -0) ? "-" : "";
}

/** An exponent with its sign and at least `width` digits: `e+08`. */
export function exponentText(exponent: number, width = 2): string {
  return `e${exponent < 0 ? "-" : "+"}${String(Math.abs(exponent)).padStart(width, "0")}`;
}

/** Digits without an exponent: the whole part, and what stands behind the point. */
export function splitAtPoint({ digits, exponent }: Decimal): { whole: string; fraction: string } {
  if (exponent < 0) return { whole: "0", fraction: "0".repeat(-exponent - 1) + digits };
  return {
    whole: digits.slice(0, exponent + 1).padEnd(exponent + 1, "0"),
    fraction: digits.slice(exponent + 1),
  };
}

/** `format(value, ".{precision}f")`: that many digits behind the point, half to even on the exact value. */
export function formatFixed(value: number, precision: number): string {
  const special = nonFinite(value);
  if (special !== undefined) return special;
  const magnitude = Math.abs(value);
  if (magnitude < 1e21 && precision < 100) {
    // JavaScript rounds halves away from zero, so what might be a half goes the other way round.
    const next = magnitude.toFixed(precision + 1);
    if (!next.endsWith("5")) return signOf(value) + magnitude.toFixed(precision);
  }
  const decimal = decimalDigits(magnitude, binary64, { unique: false, fractional: true, most: precision });
  const { whole, fraction } = splitAtPoint(decimal);
  return signOf(value) + (precision === 0 ? whole : `${whole}.${fraction.padEnd(precision, "0")}`);
}

/** `format(value, ".{precision}e")`: one digit, the point, that many digits, and the exponent. */
export function formatExponent(value: number, precision: number): string {
  const special = nonFinite(value);
  if (special !== undefined) return special;
  const { digits, exponent } = roundedDigits(Math.abs(value), precision + 1);
  const fraction = precision === 0 ? "" : `.${digits.slice(1)}`;
  return signOf(value) + digits[0]! + fraction + exponentText(exponent);
}

/** `format(value, ".{precision}g")`: significant digits without trailing zeros, an exponent where it is shorter. */
export function formatGeneral(value: number, precision = 6): string {
  const special = nonFinite(value);
  if (special !== undefined) return special;
  const count = Math.max(precision, 1);
  const { digits, exponent } = roundedDigits(Math.abs(value), count);
  const kept = digits.replace(/0+$/, "") || "0";
  if (exponent < -4 || exponent >= count) {
    return signOf(value) + kept[0]! + (kept.length > 1 ? `.${kept.slice(1)}` : "") + exponentText(exponent);
  }
  const { whole, fraction } = splitAtPoint({ digits: kept, exponent });
  return signOf(value) + (fraction === "" || value === 0 ? whole : `${whole}.${fraction}`);
}

/** `count` significant digits of a number that is not negative, half to even on the exact value. */
function roundedDigits(value: number, count: number): Decimal {
  if (count < 100) {
    const next = value.toExponential(count);
    if (next[next.indexOf("e") - 1] !== "5") return parseExponential(value.toExponential(count - 1));
  }
  const { digits, exponent } = decimalDigits(value, binary64, {
    unique: false,
    fractional: false,
    most: count,
  });
  return { digits: digits.padEnd(count, "0"), exponent };
}

function parseExponential(text: string): Decimal {
  const [mantissa, exponent] = text.split("e");
  return { digits: mantissa!.replace(".", ""), exponent: Number(exponent) };
}

/** The fewest digits that read back as the same float64. */
export function shortestDigits(value: number): Decimal {
  return parseExponential(value.toExponential());
}

/** `repr` of a Python float: `1.0`, `1e-07`, `1e+16`, `nan`. */
export function floatRepr(value: number): string {
  const special = nonFinite(value);
  if (special !== undefined) return special;
  const { digits, exponent } = shortestDigits(Math.abs(value));
  if (exponent < -4 || exponent >= 16) {
    return (
      signOf(value) + digits[0]! + (digits.length > 1 ? `.${digits.slice(1)}` : "") + exponentText(exponent)
    );
  }
  const { whole, fraction } = splitAtPoint({ digits, exponent });
  return `${signOf(value)}${whole}.${fraction || "0"}`;
}

/** `repr` of a Python complex number: `(1+2j)`, `-0j`, `1.5j`. */
export function complexRepr(value: { readonly re: number; readonly im: number }): string {
  const part = (number: number): string => floatRepr(number).replace(/\.0$/, "");
  const imaginary = `${part(value.im)}j`;
  if (Object.is(value.re, 0)) return imaginary;
  return `(${part(value.re)}${imaginary.startsWith("-") ? "" : "+"}${imaginary})`;
}

/** `True` or `False`. */
export function boolRepr(value: boolean): string {
  return value ? "True" : "False";
}

const escapes: ReadonlyMap<string, string> = new Map([
  ["\\", "\\\\"],
  ["\n", "\\n"],
  ["\r", "\\r"],
  ["\t", "\\t"],
]);

/** Double quotes iff the text has single ones and no double ones. */
function quoteFor(text: string): string {
  return text.includes("'") && !text.includes('"') ? '"' : "'";
}

function escapedCode(code: number): string {
  const hex = code.toString(16);
  if (code < 0x100) return `\\x${hex.padStart(2, "0")}`;
  return code < 0x10000 ? `\\u${hex.padStart(4, "0")}` : `\\U${hex.padStart(8, "0")}`;
}

const unprintable = /^(?! )[\p{C}\p{Z}]$/u;

/** `repr` of a Python string: quoted, what does not print escaped. */
export function stringRepr(text: string): string {
  const quote = quoteFor(text);
  let result = quote;
  for (const character of text) {
    if (character === quote) result += `\\${quote}`;
    else if (unprintable.test(character))
      result += escapes.get(character) ?? escapedCode(character.codePointAt(0)!);
    else result += escapes.get(character) ?? character;
  }
  return result + quote;
}

/** `repr` of Python bytes: `b'ab\x00'`. */
export function bytesRepr(bytes: Uint8Array): string {
  let text = "";
  for (const byte of bytes) text += String.fromCharCode(byte);
  const quote = quoteFor(text);
  let result = `b${quote}`;
  for (const character of text) {
    const code = character.charCodeAt(0);
    if (character === quote) result += `\\${quote}`;
    else result += escapes.get(character) ?? (code < 0x20 || code > 0x7e ? escapedCode(code) : character);
  }
  return result + quote;
}

/** Texts as a Python tuple: `()`, `(2,)`, `(2, 3)`. */
export function tupleText(items: readonly (string | number)[]): string {
  return items.length === 1 ? `(${items[0]},)` : `(${items.join(", ")})`;
}

/**
 * `repr` of the Python value that a JavaScript value stands for: null is `None`, a whole number an int, an array a
 * list, a map or a plain object a dict, a set a set, `{ re, im }` a complex number. An object with a method `repr`
 * gives its own.
 */
export function pythonRepr(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return boolRepr(value);
  if (typeof value === "number")
    return Number.isInteger(value) && !Object.is(value, -0) ? integerRepr(value) : floatRepr(value);
  if (typeof value === "string") return stringRepr(value);
  if (typeof value !== "object") return String(value);
  if (value instanceof PyFloat) return floatRepr(value.value);
  if ("repr" in value && typeof value.repr === "function") return String(value.repr());
  if (value instanceof Uint8Array) return bytesRepr(value);
  if (Array.isArray(value)) return `[${value.map(pythonRepr).join(", ")}]`;
  const prototype: unknown = Object.getPrototypeOf(value);
  if (value instanceof Map) return dictRepr([...value]);
  if (value instanceof Set)
    return value.size === 0 ? "set()" : `{${Array.from(value, pythonRepr).join(", ")}}`;
  if (isComplexNumber(value)) return complexRepr(value);
  if (prototype === Object.prototype || prototype === null) return dictRepr(Object.entries(value));
  return String(value);
}

function isComplexNumber(value: object): value is { readonly re: number; readonly im: number } {
  return "re" in value && "im" in value && typeof value.re === "number" && typeof value.im === "number";
}

function integerRepr(value: number): string {
  return BigInt(value).toString();
}

function dictRepr(entries: readonly (readonly [unknown, unknown])[]): string {
  return `{${entries.map(([key, item]) => `${pythonRepr(key)}: ${pythonRepr(item)}`).join(", ")}}`;
}

/** `len` of a Python string: characters, not UTF-16 units. */
export function characterCount(text: string): number {
  let count = text.length;
  for (let at = 0; at < text.length; at++) {
    if (text.codePointAt(at)! > 0xffff) {
      count--;
      at++;
    }
  }
  return count;
}

/** Spaces before the text until it is `width` characters long. */
export function padLeft(text: string, width: number): string {
  return " ".repeat(Math.max(width - characterCount(text), 0)) + text;
}

/** Characters behind the last line break. */
export function lastLineLength(text: string): number {
  return characterCount(text.slice(text.lastIndexOf("\n") + 1));
}

/** Rows of cells as lines, each column as wide as its widest cell. */
export function tableLines(rows: readonly (readonly string[])[]): string[] {
  const widths = (rows[0] ?? []).map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) =>
    row
      .map((cell, column) => cell.padEnd(widths[column]!))
      .join("  ")
      .trimEnd(),
  );
}
