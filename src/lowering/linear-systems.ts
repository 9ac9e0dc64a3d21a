// Systems of linear equations in ONNX: elimination and substitution with one step of nodes for each row, of matrices whose size is
// known and small. In double precision, with the largest element of a column as pivot, as the reference device does it
// (src/devices/reference/linear/factor.ts).

import { bool, int64 } from "../core/dtype.ts";
import type { GraphValue } from "../onnx/graph.ts";
import {
  cholesky,
  choleskySolve,
  inverse,
  luFactor,
  permutationMatrix,
  solve,
  solveTriangular,
  type TriangleAttributes,
} from "../ops/decompositions.ts";
import { gathered, stretchedTo } from "./lengths.ts";
import { known, type Lowering, type LoweringRow, row } from "./lowering.ts";
import { computedIn, doubles, Nodes } from "./nodes.ts";

/** Up to so many rows a graph has a step for each. */
const mostRows = 32;

/** Rows and columns of matrices. @returns undefined where they are too many */
function sizeOf(x: GraphValue): readonly [rows: number, columns: number] | undefined {
  const [rows, columns] = [known(x.shape.at(-2)), known(x.shape.at(-1))];
  return Math.max(rows, columns) <= mostRows ? [rows, columns] : undefined;
}

/** Row `k` of matrices, as matrices of one row. */
const rowOf = (n: Nodes, x: GraphValue, k: number): GraphValue => n.slice(x, x.shape.length - 2, k, k + 1);
const columnOf = (n: Nodes, x: GraphValue, k: number): GraphValue => n.slice(x, x.shape.length - 1, k, k + 1);

const range = (count: number): number[] => Array.from({ length: count }, (_, i) => i);

/** Truth values as a constant. */
const flags = (
  n: Nodes,
  shape: readonly [number, number],
  isSet: (i: number, j: number) => boolean,
): GraphValue =>
  n.numbers(
    range(shape[0]).flatMap((i) => range(shape[1]).map((j) => Number(isSet(i, j)))),
    bool,
    shape,
  );

/** The transposed matrices. */
const turned = (n: Nodes, x: GraphValue): GraphValue => {
  const rank = x.shape.length;
  return n.transpose(x, [...range(rank - 2), rank - 1, rank - 2]);
};

/** Rows `k` and those at `places` exchanged. @param count of rows @param places one for each matrix, with the rank of `x` */
function exchanged(n: Nodes, x: GraphValue, k: number, places: GraphValue, count: number): GraphValue {
  const all = n.numbers(range(count), int64, [count, 1]);
  const order = n.where(n.equal(all, k), places, n.where(n.equal(all, places), k, all));
  return gathered(n, x, stretchedTo(n, order, n.shapeOf(x), x.shape), x.shape.length - 2);
}

/** P A = L U. */
interface Factors {
  /** U on and above the diagonal, L below it. */
  readonly both: GraphValue;
  /** For each step with which row, from 0, its row was exchanged: matrices of one element. */
  readonly pivots: readonly GraphValue[];
  /** The first step, from 1, whose pivot is 0; 0 where there is none. Matrices of one element. */
  readonly info: GraphValue;
}

function factored(n: Nodes, matrix: GraphValue, [rows, columns]: readonly [number, number]): Factors {
  const axis = matrix.shape.length - 2;
  let both = matrix;
  const pivots: GraphValue[] = [];
  const zeros: GraphValue[] = [];
  for (let k = 0; k < Math.min(rows, columns); k++) {
    const sizes = n.absolute(n.slice(columnOf(n, both, k), axis, k, rows));
    const type = { dtype: int64, shape: sizes.shape.with(axis, 1) };
    const place = n.add(n.graph.node("ArgMax", [sizes], type, { axis, keepdims: 1 }), k);
    pivots.push(place);
    both = exchanged(n, both, k, place, rows);
    const pivot = columnOf(n, rowOf(n, both, k), k);
    const isZero = n.equal(pivot, 0);
    zeros.push(isZero);
    const column = columnOf(n, both, k);
    const below = flags(n, [rows, 1], (i) => i > k);
    const factors = n.where(below, n.divide(column, n.where(isZero, 1, pivot)), 0);
    const behind = n.where(
      flags(n, [1, columns], (_, j) => j > k),
      rowOf(n, both, k),
      0,
    );
    const rest = n.subtract(both, n.multiply(factors, behind));
    both = n.where(
      flags(n, [rows, columns], (i, j) => i > k && j === k),
      factors,
      rest,
    );
  }
  const lead = matrix.shape.slice(0, -2);
  let info: GraphValue = { ...n.number(0, int64), shape: [] };
  for (const [k, isZero] of [...zeros.entries()].reverse()) info = n.where(isZero, k + 1, info);
  return { both, pivots, info: { ...info, shape: [...lead, 1, 1] } };
}

/** X with T X = B, of a triangle T. */
function substituted(
  n: Nodes,
  t: GraphValue,
  b: GraphValue,
  { upper, unit }: TriangleAttributes,
): GraphValue {
  const count = known(t.shape.at(-1));
  const order = upper ? range(count).reverse() : range(count);
  let value = b;
  for (const k of order) {
    const column = columnOf(n, t, k);
    const solved = unit ? rowOf(n, value, k) : n.divide(rowOf(n, value, k), rowOf(n, column, k));
    const open = flags(n, [count, 1], (i) => (upper ? i < k : i > k));
    const rest = n.subtract(value, n.multiply(n.where(open, column, 0), solved));
    value = n.where(
      flags(n, [count, 1], (i) => i === k),
      solved,
      n.where(open, rest, value),
    );
  }
  return value;
}

/** X with A X = B, and where A's elimination stopped; then there is no X. */
function solved(n: Nodes, a: GraphValue, b: GraphValue, count: number): { x: GraphValue; info: GraphValue } {
  const { both, pivots, info } = factored(n, a, [count, count]);
  let right = b;
  // With the axes and lengths of all matrices together, whose rows are exchanged.
  if (a.shape.length > 2 || b.shape.length > 2)
    right = n.add(
      b,
      n.multiply(n.slice(n.slice(both, both.shape.length - 1, 0, 1), both.shape.length - 2, 0, 1), 0),
    );
  pivots.forEach((place, k) => {
    const rank = right.shape.length - place.shape.length;
    const given = rank > 0 ? n.unsqueeze(place, range(rank)) : place;
    right = exchanged(n, right, k, given, count);
  });
  const lower = substituted(n, both, right, { upper: false, unit: true });
  const upper = substituted(n, both, lower, { upper: true, unit: false });
  return { x: n.where(n.equal(info, 0), upper, Number.NaN), info };
}

/** The factor L of A = L Lᵀ, and the order of the leading minor that is not positive definite: from there on it is A's triangle. */
function rooted(n: Nodes, a: GraphValue, count: number): { lower: GraphValue; info: GraphValue } {
  let rest = a;
  let info = n.number(0, int64);
  const columns: GraphValue[] = [];
  for (let k = 0; k < count; k++) {
    const square = columnOf(n, rowOf(n, rest, k), k);
    const isFirst = n.and(n.equal(info, 0), n.not(n.greater(square, 0)));
    info = n.where(isFirst, k + 1, info);
    const isSound = n.equal(info, 0);
    const pivot = n.sqrt(n.where(isSound, square, 1));
    const below = flags(n, [count, 1], (i) => i > k);
    const column = n.where(below, n.divide(columnOf(n, rest, k), pivot), 0);
    const whole = n.where(
      flags(n, [count, 1], (i) => i === k),
      pivot,
      column,
    );
    const given = n.where(
      flags(n, [count, 1], (i) => i >= k),
      columnOf(n, a, k),
      0,
    );
    columns.push(n.where(isSound, whole, given));
    rest = n.subtract(rest, n.matmul(column, turned(n, column)));
  }
  return { lower: n.concat(columns, a.shape.length - 1, count), info };
}

const withoutMatrixAxes = (n: Nodes, x: GraphValue): GraphValue =>
  n.squeeze(x, [x.shape.length - 2, x.shape.length - 1]);

/** A lowering of matrices in double precision, of which none has too many rows. */
function ofMatrices<Attributes>(lowering: Lowering<Attributes>): Lowering<Attributes> {
  const inDoubles = computedIn(doubles, lowering);
  return (context) =>
    context.inputs.every((input) => sizeOf(input) !== undefined) &&
    context.inputs.every(({ shape }) => !shape.includes(0))
      ? inDoubles(context)
      : undefined;
}

/** Rows of what solves systems. */
export const linearSystemLowerings: readonly LoweringRow[] = [
  row(
    luFactor,
    ofMatrices(({ graph, inputs: [a], results }) => {
      const n = new Nodes(graph);
      const { both, pivots, info } = factored(n, a!, sizeOf(a!)!);
      const axis = a!.shape.length - 2;
      const all = n.add(n.concat(pivots, axis, pivots.length), 1);
      return [
        both,
        n.cast(n.squeeze(all, [axis + 1]), results[1]!.dtype),
        n.cast(withoutMatrixAxes(n, info), results[2]!.dtype),
      ];
    }),
  ),
  row(
    solve,
    ofMatrices(({ graph, inputs: [a, b], results }) => {
      const n = new Nodes(graph);
      const { x, info } = solved(n, a!, b!, known(a!.shape.at(-1)));
      return [x, n.cast(withoutMatrixAxes(n, info), results[1]!.dtype)];
    }),
  ),
  row(
    inverse,
    ofMatrices(({ graph, inputs: [a], results }) => {
      const n = new Nodes(graph);
      const count = known(a!.shape.at(-1));
      const unit = range(count * count).map((i) => (i % (count + 1) === 0 ? 1 : 0));
      const { x, info } = solved(n, a!, n.numbers(unit, a!.dtype, [count, count]), count);
      return [x, n.cast(withoutMatrixAxes(n, info), results[1]!.dtype)];
    }),
  ),
  row(
    solveTriangular,
    ofMatrices(({ graph, inputs: [a, b], attributes }) => [
      substituted(new Nodes(graph), a!, b!, attributes),
    ]),
  ),
  row(
    cholesky,
    ofMatrices(({ graph, inputs: [a], results }) => {
      const n = new Nodes(graph);
      const { lower, info } = rooted(n, a!, known(a!.shape.at(-1)));
      return [lower, n.cast(withoutMatrixAxes(n, info), results[1]!.dtype)];
    }),
  ),
  row(
    choleskySolve,
    ofMatrices(({ graph, inputs: [b, factor], attributes: { upper } }) => {
      const n = new Nodes(graph);
      const [lower, higher] = upper ? [turned(n, factor!), factor!] : [factor!, turned(n, factor!)];
      const half = substituted(n, lower, b!, { upper: false, unit: false });
      return [substituted(n, higher, half, { upper: true, unit: false })];
    }),
  ),
  row(permutationMatrix, ({ graph, inputs: [pivots], attributes: { rows, dtype }, results: [result] }) => {
    const count = known(pivots!.shape.at(-1));
    if (rows > mostRows || pivots!.shape.includes(0)) return undefined;
    const n = new Nodes(graph);
    const axis = pivots!.shape.length;
    const places = n.unsqueeze(n.subtract(n.cast(pivots!, int64), 1), [axis]);
    const all = n.numbers(range(rows), int64, [rows, 1]);
    const first = n.slice(places, axis - 1, 0, 1);
    let order = n.add(n.multiply(first, 0), all);
    for (let k = 0; k < count; k++) order = exchanged(n, order, k, n.slice(places, axis - 1, k, k + 1), rows);
    // Row order[j] of column j.
    const columns = n.transpose(order, [...range(axis - 1), axis, axis - 1]);
    return [{ ...n.cast(n.equal(all, columns), dtype), shape: result!.shape }];
  }),
];
