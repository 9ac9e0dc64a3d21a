// From sets of changes that explain the outputs to the smallest one, and what explains them as well.

import { groupBy } from "../match/groups.ts";
import { isSameBits } from "../rules/steps.ts";
import { type Candidate, keyOf, planWith, together } from "./moves.ts";
import type { Search, Tried } from "./search.ts";
import type { Outcome, Trial } from "./trial.ts";

/**
 * Outputs that agree far better than they are asked to tell more: what makes the error larger by this factor is needed,
 * within the tolerance or not. Two computations of one function in float32 differ by less than that.
 */
const worseBy = 10;

/** True iff outputs agree about as well as the best. */
const isAsGood = (outcome: Outcome, best: number): boolean =>
  outcome.comparison.isWithin && outcome.error <= worseBy * Math.max(best, 1e-7);

/** A set without the changes that are not needed. */
function minimised(search: Search, { candidates, outcome }: Tried): Tried {
  let kept = [...candidates];
  let best = outcome;
  for (const each of candidates) {
    if (kept.length === 1) break;
    const rest = kept.filter((other) => other !== each);
    const without = search.attempt(rest);
    if (!isAsGood(without, best.error)) continue;
    kept = rest;
    if (without.error < best.error) best = without;
  }
  return { candidates: kept, outcome: kept.length === candidates.length ? outcome : search.attempt(kept) };
}

/** The smallest explanation, and others that are as small or not less good. */
export interface Explanation {
  readonly chosen: Tried;
  /** Other sets that explain the outputs and give the model other parameters. */
  readonly others: readonly Tried[];
}

/** The smallest of the solutions, and the others that give other parameters. */
export function smallest(search: Search, trial: Trial): Explanation | undefined {
  const best = Math.min(...search.solutions.map(({ outcome }) => outcome.error));
  const good = search.solutions.filter(({ outcome }) => isAsGood(outcome, best));
  const small = unique(good.map((each) => minimised(search, each)));
  small.sort(
    (a, b) => groups(a) - groups(b) || a.candidates.length - b.candidates.length || orderOf(a) - orderOf(b),
  );
  const [chosen] = small;
  if (chosen === undefined) return undefined;
  const also = [...small.slice(1), ...replaced(search, chosen)];
  const rivals = also.filter((each) => each.candidates.length <= chosen.candidates.length);
  return { chosen, others: distinct(search, trial, chosen, rivals) };
}

const unique = (list: readonly Tried[]): Tried[] => [
  ...new Map(list.map((each) => [keyOf(each.candidates), each])).values(),
];
const orderOf = ({ candidates }: Tried): number => candidates[0]?.order ?? 0;

/** Kinds and ways of changes: what is one mistake to the person who made it. */
export const wayOf = ({ family, change: { kind, way } }: Candidate): string => `${family} ${kind} ${way}`;
const groups = ({ candidates }: Tried): number => new Set(candidates.map(wayOf)).size;

/** Sets in which another move does for the changes of one kind and way, where there are several. */
function replaced(search: Search, { candidates, outcome }: Tried): Tried[] {
  const ways = groupBy(candidates, wayOf);
  if (ways.size < 2) return [];
  const result: Tried[] = [];
  for (const way of ways.values()) {
    const rest = candidates.filter((each) => !way.includes(each));
    for (const move of search.moves) {
      if (search.isSpent()) return result;
      const other = together(rest, move.candidates);
      if (other === undefined || other.length > candidates.length) continue;
      const tried = search.attempt(other);
      if (isAsGood(tried, outcome.error)) result.push({ candidates: other, outcome: tried });
    }
  }
  return unique(result);
}

/** Of the rivals those that fill the model otherwise: the same numbers by another way are no rival. */
function distinct(search: Search, trial: Trial, chosen: Tried, rivals: readonly Tried[]): Tried[] {
  const own = planWith(search.context, chosen.candidates);
  const settings = JSON.stringify(own.settings.map(({ path, name }) => [path, name]));
  return rivals.filter(({ candidates }) => {
    const other = planWith(search.context, candidates);
    const isSameField = JSON.stringify(other.settings.map(({ path, name }) => [path, name])) === settings;
    return (
      !isSameField ||
      [...other.rules].some(([name, rule]) => {
        const mine = own.rules.get(name);
        return mine !== rule && (mine === undefined || !isSameBits(trial.made(mine), trial.made(rule)));
      })
    );
  });
}
