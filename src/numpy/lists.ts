// Arrays of nested lists: the shape that the lists have, the type that their numbers meet in.

import { type DType, float64 } from "../core/dtype.ts";
import { elements, setterOf } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { contiguousStrides, type Shape } from "../core/layout.ts";
import { tupleText } from "../core/text.ts";
import { assign } from "./assign.ts";
import { allocateShape, asArray, defaultType } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { promoteTypes, withPythonNumber } from "./promotion.ts";
import { convertScalar, isOperand, isPyScalar, isTypedArray, kindOf, type PyKind } from "./scalars.ts";
import type { ArrayLike, PyScalar } from "./types.ts";

/** What stands at the ends of nested lists: numbers and whole arrays. */
interface Discovered {
  readonly shape: Shape;
  readonly leaves: readonly (PyScalar | NDArray)[];
}

function isList(value: unknown): value is readonly ArrayLike[] {
  return Array.isArray(value);
}

/** The shape of the list and what is in it. */
function discover(list: readonly ArrayLike[]): Discovered {
  const leaves: (PyScalar | NDArray)[] = [];
  let shape: number[] | undefined;
  const visit = (value: ArrayLike, lengths: readonly number[]): void => {
    if (isList(value) && value.length > 0) {
      if (shape !== undefined && shape[lengths.length] !== value.length)
        ragged(shape.slice(0, lengths.length));
      for (const item of value) visit(item, [...lengths, value.length]);
      return;
    }
    const leaf = isList(value) ? undefined : leafOf(value);
    const tail = leaf === undefined ? [0] : isPyScalar(leaf) ? [] : leaf.shape;
    const full = [...lengths, ...tail];
    if (shape === undefined) shape = full;
    else if (full.length !== shape.length || full.some((length, i) => length !== shape![i])) {
      const same = full.findIndex((length, i) => length !== shape![i]);
      ragged(shape.slice(0, same === -1 ? Math.min(full.length, shape.length) : same));
    }
    if (leaf !== undefined) leaves.push(leaf);
  };
  visit(list, []);
  return { shape: shape!, leaves };
}

/** @throws ValueError naming the shape up to where the lists differ */
export function ragged(shape: Shape): never {
  throw new ValueError(
    "setting an array element with a sequence. The requested array has an inhomogeneous shape after " +
      `${shape.length} dimensions. The detected shape was ${tupleText(shape)} + inhomogeneous part.`,
  );
}

function leafOf(value: ArrayLike): PyScalar | NDArray {
  if (isPyScalar(value)) return value;
  if (isOperand(value) || isTypedArray(value)) return asArray(value);
  throw new PythonTypeError(
    `an array cannot hold ${value === null || value === undefined ? "None" : typeof value}`,
  );
}

/** The type in which the leaves meet. Numbers count with their own types: a list has no array to follow. */
function typeOf(leaves: readonly (PyScalar | NDArray)[]): DType {
  let type: DType | undefined;
  const seen: Set<PyKind> = new Set();
  for (const leaf of leaves) {
    let own: DType;
    if (isPyScalar(leaf)) {
      const kind = kindOf(leaf);
      if (kind !== "int" && seen.has(kind)) continue;
      seen.add(kind);
      own = kind === "int" ? defaultType(leaf) : withPythonNumber(undefined, kind);
    } else own = leaf.dtype;
    if (own !== type) type = type === undefined ? own : promoteTypes(type, own);
  }
  return type ?? float64;
}

/**
 * A new row-major array of nested lists.
 * @throws ValueError where lists beside each other differ in length; TypeError for what is no number
 */
export function arrayOfList(list: readonly ArrayLike[], dtype?: DType): NDArray {
  const { shape, leaves } = discover(list);
  const type = dtype ?? typeOf(leaves);
  const result = allocateShape(type, shape);
  if (leaves.length === 0) return result;
  const [set, data] = [setterOf(type), result.storage.view(type)];
  const step = result.size / leaves.length;
  leaves.forEach((leaf, i) => {
    if (isPyScalar(leaf)) set(data, i, convertScalar(leaf, type));
    else {
      const part = shape.slice(shape.length - leaf.ndim);
      const place = result.layout.with(part, contiguousStrides(part), i * step);
      assign({ storage: result.storage, layout: place }, leaf);
    }
  });
  return result;
}

/** All numbers of nested lists in order, whatever their depth. */
export function flatNumbers(list: ArrayLike): number[] {
  return elements(asArray(list)).map(Number);
}
