// Recurrent layers: biases that show in which order the gates stand, and a bias that was counted twice.

import type { NDArray } from "../../numpy/ndarray.ts";
import type { Matching } from "../matching.ts";
import { isSameBits } from "../rules/steps.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import type { Judge, Judged } from "./judge.ts";
import { filledValue } from "./pieces.ts";
import { doublesOf, statisticsOf } from "./statistics.ts";

/** The two biases of a layer and a direction ("_l0", "_l0_reverse", "" of a cell), where both are filled. */
function* biasPairs(source: Source, model: Model, matching: Matching) {
  for (const layer of model.layers) {
    if (!/^(LSTM|GRU|RNN)(Cell)?$/.test(layer.type)) continue;
    for (const [role, input] of layer.entries) {
      if (!role.startsWith("bias_ih")) continue;
      const hidden = layer.entries.get(role.replace("bias_ih", "bias_hh"));
      if (hidden === undefined) continue;
      const [ih, hh] = [input, hidden].map((target) => filledValue(source, matching, target));
      if (ih !== undefined && hh !== undefined) yield { layer, suffix: role.slice(7), input, hidden, ih, hh };
    }
  }
}

/** The one bias of another library, copied into both of torch's. */
export const biasTwice: Judge = {
  name: "bias counted twice",
  source:
    "torch.nn.LSTM adds bias_ih and bias_hh; training moves both alike, but they begin at different random numbers",
  judge: (source, model, matching) =>
    [...biasPairs(source, model, matching)].flatMap(({ layer, input, hidden, ih, hh }): Judged[] => {
      const { min, max } = statisticsOf(ih);
      if (min === max || ih.size < 4 || !isSameBits(ih, hh)) return [];
      return [
        {
          kind: "bias counted twice",
          parameters: [input.name, hidden.name],
          severity: "suspicion",
          evidence: "values",
          text: `${input.name} and ${hidden.name} are bit for bit the same, which training does not give: ${layer.type} adds the two, so that a single bias that was copied into both counts twice.`,
          repair: `fill ${hidden.name} with zeros`,
          isRepaired: false,
          settle: "a recorded input and output",
        },
      ];
    }),
};

/** Layers with gates: how many blocks there are, and which is the candidate (`g` or `n`), in torch's order. */
const gated: readonly { readonly type: RegExp; readonly blocks: number; readonly candidate: number }[] = [
  { type: /^LSTM/, blocks: 4, candidate: 2 },
  { type: /^GRU/, blocks: 3, candidate: 2 },
];

/**
 * The candidate of a unit goes through tanh, which is odd: a net whose unit has the candidate's row and all that reads the
 * unit negated is the same net. Initial weights are as likely as their negatives, and gradient steps keep that: so the
 * biases of the candidate have signs that are independent fair coins, and by Hoeffding's inequality the sum of n of them
 * is beyond t with a probability of at most 2 exp(-t^2 / (2 sum of squares)); how many are positive is binomial. A gate has
 * no such symmetry, and the forget gate's bias begins at 1 in Keras and in many torch programs (Jozefowicz et al. 2015).
 */
const leastLikely = 1e-3;
/** What another block must reach to stand as the candidate. */
const fairest = 0.05;

interface Block {
  readonly mean: number;
  /** A bound on the probability of such a mean or of so many of one sign, were the signs fair coins. */
  readonly likely: number;
}

/** The blocks of the sum of both biases. */
function blocksOf(ih: NDArray, hh: NDArray, count: number): Block[] {
  const [a, b] = [doublesOf(ih), doublesOf(hh)];
  const size = a.length / count;
  return Array.from({ length: count }, (_, block) => {
    let [sum, squares, positive] = [0, 0, 0];
    for (let i = block * size; i < (block + 1) * size; i++) {
      const value = a[i]! + b[i]!;
      sum += value;
      squares += value * value;
      if (value > 0) positive++;
    }
    if (squares === 0) return { mean: 0, likely: 1 };
    const bySum = 2 * Math.exp(-(sum * sum) / (2 * squares));
    return { mean: sum / size, likely: Math.min(1, 2 * Math.min(bySum, coins(size, positive))) };
  });
}

/** The probability that fair coins fall at least as unevenly. */
function coins(count: number, heads: number): number {
  const fewer = Math.min(heads, count - heads);
  let [chance, total] = [2 ** -count, 0];
  for (let i = 0; i <= fewer; i++) {
    total += chance;
    chance *= (count - i) / (i + 1);
  }
  // 2^-n is 0 for a thousand coins and more: then the bound on the sum decides.
  return count > 1000 ? 1 : Math.min(1, 2 * total);
}

/** Biases that lean to one side where the candidate should stand. */
export const gateOrder: Judge = {
  name: "gate order",
  source:
    "torch.nn.LSTM: input, forget, cell, output; torch.nn.GRU: reset, update, new; the symmetry of tanh",
  judge: (source, model, matching) =>
    [...biasPairs(source, model, matching)].flatMap(({ layer, suffix, input, ih, hh }): Judged[] => {
      const form = gated.find(({ type }) => type.test(layer.type));
      if (form === undefined || ih.size % form.blocks !== 0) return [];
      const blocks = blocksOf(ih, hh, form.blocks);
      const { mean, likely } = blocks[form.candidate]!;
      const chances = blocks.map((block) => block.likely);
      const other = chances.indexOf(Math.max(...chances));
      if (likely >= leastLikely || mean < 0 || chances[other]! < fairest) return [];
      const list = blocks.map((block) => block.mean.toFixed(2)).join(", ");
      const parameters = ["weight_ih", "weight_hh", "bias_ih", "bias_hh"].flatMap(
        (role) => layer.entries.get(role + suffix)?.name ?? [],
      );
      return [
        {
          kind: "gate order",
          parameters,
          severity: "suspicion",
          evidence: "statistics",
          text: `The ${form.blocks} blocks of the biases of ${input.name.slice(0, -input.role.length)}${layer.type}${suffix} have the means ${list}. The third should be the candidate, whose biases are as often negative as positive; these are not (chance below ${likely.toExponential(0)}), and those of block ${other + 1} are. The gates may be in another library's order (torch: i f g o and r z n; ONNX: i o f g and z r n; TensorFlow 1: i g f o).`,
          isRepaired: false,
          settle: "a recorded input and output",
        },
      ];
    }),
};
