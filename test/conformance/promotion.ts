// layout/promotion.json: which element type comes out, where it is refused, and what happens to values on the way.
// Every cell of a table is a case. Which Python expression a table's row stands for is in promotion-tables.ts.

import { DType } from "../../src/core/dtype.ts";
import { hasReferenceFile, referenceJson } from "../support/reference.ts";
import type { Json } from "./json.ts";
import { namespaces } from "./namespaces.ts";
import { type Library, type Table, tablesOf } from "./promotion-tables.ts";
import { valueCases } from "./promotion-values.ts";
import { programScope, run } from "./python/execute.ts";
import { isArray, isTensor } from "./python/host.ts";
import { attempt } from "./record.ts";
import { type Case, Failure, NotCovered } from "./suite.ts";

/** The names of the element types of what came out; several with a slash between. */
function typeText(value: unknown): string {
  if (isArray(value) || isTensor(value)) return value.dtype.name;
  if (value instanceof DType) return value.name;
  if (typeof value === "boolean") return "bool";
  if (Array.isArray(value)) return value.map(typeText).join("/");
  if (typeof value === "object" && value !== null) return Object.values(value).map(typeText).join("/");
  return typeof value;
}

interface Cell {
  readonly name: string;
  readonly group: string;
  readonly source: string;
  /** The names a, b and what they stand for, as Python. */
  readonly operands: readonly (readonly [string, string])[];
  /** The name of the type, or the error after "!"; "true" or "false" where the answer is yes or no. */
  readonly expected: string;
  readonly isDigit: boolean;
}

const prepared: Map<string, unknown> = new Map();

/** The value of a Python expression; the same operand is made once. */
function operand(source: string): unknown {
  if (!prepared.has(source)) prepared.set(source, run(source, programScope(namespaces)));
  return prepared.get(source);
}

function runCell({ source, operands, expected, isDigit }: Cell): void {
  if (/complex32|ComplexHalf/.test(expected)) throw new NotCovered("the element type complex32");
  const scope = programScope([
    ...namespaces,
    ...operands.map(([name, value]) => [name, operand(value)] as const),
  ]);
  const { value, error } = attempt(() => run(source, scope));
  const actual =
    error === undefined ? (isDigit ? String(value) : typeText(value)) : `!${error.name}: ${error.message}`;
  if (actual === expected) return;
  const given = operands.map(([name, value]) => `${name} = ${value}`).join("; ");
  throw new Failure(`${given === "" ? "" : `${given}; `}${source}\n  expected ${expected}, got ${actual}`);
}

/** The cells of a recorded line of names; `!k` is the k-th error. */
function cellsOf(line: string, errors: readonly string[]): string[] {
  return line.split(" ").map((cell) => (cell.startsWith("!") ? `!${errors[Number(cell.slice(1))]}` : cell));
}

function* tableCells(table: Table, recorded: Json, errors: readonly string[]): Iterable<Cell> {
  const { title, rows, columns, source } = table;
  for (const [r, row] of rows.entries()) {
    const line = rowOf(recorded, table, row.name);
    const cells = table.isDigits
      ? [...line].map((digit) => (digit === "1" ? "true" : "false"))
      : cellsOf(line, errors);
    for (const [c, expected] of cells.entries()) {
      const column = columns[c] ?? { name: "", operands: [] };
      yield {
        name: `${title}: ${rows[r]!.name} ${column.name}`.trim(),
        group: title,
        source,
        operands: [...row.operands, ...column.operands],
        expected,
        isDigit: table.isDigits ?? false,
      };
    }
  }
}

function rowOf(recorded: Json, table: Table, row: string): string {
  let found = recorded;
  for (const key of table.path) found = (found as { readonly [key: string]: Json })[key]!;
  return typeof found === "string" ? found : ((found as { readonly [key: string]: Json })[row] as string);
}

/** The cases of the file. */
export function* promotionCases(folder: string): Iterable<Case> {
  const path = "layout/promotion.json";
  if (!hasReferenceFile(path, folder)) return;
  const recorded = referenceJson<{ readonly [key: string]: Json }>(path, folder);
  const errors = (recorded.errors ?? []) as readonly string[];
  for (const library of ["numpy", "torch"] satisfies Library[]) {
    const tables = recorded[library] as { readonly [key: string]: Json } | undefined;
    if (tables === undefined) continue;
    for (const table of tablesOf(library, tables)) {
      for (const cell of tableCells(table, tables, errors)) {
        const group = `promotion ${library} ${cell.group}`;
        yield { name: `promotion.json ${library} ${cell.name}`, group, run: () => runCell(cell) };
      }
    }
  }
  yield* valueCases(recorded);
}
