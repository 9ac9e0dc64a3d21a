// Values as the recorded files write them, and comparing: numbers are the exact doubles, what JSON cannot hold is a
// string, a complex number is a pair, an integer beyond 2^53 a decimal string.

import type { DType } from "../../src/core/dtype.ts";
import type { Scalar } from "../../src/core/elements.ts";
import { PyFloat } from "../../src/core/python.ts";

/** A recorded value. */
export type Json = null | boolean | number | string | readonly Json[] | { readonly [key: string]: Json };

/** One element as it is recorded. */
export function encodeScalar(value: Scalar | PyFloat): Json {
  if (value instanceof PyFloat) return encodeScalar(value.value);
  if (typeof value === "boolean") return value;
  if (typeof value === "bigint") {
    return BigInt(Number(value)) === value && Math.abs(Number(value)) <= 2 ** 53
      ? Number(value)
      : String(value);
  }
  if (typeof value === "object") return [encodeScalar(value.re), encodeScalar(value.im)];
  return Number.isFinite(value) ? value : String(value);
}

/** A recorded element as a JavaScript value of that type. */
export function decodeScalar(value: Json, dtype: DType): Scalar {
  if (Array.isArray(value)) return { re: Number(value[0]), im: Number(value[1]) };
  if (dtype.compute === "big") return BigInt(value as string | number);
  return typeof value === "string" ? Number(value) : (value as number | boolean);
}

function isRecord(value: Json): value is { readonly [key: string]: Json } {
  return typeof value === "object" && value !== null && !Array.isArray(value);
}

/**
 * Where two values part, with both sides; undefined when they are equal.
 * @param path what the values are called in the answer
 */
export function difference(expected: Json, actual: Json, path = ""): string | undefined {
  if (Array.isArray(expected) && Array.isArray(actual)) {
    if (expected.length !== actual.length) return parting(expected, actual, path);
    for (let i = 0; i < expected.length; i++) {
      if (difference(expected[i]!, actual[i]!) !== undefined) return parting(expected, actual, path);
    }
    return undefined;
  }
  if (isRecord(expected) && isRecord(actual)) {
    for (const key of new Set([...Object.keys(expected), ...Object.keys(actual)])) {
      const inside = path === "" ? key : `${path}.${key}`;
      const found =
        key in expected && key in actual
          ? difference(expected[key]!, actual[key]!, inside)
          : parting(expected[key], actual[key], inside);
      if (found !== undefined) return found;
    }
    return undefined;
  }
  return Object.is(expected, actual) ? undefined : parting(expected, actual, path);
}

function parting(expected: Json | undefined, actual: Json | undefined, path: string): string {
  return `${path}: expected ${shown(expected)}, got ${shown(actual)}`;
}

/** A value in a message, cut off where it is long. */
export function shown(value: Json | undefined): string {
  const text = value === undefined ? "nothing" : jsonText(value);
  return text.length > 400 ? `${text.slice(0, 400)}...` : text;
}

/** JSON that tells -0 from 0. */
function jsonText(value: Json): string {
  if (Object.is(value, -0) || typeof value === "bigint") return Object.is(value, -0) ? "-0" : `${value}n`;
  if (Array.isArray(value)) return `[${value.map(jsonText).join(",")}]`;
  if (!isRecord(value)) return JSON.stringify(value);
  return `{${Object.entries(value)
    .map(([name, item]) => `${JSON.stringify(name)}:${jsonText(item)}`)
    .join(",")}}`;
}
