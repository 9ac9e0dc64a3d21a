// scikit-learn's estimators: `coefs_` and `intercepts_` of multi-layer perceptrons are lists with an item a layer, [in, out];
// `coef_` of linear models is [classes, in] (scikit-learn.org: MLPClassifier, LogisticRegression, LinearRegression).

import type { Matcher, Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { unitArray } from "./layers/arrays.ts";
import { denseRule } from "./layers/dense.ts";
import { matchLayers } from "./layers/matching.ts";
import { linearModelRule } from "./layers/others.ts";
import type { SourceUnit, UnitArray } from "./layers/unit.ts";

/** "coefs_/0", "coefs_0", "mlp/intercepts_1", "coef_". */
const attribute = /^(?:.*[./])?(coefs?|intercepts?)_(?:[./_]?(\d+))?$/;

function unitsOf({ arrays }: Source): SourceUnit[] {
  const layers = new Map<string, Map<string, UnitArray>>();
  for (const { name, array } of arrays) {
    const [, what, layer = ""] = attribute.exec(name) ?? [];
    if (what === undefined) continue;
    const own = layers.get(layer) ?? new Map<string, UnitArray>();
    const role = what.startsWith("coef") ? (what === "coefs" ? "kernel" : "coef") : "bias";
    own.set(role, unitArray(name, array));
    layers.set(layer, own);
  }
  return [...layers]
    .toSorted(([a], [b]) => Number(a) - Number(b))
    .map(([layer, own]) => ({
      path: `layer ${layer}`,
      className: own.has("coef") ? "LinearModel" : "Dense",
      arrays: own,
    }));
}

/** scikit-learn. */
export const sklearnMatcher: Matcher = {
  name: "sklearn",
  title: "scikit-learn",
  source: "sklearn.neural_network.MLPClassifier.coefs_, sklearn.linear_model.LogisticRegression.coef_",
  recognise: ({ arrays, arrangement }) => {
    const known = arrays.filter(({ name }) => attribute.test(name)).length;
    if (arrangement !== "named" || known === 0) return undefined;
    return {
      confidence: (0.95 * known) / arrays.length,
      reasons: ["the names are attributes of scikit-learn's estimators"],
    };
  },
  match: (source: Source, model: Model): Matching =>
    matchLayers(source, model, unitsOf(source), {
      title: "scikit-learn",
      rules: [denseRule, linearModelRule],
      ignored: new Set(),
    }).matching,
};
