// Layers that go by other names: which layer of the file is which of the model, from the roles and shapes of what is in
// them, the words of their names, and their order. All layers are assigned at once, not the first that fits.

import type { NamedArray } from "../source.ts";
import type { Target } from "../target.ts";
import { assign, impossible } from "./assignment.ts";
import { type Fit, fitsOf } from "./fits.ts";
import { isPartOfWeight, layerRole, naturalOrder, similarity, wordsOf } from "./naming.ts";

/** An array for an entry. */
export interface LayerPair {
  readonly target: Target;
  readonly source: NamedArray;
}

/** Pairs, and which could as well be exchanged: the pairs of one layer against those of another. */
export interface LayerPairs {
  readonly pairs: readonly LayerPair[];
  readonly exchangeable: readonly (readonly [readonly LayerPair[], readonly LayerPair[]])[];
}

interface Group<Member> {
  readonly name: string;
  readonly members: ReadonlyMap<string, Member>;
}

/** Roles that names of any making may have. */
const commonRoles: ReadonlySet<string> = new Set(["weight", "bias", "running_mean", "running_var"]);
const isCounter = ({ role }: Target): boolean => role === "num_batches_tracked";

function grouped<Member>(
  members: readonly Member[],
  placeOf: (member: Member) => readonly [layer: string, role: string] | undefined,
): Group<Member>[] {
  const groups = new Map<string, Map<string, Member>>();
  for (const member of members) {
    const place = placeOf(member);
    if (place === undefined) continue;
    const [layer, role] = place;
    const group = groups.get(layer) ?? new Map<string, Member>();
    if (!group.has(role)) group.set(role, member);
    groups.set(layer, group);
  }
  return [...groups].map(([name, inside]) => ({ name, members: inside }));
}

/** The same name with its numbers left out. */
const skeleton = (name: string): string => name.replace(/\d+/g, "#");

/** Groups in the order in which a person would number them: those whose names differ by numbers alone, by the numbers. */
function inOrder<Member>(groups: readonly Group<Member>[]): Group<Member>[] {
  const first = new Map<string, number>();
  groups.forEach(({ name }, i) => {
    if (!first.has(skeleton(name))) first.set(skeleton(name), i);
  });
  return groups.toSorted(
    (a, b) => first.get(skeleton(a.name))! - first.get(skeleton(b.name))! || naturalOrder(a.name, b.name),
  );
}

/** How well a fit speaks for a pair: as it is, another shape of the same numbers, another order. */
const fitScore = ([fit]: readonly Fit[]): number =>
  fit === undefined
    ? 0
    : fit.declaration === undefined
      ? 1
      : fit.declaration.isShapeOnly === true
        ? 0.9
        : 0.8;

/** How well a layer of the file fills one of the model; `impossible` where it does not. */
function layerScore(layer: Group<Target>, given: Group<NamedArray>): number {
  let score = 0;
  for (const [role, target] of layer.members) {
    const source = given.members.get(role);
    if (source === undefined) {
      if (isCounter(target)) continue;
      if (role === "weight") return impossible;
      score -= 0.5;
      continue;
    }
    const fits = fitsOf(source.array.shape, target);
    if (fits.length === 0) return impossible;
    score += fitScore(fits);
  }
  for (const role of given.members.keys()) if (!layer.members.has(role)) score -= 0.5;
  return score + similarity(layer.name, given.name);
}

/** Less than this, two scores are the same: names and shapes then do not tell, and the order decides. */
const even = 1e-6;
/** Small against any difference of scores. */
const orderWeight = 1e-9;

interface Assigned<Item, Given> {
  readonly item: Item;
  readonly given: Given;
}

function assigned<Item, Given>(
  items: readonly Item[],
  givens: readonly Given[],
  score: (item: Item, given: Given) => number,
): Assigned<Item, Given>[] {
  const table = items.map((item) => givens.map((given) => score(item, given)));
  const stretch = items.length <= 1 ? 0 : (givens.length - 1) / (items.length - 1);
  const columns = assign(items.length, givens.length, (row, column) => {
    const value = table[row]![column]!;
    return value === impossible ? impossible : value - orderWeight * (column - row * stretch) ** 2;
  });
  return columns.flatMap((column, row) =>
    column < 0 ? [] : [{ item: items[row]!, given: givens[column]! }],
  );
}

const pairsOf = ({ item, given }: Assigned<Group<Target>, Group<NamedArray>>): LayerPair[] =>
  [...item.members].flatMap(([role, target]) => {
    const source = given.members.get(role);
    return source === undefined ? [] : [{ target, source }];
  });

/** Pairs the layers that are left. */
export function pairByLayer(arrays: readonly NamedArray[], targets: readonly Target[]): LayerPairs {
  const layers = grouped(targets, ({ path, role }) =>
    commonRoles.has(role) || role === "num_batches_tracked" ? [path, role] : undefined,
  ).filter(({ members }) => [...members.values()].some((target) => !isCounter(target)));
  const givens = inOrder(
    grouped(arrays, ({ name }) => {
      const { layer, role } = layerRole(name);
      return role === undefined ? undefined : [layer, role];
    }),
  );
  const chosen = assigned(layers, givens, layerScore);
  const pairs = chosen.flatMap(pairsOf);
  const used = new Set(pairs.map(({ source }) => source));
  const filled = new Set(pairs.map(({ target }) => target));
  const single = pairSingly(
    arrays.filter((each) => !used.has(each)),
    targets.filter((target) => !filled.has(target) && !isCounter(target)),
  );
  return { pairs: [...pairs, ...single], exchangeable: exchangeable(chosen) };
}

/** Layers that could stand in each other's place by all but their order, where no numbers in their names give one. */
function exchangeable(
  chosen: readonly Assigned<Group<Target>, Group<NamedArray>>[],
): [LayerPair[], LayerPair[]][] {
  return chosen.flatMap((a, i) =>
    chosen.slice(i + 1).flatMap((b): [LayerPair[], LayerPair[]][] => {
      if (skeleton(a.given.name) === skeleton(b.given.name) && a.given.name !== b.given.name) return [];
      const now = layerScore(a.item, a.given) + layerScore(b.item, b.given);
      const then = layerScore(a.item, b.given) + layerScore(b.item, a.given);
      return then >= now - even ? [[pairsOf(a), pairsOf(b)]] : [];
    }),
  );
}

/**
 * Pairs what no layer holds, entry by entry: only where the shape leaves one way, or words of the names are the same.
 */
function pairSingly(arrays: readonly NamedArray[], targets: readonly Target[]): LayerPair[] {
  const score = (target: Target, { name, array }: NamedArray): number => {
    if (isPartOfWeight(name)) return impossible;
    const [given, wanted] = [layerRole(name).role, layerRole(target.name).role];
    if (given !== undefined && wanted !== undefined && given !== wanted) return impossible;
    const fits = fitsOf(array.shape, target);
    return fits.length === 0 ? impossible : fitScore(fits) + 2 * similarity(target.name, name);
  };
  const chosen = assigned(targets, arrays, score);
  return chosen
    .filter(({ item, given }) => {
      const own = score(item, given);
      const rivals = [
        ...arrays.filter((each) => each !== given).map((each) => score(item, each)),
        ...targets.filter((each) => each !== item).map((each) => score(each, given)),
      ];
      const isLikely = !rivals.some((rival) => rival >= own - even);
      const isNumbered = rivals.length > 0 && wordsOf(given.name).some((word) => /\d/.test(word));
      return isLikely || isNumbered;
    })
    .map(({ item, given }) => ({ target: item, source: given }));
}
