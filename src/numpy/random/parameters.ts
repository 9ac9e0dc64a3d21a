// Parameters of distributions: what NumPy checks of them and says (numpy/random/_common.pyx), and drawing with them, one
// number, many with the same parameters, or one for each place of parameters that are arrays.

import { bind } from "../../core/arguments.ts";
import { float64, int64 } from "../../core/dtype.ts";
import { elements, toNumber } from "../../core/elements.ts";
import { PythonTypeError, ValueError } from "../../core/errors.ts";
import { broadcastShapes, broadcastTo, type Shape, sameShape } from "../../core/layout.ts";
import { stringRepr, tupleText } from "../../core/text.ts";
import type { Variates } from "../../random/index.ts";
import { withType } from "../casting.ts";
import { allocateShape, asArray } from "../make.ts";
import { NDArray } from "../ndarray.ts";
import { isPyScalar, scalarOf } from "../scalars.ts";
import type { ArrayLike } from "../types.ts";
import { elementsOf, pythonInteger, type Size, shapeOfSize, WideWriter } from "./sizes.ts";

/** What is wrong with a parameter's value, in NumPy's words; undefined when nothing is. */
export type Constraint = (value: number, name: string, isArray: boolean) => string | undefined;

const nanText = (name: string, isArray: boolean): string =>
  isArray ? `${name} contains NaNs` : `${name} is NaN`;

/** The greatest mean of a Poisson distribution whose numbers int64 holds. */
const POISSON_LIMIT = 2 ** 63 - Math.sqrt(2 ** 63) * 10;

/** At least 0 or NaN; -0 is refused too. */
export const nonNegative: Constraint = (value, name) =>
  value < 0 || Object.is(value, -0) ? `${name} < 0` : undefined;
/** Above 0 or NaN. */
export const positive: Constraint = (value, name) => (value <= 0 ? `${name} <= 0` : undefined);
/** Above 0. */
export const positiveNumber: Constraint = (value, name, isArray) =>
  Number.isNaN(value) ? `${name} must not be NaN` : positive(value, name, isArray);
/** From 0 to 1. */
export const probability: Constraint = (value, name, isArray) =>
  value >= 0 && value <= 1 ? undefined : `${name} < 0, ${name} > 1 or ${nanText(name, isArray)}`;
/** Above 0, to 1. */
export const possible: Constraint = (value, name) =>
  value > 0 && value <= 1 ? undefined : `${name} <= 0, ${name} > 1 or ${nanText(name, true)}`;
/** From 0 to below 1. */
export const uncertain: Constraint = (value, name, isArray) =>
  value >= 0 && value < 1 ? undefined : `${name} < 0, ${name} >= 1 or ${nanText(name, isArray)}`;
/** Above 1. */
export const aboveOne: Constraint = (value, name, isArray) =>
  value > 1 ? undefined : `${name} <= 1 or ${nanText(name, isArray)}`;
/** A mean of the Poisson distribution. */
export const poissonMean: Constraint = (value, name, isArray) => {
  if (!(value >= 0)) return `${name} < 0 or ${nanText(name, isArray)}`;
  return value <= POISSON_LIMIT ? undefined : `${name} value too large`;
};

/** A parameter of a distribution. */
export interface Parameter {
  readonly name: string;
  /** What it is when it is not given; undefined: it must be. */
  readonly normally?: number;
  readonly check?: Constraint;
  /** True iff it is a whole number; a fraction is cut off. */
  readonly isWhole?: boolean;
}

/** A distribution whose numbers are drawn one by one. */
export interface Distribution {
  /** At most three. */
  readonly parameters: readonly Parameter[];
  /** True iff its numbers are whole ones, of int64. */
  readonly isDiscrete?: boolean;
  draw(variates: Variates, a: number, b: number, c: number): number;
  /** Checks what the parameters are to each other, before or instead of each alone. */
  check?(values: readonly number[], isArray: boolean): void;
}

/** A parameter as a number, where it is no array with axes. */
export function numberOf(value: unknown): number | undefined {
  if (typeof value === "number") return value;
  if (isPyScalar(value)) return toNumber(scalarOf(value));
  if (value === null || value === undefined) throw new PythonTypeError("must be real number, not NoneType");
  if (typeof value === "string")
    throw new ValueError(`could not convert string to float: ${stringRepr(value)}`);
  if (value instanceof NDArray && value.ndim === 0) return toNumber(elements(value)[0]!);
  return undefined;
}

/** @throws ValueError where a value is not what its parameter must be */
export function checkValue(value: number, { name, check }: Parameter, isArray: boolean): void {
  const problem = check?.(value, name, isArray);
  if (problem !== undefined) throw new ValueError(problem);
}

/**
 * The shape that several are stretched to.
 * @throws ValueError naming the first two that do not fit
 */
export function commonShape(shapes: readonly Shape[]): number[] {
  const shape = broadcastShapes(shapes);
  if (shape !== undefined) return shape;
  for (let second = 1; second < shapes.length; second++) {
    for (let first = 0; first < second; first++) {
      if (broadcastShapes([shapes[first]!, shapes[second]!]) !== undefined) continue;
      throw new ValueError(
        "shape mismatch: objects cannot be broadcast to a single shape.  Mismatch is between " +
          `arg ${first} with shape ${tupleText(shapes[first]!)} and arg ${second} with shape ${tupleText(shapes[second]!)}.`,
      );
    }
  }
  throw new ValueError("shape mismatch: objects cannot be broadcast to a single shape.");
}

/**
 * The shape of the result: the size, which the parameters must fit into, or what they are stretched to.
 * @throws ValueError
 */
export function resultShape(size: Size, shapes: readonly Shape[]): number[] {
  if (size === null) return commonShape(shapes);
  const wanted = shapeOfSize(size);
  checkOutput(wanted, shapes);
  return wanted;
}

/** @throws ValueError where parameters do not fit into the shape of what is to be filled */
export function checkOutput(wanted: Shape, shapes: readonly Shape[]): void {
  const common = commonShape([wanted, ...shapes]);
  if (sameShape(common, wanted)) return;
  throw new ValueError(
    `Output size ${tupleText(wanted)} is not compatible with broadcast dimensions of inputs ${tupleText(common)}.`,
  );
}

/** The elements of an array stretched to a shape, row by row, as float64. */
export function stretched(array: NDArray, shape: Shape): number[] {
  const { storage, layout } = withType(array, float64);
  return elements({ storage, layout: broadcastTo(layout, shape)! }) as number[];
}

/** Writes one drawn number for each place. */
function fill(result: NDArray, isDiscrete: boolean, draw: (i: number) => number): NDArray {
  const { size } = result;
  if (isDiscrete) {
    const writer = new WideWriter(result);
    for (let i = 0; i < size; i++) writer.write(i, draw(i));
    return result;
  }
  const data = elementsOf(result) as Float64Array;
  for (let i = 0; i < size; i++) data[i] = draw(i);
  return result;
}

interface Bound {
  readonly size: Size;
  readonly [parameter: string]: unknown;
}

/**
 * Draws from a distribution as a function of numpy.random is called.
 * @param name the function's name in Python, for errors
 * @param args the parameters by position, a size, then an options object
 */
export function drawFrom(
  name: string,
  distribution: Distribution,
  variates: Variates,
  args: readonly unknown[],
): number | NDArray {
  const { parameters, isDiscrete = false } = distribution;
  const names = [...parameters.map((parameter) => parameter.name), "size"];
  const defaults: Record<string, unknown> = { size: null };
  for (const { name: parameter, normally } of parameters) {
    if (normally !== undefined) defaults[parameter] = normally;
  }
  const bound = bind<Bound>(name, names, args, defaults);
  const { size } = bound;
  const numbers: (number | undefined)[] = parameters.map((parameter) => numberOf(bound[parameter.name]));
  const whole = (value: number, i: number): number => (parameters[i]!.isWhole ? Math.trunc(value) : value);
  if (!numbers.includes(undefined)) {
    const values = (numbers as number[]).map(whole);
    values.forEach((value, i) => {
      checkValue(value, parameters[i]!, false);
    });
    distribution.check?.(values, false);
    const [a = 0, b = 0, c = 0] = values;
    if (size === null) {
      const value = distribution.draw(variates, a, b, c);
      return isDiscrete ? pythonInteger(value) : value;
    }
    const result = allocateShape(isDiscrete ? int64 : float64, shapeOfSize(size));
    return fill(result, isDiscrete, () => distribution.draw(variates, a, b, c));
  }
  return drawEach(
    distribution,
    variates,
    parameters.map(({ name: key }) => asArray(bound[key] as ArrayLike)),
    size,
  );
}

/** Draws a number for each place of parameters that are arrays. */
function drawEach(
  distribution: Distribution,
  variates: Variates,
  arrays: readonly NDArray[],
  size: Size,
): NDArray {
  const { parameters, isDiscrete = false } = distribution;
  const shape = resultShape(
    size,
    arrays.map((array) => array.shape),
  );
  const columns = arrays.map((array, i) => {
    const parameter = parameters[i]!;
    for (const value of elements(withType(array, float64))) checkValue(value as number, parameter, true);
    const column = stretched(array, shape);
    return parameter.isWhole ? column.map(Math.trunc) : column;
  });
  const [a = [], b = [], c = []] = columns;
  const result = allocateShape(isDiscrete ? int64 : float64, shape);
  for (let i = 0; i < result.size; i++)
    distribution.check?.(
      columns.map((column) => column[i]!),
      true,
    );
  return fill(result, isDiscrete, (i) => distribution.draw(variates, a[i]!, b[i] ?? 0, c[i] ?? 0));
}
