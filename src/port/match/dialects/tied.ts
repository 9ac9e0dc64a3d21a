// Output layers that share the embedding of their tokens: files leave them out, and the library ties them when it loads.

import type { Rule } from "../../rules/rule.ts";
import type { Model } from "../../target.ts";
import { readName } from "./parts.ts";

/** Rules for missing output layers that have the shape of the embedding. */
export function tiedRules(model: Model, rules: readonly Rule[], missing: readonly string[]): Rule[] {
  const embedding = rules.find(({ target }) => {
    const read = readName(target);
    return read?.part === "embed.tokens" && read.scope === "";
  });
  if (embedding === undefined) return [];
  const shape = model.byName.get(embedding.target)!.tensor.shape.join();
  return missing
    .filter((name) => {
      const read = readName(name);
      return (
        read?.part === "head" &&
        read.role === "weight" &&
        model.byName.get(name)!.tensor.shape.join() === shape
      );
    })
    .map((name) => ({ ...embedding, target: name, kind: "tied", why: `the same as ${embedding.target}` }));
}
