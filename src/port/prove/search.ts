// The search for the smallest set of changes that explains recorded outputs. First every move alone; then, best first, moves
// upon the sets that came nearest; then pairs. A set counts only when all outputs are within the tolerance: one that only
// comes nearer explains nothing.

import type { ChangeContext } from "./change.ts";
import { type Candidate, candidatesFor, keyOf, type Move, movesOf, planWith, together } from "./moves.ts";
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
  private readonly calls: ReadonlyMap<string, number>;
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
    const singles = this.extend({ candidates: [], outcome: this.base }, this.ordered(this.base));
    if (this.solutions.length > 0) return;
    const useful = this.useful(singles);
    this.pairs(useful.filter(({ level }) => level < 2).slice(0, 64), widePairs);
    if (this.solutions.length === 0) this.deepen(singles, useful);
    if (this.solutions.length === 0) this.pairs(useful, Number.POSITIVE_INFINITY);
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

  /**
   * Moves about modules that end between the last activation that agrees and the first that does not come first, then
   * those about modules before.
   */
  private ordered({ diverges }: Outcome, moves: readonly Move[] = this.moves): Move[] {
    const stop = diverges === undefined ? undefined : this.calls.get(diverges);
    if (stop === undefined) return [...moves];
    const marks = this.trial.recordedPaths.flatMap((path) => this.calls.get(path) ?? []);
    const start = Math.max(-1, ...marks.filter((place) => place < stop));
    const tierOf = ({ candidates }: Move): number => {
      const places = candidates.flatMap(({ change }) => change.parameters.map((name) => this.place(name)));
      if (places.some((place) => place > start && place <= stop)) return 0;
      return places.some((place) => place <= start) ? 1 : 2;
    };
    return moves
      .map((move) => ({ move, tier: tierOf(move) }))
      .sort((a, b) => a.tier - b.tier)
      .map(({ move }) => move);
  }

  /** When the module of an entry ended, among all. */
  private place(name: string): number {
    const own = this.calls.get(name);
    return (
      own ?? this.calls.get(name.slice(0, Math.max(0, name.lastIndexOf(".")))) ?? Number.POSITIVE_INFINITY
    );
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
      const children = this.extend(next!.tried, this.ordered(next!.tried.outcome, moves));
      open.push(...children.map((tried) => ({ tried, moves: next!.moves + 1 })));
    }
  }

  /** Pairs of moves, those of the wide ones first. */
  private pairs(moves: readonly Move[], most: number): void {
    let count = 0;
    for (let total = 1; total < 2 * moves.length; total++) {
      for (let i = Math.max(0, total - moves.length + 1); i < total - i; i++) {
        if (count++ >= most || this.isSpent() || this.solutions.length > 0) return;
        const candidates = together(moves[i]!.candidates, moves[total - i]!.candidates);
        if (candidates !== undefined) this.attempt(candidates);
      }
    }
  }
}
