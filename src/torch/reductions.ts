// Reductions: sums, means, extremes along axes.

import { bind, type Signature } from "../core/arguments.ts";
import { type DType, uint8 } from "../core/dtype.ts";
import { IndexError, PythonTypeError, RuntimeError } from "../core/errors.ts";
import { product } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import * as ops from "../ops/reductions.ts";
import { TensorBase } from "./base.ts";
import { maximum, minimum } from "./binary.ts";
import { reductionAxes, wrapDim } from "./dims.ts";
import { asDtype, type DtypeLike } from "./dtypes.ts";
import type { Binary } from "./elementwise.ts";
import { scalarTypeName, typeName } from "./errors.ts";
import { into, intoSameType } from "./in-place.ts";
import { named } from "./node.ts";
import {
  type Dims,
  intoPair,
  type PairOut,
  type ReductionArguments,
  type ReductionOptions,
  reductionArguments,
  sumType,
  type ValuesIndices,
  valuesIndices,
} from "./reduction-arguments.ts";
import { lacks, type Refusals, refusals, refuse, says } from "./refusals.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { combinationError } from "./tensor-arguments.ts";

function typed(input: Tensor, dtype: DType): Tensor {
  return input.dtype === dtype ? input : input.to(dtype);
}

/** The sum. */
export function sum(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, dtype, out } = reductionArguments("sum", args);
  const axes = reductionAxes(dim, input.ndim);
  const result = sumOf(input, axes, keepdim, sumType(input, dtype), dim === null);
  return into(result, out, "sum", [input]);
}

function sumOf(
  input: Tensor,
  axes: readonly number[],
  keepdims: boolean,
  dtype: DType,
  isAll: boolean,
): Tensor {
  const attributes = { axes, keepdims };
  return run(ops.sum, [typed(input, dtype)], attributes, isAll ? "SumBackward0" : "SumBackward1");
}

/** The sum of what is not NaN. */
export function nansum(input: Tensor, ...args: ReductionArguments): Tensor {
  if (input.dtype.isComplex) throw new RuntimeError("nansum on CPU does not support complex inputs");
  const numbers = input.dtype.isFloatingPoint ? input.maskedFill(input.isnan(), 0) : input;
  return named(sum(numbers, ...args), "NansumBackward0");
}

/** The product. */
export function prod(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, dtype, out } = reductionArguments("prod", args);
  const axes = reductionAxes(dim, input.ndim);
  const attributes = { axes, keepdims: keepdim };
  const label = dim === null ? "ProdBackward0" : "ProdBackward1";
  return into(run(ops.prod, [typed(input, sumType(input, dtype))], attributes, label), out, "prod", [input]);
}

function refuseWhole(input: Tensor, dtype: DtypeLike | null): void {
  const type = dtype === null ? input.dtype : asDtype(dtype);
  if (type.isFloatingPoint || type.isComplex) return;
  throw new RuntimeError(
    `mean(): could not infer output dtype. ${dtype === null ? "Input" : "Optional"} dtype must be either a floating point or complex dtype. Got: ` +
      scalarTypeName(type),
  );
}

/** The mean. @throws RuntimeError for integers */
export function mean(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, dtype, out } = reductionArguments("mean", args);
  refuseWhole(input, dtype);
  const axes = reductionAxes(dim, input.ndim);
  const source = dtype === null ? input : typed(input, asDtype(dtype));
  const total = sumOf(source, axes, keepdim, source.dtype, dim === null);
  const result = named(total.div(countOf(input, axes)), dim === null ? "MeanBackward0" : "MeanBackward1");
  return into(result, out, "mean", [input]);
}

/** The mean of what is not NaN. */
export function nanmean(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, dtype, out } = reductionArguments("nanmean", args);
  const count = sum(input.isnan().logicalNot(), dim, keepdim);
  return into(nansum(input, dim, keepdim, { dtype }).div(count), out, "nanmean", [input]);
}

function countOf(input: Tensor, axes: readonly number[]): number {
  return product(axes.map((axis) => input.shape[axis]!));
}

const extremeRefusals = (name: string): Refusals => refusals(lacks(name, "rare", "complex"));
const maxAll: Refusals = extremeRefusals("max_all");
const minAll: Refusals = extremeRefusals("min_all");
const maxValues: Refusals = extremeRefusals("max_values_cpu");
const minValues: Refusals = extremeRefusals("min_values_cpu");

function refuseEmpty(input: Tensor, dims: readonly number[], name: string): void {
  if (input.layout.size > 0) return;
  const empty = dims.find((dim) => input.shape.at(dim) === 0);
  if (empty === undefined) return;
  throw new IndexError(`${name}(): Expected reduction dim ${empty} to have non-zero size.`);
}

/** Checks of `amax` and `amin`. @returns the axes */
function extremeAxes(input: Tensor, dim: Dims, name: string, types: Refusals): number[] {
  const axes = reductionAxes(dim, input.ndim);
  const isWhole = dim === null || (typeof dim === "object" && dim.length === 0);
  if (isWhole && input.layout.size === 0) throw unnamedAxis(name);
  if (dim !== null) refuseEmpty(input, typeof dim === "number" ? [dim] : dim, name);
  if (input.layout.size > 0) refuse(types, input.dtype);
  return axes;
}

function unnamedAxis(name: string): RuntimeError {
  return new RuntimeError(
    `${name}(): Expected reduction dim to be specified for input.numel() == 0. Specify the reduction dim with the 'dim' argument.`,
  );
}

interface Extreme {
  readonly name: string;
  readonly reduce: Operation<ops.ReductionAttributes>;
  readonly position: Operation<ops.PositionAttributes>;
  readonly all: Refusals;
  readonly label: string;
}

const largest: Extreme = { name: "max", reduce: ops.amax, position: ops.argmax, all: maxAll, label: "Max" };
const smallest: Extreme = { name: "min", reduce: ops.amin, position: ops.argmin, all: minAll, label: "Min" };

function extremeOfAll(input: Tensor, extreme: Extreme): Tensor {
  if (input.layout.size === 0) throw unnamedAxis(extreme.name);
  refuse(extreme.all, input.dtype);
  const attributes = { axes: reductionAxes(null, input.ndim), keepdims: false };
  return run(extreme.reduce, [input], attributes, `${extreme.label}Backward1`);
}

function extremeAlong(input: Tensor, dim: number, keepdim: boolean, extreme: Extreme): ValuesIndices {
  const axis = wrapDim(dim, input.ndim);
  if (input.ndim === 0)
    return valuesIndices(input.clone(), run(extreme.position, [input], { axis: null, keepdims: false }));
  refuseEmpty(input, [axis], extreme.name);
  const indices = run(extreme.position, [input], { axis, keepdims: true });
  const values = named(input.gather(axis, indices), `${extreme.label}Backward0`);
  if (keepdim) return valuesIndices(values, indices);
  return valuesIndices(named(values.squeeze(axis), `${extreme.label}Backward0`), indices.squeeze(axis));
}

/** Options of `max` and `min` along an axis. */
export interface ExtremeOptions {
  readonly dim: number;
  readonly keepdim?: boolean;
}

/** `max` and `min` as methods: of all elements, along an axis, or of pairs. */
export interface ExtremeMethod {
  (): Tensor;
  (other: Tensor): Tensor;
  (dim: number, keepdim?: boolean): ValuesIndices;
  (dim: number, options: { readonly keepdim?: boolean }): ValuesIndices;
  (options: ExtremeOptions): ValuesIndices;
}

/** `max` and `min` as functions. */
export interface ExtremeFunction {
  (input: Tensor): Tensor;
  (input: Tensor, other: Tensor): Tensor;
  (input: Tensor, dim: number, keepdim?: boolean): ValuesIndices;
  (input: Tensor, dim: number, options: { readonly keepdim?: boolean }): ValuesIndices;
  (input: Tensor, options: ExtremeOptions): ValuesIndices;
}

interface ExtremeBound {
  readonly dim: number | Tensor | null;
  readonly keepdim: boolean;
  readonly other: Tensor | null;
  readonly out: Tensor | PairOut;
}

const extremeForms: readonly (readonly string[])[] = [
  ["Tensor input", "*", "Tensor out = None"],
  ["Tensor input", "Tensor other", "*", "Tensor out = None"],
  ["Tensor input", "int dim", "bool keepdim = False", "*", "tuple of Tensors out = None"],
];

function extremeFunction(extreme: Extreme, ofPairs: Binary): ExtremeFunction {
  const call = (input: Tensor, ...args: readonly unknown[]): Tensor | ValuesIndices => {
    const names = ["dim", "keepdim"] as const;
    const bound = bind<ExtremeBound>(extreme.name, names, args, {
      dim: null,
      keepdim: false,
      other: null,
      out: null,
    });
    const { dim, keepdim, out } = bound;
    if (!(input instanceof TensorBase)) throw combinationError(extreme.name, [input, ...args], extremeForms);
    const other = bound.other ?? dim;
    const { name } = extreme;
    if (other instanceof TensorBase) return ofPairs(input, other as Tensor, { out: out as Tensor | null });
    if (dim === null) return into(extremeOfAll(input, extreme), out as Tensor | null, name, [input]);
    return intoPair(extremeAlong(input, dim as number, keepdim, extreme), out as PairOut, name, input);
  };
  return call as ExtremeFunction;
}

/** The largest element; along an axis, the largest ones and where they are; with another tensor, the larger of each. */
export const max: ExtremeFunction = extremeFunction(largest, maximum);

/** The smallest element; along an axis, the smallest ones and where they are; with another tensor, the smaller of each. */
export const min: ExtremeFunction = extremeFunction(smallest, minimum);

/** @throws RuntimeError for an `out` of another type */
function checkOut(out: Tensor | null, input: Tensor): void {
  if (out === null || out.dtype === input.dtype) return;
  throw new RuntimeError(
    `Expected the dtype for input and out to match, but got ${scalarTypeName(input.dtype)} for input's dtype and ` +
      `${scalarTypeName(out.dtype)} for out's dtype.`,
  );
}

/** The least and the greatest, as a pair and by name. */
export type Extremes = readonly [min: Tensor, max: Tensor] & { readonly min: Tensor; readonly max: Tensor };

interface AminmaxOptions {
  readonly dim?: number | null;
  readonly keepdim?: boolean;
  readonly out?: readonly Tensor[] | null;
}

const aminmaxTypes: Refusals = extremeRefusals("aminmax_cpu");

/**
 * The smallest and the largest element, of all or along an axis; equal ones share the gradient (`torch.aminmax`).
 * @throws RuntimeError or IndexError where there is none
 */
export function aminmax(input: Tensor, options: AminmaxOptions = {}): Extremes {
  const { dim = null, keepdim = false, out = null } = options;
  if (dim !== null && !Number.isInteger(dim)) {
    throw new PythonTypeError(`aminmax(): argument 'dim' must be int, not ${typeName(dim)}`);
  }
  const axes = reductionAxes(dim, input.ndim);
  if (dim === null && input.layout.size === 0) {
    throw new RuntimeError(
      "aminmax(): cannot compute aminmax over an empty dimension as the operation has no identity.",
    );
  }
  const empty = input.ndim === 0 ? undefined : axes.find((axis) => input.shape[axis] === 0);
  if (empty !== undefined) {
    throw new IndexError(`aminmax: Expected reduction dim ${empty} to have non-zero size.`);
  }
  refuse(aminmaxTypes, input.dtype);
  const attributes = { axes, keepdims: keepdim };
  const [least, greatest] = [ops.amin, ops.amax].map((operation, i) => {
    const value = run(operation, [input], attributes, "AminmaxBackward0");
    return intoSameType(value, out?.[i], "aminmax", [input]);
  }) as [Tensor, Tensor];
  return Object.assign([least, greatest] as const, { min: least, max: greatest }) as unknown as Extremes;
}

/** The largest elements along axes; equal ones share the gradient. */
export function amax(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, out } = reductionArguments("amax", args);
  const axes = extremeAxes(input, dim, "amax", maxValues);
  checkOut(out, input);
  return into(run(ops.amax, [input], { axes, keepdims: keepdim }), out, "amax", [input]);
}

/** The smallest elements along axes; equal ones share the gradient. */
export function amin(input: Tensor, ...args: ReductionArguments): Tensor {
  const { dim, keepdim, out } = reductionArguments("amin", args);
  const axes = extremeAxes(input, dim, "amin", minValues);
  checkOut(out, input);
  return into(run(ops.amin, [input], { axes, keepdims: keepdim }), out, "amin", [input]);
}

function position(
  input: Tensor,
  name: string,
  operation: Operation<ops.PositionAttributes>,
  args: readonly unknown[],
): Tensor {
  const { dim, keepdim, out } = reductionArguments(name, args);
  refuse(positionRefusals(name), input.dtype);
  if (input.layout.size === 0 && dim === null) {
    throw new IndexError(`${name}(): Expected reduction dim to be specified for input.numel() == 0.`);
  }
  const axis = dim === null || input.ndim === 0 ? null : wrapDim(dim as number, input.ndim);
  if (input.ndim === 0 && dim !== null) wrapDim(dim as number, 0);
  if (axis !== null) refuseEmpty(input, [axis], name);
  return into(run(operation, [input], { axis, keepdims: keepdim }), out, name, [input]);
}

function positionRefusals(name: string): Refusals {
  return refusals(
    says(`${name}(): does not support bool input`, "bool"),
    says(`${name}(): does not support complex input`, "complex"),
    lacks(`${name}_cpu`, "rare"),
  );
}

/** Where the largest element is: along an axis, or in row-major order. */
export function argmax(
  input: Tensor,
  ...args: Signature<[dim?: number | null, keepdim?: boolean], ReductionOptions>
): Tensor {
  return position(input, "argmax", ops.argmax, args);
}

/** Where the smallest element is: along an axis, or in row-major order. */
export function argmin(
  input: Tensor,
  ...args: Signature<[dim?: number | null, keepdim?: boolean], ReductionOptions>
): Tensor {
  return position(input, "argmin", ops.argmin, args);
}

function truth(
  input: Tensor,
  name: string,
  operation: Operation<ops.ReductionAttributes>,
  args: readonly unknown[],
): Tensor {
  const { dim, keepdim, out } = reductionArguments(name, args);
  // A list of no axes leaves every element by itself, unlike in other reductions.
  const isApart = typeof dim === "object" && dim?.length === 0;
  const axes = isApart ? [] : reductionAxes(dim, input.ndim);
  const result = run(operation, [input], { axes, keepdims: keepdim });
  return into(input.dtype === uint8 ? result.to(uint8) : result, out, name, [input]);
}

/** True where any element is not 0. */
export function any(input: Tensor, ...args: ReductionArguments): Tensor {
  return truth(input, "any", ops.any, args);
}

/** True where no element is 0. */
export function all(input: Tensor, ...args: ReductionArguments): Tensor {
  return truth(input, "all", ops.all, args);
}
