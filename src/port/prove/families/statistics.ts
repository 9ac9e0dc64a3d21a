// Running variances that are something else: a standard deviation, or its inverse.

import type { PyFloat } from "../../../core/python.ts";
import { type Change, type ChangeFamily, filledTargets, stepsChange } from "../change.ts";

/** Normalisation by running statistics that hold standard deviations. */
export const deviationFamily: ChangeFamily = {
  name: "standard deviation for variance",
  source: "programs that save sqrt(var + eps), with which they divide",
  *changes(context): Iterable<Change> {
    for (const { name, role, module } of filledTargets(context)) {
      if (role !== "running_var") continue;
      const { eps } = module as unknown as { readonly eps?: number | PyFloat };
      const words = {
        kind: "standard deviation for variance",
        text: "it holds standard deviations, where the model reads variances",
      };
      if (eps !== undefined) {
        const repair = `square it and take off eps, ${eps}`;
        yield stepsChange({ ...words, way: "with eps", repair }, [
          [name, [{ op: "mul_self" }, { op: "add", value: -Number(eps) }]],
        ]);
      }
      yield stepsChange({ ...words, way: "squared", repair: "square it" }, [[name, [{ op: "mul_self" }]]]);
    }
  },
};
