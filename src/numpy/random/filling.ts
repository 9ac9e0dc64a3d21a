// Numbers of a distribution without parameters, or of one, in float64 or float32, also to an array that is there:
// `random`, `standard_normal`, `standard_exponential` and `standard_gamma` of numpy.random.Generator.

import { bind, type Signature } from "../../core/arguments.ts";
import { type DType, float32, float64, type TypedArray } from "../../core/dtype.ts";
import { PythonTypeError } from "../../core/errors.ts";
import {
  type BitStream,
  invertedExponential,
  invertedExponential32,
  standardExponential,
  standardExponential32,
  standardGamma32,
  standardNormal,
  standardNormal32,
  type Variates,
} from "../../random/index.ts";
import { allocateShape, asArray } from "../make.ts";
import type { NDArray } from "../ndarray.ts";
import { type ArrayLike, type DTypeLike, dtypeText, dtype as parseDtype } from "../types.ts";
import { checkOutput, checkValue, nonNegative, numberOf, stretched } from "./parameters.ts";
import { elementsOf, elementsOfOut, type Size, shapeOfSize } from "./sizes.ts";

/** What to make, or where to write it. */
export interface FillOptions {
  readonly size?: Size;
  readonly dtype?: DTypeLike;
  readonly out?: NDArray | null;
}

/** How `random` and `standardNormal` are called. */
export interface Filling {
  (size?: null, dtype?: DTypeLike, out?: null): number;
  (options: { readonly size?: null; readonly dtype?: DTypeLike; readonly out?: null }): number;
  (...args: Signature<[size?: Size, dtype?: DTypeLike, out?: NDArray | null], FillOptions>): NDArray;
}

/** How the exponential numbers are made: by a ziggurat, or by inverting the distribution function. */
export type Method = "zig" | "inv";

/** How `standardExponential` is called. */
export interface ExponentialFilling {
  (size?: null, dtype?: DTypeLike, method?: Method, out?: null): number;
  (options: {
    readonly size?: null;
    readonly dtype?: DTypeLike;
    readonly method?: Method;
    readonly out?: null;
  }): number;
  (
    ...args: Signature<
      [size?: Size, dtype?: DTypeLike, method?: Method, out?: NDArray | null],
      FillOptions & { readonly method?: Method }
    >
  ): NDArray;
}

/** How `standardGamma` is called. */
export interface GammaFilling {
  (shape: number, size?: null, dtype?: DTypeLike, out?: null): number;
  (shape: number, options: { readonly dtype: DTypeLike; readonly size?: null; readonly out?: null }): number;
  (
    shape: ArrayLike,
    ...args: Signature<[size?: Size, dtype?: DTypeLike, out?: NDArray | null], FillOptions>
  ): NDArray;
}

/** How a number is drawn in each of the two types. */
interface Drawing {
  readonly wide: (stream: BitStream) => number;
  readonly narrow: (stream: BitStream) => number;
}

const uniform: Drawing = {
  wide: (stream) => stream.nextUniform(),
  narrow: (stream) => stream.nextFloat(),
};
const normal: Drawing = { wide: standardNormal, narrow: standardNormal32 };
const exponential: Drawing = { wide: standardExponential, narrow: standardExponential32 };
const inverted: Drawing = { wide: invertedExponential, narrow: invertedExponential32 };

interface Bound {
  readonly size: Size;
  readonly dtype: DTypeLike;
  readonly out: NDArray | null;
  readonly method: Method;
}

/** @throws TypeError for a type other than float64 and float32 */
function floatType(given: DTypeLike, name: string): DType {
  const type = parseDtype(given);
  if (type === float64 || type === float32) return type;
  throw new PythonTypeError(`Unsupported dtype ${dtypeText(type)} for ${name}`);
}

function fill(name: string, bound: Bound, drawing: Drawing, stream: BitStream): number | NDArray {
  const { size, out } = bound;
  const type = floatType(bound.dtype, name);
  const draw = type === float64 ? drawing.wide : drawing.narrow;
  if (size === null && out === null) return draw(stream);
  const result = out ?? allocateShape(type, shapeOfSize(size!));
  fillElements(out === null ? elementsOf(result) : elementsOfOut(out, type, size), draw, stream);
  return result;
}

function fillElements(data: TypedArray, draw: (stream: BitStream) => number, stream: BitStream): void {
  for (let i = 0; i < data.length; i++) data[i] = draw(stream);
}

function bindFill(name: string, names: readonly (keyof Bound)[], args: readonly unknown[]): Bound {
  return bind<Bound>(name, names, args, { size: null, dtype: float64, out: null, method: "zig" });
}

/** Uniform numbers in [0, 1) (`Generator.random`). */
export function fillRandom(stream: BitStream, args: readonly unknown[]): number | NDArray {
  return fill("random", bindFill("random", ["size", "dtype", "out"], args), uniform, stream);
}

/** Standard normal numbers (`Generator.standard_normal`). */
export function fillStandardNormal(stream: BitStream, args: readonly unknown[]): number | NDArray {
  const name = "standard_normal";
  return fill(name, bindFill(name, ["size", "dtype", "out"], args), normal, stream);
}

/** Exponential numbers of rate 1 (`Generator.standard_exponential`). */
export function fillStandardExponential(stream: BitStream, args: readonly unknown[]): number | NDArray {
  const name = "standard_exponential";
  const bound = bindFill(name, ["size", "dtype", "method", "out"], args);
  return fill(name, bound, bound.method === "zig" ? exponential : inverted, stream);
}

/** Numbers of gamma distributions of scale 1 (`Generator.standard_gamma`). */
export function fillStandardGamma(variates: Variates, args: readonly unknown[]): number | NDArray {
  const name = "standard_gamma";
  const bound = bind<Bound & { readonly shape: ArrayLike }>(name, ["shape", "size", "dtype", "out"], args, {
    size: null,
    dtype: float64,
    out: null,
  });
  const { size, out } = bound;
  const type = floatType(bound.dtype, name);
  const draw =
    type === float64
      ? (shape: number) => variates.gamma(shape)
      : (shape: number) => standardGamma32(variates.stream, shape);
  const parameter = { name: "shape", check: nonNegative };
  const shape = numberOf(bound.shape);
  if (shape !== undefined) {
    checkValue(shape, parameter, false);
    if (size === null && out === null) return draw(shape);
  }
  const shapes = asArray(bound.shape);
  for (const value of stretched(shapes, shapes.shape)) checkValue(value, parameter, true);
  const target = out === null ? undefined : elementsOfOut(out, type, size, true);
  const wanted = out?.shape ?? (size === null ? shapes.shape : shapeOfSize(size));
  checkOutput(wanted, [shapes.shape]);
  const result = out ?? allocateShape(type, wanted);
  const data = target ?? elementsOf(result);
  stretched(shapes, wanted).forEach((value, i) => {
    data[i] = draw(value);
  });
  return result;
}
