// From pairs of arrays and entries to rules: how each array has to be turned so that it fits, which way where several fit,
// and what is to be said about it.

import { shapeText } from "../../core/words.ts";
import type { Finding, Severity } from "../finding.ts";
import type { Alternative } from "../matching.ts";
import { ruleText } from "../rules/apply.ts";
import type { Rule } from "../rules/rule.ts";
import type { Step } from "../rules/steps.ts";
import type { NamedArray } from "../source.ts";
import type { Target } from "../target.ts";
import { type Fit, fitsOf, isKernel, isMatrix, keepsOrder } from "./fits.ts";

/** An array for an entry. */
export interface Pair {
  readonly target: Target;
  readonly source: NamedArray;
  /** True iff the array's name is one that PyTorch gives: what is turned then was turned by mistake. */
  readonly isOwnName: boolean;
}

/** Rules for pairs, and what is to be said of them. */
export interface Fitting {
  readonly rules: readonly Rule[];
  readonly findings: readonly Finding[];
  readonly alternatives: readonly Alternative[];
}

interface Choice {
  readonly pair: Pair;
  readonly fits: readonly Fit[];
  /** Undefined where nothing fits. */
  readonly fit: Fit | undefined;
}

/** Names in a sentence: the first few, and how many more. */
export function listText(names: readonly string[], most = 4): string {
  if (names.length <= most) {
    return names.length < 2 ? names.join("") : `${names.slice(0, -1).join(", ")} and ${names.at(-1)}`;
  }
  return `${names.slice(0, most - 1).join(", ")} and ${names.length - most + 1} more`;
}

const kindOf = (fit: Fit | undefined): string | undefined => fit?.declaration?.kind;

/** Matrices are told by each other, kernels by each other. */
const sortOf = (target: Target): string =>
  isKernel(target) ? "kernel" : isMatrix(target) ? "matrix" : "other";

/** How many arrays of a sort do not fit as they are, and fit that way. */
function countKinds(
  fitted: readonly { readonly pair: Pair; readonly fits: readonly Fit[] }[],
): Map<string, number> {
  const counts = new Map<string, number>();
  for (const { pair, fits } of fitted) {
    if (fits[0]?.declaration === undefined) continue;
    for (const kind of new Set(fits.map(kindOf))) {
      const key = `${sortOf(pair.target)} ${kind}`;
      counts.set(key, (counts.get(key) ?? 0) + 1);
    }
  }
  return counts;
}

/** The way that an array is turned: as it is where it fits; else the way that most of its sort fit. */
function choose(pairs: readonly Pair[]): Choice[] {
  const fitted = pairs.map((pair) => ({ pair, fits: fitsOf(pair.source.array.shape, pair.target) }));
  const counts = countKinds(fitted);
  return fitted.map(({ pair, fits }) => {
    const [first] = fits;
    if (first === undefined || first.declaration === undefined) return { pair, fits, fit: first };
    const votes = (fit: Fit): number => counts.get(`${sortOf(pair.target)} ${kindOf(fit)}`) ?? 0;
    return { pair, fits, fit: fits.reduce((best, fit) => (votes(fit) > votes(best) ? fit : best)) };
  });
}

const ruleKind = (steps: readonly Step[], isSameName: boolean): string => {
  if (steps.length === 0) return isSameName ? "identity" : "rename";
  return steps.some(({ op }) => op === "transpose") ? "transpose" : "reshape";
};

function ruleOf({ target, source }: Pair, steps: readonly Step[]): Rule {
  const from = steps.length === 0 ? [{ name: source.name }] : [{ name: source.name, ops: steps }];
  return { target: target.name, from, kind: ruleKind(steps, source.name === target.name) };
}

/**
 * Rules for pairs.
 * @param isTurned true where the file's arrays that the shape does not tell of are taken to lie as the others do
 */
export function fitted(pairs: readonly Pair[], isTurned: boolean): Fitting {
  const choices = choose(pairs);
  const turned = isTurned ? choices.map((choice) => withOthers(choice, choices)) : choices;
  const rules = turned.map(({ pair, fit }) => ruleOf(pair, fit?.steps ?? []));
  const unsure = isTurned ? [] : suspicions(turned);
  return {
    rules,
    findings: [...conversions(turned), ...unsure.map(({ finding }) => finding)],
    alternatives: [...unsure.map(({ alternative }) => alternative), ...otherWays(turned)],
  };
}

/** The kind in which arrays of the same sort are turned, where there is such. */
function kindOfOthers({ pair }: Choice, choices: readonly Choice[]): string | undefined {
  const sort = sortOf(pair.target);
  if (sort === "other") return undefined;
  return choices
    .filter((other) => sortOf(other.pair.target) === sort)
    .map(({ fit }) => (fit?.declaration?.isShapeOnly === true ? undefined : kindOf(fit)))
    .find((kind) => kind !== undefined);
}

/** The other way in which an array that fits as it is would lie as its kind do. */
function turnedAs(choice: Choice, choices: readonly Choice[]): Fit | undefined {
  if (choice.fit === undefined || choice.fit.declaration !== undefined) return undefined;
  const kind = kindOfOthers(choice, choices);
  if (kind === undefined) return undefined;
  const { shape } = choice.pair.source.array;
  return choice.fits.find((fit) => kindOf(fit) === kind && !keepsOrder(shape, fit.steps));
}

const withOthers = (choice: Choice, choices: readonly Choice[]): Choice => {
  const fit = turnedAs(choice, choices);
  return fit === undefined ? choice : { ...choice, fit };
};

/** What a kind of turning is called where an array's own name says that it should not be. */
function conversions(choices: readonly Choice[]): Finding[] {
  const kinds = new Map<string, Choice[]>();
  for (const choice of choices) {
    const kind = kindOf(choice.fit);
    if (kind === undefined) continue;
    const key = `${kind} ${choice.pair.isOwnName}`;
    kinds.set(key, [...(kinds.get(key) ?? []), choice]);
  }
  return [...kinds.values()].map((members) => {
    const { pair, fit } = members[0]!;
    const declaration = fit!.declaration!;
    const severity: Severity = pair.isOwnName ? "mistake" : "conversion";
    const names = members.map((member) => member.pair.target.name);
    const examples = members
      .slice(0, 2)
      .map(
        (member) =>
          `${shapeText(member.pair.source.array.shape)} for ${shapeText(member.pair.target.tensor.shape)}`,
      );
    const verb = names.length === 1 ? "is" : "are";
    return {
      kind: declaration.kind,
      parameters: names,
      severity,
      evidence: "shapes",
      text: `${listText(names)} ${verb} saved ${declaration.there}: the file has ${examples.join(", ")}.`,
      repair: ruleText(ruleOf(pair, fit!.steps)),
      isRepaired: true,
    };
  });
}

interface Doubt {
  readonly finding: Finding;
  readonly alternative: Alternative;
}

/** Arrays that fit as they are and would fit turned, beside such that are known to be turned. */
function suspicions(choices: readonly Choice[]): Doubt[] {
  const doubts = new Map<string, { readonly pair: Pair; readonly fit: Fit }[]>();
  for (const choice of choices) {
    const fit = turnedAs(choice, choices);
    if (fit === undefined) continue;
    const kind = kindOf(fit)!;
    doubts.set(kind, [...(doubts.get(kind) ?? []), { pair: choice.pair, fit }]);
  }
  return [...doubts].map(([kind, members]) => {
    const names = members.map(({ pair }) => pair.target.name);
    const there = members[0]!.fit.declaration!.there;
    const text = `${listText(names)} fit either way, so the shape does not tell; what can be told in this file is saved ${there}, and these most likely are too. They are taken as they lie.`;
    const rules = members.map(({ pair, fit }) => ruleOf(pair, fit.steps));
    return {
      finding: {
        kind,
        parameters: names,
        severity: "suspicion",
        evidence: "shapes",
        text,
        repair: ruleText(rules[0]!),
        isRepaired: false,
        settle: "a recorded input and output, or the program that saved the file",
      },
      alternative: { kind, text: `${listText(names)} saved ${there}`, rules },
    };
  });
}

/** Where an array that has to be turned could be turned in several ways, the others. */
function otherWays(choices: readonly Choice[]): Alternative[] {
  return choices.flatMap(({ pair, fits, fit }) => {
    if (fit?.declaration === undefined || fit.declaration.isShapeOnly === true) return [];
    return fits
      .filter((other) => other !== fit && other.declaration?.isShapeOnly !== true)
      .map((other): Alternative => {
        const how = other.declaration === undefined ? "as it should be" : other.declaration.there;
        return {
          kind: other.declaration?.kind ?? kindOf(fit)!,
          text: `${pair.target.name} saved ${how}`,
          rules: [ruleOf(pair, other.steps)],
        };
      });
  });
}
