// How NumPy's arrays, scalars and element types print: `repr`, `str` and `array2string` of NumPy 2.4.
// Everything works on plain operands, or on arrays of other items that say how they print (`PrintableArray`).

import { bind, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import type { Operand, Scalar } from "../core/elements.ts";
import { product } from "../core/layout.ts";
import { shownItems } from "../core/shown.ts";
import { boolRepr, characterCount, lastLineLength, stringRepr, tupleText } from "../core/text.ts";
import { nestedText } from "./print-nested.ts";
import {
  type FloatMode,
  type FormatterTable,
  getPrintoptions,
  type SignMode,
  withChanges,
} from "./print-options.ts";
import {
  itemFormatter,
  numberType,
  type PrintableArray,
  type PrintableType,
  printableOperand,
} from "./print-type.ts";

export {
  bytesType,
  dateType,
  objectType,
  printableItems,
  type RecordField,
  recordType,
  textType,
  voidType,
} from "./print-items.ts";
export {
  type FloatMode,
  type FormatterTable,
  getPrintoptions,
  type ItemFormatter,
  type PrintOptionChanges,
  type PrintOptions,
  printoptions,
  type SignMode,
  setPrintoptions,
} from "./print-options.ts";
export type { PrintableArray, PrintableType } from "./print-type.ts";

type Maybe<T> = T | null | undefined;

/** Options of `numpy.array_repr` and `numpy.array_str`; absent ones are as `setPrintoptions` left them. */
export interface ArrayTextOptions {
  readonly maxLineWidth?: Maybe<number>;
  readonly precision?: Maybe<number>;
  readonly suppressSmall?: Maybe<boolean>;
}

/** Options of `numpy.array2string`. */
export interface Array2stringOptions extends ArrayTextOptions {
  /** Between items; a space unless given. */
  readonly separator?: Maybe<string>;
  /** Text that the caller puts before: its length moves the following lines. */
  readonly prefix?: Maybe<string>;
  /** Text that the caller puts behind: its length is kept free. */
  readonly suffix?: Maybe<string>;
  readonly formatter?: Maybe<FormatterTable>;
  readonly threshold?: Maybe<number>;
  readonly edgeitems?: Maybe<number>;
  readonly sign?: Maybe<SignMode>;
  readonly floatmode?: Maybe<FloatMode>;
}

type TextPositions = [maxLineWidth: Maybe<number>, precision: Maybe<number>, suppressSmall: Maybe<boolean>];
type StringPositions = [...TextPositions, separator: Maybe<string>, prefix: Maybe<string>];

const textNames = ["maxLineWidth", "precision", "suppressSmall"] as const;
const textDefaults: ArrayTextOptions = { maxLineWidth: null, precision: null, suppressSmall: null };
const stringDefaults: Array2stringOptions = {
  ...textDefaults,
  separator: " ",
  prefix: "",
  suffix: "",
  formatter: null,
  threshold: null,
  edgeitems: null,
  sign: null,
  floatmode: null,
};

/** Anything that prints as an array does. */
type Printable<T> = Operand | PrintableArray<T>;

function printed<T>(array: Printable<T>, text: <U>(array: PrintableArray<U>) => string): string {
  return "storage" in array ? text(printableOperand(array)) : text(array);
}

/**
 * Text of the items of an array in brackets (`numpy.array2string`).
 * @throws ValueError, TypeError for a value that an option cannot have
 */
export function array2string<T>(
  array: Printable<T>,
  ...args: Signature<StringPositions, Array2stringOptions>
): string {
  const names = [...textNames, "separator", "prefix"] as const;
  const options = bind<Array2stringOptions>("array2string", names, args, stringDefaults);
  return printed(array, (items) => itemsText(items, options));
}

/** `repr` of an array: `array([1., 2.], dtype=float32)` (`numpy.array_repr`). */
export function arrayRepr<T>(
  array: Printable<T>,
  ...args: Signature<TextPositions, ArrayTextOptions>
): string {
  const options = bind<ArrayTextOptions>("array_repr", textNames, args, textDefaults);
  return printed(array, (items) => reprText(items, options));
}

/** `str` of an array: items without commas; a 0-d array prints as its scalar does (`numpy.array_str`). */
export function arrayStr<T>(
  array: Printable<T>,
  ...args: Signature<TextPositions, ArrayTextOptions>
): string {
  const options = bind<ArrayTextOptions>("array_str", textNames, args, textDefaults);
  return printed(array, (items) =>
    items.shape.length === 0
      ? items.type.scalarText(items.itemAt([]), getPrintoptions())
      : itemsText(items, options),
  );
}

function itemsText<T>({ shape, type, itemAt }: PrintableArray<T>, options: Array2stringOptions): string {
  const { maxLineWidth, suppressSmall, separator, prefix, suffix, ...rest } = options;
  const inForce = withChanges({ ...rest, linewidth: maxLineWidth, suppress: suppressSmall });
  const size = product(shape);
  if (size === 0) return "[]";
  const edge = size > inForce.threshold ? inForce.edgeitems : undefined;
  // With no edge items at all NumPy still looks at every element to find the width of a column.
  const shown = shownItems(shape, edge === 0 ? undefined : edge, itemAt);
  const format = itemFormatter(type, shown, inForce, shape.length === 0);
  return nestedText(shape, (index) => format(itemAt(index)), {
    separator: separator ?? " ",
    width: inForce.linewidth - characterCount(suffix ?? ""),
    indent: " ".repeat(1 + characterCount(prefix ?? "")),
    edge,
  });
}

function reprText<T>(array: PrintableArray<T>, options: ArrayTextOptions): string {
  const { shape, type } = array;
  const inForce = getPrintoptions();
  const width = options.maxLineWidth ?? inForce.linewidth;
  const prefix = "array(";
  const items = itemsText(array, {
    ...options,
    maxLineWidth: width,
    separator: ", ",
    prefix,
    suffix: ")",
  });
  const size = product(shape);
  const isEmpty = size === 0;
  const extras: string[] = [];
  if ((isEmpty && shape.length !== 1) || size > inForce.threshold) extras.push(`shape=${tupleText(shape)}`);
  if (!type.isImplied || isEmpty) extras.push(`dtype=${type.dtypeText}`);
  if (extras.length === 0) return `${prefix}${items})`;
  const text = `${prefix}${items},`;
  const extra = `${extras.join(", ")})`;
  const fits = lastLineLength(text) + characterCount(extra) + 1 <= width;
  return text + (fits ? " " : `\n${" ".repeat(prefix.length)}`) + extra;
}

/** `str` of a NumPy scalar: `0.1`, `1e-05`, `(1+2j)`, `True`. */
export function scalarStr(value: Scalar, dtype: DType): string {
  return numberType(dtype).scalarText(value, getPrintoptions());
}

/** `repr` of a NumPy scalar: `np.float32(0.1)`, `np.True_`. */
export function scalarRepr(value: Scalar, dtype: DType): string {
  if (typeof value === "boolean") return `np.${boolRepr(value)}_`;
  const text = scalarStr(value, dtype);
  return `np.${dtype.name}${text.startsWith("(") ? text : `(${text})`}`;
}

/** `repr` of an element type: `dtype('float32')`, `dtype('<U5')`. */
export function dtypeRepr(dtype: DType | PrintableType<never>): string {
  return `dtype(${"fieldText" in dtype ? dtype.fieldText : stringRepr(dtype.name)})`;
}

/** `str` of an element type: `float32`, `<U5`, `|S3`. */
export function dtypeStr(dtype: DType | PrintableType<never>): string {
  return "dtypeText" in dtype ? dtype.dtypeText.replaceAll(/^'|'$/g, "") : dtype.name;
}
