// Ufuncs as users have them: functions with `reduce`, `accumulate`, `outer` and `at`.

import { bind, isOptions, type Signature } from "../core/arguments.ts";
import type { DType } from "../core/dtype.ts";
import type { Operand } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { broadcastTo, Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { collectWarnings, warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import type { SumAttributes } from "../ops/reductions.ts";
import type { ScanAttributes } from "../ops/scans.ts";
import { assign } from "./assign.ts";
import { converted } from "./casting.ts";
import { warnOfMishaps } from "./floating-errors.ts";
import { type Index, positionsOf } from "./indexing.ts";
import { asArray, singleElement } from "./make.ts";
import { NDArray } from "./ndarray.ts";
import { resultType } from "./promotion.ts";
import { type AccumulateOptions, accumulate, type ReduceOptions, reduce, reduceat } from "./reduce.ts";
import type { ArrayLike, Axes, DTypeLike } from "./types.ts";
import { callUfunc, loopFor, type UfuncOptions, type UfuncSpec } from "./ufunc.ts";

/** How a ufunc's `reduce` is computed at once. Without one, elements are folded one after another. */
export interface Reduction {
  readonly run: (input: Operand, output: Operand, axes: readonly number[], keepdims: boolean) => void;
  /** True: integers smaller than 64 bits, and bool, are reduced in 64. */
  readonly widens: boolean;
  /** All partial results along an axis at once. */
  readonly scan?: Operation<ScanAttributes>;
}

/** A reduction by an operation of the same name and type. */
export function reductionOf(
  operation: Operation<{ readonly axes: readonly number[]; readonly keepdims: boolean }>,
): Reduction {
  return {
    run: (input, output, axes, keepdims) => execute(operation, [input], [output], { axes, keepdims }),
    widens: false,
  };
}

/** A sum or a product, in a type of its own. */
export function sumLike(operation: Operation<SumAttributes>, scan: Operation<ScanAttributes>): Reduction {
  return {
    scan,
    run: (input, output, axes, keepdims) =>
      execute(operation, [input], [output], { axes, keepdims, dtype: output.layout.dtype }),
    widens: true,
  };
}

/** What a ufunc takes behind its operands. */
export type UfuncArguments = Signature<[out: UfuncOptions["out"]], UfuncOptions>;

const defaults: Required<UfuncOptions> = {
  out: null,
  where: true,
  dtype: null,
  casting: "same_kind",
  order: "K",
  subok: true,
};

function call(spec: UfuncSpec, inputs: readonly ArrayLike[], args: UfuncArguments): NDArray[] {
  const count = inputs.filter((input) => input !== undefined).length;
  if (count < spec.nin) {
    const most = spec.nin + spec.outputs.length;
    throw new PythonTypeError(
      `${spec.name}() takes from ${spec.nin} to ${most} positional arguments but ${count} ${count === 1 ? "was" : "were"} given`,
    );
  }
  if (spec.thirdArgument !== undefined && args.length > 0 && !isOptions(args[0])) {
    warn("DeprecationWarning", spec.thirdArgument);
  }
  return callUfunc(
    spec,
    inputs,
    args.length === 0 ? defaults : bind<UfuncOptions>(spec.name, ["out"], args, defaults),
  );
}

/** What every ufunc says of itself. */
export interface UfuncFacts {
  readonly spec: UfuncSpec;
  /** Number of operands. */
  readonly nin: number;
  /** Number of results. */
  readonly nout: number;
  /** Operands and results together. */
  readonly nargs: number;
  /** What a reduction of nothing gives; null where that is an error. */
  readonly identity: number | boolean | null;
}

/** A ufunc of one operand. */
export interface UnaryUfunc extends UfuncFacts {
  (x: ArrayLike, ...args: UfuncArguments): NDArray;
  /** Applies it in place to the elements that an index names, once for each time it names them. */
  at(a: NDArray, indices: Index | readonly Index[]): void;
}

/** A ufunc of one operand and two results. */
export type UnaryPairUfunc = (x: ArrayLike, ...args: UfuncArguments) => [NDArray, NDArray];

/** A ufunc of two operands and two results. */
export type BinaryPairUfunc = (x1: ArrayLike, x2: ArrayLike, ...args: UfuncArguments) => [NDArray, NDArray];

/** A ufunc of two operands. */
export interface BinaryUfunc extends UfuncFacts {
  (x1: ArrayLike, x2: ArrayLike, ...args: UfuncArguments): NDArray;
  readonly reduction: Reduction | undefined;
  /** Folds the elements along axes into one (`ufunc.reduce`); along the first where none is given. */
  reduce(
    array: ArrayLike,
    ...args: Signature<[axis: Axes | null, dtype: DTypeLike | null, out: NDArray | null], ReduceOptions>
  ): NDArray;
  /** All partial results along an axis (`ufunc.accumulate`). */
  accumulate(
    array: ArrayLike,
    ...args: Signature<[axis: number, dtype: DTypeLike | null, out: NDArray | null], AccumulateOptions>
  ): NDArray;
  /** Folds the elements from each index to before the next along an axis (`ufunc.reduceat`). */
  reduceat(
    array: ArrayLike,
    indices: ArrayLike,
    ...args: Signature<[axis: number, dtype: DTypeLike | null, out: NDArray | null], AccumulateOptions>
  ): NDArray;
  /** Every element of one with every element of the other (`ufunc.outer`). */
  outer(a: ArrayLike, b: ArrayLike, ...args: UfuncArguments): NDArray;
  /** Applies it in place to the elements that an index names, once for each time it names them (`ufunc.at`). */
  at(a: NDArray, indices: Index | readonly Index[], b: ArrayLike): void;
}

/** A function with a ufunc's name, and what the ufunc says of itself. */
function described<F extends (...args: never[]) => unknown>(run: F, spec: UfuncSpec): F & UfuncFacts {
  const { nin, outputs, identity = null } = spec;
  Object.defineProperty(run, "name", { value: spec.name });
  return Object.assign(run, { spec, nin, nout: outputs.length, nargs: nin + outputs.length, identity });
}

export function unaryUfunc(spec: UfuncSpec): UnaryUfunc {
  const run = (x: ArrayLike, ...args: UfuncArguments): NDArray => call(spec, [x], args)[0]!;
  return Object.assign(described(run, spec), {
    at: (a: NDArray, indices: Index | readonly Index[]) => applyAt(spec, a, indices),
  });
}

export function unaryPairUfunc(spec: UfuncSpec): UnaryPairUfunc {
  return (x, ...args) => call(spec, [x], args) as [NDArray, NDArray];
}

export function binaryPairUfunc(spec: UfuncSpec): BinaryPairUfunc {
  return (x1, x2, ...args) => call(spec, [x1, x2], args) as [NDArray, NDArray];
}

export function binaryUfunc(spec: UfuncSpec, reduction?: Reduction): BinaryUfunc {
  const run = (x1: ArrayLike, x2: ArrayLike, ...args: UfuncArguments): NDArray =>
    call(spec, [x1, x2], args)[0]!;
  const methods = {
    reduction,
    reduce: (array: ArrayLike, ...args: readonly unknown[]) => reduce(result, array, args),
    accumulate: (array: ArrayLike, ...args: readonly unknown[]) => accumulate(result, array, args),
    reduceat: (array: ArrayLike, indices: ArrayLike, ...args: readonly unknown[]) =>
      reduceat(result, array, indices, args),
    outer: (a: ArrayLike, b: ArrayLike, ...args: UfuncArguments) => {
      const [first, second] = [asArray(a), asArray(b)];
      const shape: Shape = [...first.shape, ...second.shape.map(() => 1)];
      return call(spec, [first.reshape(shape), second], args)[0]!;
    },
    at: (a: NDArray, indices: Index | readonly Index[], b: ArrayLike) => applyAt(spec, a, indices, b),
  };
  const result: BinaryUfunc = Object.assign(described(run, spec), methods);
  return result;
}

/**
 * `ufunc.at`: each place is read and written as often as the index names it.
 * @throws ValueError, UFuncTypeError
 */
function applyAt(spec: UfuncSpec, a: NDArray, indices: Index | readonly Index[], b?: ArrayLike): void {
  const isTuple =
    Array.isArray(indices) && indices.some((item) => typeof item === "object" || typeof item === "string");
  const value = b === undefined ? undefined : asArray(b);
  const types = value === undefined ? [a.dtype] : [a.dtype, value.dtype];
  const loop = loopFor(spec, resultType(...types), types);
  const { positions, shape, perPlace } = positionsOf(
    a,
    isTuple ? (indices as readonly Index[]) : [indices as Index],
  );
  // Where an index names single elements, NumPy does not look at the flag, and writes.
  if (!a.writeable && perPlace !== 1) {
    throw new ValueError("operand array with iterator write flag set is read-only");
  }
  const values = value === undefined ? undefined : stretchedValues(value, shape, loop);
  const { unit, dtype } = a.layout;
  const { run, type } = spec.outputs[0]!;
  const result = singleElement(type(loop), 0);
  const { warnings } = collectWarnings(() => {
    positions.forEach((position, i) => {
      const place = { storage: a.storage, layout: new Layout(dtype, [], [], position, unit) };
      const operand = converted(new NDArray(a.storage, place.layout), loop);
      const operands: Operand[] = [operand];
      if (values !== undefined)
        operands.push({ storage: values.storage, layout: new Layout(loop, [], [], i) });
      spec.check?.(operands, loop);
      run(operands, result);
      warnOfMishaps("at", spec, operands, result);
      assign(place, result);
    });
  });
  const texts = new Map(
    warnings.map(({ category, message }) => [message.replace("in cast", "in at"), category]),
  );
  for (const [message, category] of texts) warn(category, message);
}

function stretchedValues(value: NDArray, shape: Shape, dtype: DType): NDArray {
  const layout = broadcastTo(value.layout, shape);
  if (layout === undefined) throw new ValueError("array is not broadcastable to correct shape");
  return converted(value.viewAs(layout), dtype, "C");
}
