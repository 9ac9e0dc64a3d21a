// Elementwise functions that are no ufuncs: `clip`, `round`, `where`, `real`, `angle`, `nan_to_num`, `isclose`, ...

import { bind, type Signature } from "../core/arguments.ts";
import { bool, type DType, float16, float64 } from "../core/dtype.ts";
import { PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { broadcastShapes, Layout } from "../core/layout.ts";
import { partType } from "../core/layout-reshape.ts";
import { float } from "../core/python.ts";
import { execute } from "../devices/index.ts";
import { where as whereOperation } from "../ops/ternary.ts";
import { angle as angleOperation, nanToNum as nanToNumOperation } from "../ops/unary.ts";
import { assign } from "./assign.ts";
import { broadcastOrThrow } from "./axes.ts";
import { checkCast, converted, withType } from "./casting.ts";
import { quietly } from "./floating-errors.ts";
import { finfo } from "./limits.ts";
import { allocate, asArray, asScalar, scalarIfZeroD, singleElement, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { layoutLike, resultLayout } from "./order.ts";
import { canCast, resultType } from "./promotion.ts";
import { all as allOf } from "./reductions.ts";
import { convertScalar, integerRange, isPyScalar, kindOf } from "./scalars.ts";
import { nonzero } from "./sorting.ts";
import {
  type ArrayLike,
  type Casting,
  type DTypeLike,
  dtypeText,
  type Order,
  type PyScalar,
  dtype as parseDtype,
} from "./types.ts";
import * as u from "./ufuncs.ts";

/** A value that kernels can read, of that type. */
function ready(value: ArrayLike, dtype: DType): NDArray {
  if (isPyScalar(value)) return singleElement(dtype, convertScalar(value, dtype));
  const array = asArray(value);
  return array.layout.isAligned ? withType(array, dtype) : converted(array, dtype);
}

/** The second where the condition holds, the third elsewhere; alone, where it holds (`numpy.where`). */
export function where(condition: ArrayLike): NDArray[];
export function where(condition: ArrayLike, x: ArrayLike, y: ArrayLike): NDArray;
export function where(condition: ArrayLike, x?: ArrayLike, y?: ArrayLike): NDArray | NDArray[] {
  if (x === undefined && y === undefined) return nonzero(condition);
  if (x === undefined || y === undefined) {
    throw new ValueError("either both or neither of x and y should be given");
  }
  const given = [x, y].map((value) => (isPyScalar(value) ? value : asArray(value)));
  const dtype = resultType(...given);
  const mask = ready(condition, bool);
  const operands = [mask, ready(x, dtype), ready(y, dtype)];
  const layouts = operands.map((operand) => operand.layout);
  const shape = broadcastOrThrow(layouts.map((layout) => layout.shape));
  const result = unwritten(resultLayout(layouts, shape, dtype));
  if (result.size > 0) execute(whereOperation, operands, [result], undefined);
  return result;
}

interface ClipOptions {
  readonly aMin: ArrayLike | null;
  readonly aMax: ArrayLike | null;
  readonly min: ArrayLike | null;
  readonly max: ArrayLike | null;
  readonly out: NDArray | null;
  readonly dtype: DTypeLike | null;
  readonly casting: Casting;
  readonly where: ArrayLike;
  readonly order: Order;
}

/** The bound, or null for one of Python's integers that no element of the type lies beyond. */
function boundFor({ dtype }: NDArray, bound: ArrayLike | null, isLow: boolean): ArrayLike | null {
  if (bound === null || !dtype.isInteger || !isPyScalar(bound) || kindOf(bound) !== "int") return bound;
  const { least, greatest } = integerRange(dtype);
  const value = BigInt(bound as number | bigint);
  return (isLow ? value <= least : value >= greatest) ? null : bound;
}

/** Values kept between bounds, either of which may be absent (`numpy.clip`). */
export function clip(
  a: ArrayLike,
  ...args: Signature<
    [aMin: ArrayLike | null, aMax: ArrayLike | null, out: NDArray | null],
    Partial<ClipOptions>
  >
): NDArray {
  const { aMin, aMax, min, max, ...options } = bind<ClipOptions>("clip", ["aMin", "aMax", "out"], args, {
    aMin: null,
    aMax: null,
    min: null,
    max: null,
    out: null,
    dtype: null,
    casting: "same_kind",
    where: true,
    order: "K",
  });
  const array = asArray(a);
  const low = boundFor(array, aMin ?? min, true);
  const high = boundFor(array, aMax ?? max, false);
  if (low === null && high === null) return u.positive(array, options);
  if (low === null) return u.minimum(array, high!, options);
  if (high === null) return u.maximum(array, low, options);
  const given = [low, high].map((each) => (isPyScalar(each) ? each : asArray(each)));
  const dtype = options.dtype ?? resultType(array, ...given);
  const ofType = (each: ArrayLike): ArrayLike =>
    isPyScalar(each) ? each : withType(asArray(each), parseDtype(dtype));
  const raised = u.maximum(withType(array, parseDtype(dtype)), ofType(low));
  return renamed("clip", () => u.minimum(raised, ofType(high), { ...options, dtype: null }));
}

/** A refusal in the name of the function that was called. */
function renamed<T>(name: string, run: () => T): T {
  try {
    return run();
  } catch (error) {
    if (!(error instanceof PythonError)) throw error;
    throw new PythonError(error.name, error.message.replace(/ufunc '\w+'/, `ufunc '${name}'`));
  }
}

/** Rounded to so many decimals, half to even (`numpy.round`). */
export function round(
  a: ArrayLike,
  ...args: Signature<
    [decimals: number, out: NDArray | null],
    { readonly decimals?: number; readonly out?: NDArray | null }
  >
): NDArray {
  const { decimals, out } = bind<{ decimals: number; out: NDArray | null }>(
    "round",
    ["decimals", "out"],
    args,
    {
      decimals: 0,
      out: null,
    },
  );
  const array = asArray(a);
  const result = rounded(array, decimals);
  if (out === null) return result;
  if (result.dtype.isInteger) checkCast(result, out.dtype, "same_kind");
  else if (!canCast(result.dtype, out.dtype, "same_kind")) {
    const step = decimals > 0 ? "multiply" : decimals < 0 ? "divide" : "rint";
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc '${step}' output from ${dtypeText(result.dtype)} to ${dtypeText(out.dtype)} with casting rule 'same_kind'`,
    );
  }
  assign(out, result);
  return out;
}

function rounded(array: NDArray, decimals: number): NDArray {
  const { dtype } = array;
  if (dtype === bool && decimals !== 0) {
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc '${decimals > 0 ? "multiply" : "divide"}' output from dtype('float64') to dtype('bool') with casting rule 'same_kind'`,
    );
  }
  if (dtype === bool) return u.rint(array);
  if (dtype.isInteger) {
    if (decimals >= 0) return scalarIfZeroD(converted(array, dtype));
    const unit = 10 ** -decimals;
    return withType(u.multiply(u.rint(u.divide(array, unit)), unit), dtype);
  }
  if (dtype.isComplex) {
    const result = unwritten(layoutLike(array.layout, dtype, "K"));
    assign(result.real, rounded(array.real, decimals));
    assign(result.imag, rounded(array.imag, decimals));
    return scalarIfZeroD(result);
  }
  if (decimals === 0) return u.rint(array);
  const unit = 10 ** Math.abs(decimals);
  return decimals > 0
    ? u.divide(u.rint(u.multiply(array, unit)), unit)
    : u.multiply(u.rint(u.divide(array, unit)), unit);
}

/** The real parts (`numpy.real`): a view of a complex array, else the array itself. */
export function real(val: ArrayLike): NDArray {
  return asArray(val).real;
}

/** The imaginary parts (`numpy.imag`). */
export function imag(val: ArrayLike): NDArray {
  return asArray(val).imag;
}

/** The angle of complex numbers in the plane, in radians or degrees (`numpy.angle`). */
export function angle(z: ArrayLike, ...args: Signature<[deg: boolean], { readonly deg?: boolean }>): NDArray {
  const { deg } = bind<{ deg: boolean }>("angle", ["deg"], args, { deg: false });
  const array = asArray(z);
  if (!array.dtype.isComplex) {
    return inDegrees(u.arctan2(0, array), deg);
  }
  const source = array.layout.isAligned ? array : converted(array, array.dtype);
  const result = unwritten(layoutLike(array.layout, partType(array.dtype), "K"));
  execute(angleOperation, [source], [result], undefined);
  return inDegrees(scalarIfZeroD(result), deg);
}

function inDegrees(angles: NDArray, deg: boolean): NDArray {
  return deg ? u.multiply(angles, 180 / Math.PI) : angles;
}

interface NanToNumOptions {
  readonly copy: boolean;
  readonly nan: number;
  readonly posinf: number | null;
  readonly neginf: number | null;
}

/** NaN and infinities replaced by finite numbers (`numpy.nan_to_num`). */
export function nanToNum(
  x: ArrayLike,
  ...args: Signature<
    [copy: boolean, nan: number, posinf: number | null, neginf: number | null],
    Partial<NanToNumOptions>
  >
): NDArray {
  const options = bind<NanToNumOptions>("nan_to_num", ["copy", "nan", "posinf", "neginf"], args, {
    copy: true,
    nan: 0,
    posinf: null,
    neginf: null,
  });
  const array = asArray(x);
  const result = converted(array, array.dtype);
  if (!array.dtype.isInteger && array.dtype !== bool) {
    const { nan, posinf, neginf } = options;
    execute(nanToNumOperation, [converted(array, array.dtype)], [result], {
      nan,
      posinf: posinf ?? undefined,
      neginf: neginf ?? undefined,
    });
  }
  if (!options.copy) {
    assign(array, result);
    return array.ndim === 0 ? asScalar(result) : array;
  }
  return array.ndim === 0 ? asScalar(result) : result;
}

/** x 2^n (`numpy.ldexp`). */
export function ldexp(x1: ArrayLike, x2: ArrayLike): NDArray {
  const mantissas = asArray(x1);
  const dtype = resultType(mantissas, float16);
  const exponents = asArray(x2);
  if (!canCast(exponents.dtype, "int64")) {
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc 'ldexp' input 1 from ${dtypeText(exponents.dtype)} to ${dtypeText(asArray(1).dtype)} with casting rule 'same_kind'`,
    );
  }
  return withType(u.multiply(withType(mantissas, float64), u.exp2(withType(exponents, float64))), dtype);
}

interface CloseOptions {
  readonly rtol: number;
  readonly atol: number;
  readonly equalNan: boolean;
}

/** Arguments of `isclose` and `allclose`. */
export type CloseArguments = Signature<
  [rtol: number, atol: number, equalNan: boolean],
  Partial<CloseOptions>
>;

/** Where |a - b| <= atol + rtol |b| (`numpy.isclose`). */
export function isclose(a: ArrayLike, b: ArrayLike, ...args: CloseArguments): NDArray {
  const { rtol, atol, equalNan } = bind<CloseOptions>("isclose", ["rtol", "atol", "equalNan"], args, {
    rtol: 1e-5,
    atol: 1e-8,
    equalNan: false,
  });
  const x = isPyScalar(a) ? a : asArray(a);
  const y = isPyScalar(b) ? floatOf(b) : withType(asArray(b), resultType(asArray(b), 1.5));
  return quietly(() => {
    const bound = u.add(u.multiply(u.absolute(y), weak(rtol)), weak(atol));
    const near = u.logicalAnd(u.lessEqual(u.absolute(u.subtract(x, y)), bound), u.isfinite(y));
    const close = u.logicalOr(near, u.equal(x, y));
    return equalNan ? u.logicalOr(close, u.logicalAnd(u.isnan(x), u.isnan(y))) : close;
  });
}

/** An int of Python's as a float; another number as it is. */
function floatOf(value: PyScalar): PyScalar {
  return kindOf(value) === "int" ? float(Number(value)) : value;
}

/** A tolerance: a number of Python's is a float, an array has its own type. */
function weak(value: ArrayLike): ArrayLike {
  return typeof value === "number" ? float(value) : value;
}

/** True iff all elements are close (`numpy.allclose`). */
export function allclose(a: ArrayLike, b: ArrayLike, ...args: CloseArguments): boolean {
  return Boolean(allOf(isclose(a, b, ...args)).item());
}

/** True iff shapes and elements are equal (`numpy.array_equal`). */
export function arrayEqual(
  a1: ArrayLike,
  a2: ArrayLike,
  ...args: Signature<[equalNan: boolean], { readonly equalNan?: boolean }>
): boolean {
  const { equalNan } = bind<{ equalNan: boolean }>("array_equal", ["equalNan"], args, { equalNan: false });
  const [x, y] = [asArray(a1), asArray(a2)];
  if (x.ndim !== y.ndim || x.shape.some((length, axis) => length !== y.shape[axis])) return false;
  const same = u.equal(x, y);
  const both = equalNan ? u.logicalOr(same, u.logicalAnd(u.isnan(x), u.isnan(y))) : same;
  return Boolean(allOf(both).item());
}

/** The sine of pi x over pi x, 1 at 0 (`numpy.sinc`). */
export function sinc(x: ArrayLike): NDArray {
  const scaled = u.multiply(x, Math.PI);
  // Where it is zero, so small a number that the quotient is one.
  const least = scaled.dtype.isFloatingPoint ? Number(finfo(scaled.dtype).eps) : 1e-20;
  const places = where(scaled, scaled, float(least));
  return u.divide(u.sin(places), places);
}

/** True iff the array has complex numbers (`numpy.iscomplexobj`). */
export function iscomplexobj(x: ArrayLike): boolean {
  return asArray(x).dtype.isComplex;
}

/** True iff the array has no complex numbers (`numpy.isrealobj`). */
export function isrealobj(x: ArrayLike): boolean {
  return !iscomplexobj(x);
}

/** True where the element is plus infinity (`numpy.isposinf`). @throws TypeError for complex numbers */
export function isposinf(x: ArrayLike, out: NDArray | null = null): NDArray {
  return ofSign(x, out, false);
}

/** True where the element is minus infinity (`numpy.isneginf`). @throws TypeError for complex numbers */
export function isneginf(x: ArrayLike, out: NDArray | null = null): NDArray {
  return ofSign(x, out, true);
}

function ofSign(x: ArrayLike, out: NDArray | null, isNegative: boolean): NDArray {
  const infinite = u.isinf(x);
  if (asArray(x).dtype.isComplex) {
    throw new PythonTypeError(
      `This operation is not supported for ${asArray(x).dtype.name} values because it would be ambiguous.`,
    );
  }
  const signs = u.signbit(x);
  return u.logicalAnd(infinite, isNegative ? signs : u.logicalNot(signs), { out });
}

/** True where the imaginary part is not 0 (`numpy.iscomplex`). */
export function iscomplex(x: ArrayLike): NDArray {
  const array = asArray(x);
  if (array.dtype.isComplex) return u.notEqual(array.imag, 0);
  return scalarIfZeroD(allocate(Layout.contiguous(bool, array.shape)));
}

/** True where the imaginary part is 0 (`numpy.isreal`). */
export function isreal(x: ArrayLike): NDArray {
  return u.equal(asArray(x).imag, 0);
}

/** The real parts where no imaginary part is worth mentioning, else the array itself (`numpy.real_if_close`). */
export function realIfClose(
  a: ArrayLike,
  ...args: Signature<[tol: number], { readonly tol?: number }>
): NDArray {
  const { tol } = bind<{ tol: number }>("real_if_close", ["tol"], args, { tol: 100 });
  const array = asArray(a);
  if (!array.dtype.isComplex) return array;
  const limit = tol > 1 ? tol * Number(finfo(array.dtype).eps) : tol;
  return allOf(u.less(u.absolute(array.imag), limit)).item() === true ? array.real : array;
}

/** Rounded towards zero (`numpy.fix`). */
export function fix(x: ArrayLike, out: NDArray | null = null): NDArray {
  return u.trunc(x, { out });
}

/** True iff two arrays stretch to one shape and are equal then (`numpy.array_equiv`). */
export function arrayEquiv(a1: ArrayLike, a2: ArrayLike): boolean {
  const [first, second] = [asArray(a1), asArray(a2)];
  if (broadcastShapes([first.shape, second.shape]) === undefined) return false;
  return allOf(u.equal(first, second)).item() === true;
}
