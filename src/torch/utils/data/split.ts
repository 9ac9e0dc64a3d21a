// torch.utils.data.random_split.

import { isOptions } from "../../../core/arguments.ts";
import { ValueError } from "../../../core/errors.ts";
import { warn } from "../../../core/warnings.ts";
import type { Generator } from "../../../random/index.ts";
import { randperm } from "../../random.ts";
import { lengthOf, type MapDataset, Subset } from "./dataset.ts";

/** Lengths from fractions; what is left over goes to the first parts, one each. @throws ValueError for a fraction outside */
function partsOf(fractions: readonly number[], count: number): number[] {
  const lengths = fractions.map((fraction, i) => {
    if (fraction < 0 || fraction > 1) throw new ValueError(`Fraction at index ${i} is not between 0 and 1`);
    return Math.floor(count * fraction);
  });
  const rest = count - sum(lengths);
  for (let i = 0; i < rest; i++) lengths[i % lengths.length]! += 1;
  lengths.forEach((length, i) => {
    if (length > 0) return;
    warn("UserWarning", `Length of split at index ${i} is 0. This might result in an empty dataset.`);
  });
  return lengths;
}

const sum = (numbers: readonly number[]): number => numbers.reduce((total, number) => total + number, 0);

/**
 * A dataset in parts that do not overlap, drawn at random (torch.utils.data.random_split).
 * @param lengths of the parts, or fractions that sum up to 1
 * @throws ValueError where the lengths do not sum up to the dataset's
 */
export function randomSplit<Item>(
  dataset: MapDataset<Item>,
  lengths: readonly number[],
  generator: Generator | null | { readonly generator?: Generator | null } = null,
): Subset<Item>[] {
  const total = sum(lengths);
  const count = lengthOf(dataset);
  const isFractions = total <= 1 && Math.abs(total - 1) <= 1e-9 * Math.max(Math.abs(total), 1);
  const parts = isFractions ? partsOf(lengths, count) : lengths;
  if (sum(parts) !== count)
    throw new ValueError("Sum of input lengths does not equal the length of the input dataset!");
  const source = isOptions(generator) ? generator.generator : generator;
  const indices = randperm(count, { generator: (source ?? null) as Generator | null }).tolist();
  let start = 0;
  return parts.map((length) => {
    start += length;
    return new Subset(dataset, (indices as number[]).slice(start - length, start));
  });
}
