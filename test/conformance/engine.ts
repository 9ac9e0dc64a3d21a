// How the work of a case is run: as it is written, one operation at a time, or compiled. Suites that know of it run the calls
// and gradients of a case through it.

import type { Operand } from "../../src/core/elements.ts";

/** What runs the work of cases. */
export interface CaseEngine {
  /**
   * Runs a case's work.
   * @param given the tensors that the work is given: what is computed from them is the work
   * @throws NotCompiled where the engine cannot run it
   */
  run<T>(work: () => T, given: readonly Operand[]): T;
  /** A training step that is called again and again. */
  step<Arguments extends readonly unknown[], Result>(
    step: (...args: Arguments) => Result,
  ): (...args: Arguments) => Result;
  /** How many graphs it has made and steps it has run, where it does such: a case that needs none computes nothing. */
  graphs?(): number;
}

/** Runs it as it is written. */
const asWritten: CaseEngine = { run: (work) => work(), step: (step) => step };

let current = asWritten;

/** What runs the work of cases. */
export const caseEngine = (): CaseEngine => current;

/** Has the work of cases run in another way. */
export function setCaseEngine(engine: CaseEngine): void {
  current = engine;
}

/** True iff cases run as they are written: what computes nothing need not be run in another way. */
export const isAsWritten = (): boolean => current === asWritten;

let isInLibrary = false;

/** True iff ONNX Runtime does the work of cases, operation by operation or compiled. */
export const runsInLibrary = (): boolean => isInLibrary;

/** Says that ONNX Runtime does the work of cases. */
export function setInLibrary(): void {
  isInLibrary = true;
}

/** Why the work of a case cannot be run by an engine. */
export class NotCompiled extends Error {
  /** What kind of reason it is: "not lowered", "depends on values". */
  readonly kind: string;
  /** What it is that cannot be run, by which cases are counted. */
  readonly group: string;

  constructor(kind: string, group: string, message: string) {
    super(message);
    this.kind = kind;
    this.group = group;
  }
}
