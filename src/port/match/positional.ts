// Arrays without names: one an entry, in some order.

import { shapeText } from "../../core/words.ts";
import type { Finding } from "../finding.ts";
import type { Alternative, Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { NamedArray, Source } from "../source.ts";
import type { Model, Target } from "../target.ts";
import { assign, impossible } from "./assignment.ts";
import { fitsOf } from "./fits.ts";
import { fitted, type Pair } from "./fitting.ts";
import { missingFindings, missingTargets } from "./left.ts";
import { orders, selections } from "./orders.ts";

/** Which entry each array is, and what that says. */
interface Arranged {
  readonly pairs: readonly Pair[];
  readonly name: string;
  readonly isStateDict: boolean;
  /** Arrays that fit in no way, and those that must be turned. */
  readonly faults: number;
  readonly turns: number;
}

function arranged(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  name: string,
  isStateDict: boolean,
  isTurned: boolean,
): Arranged {
  const pairs = targets.map((target, i): Pair => ({ target, source: arrays[i]!, isOwnName: false }));
  let faults = 0;
  let turns = 0;
  for (const { target, source } of pairs) {
    const [fit] = fitsOf(source.array.shape, target);
    const isReordered = fit?.declaration !== undefined && fit.declaration.isShapeOnly !== true;
    if (fit === undefined || (isReordered && !isTurned)) faults++;
    else if (fit.declaration !== undefined) turns++;
  }
  return { pairs, name, isStateDict, faults, turns };
}

/** Every order in which the arrays could be the entries, the best first. */
function arrangements(arrays: readonly NamedArray[], model: Model, isTurned: boolean): Arranged[] {
  const seen = new Set<string>();
  const found: Arranged[] = [];
  for (const selection of selections) {
    const chosen = selection.select(model.targets);
    if (chosen.length !== arrays.length) continue;
    for (const [i, { name, order }] of orders.entries()) {
      const targets = order(chosen);
      const key = targets.map((target) => target.name).join();
      if (seen.has(key)) continue;
      seen.add(key);
      found.push(arranged(targets, arrays, name, i === 0, isTurned));
    }
    if (found.every(({ faults }) => faults > 0)) {
      const byShape = arrangedByShape(chosen, arrays, isTurned);
      if (byShape !== undefined) found.push(byShape);
    }
  }
  return found.toSorted((a, b) => a.faults - b.faults || a.turns - b.turns);
}

/** Arrays put to the entries that they fit, those that fit several in their order. */
function arrangedByShape(
  targets: readonly Target[],
  arrays: readonly NamedArray[],
  isTurned: boolean,
): Arranged | undefined {
  const columns = assign(targets.length, arrays.length, (row, column) => {
    const [fit] = fitsOf(arrays[column]!.array.shape, targets[row]!);
    if (fit === undefined) return impossible;
    return (fit.declaration === undefined ? 1 : 0.8) - 1e-9 * (row - column) ** 2;
  });
  if (columns.includes(-1)) return undefined;
  const inOrder = columns.map((column) => arrays[column]!);
  return arranged(targets, inOrder, "in another order, told by the shapes", false, isTurned);
}

function orderFinding(best: Arranged, arrays: readonly NamedArray[], model: Model): Finding[] {
  if (best.isStateDict) return [];
  const plain = selections
    .map(({ select }) => select(model.targets))
    .find((targets) => targets.length === arrays.length)!;
  const moved = best.pairs.filter(({ target, source }) => source !== arrays[plain.indexOf(target)]);
  if (moved.length === 0) return [];
  const at = plain.findIndex((target, i) => arrays[i]!.array.shape.join() !== target.tensor.shape.join());
  const [first, given] = [plain[at], arrays[at]];
  const where =
    first === undefined || given === undefined
      ? ""
      : ` In the order of the state dict "${given.name}" should be ${first.name} ${shapeText(first.tensor.shape)} and is ${shapeText(given.array.shape)}.`;
  return [
    {
      kind: "other order",
      parameters: moved.map(({ target }) => target.name),
      // Matrices that are [in, out] too are another library's, and so is the order.
      severity: best.turns > 0 ? "conversion" : "mistake",
      evidence: "shapes",
      text: `The arrays have no names, and their order is: ${best.name}.${where}`,
      isRepaired: true,
    },
  ];
}

/** The other orders that fit as well. */
function otherOrders(best: Arranged, all: readonly Arranged[], isTurned: boolean): Alternative[] {
  const own = new Map(best.pairs.map(({ target, source }) => [target.name, source.name]));
  return all
    .filter((other) => other !== best && other.faults === 0 && other.turns <= best.turns)
    .flatMap((other): Alternative[] => {
      const moved = other.pairs.filter(({ target, source }) => own.get(target.name) !== source.name);
      if (moved.length === 0) return [];
      const rules = fitted(moved, isTurned).rules;
      return [
        {
          kind: "other order",
          text: `the arrays in another order: ${other.name}`,
          rules,
          severity: "conversion",
        },
      ];
    });
}

/** Matrices and kernels that fit turned as well: a list has no names that would say whose order of axes it is. */
function turnedAlternative(best: Arranged, rules: readonly Rule[]): Alternative[] {
  const other = best.pairs.flatMap(({ target, source }): Rule[] => {
    const { shape } = source.array;
    const rule = rules.find((each) => each.target === target.name)!;
    const isTurned = (rule.from[0]?.ops ?? []).some(({ op }) => op === "transpose");
    const fits = fitsOf(shape, target);
    const wanted = isTurned
      ? fits.find(({ declaration }) => declaration === undefined)
      : fits.find(({ declaration }) => declaration?.kind === "transposed" || declaration?.kind === "hwio");
    if (wanted === undefined) return [];
    const from =
      wanted.steps.length === 0 ? [{ name: source.name }] : [{ name: source.name, ops: wanted.steps }];
    return [{ target: target.name, from, kind: wanted.steps.length === 0 ? "identity" : "transpose" }];
  });
  if (other.length === 0) return [];
  const text = "what fits both ways lies the other way, [in, out] for [out, in]";
  return [{ kind: "transposed", text, rules: other, severity: "conversion" }];
}

/** What is said where nothing tells the order of axes. */
function doubt(alternatives: readonly Alternative[]): Finding[] {
  if (alternatives.length === 0) return [];
  const parameters = [...new Set(alternatives.flatMap(({ rules }) => rules.map(({ target }) => target)))];
  return [
    {
      kind: "layout not told",
      parameters,
      severity: "note",
      evidence: "shapes",
      text: `The arrays have no names, and their shapes also fit: ${alternatives.map(({ text }) => text).join("; ")}.`,
      isRepaired: false,
      settle: "a recorded input and output, or the program that saved the file",
    },
  ];
}

/**
 * The matching of arrays in a row.
 * @param isTurned whether matrices may be [in, out]
 */
export function matchPositional(source: Source, model: Model, isTurned: boolean): Matching {
  const { arrays } = source;
  const all = arrangements(arrays, model, isTurned);
  const best = all[0];
  if (best === undefined) return wrongNumber(source, model);
  const { rules, findings, alternatives } = fitted(best.pairs, isTurned);
  const plain = isTurned ? rules : rules.map((rule) => withoutTurn(rule));
  const filled = new Set(plain.map(({ target }) => target));
  const others = [...otherOrders(best, all, isTurned), ...turnedAlternative(best, plain)];
  return {
    rules: plain,
    findings: [
      ...orderFinding(best, arrays, model),
      ...findings,
      ...doubt(others),
      ...missingFindings(source, model, filled),
    ],
    alternatives: [...alternatives, ...others],
    missing: missingTargets(model, filled).map(({ name }) => name),
    unused: [],
    problems: [],
  };
}

/** Where PyTorch's order of axes was asked for, nothing is turned: what does not fit is said. */
function withoutTurn(rule: Rule): Rule {
  const ops = rule.from[0]?.ops ?? [];
  if (!ops.some(({ op }) => op === "transpose")) return rule;
  return { target: rule.target, from: [{ name: rule.from[0]!.name }], kind: "rename" };
}

function wrongNumber({ arrays }: Source, model: Model): Matching {
  const choices = selections.map(({ select }) => select(model.targets));
  const counts = [...new Set(choices.map(({ length }) => length))].join(" or ");
  const given = arrays.map(({ array }) => shapeText(array.shape)).join(", ");
  const wanted = choices[0]!.map(({ tensor }) => shapeText(tensor.shape)).join(", ");
  const problem = `expected ${counts} arrays, got ${arrays.length}: ${given}; the parameters are ${wanted}`;
  const isShort = arrays.length < choices[0]!.length;
  return {
    rules: [],
    findings: [
      {
        kind: isShort ? "missing" : "spare",
        parameters: isShort ? choices[0]!.slice(arrays.length).map(({ name }) => name) : [],
        severity: "mistake",
        evidence: "shapes",
        text: `${problem[0]!.toUpperCase()}${problem.slice(1)}.`,
        isRepaired: false,
      },
    ],
    alternatives: [],
    missing: [],
    unused: arrays.map(({ name }) => name),
    problems: [problem],
  };
}
