// Products of vectors in stacks: `vecdot`, `matvec`, `vecmat`, `cross`.

import { bind, type Signature } from "../core/arguments.ts";
import { ValueError } from "../core/errors.ts";
import { broadcastShapes, contiguousStrides, Layout } from "../core/layout.ts";
import { warn } from "../core/warnings.ts";
import { assign, shapeText } from "./assign.ts";
import { broadcastOrThrow, normalizeAxis } from "./axes.ts";
import { withType } from "./casting.ts";
import { empty } from "./creation.ts";
import { asArray, scalarIfZeroD, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { resultLayout } from "./order.ts";
import { matmul } from "./products.ts";
import { promoteTypes } from "./promotion.ts";
import type { ArrayLike } from "./types.ts";
import * as u from "./ufuncs.ts";
import { moveaxis } from "./views.ts";

/** @throws ValueError where an operand has fewer axes than the function needs, or the lengths differ */
function checkCores(
  name: string,
  signature: string,
  operands: readonly [NDArray, NDArray],
  ranks: readonly [number, number],
  cores: readonly [inner: number, other: number],
): void {
  operands.forEach((array, i) => {
    if (array.ndim >= ranks[i]!) return;
    throw new ValueError(
      `${name}: Input operand ${i} does not have enough dimensions (has ${array.ndim}, gufunc core with signature ${signature} requires ${ranks[i]})`,
    );
  });
  const [first, second] = operands;
  const inner = first.shape[first.ndim + cores[0]]!;
  const other = second.shape[second.ndim + cores[1]]!;
  if (inner === other) return;
  throw new ValueError(
    `${name}: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature ${signature} (size ${other} is different from ${inner})`,
  );
}

/** @throws ValueError unless the axes in front stretch to one shape */
function checkStacks(
  operands: readonly [NDArray, NDArray],
  ranks: readonly [number, number],
  length: number,
): void {
  const outer = operands.map(({ shape }, i) => shape.slice(0, shape.length - ranks[i]!));
  if (broadcastShapes(outer) !== undefined) return;
  const texts = operands.map(
    ({ shape }, i) => `${shapeText(shape)}->(${[...outer[i]!, "newaxis"].join(",")}) `,
  );
  throw new ValueError(
    `operands could not be broadcast together with remapped shapes [original->remapped]: ${texts.join("")} and requested shape (${length})`,
  );
}

/** The result in the order of memory in which NumPy goes through the stacks. */
function placed(
  result: NDArray,
  operands: readonly [NDArray, NDArray],
  ranks: readonly [number, number],
): NDArray {
  const outer = operands.map(({ layout }, i) => {
    const rank = layout.rank - ranks[i]!;
    return layout.with(layout.shape.slice(0, rank), layout.strides.slice(0, rank));
  });
  const rank = Math.max(...outer.map((each) => each.rank));
  const inner = result.shape.slice(rank);
  const size = inner.reduce((n, length) => n * length, 1);
  const { strides } = resultLayout(outer, result.shape.slice(0, rank), result.dtype);
  const layout = new Layout(result.dtype, result.shape, [
    ...strides.map((stride) => stride * size),
    ...contiguousStrides(inner),
  ]);
  const target = unwritten(layout);
  assign(target, result);
  return target;
}

function conjugated(array: NDArray): NDArray {
  return array.dtype.isComplex ? u.conjugate(array) : array;
}

/** Sums of products along an axis, the first conjugated (`numpy.vecdot`). */
export function vecdot(x1: ArrayLike, x2: ArrayLike, options: { readonly axis?: number } = {}): NDArray {
  const { axis = -1 } = options;
  const operands = [asArray(x1), asArray(x2)].map((each) =>
    each.ndim === 0 || axis === -1 ? each : moveaxis(each, axis, -1),
  ) as [NDArray, NDArray];
  checkCores("vecdot", "(n),(n)->()", operands, [1, 1], [-1, -1]);
  const [first, second] = operands;
  const result = matmul(
    conjugated(first).reshape([...first.shape.slice(0, -1), 1, first.shape.at(-1)!]),
    second.reshape([...second.shape, 1]),
  );
  return scalarIfZeroD(placed(result.reshape(result.shape.slice(0, -2)), operands, [1, 1]));
}

/** Matrices times vectors, in stacks (`numpy.matvec`). */
export function matvec(x1: ArrayLike, x2: ArrayLike): NDArray {
  const operands = [asArray(x1), asArray(x2)] as const;
  checkCores("matvec", "(m,n),(n)->(m)", operands, [2, 1], [-1, -1]);
  checkStacks(operands, [2, 1], operands[0].shape.at(-2)!);
  const result = matmul(operands[0], operands[1].reshape([...operands[1].shape, 1]));
  return placed(result.reshape(result.shape.slice(0, -1)), operands, [2, 1]);
}

/** Vectors, conjugated, times matrices, in stacks (`numpy.vecmat`). */
export function vecmat(x1: ArrayLike, x2: ArrayLike): NDArray {
  const operands = [asArray(x1), asArray(x2)] as const;
  checkCores("vecmat", "(n),(n,m)->(m)", operands, [1, 2], [-1, -2]);
  const [vector, matrix] = operands;
  checkStacks(operands, [1, 2], matrix.shape.at(-1)!);
  const result = matmul(
    conjugated(vector).reshape([...vector.shape.slice(0, -1), 1, vector.shape.at(-1)!]),
    matrix,
  );
  return placed(result.reshape([...result.shape.slice(0, -2), result.shape.at(-1)!]), operands, [1, 2]);
}

interface CrossOptions {
  readonly axisa: number;
  readonly axisb: number;
  readonly axisc: number;
  readonly axis: number | null;
}

/** The parts of a vector along its last axis; a third one of 0 where it has two. */
function partsOf(array: NDArray): [NDArray, NDArray, NDArray | undefined] {
  const part = (i: number): NDArray => array.at("...", i);
  return [part(0), part(1), array.shape.at(-1) === 3 ? part(2) : undefined];
}

/** One product less another; a missing factor counts as 0. */
function lessProduct(
  [a, b]: readonly [NDArray | undefined, NDArray | undefined],
  [c, d]: readonly [NDArray | undefined, NDArray | undefined],
): NDArray {
  const minuend = a === undefined || b === undefined ? undefined : u.multiply(a, b);
  if (c === undefined || d === undefined) return minuend!;
  const subtrahend = u.multiply(c, d);
  return minuend === undefined ? u.negative(subtrahend) : u.subtract(minuend, subtrahend);
}

/** The vector product along axes of 3 (or, though NumPy warns of it, 2) elements (`numpy.cross`). */
export function cross(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<
    [axisa: number, axisb: number, axisc: number, axis: number | null],
    Partial<CrossOptions>
  >
): NDArray {
  const names = ["axisa", "axisb", "axisc", "axis"] as const;
  const options = bind<CrossOptions>("cross", [...names], args, {
    axisa: -1,
    axisb: -1,
    axisc: -1,
    axis: null,
  });
  const { axisa, axisb, axisc } =
    options.axis === null ? options : { axisa: options.axis, axisb: options.axis, axisc: options.axis };
  const given = [asArray(a), asArray(b)] as const;
  if (given.some((array) => array.ndim < 1)) {
    throw new ValueError("At least one array has zero dimension");
  }
  const dtype = promoteTypes(given[0].dtype, given[1].dtype);
  const [first, second] = [
    moveaxis(given[0], normalizeAxis(axisa, given[0].ndim, "axisa: "), -1),
    moveaxis(given[1], normalizeAxis(axisb, given[1].ndim, "axisb: "), -1),
  ].map((array) => withType(array, dtype)) as [NDArray, NDArray];
  const lengths = [first.shape.at(-1)!, second.shape.at(-1)!];
  if (lengths.some((length) => length !== 2 && length !== 3)) {
    throw new ValueError("incompatible dimensions for cross product\n(dimension must be 2 or 3)");
  }
  if (lengths.includes(2)) {
    warn(
      "DeprecationWarning",
      "Arrays of 2-dimensional vectors are deprecated. Use arrays of 3-dimensional vectors instead. (deprecated in NumPy 2.0)",
    );
  }
  const [a0, a1, a2] = partsOf(first);
  const [b0, b1, b2] = partsOf(second);
  const last = lessProduct([a0, b1], [a1, b0]);
  if (!lengths.includes(3)) return last;
  const shape = broadcastOrThrow([first.shape.slice(0, -1), second.shape.slice(0, -1)]);
  const result = empty([...shape, 3], { dtype });
  const place = normalizeAxis(axisc, result.ndim, "axisc: ");
  result.set(["...", 0], lessProduct([a1, b2], [a2, b1]));
  result.set(["...", 1], lessProduct([a2, b0], [a0, b2]));
  result.set(["...", 2], last);
  return moveaxis(result, -1, place);
}
