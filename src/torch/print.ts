// How PyTorch's tensors, sizes and element types print: `repr(tensor)` of PyTorch 2.13, print options included.
// Everything works on plain operands; what only a tensor knows (its gradient function, its device) is told.

import { bind, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import { bool, complex64, complex128, float8_e8m0fnu, float32, float64, int64 } from "../core/dtype.ts";
import { type Complex, type Operand, type Scalar, toComplex, toNumber } from "../core/elements.ts";
import type { Shape } from "../core/layout.ts";
import { itemReader, type ReadItem, shownAlong, shownItems } from "../core/shown.ts";
import { boolRepr, formatExponent, formatFixed, lastLineLength, tupleText } from "../core/text.ts";

/** All options in force (`torch.get_printoptions`). */
export interface PrintOptions {
  /** Digits behind the point of a floating-point number. */
  readonly precision: number;
  /** A tensor with more elements is summarised. */
  readonly threshold: number;
  /** Items shown at either end of a summarised axis. */
  readonly edgeitems: number;
  /** Characters of a line. */
  readonly linewidth: number;
  /** Whether numbers have an exponent; null leaves it to the numbers. */
  readonly sciMode: boolean | null;
}

/** Sets of options by name. */
export type PrintProfile = "default" | "short" | "full";

/** Options to change; what is absent or null stays as it is, but for `sciMode`. */
export type PrintOptionChanges = {
  readonly [K in keyof PrintOptions]?: PrintOptions[K] | null | undefined;
} & {
  readonly profile?: PrintProfile | null | undefined;
};

type Profile = Omit<PrintOptions, "sciMode">;

const profiles: Record<PrintProfile, Profile> = {
  default: { precision: 4, threshold: 1000, edgeitems: 3, linewidth: 80 },
  short: { precision: 2, threshold: 1000, edgeitems: 2, linewidth: 80 },
  full: { precision: 4, threshold: Number.POSITIVE_INFINITY, edgeitems: 3, linewidth: 80 },
};

let current: PrintOptions = { ...profiles.default, sciMode: null };

/** The parameters of `torch.set_printoptions` in order. */
type OptionPositions = [
  precision: number | null,
  threshold: number | null,
  edgeitems: number | null,
  linewidth: number | null,
  profile: PrintProfile | null,
  sciMode: boolean | null,
];

const names: readonly (keyof PrintOptionChanges)[] = [
  "precision",
  "threshold",
  "edgeitems",
  "linewidth",
  "profile",
  "sciMode",
];
const unchanged: PrintOptionChanges = Object.fromEntries(names.map((name) => [name, null]));

/** Sets options for all tensors printed from now on; `sciMode` goes back to null unless given (`torch.set_printoptions`). */
export function setPrintoptions(...args: Signature<OptionPositions, PrintOptionChanges>): void {
  const changes = bind<PrintOptionChanges>("set_printoptions", names, args, unchanged);
  const base: Profile = changes.profile == null ? current : profiles[changes.profile];
  current = {
    precision: changes.precision ?? base.precision,
    threshold: changes.threshold ?? base.threshold,
    edgeitems: changes.edgeitems ?? base.edgeitems,
    linewidth: changes.linewidth ?? base.linewidth,
    sciMode: changes.sciMode ?? null,
  };
}

/** The options in force. */
export function getPrintoptions(): PrintOptions {
  return { ...current };
}

/** Calls `body` with options changed and puts them back (`with torch.printoptions(...)`). */
export function printoptions<T>(changes: PrintOptionChanges, body: () => T): T {
  const before = current;
  setPrintoptions(changes);
  try {
    return body();
  } finally {
    current = before;
  }
}

/** Texts of one column width. */
interface Column<T> {
  readonly width: number;
  readonly format: (value: T) => string;
}

function plainColumn(values: readonly Scalar[], textOf: (value: Scalar) => string): Column<Scalar> {
  const width = values.reduce<number>((most, value) => Math.max(most, textOf(value).length), 1);
  return { width, format: (value) => textOf(value).padStart(width) };
}

/** Whether the sizes of the numbers ask for an exponent; given the least and greatest that are not zero. */
function needsExponent(least: number, most: number): boolean {
  return current.sciMode ?? (most / least > 1000 || most > 1e8 || least < 1e-4);
}

const isFiniteNonzero = (value: number): boolean => Number.isFinite(value) && value !== 0;

/**
 * What PyTorch takes for finite and other than zero in float8_e8m0fnu, which has neither zero nor infinity: its NaN,
 * but not its least number, to which zero is rounded.
 */
const isCountedScale = (value: number): boolean => value !== 2 ** -127;

/** The numbers that are counted set the width and tell whether there is an exponent. */
function floatColumn(values: readonly number[], isCounted = isFiniteNonzero): Column<number> {
  const { precision } = current;
  const counted = values.filter(isCounted);
  let least = Number.POSITIVE_INFINITY;
  let most = 0;
  for (const value of counted) {
    least = Math.min(least, Math.abs(value));
    most = Math.max(most, Math.abs(value));
  }
  const isWhole = counted.every(Number.isInteger);
  const whole = (value: number): string => formatFixed(value, 0) + (Number.isFinite(value) ? "." : "");
  let textOf = (value: number): string => formatFixed(value, precision);
  if (counted.length > 0 && needsExponent(least, most)) textOf = (value) => formatExponent(value, precision);
  else if (isWhole) textOf = whole;
  const width = counted.reduce((longest, value) => Math.max(longest, textOf(value).length), 1);
  return { width, format: (value) => textOf(value).padStart(width) };
}

/** Both parts as columns of their own; a part that brings no sign is joined by a plus. */
function complexColumn(values: readonly Complex[]): Column<Complex> {
  const real = floatColumn(values.map((value) => value.re));
  const imaginary = floatColumn(values.map((value) => value.im));
  return {
    width: real.width + imaginary.width + 1,
    format: (value) => {
      const text = `${imaginary.format(value.im).trimStart()}j`;
      return real.format(value.re) + (/^[+-]/.test(text) ? "" : "+") + text;
    },
  };
}

function columnOf(values: readonly Scalar[], dtype: DType): Column<Scalar> {
  const integer = (): Column<Scalar> => plainColumn(values, String);
  const families: Record<DType["kind"], () => Column<Scalar>> = {
    bool: () => plainColumn(values, (value) => boolRepr(value === true)),
    unsigned: integer,
    signed: integer,
    float: () => {
      const column = floatColumn(
        values.map(toNumber),
        dtype === float8_e8m0fnu ? isCountedScale : isFiniteNonzero,
      );
      return { width: column.width, format: (value) => column.format(toNumber(value)) };
    },
    complex: () => {
      const column = complexColumn(values.map(toComplex));
      return { width: column.width, format: (value) => column.format(toComplex(value)) };
    },
  };
  return families[dtype.kind]();
}

/** The items in nested brackets; `edge` items at either end of a long axis, undefined when all are shown. */
function nestedText(
  shape: Shape,
  read: ReadItem<Scalar>,
  column: Column<Scalar>,
  start: number,
  edge: number | undefined,
): string {
  const index: number[] = [];
  const isCut = (axis: number): boolean => edge !== undefined && shape[axis]! > 2 * edge;
  const texts = (axis: number, textAt: (at: number) => string, gap: string): string[] => {
    const parts = shownAlong(shape[axis]!, edge).map(textAt);
    return isCut(axis) ? parts.toSpliced(edge!, 0, gap) : parts;
  };
  const nest = (axis: number, indent: number): string => {
    if (axis === shape.length) return column.format(read(index));
    const isRow = axis === shape.length - 1;
    const textAt = (at: number): string => {
      index[axis] = at;
      return nest(axis + 1, indent + 1);
    };
    const parts = texts(axis, textAt, isRow && edge !== 0 ? " ..." : "...");
    const margin = " ".repeat(indent + 1);
    if (!isRow) return `[${parts.join(`,${"\n".repeat(shape.length - axis - 1)}${margin}`)}]`;
    const perLine = Math.max(1, Math.floor((current.linewidth - indent) / (column.width + 2)));
    const lines: string[] = [];
    for (let at = 0; at < parts.length; at += perLine) lines.push(parts.slice(at, at + perLine).join(", "));
    return `[${lines.join(`,\n${margin}`)}]`;
  };
  return nest(0, start);
}

/** The items of a tensor in brackets, the following lines moved to the right by `indent`. */
function itemsText(operand: Operand, indent: number): string {
  const { shape, size, dtype } = operand.layout;
  if (size === 0) return "[]";
  const edge = size > current.threshold ? current.edgeitems : undefined;
  const read = itemReader(operand);
  const column = columnOf(shownItems(shape, edge, read), dtype);
  return nestedText(shape, read, column, indent, edge);
}

/** What a tensor's text tells beside its items. */
export interface TensorTextOptions {
  /** Name of the backward function: `AddBackward0`. */
  readonly gradFn?: string | null | undefined;
  readonly requiresGrad?: boolean | undefined;
  /** True iff it is a Parameter. */
  readonly parameter?: boolean | undefined;
  /** The device, where it is not the default one: `cuda:0`. */
  readonly device?: string | undefined;
  /** The type that floating-point tensors have unless told otherwise; float32 if absent. */
  readonly defaultDtype?: DType | undefined;
  /** What stands before the bracket instead of `tensor`. */
  readonly className?: string | undefined;
}

function suffixesOf({ layout }: Operand, options: TensorTextOptions): string[] {
  const { shape, size, dtype } = layout;
  const suffixes: string[] = [];
  const defaultDtype = options.defaultDtype ?? float32;
  const defaultComplex = defaultDtype === float64 ? complex128 : complex64;
  if (options.device !== undefined) suffixes.push(`device='${options.device}'`);
  // No item shows what type an empty tensor has, so only the default goes without saying.
  const silent = size === 0 ? [defaultDtype] : [defaultDtype, defaultComplex, int64, bool];
  if (size === 0 ? shape.length !== 1 : current.edgeitems === 0) suffixes.push(`size=${tupleText(shape)}`);
  if (!silent.includes(dtype)) suffixes.push(`dtype=${dtypeRepr(dtype)}`);
  if (options.gradFn) suffixes.push(`grad_fn=<${options.gradFn}>`);
  else if (options.requiresGrad) suffixes.push("requires_grad=True");
  return suffixes;
}

/** `repr` and `str` of a tensor: `tensor([1., 2.], requires_grad=True)`. */
export function tensorRepr(operand: Operand, options: TensorTextOptions = {}): string {
  const prefix = `${options.className ?? "tensor"}(`;
  let text = prefix + itemsText(operand, prefix.length);
  let lineLength = lastLineLength(text) + 2;
  for (const suffix of suffixesOf(operand, options)) {
    if (lineLength + suffix.length + 2 > current.linewidth) {
      text += `,\n${" ".repeat(prefix.length)}${suffix}`;
      lineLength = prefix.length + suffix.length;
    } else {
      text += `, ${suffix}`;
      lineLength += suffix.length + 2;
    }
  }
  return `${options.parameter ? "Parameter containing:\n" : ""}${text})`;
}

/** `repr` of an element type: `torch.float32`. */
export function dtypeRepr(dtype: DType): string {
  return `torch.${dtype.name}`;
}

/** `repr` of a shape: `torch.Size([2, 3])`. */
export function sizeRepr(shape: Shape): string {
  return `torch.Size([${shape.join(", ")}])`;
}
