// Running statistics of BatchNorm: what no variance can be.

import type { Matching } from "../matching.ts";
import type { Rule } from "../rules/rule.ts";
import type { Source } from "../source.ts";
import type { Layer, Model } from "../target.ts";
import type { Judge, Judged } from "./judge.ts";
import { filledValue } from "./pieces.ts";
import { statisticsOf } from "./statistics.ts";

/** Layers with running statistics that are filled. */
function* batchNorms(source: Source, model: Model, matching: Matching) {
  for (const layer of model.layers) {
    const [mean, variance] = [layer.entries.get("running_mean"), layer.entries.get("running_var")];
    if (mean === undefined || variance === undefined) continue;
    const [means, variances] = [mean, variance].map((target) => filledValue(source, matching, target));
    if (means !== undefined && variances !== undefined) yield { layer, mean, variance, means, variances };
  }
}

/** The rules of the two, each with what the other is made from. */
function exchanged(matching: Matching, a: string, b: string): Rule[] {
  const [first, second] = [a, b].map((name) => matching.rules.find(({ target }) => target === name)!);
  return [
    { ...second!, target: a, kind: "exchange" },
    { ...first!, target: b, kind: "exchange" },
  ];
}

const pathText = ({ path }: Layer): string => (path === "" ? "the norm" : path);

/** A variance below zero. */
export const impossibleVariance: Judge = {
  name: "mean and variance swapped",
  source: "a mean of squares is not negative",
  judge: (source, model, matching) =>
    [...batchNorms(source, model, matching)].flatMap(
      ({ layer, mean, variance, means, variances }): Judged[] => {
        const [lowest, lowestMean] = [statisticsOf(variances).min, statisticsOf(means).min];
        if (lowest >= 0) return [];
        const evidence = { severity: "mistake", evidence: "values" } as const;
        if (lowestMean >= 0) {
          return [
            {
              ...evidence,
              kind: "mean and variance swapped",
              parameters: [mean.name, variance.name],
              text: `${variance.name} has negative numbers (down to ${lowest.toPrecision(3)}), which no variance has, and ${mean.name} has none: running_mean and running_var of ${pathText(layer)} are exchanged.`,
              repair: "exchange the two",
              isRepaired: true,
              rules: exchanged(matching, mean.name, variance.name),
            },
          ];
        }
        return [
          {
            ...evidence,
            kind: "negative variance",
            parameters: [variance.name],
            text: `${variance.name} has negative numbers (down to ${lowest.toPrecision(3)}), which no variance has; ${mean.name} has some too, so they are not just exchanged. The values are something else, or damaged.`,
            isRepaired: false,
          },
        ];
      },
    ),
};
