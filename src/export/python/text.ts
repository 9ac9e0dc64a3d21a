// Names and values as Python writes them (the Python Language Reference, 2.3 and 2.4).

import { isJsonObject } from "../../port/spec.ts";

const keywords: ReadonlySet<string> = new Set(
  (
    "False None True and as assert async await break class continue def del elif else except finally for from global if " +
    "import in is lambda nonlocal not or pass raise return try while with yield"
  ).split(" "),
);

/** Names that locals may not have. */
export const reservedNames = (): Set<string> =>
  new Set([...keywords, ..."self torch nn F block tuple list len range float int bool".split(" ")]);

/** True iff the name can stand behind a dot. */
export const isIdentifier = (name: string): boolean => /^[A-Za-z_]\w*$/.test(name) && !keywords.has(name);

/** A text in quotes. */
export const textOf = (text: string): string => JSON.stringify(text);

const numberWords: Readonly<Record<string, string>> = {
  Infinity: 'float("inf")',
  "-Infinity": 'float("-inf")',
  NaN: 'float("nan")',
};

/** True iff a text of a description stands for a number that JSON has no words for. */
export const isNumberWord = (text: string): boolean => Object.hasOwn(numberWords, text);

/** A number. */
export const numberOf = (value: number | string): string => numberWords[String(value)] ?? String(value);

/** A plain value. */
export function plainText(value: unknown): string {
  if (value === null || value === undefined) return "None";
  if (typeof value === "boolean") return value ? "True" : "False";
  if (typeof value === "number") return numberOf(value);
  if (typeof value === "string") return isNumberWord(value) ? numberOf(value) : textOf(value);
  if (Array.isArray(value)) return tupleText(value.map(plainText));
  if (!isJsonObject(value)) return String(value);
  return `{${Object.entries(value)
    .map(([name, each]) => `${textOf(name)}: ${plainText(each)}`)
    .join(", ")}}`;
}

/** A tuple of texts. */
export const tupleText = (texts: readonly string[]): string =>
  texts.length === 1 ? `(${texts[0]},)` : `(${texts.join(", ")})`;

/** `name=text` of entries. */
export const keywordText = (entries: readonly (readonly [string, string])[]): string[] =>
  entries.map(([name, text]) => `${name}=${text}`);

/** Lines moved to the right by a level. */
export const indented = (lines: readonly string[]): string[] =>
  lines.flatMap((line) => line.split("\n")).map((line) => (line === "" ? "" : `    ${line}`));

const width = 100;

/** `head(a, b)tail`: on lines of their own where it is long. */
export function callText(head: string, texts: readonly string[], tail = ")"): string {
  const line = `${head}${texts.join(", ")}${tail}`;
  if (!line.includes("\n") && line.length <= width) return line;
  return `${head}\n${indented(texts.map((text) => `${text},`)).join("\n")}\n${tail}`;
}
