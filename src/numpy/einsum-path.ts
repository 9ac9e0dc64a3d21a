// `numpy.einsum_path`: in which order the products of an `einsum` are formed. The greedy way takes what shrinks most,
// the optimal way tries all pairs.

import { isOptions } from "../core/arguments.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import { formatExponent, formatFixed, pythonRepr } from "../core/text.ts";
import { type EinsumLabels, einsumInput, einsumLabels, type Optimize } from "./einsum.ts";
import type { NDArray } from "./ndarray.ts";
import type { ArrayLike } from "./types.ts";

/** Places of the operands that are joined in one step; the result goes to the end. */
export type Contraction = readonly number[];

type Labels = ReadonlySet<string>;
type Sizes = ReadonlyMap<string, number>;

function sizeOf(labels: Iterable<string>, sizes: Sizes): number {
  return product(Array.from(labels, (label) => sizes.get(label)!));
}

/** What becomes of a list of operands when some are joined. */
interface Joined {
  readonly result: Labels;
  readonly remaining: readonly Labels[];
  readonly removed: Labels;
  readonly all: Labels;
}

function join(places: Contraction, inputs: readonly Labels[], output: Labels): Joined {
  const all = new Set(places.flatMap((place) => [...inputs[place]!]));
  const others = inputs.filter((_, i) => !places.includes(i));
  const kept = new Set([...output, ...others.flatMap((each) => [...each])]);
  const result = new Set([...all].filter((label) => kept.has(label)));
  const removed = new Set([...all].filter((label) => !result.has(label)));
  return { result, remaining: [...others, result], removed, all };
}

/** Multiplications and additions of one step. */
function cost(all: Labels, hasSum: boolean, count: number, sizes: Sizes): number {
  return sizeOf(all, sizes) * (Math.max(1, count - 1) + Number(hasSum));
}

function pairsOf(count: number): [number, number][] {
  return Array.from({ length: count }, (_, i) => i).flatMap((i) =>
    Array.from({ length: count - i - 1 }, (_, k): [number, number] => [i, i + 1 + k]),
  );
}

function whole(count: number): Contraction {
  return Array.from({ length: count }, (_, i) => i);
}

interface Plan {
  readonly cost: number;
  readonly path: readonly Contraction[];
  readonly remaining: readonly Labels[];
}

function cheapest(plans: readonly Plan[]): Plan {
  return plans.reduce((best, plan) => (plan.cost < best.cost ? plan : best));
}

function optimalPath(inputs: readonly Labels[], output: Labels, sizes: Sizes, limit: number): Contraction[] {
  let plans: Plan[] = [{ cost: 0, path: [], remaining: inputs }];
  for (let step = 0; step < inputs.length - 1; step++) {
    const next: Plan[] = [];
    for (const plan of plans) {
      for (const pair of pairsOf(inputs.length - step)) {
        const joined = join(pair, plan.remaining, output);
        if (sizeOf(joined.result, sizes) > limit) continue;
        next.push({
          cost: plan.cost + cost(joined.all, joined.removed.size > 0, 2, sizes),
          path: [...plan.path, pair],
          remaining: joined.remaining,
        });
      }
    }
    if (next.length === 0) return [...cheapest(plans).path, whole(inputs.length - step)];
    plans = next;
  }
  return [...cheapest(plans).path];
}

/** A pair that may be joined next: by how much it shrinks, what it costs. */
interface Candidate {
  readonly shrinks: number;
  readonly cost: number;
  readonly pair: readonly [number, number];
  readonly joined: Joined;
}

function greedyPath(inputs: readonly Labels[], output: Labels, sizes: Sizes, limit: number): Contraction[] {
  if (inputs.length <= 2) return [whole(inputs.length)];
  const everything = join(whole(inputs.length), inputs, output);
  const naive = cost(everything.all, everything.removed.size > 0, inputs.length, sizes);
  const path: Contraction[] = [];
  let spent = 0;
  let list = inputs;
  const candidate = (pair: readonly [number, number]): Candidate[] => {
    const joined = join(pair, list, output);
    const size = sizeOf(joined.result, sizes);
    if (size > limit) return [];
    const own = cost(joined.all, joined.removed.size > 0, 2, sizes);
    if (spent + own > naive) return [];
    const before = pair.reduce((sum, place) => sum + sizeOf(list[place]!, sizes), 0);
    return [{ shrinks: before - size, cost: own, pair, joined }];
  };
  while (list.length > 1) {
    const pairs = pairsOf(list.length);
    const touching = pairs.filter(([i, j]) => [...list[i]!].some((label) => list[j]!.has(label)));
    let found = touching.flatMap(candidate);
    if (found.length === 0) found = pairs.flatMap(candidate);
    if (found.length === 0) {
      path.push(whole(list.length));
      break;
    }
    const best = found.reduce((a, b) =>
      b.shrinks > a.shrinks || (b.shrinks === a.shrinks && b.cost < a.cost) ? b : a,
    );
    path.push(best.pair);
    spent += best.cost;
    list = best.joined.remaining;
  }
  return path;
}

/** The length of every label. @throws ValueError where two operands disagree */
function sizesOf({ inputs }: EinsumLabels, operands: readonly NDArray[]): Map<string, number> {
  const sizes = new Map<string, number>();
  inputs.forEach((labels, operand) => {
    labels.forEach((label, axis) => {
      const length = operands[operand]!.shape[axis]!;
      const known = sizes.get(label) ?? 1;
      if (known !== 1 && length !== 1 && length !== known) {
        throw new ValueError(
          `Size of label '${label}' for operand ${operand} (${known}) does not match previous terms (${length}).`,
        );
      }
      sizes.set(label, known === 1 ? length : known);
    });
  });
  return sizes;
}

/** The steps in which the operands are joined. @throws TypeError, ValueError for a way that there is not */
export function contractionOrder(
  labels: EinsumLabels,
  operands: readonly NDArray[],
  optimize: Optimize,
): readonly Contraction[] {
  const inputs = labels.inputs.map((each) => new Set(each));
  const output = new Set(labels.output);
  const all = new Set(labels.inputs.flat());
  const count = inputs.length;
  if (Array.isArray(optimize) && optimize[0] === "einsum_path") {
    return optimize.slice(1) as readonly Contraction[];
  }
  const [way, limit] = Array.isArray(optimize)
    ? (optimize as unknown as [string, number])
    : [optimize, undefined];
  if (way === false || count <= 2 || [...all].every((label) => output.has(label))) return [whole(count)];
  const sizes = sizesOf(labels, operands);
  const most = Math.max(...[...inputs, output].map((each) => sizeOf(each, sizes)));
  if (way === true || way === "greedy") return greedyPath(inputs, output, sizes, limit ?? most);
  if (way === "optimal") return optimalPath(inputs, output, sizes, limit ?? most);
  throw new PythonTypeError(`Did not understand the path: ${pythonRepr(optimize)}`);
}

/**
 * The order in which `einsum` would form its products, to be given as its `optimize`, and an account of what it saves
 * (`numpy.einsum_path`).
 */
export function einsumPath(
  ...args: readonly (string | ArrayLike | readonly (number | "...")[] | { readonly optimize?: Optimize })[]
): [path: ["einsum_path", ...Contraction[]], account: string] {
  const last = args.at(-1);
  const { optimize = "greedy" } = isOptions(last) ? (last as { readonly optimize?: Optimize }) : {};
  const input = einsumInput(isOptions(last) ? args.slice(0, -1) : args);
  const labels = einsumLabels(input);
  const path = contractionOrder(labels, input.operands, optimize);
  return [["einsum_path", ...path], account(labels, sizesOf(labels, input.operands), path)];
}

function account({ inputs, output }: EinsumLabels, sizes: Sizes, path: readonly Contraction[]): string {
  const all = new Set(inputs.flat());
  const terms = inputs.map((each) => each.join(""));
  const result = output.join("");
  const hasSum = inputs.reduce((sum, each) => sum + new Set(each).size, 0) > all.size;
  const naive = cost(all, hasSum, inputs.length, sizes);
  let sets: readonly Labels[] = inputs.map((each) => new Set(each));
  const list = [...terms];
  let [spent, scaling, largest] = [1, 0, 1];
  const steps = path.map((places, step) => {
    const joined = join(places, sets, new Set(output));
    sets = joined.remaining;
    const taken = [...places].sort((a, b) => b - a).map((place) => list.splice(place, 1)[0]!);
    const made =
      step === path.length - 1
        ? result
        : [...joined.result].sort((a, b) => sizes.get(a)! - sizes.get(b)! || (a < b ? -1 : 1)).join("");
    list.push(made);
    spent += cost(joined.all, joined.removed.size > 0, places.length, sizes);
    scaling = Math.max(scaling, joined.all.size);
    largest = Math.max(largest, sizeOf(joined.result, sizes));
    const text = `${taken.join(",")}->${made}`;
    return `${String(joined.all.size).padStart(4)}    ${text.padStart(24)} ${`${list.join(",")}->${result}`.padStart(40)}`;
  });
  return [
    `  Complete contraction:  ${terms.join(",")}->${result}`,
    `         Naive scaling:  ${all.size}`,
    `     Optimized scaling:  ${scaling}`,
    `      Naive FLOP count:  ${formatExponent(naive, 3)}`,
    `  Optimized FLOP count:  ${formatExponent(spent, 3)}`,
    `   Theoretical speedup:  ${formatFixed(naive / spent, 3)}`,
    `  Largest intermediate:  ${formatExponent(largest, 3)} elements`,
    "-".repeat(74),
    `${"scaling".padStart(6)} ${"current".padStart(24)} ${"remaining".padStart(40)}`,
    "-".repeat(74),
    ...steps,
  ].join("\n");
}
