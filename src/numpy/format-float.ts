// Single numbers as text: `format_float_positional`, `format_float_scientific`.

import { bind, type Signature } from "../core/arguments.ts";
import { type Decimal, decimalDigits, floatFormOf } from "../core/digits.ts";
import { float64 } from "../core/dtype.ts";
import { ValueError } from "../core/errors.ts";
import { signOf, splitAtPoint } from "../core/text.ts";
import { asArray } from "./make.ts";
import type { ArrayLike } from "./types.ts";

/** What becomes of zeros at the end: "k" keeps them, "." and "-" drop them ("-" the point too), "0" leaves one. */
export type Trim = "k" | "." | "0" | "-";

interface FormatOptions {
  readonly precision: number | null;
  /** True: as few digits as tell the number from its neighbours. */
  readonly unique: boolean;
  readonly fractional: boolean;
  readonly trim: Trim;
  /** True: a plus before positive numbers. */
  readonly sign: boolean;
  readonly padLeft: number | null;
  readonly padRight: number | null;
  readonly expDigits: number | null;
  readonly minDigits: number | null;
}

const defaults: FormatOptions = {
  precision: null,
  unique: true,
  fractional: true,
  trim: "k",
  sign: false,
  padLeft: null,
  padRight: null,
  expDigits: null,
  minDigits: null,
};

interface Formatted {
  readonly sign: string;
  /** The digits; a text where the number is none. */
  readonly digits: Decimal | string;
}

function digitsOf(x: ArrayLike, options: FormatOptions, fractional: boolean): Formatted {
  const array = asArray(x);
  const dtype = array.dtype.isFloatingPoint ? array.dtype : float64;
  const value = Number(array.item());
  const sign = signOf(value) || (options.sign ? "+" : "");
  if (!Number.isFinite(value))
    return { sign: Number.isNaN(value) ? "" : sign, digits: Number.isNaN(value) ? "nan" : "inf" };
  if (!options.unique && options.precision === null) {
    throw new ValueError("in non-unique mode `precision` must be supplied");
  }
  const digits = decimalDigits(Math.abs(value), floatFormOf(dtype), {
    unique: options.unique,
    fractional,
    most: options.precision ?? undefined,
    least: options.minDigits ?? undefined,
  });
  return { sign, digits };
}

/** The digits behind the point, and the point where it stays. */
function tail(fraction: string, least: number, trim: Trim): string {
  if (trim === "k") return `.${fraction.padEnd(least, "0")}`;
  const rest = fraction.replace(/0+$/, "");
  if (rest !== "") return `.${rest}`;
  return trim === "-" ? "" : trim === "0" ? ".0" : ".";
}

/** Arguments of `format_float_positional`. */
export type PositionalArguments = Signature<
  [precision: number | null, unique: boolean, fractional: boolean, trim: Trim, sign: boolean],
  Partial<Omit<FormatOptions, "expDigits">>
>;

/** A number without an exponent (`numpy.format_float_positional`). @throws ValueError */
export function formatFloatPositional(x: ArrayLike, ...args: PositionalArguments): string {
  const names = ["precision", "unique", "fractional", "trim", "sign"] as const;
  const options = bind<FormatOptions>("format_float_positional", [...names], args, defaults);
  const { sign, digits } = digitsOf(x, options, options.fractional);
  if (typeof digits === "string") return sign + digits;
  const { whole, fraction } = splitAtPoint(digits);
  // What is not cut to the shortest has all the digits asked for.
  const least = options.unique ? (options.minDigits ?? 0) : options.fractional ? options.precision! : 0;
  const text = tail(fraction, least, options.trim);
  const left = (sign + whole).padStart(options.padLeft ?? 0);
  return left + (options.padRight === null ? text : text.padEnd(options.padRight + 1));
}

/** Arguments of `format_float_scientific`. */
export type ScientificArguments = Signature<
  [precision: number | null, unique: boolean, trim: Trim, sign: boolean],
  Partial<Omit<FormatOptions, "fractional" | "padRight">>
>;

/** A number with an exponent of ten (`numpy.format_float_scientific`). @throws ValueError */
export function formatFloatScientific(x: ArrayLike, ...args: ScientificArguments): string {
  const names = ["precision", "unique", "trim", "sign"] as const;
  const options = bind<FormatOptions>("format_float_scientific", [...names], args, defaults);
  const { precision, minDigits } = options;
  const counted = {
    ...options,
    precision: precision === null ? null : precision + 1,
    minDigits: minDigits === null ? null : minDigits + 1,
  };
  const { sign, digits } = digitsOf(x, counted, false);
  if (typeof digits === "string") return sign + digits;
  const least = options.unique ? (minDigits ?? 0) : precision!;
  const text = tail(digits.digits.slice(1), least, options.trim);
  const exponent = String(Math.abs(digits.exponent)).padStart(options.expDigits ?? 2, "0");
  const left = (sign + digits.digits[0]!).padStart(options.padLeft ?? 0);
  return `${left}${text}e${digits.exponent < 0 ? "-" : "+"}${exponent}`;
}
