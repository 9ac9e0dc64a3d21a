// Random samples of the items of an array, or of the numbers below one: `choice` of numpy.random. The two generators
// differ in how they draw without weights, and in what their errors say.

import { float64 } from "../../core/dtype.ts";
import { elements } from "../../core/elements.ts";
import { IndexError, ValueError } from "../../core/errors.ts";
import { product } from "../../core/layout.ts";
import {
  type BitStream,
  sampleOf,
  shuffledOrder,
  weightedChoices,
  weightedSample,
} from "../../random/index.ts";
import { withType } from "../casting.ts";
import type { ItemArray } from "../item-array.ts";
import { asArray } from "../make.ts";
import { NDArray } from "../ndarray.ts";
import { isPyScalar, kindOf } from "../scalars.ts";
import type { ArrayLike } from "../types.ts";
import { drawIntegers, indexArray } from "./integers.ts";
import { anyArray, picked } from "./orders.ts";
import { type Size, shapeOfSize } from "./sizes.ts";

/** What to choose from, and how. */
export interface ChoiceRequest {
  readonly a: unknown;
  readonly size: Size;
  readonly replace: boolean;
  readonly p: ArrayLike | null;
  readonly axis: number;
  readonly shuffle: boolean;
}

/** What the errors of one of the generators say, and how it draws where every item is as likely. */
export interface ChoiceRules {
  readonly isLegacy: boolean;
  /** Of a number or text that nothing can be chosen from, given Python's name of its type. */
  readonly noItems: (type: string) => string;
  readonly noNumbers: string;
  readonly empty: string;
  readonly weightAxes: string;
  readonly weightCount: string;
  readonly unknown: string;
  readonly negative: string;
  readonly sum: string;
  readonly tooMany: string;
}

/** Those of Generator. */
export const choiceRules: ChoiceRules = {
  isLegacy: false,
  noItems: (type) => `a must be a sequence or an integer, not <class '${type}'>`,
  noNumbers: "a must be a positive integer unless no samples are taken",
  empty: "a cannot be empty unless no samples are taken",
  weightAxes: "p must be 1-dimensional",
  weightCount: "a and p must have same size",
  unknown: "Probabilities contain NaN",
  negative: "Probabilities are not non-negative",
  sum: "Probabilities do not sum to 1. See Notes section of docstring for more information.",
  tooMany: "Cannot take a larger sample than population when replace is False",
};

/** Those of RandomState. */
export const legacyChoiceRules: ChoiceRules = {
  isLegacy: true,
  noItems: () => "a must be 1-dimensional or an integer",
  noNumbers: "a must be greater than 0 unless no samples are taken",
  empty: "'a' cannot be empty unless no samples are taken",
  weightAxes: "'p' must be 1-dimensional",
  weightCount: "'a' and 'p' must have same size",
  unknown: "probabilities contain NaN",
  negative: "probabilities are not non-negative",
  sum: "probabilities do not sum to 1",
  tooMany: "Cannot take a larger sample than population when 'replace=False'",
};

/** What is chosen from: how many items, and the items themselves where they are no numbers from 0 on. */
interface Population {
  readonly count: number;
  readonly items: NDArray | ItemArray | undefined;
}

function populationOf({ a, axis }: ChoiceRequest, takesNone: boolean, rules: ChoiceRules): Population {
  const array = anyArray(a);
  if (array.ndim === 0) {
    const isWhole =
      array instanceof NDArray && (array.dtype.isInteger || (isPyScalar(a) && kindOf(a) === "bool"));
    if (!isWhole) {
      const type = isPyScalar(a) ? kindOf(a) : typeof a === "string" ? "str" : "numpy.ndarray";
      throw new ValueError(rules.noItems(type));
    }
    const count = Number(elements(array)[0]);
    if (count <= 0 && !takesNone) throw new ValueError(rules.noNumbers);
    return { count, items: undefined };
  }
  if (rules.isLegacy && array.ndim !== 1) throw new ValueError("a must be 1-dimensional");
  const count = array.shape.at(axis);
  if (count === undefined) throw new IndexError("tuple index out of range");
  if (count === 0 && !takesNone) throw new ValueError(rules.empty);
  return { count, items: array };
}

/** The sum with what rounding lost carried along (Kahan). */
function kahanSum(values: readonly number[]): number {
  let sum = values[0] ?? 0;
  let lost = 0;
  for (let i = 1; i < values.length; i++) {
    const value = values[i]! - lost;
    const next = sum + value;
    lost = next - sum - value;
    sum = next;
  }
  return sum;
}

/** How far from 1 the sum of weights of a type may be. */
function toleranceOf(weights: NDArray): number {
  const steps: Readonly<Record<string, number>> = { float16: 2 ** -10, float32: 2 ** -23 };
  return Math.sqrt(steps[weights.dtype.name] ?? Number.EPSILON);
}

/** @throws ValueError for weights that are none of a distribution over so many items */
function weightsOf(p: ArrayLike, count: number, rules: ChoiceRules): number[] {
  const given = asArray(p);
  if (given.ndim !== 1) throw new ValueError(rules.weightAxes);
  if (given.size !== count) throw new ValueError(rules.weightCount);
  const weights = elements(withType(given, float64)) as number[];
  const sum = kahanSum(weights);
  if (Number.isNaN(sum)) throw new ValueError(rules.unknown);
  if (weights.some((weight) => weight < 0)) throw new ValueError(rules.negative);
  if (Math.abs(sum - 1) > toleranceOf(given)) throw new ValueError(rules.sum);
  return weights;
}

/** Places with repetition. */
function repeated(
  stream: BitStream,
  count: number,
  shape: readonly number[],
  weights: readonly number[] | undefined,
  { isLegacy }: ChoiceRules,
): NDArray {
  if (weights !== undefined) return indexArray(weightedChoices(weights, product(shape), stream), shape);
  return drawIntegers(stream, {
    low: 0,
    high: count,
    size: shape,
    dtype: "int64",
    isClosed: false,
    isMasked: isLegacy,
    name: "integers",
  });
}

/** Places without repetition. */
function distinct(
  stream: BitStream,
  count: number,
  shape: readonly number[],
  weights: readonly number[] | undefined,
  isShuffled: boolean,
  rules: ChoiceRules,
): NDArray {
  const total = product(shape);
  if (total > count) throw new ValueError(rules.tooMany);
  if (weights !== undefined) {
    if (weights.filter((weight) => weight > 0).length < total)
      throw new ValueError("Fewer non-zero entries in p than size");
    return indexArray(weightedSample(weights, total, stream), shape);
  }
  const sample = rules.isLegacy
    ? shuffledOrder(count, stream).subarray(0, total)
    : sampleOf(count, total, isShuffled, stream);
  return indexArray(sample, shape);
}

/**
 * The sample. Of numbers one alone is a number; of an array without a size what stands at the place.
 * @throws ValueError, IndexError
 */
export function choose(
  stream: BitStream,
  request: ChoiceRequest,
  rules: ChoiceRules,
): number | NDArray | ItemArray {
  const { size, p } = request;
  const shape = size === null ? [] : shapeOfSize(size);
  const { count, items } = populationOf(request, product(shape) === 0, rules);
  const weights = p === null ? undefined : weightsOf(p, count, rules);
  const places = request.replace
    ? repeated(stream, count, shape, weights, rules)
    : distinct(stream, count, shape, weights, request.shuffle, rules);
  if (items === undefined) return size === null ? Number(elements(places)[0]) : places;
  const axis = request.axis < 0 ? request.axis + items.ndim : request.axis;
  if (size !== null) return picked(items, places, axis);
  return items.at(...new Array<string>(axis).fill(":"), Number(elements(places)[0]));
}
