// Weights that are saved as what they are made from: a size and a direction (torch.nn.utils.weight_norm under its older
// names, torch.nn.utils.parametrizations.weight_norm under its own).

import type { NDArray } from "../../../numpy/ndarray.ts";
import type { Finding } from "../../finding.ts";
import { applyRule } from "../../rules/apply.ts";
import type { Rule } from "../../rules/rule.ts";
import type { NamedArray } from "../../source.ts";

/** A weight that is made from arrays of the file. */
export interface MadeWeight {
  /** The name that it would have by itself. */
  readonly name: string;
  /** How it is made; the target is that name. */
  readonly rule: Rule;
  readonly array: NDArray;
  /** What its parts are called: "weight_g and weight_v". */
  readonly parts: string;
}

/** Endings of the size, and of the direction and the weight in its place. */
const endings: readonly (readonly [size: RegExp, direction: string, weight: string])[] = [
  [/^(.*?)([a-z]+)_g$/, "$1$2_v", "$1$2"],
  [/^(.*?)parametrizations\.([a-z]+)\.original0$/, "$1parametrizations.$2.original1", "$1$2"],
];

/** The axis that a size keeps; undefined where it is no size of the direction. */
function keptAxis(size: readonly number[], direction: readonly number[]): number | undefined {
  if (size.length !== direction.length) return undefined;
  const kept = size.flatMap((length, axis) => (length === 1 ? [] : [axis]));
  if (kept.length > 1 || kept.some((axis) => size[axis] !== direction[axis])) return undefined;
  return kept[0] ?? 0;
}

/** The weights that a file holds in parts. */
export function madeWeights(arrays: readonly NamedArray[]): MadeWeight[] {
  const byName = new Map(arrays.map(({ name, array }) => [name, array]));
  return arrays.flatMap(({ name, array }): MadeWeight[] => {
    const ending = endings.find(([size]) => size.test(name));
    if (ending === undefined) return [];
    const [direction, weight] = [ending[1], ending[2]].map((text) => name.replace(ending[0], text));
    const whole = byName.get(direction!);
    const dim = whole === undefined ? undefined : keptAxis(array.shape, whole.shape);
    if (dim === undefined || byName.has(weight!)) return [];
    const rule: Rule = {
      target: weight!,
      from: [{ name }, { name: direction! }],
      combine: { op: "weight_norm", dim },
      kind: "parametrised",
      why: "a size and a direction: g v / |v|",
    };
    const own = name.slice(commonStart(name, direction!));
    const parts = `${name.slice(commonStart(name, weight!)) || own} and ${direction!.slice(commonStart(name, weight!))}`;
    return [{ name: weight!, rule, array: applyRule(rule, (each) => byName.get(each)), parts }];
  });
}

/** How much of two names is the same, in whole segments. */
function commonStart(a: string, b: string): number {
  let length = 0;
  while (length < a.length && a[length] === b[length]) length++;
  return a.lastIndexOf(".", length - 1) + 1;
}

/** What is said of them. */
export function madeFindings(made: readonly MadeWeight[], targetOf: ReadonlyMap<string, string>): Finding[] {
  const used = made.filter(({ name }) => targetOf.has(name));
  if (used.length === 0) return [];
  return [
    {
      kind: "parametrised",
      parameters: used.map(({ name }) => targetOf.get(name)!),
      severity: "conversion",
      evidence: "names",
      text: `The weights are stored as a size g and a direction v (${used[0]!.parts}): weight = g v / |v|, the norm over all axes but one.`,
      repair: "make them from their parts",
      isRepaired: true,
    },
  ];
}
