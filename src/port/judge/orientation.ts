// Which way a square weight lies, by the norms of its neighbours: a unit whose incoming weights are large has large outgoing
// ones in a trained net, so the norms of the rows that make a unit go with the norms of the columns that read it.
//
// Measured on 72 trained nets 64-(n-10)-n-n-10 (n = 64 and 96; tanh, ReLU, GELU; 3 and 8 epochs of digits): the correlation
// as stored less the one transposed, averaged over both neighbours, was 0.33 to 1.04; of one neighbour 0.15 to 1.18; of 12
// untrained nets within 0.14, and of one neighbour within 0.24. Below the bound nothing is said.

import type { NDArray } from "../../numpy/ndarray.ts";
import type { Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Layer, Model } from "../target.ts";
import type { Judge, Judged } from "./judge.ts";
import { filledValue } from "./pieces.ts";
import { doublesOf } from "./statistics.ts";

/** Fewer units make correlations of chance: their deviation is one over the root of the count. */
const fewestUnits = 64;
/** Twice what untrained nets reached. */
const bound = 0.5;
/** Larger weights are not looked at: their norms would be another pass. */
const mostElements = 2 ** 22;

/** Norms of the rows and of the columns. */
function normsOf(weight: NDArray): readonly [rows: Float64Array, columns: Float64Array] {
  const [height = 0, width = 0] = weight.shape;
  const values = doublesOf(weight);
  const [rows, columns] = [new Float64Array(height), new Float64Array(width)];
  for (let i = 0; i < height; i++) {
    for (let j = 0; j < width; j++) {
      const square = values[i * width + j]! ** 2;
      rows[i]! += square;
      columns[j]! += square;
    }
  }
  return [rows.map(Math.sqrt), columns.map(Math.sqrt)];
}

/** Pearson's correlation; 0 where one of them is constant. */
function correlation(a: Float64Array, b: Float64Array): number {
  const mean = (values: Float64Array): number => values.reduce((sum, x) => sum + x, 0) / values.length;
  const [left, right] = [mean(a), mean(b)];
  let [both, first, second] = [0, 0, 0];
  for (let i = 0; i < a.length; i++) {
    const [x, y] = [a[i]! - left, b[i]! - right];
    both += x * y;
    first += x * x;
    second += y * y;
  }
  return first === 0 || second === 0 ? 0 : both / Math.sqrt(first * second);
}

const isSquare = ({ shape }: NDArray): boolean => shape[0] === shape[1];

interface Dense {
  readonly layer: Layer;
  readonly name: string;
  readonly weight: NDArray;
}

function denseLayers(source: Source, model: Model, matching: Matching): Map<string, Dense> {
  const found = new Map<string, Dense>();
  for (const layer of model.layers) {
    const target = layer.type === "Linear" ? layer.entries.get("weight") : undefined;
    const weight = target === undefined ? undefined : filledValue(source, matching, target);
    if (target === undefined || weight === undefined || weight.size > mostElements) continue;
    found.set(layer.path, { layer, name: target.name, weight });
  }
  return found;
}

/** The correlation as stored less the one transposed, averaged over the neighbours whose own way their shape tells. */
function leaning({ weight }: Dense, before: readonly Dense[], behind: readonly Dense[]): number | undefined {
  const [rows, columns] = normsOf(weight);
  const differences = [
    ...before
      .filter((each) => !isSquare(each.weight))
      .map((each) => {
        const [made] = normsOf(each.weight);
        return correlation(made, columns) - correlation(made, rows);
      }),
    ...behind
      .filter((each) => !isSquare(each.weight))
      .map((each) => {
        const [, read] = normsOf(each.weight);
        return correlation(rows, read) - correlation(columns, read);
      }),
  ];
  if (differences.length === 0) return undefined;
  return differences.reduce((sum, each) => sum + each, 0) / differences.length;
}

function judged({ name }: Dense, value: number): Judged[] {
  if (Math.abs(value) < bound) return [];
  const number = Math.abs(value).toFixed(2);
  const base = { kind: "transposed", parameters: [name], evidence: "statistics", isRepaired: false } as const;
  if (value > 0) {
    const text = `${name} is square, and its norms go with those of its neighbours as it lies (by ${number} in correlation): it is not transposed.`;
    return [{ ...base, kind: "orientation", severity: "note", text }];
  }
  const text = `${name} is square, and its norms go with those of its neighbours better transposed (by ${number} in correlation): it may be transposed.`;
  return [
    { ...base, severity: "suspicion", text, repair: "transpose it", settle: "a recorded input and output" },
  ];
}

/** Square weights whose neighbours tell which way they lie. */
export const orientation: Judge = {
  name: "transposed",
  source: "units of a trained net: incoming and outgoing norms go together",
  judge: (source, model, matching) => {
    const dense = denseLayers(source, model, matching);
    const square = [...dense.values()].filter(
      ({ weight }) => isSquare(weight) && weight.shape[0]! >= fewestUnits,
    );
    if (square.length === 0 || model.feeds === undefined) return [];
    const feeds = model.feeds(new Set(dense.keys()));
    return square.flatMap((each) => {
      const { path } = each.layer;
      const before = feeds.flatMap(([from, to]) => (to === path ? (dense.get(from) ?? []) : []));
      const behind = feeds.flatMap(([from, to]) => (from === path ? (dense.get(to) ?? []) : []));
      const fits = before.filter(({ weight }) => weight.shape[0] === each.weight.shape[1]);
      const reads = behind.filter(({ weight }) => weight.shape[1] === each.weight.shape[0]);
      const value = leaning(each, fits, reads);
      return value === undefined ? [] : judged(each, value);
    });
  },
};
