// Discrete Fourier transforms in ONNX: products with matrices of cosines and sines, in double precision. ONNX's node DFT takes pi
// to nine digits in ONNX Runtime.

import { float64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { fourier, hermitianFourier } from "../ops/fourier.ts";
import { castParts, delivered, isComplex, type Parts, partsOf } from "./complex.ts";
import { timesReal } from "./complex-functions.ts";
import { known, type LoweringRow, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";

/** Lengths up to which a matrix is made. */
const longest = 256;

/** A matrix of this function of the angle 2 pi j k / n, times a weight for each row. */
function waves(
  n: Nodes,
  [rows, columns, length]: readonly [rows: number, columns: number, length: number],
  wave: (angle: number) => number,
  weight: (row: number) => number = () => 1,
): GraphValue {
  const values = new Float64Array(rows * columns);
  for (let j = 0; j < rows; j++) {
    const factor = weight(j);
    for (let k = 0; k < columns; k++)
      values[j * columns + k] = factor === 0 ? 0 : factor * wave((2 * Math.PI * ((j * k) % length)) / length);
  }
  return n.numbers(values, float64, [rows, columns]);
}

/** A value whose axis is multiplied with a matrix's rows. */
function along(n: Nodes, x: GraphValue, axis: number, matrix: GraphValue): GraphValue {
  const rank = x.shape.length;
  if (rank === 1) return n.squeeze(n.matmul(n.unsqueeze(x, [0]), matrix), [0]);
  const order = [...x.shape.keys()].filter((each) => each !== axis).concat(axis);
  const back = order.map((_, each) => order.indexOf(each));
  return n.transpose(n.matmul(n.transpose(x, order), matrix), back);
}

/** One axis transformed; of the frequencies the first `count`. @param sign of the angle */
function transformed(n: Nodes, z: Parts, axis: number, count: number, sign: 1 | -1, isReal: boolean): Parts {
  const length = known(z.re.shape[axis]);
  const size = [length, count, length] as const;
  const [cosines, sines] = [waves(n, size, Math.cos), waves(n, size, Math.sin, () => sign)];
  const times = (x: GraphValue, matrix: GraphValue): GraphValue => along(n, x, axis, matrix);
  if (isReal) return { re: times(z.re, cosines), im: times(z.re, sines) };
  return {
    re: n.subtract(times(z.re, cosines), times(z.im, sines)),
    im: n.add(times(z.re, sines), times(z.im, cosines)),
  };
}

/** Rows of the transforms. */
export const fourierLowerings: readonly LoweringRow[] = [
  row(fourier, ({ graph, inputs: [x], attributes, results: [result] }) => {
    const { axes, inverse, scale, half } = attributes;
    if (axes.some((axis) => known(x!.shape[axis]) > longest)) return undefined;
    const n = new Nodes(graph);
    let value = castParts(n, partsOf(n, x!), float64);
    [...axes].reverse().forEach((axis, i) => {
      const length = known(x!.shape[axis]);
      const count = half === true && i === 0 ? Math.floor(length / 2) + 1 : length;
      value = transformed(n, value, axis, count, inverse ? 1 : -1, i === 0 && !isComplex(x!));
    });
    return [delivered(n, timesReal(n, value, scale), result!)];
  }),
  row(hermitianFourier, ({ graph, inputs: [x], attributes, results: [result] }) => {
    const { axes, length, scale } = attributes;
    if (length > longest || axes.some((axis) => known(x!.shape[axis]) > longest)) return undefined;
    const n = new Nodes(graph);
    let value = castParts(n, partsOf(n, x!), float64);
    for (const axis of axes.slice(0, -1))
      value = transformed(n, value, axis, known(x!.shape[axis]), 1, false);
    const axis = axes.at(-1)!;
    const given = known(x!.shape[axis]);
    const count = Math.min(given, length);
    // What is left out are conjugates of what is there.
    const weight = (k: number): number => (k >= count ? 0 : k > 0 && length - k >= count ? 2 : 1);
    const isFlat = (k: number): boolean => k === 0 || (2 * (count - 1) === length && k === count - 1);
    const size = [given, length, length] as const;
    const cosines = waves(n, size, Math.cos, (k) => weight(k) * scale);
    const sines = waves(n, size, Math.sin, (k) => (isFlat(k) ? 0 : weight(k) * scale));
    const real = n.subtract(along(n, value.re, axis, cosines), along(n, value.im, axis, sines));
    return [delivered(n, real, result!)];
  }),
];
