// Values of a description as TypeScript writes them.

import { isJsonObject } from "../../spec.ts";

const identifier = /^[A-Za-z_$][\w$]*$/;

const reserved: ReadonlySet<string> = new Set(
  (
    "arguments await break case catch class const continue debugger default delete do else enum eval export extends " +
    "false finally for function if implements import in instanceof interface let new null package private protected " +
    "public return static super switch this throw true try typeof undefined var void while with yield torch nn F " +
    "Tensor Number Math Array Iterable"
  ).split(" "),
);

/** Names that locals may not have. */
export const reservedNames = (): Set<string> => new Set(reserved);

/** True iff the name needs no quotes. */
export const isIdentifier = (name: string): boolean => identifier.test(name);

/** A name as a key of an object or a class. */
export const keyText = (name: string): string => (isIdentifier(name) ? name : JSON.stringify(name));

/** `object.name`, or `object["0"]`. */
export const memberText = (object: string, name: string): string =>
  isIdentifier(name) ? `${object}.${name}` : `${object}[${JSON.stringify(name)}]`;

/** A number, with the words that TypeScript has where JSON has none. */
export function numberText(value: number): string {
  if (value === Number.POSITIVE_INFINITY) return "Number.POSITIVE_INFINITY";
  if (value === Number.NEGATIVE_INFINITY) return "Number.NEGATIVE_INFINITY";
  return Number.isNaN(value) ? "Number.NaN" : String(value);
}

/** `{ a: 1, b: 2 }` of texts. */
export function objectText(entries: readonly (readonly [string, string])[]): string {
  return `{ ${entries.map(([name, text]) => (name === text ? name : `${keyText(name)}: ${text}`)).join(", ")} }`;
}

/** A plain value of JSON. */
export function plainText(value: unknown): string {
  if (typeof value === "number") return numberText(value);
  if (Array.isArray(value)) return `[${value.map(plainText).join(", ")}]`;
  if (!isJsonObject(value)) return JSON.stringify(value);
  return objectText(Object.entries(value).map(([name, each]) => [name, plainText(each)]));
}

/** Lines below each other, moved to the right. */
export const indented = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.split("\n")).map((line) => (line === "" ? "" : `  ${line}`));
