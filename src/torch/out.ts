// `out=` of functions: the result goes into tensors that the caller gives. PyTorch's methods do not take it, so it is put
// around functions where the namespaces name them.

import { isOptions } from "../core/arguments.ts";
import { PythonTypeError } from "../core/errors.ts";
import { TensorBase } from "./base.ts";
import { typeName } from "./errors.ts";
import { storeOut } from "./in-place.ts";
import type { Tensor } from "./tensor.ts";

type AnyFunction = (...args: never[]) => unknown;

/** Where a function puts its result: one tensor, or as many as it gives. */
export type Out = Tensor | readonly Tensor[] | null;

/** A function that takes `out` by name as well. */
export type WithOut<Call extends AnyFunction> = Call &
  ((...args: readonly [...Parameters<Call>, { readonly out: Out }]) => ReturnType<Call>);

/** A namespace of such functions. */
export type WithOuts<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends AnyFunction
    ? WithOut<Functions[Name]>
    : Functions[Name];
};

/**
 * The function with `out` among its options.
 * @param name PyTorch's name of the function, for errors
 * @throws RuntimeError when gradients are asked for, or the type of an `out` tensor does not fit
 */
export function withOut<Call extends AnyFunction>(name: string, call: Call): WithOut<Call> {
  const run = call as unknown as (...args: readonly unknown[]) => unknown;
  const wrapped = (...args: readonly unknown[]): unknown => {
    const last = args.at(-1);
    if (!isOptions(last) || !("out" in last)) return run(...args);
    const { out, ...rest } = last;
    const given = args.slice(0, -1);
    const result = Object.keys(rest).length === 0 ? run(...given) : run(...given, rest);
    return out === null || out === undefined ? result : stored(out, result, name, tensorsIn(args));
  };
  return wrapped as unknown as WithOut<Call>;
}

/** Every function of a namespace with `out`; PyTorch's names are `prefix` and the function's own. */
export function withOuts<Functions extends object>(
  functions: Functions,
  pythonName: (name: string) => string,
): WithOuts<Functions> {
  const entries = Object.entries(functions).map(([name, call]): [string, unknown] => [
    name,
    // Classes stay as they are.
    typeof call === "function" && !/^[A-Z]/.test(name)
      ? withOut(pythonName(name), call as AnyFunction)
      : call,
  ]);
  return Object.fromEntries(entries) as WithOuts<Functions>;
}

function isTensor(value: unknown): value is Tensor {
  return value instanceof TensorBase;
}

function tensorsIn(values: readonly unknown[]): Tensor[] {
  return values.flatMap((value) =>
    isTensor(value) ? [value] : Array.isArray(value) ? value.filter(isTensor) : [],
  );
}

function stored(out: unknown, result: unknown, name: string, inputs: readonly Tensor[]): unknown {
  if (isTensor(result)) return storeOut(checked(out, name), result, name, inputs);
  if (!Array.isArray(result)) return result;
  const targets: readonly unknown[] = Array.isArray(out) ? out : [out];
  if (targets.length !== result.length) {
    throw new PythonTypeError(
      `${name}(): argument 'out' must be tuple of Tensors of length ${result.length}, not ${typeName(out)}`,
    );
  }
  const outs = targets.map((target, i) => storeOut(checked(target, name), result[i] as Tensor, name, inputs));
  // Outputs that have names keep them.
  const names = Object.keys(result).filter((key) => !/^\d+$/.test(key));
  const named = names.map((key) => [key, outs[result.indexOf(Reflect.get(result, key))]] as const);
  return Object.assign(outs, Object.fromEntries(named));
}

function checked(out: unknown, name: string): Tensor {
  if (isTensor(out)) return out;
  throw new PythonTypeError(`${name}(): argument 'out' must be Tensor, not ${typeName(out)}`);
}
