// Two names of one tensor for which a file has different numbers: the last one loaded counts, and it may be the wrong one.

import type { Change, ChangeFamily } from "../change.ts";

/** The first name's array for all names of the tensor. */
export const tiedFamily: ChangeFamily = {
  name: "tied parameters",
  source: "torch.nn.Module.load_state_dict copies entry by entry",
  *changes({ model, rules }): Iterable<Change> {
    for (const { name, tiedTo } of model.targets) {
      const first = tiedTo === undefined ? undefined : rules.get(tiedTo);
      if (first === undefined || !rules.has(name)) continue;
      yield {
        kind: "tied",
        way: "first",
        parameters: [name],
        text: `it is one tensor with ${tiedTo}, and the source has other numbers for it`,
        repair: `fill both with what ${tiedTo} has`,
        edits: [{ edit: "rule", rule: { ...first, target: name } }],
        settings: [],
      };
    }
  },
};
