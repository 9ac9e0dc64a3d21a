// Ufuncs as users have them: functions with `reduce`, `accumulate`, `outer` and `at`.

import { bind, type Signature } from "../core/arguments.ts";
import type { Operand } from "../core/elements.ts";
import { PythonError, ValueError } from "../core/errors.ts";
import { broadcastTo, Layout, type Shape } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { execute } from "../devices/index.ts";
import type { SumAttributes } from "../ops/reductions.ts";
import type { ScanAttributes } from "../ops/scans.ts";
import { assign } from "./assign.ts";
import { converted } from "./casting.ts";
import { valueFor } from "./contents.ts";
import { type Index, positionsOf } from "./indexing.ts";
import { asArray } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { canCast } from "./promotion.ts";
import { type AccumulateOptions, accumulate, type ReduceOptions, reduce } from "./reduce.ts";
import type { ArrayLike, Axes, DTypeLike } from "./types.ts";
import { dtypeText } from "./types.ts";
import { callUfunc, loopFor, type UfuncOptions, type UfuncSpec } from "./ufunc.ts";

/** How a ufunc's `reduce` is computed at once. Without one, elements are folded one after another. */
export interface Reduction {
  readonly run: (input: Operand, output: Operand, axes: readonly number[], keepdims: boolean) => void;
  /** The value of a reduction of nothing; undefined where that is an error. */
  readonly identity?: number;
  /** True: integers smaller than 64 bits, and bool, are reduced in 64. */
  readonly widens: boolean;
  /** All partial results along an axis at once. */
  readonly scan?: Operation<ScanAttributes>;
}

/** A reduction by an operation of the same name and type. */
export function reductionOf(
  operation: Operation<{ readonly axes: readonly number[]; readonly keepdims: boolean }>,
  identity?: number,
): Reduction {
  return {
    run: (input, output, axes, keepdims) => execute(operation, [input], [output], { axes, keepdims }),
    widens: false,
    ...(identity === undefined ? {} : { identity }),
  };
}

/** A sum or a product, in a type of its own. */
export function sumLike(
  operation: Operation<SumAttributes>,
  scan: Operation<ScanAttributes>,
  identity: number,
): Reduction {
  return {
    scan,
    run: (input, output, axes, keepdims) =>
      execute(operation, [input], [output], { axes, keepdims, dtype: output.layout.dtype }),
    identity,
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
  return callUfunc(
    spec,
    inputs,
    args.length === 0 ? defaults : bind<UfuncOptions>(spec.name, ["out"], args, defaults),
  );
}

/** A ufunc of one operand. */
export interface UnaryUfunc {
  (x: ArrayLike, ...args: UfuncArguments): NDArray;
  readonly spec: UfuncSpec;
  /** Applies it in place to the elements that an index names, once for each time it names them. */
  at(a: NDArray, indices: Index | readonly Index[]): void;
}

/** A ufunc of one operand and two results. */
export type UnaryPairUfunc = (x: ArrayLike, ...args: UfuncArguments) => [NDArray, NDArray];

/** A ufunc of two operands and two results. */
export type BinaryPairUfunc = (x1: ArrayLike, x2: ArrayLike, ...args: UfuncArguments) => [NDArray, NDArray];

/** A ufunc of two operands. */
export interface BinaryUfunc {
  (x1: ArrayLike, x2: ArrayLike, ...args: UfuncArguments): NDArray;
  readonly spec: UfuncSpec;
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
  /** Every element of one with every element of the other (`ufunc.outer`). */
  outer(a: ArrayLike, b: ArrayLike, ...args: UfuncArguments): NDArray;
  /** Applies it in place to the elements that an index names, once for each time it names them (`ufunc.at`). */
  at(a: NDArray, indices: Index | readonly Index[], b: ArrayLike): void;
}

export function unaryUfunc(spec: UfuncSpec): UnaryUfunc {
  const run = (x: ArrayLike, ...args: UfuncArguments): NDArray => call(spec, [x], args)[0]!;
  return Object.assign(run, {
    spec,
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
    spec,
    reduction,
    reduce: (array: ArrayLike, ...args: readonly unknown[]) => reduce(result, array, args),
    accumulate: (array: ArrayLike, ...args: readonly unknown[]) => accumulate(result, array, args),
    outer: (a: ArrayLike, b: ArrayLike, ...args: UfuncArguments) => {
      const [first, second] = [asArray(a), asArray(b)];
      const shape: Shape = [...first.shape, ...second.shape.map(() => 1)];
      return call(spec, [first.reshape(shape), second], args)[0]!;
    },
    at: (a: NDArray, indices: Index | readonly Index[], b: ArrayLike) => applyAt(spec, a, indices, b),
  };
  const result: BinaryUfunc = Object.assign(run, methods);
  return result;
}

/**
 * `ufunc.at`: each place is read and written as often as the index names it.
 * @throws ValueError, UFuncTypeError
 */
function applyAt(spec: UfuncSpec, a: NDArray, indices: Index | readonly Index[], b?: ArrayLike): void {
  const isTuple =
    Array.isArray(indices) && indices.some((item) => typeof item === "object" || typeof item === "string");
  const { positions, shape, perPlace } = positionsOf(
    a,
    isTuple ? (indices as readonly Index[]) : [indices as Index],
  );
  // Where an index names single elements, NumPy does not look at the flag, and writes.
  if (!a.writeable && perPlace !== 1) {
    throw new ValueError("operand array with iterator write flag set is read-only");
  }
  const loop = loopFor(spec, a.dtype, [a.dtype]);
  const value = b === undefined ? undefined : asArray(valueFor(a, b));
  const type = spec.outputs[0]!.type(loop);
  if (!canCast(type, a.dtype, "same_kind")) {
    throw new PythonError(
      "UFuncTypeError",
      `Cannot cast ufunc '${spec.name}' output from ${dtypeText(type)} to ${dtypeText(a.dtype)} with casting rule 'same_kind'`,
    );
  }
  const values = value === undefined ? undefined : stretchedValues(value, shape, a);
  const { unit, dtype } = a.layout;
  const run = spec.outputs[0]!.run;
  const result = converted(asArray(valueFor(a, 0)), dtype);
  positions.forEach((position, i) => {
    const place = { storage: a.storage, layout: new Layout(dtype, [], [], position, unit) };
    const operands: Operand[] = [place];
    if (values !== undefined)
      operands.push({ storage: values.storage, layout: new Layout(dtype, [], [], i) });
    run(operands, result);
    assign(place, result);
  });
}

function stretchedValues(value: NDArray, shape: Shape, a: NDArray): NDArray {
  const layout = broadcastTo(value.layout, shape);
  if (layout === undefined) throw new ValueError("array is not broadcastable to correct shape");
  return converted(value.viewAs(layout), a.dtype, "C");
}
