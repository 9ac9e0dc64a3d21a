// Arrays under the very names of the model's state dict, as PyTorch saves them.

import type { Matcher } from "../matching.ts";
import { identityRule } from "../rules/rule.ts";
import { isHarmless } from "./harmless.ts";

/** The names are the model's own. */
export const exactMatcher: Matcher = {
  name: "torch",
  title: "PyTorch",
  source: "torch.nn.Module.state_dict",
  recognise: ({ arrays, arrangement }, { byName }) => {
    if (arrangement !== "named") return { confidence: 0.1, reasons: ["nothing speaks for another library"] };
    const known = arrays.filter(({ name }) => byName.has(name)).length;
    return {
      confidence: arrays.length === 0 ? 0 : known / arrays.length,
      reasons: [`${known} of ${arrays.length} names are the model's`],
    };
  },
  match: ({ arrays }, { targets, byName }) => {
    const names = new Set(arrays.map(({ name }) => name));
    const filled = targets.filter(({ name }) => names.has(name));
    return {
      rules: filled.map(({ name }) => identityRule(name, name)),
      findings: [],
      alternatives: [],
      missing: targets
        .filter((target) => !names.has(target.name) && !isHarmless(target, names))
        .map(({ name }) => name),
      unused: arrays.filter(({ name }) => !byName.has(name)).map(({ name }) => name),
      problems: [],
    };
  },
};
