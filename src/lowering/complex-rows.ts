// What the operations are of complex numbers: made of their rows for real ones where each part goes by itself, where a number
// counts as true or false, or by its size; products; and conversions.

import { bool, float64, partType } from "../core/dtype.ts";
import type { Scalar } from "../core/elements.ts";
import { toComplex } from "../core/elements.ts";
import type { GraphValue } from "../onnx/graph.ts";
import { cast, copy, fill } from "../ops/copying.ts";
import { prod } from "../ops/reductions.ts";
import { cumprod } from "../ops/scans.ts";
import {
  byParts,
  castParts,
  delivered,
  isComplex,
  isNotZero,
  joinedOf,
  type Parts,
  partsOf,
  truthOf,
} from "./complex.ts";
import { complexArithmetic } from "./complex-arithmetic.ts";
import { productOf, sizeOf } from "./complex-functions.ts";
import { converted } from "./conversion.ts";
import { filled } from "./copying.ts";
import { fourierLowerings } from "./fourier.ts";
import { allKnown, known, type Lowering, type LoweringRow, type Lowerings, row } from "./lowering.ts";
import { Nodes } from "./nodes.ts";
import { forEachDistance, shifted } from "./scans.ts";

type Rules = "numpy" | "torch";

/** A value in another type, of which one is complex: the imaginary part goes where there is none for it. */
function convertedComplex(
  n: Nodes,
  x: GraphValue,
  dtype: GraphValue["dtype"],
  rules: Rules,
): GraphValue | undefined {
  const result = { dtype, shape: x.shape };
  if (isComplex(x) && dtype === bool) return isNotZero(n, partsOf(n, x));
  const { re, im } = partsOf(n, x);
  if (!isComplex(result)) return converted(n, re, dtype, rules);
  const type = partType(dtype);
  if (isComplex(x)) return joinedOf(n, castParts(n, { re, im }, type), result);
  const real = converted(n, re, type, rules);
  return real && delivered(n, real, result);
}

/** A number in every element. */
const fillRow: Lowering<{ readonly value: Scalar }> = ({
  graph,
  results: [result],
  attributes: { value },
}) => {
  const n = new Nodes(graph);
  const { re, im } = toComplex(value);
  const type = { dtype: partType(result!.dtype), shape: result!.shape };
  const lengths = graph.integers(allKnown(result!.shape));
  return [joinedOf(n, { re: filled(n, lengths, re, type), im: filled(n, lengths, im, type) }, result!)];
};

const conversions: readonly LoweringRow[] = [
  row(copy, ({ graph, inputs: [x], results: [result] }) => {
    const value = convertedComplex(new Nodes(graph), x!, result!.dtype, "numpy");
    return value && [{ ...value, shape: result!.shape }];
  }),
  row(cast, ({ graph, inputs: [x], results: [result], attributes: { rules } }) => {
    const value = convertedComplex(new Nodes(graph), x!, result!.dtype, rules);
    return value && [{ ...value, shape: result!.shape }];
  }),
  row(fill, fillRow),
];

/** Operations that do to each part what they do to real numbers; which operands are indices, given to both. */
const own = { types: "own", isIndex: () => false } as const;
const double = { types: "double", isIndex: () => false } as const;
const behind = (first: number) => ({ types: "own", isIndex: (i: number) => i >= first }) as const;
const only = (place: number) => ({ types: "own", isIndex: (i: number) => i === place }) as const;

const partwise: Readonly<Record<string, Parameters<typeof byParts>[1]>> = {
  add: own,
  bandPart: own,
  concatenate: own,
  contiguous: own,
  cumsum: double,
  embedView: own,
  gather: only(1),
  gatherGradient: only(1),
  indexGet: behind(1),
  indexGradient: behind(1),
  indexPut: behind(2),
  nanToNum: own,
  negative: own,
  positive: own,
  round: own,
  scatter: only(1),
  scatterAdd: only(1),
  subtract: own,
  sum: double,
  take: only(1),
  takeGradient: only(1),
  zerosLike: own,
};

/** Operations on truth values. */
const truths: readonly string[] = ["all", "any", "logicalNot", "logicalAnd", "logicalOr", "logicalXor"];

const byTruth =
  (lowering: Lowering<never>): Lowering<never> =>
  (context) => {
    const n = new Nodes(context.graph);
    const result = context.results[0]!;
    const inputs = context.inputs.map((input) => truthOf(n, input));
    const values = lowering({ ...context, inputs, results: [{ dtype: bool, shape: result.shape }] });
    return values && [delivered(n, values[0]!, result)];
  };

/** Operations on the sizes of numbers. */
const sizes: readonly string[] = ["vectorNorm"];

const bySize =
  (lowering: Lowering<never>): Lowering<never> =>
  (context) => {
    const n = new Nodes(context.graph);
    const result = context.results[0]!;
    const inputs = context.inputs.map((input) => sizeOf(n, castParts(n, partsOf(n, input), float64)));
    const values = lowering({ ...context, inputs, results: [{ dtype: float64, shape: result.shape }] });
    return values && [delivered(n, values[0]!, result)];
  };

/** Products of two operands, the first and the second, of which a third is added. */
const products: readonly string[] = ["matmul", "linear", "transposedMatmul"];

/** Each part is the sum of two real products, taken in double precision. */
const byProducts =
  (lowering: Lowering<never>): Lowering<never> =>
  (context) => {
    const n = new Nodes(context.graph);
    const [result] = context.results;
    const [a, b, c] = context.inputs.map((input) => castParts(n, partsOf(n, input), float64));
    const results = [{ dtype: float64, shape: result!.shape }];
    const product = (...inputs: GraphValue[]): GraphValue | undefined =>
      lowering({ ...context, inputs, results })?.[0];
    const re = product(a!.re, b!.re, ...(c === undefined ? [] : [c.re]));
    const im = product(a!.re, b!.im, ...(c === undefined ? [] : [c.im]));
    const [less, more] = [product(a!.im, b!.im), product(a!.im, b!.re)];
    if (re === undefined || im === undefined || less === undefined || more === undefined) return undefined;
    return [joinedOf(n, { re: n.subtract(re, less), im: n.add(im, more) }, result!)];
  };

/** The product along an axis: halves by one another until one element is left. */
function folded(n: Nodes, z: Parts, axis: number): Parts {
  let value = z;
  for (let count = known(z.re.shape[axis]); count > 1; count = Math.ceil(count / 2)) {
    const half = Math.floor(count / 2);
    const cut = (from: number, to: number): Parts => ({
      re: n.slice(value.re, axis, from, to),
      im: n.slice(value.im, axis, from, to),
    });
    const product = productOf(n, cut(0, half), cut(half, 2 * half));
    const rest = cut(2 * half, count);
    const length = Math.ceil(count / 2);
    value =
      count % 2 === 0
        ? product
        : {
            re: n.concat([product.re, rest.re], axis, length),
            im: n.concat([product.im, rest.im], axis, length),
          };
  }
  return value;
}

const multiplications: readonly LoweringRow[] = [
  row(cumprod, ({ graph, inputs: [x], attributes: { axis, reverse }, results: [result] }) => {
    const n = new Nodes(graph);
    let value = castParts(n, partsOf(n, x!), float64);
    if (result!.shape.length === 0) return [delivered(n, value, result!)];
    forEachDistance(known(x!.shape[axis]), reverse === true, (by) => {
      const before = { re: shifted(n, value.re, axis, by, 1), im: shifted(n, value.im, axis, by, 0) };
      value = productOf(n, before, value);
    });
    return [delivered(n, value, result!)];
  }),
  row(prod, ({ graph, inputs: [x], attributes: { axes, keepdims }, results: [result] }) => {
    const n = new Nodes(graph);
    if (axes.some((axis) => x!.shape[axis] === 0)) return undefined;
    let value = castParts(n, partsOf(n, x!), float64);
    for (const axis of axes) value = folded(n, value, axis);
    if (!keepdims) value = { re: n.squeeze(value.re, axes), im: n.squeeze(value.im, axes) };
    return [delivered(n, value, result!)];
  }),
];

/** The rows of complex numbers by the operation's name. @param real those of real numbers */
export function complexLowerings(real: Lowerings): Lowerings {
  const of = (
    names: readonly string[],
    make: (lowering: Lowering<never>) => Lowering<never>,
  ): [string, Lowering<never>][] => names.map((name) => [name, make(real[name]!)]);
  const apart = Object.entries(partwise).map(([name, how]): [string, Lowering<never>] => [
    name,
    byParts(real[name]!, how),
  ]);
  return Object.fromEntries([
    ...apart,
    ...of(truths, byTruth),
    ...of(sizes, bySize),
    ...of(products, byProducts),
    ...[...conversions, ...multiplications, ...fourierLowerings, ...complexArithmetic].map(
      ([name, lowering]) => [name, lowering] as const,
    ),
  ]);
}
