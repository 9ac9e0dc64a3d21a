// The search for the smallest set of changes that explains recorded outputs. First every move alone; then, best first, moves
// upon the sets that came nearest; then pairs. A set counts only when all outputs are within the tolerance: one that only
// comes nearer explains nothing.

import type { ChangeContext } from "./change.ts";
import { type Candidate, candidatesFor, keyOf, type Move, movesOf, planWith, together } from "./moves.ts";
import { type Places, placeOf } from "./places.ts";
import type { Outcome, Trial } from "./trial.ts";

/** How much may be tried. */
export interface Budget {
  /** Time for the search, in seconds. */
  readonly seconds: number;
  /** Runs of the model. */
  readonly runs: number;
  readonly onProgress?: ((tried: number, total: number) => void) | undefined;
}

/** A set of changes that was tried. */
export interface Tried {
  readonly candidates: readonly Candidate[];
  readonly outcome: Outcome;
}

/** At most so many moves are put upon one another. */
const mostMoves = 6;
/** A set with one move more must come nearer by this factor to be looked at first. */
const worthAMove = 0.75;
/** Pairs of wide moves that are tried before the search goes into depth. */
const widePairs = 400;
/** Pairs of moves that are tried to make one activation agree. */
const nearPairs = 300;

/** What is tried, and what was. */
export class Search {
  readonly context: ChangeContext;
  readonly moves: readonly Move[];
  readonly base: Outcome;
  /** Sets under which the outputs agree. */
  readonly solutions: Tried[] = [];
  private readonly trial: Trial;
  private readonly budget: Budget;
  private readonly began: number = performance.now();
  private readonly known = new Map<string, Outcome>();
  private readonly calls: Places;
  private firstFound = Number.POSITIVE_INFINITY;

  constructor(trial: Trial, context: ChangeContext, base: Outcome, budget: Budget) {
    this.trial = trial;
    this.context = context;
    this.base = base;
    this.budget = budget;
    this.moves = movesOf(context, candidatesFor(context));
    this.calls = base.diverges === undefined ? new Map() : trial.order();
  }

  /** How many sets were tried. */
  get tried(): number {
    return this.known.size;
  }

  private get elapsed(): number {
    return (performance.now() - this.began) / 1000;
  }

  /** True iff nothing more may be tried. Once an explanation is there, half the time again goes into looking for others. */
  isSpent(share = 1): boolean {
    if (this.known.size >= this.budget.runs * share) return true;
    return this.elapsed > Math.min(this.budget.seconds * share, Math.max(1, this.firstFound * 1.5));
  }

  /** Tries a set, unless it was tried before. */
  attempt(candidates: readonly Candidate[]): Outcome {
    const key = keyOf(candidates);
    const before = this.known.get(key);
    if (before !== undefined) return before;
    const outcome = this.trial.attempt(planWith(this.context, candidates));
    this.known.set(key, outcome);
    this.budget.onProgress?.(this.known.size, Math.max(this.moves.length, this.known.size));
    if (outcome.comparison.isWithin) {
      this.firstFound = Math.min(this.firstFound, this.elapsed);
      this.solutions.push({ candidates, outcome });
    }
    return outcome;
  }

  /** Searches until there are explanations, or nothing is left to try. */
  run(): void {
    const root = { candidates: [], outcome: this.base };
    this.descend(root);
    if (this.solutions.length > 0) return;
    const singles = this.extend(root, this.moves);
    if (this.solutions.length > 0) return;
    const useful = this.useful(singles);
    this.pairs(root, useful.filter(({ level }) => level < 2).slice(0, 64), widePairs);
    if (this.solutions.length === 0) this.deepen(singles, useful);
    if (this.solutions.length === 0) this.pairs(root, useful, Number.POSITIVE_INFINITY);
  }

  /**
   * Along the recorded activations: what makes the first that differs agree is among the changes of the modules between it
   * and the last that agrees.
   */
  private descend(from: Tried): void {
    const { stage } = from.outcome;
    const near = this.near(from.outcome);
    if (near.length === 0 || this.isSpent(0.5)) return;
    const isFurther = ({ outcome }: Tried): boolean => outcome.stage > stage;
    let further = this.extend(from, near).filter(isFurther);
    if (this.solutions.length > 0) return;
    if (further.length === 0) further = this.pairs(from, near, nearPairs).filter(isFurther);
    further.sort((a, b) => b.outcome.stage - a.outcome.stage || a.candidates.length - b.candidates.length);
    for (const next of further.slice(0, 4)) {
      if (this.solutions.length > 0) return;
      this.descend(next);
    }
  }

  /** Moves about modules that end after the last activation that agrees, and not after the first that does not. */
  private near({ diverges, stage }: Outcome): Move[] {
    if (this.calls.size === 0) return [];
    const stop = diverges === undefined ? Number.POSITIVE_INFINITY : placeOf(this.calls, diverges);
    const marks = this.trial.recordedPaths
      .flatMap((path) => this.calls.get(path) ?? [])
      .sort((a, b) => a - b);
    const start = marks[stage - 1] ?? -1;
    const isNear = (name: string): boolean => {
      const place = placeOf(this.calls, name);
      return place > start && place <= stop;
    };
    return this.moves.filter(({ candidates }) =>
      candidates.some(({ change }) => change.parameters.some(isNear)),
    );
  }

  /** All moves upon a set. */
  private extend(from: Tried, moves: readonly Move[]): Tried[] {
    const result: Tried[] = [];
    for (const move of moves) {
      if (this.isSpent()) break;
      const candidates = together(from.candidates, move.candidates);
      if (candidates !== undefined) result.push({ candidates, outcome: this.attempt(candidates) });
      if (from.candidates.length > 0 && this.solutions.length > 0) break;
    }
    return result;
  }

  /** Moves that do something. Of a plan that gives no numbers it cannot be told. */
  private useful(singles: readonly Tried[]): Move[] {
    const { error } = this.base;
    const idle = new Set(
      singles
        .filter(({ outcome }) => outcome.error === error && outcome.next === this.base.next)
        .map(({ candidates }) => keyOf(candidates)),
    );
    return Number.isFinite(error)
      ? this.moves.filter(({ candidates }) => !idle.has(keyOf(candidates)))
      : [...this.moves];
  }

  /** Best first: what came nearest is what is extended next. */
  private deepen(singles: readonly Tried[], moves: readonly Move[]): void {
    const open = singles.map((tried) => ({ tried, moves: 1 }));
    const rank = ({ tried: { outcome }, moves: count }: (typeof open)[number]): readonly [number, number] => [
      -outcome.stage,
      Math.log(outcome.next) - count * Math.log(worthAMove),
    ];
    const seen = new Set<string>();
    while (open.length > 0 && !this.isSpent(0.7) && this.solutions.length === 0) {
      let best = 0;
      for (let i = 1; i < open.length; i++) {
        const [a, b] = [rank(open[i]!), rank(open[best]!)];
        if (a[0] < b[0] || (a[0] === b[0] && a[1] < b[1])) best = i;
      }
      const [next] = open.splice(best, 1);
      const key = keyOf(next!.tried.candidates);
      if (seen.has(key) || next!.moves >= mostMoves) continue;
      seen.add(key);
      const children = this.extend(next!.tried, moves);
      open.push(...children.map((tried) => ({ tried, moves: next!.moves + 1 })));
    }
  }

  /** Pairs of moves upon a set, those of the wide ones first. */
  private pairs(from: Tried, moves: readonly Move[], most: number): Tried[] {
    const result: Tried[] = [];
    for (let total = 1; total < 2 * moves.length; total++) {
      for (let i = Math.max(0, total - moves.length + 1); i < total - i; i++) {
        if (result.length >= most || this.isSpent() || this.solutions.length > 0) return result;
        const first = together(from.candidates, moves[i]!.candidates);
        const candidates = first && together(first, moves[total - i]!.candidates);
        if (candidates !== undefined) result.push({ candidates, outcome: this.attempt(candidates) });
      }
    }
    return result;
  }
}
