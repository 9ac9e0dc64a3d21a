// What a proof found, in words.

import type { Finding } from "../finding.ts";
import { groupBy } from "../match/groups.ts";
import type { Model } from "../target.ts";
import type { Comparison } from "../verify.ts";
import type { Candidate } from "./moves.ts";
import { wayOf } from "./smallest.ts";
import type { Hidden } from "./unseen.ts";

const numberText = (value: number): string => (Number.isFinite(value) ? value.toPrecision(2) : "no number");

/** The first few names of a list. */
const listText = (names: readonly string[]): string =>
  names.length > 4 ? `${names.slice(0, 3).join(", ")} and ${names.length - 3} more` : names.join(", ");

/** Names in the order of the state dict; modules in that of their paths. */
export function inOrder(model: Model, names: Iterable<string>): string[] {
  const places = new Map(model.targets.map(({ name }, i) => [name, i]));
  return [...new Set(names)].sort((a, b) => (places.get(a) ?? 0) - (places.get(b) ?? 0));
}

/** What one set of changes says, a line for each kind and way. */
function groupsOf(candidates: readonly Candidate[]): { first: Candidate; parameters: string[] }[] {
  return [...groupBy(candidates, wayOf).values()].map((group) => ({
    first: group[0]!,
    parameters: group.flatMap(({ change }) => change.parameters),
  }));
}

const severally = (group: readonly string[], singular: string): string =>
  group.length > 1 ? `${singular} (each)` : singular;

/** Findings of the changes that were found to be needed. */
export function neededFindings(
  model: Model,
  candidates: readonly Candidate[],
  before: Comparison,
  after: Comparison,
): Finding[] {
  return groupsOf(candidates).map(({ first: { change }, parameters }) => {
    const names = inOrder(model, parameters);
    return {
      kind: change.kind,
      parameters: names,
      severity: change.severity ?? "mistake",
      evidence: "io",
      text: `${listText(names)}: ${change.text}. Outputs differed from the recorded ones by ${numberText(before.absolute)}; with this made good they agree to ${numberText(after.absolute)}.`,
      repair: severally(names, change.repair),
      isRepaired: true,
    };
  });
}

/** A finding of explanations of which one recorded pair does not tell which is right. */
export function ambiguousFinding(
  model: Model,
  chosen: readonly Candidate[],
  others: readonly (readonly Candidate[])[],
): Finding {
  const said = [chosen, ...others].map((each) =>
    groupsOf(each)
      .map(
        ({ first: { change }, parameters }) => `${change.kind} of ${listText(parameters)} (${change.repair})`,
      )
      .join(" and "),
  );
  const names = [chosen, ...others].flat().flatMap(({ change }) => change.parameters);
  return {
    kind: "ambiguous",
    parameters: inOrder(model, names),
    severity: "suspicion",
    evidence: "io",
    text: `Several things explain the outputs equally well: ${said.slice(0, 4).join("; or ")}. The first of them was taken.`,
    isRepaired: false,
    settle: "a recorded output for another input",
  };
}

/** A finding that nothing explains the outputs. */
export function unexplainedFinding(
  before: Comparison,
  tried: number,
  isCut: boolean,
  diverges: string | undefined,
): Finding {
  const where =
    diverges === undefined ? "" : ` The first recorded module whose output differs is ${diverges}.`;
  const search = isCut
    ? `${tried} sets of changes were tried before the time for it was over, and none makes them agree.`
    : `No layout explains it: none of ${tried} sets of changes makes them agree.`;
  return {
    kind: "unexplained",
    parameters: [],
    severity: "mistake",
    evidence: "io",
    text: `The outputs differ from the recorded ones by ${numberText(before.absolute)}. ${search}${where} The weights are other ones, or the model is.`,
    isRepaired: false,
  };
}

/** Notes on what the recorded pair does not show. */
export function hiddenFindings({ partly, untried }: Hidden): Finding[] {
  const notes = partly.map(
    ({ parameter, seen, rows }): Finding => ({
      kind: "partly seen",
      parameters: [parameter],
      severity: "note",
      evidence: "io",
      text: `The recorded outputs depend on ${seen} of the ${rows} rows of ${parameter}; the others are not proved.`,
      isRepaired: false,
    }),
  );
  if (untried === 0) return notes;
  const text = `It would have taken too long to try whether the outputs depend on ${untried} more entries.`;
  return [
    ...notes,
    { kind: "not tried", parameters: [], severity: "note", evidence: "io", text, isRepaired: false },
  ];
}
