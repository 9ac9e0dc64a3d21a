// Arrays of another size than their entry: a padded vocabulary, the head of another task, numbers cut off.

import { shapeText } from "../../core/words.ts";
import type { Finding } from "../finding.ts";
import type { Proposal } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import { fitsOf } from "./fits.ts";
import { listText, type Pair } from "./fitting.ts";

/** What is the matter with a size, and how it is told. */
interface SizeDeclaration {
  readonly kind: string;
  applies(pair: Pair): boolean;
  text(names: string, example: string): string;
  /** What would make it fit, where something would. It loses numbers, so it is only proposed. */
  repair?(pair: Pair): Rule;
}

/** True iff only the first axis is longer than it should be. */
function hasSpareRows({ source, target }: Pair): boolean {
  const [given, wanted] = [source.array.shape, target.tensor.shape];
  return (
    given.length === wanted.length &&
    given.length > 0 &&
    given[0]! > wanted[0]! &&
    given.slice(1).every((length, axis) => length === wanted[axis + 1])
  );
}

const sizes: readonly SizeDeclaration[] = [
  {
    kind: "padded",
    applies: (pair) =>
      hasSpareRows(pair) && pair.source.array.at(`${pair.target.tensor.shape[0]!}:`).any().item() === false,
    text: (names, example) =>
      `${names}: ${example}, and the rows too many are zeros: a padded vocabulary. Cutting them off is most likely right; it has to be asked for.`,
    repair: ({ target, source }) => ({
      target: target.name,
      from: [{ name: source.name, ops: [{ op: "slice", axis: 0, start: 0, stop: target.tensor.shape[0]! }] }],
      kind: "cut",
      why: "the rows cut off are zeros",
    }),
  },
  {
    kind: "other size",
    applies: () => true,
    text: (names, example) =>
      `${names}: ${example}. No order of the axes makes it fit: it belongs to a model of another size, as another head does.`,
  },
];

/** Arrays that fit in no way: one finding a kind, with the rules that would make them fit. */
export function otherSizes(pairs: readonly Pair[]): { findings: Finding[]; proposals: Proposal[] } {
  const kinds = new Map<SizeDeclaration, Pair[]>();
  for (const pair of pairs) {
    if (fitsOf(pair.source.array.shape, pair.target).length > 0) continue;
    const size = sizes.find((each) => each.applies(pair))!;
    kinds.set(size, [...(kinds.get(size) ?? []), pair]);
  }
  const findings = [...kinds].map(([{ kind, text, repair }, members]): Finding => {
    const names = members.map(({ target }) => target.name);
    const { source, target } = members[0]!;
    const example = `${shapeText(source.array.shape)} for ${shapeText(target.tensor.shape)}`;
    return {
      kind,
      parameters: names,
      severity: "mistake",
      evidence: "shapes",
      text: text(listText(names), example),
      ...(repair === undefined ? {} : { repair: 'cut the spare rows off (ask for it: allow "padded")' }),
      isRepaired: false,
    };
  });
  const proposals = [...kinds].flatMap(([{ kind, repair }, members]): Proposal[] =>
    repair === undefined ? [] : [{ kind, rules: members.map(repair) }],
  );
  return { findings, proposals };
}
