// Differences and slopes along axes: `diff`, `ediff1d`, `gradient`, `trapezoid`, `unwrap`.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import { bool, float64 } from "../core/dtype.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { assign } from "./assign.ts";
import { normalizeAxes, normalizeAxis } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { emptyLike } from "./creation.ts";
import { broadcastTo } from "./flips.ts";
import { asArray } from "./make.ts";
import { concatenate, copyto } from "./manipulation.ts";
import type { NDArray } from "./ndarray.ts";
import { canCast, resultType } from "./promotion.ts";
import { all, cumsum, sum } from "./reductions.ts";
import { isPyScalar } from "./scalars.ts";
import { type ArrayLike, type Axes, dtype as typeOf } from "./types.ts";
import * as u from "./ufuncs.ts";
import { ravel } from "./views.ts";

/** What an item of an index picks along an axis. */
export function alongAxis(array: NDArray, axis: number, item: string | number): NDArray {
  return array.at(...new Array<string>(axis).fill(":"), item, "...");
}

interface DiffOptions {
  readonly n: number;
  readonly axis: number;
  readonly prepend: ArrayLike | null;
  readonly append: ArrayLike | null;
}

/** Differences of neighbours along an axis, `n` times (`numpy.diff`). */
export function diff(
  a: ArrayLike,
  ...args: Signature<
    [n: number, axis: number, prepend: ArrayLike | null, append: ArrayLike | null],
    Partial<DiffOptions>
  >
): NDArray {
  const names = ["n", "axis", "prepend", "append"] as const;
  const options = bind<DiffOptions>("diff", [...names], args, {
    n: 1,
    axis: -1,
    prepend: null,
    append: null,
  });
  const { n } = options;
  if (n < 0) throw new ValueError(`order must be non-negative but got ${n}`);
  let array = asArray(a);
  if (n === 0) return array;
  if (array.ndim === 0) throw new ValueError("diff requires input that is at least one dimensional");
  const axis = normalizeAxis(options.axis, array.ndim);
  const margin = (value: ArrayLike | null): NDArray[] => {
    if (value === null) return [];
    const given = asArray(value);
    return [given.ndim === 0 ? broadcastTo(given, array.shape.with(axis, 1)) : given];
  };
  const parts = [...margin(options.prepend), array, ...margin(options.append)];
  if (parts.length > 1) array = concatenate(parts, axis);
  const apart = array.dtype === bool ? u.notEqual : u.subtract;
  for (let time = 0; time < n; time++)
    array = apart(alongAxis(array, axis, "1:"), alongAxis(array, axis, ":-1"));
  return array;
}

interface EdgeOptions {
  readonly toEnd: ArrayLike | null;
  readonly toBegin: ArrayLike | null;
}

/** Differences of neighbours in row-major order, with numbers put before and behind (`numpy.ediff1d`). */
export function ediff1d(
  ary: ArrayLike,
  ...args: Signature<[toEnd: ArrayLike | null, toBegin: ArrayLike | null], Partial<EdgeOptions>>
): NDArray {
  const options = bind<EdgeOptions>("ediff1d", ["toEnd", "toBegin"], args, { toEnd: null, toBegin: null });
  const flat = ravel(ary);
  const differences = (): NDArray => u.subtract(flat.at("1:"), flat.at(":-1"));
  if (options.toBegin === null && options.toEnd === null) return differences();
  const margin = (value: ArrayLike | null, name: string): NDArray[] => {
    if (value === null) return [];
    const given = asArray(value);
    if (canCast(given, flat.dtype, "same_kind")) return [withType(ravel(given), flat.dtype)];
    throw new PythonTypeError(
      `dtype of \`${name}\` must be compatible with input \`ary\` under the \`same_kind\` rule.`,
    );
  };
  const begin = margin(options.toBegin, "to_begin");
  const end = margin(options.toEnd, "to_end");
  const middle = flat.size === 0 ? flat.at(":0") : differences();
  return concatenate([...begin, middle, ...end]);
}

interface GradientOptions {
  readonly axis: Axes | null;
  readonly edgeOrder: 1 | 2;
}

/** Distances of samples along an axis: one for all, or an array of them. */
type Spacing = ArrayLike;

/** Distances between neighbours; one where all are the same. @throws ValueError */
function spacingAlong(given: ArrayLike, length: number): Spacing {
  if (isPyScalar(given)) return given;
  const places = asArray(given);
  if (places.ndim === 0) return given;
  if (places.ndim !== 1) throw new ValueError("distances must be either scalars or 1d");
  if (places.size !== length) {
    throw new ValueError("when 1d, distances must match the length of the corresponding dimension");
  }
  const steps = diff(places.dtype.isInteger ? places.astype(float64) : places);
  return all(u.equal(steps, steps.at(0))).item() === true ? steps.at(0) : steps;
}

function spacings(given: readonly ArrayLike[], axes: readonly number[], array: NDArray): Spacing[] {
  if (given.length === 0) return axes.map(() => float(1));
  const [first] = given as [ArrayLike];
  if (given.length === 1 && (isPyScalar(first) || asArray(first).ndim === 0)) return axes.map(() => first);
  if (given.length !== axes.length) throw new PythonTypeError("invalid number of arguments");
  return given.map((each, i) => spacingAlong(each, array.shape[axes[i]!]!));
}

function isUniform(spacing: Spacing): boolean {
  return isPyScalar(spacing) || asArray(spacing).ndim === 0;
}

/** The weights of three neighbours, for an axis of which they vary along one. */
type Weights = readonly [ArrayLike, ArrayLike, ArrayLike];

/** The slope inside, from the neighbours on both sides. */
function innerSlopes(array: NDArray, axis: number, spacing: Spacing): NDArray {
  const [before, middle, behind] = [":-2", "1:-1", "2:"].map((item) => alongAxis(array, axis, item)) as [
    NDArray,
    NDArray,
    NDArray,
  ];
  if (isUniform(spacing)) return u.divide(u.subtract(behind, before), u.multiply(spacing, float(2)));
  const steps = asArray(spacing);
  const [h1, h2] = [steps.at(":-1"), steps.at("1:")];
  const shape = array.shape.map((_, each) => (each === axis ? -1 : 1));
  const weights: Weights = [
    u.divide(u.negative(h2), u.multiply(h1, u.add(h1, h2))).reshape(shape),
    u.divide(u.subtract(h2, h1), u.multiply(h1, h2)).reshape(shape),
    u.divide(h1, u.multiply(h2, u.add(h1, h2))).reshape(shape),
  ];
  return weighted(weights, [before, middle, behind]);
}

function weighted([a, b, c]: Weights, [x, y, z]: readonly [NDArray, NDArray, NDArray]): NDArray {
  return u.add(u.add(u.multiply(a, x), u.multiply(b, y)), u.multiply(c, z));
}

/** The slope at an end from three elements; the first weight belongs to the first of them. */
function endWeights(spacing: Spacing, isFirst: boolean): Weights {
  if (isUniform(spacing)) {
    const factors = isFirst ? [-1.5, 2, -0.5] : [0.5, -2, 1.5];
    return factors.map((factor) => u.divide(float(factor), spacing)) as unknown as Weights;
  }
  const steps = asArray(spacing);
  const [h1, h2] = isFirst ? [steps.at(0), steps.at(1)] : [steps.at(-2), steps.at(-1)];
  const both = u.add(h1, h2);
  if (isFirst) {
    return [
      u.divide(u.negative(u.add(u.multiply(h1, float(2)), h2)), u.multiply(h1, both)),
      u.divide(both, u.multiply(h1, h2)),
      u.divide(u.negative(h1), u.multiply(h2, both)),
    ];
  }
  return [
    u.divide(h2, u.multiply(h1, both)),
    u.divide(u.negative(both), u.multiply(h1, h2)),
    u.divide(u.add(u.multiply(h2, float(2)), h1), u.multiply(h2, both)),
  ];
}

function endSlope(
  array: NDArray,
  axis: number,
  spacing: Spacing,
  edgeOrder: number,
  isFirst: boolean,
): NDArray {
  const part = (at: number): NDArray => alongAxis(array, axis, at);
  if (edgeOrder === 1) {
    const step = isUniform(spacing) ? spacing : asArray(spacing).at(isFirst ? 0 : -1);
    const [to, from] = isFirst ? [1, 0] : [-1, -2];
    return u.divide(u.subtract(part(to!), part(from!)), step);
  }
  const [x, y, z] = isFirst ? [0, 1, 2] : [-3, -2, -1];
  return weighted(endWeights(spacing, isFirst), [part(x!), part(y!), part(z!)]);
}

function slopes(array: NDArray, out: NDArray, axis: number, spacing: Spacing, edgeOrder: number): NDArray {
  if (array.shape[axis]! < edgeOrder + 1) {
    throw new ValueError(
      "Shape of array too small to calculate a numerical gradient, at least (edge_order + 1) elements are required.",
    );
  }
  assign(alongAxis(out, axis, "1:-1"), innerSlopes(array, axis, spacing));
  assign(
    alongAxis(out, axis, ":1"),
    endSlope(array, axis, spacing, edgeOrder, true).reshape(out.shape.with(axis, 1)),
  );
  assign(
    alongAxis(out, axis, "-1:"),
    endSlope(array, axis, spacing, edgeOrder, false).reshape(out.shape.with(axis, 1)),
  );
  return out;
}

/**
 * Slopes along axes from neighbours on both sides, at the ends from one side (`numpy.gradient`); a list where there are
 * several axes. Samples are 1 apart, or as the arguments behind the array say.
 */
export function gradient(
  f: ArrayLike,
  ...args: readonly (ArrayLike | Partial<GradientOptions>)[]
): NDArray | NDArray[] {
  const last = args.at(-1);
  const given = (isOptions(last) ? args.slice(0, -1) : args) as readonly ArrayLike[];
  const { axis, edgeOrder } = bind<GradientOptions>("gradient", [], isOptions(last) ? [last] : [], {
    axis: null,
    edgeOrder: 1,
  });
  const array = asArray(f);
  const axes = normalizeAxes(axis, array.ndim);
  const distances = spacings(given, axes, array);
  if (edgeOrder > 2) throw new ValueError("'edge_order' greater than 2 not supported");
  const source = array.dtype.isInteger ? converted(array, float64) : array;
  const type = array.dtype.isInteger || array.dtype === bool ? float64 : array.dtype;
  const results = axes.map((each, i) =>
    slopes(source, emptyLike(source, { dtype: type }), each, distances[i]!, edgeOrder),
  );
  return results.length === 1 ? results[0]! : results;
}

interface TrapezoidOptions {
  readonly x: ArrayLike | null;
  readonly dx: ArrayLike;
  readonly axis: number;
}

/** The integral along an axis by the trapezoidal rule (`numpy.trapezoid`). */
export function trapezoid(
  y: ArrayLike,
  ...args: Signature<[x: ArrayLike | null, dx: ArrayLike, axis: number], Partial<TrapezoidOptions>>
): NDArray {
  const options = bind<TrapezoidOptions>("trapezoid", ["x", "dx", "axis"], args, {
    x: null,
    dx: float(1),
    axis: -1,
  });
  const array = asArray(y);
  const axis = normalizeAxis(options.axis, array.ndim);
  let steps: ArrayLike = options.dx;
  if (options.x !== null) {
    const places = asArray(options.x);
    const apart = diff(places, places.ndim === 1 ? {} : { axis: options.axis });
    const shape = array.shape.map((_, each) => (each === axis ? -1 : 1));
    steps = places.ndim === 1 ? apart.reshape(shape) : apart;
  }
  const pairs = u.add(alongAxis(array, axis, "1:"), alongAxis(array, axis, ":-1"));
  return sum(u.divide(u.multiply(steps, pairs), float(2)), { axis });
}

interface UnwrapOptions {
  readonly discont: number | null;
  readonly axis: number;
  readonly period: number;
}

/** Angles without jumps of a whole period (`numpy.unwrap`). */
export function unwrap(
  p: ArrayLike,
  ...args: Signature<[discont: number | null, axis: number], Partial<UnwrapOptions>>
): NDArray {
  const options = bind<UnwrapOptions>("unwrap", ["discont", "axis"], args, {
    discont: null,
    axis: -1,
    period: 2 * Math.PI,
  });
  const { period } = options;
  const array = asArray(p);
  const axis = normalizeAxis(options.axis, array.ndim);
  const apart = diff(array, { axis });
  const dtype = resultType(apart, period);
  const isWhole = typeOf(dtype).isInteger;
  const high = isWhole ? Math.floor(period / 2) : float(period / 2);
  const isAmbiguous = !isWhole || period % 2 === 0;
  const low = u.negative(high);
  const shifted = (value: NDArray): ArrayLike => (value.ndim === 0 ? asNumber(value, isWhole) : value);
  const wrapped = u.add(u.remainder(u.subtract(apart, shifted(low)), period), shifted(low));
  if (isAmbiguous) {
    const isLow = u.logicalAnd(u.equal(wrapped, shifted(low)), u.greater(apart, 0));
    copyto(wrapped, high, { where: isLow });
  }
  const corrections = u.subtract(wrapped, apart);
  const limit = options.discont ?? float(period / 2);
  copyto(corrections, 0, { where: u.less(u.absolute(apart), limit) });
  const result = converted(array, dtype, "K");
  const sums = cumsum(corrections, { axis });
  assign(alongAxis(result, axis, "1:"), u.add(alongAxis(array, axis, "1:"), sums));
  return result;
}

function asNumber(value: NDArray, isWhole: boolean): ArrayLike {
  const number = Number(value.item());
  return isWhole ? number : float(number);
}
