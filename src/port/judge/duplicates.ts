// Layers that hold the numbers of another layer, bit for bit.

import type { NDArray } from "../../numpy/ndarray.ts";
import { groupBy } from "../match/groups.ts";
import type { Matching } from "../matching.ts";
import { isSameBits } from "../rules/steps.ts";
import type { Source } from "../source.ts";
import type { Layer } from "../target.ts";
import type { Judge, Judged } from "./judge.ts";
import { filledValue } from "./pieces.ts";
import { statisticsOf } from "./statistics.ts";

/** What a layer's entries would be filled with: those that are not counters. */
interface Filled {
  readonly layer: Layer;
  readonly values: ReadonlyMap<string, NDArray>;
  /** Arrays of the source that they are made from. */
  readonly names: ReadonlySet<string>;
  /** Equal for layers of one type and equal values; not the other way round. */
  readonly mark: string;
}

function filled(source: Source, matching: Matching, layer: Layer): Filled | undefined {
  const values = new Map<string, NDArray>();
  for (const target of layer.entries.values()) {
    if (target.role === "num_batches_tracked" || target.tiedTo !== undefined) continue;
    const value = filledValue(source, matching, target);
    if (value === undefined) return undefined;
    values.set(target.role, value);
  }
  const isOrdinary = [...values.values()].some((value) => value.ndim >= 2 && isVaried(value));
  if (!isOrdinary) return undefined;
  const own = new Set([...layer.entries.values()].map(({ name }) => name));
  const names = matching.rules
    .filter(({ target }) => own.has(target))
    .flatMap(({ from }) => from.map(({ name }) => name));
  const mark = JSON.stringify(
    [...values].map(([role, value]) => {
      const { min, max, zeros } = statisticsOf(value);
      return [role, value.shape, min, max, zeros];
    }),
  ).concat(layer.type);
  return { layer, values, names: new Set(names), mark };
}

/** At least four elements that are not all the same. */
const isVaried = (value: NDArray): boolean => {
  const { min, max } = statisticsOf(value);
  return value.size >= 4 && min < max;
};

/**
 * A layer that is another's copy, of the same type: an output that is its embedding is shared on purpose. A parameter that
 * is shared (one array, or one tensor) is no copy. Whole stacks that
 * are copies all through, norms and all, are what `nn.TransformerEncoder` begins with: that is told as a suspicion.
 */
export const duplicated: Judge = {
  name: "duplicated",
  source: "two layers of random beginnings do not train to the same bits",
  judge: (source, model, matching) => {
    const layers = model.layers.flatMap((layer) => filled(source, matching, layer) ?? []);
    const found: [Filled, Filled][] = [];
    for (const group of groupBy(layers, ({ mark }) => mark).values()) {
      const [original, ...others] = group;
      for (const copy of others) if (isCopy(original!, copy)) found.push([original!, copy]);
    }
    const isBeginning = found.length > 0 && normsAreUntouched(model.layers, source, matching);
    return found.map(([original, copy]) => finding(original, copy, isBeginning));
  },
};

function isCopy(original: Filled, copy: Filled): boolean {
  if ([...copy.names].some((name) => original.names.has(name))) return false;
  return [...original.values].every(([role, value]) => {
    const other = copy.values.get(role);
    return other !== undefined && isSameBits(value, other);
  });
}

/** True iff there are norms, and all are as they begin: ones and zeros. Then nothing was trained. */
function normsAreUntouched(layers: readonly Layer[], source: Source, matching: Matching): boolean {
  const norms = layers
    .filter(({ type }) => /Norm/.test(type))
    .flatMap(({ entries }) => entries.get("weight") ?? []);
  return (
    norms.length > 0 &&
    norms.every((target) => {
      const value = filledValue(source, matching, target);
      if (value === undefined) return false;
      const { min, max } = statisticsOf(value);
      return min === 1 && max === 1;
    })
  );
}

function finding(original: Filled, copy: Filled, isBeginning: boolean): Judged {
  const entries = [...copy.values.keys()].map((role) => copy.layer.entries.get(role)!);
  const same = `${copy.layer.path} is bit for bit ${original.layer.path} (${entries.map(({ role }) => role).join(", ")})`;
  const base = {
    kind: "duplicated",
    parameters: entries.map(({ name }) => name),
    isRepaired: false,
  } as const;
  return isBeginning
    ? {
        ...base,
        severity: "note",
        evidence: "statistics",
        text: `${same}, and every norm is as it begins: a stack whose layers were made as copies and not trained yet.`,
      }
    : {
        ...base,
        severity: "mistake",
        evidence: "values",
        text: `${same}. In a trained model that is a copy by mistake, unless the two are shared on purpose; which of them was lost, the numbers do not tell. The lost one must come from another file.`,
      };
}
