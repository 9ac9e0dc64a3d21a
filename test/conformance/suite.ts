// What a suite of recorded cases is, and what becomes of a case.

import { collectWarnings } from "../../src/core/warnings.ts";
import { NotCompiled } from "./engine.ts";

/** Things counted in a case that passed, by what they are; a suite's counts are added up and printed. */
export type Counts = Readonly<Record<string, number>>;

/** A case of a suite: `run` returns when it passes, with what there is to count, and throws when it does not. */
export interface Case {
  /** Which file it is from and which one it is there, for people. */
  readonly name: string;
  /** What kind of case it is; failures are counted by it. */
  readonly group: string;
  run(): Counts | void | Promise<void>;
}

/** Reads the cases of a suite from a folder of reference values. */
export type Suite = (folder: string) => Iterable<Case>;

/** Why a case fails: what was recorded and what came instead. */
export class Failure extends Error {}

/** Why a case needs something that is not part of the project yet, or never will be. */
export class NotCovered extends Error {}

/** A case that did not pass. */
export interface Miss {
  readonly name: string;
  readonly group: string;
  readonly reason: string;
}

/** A case that the engine could not run. */
export interface NotRun extends Miss {
  /** What of it could not be run. */
  readonly about: string;
}

/** What became of a suite's cases. */
export interface Report {
  readonly passed: number;
  readonly failed: readonly Miss[];
  readonly notCovered: readonly Miss[];
  /** What the engine could not run, by the kind of reason. */
  readonly notCompiled: Readonly<Record<string, readonly NotRun[]>>;
  readonly counts: Counts;
}

/** Is told when a case is over, and whether it passed. */
export type AfterCase = (isPassed: boolean) => void;

/** Runs every case. */
export async function runCases(cases: Iterable<Case>, after?: AfterCase): Promise<Report> {
  let passed = 0;
  const failed: Miss[] = [];
  const notCovered: Miss[] = [];
  const notCompiled: Record<string, NotRun[]> = {};
  const counts: Record<string, number> = {};
  for (const { name, group, run } of cases) {
    const before = passed;
    try {
      // What a case does not look at, such as a warning on the way, is not printed.
      const counted = await collectWarnings(run).result;
      passed++;
      for (const [what, count] of Object.entries(counted ?? {})) counts[what] = (counts[what] ?? 0) + count;
    } catch (error) {
      const reason = reasonOf(error);
      if (error instanceof NotCompiled) {
        notCompiled[error.kind] ??= [];
        notCompiled[error.kind]!.push({ name, group, about: error.group, reason });
      } else (error instanceof NotCovered ? notCovered : failed).push({ name, group, reason });
    }
    after?.(passed > before);
  }
  return { passed, failed, notCovered, notCompiled, counts };
}

function reasonOf(error: unknown): string {
  if (!(error instanceof Error)) return String(error);
  return error instanceof Failure || error instanceof NotCovered || error instanceof NotCompiled
    ? error.message
    : `${error.name}: ${error.message}`;
}
