// The RuntimeWarnings of NumPy's arithmetic ("Floating point error handling"): divide by zero, overflow, invalid value.
// The processor's flags cannot be read here, so what happened is told from what came out of what. Nothing is looked at
// twice unless a result is infinite or NaN.

import type { DType } from "../core/dtype.ts";
import { elements, type Operand, toComplex } from "../core/elements.ts";
import { broadcastTo } from "../core/layout.ts";
import { collectWarnings, warn } from "../core/warnings.ts";

/** What of a function's values is worth a warning. */
export interface FloatingRules {
  /** Where a floating function goes to infinity. */
  readonly poles?: readonly number[];
  /** The operand that the poles are about; default: the last. */
  readonly poleOperand?: number;
  /** True iff infinities and NaN come without a warning. */
  readonly isQuiet?: boolean;
  /** True iff integers are divided by the last operand. */
  readonly isDivision?: boolean;
}

type Mishap = "divide by zero" | "overflow" | "invalid value";

/** The order in which NumPy warns. */
const mishaps: readonly Mishap[] = ["divide by zero", "overflow", "invalid value"];

function report(found: ReadonlySet<Mishap>, name: string): void {
  for (const mishap of mishaps) {
    if (found.has(mishap)) warn("RuntimeWarning", `${mishap} encountered in ${name}`);
  }
}

/** True iff an element is infinite or NaN. */
function hasNonFinite(operand: Operand): boolean {
  const { storage, layout } = operand;
  const { dtype, size } = layout;
  const isWhole = layout.isAligned && (dtype.name === "float64" || dtype.name === "float32");
  const array = isWhole ? (storage.view(dtype) as ArrayLike<number>) : undefined;
  if (array === undefined || array.length !== size) {
    return elements(operand).some((value) => !Number.isFinite(value));
  }
  for (let i = 0; i < size; i++) if (!Number.isFinite(array[i])) return true;
  return false;
}

function numbersOf(operand: Operand, shape: readonly number[]): number[] {
  const layout = broadcastTo(operand.layout, shape) ?? operand.layout;
  return elements({ storage: operand.storage, layout }).map(Number);
}

function floatingMishaps(rules: FloatingRules, inputs: readonly Operand[], output: Operand): Set<Mishap> {
  const found = new Set<Mishap>();
  if (rules.isQuiet === true || !hasNonFinite(output)) return found;
  const { shape } = output.layout;
  const columns = inputs.map((input) => numbersOf(input, shape));
  const poled = columns[rules.poleOperand ?? columns.length - 1]!;
  numbersOf(output, shape).forEach((value, i) => {
    if (Number.isNaN(value)) {
      if (!columns.some((column) => Number.isNaN(column[i]))) found.add("invalid value");
    } else if (!Number.isFinite(value) && columns.every((column) => Number.isFinite(column[i]))) {
      found.add(rules.poles?.includes(poled[i]!) === true ? "divide by zero" : "overflow");
    }
  });
  return found;
}

/** The least number of a signed type, which has no opposite. */
function leastOf(dtype: DType): number | undefined {
  return dtype.kind === "signed" ? -(2 ** (8 * dtype.itemSize - 1)) : undefined;
}

function integerMishaps(inputs: readonly Operand[], output: Operand): Set<Mishap> {
  const found = new Set<Mishap>();
  const { shape, dtype } = output.layout;
  const [dividends, divisors] = [inputs[0]!, inputs[inputs.length - 1]!].map((each) =>
    numbersOf(each, shape),
  ) as [number[], number[]];
  const least = leastOf(dtype);
  divisors.forEach((divisor, i) => {
    if (divisor === 0) found.add("divide by zero");
    // One divided by zero is no integer.
    if (divisor === 0 && inputs.length === 1) found.add("invalid value");
    if (divisor === -1 && inputs.length > 1 && dividends[i] === least) found.add("overflow");
  });
  return found;
}

/** Division by a complex zero divides both parts by zero. */
function complexMishaps(inputs: readonly Operand[], output: Operand): Set<Mishap> {
  const found = new Set<Mishap>();
  if (inputs.length < 2) return found;
  const { shape } = output.layout;
  const columns = inputs.map(({ storage, layout }) =>
    elements({ storage, layout: broadcastTo(layout, shape) ?? layout }).map(toComplex),
  );
  columns[1]!.forEach(({ re, im }, i) => {
    if (re !== 0 || im !== 0) return;
    const parts = [columns[0]![i]!.re, columns[0]![i]!.im];
    if (parts.some((part) => part !== 0 && Number.isFinite(part))) found.add("divide by zero");
    if (parts.includes(0)) found.add("invalid value");
  });
  return found;
}

/**
 * Warns of what an elementwise function met.
 * @param inputs the operands, which the result must not have been written over
 */
export function warnOfMishaps(
  name: string,
  rules: FloatingRules,
  inputs: readonly Operand[],
  output: Operand,
): void {
  const { dtype } = output.layout;
  if (inputs.some(({ layout }) => layout.dtype.isComplex)) {
    if (rules.isDivision === true && dtype.isComplex) report(complexMishaps(inputs, output), name);
    return;
  }
  if (dtype.isFloatingPoint) report(floatingMishaps(rules, inputs, output), name);
  else if (dtype.isInteger && rules.isDivision === true) report(integerMishaps(inputs, output), name);
}

/** The numbers that a conversion to an integer type takes, by way of the processor's own integers. */
function convertible(dtype: DType): (value: number) => boolean {
  const bits = dtype.itemSize < 4 || dtype.name === "int32" ? 32 : 64;
  const most = dtype.name === "uint64" ? 2 ** 64 : 2 ** (bits - 1);
  const least = -(2 ** (bits - 1));
  return (value) => Math.trunc(value) >= least && Math.trunc(value) < most;
}

/** Warns of numbers that another type cannot hold. */
export function warnOfCast(source: Operand, target: Operand): void {
  const [from, to] = [source.layout.dtype, target.layout.dtype];
  if (from === to || !from.isFloatingPoint) return;
  if (to.isInteger) {
    const fits = convertible(to);
    if (elements(source).some((value) => !fits(Number(value)))) report(new Set(["invalid value"]), "cast");
  } else if (to.isFloatingPoint && to.itemSize < from.itemSize && hasNonFinite(target)) {
    const { shape } = target.layout;
    const before = numbersOf(source, shape);
    const isOver = numbersOf(target, shape).some(
      (value, i) => !Number.isFinite(value) && Number.isFinite(before[i]),
    );
    if (isOver) report(new Set(["overflow"]), "cast");
  }
}

/** Runs something without warnings of arithmetic, as under `numpy.errstate(all="ignore")`. */
export function quietly<T>(run: () => T): T {
  const { result, warnings } = collectWarnings(run);
  for (const { category, message } of warnings) if (category !== "RuntimeWarning") warn(category, message);
  return result;
}
