// Arrays that hold several parameters one after the other, cut in another order: the bias before the weight, all weights
// before all biases.

import type { Rule } from "../../rules/rule.ts";
import type { Target } from "../../target.ts";
import { type Change, type ChangeFamily, filledTargets } from "../change.ts";
import { grouped } from "../groups.ts";

/** An entry and where in the flat array it is cut from. */
interface Cut {
  readonly target: Target;
  readonly rule: Rule;
  readonly start: number;
  readonly stop: number;
}

function cutOf(target: Target, rule: Rule): Cut | undefined {
  const [part] = rule.from;
  const step = (part?.ops ?? [])[0] ?? rule.ops?.[0];
  if (rule.from.length !== 1 || step?.op !== "slice" || step.axis !== 0) return undefined;
  return { target, rule, start: step.start, stop: step.stop };
}

const isWeight = ({ target }: Cut): boolean => target.tensor.ndim > 1;

/** The orders in which programs lay parameters out, by what they are called. */
const orders: readonly (readonly [way: string, text: string, order: (cuts: readonly Cut[]) => Cut[]])[] = [
  [
    "bias first",
    "each bias stands before its weight",
    (cuts) => {
      const paths = [...new Set(cuts.map(({ target }) => target.path))];
      return paths.flatMap((path) => {
        const own = cuts.filter(({ target }) => target.path === path);
        return [...own.filter((cut) => !isWeight(cut)), ...own.filter(isWeight)];
      });
    },
  ],
  [
    "weight first",
    "each weight stands before its bias",
    (cuts) => {
      const paths = [...new Set(cuts.map(({ target }) => target.path))];
      return paths.flatMap((path) => {
        const own = cuts.filter(({ target }) => target.path === path);
        return [...own.filter(isWeight), ...own.filter((cut) => !isWeight(cut))];
      });
    },
  ],
  [
    "weights, then biases",
    "all weights stand before all biases",
    (cuts) => [...cuts.filter(isWeight), ...cuts.filter((cut) => !isWeight(cut))],
  ],
  [
    "biases, then weights",
    "all biases stand before all weights",
    (cuts) => [...cuts.filter((cut) => !isWeight(cut)), ...cuts.filter(isWeight)],
  ],
  ["last first", "the parameters stand in reverse order", (cuts) => cuts.toReversed()],
];

/** The rule with its slice elsewhere. */
function movedRule({ rule, stop, start }: Cut, to: number): Rule {
  const slice = { op: "slice", axis: 0, start: to, stop: to + stop - start } as const;
  const [part] = rule.from;
  if (part!.ops?.[0]?.op === "slice") {
    return { ...rule, from: [{ ...part!, ops: [slice, ...part!.ops.slice(1)] }] };
  }
  return { ...rule, ops: [slice, ...(rule.ops ?? []).slice(1)] };
}

/** The array cut in an order; undefined where nothing moves. */
function change(cuts: readonly Cut[], [way, text, order]: (typeof orders)[number]): Change | undefined {
  let place = Math.min(...cuts.map(({ start }) => start));
  const rules = order(cuts.toSorted((a, b) => indexOf(a) - indexOf(b))).flatMap((cut) => {
    const to = place;
    place += cut.stop - cut.start;
    return to === cut.start ? [] : [movedRule(cut, to)];
  });
  function indexOf({ target }: Cut): number {
    return cuts.findIndex((cut) => cut.target === target);
  }
  if (rules.length === 0) return undefined;
  return {
    kind: "split at the wrong place",
    way,
    parameters: cuts
      .map(({ target }) => target.name)
      .filter((name) => rules.some(({ target }) => target === name)),
    text: `the flat array is cut in another order: ${text}`,
    repair: `cut the flat array so that ${text}`,
    edits: rules.map((rule) => ({ edit: "rule", rule })),
    settings: [],
  };
}

/** Flat arrays cut in another order. */
export const flatFamily: ChangeFamily = {
  name: "cuts of flat arrays",
  source: "torch.nn.utils.parameters_to_vector (state-dict order); programs of one's own: any other",
  *changes(context) {
    const cuts = filledTargets(context).flatMap(
      (target) => cutOf(target, context.rules.get(target.name)!) ?? [],
    );
    const groups = grouped(cuts, ({ rule }) => rule.from[0]!.name);
    for (const own of groups.values()) {
      if (own.length < 2) continue;
      for (const order of orders) {
        const each = change(own, order);
        if (each !== undefined) yield each;
      }
    }
  },
};
