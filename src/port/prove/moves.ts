// What is tried in one go: single changes, and changes of one kind and way made together. Whoever transposes one square
// weight by mistake mostly transposes all, or those of one role in every block.

import { groupBy } from "../match/groups.ts";
import { type Change, type ChangeContext, changedRules, changedSettings } from "./change.ts";
import { changeFamilies } from "./families/index.ts";
import { layersFamily, rolePattern } from "./families/swaps.ts";
import type { Plan } from "./trial.ts";

/** A change that can be made, and when it is made among others. */
export interface Candidate {
  readonly change: Change;
  /** Which family it is of, and its place among all changes. */
  readonly family: number;
  readonly order: number;
}

/** Changes that are tried together. */
export interface Move {
  readonly candidates: readonly Candidate[];
  /** How wide it is: 0 all of one kind and way, 1 those of one role or class, 2 those of one block, 3 a single one. */
  readonly level: 0 | 1 | 2 | 3;
}

/** So many exchanges of two layers are tried before other single changes. */
const earlyExchanges = 30;

/** All changes that fit a plan. */
export function candidatesFor(context: ChangeContext): Candidate[] {
  const changes = changeFamilies.flatMap((family, i) =>
    [...family.changes(context)].map((change) => ({ change, family: i })),
  );
  return changes.map((each, order) => ({ ...each, order }));
}

/** The block that an entry is of: its name up to the first number that is followed by more than a role. */
const blockOf = (name: string): string => /^(?:[^.\d][^.]*\.)*\d+\.(?=[^.]+\.)/.exec(name)?.[0] ?? "";

/** The moves that candidates make, the widest first. */
export function movesOf(context: ChangeContext, candidates: readonly Candidate[]): Move[] {
  const types = new Map(context.model.layers.map(({ path, type }) => [path, type]));
  const alike = groupBy(
    candidates.filter(({ change }) => change.isAlone !== true),
    ({ family, change: { kind, way } }) => `${family} ${kind} ${way}`,
  );
  const moves: Move[] = [];
  for (const group of alike.values()) {
    moves.push({ candidates: independent(group), level: 0 });
    for (const key of [roleOf, typeOf, blockKey]) {
      const parts = groupBy(group, key);
      if (parts.size < 2) continue;
      for (const part of parts.values()) {
        moves.push({ candidates: independent(part), level: key === blockKey ? 2 : 1 });
      }
    }
  }
  moves.push(...candidates.map((each): Move => ({ candidates: [each], level: 3 })));
  const unique = new Map<string, Move>();
  for (const move of moves) {
    const key = keyOf(move.candidates);
    if (!unique.has(key)) unique.set(key, move.candidates.length === 1 ? { ...move, level: 3 } : move);
  }
  // Single exchanges of layers are many and the unlikeliest: but for the first few, they are tried last.
  const late = new Set(
    candidates.filter(({ family }) => changeFamilies[family] === layersFamily).slice(earlyExchanges),
  );
  const rankOf = ({ level, candidates: own }: Move): number => (level === 3 && late.has(own[0]!) ? 4 : level);
  return [...unique.values()].sort((a, b) => rankOf(a) - rankOf(b));

  function roleOf({ change }: Candidate): string {
    return change.parameters.map(rolePattern).join(" ");
  }
  function typeOf({ change }: Candidate): string {
    const [first = ""] = change.parameters;
    return types.get(first) ?? types.get(first.slice(0, Math.max(0, first.lastIndexOf(".")))) ?? "";
  }
  function blockKey({ change }: Candidate): string {
    return blockOf(change.parameters[0] ?? "");
  }
}

/** Those that are about no entry that one before is about. */
function independent(candidates: readonly Candidate[]): Candidate[] {
  const taken = new Set<string>();
  return candidates.filter(({ change: { parameters } }) => {
    if (parameters.some((name) => taken.has(name))) return false;
    for (const name of parameters) taken.add(name);
    return true;
  });
}

/** What tells sets of candidates apart. */
export const keyOf = (candidates: readonly Candidate[]): string =>
  candidates.map(({ order }) => order).join(" ");

/**
 * Two sets together, in the order in which they are made: what is in a set already is taken out of it (all square weights
 * but one). Undefined where they do not go together.
 */
export function together(a: readonly Candidate[], b: readonly Candidate[]): Candidate[] | undefined {
  const orders = new Set(a.map(({ order }) => order));
  const added = b.filter(({ order }) => !orders.has(order));
  if (added.length === 0) {
    const taken = new Set(b.map(({ order }) => order));
    const rest = a.filter(({ order }) => !taken.has(order));
    return rest.length === 0 ? undefined : rest;
  }
  for (const { family, change } of added) {
    if (changeFamilies[family]!.isRepeatable === true) continue;
    const names = new Set(change.parameters);
    const isTaken = a.some(
      (other) => other.family === family && other.change.parameters.some((name) => names.has(name)),
    );
    if (isTaken) return undefined;
  }
  return [...a, ...added].sort((x, y) => x.order - y.order);
}

/** The plan with candidates made. What changes for an entry changes for the other names of its tensor. */
export function planWith(context: ChangeContext, candidates: readonly Candidate[]): Plan {
  const changes = candidates.map(({ change }) => change);
  const rules = new Map(changedRules(context.rules, changes));
  for (const { name, tiedTo } of context.model.targets) {
    const first = tiedTo === undefined ? undefined : rules.get(tiedTo);
    if (first === undefined || first === context.rules.get(tiedTo!)) continue;
    if (rules.get(name) === context.rules.get(name) && rules.has(name))
      rules.set(name, { ...first, target: name });
  }
  return { rules, settings: changedSettings(changes) };
}
