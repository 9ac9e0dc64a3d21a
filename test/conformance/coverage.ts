// How many cases ONNX Runtime does: of each case which kernels ran in it and which on the device below, and why.

import { withoutLowering } from "../../src/lowering/index.ts";
import type { Listener } from "../../src/native/device.ts";

/** Where the kernels of a case ran. */
export type Place = "all" | "partly" | "none" | "noKernel";

/** An operation that ran on the device below. */
export interface Below {
  readonly operation: string;
  /** Element types of its operands. */
  readonly types: string;
  readonly why: string;
  /** How often it ran there. */
  readonly runs: number;
  /** How many cases were not done in ONNX Runtime alone on its account, among others or alone. */
  readonly cases: number;
}

/** What is known of a suite's cases. */
export interface CoverageReport {
  /** Cases whose kernels all ran in ONNX Runtime, some, none; and those that ran no kernel. */
  readonly cases: Readonly<Record<Place, number>>;
  /** The part of the cases with kernels whose kernels all ran in ONNX Runtime. */
  readonly share: number;
  /** The operations below, those of most cases first. */
  readonly below: readonly Below[];
}

interface Entry {
  readonly operation: string;
  readonly types: string;
  readonly why: string;
  runs: number;
  cases: number;
}

/** Counts where kernels run, case by case. */
export class Coverage {
  private inside = 0;
  private readonly current: Map<string, Entry> = new Map();
  private readonly entries: Map<string, Entry> = new Map();
  private readonly cases: Record<Place, number> = { all: 0, partly: 0, none: 0, noKernel: 0 };

  /** For the native device. */
  readonly listener: Listener = (operation, inputs, told) => {
    if (told === undefined) {
      this.inside++;
      return;
    }
    const why = withoutLowering[operation] ?? told;
    const types = inputs.map(({ layout }) => layout.dtype.name).join(", ");
    const key = `${operation} ${types} ${why}`;
    const entry = this.current.get(key);
    if (entry === undefined) this.current.set(key, { operation, types, why, runs: 1, cases: 1 });
    else entry.runs++;
  };

  /** Ends a case. @returns where its kernels ran */
  endCase(): Place {
    const { inside, current } = this;
    const place = current.size === 0 ? (inside === 0 ? "noKernel" : "all") : inside === 0 ? "none" : "partly";
    this.cases[place]++;
    for (const [key, { operation, types, why, runs }] of current) {
      const entry = this.entries.get(key);
      if (entry === undefined) this.entries.set(key, { operation, types, why, runs, cases: 1 });
      else {
        entry.runs += runs;
        entry.cases++;
      }
    }
    this.inside = 0;
    current.clear();
    return place;
  }

  /** What was counted so far. */
  report(): CoverageReport {
    const { all, partly, none } = this.cases;
    return {
      cases: { ...this.cases },
      share: all / Math.max(1, all + partly + none),
      below: [...this.entries.values()].sort((a, b) => b.cases - a.cases || b.runs - a.runs),
    };
  }
}

/** Why cases are not done in ONNX Runtime alone, and of how many of them an operation is, those of most first. */
function reasonsOf(below: readonly Below[]): [reason: string, cases: number][] {
  const counts = new Map<string, number>();
  for (const { operation, why, cases } of below) {
    const reason = `${operation}: ${why}`;
    counts.set(reason, (counts.get(reason) ?? 0) + cases);
  }
  return [...counts].sort(([, a], [, b]) => b - a);
}

/** A report as lines of text. @param listsOperations with a line for each operation below and its element types */
export function* coverageLines(
  { cases, share, below }: CoverageReport,
  listsOperations: boolean,
): Iterable<string> {
  const { all, partly, none, noKernel } = cases;
  yield "not done in ONNX Runtime, by reasons; a case counts for each operation and element types:";
  for (const [reason, count] of reasonsOf(below)) yield `  ${count} ${reason}`;
  yield `ONNX Runtime: ${(100 * share).toFixed(1)}% of the ${all + partly + none} cases that run a kernel: ` +
    `${all} with all their kernels, ${partly} partly, ${none} not at all; ${noKernel} ran no kernel and do not count`;
  if (!listsOperations) return;
  for (const { operation, types, why, runs, cases: count } of below)
    yield `  ${operation} (${types}): ${count} cases, ${runs} runs: ${why}`;
}
