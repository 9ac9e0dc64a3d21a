// Arrays that have names, and no other library's: PyTorch's own, those that wrappers and checkpoints make of them, and names
// that somebody gave by hand.

import type { Finding } from "../finding.ts";
import type { Alternative, Matching } from "../matching.ts";
import type { NamedArray, Source } from "../source.ts";
import { inOrderOf, type Model, type Target } from "../target.ts";
import { fitted, listText, type Pair } from "./fitting.ts";
import { groupBy } from "./groups.ts";
import { type LayerPair, pairByLayer } from "./layers.ts";
import { missingFindings, missingProposals, missingTargets, spareFindings } from "./left.ts";
import { isPartOfWeight, olderRoles, prefixAuthor, segmentsOf } from "./naming.ts";
import { type NamedPair, pairByName } from "./prefixes.ts";
import { otherSizes } from "./sizes.ts";

/** Which arrays are which entries, by names and, where those do not tell, by layers. */
export interface NamePairing {
  readonly byName: readonly NamedPair[];
  readonly byLayer: readonly LayerPair[];
  readonly exchangeable: readonly (readonly [readonly LayerPair[], readonly LayerPair[]])[];
  readonly copies: readonly (readonly NamedPair[])[];
}

/** The segment that holds a number below a parent: "2" of "layers.2.weight". */
function numberedParents(name: string): string[] {
  const segments = segmentsOf(name);
  return segments.flatMap((segment, i) => (/^\d+$/.test(segment) ? [segments.slice(0, i).join(".")] : []));
}

/**
 * Pairs of the same name below a parent whose children are numbered, where some of the file's numbers are not the model's
 * and some of the model's not the file's: then the others need not mean the same either.
 */
function renumbered(
  pairs: readonly NamedPair[],
  arrays: readonly NamedArray[],
  targets: readonly Target[],
): NamedPair[] {
  const used = new Set(pairs.map(({ source }) => source));
  const filled = new Set(pairs.map(({ target }) => target));
  const spare = new Set(
    arrays.filter((each) => !used.has(each)).flatMap(({ name }) => numberedParents(name)),
  );
  const open = targets.filter((each) => !filled.has(each)).flatMap(({ name }) => numberedParents(name));
  const both = new Set(open.filter((parent) => spare.has(parent)));
  return pairs.filter(({ target }) => numberedParents(target.name).some((parent) => both.has(parent)));
}

/** Finds out which array is which entry. */
function pairNames({ arrays }: Source, { targets }: Model): NamePairing {
  const { pairs, copies } = pairByName(arrays, targets);
  const rest = (kept: readonly NamedPair[]): ReturnType<typeof pairByLayer> => {
    const used = new Set(kept.map(({ source }) => source));
    const filled = new Set(kept.map(({ target }) => target));
    return pairByLayer(
      arrays.filter((each) => !used.has(each)),
      targets.filter((each) => !filled.has(each)),
    );
  };
  const plain = rest(pairs);
  const doubtful = new Set(renumbered(pairs, arrays, targets));
  if (doubtful.size > 0) {
    const kept = pairs.filter((pair) => !doubtful.has(pair));
    const other = rest(kept);
    if (kept.length + other.pairs.length > pairs.length + plain.pairs.length) {
      return { byName: kept, byLayer: other.pairs, exchangeable: other.exchangeable, copies };
    }
  }
  return { byName: pairs, byLayer: plain.pairs, exchangeable: plain.exchangeable, copies };
}

/** True iff a name ends in a role as PyTorch has it, or had it. */
const endsAsOwn = ({ target, source }: LayerPair): boolean => {
  const last = segmentsOf(source.name).at(-1)!;
  return source.name.includes(".") && (last === target.role || olderRoles.get(last) === target.role);
};

const byNameOwn = (pair: NamedPair): Pair => ({ target: pair.target, source: pair.source, isOwnName: true });
const byLayerOwn = (pair: LayerPair): Pair => ({ ...pair, isOwnName: endsAsOwn(pair) });

/** What names tell, as findings. */
function nameFindings({ byName, byLayer }: NamePairing): Finding[] {
  const findings: Finding[] = [];
  const say = (
    kind: string,
    parameters: readonly string[],
    text: string,
    evidence: "names" | "shapes",
  ): void => {
    if (parameters.length === 0) return;
    findings.push({ kind, parameters, severity: "conversion", evidence, text, isRepaired: true });
  };
  const prefixes = groupBy(byName, ({ prefix }) => `${prefix.off}|${prefix.on}`);
  for (const pairs of prefixes.values()) {
    const { off, on } = pairs[0]!.prefix;
    const names = pairs.map(({ target }) => target.name);
    if (off !== "" && on === "") {
      const author = prefixAuthor(off.slice(0, -1));
      const by = author === undefined ? "" : ` (${author})`;
      say(
        "prefix",
        names,
        `${pairs.length} names begin with "${off}"${by}; without it they are the model's.`,
        "names",
      );
    } else if (on !== "" && off === "") {
      say("prefix", names, `${pairs.length} names lack the "${on}" with which the model's begin.`, "names");
    } else if (on !== off) {
      say(
        "renamed",
        names,
        `"${off}" in the file is "${on}" in the model: what follows is the same in ${pairs.length} names.`,
        "names",
      );
    }
  }
  const wrapped = byName.filter(({ source, target, prefix, olderRole }) => {
    const plain = prefix.off + target.name.slice(prefix.on.length);
    return olderRole === undefined && source.name.replaceAll("/", ".") !== plain;
  });
  say(
    "prefix",
    wrapped.map(({ target }) => target.name),
    `Wrappers put names in between (${listText(
      wrapped.map(({ source }) => `"${source.name}"`),
      2,
    )}); without them they are the model's.`,
    "names",
  );
  const older = byName.filter(({ olderRole }) => olderRole !== undefined);
  const roles = [...new Set(older.map(({ olderRole, target }) => `${olderRole} is ${target.role}`))];
  say(
    "renamed",
    older.map(({ target }) => target.name),
    `${listText(older.map(({ source }) => source.name))} ${older.length === 1 ? "has an older name" : "have older names"}: ${roles.join(", ")}.`,
    "names",
  );
  const layers = [...new Set(byLayer.map(({ source, target }) => `${source.name} is ${target.name}`))];
  say(
    "renamed",
    byLayer.map(({ target }) => target.name),
    `Other names, told by shapes, words and order: ${listText(layers)}.`,
    "shapes",
  );
  return findings;
}

/** What could be exchanged, as alternatives: a few; more would be every order of layers that are alike. */
function exchanges({ exchangeable, copies }: NamePairing, isTurned: boolean): Alternative[] {
  const swaps = exchangeable.slice(0, 20).map(([a, b]): Alternative => {
    const crossed = [a, b].flatMap((pairs, i) =>
      pairs.flatMap((pair) => {
        const other = [b, a][i]!.find(({ target }) => target.role === pair.target.role);
        return other === undefined ? [] : [{ ...pair, source: other.source }];
      }),
    );
    return {
      kind: "layers swapped",
      text: `${a[0]!.target.path} and ${b[0]!.target.path} have the same shapes, and their names do not tell which is which`,
      rules: fitted(crossed.map(byLayerOwn), isTurned).rules,
    };
  });
  const others = copies.map(
    (pairs): Alternative => ({
      kind: "other copy",
      text: `the arrays whose names begin with "${pairs[0]!.prefix.off}"`,
      rules: fitted(pairs.map(byNameOwn), isTurned).rules,
    }),
  );
  return [...swaps, ...others];
}

function doubtFindings({ exchangeable, copies }: NamePairing): Finding[] {
  const base = {
    severity: "note",
    evidence: "names",
    isRepaired: false,
    settle: "a recorded input and output",
  } as const;
  const findings: Finding[] = [];
  if (exchangeable.length > 0) {
    const pairs = exchangeable.map(([a, b]) => `${a[0]!.target.path} and ${b[0]!.target.path}`);
    const parameters = [
      ...new Set(exchangeable.flatMap((both) => both.flat().map(({ target }) => target.name))),
    ];
    const text = `${listText(pairs)} have the same shapes and names that do not tell: taken in the file's order.`;
    findings.push({ ...base, kind: "order", parameters, text });
  }
  if (copies.length > 0) {
    const prefixes = copies.map((pairs) => `"${pairs[0]!.prefix.off}"`);
    const text = `The file holds the weights ${copies.length + 1} times; those under ${listText(prefixes)} are not taken.`;
    findings.push({
      ...base,
      kind: "other copy",
      parameters: copies[0]!.map(({ target }) => target.name),
      text,
    });
  }
  return findings;
}

/** What lies within other things of a checkpoint. */
function nestingFindings({ origin: { nesting } }: Source, filled: readonly string[]): Finding[] {
  if (nesting.length === 0 || filled.length === 0) return [];
  const text = `The weights lie under ${nesting.map((key) => `"${key}"`).join(", ")} of the file, beside what else a checkpoint holds.`;
  return [
    { kind: "nested", parameters: filled, severity: "conversion", evidence: "names", text, isRepaired: true },
  ];
}

/** Parts of weights that nothing takes: what was loaded without them is not the weight. */
const partProblems = (unused: readonly string[]): string[] =>
  unused
    .filter(isPartOfWeight)
    .map((name) => `"${name}" is a part of what a weight is made from, and it is not known how`);

/**
 * The matching of named arrays.
 * @param isTurned true where arrays whose shape does not tell lie as the others do: programs that compute x @ W
 */
export function matchNamed(source: Source, model: Model, isTurned: boolean): Matching {
  const pairing = pairNames(source, model);
  const pairs = [...pairing.byName.map(byNameOwn), ...pairing.byLayer.map(byLayerOwn)];
  const { rules, findings, alternatives } = fitted(pairs, isTurned);
  const sizes = otherSizes(pairs);
  const filled = new Set(rules.map(({ target }) => target));
  const used = new Set(pairs.map(({ source: { name } }) => name));
  const unused = source.arrays.filter(({ name }) => !used.has(name)).map(({ name }) => name);
  return {
    rules: inOrderOf(model, rules),
    findings: [
      ...nestingFindings(source, [...filled]),
      ...nameFindings(pairing),
      ...findings,
      ...sizes.findings,
      ...doubtFindings(pairing),
      ...missingFindings(source, model, filled),
      ...spareFindings(unused),
    ],
    alternatives: [...alternatives, ...exchanges(pairing, isTurned)],
    missing: missingTargets(model, filled).map(({ name }) => name),
    unused,
    problems: partProblems(unused),
    proposals: [...sizes.proposals, ...missingProposals(model, filled)],
  };
}
