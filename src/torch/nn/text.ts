// How a layer's settings print.

import { PyFloat } from "../../core/python.ts";
import { boolRepr, floatRepr, pythonRepr, tupleText } from "../../core/text.ts";

/** A number, or a number that is meant as a float though it is whole. */
export type Numeric = number | PyFloat;

/** A setting as Python prints it; an array is a tuple there. */
export function settingText(value: unknown): string {
  if (value instanceof PyFloat) return floatRepr(value.value);
  if (typeof value === "boolean") return boolRepr(value);
  if (Array.isArray(value)) return tupleText(value.map(settingText));
  return pythonRepr(value);
}

/** `name=value` of each setting, joined with commas. */
export function settingsText(settings: Readonly<Record<string, unknown>>): string {
  return Object.entries(settings)
    .map(([name, value]) => `${name}=${settingText(value)}`)
    .join(", ");
}
