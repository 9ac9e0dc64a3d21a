// `torch.testing`: `assert_close` with PyTorch's messages, and tensors of random contents for tests.

import { bind, isOptions } from "../core/arguments.ts";
import {
  bfloat16,
  complex64,
  complex128,
  type DType,
  float16,
  float32,
  float64,
  int64,
  uint16,
  uint32,
  uint64,
} from "../core/dtype.ts";
import { type Complex, elements, getterOf, setterOf, toComplex } from "../core/elements.ts";
import { AssertionError, PythonTypeError, ValueError } from "../core/errors.ts";
import type { Shape } from "../core/layout.ts";
import { partType } from "../core/layout-reshape.ts";
import { float } from "../core/python.ts";
import { floatRepr, formatFixed, pythonRepr, tupleText } from "../core/text.ts";
import { NDArray } from "../numpy/ndarray.ts";
import { isPyScalar, kindOf } from "../numpy/scalars.ts";
import type { PyScalar } from "../numpy/types.ts";
import { asTensor } from "./interop.ts";
import { dtypeRepr, sizeRepr } from "./print.ts";
import { promoteTypes } from "./promotion.ts";
import { Tensor } from "./tensor.ts";

export { makeTensor } from "./testing-tensors.ts";

/** What `assertClose` takes by name. */
export interface CloseOptions {
  readonly allowSubclasses: boolean;
  /** Relative and absolute tolerance: both or neither. By default they follow from the element types. */
  readonly rtol: number | null;
  readonly atol: number | null;
  readonly equalNan: boolean;
  readonly checkDevice: boolean;
  readonly checkDtype: boolean;
  readonly checkLayout: boolean;
  readonly checkStride: boolean;
  /** The message of the error, or what makes one of PyTorch's. */
  readonly msg: string | ((message: string) => string) | null;
}

/** A place inside lists and objects. */
type Path = readonly (string | number)[];

/** The tolerances of a type; 0 for those that are not named. */
const precisions: ReadonlyMap<DType, readonly [rtol: number, atol: number]> = new Map([
  [float16, [0.001, 1e-5]],
  [bfloat16, [0.016, 1e-5]],
  [float32, [1.3e-6, 1e-5]],
  [float64, [1e-7, 1e-7]],
  [complex64, [1.3e-6, 1e-5]],
  [complex128, [1e-7, 1e-7]],
] as const);

interface Tolerances {
  readonly rtol: number;
  readonly atol: number;
  /** As they are printed: what PyTorch takes by itself are floats. */
  readonly texts: readonly [rtol: string, atol: string];
}

function tolerances({ rtol, atol }: CloseOptions, types: readonly DType[], path: Path): Tolerances {
  if ((rtol === null) !== (atol === null)) {
    const absent = rtol === null ? "rtol" : "atol";
    throw located(
      new ValueError(`Both 'rtol' and 'atol' must be either specified or omitted, but got no ${absent}.`),
      path,
    );
  }
  if (rtol !== null && atol !== null) return { rtol, atol, texts: [pythonRepr(rtol), pythonRepr(atol)] };
  const found = types.map((type) => precisions.get(type) ?? [0, 0]);
  const [most, least] = [Math.max(...found.map(([r]) => r!)), Math.max(...found.map(([, a]) => a!))];
  return { rtol: most, atol: least, texts: [floatRepr(most), floatRepr(least)] };
}

/** The error with the place where it happened. */
function located<E extends Error>(error: E, path: Path): E {
  if (path.length > 0) {
    const place = path.map((item) => `[${pythonRepr(item)}]`).join("");
    error.message += `\n\nThe failure occurred for item ${place}`;
  }
  return error;
}

interface Difference {
  readonly text: string;
  readonly place?: readonly number[];
}

function mismatchText(
  subject: string,
  extra: string,
  absolute: Difference,
  relative: Difference,
  { rtol, atol, texts }: Tolerances,
): string {
  const isEqual = rtol === 0 && atol === 0;
  const line = (kind: string, { text, place }: Difference, tolerance: string): string => {
    const title = `${kind[0]!.toUpperCase()}${kind.slice(1)} difference: ${text}`;
    const found =
      place === undefined ? title : `Greatest ${kind} difference: ${text} at index ${tupleText(place)}`;
    return isEqual ? found : `${found} (up to ${tolerance} allowed)`;
  };
  return [
    `${subject} are not ${isEqual ? "equal" : "close"}!\n`,
    extra,
    line("absolute", absolute, texts[1]),
    line("relative", relative, texts[0]),
  ].join("\n");
}

function distance(a: Complex, b: Complex): number {
  return Math.hypot(a.re - b.re, a.im - b.im);
}

function hasNan({ re, im }: Complex): boolean {
  return Number.isNaN(re) || Number.isNaN(im);
}

function areEqual(a: Complex, b: Complex): boolean {
  return a.re === b.re && a.im === b.im;
}

function numberText(value: number, isWhole: boolean): string {
  return isWhole ? pythonRepr(value) : floatRepr(value);
}

const numberTypes = { bool: "bool", int: "int", float: "float", complex: "complex" } as const;

function compareNumbers(actual: PyScalar, expected: PyScalar, options: CloseOptions, path: Path): void {
  const [kind, wanted] = [kindOf(actual), kindOf(expected)];
  const typeOf = { bool: int64, int: int64, float: float64, complex: complex128 };
  const limits = tolerances(options, [typeOf[kind], typeOf[wanted]], path);
  // A whole number of JavaScript's may be a float.
  const isPlain = [actual, expected].every((each) => typeof each === "number");
  if (options.checkDtype && kind !== wanted && !isPlain) {
    const text = (each: keyof typeof numberTypes): string => `<class '${numberTypes[each]}'>`;
    throw located(new AssertionError(`The (d)types do not match: ${text(kind)} != ${text(wanted)}.`), path);
  }
  const [got, goal] = [actual, expected].map((each) =>
    toComplex(typeof each === "object" && !("re" in each) ? each.value : (each as number)),
  ) as [Complex, Complex];
  if (areEqual(got, goal) || (options.equalNan && hasNan(got) && hasNan(goal))) return;
  const size = Math.hypot(goal.re, goal.im);
  const apart = distance(got, goal);
  if (Number.isFinite(apart) && apart <= limits.atol + limits.rtol * size) return;
  const isWhole = kind === "int" && wanted === "int";
  const message = mismatchText(
    "Scalars",
    `Expected ${pythonRepr(expected)} but got ${pythonRepr(actual)}.`,
    { text: numberText(apart, isWhole) },
    { text: floatRepr(size === 0 ? Number.POSITIVE_INFINITY : apart / size) },
    limits,
  );
  throw located(new AssertionError(message), path);
}

function compareAttributes(actual: Tensor, expected: Tensor, options: CloseOptions, path: Path): void {
  const differ = (name: string, got: string, wanted: string): void => {
    if (got === wanted) return;
    const message = `The values for attribute '${name}' do not match: ${got} != ${wanted}.`;
    throw located(new AssertionError(message), path);
  };
  differ("shape", sizeRepr(actual.shape), sizeRepr(expected.shape));
  if (options.checkStride) differ("stride()", tupleText(actual.stride()), tupleText(expected.stride()));
  if (options.checkDtype) differ("dtype", dtypeRepr(actual.dtype), dtypeRepr(expected.dtype));
}

/** One type for both; unsigned integers beyond eight bits are compared as int64. */
function inOneType(actual: Tensor, expected: Tensor): [Tensor, Tensor] {
  if (actual.dtype === expected.dtype) return [actual, expected];
  const own = ({ dtype }: Tensor): DType => ([uint64, uint32, uint16].includes(dtype) ? int64 : dtype);
  const dtype = promoteTypes(own(actual), own(expected));
  return [actual.to(dtype), expected.to(dtype)];
}

/** What is reckoned of numbers of a type is rounded to it. */
function rounding(dtype: DType): (value: number) => number {
  const type = partType(dtype);
  if (!type.isFloatingPoint) return (value) => value;
  const [cell, get, set] = [new type.array(1), getterOf(type), setterOf(type)];
  return (value) => {
    set(cell, 0, value);
    return Number(get(cell, 0));
  };
}

function compareTensors(first: Tensor, second: Tensor, options: CloseOptions, path: Path): void {
  const limits = tolerances(options, [first.dtype, second.dtype], path);
  compareAttributes(first, second, options, path);
  const [actual, expected] = inOneType(first.detach(), second.detach());
  const { dtype } = actual;
  const round = rounding(dtype);
  const [got, wanted] = [actual, expected].map((each) =>
    elements(each.resolveConj().resolveNeg()).map(toComplex),
  ) as [Complex[], Complex[]];
  const apart = got.map((value, i) => round(distance(value, wanted[i]!)));
  const sizes = wanted.map(({ re, im }) => round(Math.hypot(re, im)));
  const isClose = got.map((value, i) => {
    if (areEqual(value, wanted[i]!)) return true;
    if (hasNan(value) || hasNan(wanted[i]!)) return options.equalNan && hasNan(value) && hasNan(wanted[i]!);
    const allowed = limits.atol + round(limits.rtol * sizes[i]!);
    return Number.isFinite(apart[i]) && apart[i]! <= allowed;
  });
  const count = isClose.filter((close) => !close).length;
  if (count === 0) return;
  const isWhole = !dtype.isFloatingPoint && !dtype.isComplex;
  if (actual.ndim === 0) {
    const [value, goal] = [actual.item(), expected.item()].map((each) =>
      typeof each === "number" && !isWhole ? float(each) : each,
    );
    const size = sizes[0]!;
    const message = mismatchText(
      "Scalars",
      `Expected ${pythonRepr(goal)} but got ${pythonRepr(value)}.`,
      { text: numberText(distance(got[0]!, wanted[0]!), isWhole) },
      { text: floatRepr(size === 0 ? Number.POSITIVE_INFINITY : distance(got[0]!, wanted[0]!) / size) },
      limits,
    );
    throw located(new AssertionError(message), path);
  }
  const greatest = (values: readonly number[]): readonly [number, number] => {
    const held = values.map((value, i) => (isClose[i] ? 0 : value));
    const nan = held.findIndex((value) => Number.isNaN(value));
    const at = nan >= 0 ? nan : held.indexOf(held.reduce((most, value) => Math.max(most, value), 0));
    return [held[at]!, at];
  };
  const [most, mostAt] = greatest(apart);
  const ratios = isWhole
    ? apart.map((value, i) => Math.fround(value / sizes[i]!))
    : apart.map((value, i) => round(value / sizes[i]!));
  const [worst, worstAt] = greatest(ratios);
  const place = (at: number): number[] => placeOf(at, actual.shape);
  const percent = formatFixed((100 * count) / got.length, 1);
  const message = mismatchText(
    "Tensor-likes",
    `Mismatched elements: ${count} / ${got.length} (${percent}%)`,
    { text: numberText(most, isWhole), place: place(mostAt) },
    { text: floatRepr(worst), place: place(worstAt) },
    limits,
  );
  throw located(new AssertionError(message), path);
}

/** The index of an element by its place in row-major order. */
function placeOf(at: number, shape: Shape): number[] {
  const index = new Array<number>(shape.length);
  let rest = at;
  for (let axis = shape.length - 1; axis >= 0; axis--) {
    index[axis] = rest % shape[axis]!;
    rest = Math.floor(rest / shape[axis]!);
  }
  return index;
}

function typeText(value: unknown): string {
  if (value instanceof Tensor) return "<class 'torch.Tensor'>";
  if (value instanceof NDArray) return "<class 'numpy.ndarray'>";
  if (value === null || value === undefined) return "<class 'NoneType'>";
  if (Array.isArray(value)) return "<class 'list'>";
  if (isPyScalar(value)) return `<class '${numberTypes[kindOf(value)]}'>`;
  return `<class '${typeof value === "string" ? "str" : "dict"}'>`;
}

function entriesOf(value: unknown): Map<string, unknown> | undefined {
  if (value instanceof Map) return value as Map<string, unknown>;
  return isOptions(value) ? new Map(Object.entries(value)) : undefined;
}

function compareParts(actual: unknown, expected: unknown, options: CloseOptions, path: Path): boolean {
  if (Array.isArray(actual) && Array.isArray(expected)) {
    if (actual.length !== expected.length) {
      const message = `The length of the sequences mismatch: ${actual.length} != ${expected.length}`;
      throw located(new AssertionError(message), path);
    }
    actual.forEach((item: unknown, i) => {
      compare(item, expected[i], options, [...path, i]);
    });
    return true;
  }
  const [got, wanted] = [entriesOf(actual), entriesOf(expected)];
  if (got === undefined || wanted === undefined) return false;
  const missing = [...wanted.keys()].filter((key) => !got.has(key)).sort();
  const added = [...got.keys()].filter((key) => !wanted.has(key)).sort();
  if (missing.length + added.length > 0) {
    const message =
      "The keys of the mappings do not match:\n" +
      `Missing keys in the actual mapping: ${pythonRepr(missing)}\n` +
      `Additional keys in the actual mapping: ${pythonRepr(added)}`;
    throw located(new AssertionError(message), path);
  }
  for (const key of [...got.keys()].sort()) compare(got.get(key), wanted.get(key), options, [...path, key]);
  return true;
}

function compare(actual: unknown, expected: unknown, options: CloseOptions, path: Path): void {
  if (compareParts(actual, expected, options, path)) return;
  const isNone = (value: unknown): boolean => value === null || value === undefined;
  if (isNone(actual) || isNone(expected)) {
    if (isNone(actual) && isNone(expected)) return;
    const message = `None mismatch: ${pythonRepr(actual)} is not ${pythonRepr(expected)}`;
    throw located(new AssertionError(message), path);
  }
  if (typeof actual === "boolean" && typeof expected === "boolean") {
    if (actual === expected) return;
    const message = `Booleans mismatch: ${pythonRepr(actual)} is not ${pythonRepr(expected)}`;
    throw located(new AssertionError(message), path);
  }
  if (isPyScalar(actual) && isPyScalar(expected)) {
    compareNumbers(actual, expected, options, path);
    return;
  }
  const areArrays = actual instanceof NDArray && expected instanceof NDArray;
  if (areArrays || (actual instanceof Tensor && expected instanceof Tensor)) {
    const [first, second] = [actual, expected].map((each) => asTensor(each)) as [Tensor, Tensor];
    compareTensors(first, second, options, path);
    return;
  }
  throw located(
    new PythonTypeError(
      `No comparison pair was able to handle inputs of type ${typeText(actual)} and ${typeText(expected)}.`,
    ),
    path,
  );
}

/**
 * Two tensors, arrays or numbers, or lists and objects of them, that are close (`torch.testing.assert_close`).
 * @throws AssertionError with PyTorch's account of the difference; TypeError, ValueError
 */
export function assertClose(
  actual: unknown,
  expected: unknown,
  ...args: readonly [Partial<CloseOptions>?]
): void {
  const options = bind<CloseOptions>("assert_close", [], args, {
    allowSubclasses: true,
    rtol: null,
    atol: null,
    equalNan: false,
    checkDevice: true,
    checkDtype: true,
    checkLayout: true,
    checkStride: false,
    msg: null,
  });
  try {
    compare(actual, expected, options, []);
  } catch (error) {
    if (!(error instanceof AssertionError) || options.msg === null) throw error;
    throw new AssertionError(typeof options.msg === "string" ? options.msg : options.msg(error.message));
  }
}
