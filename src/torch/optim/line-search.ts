// The line search of torch.optim.LBFGS: a step that satisfies the strong Wolfe conditions (Nocedal and Wright,
// Numerical Optimization, algorithms 3.5 and 3.6, as minFunc has them). Numbers of Python stay numbers, and what
// PyTorch reckons in 0-d tensors is rounded to their type.

import { mul } from "../binary.ts";
import { add, div, sub } from "../pointwise.ts";
import type { Tensor } from "../tensor.ts";

/** A number, or a 0-d tensor. */
export type Quantity = number | Tensor;

type Operator = (a: Quantity, b: Quantity) => Quantity;

function operator(
  numbers: (a: number, b: number) => number,
  tensors: (a: Quantity, b: Quantity) => Tensor,
): Operator {
  return (a, b) => (typeof a === "number" && typeof b === "number" ? numbers(a, b) : tensors(a, b));
}

const plus: Operator = operator((a, b) => a + b, add);
const minus: Operator = operator((a, b) => a - b, sub);
/** The product of two quantities. */
export const times: Operator = operator((a, b) => a * b, mul);
/** The quotient of two quantities. */
export const over: Operator = operator((a, b) => a / b, div);

/** The number that a quantity is. */
export function numberOf(quantity: Quantity): number {
  return typeof quantity === "number" ? quantity : Number(quantity.item());
}

/** Python's `min` of two: the first unless the second is less. */
export function least(a: Quantity, b: Quantity): Quantity {
  return numberOf(b) < numberOf(a) ? b : a;
}

/** Python's `max` of two: the first unless the second is greater. */
function greatest(a: Quantity, b: Quantity): Quantity {
  return numberOf(b) > numberOf(a) ? b : a;
}

/** A point of the search: the step, the value there, the gradient, and its part along the direction. */
interface Point {
  readonly t: Quantity;
  readonly value: number;
  readonly grad: Tensor;
  readonly slope: Quantity;
}

/** The minimum of the cubic through two points with their slopes, kept within bounds. */
function cubicMinimum(a: Point, b: Point, bounds?: readonly [Quantity, Quantity]): Quantity {
  const isOrdered = numberOf(a.t) <= numberOf(b.t);
  const [low, high] = bounds ?? (isOrdered ? [a.t, b.t] : [b.t, a.t]);
  const chord = over(3 * (a.value - b.value), minus(a.t, b.t));
  const first = minus(plus(a.slope, b.slope), chord);
  const square = minus(times(first, first), times(a.slope, b.slope));
  if (!(numberOf(square) >= 0)) return over(plus(low, high), 2);
  const root = typeof square === "number" ? Math.sqrt(square) : square.sqrt();
  const [near, far] = isOrdered ? [a, b] : [b, a];
  const share = over(minus(plus(far.slope, root), first), plus(minus(far.slope, near.slope), times(2, root)));
  const place = minus(far.t, times(minus(far.t, near.t), share));
  return least(greatest(place, low), high);
}

/** What the search gives. */
export interface Found {
  readonly value: number;
  readonly grad: Tensor;
  readonly t: Quantity;
  /** How often the function was evaluated. */
  readonly evaluations: number;
}

/** What is searched: the function along a direction, from a point. */
export interface Search {
  /** The value and the gradient at a step. */
  readonly evaluate: (t: Quantity) => { readonly value: number; readonly grad: Tensor };
  readonly direction: Tensor;
  /** The first step to be tried. */
  readonly t: Quantity;
  readonly value: number;
  readonly grad: Tensor;
  readonly slope: Tensor;
  readonly toleranceChange: number;
  readonly maxEvaluations: number;
}

const decrease = 1e-4;
const curvature = 0.9;

/** Searches for a step that satisfies the strong Wolfe conditions. */
export function strongWolfe(search: Search): Found {
  const { value, slope, maxEvaluations } = search;
  const start: Point = { t: 0, value, grad: search.grad.clone(), slope };
  const at = (t: Quantity): Point => {
    const found = search.evaluate(t);
    return { t, value: found.value, grad: found.grad, slope: found.grad.dot(search.direction) };
  };
  let evaluations = 1;
  let iteration = 0;
  let previous = start;
  let point = at(search.t);
  let bracket: Point[] | undefined;
  let isDone = false;
  while (iteration < maxEvaluations) {
    const isHigher = point.value > bound(search, point.t) || (iteration > 1 && point.value >= previous.value);
    isDone = !isHigher && isFlat(point, slope);
    if (isDone) bracket = [point];
    else if (isHigher || numberOf(point.slope) >= 0) bracket = [previous, point];
    if (bracket !== undefined) break;
    const nearest = plus(point.t, times(0.01, minus(point.t, previous.t)));
    const t = cubicMinimum(previous, point, [nearest, times(point.t, 10)]);
    previous = point;
    point = at(t);
    evaluations++;
    iteration++;
  }
  bracket ??= [start, point];
  let low = lowest(bracket);
  if (!isDone) {
    const zoomed = zoom(search, bracket, at, iteration);
    evaluations += zoomed.evaluations;
    low = zoomed.low;
  }
  const { t, grad, value: reached } = bracket[low]!;
  return { value: reached, grad, t, evaluations };
}

/** The most that the value may be at a step. */
function bound({ value, slope }: Search, t: Quantity): number {
  return numberOf(plus(value, times(times(decrease, t), slope)));
}

function isFlat(point: Point, slope: Tensor): boolean {
  return Math.abs(numberOf(point.slope)) <= numberOf(times(-curvature, slope));
}

function lowest(bracket: readonly Point[]): number {
  return bracket[0]!.value <= bracket.at(-1)!.value ? 0 : 1;
}

/**
 * Narrows a bracket in place until a point in it satisfies the conditions.
 * @returns which of its points is the lower, and how many were evaluated
 */
function zoom(
  search: Search,
  bracket: Point[],
  at: (t: Quantity) => Point,
  first: number,
): { readonly low: number; readonly evaluations: number } {
  const width = search.direction.abs().max();
  let low = lowest(bracket);
  let isStuck = false;
  let iteration = first;
  while (iteration < search.maxEvaluations) {
    const [a, b] = bracket as [Point, Point];
    const span = minus(b.t, a.t);
    if (
      numberOf(times(typeof span === "number" ? Math.abs(span) : span.abs(), width)) < search.toleranceChange
    )
      break;
    const tried = spaced(cubicMinimum(a, b), a.t, b.t, isStuck);
    isStuck = tried.isStuck;
    const point = at(tried.t);
    iteration++;
    const high = 1 - low;
    if (point.value > bound(search, point.t) || point.value >= bracket[low]!.value) {
      bracket[high] = point;
      low = lowest(bracket);
      continue;
    }
    const isDone = isFlat(point, search.slope);
    const ahead = minus(bracket[high]!.t, bracket[low]!.t);
    if (!isDone && numberOf(times(point.slope, ahead)) >= 0) bracket[high] = bracket[low]!;
    bracket[low] = point;
    if (isDone) break;
  }
  return { low, evaluations: iteration - first };
}

/** Keeps a step away from the ends of the bracket where it comes too near twice, or lies on one. */
function spaced(
  t: Quantity,
  a: Quantity,
  b: Quantity,
  wasStuck: boolean,
): { readonly t: Quantity; readonly isStuck: boolean } {
  const [low, high] = [least(a, b), greatest(a, b)];
  const margin = times(0.1, minus(high, low));
  const [above, below] = [minus(high, t), minus(t, low)];
  if (!(numberOf(least(above, below)) < numberOf(margin))) return { t, isStuck: false };
  if (!wasStuck && numberOf(t) < numberOf(high) && numberOf(t) > numberOf(low)) return { t, isStuck: true };
  const isNearHigh = Math.abs(numberOf(above)) < Math.abs(numberOf(below));
  return { t: isNearHigh ? minus(high, margin) : plus(low, margin), isStuck: false };
}
