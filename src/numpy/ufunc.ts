// Universal functions: what one is, how its loop (the type that it computes in) is chosen from the operands' types,
// and one call with `out`, `where`, `dtype` and `casting`. See NumPy's reference, "Universal functions (ufunc)".

import { bfloat16, bool, type DType, float16, float64, int64, uint64 } from "../core/dtype.ts";
import { elements, isTruthy, type Operand } from "../core/elements.ts";
import { PythonError, PythonTypeError, ValueError } from "../core/errors.ts";
import { broadcastShapes, broadcastTo, Layout, type Shape } from "../core/layout.ts";
import { mayOverlap, partType } from "../core/layout-reshape.ts";
import type { Operation } from "../core/op.ts";
import { collectWarnings, warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { take as takeOperation } from "../ops/indexing.ts";
import { assign, isSamePlace, mayShare, shapeText } from "./assign.ts";
import { broadcastOrThrow } from "./axes.ts";
import { converted, withType } from "./casting.ts";
import { checkWriteable } from "./contents.ts";
import { type FloatingRules, warnOfMishaps } from "./floating-errors.ts";
import { answerForItems, type ItemAnswers, isItemOperand } from "./item-operands.ts";
import { allocate, asArray, asScalar, singleElement, unwritten } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { resultLayout } from "./order.ts";
import { canCast, resultType } from "./promotion.ts";
import { convertScalar, fitsInteger, isPyScalar, kindOf, scalarOf } from "./scalars.ts";
import {
  type ArrayLike,
  type Casting,
  type DTypeLike,
  dtypeClassText,
  dtypeText,
  type Order,
  type PyScalar,
  dtype as parseDtype,
} from "./types.ts";
import { handedBack } from "./wrap.ts";

/** Computes one output from aligned operands. */
export type Run = (inputs: readonly Operand[], output: Operand) => void;

/** What type an output has, from the loop's. */
export type OutputType = (loop: DType) => DType;

/** The declaration of a ufunc. */
export interface UfuncSpec extends FloatingRules, ItemAnswers {
  readonly nin: 1 | 2;
  readonly outputs: readonly { readonly run: Run; readonly type: OutputType }[];
  /** The types that it computes in, as NumPy's letters, in the order in which they are tried. */
  readonly loops: string;
  /** True: the operands' common type must be a loop itself. Else the first loop that holds it is taken. */
  readonly isUniform?: boolean;
  /** What is warned of where a third positional argument is given. */
  readonly thirdArgument?: string;
  /** What a reduction of nothing gives. */
  readonly identity?: number | boolean;
  /** True: it may be reduced along several axes though it has no identity. */
  readonly isReorderable?: boolean;
  /** True: integers of any two types are compared by value, none is converted. */
  readonly isComparison?: boolean;
  /** Messages instead of the usual one where the operands meet in bool. */
  readonly boolMessage?: string;
  /** The type that integers and bools compute in. */
  readonly integersAs?: DType;
  /** Looks at operands of the loop's type before they are used. */
  readonly check?: (inputs: readonly Operand[], loop: DType) => void;
}

/** Options of a ufunc's call. */
export interface UfuncOptions {
  readonly out?: NDArray | readonly (NDArray | null)[] | null;
  readonly where?: ArrayLike;
  readonly dtype?: DTypeLike | null;
  readonly casting?: Casting;
  readonly order?: Order;
  readonly subok?: boolean;
}

/** The operation as a way to compute, under NumPy's rules. */
export function plain(operation: Operation): Run {
  return (inputs, output) => execute(operation, inputs, [output], undefined);
}

/** As `plain`, for an operation in which the libraries differ. */
export function ruled(operation: Operation<{ readonly rules: "numpy" | "torch" }>): Run {
  return (inputs, output) => execute(operation, inputs, [output], { rules: "numpy" });
}

/** The result has the loop's type. */
export function sameType(loop: DType): DType {
  return loop;
}

/** The result is bool. */
export function boolType(): DType {
  return bool;
}

/** A complex loop gives the type of its parts. */
export function realType(loop: DType): DType {
  return partType(loop);
}

function typesText(texts: readonly string[]): string {
  return `${texts.length === 1 ? texts[0] : `(${texts.join(", ")})`} -> None`;
}

/** The error for a ufunc that has no loop for these types. */
function noLoop(spec: UfuncSpec, names: readonly string[]): PythonError {
  if (spec.isUniform === true) {
    return new PythonError(
      "UFuncTypeError",
      `ufunc '${spec.name}' did not contain a loop with signature matching types ${typesText(names)}`,
    );
  }
  return new PythonTypeError(
    `ufunc '${spec.name}' not supported for the input types, and the inputs could not be safely coerced to any supported types according to the casting rule ''safe''`,
  );
}

const loopTypes: Map<string, readonly DType[]> = new Map();

function loopsOf(letters: string): readonly DType[] {
  let types = loopTypes.get(letters);
  if (types === undefined) {
    types = [...letters].map((letter) => parseDtype(letter));
    loopTypes.set(letters, types);
  }
  return types;
}

/**
 * The type that a ufunc computes in for operands that meet in `common`.
 * @param names the operands' types as a refusal has them
 * @throws TypeError, UFuncTypeError where there is none
 */
export function loopFor(
  spec: UfuncSpec,
  common: DType,
  types: readonly DType[],
  names: readonly string[] = types.map(dtypeClassText),
): DType {
  const loops = loopsOf(spec.loops);
  if (loops.includes(common)) return common;
  if (spec.boolMessage !== undefined && common === bool) throw new PythonTypeError(spec.boolMessage);
  // bfloat16 has every loop that floating types have.
  if (common === bfloat16 && loops.includes(float16)) return common;
  if (spec.integersAs !== undefined && (common.isInteger || common === bool)) return spec.integersAs;
  const found =
    spec.isUniform === true ? undefined : loops.find((loop) => types.every((type) => canCast(type, loop)));
  if (found !== undefined && !(common.isComplex && !found.isComplex)) return found;
  throw noLoop(spec, names);
}

/**
 * The type that a ufunc computes in where the result's is given.
 * @throws TypeError, UFuncTypeError where no loop gives it
 */
export function forcedLoop(spec: UfuncSpec, wanted: DType, types: readonly DType[]): DType {
  const { type } = spec.outputs[0]!;
  const loops = loopsOf(spec.loops);
  const giving = loops.filter((loop) => type(loop) === wanted);
  if (giving.length === 1) return giving[0]!;
  if (giving.length > 1) {
    const own = resultType(...types);
    return giving.find((loop) => loop === own) ?? giving.find((loop) => canCast(own, loop)) ?? giving[0]!;
  }
  if (wanted === bfloat16 && loops.includes(float16)) return wanted;
  if (wanted === bool && spec.boolMessage !== undefined) throw new PythonTypeError(spec.boolMessage);
  if (spec.isUniform === true) {
    const inputs = types.map(dtypeClassText);
    const text = inputs.length === 1 ? inputs[0] : `(${inputs.join(", ")})`;
    throw new PythonError(
      "UFuncTypeError",
      `ufunc '${spec.name}' did not contain a loop with signature matching types ${text} -> ${dtypeClassText(wanted)}`,
    );
  }
  throw new PythonTypeError(
    `No loop matching the specified signature and casting was found for ufunc ${spec.name}`,
  );
}

const pythonClasses = { int: "_PyLong", float: "_PyFloat", complex: "_PyComplex" } as const;

/** The class of an operand's type, as a refusal has it: Python's numbers have classes of their own. */
function classText(input: NDArray | PyScalar, type: DType): string {
  const kind = isPyScalar(input) ? kindOf(input) : "bool";
  return kind === "bool" ? dtypeClassText(type) : `<class 'numpy.dtypes.${pythonClasses[kind]}DType'>`;
}

/** An operand of a call: an array, or a Python number that takes the loop's type. */
type Input = NDArray | PyScalar;

/** The operand for the kernel: of the loop's type, or of one that goes into it exactly on the way. */
function operandFor(spec: UfuncSpec, input: Input, loop: DType, allIntegers: boolean): Operand {
  if (isPyScalar(input)) return numberFor(spec, input, loop);
  const { dtype } = input;
  const isExact =
    dtype === loop ||
    (spec.isComparison === true && allIntegers) ||
    (canCast(dtype, loop) && (dtype.compute === "real" || loop.compute === "complex"));
  return isExact && input.layout.isAligned ? input : converted(input, isExact ? dtype : loop);
}

function numberFor(spec: UfuncSpec, value: PyScalar, loop: DType): Operand {
  if (spec.isComparison === true && loop.isInteger && kindOf(value) === "int") {
    const whole = BigInt(scalarOf(value) as number | bigint);
    if (!fitsInteger(whole, loop)) {
      const type = fitsInteger(whole, int64) ? int64 : fitsInteger(whole, uint64) ? uint64 : float64;
      return singleElement(type, whole);
    }
  }
  return singleElement(loop, convertScalar(value, loop));
}

function checkInputs(spec: UfuncSpec, inputs: readonly Input[], loop: DType, casting: Casting): void {
  inputs.forEach((input, i) => {
    const type = isPyScalar(input) ? undefined : input.dtype;
    if (type === undefined || spec.isComparison === true || canCast(type, loop, casting)) return;
    const place = spec.nin === 1 ? "input" : `input ${i}`;
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc '${spec.name}' ${place} from ${dtypeText(type)} to ${dtypeText(loop)} with casting rule '${casting}'`,
    );
  });
}

function checkOutput(spec: UfuncSpec, type: DType, out: NDArray, index: number, casting: Casting): void {
  if (canCast(type, out.dtype, casting)) return;
  const place = spec.outputs.length === 1 ? "output" : `output ${index}`;
  throw new PythonError(
    "UFuncTypeError",
    `Cannot cast ufunc '${spec.name}' ${place} from ${dtypeText(type)} to ${dtypeText(out.dtype)} with casting rule '${casting}'`,
  );
}

/** The shape of the result, which a given output may not be stretched to. */
function resultShape(shapes: readonly Shape[], outs: readonly (NDArray | null)[]): Shape {
  const given = outs.filter((out) => out !== null).map((out) => out.shape);
  const all = broadcastShapes([...shapes, ...given]);
  const shape = all ?? broadcastOrThrow([...shapes, ...given]);
  for (const out of given) {
    if (out.length !== shape.length || out.some((length, axis) => length !== shape[axis])) {
      throw new ValueError(
        `non-broadcastable output operand with shape ${shapeText(out)} doesn't match the broadcast shape ${shapeText(shape)}`,
      );
    }
  }
  return shape;
}

function outsOf(spec: UfuncSpec, out: UfuncOptions["out"]): readonly (NDArray | null)[] {
  if (out === null || out === undefined) return spec.outputs.map(() => null);
  const list = Array.isArray(out) ? (out as readonly (NDArray | null)[]) : [out as NDArray];
  if (list.length !== spec.outputs.length) {
    throw new ValueError("The 'out' tuple must have exactly one entry per ufunc output");
  }
  return list;
}

/**
 * Calls a ufunc. Results over 0-d operands alone are scalars.
 * @throws TypeError, UFuncTypeError, OverflowError, ValueError as NumPy does
 */
export function callUfunc(
  spec: UfuncSpec,
  given: readonly ArrayLike[],
  options: UfuncOptions = {},
): NDArray[] {
  const { casting = "same_kind", order = "K" } = options;
  if (given.some(isItemOperand)) return [answerForItems(spec, given)];
  const inputs = given.map((value): Input => (isPyScalar(value) ? value : asArray(value)));
  const outs = outsOf(spec, options.out);
  for (const out of outs) if (out !== null) checkWriteable(out, "output array");
  const forced =
    options.dtype === null || options.dtype === undefined ? undefined : parseDtype(options.dtype);
  const common = resultType(...inputs);
  const types = inputs.map((input) => {
    if (!isPyScalar(input)) return input.dtype;
    return kindOf(input) === "bool" ? bool : common;
  });
  const names = inputs.map((input, i) => classText(input, types[i]!));
  const loop = forced === undefined ? loopFor(spec, common, types, names) : forcedLoop(spec, forced, types);
  if (forced !== undefined) checkInputs(spec, inputs, loop, casting);
  const outputTypes = spec.outputs.map(({ type }) => type(loop));
  outs.forEach((out, i) => {
    if (out !== null) checkOutput(spec, outputTypes[i]!, out, i, casting);
  });
  const allIntegers = types.every((type) => type.isInteger || type === bool);
  const operands = inputs.map((input) => operandFor(spec, input, loop, allIntegers));
  const mask = options.where === undefined || options.where === true ? undefined : asArray(options.where);
  const layouts = operands.map((operand) => operand.layout);
  const shape = resultShape(
    [...layouts, ...(mask === undefined ? [] : [mask.layout])].map((each) => each.shape),
    outs,
  );
  spec.check?.(operands, loop);
  const isScalar = shape.length === 0 && outs.every((out) => out === null);
  return spec.outputs.map(({ run }, i) => {
    const out = outs[i] ?? null;
    const layout = resultLayout(layouts, shape, outputTypes[i]!, order);
    const result = compute(spec, run, operands, layout, out, mask);
    const final = isScalar ? asScalar(result) : result;
    return out === null ? handedBack(given, final) : final;
  });
}

/** Runs one output: into the array given, where its memory allows it, else into a new one. */
function compute(
  spec: UfuncSpec,
  run: Run,
  operands: readonly Operand[],
  layout: Layout,
  out: NDArray | null,
  mask: NDArray | undefined,
): NDArray {
  if (mask !== undefined) return computeWhere(spec, run, operands, out ?? allocate(layout), layout, mask);
  if (out !== null && isDirect(out, operands, layout)) {
    // What is written over is kept for the warnings.
    const before = mayWarn(spec, layout.dtype) ? operands.map((each) => keptCopy(each, out)) : operands;
    run(operands, out);
    if (before !== operands || !operands.some((each) => mayShare(out, each))) {
      warnOfMishaps(spec.name, spec, before, out);
    }
    return out;
  }
  const result = unwritten(layout);
  run(operands, result);
  warnOfMishaps(spec.name, spec, operands, result);
  if (out === null) return result;
  assignAs(spec.name, out, result);
  return out;
}

/** Writes a result into the array given; what is lost on the way is said in the function's name. */
function assignAs(name: string, out: NDArray, result: NDArray): void {
  const { warnings } = collectWarnings(() => assign(out, result));
  for (const { category, message } of warnings) {
    warn(category, message.replace("encountered in cast", `encountered in ${name}`));
  }
}

/** True iff a result of that type may be worth a warning. */
function mayWarn(spec: UfuncSpec, dtype: DType): boolean {
  return (dtype.isFloatingPoint && spec.isQuiet !== true) || (dtype.isInteger && spec.isDivision === true);
}

/** The operand, or a copy of it where `out` lies in its memory. */
function keptCopy(operand: Operand, out: NDArray): Operand {
  if (!mayShare(out, operand)) return operand;
  const { dtype, shape } = operand.layout;
  const copied = unwritten(Layout.contiguous(dtype, shape));
  assign(copied, operand);
  return copied;
}

/** Runs over the elements that a mask picks alone: the others keep what they are, and nothing is said of them. */
function computeWhere(
  spec: UfuncSpec,
  run: Run,
  operands: readonly Operand[],
  target: NDArray,
  layout: Layout,
  mask: NDArray,
): NDArray {
  const { shape } = layout;
  const picks = broadcastTo(mask.layout, shape)!;
  const isPicked = elements({ storage: mask.storage, layout: picks }).map(isTruthy);
  const positions = isPicked.flatMap((isTrue, i) => (isTrue ? [BigInt(i)] : []));
  const index = allocate(Layout.contiguous(int64, [positions.length]));
  positions.forEach((position, i) => {
    index.storage.view(int64)[i] = position;
  });
  const parts = operands.map(({ storage, layout: own }) => {
    const { dtype } = own;
    const whole = unwritten(Layout.contiguous(dtype, [layout.size]));
    const stretched = { storage, layout: broadcastTo(own, shape)! };
    assign({ storage: whole.storage, layout: Layout.contiguous(dtype, shape) }, stretched);
    const picked = unwritten(Layout.contiguous(dtype, [positions.length]));
    if (positions.length > 0) execute(takeOperation, [whole, index], [picked], { axis: 0 });
    return picked;
  });
  const result = unwritten(Layout.contiguous(layout.dtype, [positions.length]));
  run(parts, result);
  warnOfMishaps(spec.name, spec, parts, result);
  const values = withType(result, target.dtype);
  const whole = unwritten(Layout.contiguous(target.dtype, [layout.size]));
  const [from, to] = [values.storage.view(target.dtype), whole.storage.view(target.dtype)];
  const { lanes } = target.dtype;
  assign({ storage: whole.storage, layout: Layout.contiguous(target.dtype, shape) }, target);
  positions.forEach((position, i) => {
    for (let k = 0; k < lanes; k++) to[Number(position) * lanes + k] = from[i * lanes + k]!;
  });
  assign(target, { storage: whole.storage, layout: Layout.contiguous(target.dtype, shape) });
  return target;
}

/** True iff a kernel may write to the output while it reads the operands. */
function isDirect(out: NDArray, operands: readonly Operand[], layout: Layout): boolean {
  return (
    out.dtype === layout.dtype &&
    out.layout.isAligned &&
    !mayOverlap(out.layout) &&
    operands.every((operand) => !mayShare(out, operand) || isSamePlace(out, operand))
  );
}
