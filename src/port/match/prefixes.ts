// Names that are the model's but for what stands before them: the part of a file's names, and of the model's, that has to
// go so that most of them are the same.

import { product } from "../../core/layout.ts";
import type { NamedArray } from "../source.ts";
import type { Target } from "../target.ts";
import { olderRoles, withoutWrappers } from "./naming.ts";

/** What is taken off the file's names, and what is put before them instead. */
export interface Prefix {
  readonly off: string;
  readonly on: string;
}

/** A pair found by its name. */
export interface NamedPair {
  readonly target: Target;
  readonly source: NamedArray;
  readonly prefix: Prefix;
  /** The role's older name, where the file has that. */
  readonly olderRole?: string;
}

/** Pairs, and what is left. */
export interface NamedPairs {
  readonly pairs: readonly NamedPair[];
  /** Other prefixes under which the file has as many of the model's entries: another copy of the weights. */
  readonly copies: readonly (readonly NamedPair[])[];
}

const none: Prefix = { off: "", on: "" };

/** A name's role as PyTorch calls it today. */
function modernName(name: string): string {
  const dot = name.lastIndexOf(".");
  const role = olderRoles.get(name.slice(dot + 1));
  return role === undefined ? name : name.slice(0, dot + 1) + role;
}

const roleOf = (name: string): string => name.slice(name.lastIndexOf(".") + 1);

/** What stands before the longest ending that two names share, each with its last dot. */
function beforeCommon(a: string, b: string): Prefix {
  const [left, right] = [a.split("."), b.split(".")];
  let common = 0;
  while (
    common < left.length &&
    common < right.length &&
    left[left.length - 1 - common] === right[right.length - 1 - common]
  ) {
    common++;
  }
  const [off, on] = [left, right].map((parts) => {
    const rest = parts.slice(0, parts.length - common);
    return rest.length === 0 ? "" : `${rest.join(".")}.`;
  });
  return { off: off!, on: on! };
}

/** How often each prefix explains a pair of the same role and size, the commonest first. */
function votes(
  arrays: readonly NamedArray[],
  targets: readonly Target[],
): { readonly prefix: Prefix; readonly count: number }[] {
  const alike = new Map<string, Target[]>();
  for (const target of targets) {
    const key = `${target.role} ${target.tensor.layout.size}`;
    alike.set(key, [...(alike.get(key) ?? []), target]);
  }
  const counts = new Map<string, { readonly prefix: Prefix; count: number }>();
  for (const { name, array } of arrays) {
    const own = modernName(withoutWrappers(name));
    for (const target of alike.get(`${roleOf(own)} ${product(array.shape)}`) ?? []) {
      const prefix = beforeCommon(own, target.name);
      const key = `${prefix.off}|${prefix.on}`;
      const entry = counts.get(key) ?? { prefix, count: 0 };
      entry.count++;
      counts.set(key, entry);
    }
  }
  const isPlain = ({ off, on }: Prefix): number => off.length + on.length;
  return [...counts.values()].toSorted((a, b) => b.count - a.count || isPlain(a.prefix) - isPlain(b.prefix));
}

/** The pairs that a prefix makes. */
function pairsBy(
  prefix: Prefix,
  arrays: readonly NamedArray[],
  byName: ReadonlyMap<string, Target>,
): NamedPair[] {
  const taken = new Set<string>();
  return arrays.flatMap((source): NamedPair[] => {
    const own = withoutWrappers(source.name);
    if (!own.startsWith(prefix.off)) return [];
    const name = prefix.on + own.slice(prefix.off.length);
    const found = byName.get(name) ?? byName.get(modernName(name));
    if (found === undefined || taken.has(found.name)) return [];
    taken.add(found.name);
    return found.name === name
      ? [{ target: found, source, prefix }]
      : [{ target: found, source, prefix, olderRole: roleOf(name) }];
  });
}

/** Copies of weights that are kept beside those in use: averages, teachers. */
const isOtherCopy = (prefix: string): boolean =>
  /ema|teacher|avg|averag|swa|old|target|momentum/i.test(prefix);

/** Pairs arrays and entries by name, whatever stands before the names. */
export function pairByName(arrays: readonly NamedArray[], targets: readonly Target[]): NamedPairs {
  const byName = new Map(targets.map((target) => [target.name, target]));
  const exact = pairsBy(none, arrays, byName);
  if (exact.length === targets.length) return { pairs: exact, copies: [] };
  const ranked = votes(arrays, targets);
  const plain = ranked.find(({ prefix }) => prefix.off === "" && prefix.on === "")?.count ?? 0;
  const best = ranked[0];
  if (best === undefined || best.count <= Math.max(plain, exact.length - 1)) {
    return further(exact, arrays, targets);
  }
  const equals = ranked.filter(({ count, prefix }) => count === best.count && prefix.on === best.prefix.on);
  const chosen = equals.find(({ prefix }) => !isOtherCopy(prefix.off)) ?? best;
  // One layer alone is found by what else tells it: its name, its neighbours.
  if (equals.length > 1 && best.count < 4 && targets.length <= best.count)
    return { pairs: exact, copies: [] };
  const pairs = pairsBy(chosen.prefix, arrays, byName);
  const copies = equals
    .filter((each) => each !== chosen)
    .map(({ prefix }) => pairsBy(prefix, arrays, byName))
    .filter(
      (copy) =>
        copy.length === pairs.length &&
        copy.every((pair) => !pairs.some((own) => own.source === pair.source)),
    );
  return { ...further(pairs, arrays, targets), copies };
}

/** Where parts of the model go by other prefixes, those parts too, as long as nothing else explains as many. */
function further(
  found: readonly NamedPair[],
  arrays: readonly NamedArray[],
  targets: readonly Target[],
): NamedPairs {
  const pairs = [...found];
  for (;;) {
    const [usedArrays, usedTargets] = [
      new Set(pairs.map(({ source }) => source)),
      new Set(pairs.map(({ target }) => target)),
    ];
    const leftArrays = arrays.filter((each) => !usedArrays.has(each));
    const leftTargets = targets.filter((each) => !usedTargets.has(each));
    if (leftArrays.length === 0 || leftTargets.length === 0) return { pairs, copies: [] };
    const byName = new Map(leftTargets.map((target) => [target.name, target]));
    const plain = pairsBy(none, leftArrays, byName);
    const [best, second] = votes(leftArrays, leftTargets);
    if (plain.length > 0) pairs.push(...plain);
    else if (best !== undefined && best.count >= 3 && (second === undefined || second.count < best.count)) {
      pairs.push(...pairsBy(best.prefix, leftArrays, byName));
    } else return { pairs, copies: [] };
  }
}
