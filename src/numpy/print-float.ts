// Floating-point and complex numbers in NumPy's arrays and scalars: when an exponent is used, how many digits, and how
// columns are lined up (the rules of `numpy.set_printoptions` and of the array printing of NumPy 2.4).

import {
  binary64,
  type Decimal,
  type DigitRule,
  decimalDigits,
  type FloatForm,
  floatFormOf,
} from "../core/digits.ts";
import type { DType } from "../core/dtype.ts";
import { type Complex, getterOf, setterOf, toNumber } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { characterCount, exponentText, padLeft, signOf, splitAtPoint } from "../core/text.ts";
import type { PrintOptions, SignMode } from "./print-options.ts";

/** The parts of a number's text. `exponent` is undefined where none is written. */
interface NumberParts {
  readonly whole: string;
  readonly fraction: string;
  readonly exponent?: number;
}

/** How all numbers of an array are written, found from those that show. */
interface Column {
  /** How the digits of a number are found. */
  readonly rule: DigitRule;
  readonly isExponential: boolean;
  readonly sign: SignMode;
  /** Zeros are added until the fraction has so many digits. */
  readonly fractionLength: number;
  /** Spaces are added until the fraction takes so many characters. */
  readonly padRight: number;
  readonly padLeft: number;
  readonly exponentLength: number;
}

/** Decimal digits that every number of the form has: NumPy's `finfo(dtype).precision`. */
function precisionOf(form: FloatForm): number {
  return Math.floor(form.fractionBits * Math.log10(2));
}

/** Rounds to the numbers of an element type, as arithmetic between its scalars does. */
function roundingTo(dtype: DType): (value: number) => number {
  const cell = new dtype.array(dtype.lanes);
  const set = setterOf(dtype);
  const get = getterOf(dtype);
  return (value) => {
    set(cell, 0, value);
    return toNumber(get(cell, 0));
  };
}

function signText(value: number, sign: SignMode): string {
  return signOf(value) || (sign === "+" ? "+" : "");
}

/** Trailing zeros are left out of the fraction; the column puts back those it wants. */
function partsOf(
  value: number,
  form: FloatForm,
  column: Pick<Column, "rule" | "isExponential" | "sign">,
): NumberParts {
  const decimal = decimalDigits(Math.abs(value), form, column.rule);
  const sign = signText(value, column.sign);
  if (column.isExponential) {
    const { digits, exponent } = decimal;
    return { whole: sign + digits[0]!, fraction: withoutZeros(digits.slice(1)), exponent };
  }
  const { whole, fraction } = splitAtPoint(decimal);
  return { whole: sign + whole, fraction: withoutZeros(fraction) };
}

function withoutZeros(fraction: string): string {
  let end = fraction.length;
  while (fraction[end - 1] === "0") end--;
  return fraction.slice(0, end);
}

function longest(lengths: readonly number[]): number {
  return lengths.reduce((most, length) => Math.max(most, length), 0);
}

/** True iff numbers so large or so far apart are written with an exponent. */
function needsExponent(finite: readonly number[], dtype: DType, suppress: boolean): boolean {
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of finite) {
    const magnitude = Math.abs(value);
    if (magnitude === 0) continue;
    least = Math.min(least, magnitude);
    most = Math.max(most, magnitude);
  }
  if (most === 0) return false;
  if (most >= 10 ** Math.min(8, precisionOf(floatFormOf(dtype)))) return true;
  const round = roundingTo(dtype);
  return !suppress && (least < round(1e-4) || round(most / least) > 1000);
}

function exponentialColumn(finite: readonly number[], form: FloatForm, options: PrintOptions): Column {
  const isFixed = options.floatmode === "fixed";
  const digits = digitsWanted(options);
  const rule = { unique: !isFixed, fractional: false, most: digits === undefined ? undefined : digits + 1 };
  const first = { rule, isExponential: true, sign: options.sign };
  const parts = finite.map((value) => partsOf(value, form, first));
  const fractionLength = isFixed ? options.precision : longest(parts.map((part) => part.fraction.length));
  const exponentLength = longest(parts.map((part) => exponentText(part.exponent!).length - 2));
  return {
    ...first,
    rule: { ...rule, most: fractionLength + 1, least: fractionLength + 1 },
    fractionLength,
    exponentLength,
    padLeft: longest(parts.map((part) => part.whole.length)),
    padRight: exponentLength + 2 + fractionLength,
  };
}

function positionalColumn(finite: readonly number[], form: FloatForm, options: PrintOptions): Column {
  const isFixed = options.floatmode === "fixed";
  const rule = { unique: !isFixed, fractional: true, most: digitsWanted(options) };
  const first = { rule, isExponential: false, sign: options.sign };
  const parts = finite.map((value) => partsOf(value, form, first));
  const padRight = isFixed ? options.precision : longest(parts.map((part) => part.fraction.length));
  const isEqual = isFixed || options.floatmode === "maxprec_equal";
  return {
    ...first,
    rule: isEqual ? { ...rule, most: padRight, least: padRight } : { ...rule, least: 0 },
    fractionLength: isEqual ? padRight : 0,
    exponentLength: 0,
    padLeft: longest(parts.map((part) => part.whole.length)),
    padRight,
  };
}

/** Digits behind the point that the options ask for; undefined where only uniqueness counts. */
function digitsWanted(options: PrintOptions): number | undefined {
  return options.floatmode === "unique" ? undefined : options.precision;
}

const emptyColumn: Omit<Column, "sign"> = {
  rule: { unique: true, fractional: true },
  isExponential: false,
  fractionLength: 0,
  exponentLength: 0,
  padLeft: 0,
  padRight: 0,
};

function columnOf(values: readonly number[], dtype: DType, options: PrintOptions): Column {
  const { sign, nanstr, infstr } = options;
  const form = floatFormOf(dtype);
  const finite = values.filter((value) => Number.isFinite(value));
  let column: Column;
  if (finite.length === 0) column = { ...emptyColumn, sign };
  else if (needsExponent(finite, dtype, options.suppress)) column = exponentialColumn(finite, form, options);
  else column = positionalColumn(finite, form, options);
  let left = column.padLeft;
  if (sign === " " && !finite.some((value) => signOf(value) === "-")) left++;
  if (finite.length < values.length) {
    const behind = column.padRight + 1;
    const infinitySign = sign !== "-" || values.includes(Number.NEGATIVE_INFINITY) ? 1 : 0;
    left = Math.max(left, characterCount(nanstr) - behind, characterCount(infstr) + infinitySign - behind);
  }
  return { ...column, padLeft: left };
}

/**
 * How floating-point numbers are written in an array in which `values` show.
 * @throws ValueError for a negative precision
 */
export function floatFormatter(
  values: readonly number[],
  dtype: DType,
  options: PrintOptions,
): (value: number) => string {
  if (options.floatmode !== "unique" && options.precision < 0) {
    throw new ValueError("precision must be >= 0");
  }
  const form = floatFormOf(dtype);
  const column = columnOf(values, dtype, options);
  const width = column.padLeft + column.padRight + 1;
  return (value) => {
    if (Number.isNaN(value)) return padLeft((column.sign === "+" ? "+" : "") + options.nanstr, width);
    if (!Number.isFinite(value)) return padLeft(signText(value, column.sign) + options.infstr, width);
    const parts = partsOf(value, form, column);
    const fraction = parts.fraction.padEnd(column.fractionLength, "0");
    const text = `${parts.whole.padStart(column.padLeft)}.${fraction}`;
    if (parts.exponent !== undefined) return text + exponentText(parts.exponent, column.exponentLength);
    return text + " ".repeat(Math.max(column.padRight - fraction.length, 0));
  };
}

/** How complex numbers are written in an array in which `values` show: each part as a column of its own. */
export function complexFormatter(
  values: readonly Complex[],
  dtype: DType,
  options: PrintOptions,
): (value: Complex) => string {
  const real = floatFormatter(
    values.map((value) => value.re),
    dtype,
    options,
  );
  const imaginary = floatFormatter(
    values.map((value) => value.im),
    dtype,
    { ...options, sign: "+" },
  );
  return (value) => {
    const text = imaginary(value.im);
    const end = text.trimEnd().length;
    return `${real(value.re)}${text.slice(0, end)}j${text.slice(end)}`;
  };
}

/** A scalar's shortest digits; an exponent below 1e-4 and from a size on that depends on the type. */
function shortestParts(
  value: number,
  dtype: DType,
): { readonly decimal: Decimal; readonly isExponential: boolean } {
  const form = floatFormOf(dtype);
  const magnitude = Math.abs(value);
  const limit = form === binary64 ? 1e16 : 10 ** precisionOf(form);
  return {
    decimal: decimalDigits(magnitude, form, { unique: true, fractional: true }),
    isExponential: magnitude !== 0 && (magnitude < 1e-4 || magnitude >= limit),
  };
}

/** `str` of a NumPy floating-point scalar; `point` is what stands behind a whole number. */
export function floatScalarText(value: number, dtype: DType, point = ".0"): string {
  if (Number.isNaN(value)) return "nan";
  if (!Number.isFinite(value)) return `${signOf(value)}inf`;
  const { decimal, isExponential } = shortestParts(value, dtype);
  if (isExponential) {
    const rest = withoutZeros(decimal.digits.slice(1));
    return signOf(value) + decimal.digits[0]! + (rest && `.${rest}`) + exponentText(decimal.exponent);
  }
  const { whole, fraction } = splitAtPoint(decimal);
  const rest = withoutZeros(fraction);
  return signOf(value) + whole + (rest ? `.${rest}` : point);
}

/** `str` of a NumPy complex scalar: `(1+2j)`, or `2j` where the real part is plain zero. */
export function complexScalarText(value: Complex, dtype: DType): string {
  const imaginary = `${floatScalarText(value.im, dtype, "")}j`;
  if (Object.is(value.re, 0)) return imaginary;
  return `(${floatScalarText(value.re, dtype, "")}${imaginary.startsWith("-") ? "" : "+"}${imaginary})`;
}
