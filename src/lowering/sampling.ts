// Sampling between elements in ONNX: the elements taken, times their weights, summed. Along an axis by tables that are known
// beforehand, in planes by an index that is an operand.

import { int64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  type ResampleAttributes,
  resample,
  resampleGradient,
  sample,
  sampleInputGradient,
  sampleWeightGradient,
} from "../ops/sampling.ts";
import { allKnown, type LoweringRow } from "./lowering.ts";
import { asGiven, made, type Nodes } from "./nodes.ts";

/** For each result the elements that it takes and their weights, which are not 0. */
type Taps = readonly (readonly (readonly [position: number, weight: number])[])[];

function tapsOf({ taps, positions, weights }: ResampleAttributes): Taps {
  return Array.from({ length: positions.length / taps }, (_, o) =>
    Array.from({ length: taps }, (_each, t) => {
      const cell = o * taps + t;
      return [positions[cell]!, weights[cell]!] as const;
    }).filter(([, weight]) => weight !== 0),
  );
}

/** The other way round: for each element the results that take it. */
function turnedTaps(taps: Taps, length: number): Taps {
  const result: [number, number][][] = Array.from({ length }, () => []);
  taps.forEach((row, o) => {
    for (const [position, weight] of row) result[position]!.push([o, weight]);
  });
  return result;
}

/** Sums along an axis. */
function summed(n: Nodes, x: GraphValue, axis: number, taps: Taps): GraphValue {
  const width = Math.max(1, ...taps.map((row) => row.length));
  const cells = taps.flatMap((row) =>
    Array.from({ length: width }, (_, k) => row[k] ?? ([row[0]?.[0] ?? 0, 0] as const)),
  );
  const index = cells.map(([position]) => position);
  const weights = cells.map(([, weight]) => weight);
  const rest = x.shape.slice(axis + 1).map(() => 1);
  if (width === 1) {
    const taken = n.take(x, axis, n.numbers(index, int64));
    if (weights.every((weight) => weight === 1)) return taken;
    return n.multiply(taken, n.numbers(weights, x.dtype, [cells.length, ...rest]));
  }
  const taken = n.take(x, axis, n.numbers(index, int64, [taps.length, width]));
  const scaled = n.multiply(taken, n.numbers(weights, x.dtype, [taps.length, width, ...rest]));
  return n.sum(scaled, [axis + 1], false);
}

/** Elements x[n, c, index[n, k, q]] as [N, C, K, Q], 0 where the index names none. */
function elementsAt(n: Nodes, x: GraphValue, index: GraphValue): GraphValue {
  const [batch, taps, samples] = allKnown(index.shape) as [number, number, number];
  const [, channels] = allKnown(x.shape) as [number, number];
  const places = n.reshape(n.larger(index, 0), [batch, 1, taps * samples]);
  const all = n.expand(places, [batch, channels, taps * samples]);
  const taken = n.graph.node("GatherElements", [x, all], { dtype: x.dtype, shape: all.shape }, { axis: 2 });
  const apart = n.reshape(taken, [batch, channels, taps, samples]);
  return n.where(n.unsqueeze(n.less(index, 0), [1]), 0, apart);
}

/** Rows of sampling. */
export const samplingLowerings: readonly LoweringRow[] = [
  made(resample, asGiven, (n, [x], attributes) => summed(n, x!, attributes.axis, tapsOf(attributes))),
  made(resampleGradient, asGiven, (n, [g], attributes) =>
    summed(n, g!, attributes.axis, turnedTaps(tapsOf(attributes), attributes.length)),
  ),
  made(sample, asGiven, (n, [x, weights, index]) => {
    // A weight that is no finite number makes its sample none, whatever it takes.
    const spoiled = n.add(n.multiply(weights!, 0), weights!);
    return n.sum(n.multiply(elementsAt(n, x!, index!), n.unsqueeze(spoiled, [1])), [2], false);
  }),
  made(sampleInputGradient, asGiven, (n, [g, weights, index], { length }) => {
    const [batch, channels, samples] = allKnown(g!.shape) as [number, number, number];
    const cells = allKnown(index!.shape)[1]! * samples;
    const flow = n.multiply(n.unsqueeze(g!, [2]), n.unsqueeze(weights!, [1]));
    const held = n.where(n.unsqueeze(n.less(index!, 0), [1]), 0, flow);
    const places = n.expand(n.reshape(n.larger(index!, 0), [batch, 1, cells]), [batch, channels, cells]);
    const zeros = n.expand(n.number(0, g!.dtype), [batch, channels, length]);
    const parts = [zeros, places, n.reshape(held, [batch, channels, cells])];
    return n.graph.node("ScatterElements", parts, zeros, { axis: 2, reduction: "add" });
  }),
  made(sampleWeightGradient, asGiven, (n, [g, x, index]) =>
    n.sum(n.multiply(elementsAt(n, x!, index!), n.unsqueeze(g!, [2])), [1], false),
  ),
];
