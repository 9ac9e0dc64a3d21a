// Weights as they were before training: biases of exactly zero, and weights spread evenly within the bound of an
// initialisation (Glorot and Bengio 2010; He et al. 2015; LeCun et al. 1998).

import { product } from "../../core/layout.ts";
import type { Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model, Target } from "../target.ts";
import type { Judge } from "./judge.ts";
import { filledValue, isWeight, namesOf } from "./pieces.ts";
import { doublesOf, statisticsOf } from "./statistics.ts";

/** Bounds of the uniform initialisations, from the numbers of inputs and outputs that a weight sums over. */
const bounds: readonly { readonly name: string; bound(fanIn: number, fanOut: number): number }[] = [
  { name: "Glorot", bound: (fanIn, fanOut) => Math.sqrt(6 / (fanIn + fanOut)) },
  { name: "He", bound: (fanIn) => Math.sqrt(6 / fanIn) },
  { name: "LeCun", bound: (fanIn) => Math.sqrt(3 / fanIn) },
  { name: "torch's", bound: (fanIn) => Math.sqrt(1 / fanIn) },
];

/**
 * Kolmogorov's test: sqrt(n) times the largest distance from the uniform distribution is above 1.63 for one of a hundred
 * uniform samples. Of a hundred weights or more the largest lies within a twentieth of the bound in 99.4 of 100 samples.
 */
const critical = 1.63;
const fewest = 100;
const nearBound = 0.95;

/** Name of the initialisation whose bound the weight fills evenly. */
function initialisation(values: Float64Array, shape: readonly number[]): string | undefined {
  const [out = 1, within = 1, ...kernel] = shape;
  const area = product(kernel);
  let largest = 0;
  for (const x of values) if (Math.abs(x) > largest) largest = Math.abs(x);
  const found = bounds.find(({ bound }) => {
    const limit = bound(within * area, out * area);
    return largest <= limit * (1 + 1e-6) && largest >= nearBound * limit;
  });
  if (found === undefined) return undefined;
  const limit = found.bound(within * area, out * area);
  const sorted = Float64Array.from(values).sort();
  let distance = 0;
  sorted.forEach((x, i) => {
    const uniform = (x + limit) / (2 * limit);
    distance = Math.max(distance, uniform - i / sorted.length, (i + 1) / sorted.length - uniform);
  });
  return Math.sqrt(sorted.length) * distance < critical ? found.name : undefined;
}

const isBias = ({ role, isBuffer, tensor }: Target): boolean =>
  !isBuffer && /bias/.test(role) && tensor.ndim === 1;

/** All weights evenly within an initialisation's bound, all biases zero. */
export const untrained: Judge = {
  name: "not trained",
  source: "Glorot and Bengio 2010, He et al. 2015: uniform within sqrt(6 / fan), biases zero",
  judge: (source, model, matching) => {
    const named = initialisations(source, model, matching);
    if (named === undefined) return [];
    return [
      {
        kind: "not trained",
        parameters: namesOf(model.targets.filter(({ isBuffer }) => !isBuffer)),
        severity: "suspicion",
        evidence: "statistics",
        text: `All biases are exactly zero, and the weights are spread evenly within the bound of the ${[...named].join(" and ")} initialisation: these look like the weights before training.`,
        isRepaired: false,
        settle: "a recorded input and output, or a checkpoint that was saved after training",
      },
    ];
  },
};

function initialisations(source: Source, model: Model, matching: Matching): Set<string> | undefined {
  const biases = model.targets.filter(isBias);
  const weights = model.targets.filter(
    (target) => isWeight(target) && target.tiedTo === undefined && target.tensor.numel() >= fewest,
  );
  if (biases.length === 0 || weights.length === 0) return undefined;
  for (const bias of biases) {
    const value = filledValue(source, matching, bias);
    if (value === undefined || statisticsOf(value).zeros !== value.size) return undefined;
  }
  const names = new Set<string>();
  for (const weight of weights) {
    const value = filledValue(source, matching, weight);
    const name = value === undefined ? undefined : initialisation(doublesOf(value), value.shape);
    if (name === undefined) return undefined;
    names.add(name);
  }
  return names;
}
