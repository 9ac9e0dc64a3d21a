// Sources of weights for tests: arrays of given shapes, and what an examination makes of them.

import * as np from "../../src/numpy/index.ts";
import type { NDArray } from "../../src/numpy/ndarray.ts";
import type { Examination } from "../../src/port/examine.ts";
import { ruleText } from "../../src/port/rules/apply.ts";
import { type Origin, type Source, sourceOf } from "../../src/port/source.ts";
import { nn } from "../../src/torch/index.ts";

/** Shapes of arrays by name. */
export type Shapes = Readonly<Record<string, readonly number[]>>;

/** Arrays of those shapes, all numbers different. */
export function arraysOf(shapes: Shapes): Map<string, NDArray> {
  let start = 0;
  return new Map(
    Object.entries(shapes).map(([name, shape]) => {
      const size = shape.reduce((a, b) => a * b, 1);
      start += size;
      return [name, np.arange(start - size, start, { dtype: "float32" }).reshape([...shape])];
    }),
  );
}

/** A source of such arrays. */
export const sourceWith = (shapes: Shapes, origin?: Origin): Source => sourceOf(arraysOf(shapes), 1, origin);

/** Layers in a row. */
export const sequential = (...layers: nn.Module[]): nn.Module => new nn.Sequential(...layers);

/** The rules by entry, as text. */
export const textsOf = ({ rules }: Examination): Record<string, string> =>
  Object.fromEntries(rules.map((rule) => [rule.target, ruleText(rule)]));
