// All numbers in one row, or those of a layer: the length alone says where they are cut.

import { shapeText } from "../../core/words.ts";
import type { Finding } from "../finding.ts";
import type { Alternative, Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { NamedArray, Source } from "../source.ts";
import type { Model, Target } from "../target.ts";
import { listText } from "./fitting.ts";
import { groupBy } from "./groups.ts";
import { missingFindings, missingTargets } from "./left.ts";
import { type LayoutDeclaration, layouts, type OrderDeclaration, orders, selections } from "./orders.ts";

const sizeOf = (targets: readonly Target[]): number =>
  targets.reduce((sum, { tensor }) => sum + tensor.layout.size, 0);

/** Rules that cut entries out of a row, one after another. */
function cut(source: NamedArray, targets: readonly Target[], layout: LayoutDeclaration): Rule[] {
  let start = 0;
  return targets.map((target): Rule => {
    const stop = start + target.tensor.layout.size;
    const { shape, steps } = layout.there(target);
    const reshape = shape.length === 1 ? [] : [{ op: "reshape", shape } as const];
    const ops = [{ op: "slice", axis: 0, start, stop } as const, ...reshape, ...steps];
    start = stop;
    return { target: target.name, from: [{ name: source.name, ops }], kind: "split" };
  });
}

/** An array, and the entries that are in it. */
interface Row {
  readonly source: NamedArray;
  readonly targets: readonly Target[];
}

const rulesOf = (rows: readonly Row[], { order }: OrderDeclaration, layout: LayoutDeclaration): Rule[] =>
  rows.flatMap(({ source, targets }) => cut(source, order(targets), layout));

/** The rules from the first on that is another one: where a row is cut wrongly, so is all behind. */
function fromFirstMoved(rules: readonly Rule[], own: ReadonlyMap<string, string>): Rule[] {
  const inOrder = [...own.keys()].flatMap((name) => rules.find(({ target }) => target === name) ?? []);
  const first = inOrder.findIndex((rule) => own.get(rule.target) !== JSON.stringify(rule.from));
  return first < 0 ? [] : inOrder.slice(first);
}

/** Every other order and layout that has the same length, as alternatives. */
function otherWays(rows: readonly Row[], rules: readonly Rule[]): Alternative[] {
  const own = new Map(rules.map((rule) => [rule.target, JSON.stringify(rule.from)]));
  const seen = new Set<string>();
  return orders.flatMap((order, i) =>
    layouts.flatMap((layout): Alternative[] => {
      const changed = rows.flatMap((row) => fromFirstMoved(rulesOf([row], order, layout), own));
      const key = JSON.stringify(changed.toSorted((a, b) => (a.target < b.target ? -1 : 1)));
      if (changed.length === 0 || seen.has(key)) return [];
      seen.add(key);
      const kind = i === 0 ? "flattened in the other order" : "split at the wrong place";
      const text =
        i === 0 ? layout.name : layout === layouts[0] ? order.name : `${order.name}, ${layout.name}`;
      return [{ kind, text, rules: changed, severity: "conversion" }];
    }),
  );
}

function doubt(alternatives: readonly Alternative[]): Finding[] {
  if (alternatives.length === 0) return [];
  return [
    {
      kind: "layout not told",
      parameters: [...new Set(alternatives.flatMap(({ rules }) => rules.map(({ target }) => target)))],
      severity: "note",
      evidence: "shapes",
      text: `The numbers are cut up in the order of the state dict, rows first. The length is the same for ${alternatives.length} other ways (${listText(alternatives.map(({ text }) => text))}).`,
      isRepaired: false,
      settle: "a recorded input and output, or the program that saved the file",
    },
  ];
}

/** The matching of a row that holds everything. */
export function matchFlat(source: Source, model: Model): Matching {
  const row = source.arrays[0]!;
  const { array } = row;
  const choices = selections.map(({ select }) => select(model.targets));
  const targets = choices.find((each) => sizeOf(each) === array.size);
  if (targets === undefined || array.ndim !== 1) return wrongLength(source, choices);
  return matchRows(source, model, [{ source: row, targets }]);
}

/** The matching of one row a layer. */
function matchRows(source: Source, model: Model, rows: readonly Row[]): Matching {
  const rules = rulesOf(rows, orders[0]!, layouts[0]!);
  const alternatives = otherWays(rows, rules);
  const filled = new Set(rules.map(({ target }) => target));
  return {
    rules,
    findings: [...doubt(alternatives), ...missingFindings(source, model, filled)],
    alternatives,
    missing: missingTargets(model, filled).map(({ name }) => name),
    unused: [],
    problems: [],
  };
}

/** The matching of arrays of which each holds a layer. */
export function matchPerLayer(source: Source, model: Model): Matching {
  for (const { select } of selections) {
    const layers = [...groupBy(select(model.targets), ({ path }) => path).values()];
    const { arrays } = source;
    const fits =
      layers.length === arrays.length &&
      layers.every((targets, i) => sizeOf(targets) === arrays[i]!.array.size);
    if (fits)
      return matchRows(
        source,
        model,
        layers.map((targets, i) => ({ source: arrays[i]!, targets })),
      );
  }
  const layers = [...groupBy(selections[0]!.select(model.targets), ({ path }) => path).values()];
  const problems = layers.flatMap((targets, i) => {
    const { name, array } = source.arrays[i] ?? {};
    const size = sizeOf(targets);
    if (array === undefined || array.size === size) return [];
    return [
      `${targets[0]!.path}: expected ${size} numbers, got ${array.size} of shape ${shapeText(array.shape)} from "${name}"`,
    ];
  });
  return refused(
    problems,
    "other size",
    layers.flat(),
    `The arrays do not hold a layer each: ${problems.join("; ")}.`,
    source,
  );
}

function wrongLength(source: Source, choices: readonly (readonly Target[])[]): Matching {
  const { name, array } = source.arrays[0]!;
  const parameters = choices[0]!;
  const wanted = sizeOf(parameters);
  const lengths = [...new Set(choices.map(sizeOf))].join(" or ");
  const problem = `expected one array of ${lengths} numbers, got ${array.size} of shape ${shapeText(array.shape)} from "${name}"`;
  const parts = listText(parameters.map((target) => `${target.tensor.layout.size} for ${target.name}`));
  if (array.size > wanted || array.ndim !== 1) {
    const text = `"${name}" has ${array.size} numbers where the model takes ${wanted} (${parts}): ${array.size - wanted} are left over, and which ones cannot be known.`;
    const matching = refused([problem], "numbers left over", parameters, text, source);
    if (array.ndim !== 1) return matching;
    const rules = cut(source.arrays[0]!, parameters, layouts[0]!);
    const proposals = [{ kind: "numbers left over", rules, problems: [problem] }];
    const repair =
      'the first numbers, in the order of the state dict (ask for it: allow "numbers left over")';
    return { ...matching, findings: matching.findings.map((each) => ({ ...each, repair })), proposals };
  }
  let start = 0;
  const short = parameters.filter(({ tensor }) => {
    start += tensor.layout.size;
    return start > array.size;
  });
  const text = `"${name}" has ${array.size} numbers where the model needs ${wanted} (${parts}): the last ${wanted - array.size} are cut off.`;
  return refused([problem], "truncated", short, text, source);
}

function refused(
  problems: readonly string[],
  kind: string,
  about: readonly Target[],
  text: string,
  { arrays }: Source,
): Matching {
  const parameters = about.map(({ name }) => name);
  return {
    rules: [],
    findings: [{ kind, parameters, severity: "mistake", evidence: "shapes", text, isRepaired: false }],
    alternatives: [],
    missing: [],
    unused: arrays.map(({ name }) => name),
    problems,
  };
}
