// A change that could explain recorded outputs: other rules for some parameters, or other settings of modules. As data:
// it can be printed, made together with others, and left out again.

import type { Severity } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Step } from "../rules/steps.ts";
import type { Setting } from "../setting.ts";
import type { Source } from "../source.ts";
import type { Model, Target } from "../target.ts";

/** What a change does to a plan. */
export type Edit =
  /** More is done to an entry, after all that its rule does. */
  | { readonly edit: "steps"; readonly target: string; readonly steps: readonly Step[] }
  /** Two entries are filled with what the other one had. */
  | { readonly edit: "exchange"; readonly targets: readonly [string, string] }
  /** A rule is put in the place of that for the same entry. */
  | { readonly edit: "rule"; readonly rule: Rule };

/** One change: the smallest unit that is made or left out. */
export interface Change {
  /** What kind of mistake it makes good: "transposed", "gate order", "setting". */
  readonly kind: string;
  /** Which way of that kind: those of one kind and way are also tried together. "order i o f g". */
  readonly way: string;
  /** The entries (of a setting: the modules) that it is about. */
  readonly parameters: readonly string[];
  /** What is wrong, if this change makes it good: words that go on from "0.weight: ". */
  readonly text: string;
  /** How it is made good, in words. */
  readonly repair: string;
  readonly edits: readonly Edit[];
  readonly settings: readonly Setting[];
  /** What a finding of it is. Default: a mistake. */
  readonly severity?: Severity;
  /** True iff it is never tried together with others of its kind and way. */
  readonly isAlone?: true;
}

/** What changes are made from. */
export interface ChangeContext {
  readonly source: Source;
  readonly model: Model;
  readonly matching: Matching;
  /** The plan's rules by entry. */
  readonly rules: ReadonlyMap<string, Rule>;
}

/** One kind of mistake, and the changes that would make it good. */
export interface ChangeFamily {
  /** What it is about, in a few words. */
  readonly name: string;
  /** Where it is written down or was met. */
  readonly source: string;
  /** True iff two of its changes may be about the same entry: exchanges follow one another. */
  readonly isRepeatable?: true;
  /** The changes of this kind that fit: each gives every entry the shape that it has. */
  changes(context: ChangeContext): Iterable<Change>;
}

/** A plan's rules with changes made, one after the other. */
export function changedRules(
  rules: ReadonlyMap<string, Rule>,
  changes: readonly Change[],
): ReadonlyMap<string, Rule> {
  const result = new Map(rules);
  for (const { kind, edits } of changes) {
    for (const edit of edits) {
      for (const rule of edited(result, edit, kind)) result.set(rule.target, rule);
    }
  }
  return result;
}

function edited(rules: ReadonlyMap<string, Rule>, edit: Edit, kind: string): Rule[] {
  if (edit.edit === "rule") return [edit.rule];
  if (edit.edit === "steps") {
    const rule = rules.get(edit.target);
    if (rule === undefined) return [];
    const name = rule.kind === "identity" ? kind : `${rule.kind}, ${kind}`;
    return [{ ...rule, ops: [...(rule.ops ?? []), ...edit.steps], kind: name }];
  }
  const [first, second] = edit.targets.map((target) => rules.get(target));
  if (first === undefined || second === undefined) return [];
  return [
    { ...second, target: first.target, kind },
    { ...first, target: second.target, kind },
  ];
}

/** The settings that changes make, the last of those for one field. */
export function changedSettings(changes: readonly Change[]): Setting[] {
  const all = changes.flatMap(({ settings }) => settings);
  return [...new Map(all.map((setting) => [`${setting.path} ${setting.name}`, setting])).values()];
}

/** Entries that changes can be about: filled, and no second name of another. */
export const filledTargets = ({ model, rules }: ChangeContext): Target[] =>
  model.targets.filter(({ name, tiedTo }) => rules.has(name) && tiedTo === undefined);

/** A change of some entries by steps that are done after what their rules do. */
export function stepsChange(
  words: Pick<Change, "kind" | "way" | "text" | "repair">,
  steps: readonly (readonly [target: string, steps: readonly Step[]])[],
): Change {
  return {
    ...words,
    parameters: steps.map(([target]) => target),
    edits: steps.map(([target, each]) => ({ edit: "steps", target, steps: each })),
    settings: [],
  };
}

/** The whole numbers above 1 that a number can be divided by, without itself. */
export const divisorsOf = (value: number): number[] =>
  Array.from({ length: Math.max(0, Math.floor(value / 2) - 1) }, (_, i) => i + 2).filter(
    (each) => value % each === 0,
  );

/** All orders of a list, its own first. */
export function ordersOf<T>(items: readonly T[]): T[][] {
  if (items.length <= 1) return [[...items]];
  return items.flatMap((item, i) => ordersOf(items.toSpliced(i, 1)).map((rest) => [item, ...rest]));
}
