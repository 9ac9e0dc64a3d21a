// Products of vectors and matrices: `matmul`, `dot`, `inner`, `outer`, `tensordot`, `vdot`, `kron`.

import { bind, type Signature } from "../core/arguments.ts";
import { PythonError, ValueError } from "../core/errors.ts";
import { broadcastShapes, Layout, product } from "../core/layout.ts";
import { execute } from "../devices/index.ts";
import { matmul as matmulOperation } from "../ops/products.ts";
import { assign, shapeText } from "./assign.ts";
import { broadcastOrThrow, normalizeAxis } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { asArray, isArraySource, scalarIfZeroD, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { canCast, resultType } from "./promotion.ts";
import {
  type ArrayLike,
  type Casting,
  type DTypeLike,
  dtypeText,
  type Order,
  optionalDtype,
} from "./types.ts";
import { conjugate, multiply } from "./ufuncs.ts";
import { ravel } from "./views.ts";
import { handedBack, warnOfCopyKeyword } from "./wrap.ts";

const signature = "(n?,k),(k,m?)->(n?,m?)";

interface ProductOptions {
  readonly out: NDArray | null;
  readonly dtype: DTypeLike | null;
  readonly casting: Casting;
  readonly order: Order;
}

/** Two operands of one type, which kernels can read. */
function together(a: NDArray, b: NDArray, dtype = resultType(a, b)): [NDArray, NDArray] {
  const ready = (array: NDArray): NDArray =>
    array.layout.isAligned ? withType(array, dtype) : converted(array, dtype);
  return [ready(a), ready(b)];
}

/** Stacks of matrices multiplied; their last axes agree already. */
function multiplied(a: NDArray, b: NDArray): NDArray {
  const batch = broadcastOrThrow([a.shape.slice(0, -2), b.shape.slice(0, -2)]);
  const shape = [...batch, a.shape[a.ndim - 2]!, b.shape[b.ndim - 1]!];
  const result = unwritten(Layout.contiguous(a.dtype, shape));
  if (result.size > 0) execute(matmulOperation, [a, b], [result], undefined);
  return result;
}

/**
 * Matrix product over the last two axes, stacks broadcast (`numpy.matmul`); a vector is a row on the left, a column on
 * the right.
 * @throws ValueError where inner lengths differ, or an operand is 0-d
 */
export function matmul(
  x1: ArrayLike,
  x2: ArrayLike,
  ...args: Signature<[out: NDArray | null], Partial<ProductOptions>>
): NDArray {
  const options = bind<ProductOptions>("matmul", ["out"], args, {
    out: null,
    dtype: null,
    casting: "same_kind",
    order: "K",
  });
  const given = [asArray(x1), asArray(x2)] as const;
  given.forEach((array, i) => {
    if (array.ndim > 0) return;
    throw new ValueError(
      `matmul: Input operand ${i} does not have enough dimensions (has 0, gufunc core with signature ${signature} requires 1)`,
    );
  });
  const [left, right] = together(...given, optionalDtype(options.dtype) ?? resultType(...given));
  const a = left.ndim === 1 ? left.reshape(1, left.size) : left;
  const b = right.ndim === 1 ? right.reshape(right.size, 1) : right;
  const [inner, other] = [a.shape[a.ndim - 1]!, b.shape[b.ndim - 2]!];
  if (inner !== other) {
    throw new ValueError(
      `matmul: Input operand 1 has a mismatch in its core dimension 0, with gufunc signature ${signature} (size ${other} is different from ${inner})`,
    );
  }
  const [first, second] = [a.shape.slice(0, -2), b.shape.slice(0, -2)];
  if (broadcastShapes([first, second]) === undefined) {
    throw new ValueError(
      `operands could not be broadcast together with remapped shapes [original->remapped]: ${shapeText(a.shape)}->(${first.join(",")},newaxis,newaxis) ${shapeText(b.shape)}->(${second.join(",")},newaxis,newaxis)  and requested shape (${a.shape[a.ndim - 2]},${b.shape[b.ndim - 1]})`,
    );
  }
  const full = multiplied(a, b);
  const shape = [...full.shape];
  if (right.ndim === 1) shape.pop();
  if (left.ndim === 1) shape.splice(right.ndim === 1 ? shape.length - 1 : shape.length - 2, 1);
  const result = scalarIfZeroD(allocateLike(full, shape));
  if (options.out === null) return handedBack([x1, x2], result);
  if (!canCast(result.dtype, options.out.dtype, options.casting)) {
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc 'matmul' output from ${dtypeText(result.dtype)} to ${dtypeText(options.out.dtype)} with casting rule '${options.casting}'`,
    );
  }
  return intoOut(result, options.out);
}

/** The same memory under another shape of as many elements. */
function allocateLike(array: NDArray, shape: readonly number[]): NDArray {
  if (shape.length === array.ndim) return array;
  const result = unwritten(Layout.contiguous(array.dtype, shape));
  assign(result, array.reshape(shape));
  return result;
}

function intoOut(result: NDArray, out: NDArray | null): NDArray {
  if (out === null) return result;
  checkWriteable(out, "output array");
  assign(out, result);
  return out;
}

function notAligned(a: NDArray, b: NDArray, axis: number): never {
  const [inner, other] = [a.shape[a.ndim - 1], b.shape[axis]];
  throw new ValueError(
    `shapes ${shapeText(a.shape)} and ${shapeText(b.shape)} not aligned: ${inner} (dim ${a.ndim - 1}) != ${other} (dim ${axis})`,
  );
}

/**
 * Sums of products over the last axis of the first and the last but one of the second (`numpy.dot`).
 * @throws ValueError where their lengths differ
 */
export function dot(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<[out: NDArray | null], { readonly out?: NDArray | null }>
): NDArray {
  const { out } = bind<{ out: NDArray | null }>("dot", ["out"], args, { out: null });
  for (const operand of [a, b]) if (isArraySource(operand)) warnOfCopyKeyword();
  const [first, second] = together(asArray(a), asArray(b));
  if (first.ndim === 0 || second.ndim === 0) return intoOut(multiply(first, second), out);
  const axis = Math.max(second.ndim - 2, 0);
  if (first.shape[first.ndim - 1] !== second.shape[axis]) notAligned(first, second, axis);
  return intoOut(contracted(first, [first.ndim - 1], second, [axis]), out);
}

/** Sums of products over pairs of axes; the other axes of the first come first. */
function contracted(a: NDArray, aAxes: readonly number[], b: NDArray, bAxes: readonly number[]): NDArray {
  const free = (array: NDArray, axes: readonly number[]): number[] =>
    array.shape.map((_, axis) => axis).filter((axis) => !axes.includes(axis));
  const [aFree, bFree] = [free(a, aAxes), free(b, bAxes)];
  const lengths = (array: NDArray, axes: readonly number[]): number[] =>
    axes.map((axis) => array.shape[axis]!);
  const inner = product(lengths(a, aAxes));
  const rows = a.transpose([...aFree, ...aAxes]).reshape(product(lengths(a, aFree)), inner);
  const columns = b.transpose([...bAxes, ...bFree]).reshape(inner, product(lengths(b, bFree)));
  const result = multiplied(rows, columns);
  const shape = [...lengths(a, aFree), ...lengths(b, bFree)];
  return scalarIfZeroD(allocateLike(result, shape));
}

/** Sums of products over the last axes of both (`numpy.inner`). */
export function inner(a: ArrayLike, b: ArrayLike): NDArray {
  const [first, second] = together(asArray(a), asArray(b));
  if (first.ndim === 0 || second.ndim === 0) return multiply(first, second);
  const last = second.ndim - 1;
  if (first.shape[first.ndim - 1] !== second.shape[last]) {
    notAligned(first, last > 0 ? second.swapaxes(-1, -2) : second, Math.max(last - 1, 0));
  }
  return contracted(first, [first.ndim - 1], second, [last]);
}

/** Every element of one times every element of the other (`numpy.outer`). */
export function outer(a: ArrayLike, b: ArrayLike): NDArray {
  return multiply(ravel(a).reshape(-1, 1), ravel(b).reshape(1, -1));
}

/** The sum of products of all elements, the first's conjugated (`numpy.vdot`). */
export function vdot(a: ArrayLike, b: ArrayLike): NDArray {
  const first = ravel(a);
  const count = asArray(b).size;
  if (count !== first.size) {
    throw new ValueError(`cannot reshape array of size ${count} into shape (${first.size},)`);
  }
  return dot(first.dtype.isComplex ? conjugate(first) : first, ravel(b));
}

/** Sums of products over several pairs of axes (`numpy.tensordot`). */
export function tensordot(
  a: ArrayLike,
  b: ArrayLike,
  ...args: Signature<
    [axes: number | readonly (number | readonly number[])[]],
    { readonly axes?: number | readonly (number | readonly number[])[] }
  >
): NDArray {
  const { axes } = bind<{ axes: number | readonly (number | readonly number[])[] }>(
    "tensordot",
    ["axes"],
    args,
    {
      axes: 2,
    },
  );
  const [first, second] = together(asArray(a), asArray(b));
  const pairs: readonly (readonly number[])[] =
    typeof axes === "number"
      ? [
          Array.from({ length: axes }, (_, i) => first.ndim - axes + i),
          Array.from({ length: axes }, (_, i) => i),
        ]
      : axes.map((side) => (typeof side === "number" ? [side] : side));
  for (const side of pairs) {
    if (new Set(side).size !== side.length) {
      throw new ValueError("duplicate axes are not allowed in tensordot");
    }
  }
  const aAxes = pairs[0]!.map((axis) => normalizeAxis(axis, first.ndim));
  const bAxes = pairs[1]!.map((axis) => normalizeAxis(axis, second.ndim));
  const agree =
    aAxes.length === bAxes.length && aAxes.every((axis, i) => first.shape[axis] === second.shape[bAxes[i]!]);
  if (!agree) throw new ValueError("shape-mismatch for sum");
  return contracted(first, aAxes, second, bAxes);
}

/** The Kronecker product: a copy of the second, scaled, for each element of the first (`numpy.kron`). */
export function kron(a: ArrayLike, b: ArrayLike): NDArray {
  const [first, second] = [asArray(a), asArray(b)];
  const rank = Math.max(first.ndim, second.ndim);
  const padded = (array: NDArray): number[] => [
    ...new Array<number>(rank - array.ndim).fill(1),
    ...array.shape,
  ];
  const [aShape, bShape] = [padded(first), padded(second)];
  const left = first.reshape(aShape.flatMap((length) => [length, 1]));
  const right = second.reshape(bShape.flatMap((length) => [1, length]));
  return multiply(left, right).reshape(aShape.map((length, axis) => length * bShape[axis]!));
}
