// What explain tells, as tables: operators before and after ONNX Runtime's rewriting, and bars of what takes time.

import { countText } from "../core/words.ts";
import type { Explanation, TimedPart } from "./explain.ts";

/** Rows of a table at most; the rest is one row. */
const mostRows = 16;
const barWidth = 24;

const sum = (counts: ReadonlyMap<string, number>): number => [...counts.values()].reduce((a, b) => a + b, 0);

const countLine = (counts: ReadonlyMap<string, number>): string =>
  [...counts].map(([name, count]) => `${count} ${name}`).join(", ");

/** Cells in columns, the first of them left and all others right. */
function columns(rows: readonly (readonly string[])[]): string[] {
  const widths = rows[0]!.map((_, column) => Math.max(...rows.map((row) => row[column]!.length)));
  return rows.map((row) => {
    const [first, ...others] = row.map((cell, column) =>
      column === 0 ? cell.padEnd(widths[column]!) : cell.padStart(widths[column]!),
    );
    return `  ${first}  ${others.join("  ")}`;
  });
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;
const bar = (share: number, most: number): string => "#".repeat(Math.round((barWidth * share) / most));

interface Row {
  readonly cells: readonly string[];
  readonly milliseconds: number;
  readonly share: number;
}

/** A table with a bar behind each row, the longest that of the first; what follows the first rows is one. */
function table(heads: readonly string[], rows: readonly Row[]): string[] {
  const shown = rows.slice(0, rows.length > mostRows + 1 ? mostRows : rows.length);
  const rest = rows.slice(shown.length);
  const all = [...shown];
  if (rest.length > 0) {
    const cells = heads.map((_, i) => (i === 0 ? `${rest.length} others` : ""));
    const of = (value: (row: Row) => number): number => rest.reduce((total, row) => total + value(row), 0);
    all.push({ cells, milliseconds: of((row) => row.milliseconds), share: of((row) => row.share) });
  }
  const lines = columns([
    [...heads, "ms", "share"],
    ...all.map(({ cells, milliseconds, share }) =>
      milliseconds === 0 ? [...cells, "-", "-"] : [...cells, milliseconds.toFixed(3), percent(share)],
    ),
  ]);
  const most = Math.max(...all.map(({ share }) => share), Number.MIN_VALUE);
  return lines.map((line, i) => (i === 0 ? line : `${line}  ${bar(all[i - 1]!.share, most)}`.trimEnd()));
}

/** Operators that there are before or after, those that take the most time first, and those that are gone last. */
function operatorRows({ lowered, optimized, operators }: Omit<Explanation, "toString">): Row[] {
  const none: TimedPart = { name: "", milliseconds: 0, share: 0 };
  const times = new Map(operators.map((part) => [part.name, part]));
  const names = [...new Set([...times.keys(), ...optimized.keys(), ...lowered.keys()])];
  const [there, gone] = [
    names.filter((name) => times.has(name)),
    names.filter((name) => !times.has(name) && (optimized.get(name) ?? 0) !== (lowered.get(name) ?? 0)),
  ];
  return [...there, ...gone].map((name) => {
    const { milliseconds, share } = times.get(name) ?? none;
    const cells = [name, ...[lowered, optimized].map((counts) => String(counts.get(name) ?? "-"))];
    return { cells, milliseconds, share };
  });
}

/** The tables. */
export function explanationText(told: Omit<Explanation, "toString">): string {
  const { operations, lowered, optimized, providers, milliseconds, modules } = told;
  const where =
    [...providers.keys()].length === 1 ? `all on ${[...providers.keys()][0]}` : countLine(providers);
  const moduleRows = modules.map(({ name, type, milliseconds, share }) => ({
    cells: [type === "" ? name : `${name} (${type})`],
    milliseconds,
    share,
  }));
  return [
    `${countText(sum(operations), "operation")}: ${countLine(operations)}`,
    `lowered to ${countText(sum(lowered), "node")} of ONNX; ONNX Runtime made ${sum(optimized)} of them, ${where}`,
    `${milliseconds.toFixed(2)} ms a run`,
    "",
    ...table(["operator", "lowered", "run"], operatorRows(told)),
    "",
    ...table(["module"], moduleRows),
  ].join("\n");
}
