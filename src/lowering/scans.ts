// Scans in ONNX. What has no node of its own is done in as many steps as the length has binary digits: each joins an element
// with the one so far before it, and that distance doubles (Hillis and Steele, "Data Parallel Algorithms", 1986).

import { bool, type DType, float64, int32, int64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  type AxisAttributes,
  cummax,
  cummin,
  cumprod,
  cumsum,
  logcumsumexp,
  type ScanAttributes,
} from "../ops/scans.ts";
import { bounded, carrierOf, chosen, isReal } from "./carried.ts";
import { converted } from "./conversion.ts";
import { zerosIn } from "./copying.ts";
import { gathered } from "./lengths.ts";
import { known, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** Elements moved by places along an axis, behind where `by` is above 0; what comes in is a number. */
export function shifted(nodes: Nodes, x: GraphValue, axis: number, by: number, filler: number): GraphValue {
  const before = x.shape.map((_, each) => (each === axis ? by : 0));
  const pads = nodes.graph.integers([...before, ...before.map((places) => -places)]);
  return nodes.graph.node("Pad", [x, pads, nodes.number(filler, x.dtype)], x);
}

/** How elements are scanned. */
interface Scan {
  readonly axis: number;
  /** The length of the axis. */
  readonly count: number;
  readonly isReverse: boolean;
  /** What changes nothing. */
  readonly neutral: number;
}

/** Calls `join` for each distance, which doubles. */
export function forEachDistance(count: number, isReverse: boolean, join: (by: number) => void): void {
  for (let distance = 1; distance < count; distance *= 2) join(isReverse ? -distance : distance);
}

/** All that is joined so far, for each element. @param join what came before with what comes then */
export function scanned(
  nodes: Nodes,
  x: GraphValue,
  { axis, count, isReverse, neutral }: Scan,
  join: (before: GraphValue, then: GraphValue) => GraphValue,
): GraphValue {
  let value = x;
  forEachDistance(count, isReverse, (by) => {
    value = join(shifted(nodes, value, axis, by, neutral), value);
  });
  return value;
}

/** The type that a scan is computed in: of floats and integers that become them double precision. */
function scanType(from: DType, to: DType): DType | undefined {
  if (!isReal(from) || !isReal(to) || to === bool) return undefined;
  if (to.kind === "float") return float64;
  if (from.kind === "float") return undefined;
  return from === int32 && to === int32 ? int32 : int64;
}

/** The steps of a scan: along the axis, or nothing to be done. */
type Steps = (nodes: Nodes, x: GraphValue, attributes: ScanAttributes) => GraphValue;

const scan = (operation: Operation<ScanAttributes>, steps: Steps, isFloating = false): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes, results: [result] }) => {
    const { dtype, shape } = result!;
    const type = scanType(x!.dtype, dtype);
    if (type === undefined || (isFloating && type !== float64)) return undefined;
    const nodes = new Nodes(graph);
    const given = nodes.cast(x!, type);
    const value = shape.length === 0 ? given : steps(nodes, given, attributes);
    return [{ ...converted(nodes, value, dtype, "torch")!, shape }];
  });

const stepsOf =
  (neutral: number, join: (nodes: Nodes, before: GraphValue, then: GraphValue) => GraphValue): Steps =>
  (nodes, x, { axis, reverse }) => {
    const count = known(x.shape[axis]);
    return scanned(nodes, x, { axis, count, isReverse: reverse === true, neutral }, (before, then) =>
      join(nodes, before, then),
    );
  };

/** log(exp(a) + exp(b)), from the larger. */
function logSum(nodes: Nodes, a: GraphValue, b: GraphValue): GraphValue {
  const distance = nodes.absolute(nodes.subtract(a, b));
  const more = nodes.log(nodes.add(nodes.exp(nodes.negate(distance)), 1));
  // Of equal infinities the distance is not a number.
  return nodes.add(nodes.larger(a, b), nodes.where(nodes.equal(a, b), Math.LN2, more));
}

/** Running extremes and their positions: the last of equal ones; what is not a number stays. */
const extremes = (operation: Operation<AxisAttributes>, compare: string): LoweringRow =>
  row(operation, ({ graph, inputs: [x], attributes: { axis }, results }) => {
    const type = carrierOf(x!.dtype, bounded);
    if (type === undefined) return undefined;
    const nodes = new Nodes(graph);
    if (x!.shape.length === 0) return [nodes.one("Identity", x!), zerosIn(nodes, x!, int64)];
    const count = known(x!.shape[axis]);
    const places = nodes.numbers(
      Array.from({ length: count }, (_, i) => i),
      int64,
      [count, ...x!.shape.slice(axis + 1).map(() => 1)],
    );
    let value = nodes.cast(x!, type);
    let place = graph.node("Expand", [places, nodes.shapeOf(x!)], { dtype: int64, shape: x!.shape });
    forEachDistance(count, false, (by) => {
      const before = shifted(nodes, value, axis, by, 0);
      // Where nothing came before, there is no place.
      const placeBefore = shifted(nodes, place, axis, by, -1);
      const isBetter = nodes.or(nodes.two(compare, value, before, bool), nodes.less(placeBefore, 0));
      const isTaken = type.kind === "float" ? nodes.or(isBetter, nodes.isNaN(value)) : isBetter;
      value = chosen(nodes, isTaken, value, before);
      place = chosen(nodes, isTaken, place, placeBefore);
    });
    return [
      { ...gathered(nodes, x!, place, axis), shape: results[0]!.shape },
      { ...place, shape: results[1]!.shape },
    ];
  });

/** Rows of the scans. */
export const scanLowerings: readonly LoweringRow[] = [
  scan(cumsum, (nodes, x, { axis, reverse }) =>
    nodes.graph.node("CumSum", [x, nodes.number(axis, int64)], x, { reverse: Number(reverse === true) }),
  ),
  scan(
    cumprod,
    stepsOf(1, (nodes, before, then) => nodes.multiply(before, then)),
  ),
  scan(logcumsumexp, stepsOf(Number.NEGATIVE_INFINITY, logSum), true),
  extremes(cummax, "GreaterOrEqual"),
  extremes(cummin, "LessOrEqual"),
];
