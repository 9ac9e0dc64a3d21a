// NumPy's print options: what `set_printoptions` sets, `get_printoptions` gives and `printoptions` changes for a while.

import { bind, type Signature } from "../core/arguments.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";

/** How many digits floating-point numbers get: see `numpy.set_printoptions`. */
export type FloatMode = "fixed" | "unique" | "maxprec" | "maxprec_equal";

/** `-` leaves the sign of positive numbers out, `+` writes it, a space keeps room for it. */
export type SignMode = "-" | "+" | " ";

/** Text of one element, given as a JavaScript value. */
export type ItemFormatter = (item: never) => string;

/** Formatting functions by kind of element: `all`, `int`, `int_kind`, `float_kind`, `numpystr`, ... */
export type FormatterTable = Readonly<Record<string, ItemFormatter | null | undefined>>;

/** All options in force. */
export interface PrintOptions {
  /** Digits behind the point of a floating-point number. */
  readonly precision: number;
  /** An array with more elements is summarised. */
  readonly threshold: number;
  /** Items shown at either end of a summarised axis. */
  readonly edgeitems: number;
  /** Characters of a line. */
  readonly linewidth: number;
  /** True: small numbers are written as zeros rather than with an exponent. */
  readonly suppress: boolean;
  readonly nanstr: string;
  readonly infstr: string;
  readonly sign: SignMode;
  readonly floatmode: FloatMode;
  readonly formatter: FormatterTable | null;
}

/** Options to change; what is absent or null stays as it is. */
export type PrintOptionChanges = { readonly [K in keyof PrintOptions]?: PrintOptions[K] | null | undefined };

const defaults: PrintOptions = {
  precision: 8,
  threshold: 1000,
  edgeitems: 3,
  linewidth: 75,
  suppress: false,
  nanstr: "nan",
  infstr: "inf",
  sign: "-",
  floatmode: "maxprec",
  formatter: null,
};

let current: PrintOptions = defaults;

/** The parameters of `numpy.set_printoptions` in order. */
type OptionPositions = [
  precision: number | null,
  threshold: number | null,
  edgeitems: number | null,
  linewidth: number | null,
  suppress: boolean | null,
  nanstr: string | null,
  infstr: string | null,
  formatter: FormatterTable | null,
  sign: SignMode | null,
  floatmode: FloatMode | null,
];

const names: readonly (keyof PrintOptions)[] = [
  "precision",
  "threshold",
  "edgeitems",
  "linewidth",
  "suppress",
  "nanstr",
  "infstr",
  "formatter",
  "sign",
  "floatmode",
];

const unchanged: PrintOptionChanges = Object.fromEntries(names.map((name) => [name, null]));

function check(changes: PrintOptionChanges): void {
  const { floatmode, sign, threshold, precision } = changes;
  const modes = ["fixed", "unique", "maxprec", "maxprec_equal"];
  if (floatmode != null && !modes.includes(floatmode)) {
    throw new ValueError(`floatmode option must be one of ${modes.map((mode) => `"${mode}"`).join(", ")}`);
  }
  if (sign != null && !["-", "+", " "].includes(sign)) {
    throw new ValueError("sign option must be one of ' ', '+', or '-'");
  }
  if (threshold != null && typeof threshold !== "number") {
    throw new PythonTypeError("threshold must be numeric");
  }
  if (Number.isNaN(threshold)) {
    throw new ValueError("threshold must be non-NAN, try sys.maxsize for untruncated representation");
  }
  if (precision != null && !Number.isInteger(precision)) {
    throw new PythonTypeError("precision must be an integer");
  }
}

/** The options in force with some changed. The names are checked here, for every way of giving them. */
export function withChanges(changes: PrintOptionChanges): PrintOptions {
  check(changes);
  const given = Object.entries(changes).filter(
    ([name, value]) => Object.hasOwn(defaults, name) && value !== null && value !== undefined,
  );
  return { ...current, ...Object.fromEntries(given) };
}

/**
 * Sets options for all arrays printed from now on (`numpy.set_printoptions`).
 * @throws ValueError, TypeError for a value that an option cannot have
 */
export function setPrintoptions(...args: Signature<OptionPositions, PrintOptionChanges>): void {
  const changes = bind<PrintOptionChanges>("set_printoptions", names, args, unchanged);
  // A formatter lasts until the next call, as in NumPy; the other options until they are given again.
  current = { ...withChanges(changes), formatter: changes.formatter ?? null };
}

/** The options in force (`numpy.get_printoptions`). */
export function getPrintoptions(): PrintOptions {
  return { ...current };
}

/** Calls `body` with options changed and puts them back (`with numpy.printoptions(...)`). */
export function printoptions<T>(changes: PrintOptionChanges, body: (options: PrintOptions) => T): T {
  const before = current;
  setPrintoptions(changes);
  try {
    return body(getPrintoptions());
  } finally {
    current = before;
  }
}
