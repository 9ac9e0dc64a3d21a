// Which tensors of a file a command is about, and what they are called: --only and --rename.

import { namedTensors } from "../files/inspect/inspect.ts";
import type { Opened } from "../files/open.ts";
import type { NamedArray } from "../files/writers.ts";
import { UsageError } from "./arguments.ts";

/**
 * The tensors of a file with the names that commands know them by, and the paths of what is none. Names that all begin at
 * the root of a file (HDF5's) are given without it: so they are the same in files of other kinds.
 */
export function tensorsIn(opened: Opened): { tensors: NamedArray[]; others: string[] } {
  const { tensors, others } = namedTensors(opened);
  const isRooted = tensors.length > 0 && tensors.every(([name]) => /^\/./.test(name));
  return { tensors: isRooted ? tensors.map(([name, array]) => [name.slice(1), array]) : tensors, others };
}

/** Where a pattern's `*` stand, each may be any text. */
function patternOf(pattern: string): RegExp {
  const parts = pattern.split("*").map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, "\\$&"));
  return new RegExp(`^${parts.join("(.*?)")}$`, "su");
}

/**
 * The tensors whose names one of the patterns fits.
 * @throws UsageError when a pattern fits none
 */
export function chosen<T>(
  tensors: readonly (readonly [string, T])[],
  patterns: readonly string[],
): (readonly [string, T])[] {
  if (patterns.length === 0) return [...tensors];
  const tests = patterns.map(patternOf);
  for (const [index, test] of tests.entries()) {
    if (!tensors.some(([name]) => test.test(name))) {
      throw new UsageError(`--only ${patterns[index]} fits none of the names`);
    }
  }
  return tensors.filter(([name]) => tests.some((test) => test.test(name)));
}

/** One --rename: names that begin so, or that a pattern fits, begin otherwise. */
function renamerOf(rule: string): (name: string) => string {
  const parts = rule.split("=");
  const [from, to] = parts;
  if (parts.length !== 2 || (from === "" && to === "")) {
    throw new UsageError(`--rename takes FROM=TO, got ${JSON.stringify(rule)}`);
  }
  if (!from!.includes("*")) {
    if (to!.includes("*")) throw new UsageError(`--rename ${rule} has * behind = alone`);
    return (name) => (name.startsWith(from!) ? to! + name.slice(from!.length) : name);
  }
  const count = (text: string): number => text.split("*").length;
  if (count(to!) > count(from!)) throw new UsageError(`--rename ${rule} has more * behind = than before`);
  const test = patternOf(from!);
  return (name) => {
    const found = test.exec(name);
    if (found === null) return name;
    let next = 1;
    return to!.replace(/\*/g, () => found[next++]!);
  };
}

/**
 * The tensors under their new names: each rule is applied to what the one before gave.
 * @throws UsageError when a rule changes no name, or two tensors would have one
 */
export function renamed<T>(
  tensors: readonly (readonly [string, T])[],
  rules: readonly string[],
): (readonly [string, T])[] {
  let result: (readonly [string, T])[] = [...tensors];
  for (const rule of rules) {
    const rename = renamerOf(rule);
    const next = result.map(([name, value]) => [rename(name), value] as const);
    if (next.every(([name], index) => name === result[index]![0])) {
      throw new UsageError(`--rename ${rule} changes none of the names`);
    }
    result = next;
  }
  const names = new Set<string>();
  for (const [name] of result) {
    if (names.has(name)) throw new UsageError(`two tensors would have the name ${JSON.stringify(name)}`);
    names.add(name);
  }
  return result;
}
