// Arguments as Python binds them: positions first, then one trailing options object in which every parameter may
// be named instead.

import { PythonTypeError } from "./errors.ts";

/**
 * The argument lists that Python would take: any number of leading positions of `Positions`, then possibly an
 * options object.
 */
export type Signature<Positions extends readonly unknown[], Options> =
  | Positions
  | WithOptions<Required<Positions>, Options>;

type WithOptions<Positions extends readonly unknown[], Options> =
  | readonly [...Positions, Options]
  | (Positions extends readonly [...infer Rest, unknown] ? WithOptions<Rest, Options> : never);

/** True iff the value is an object literal: what options are passed as. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}

/**
 * Binds arguments to the names of parameters.
 * @param caller the function's name, for errors
 * @param names the parameters that may be given by position, in order
 * @param args what was passed
 * @param defaults values of the parameters that need not be given; those without one must be
 * @throws TypeError for too many arguments, an unknown name, one given twice, or one missing
 */
export function bind<Bound extends object>(
  caller: string,
  names: readonly (keyof Bound & string)[],
  args: readonly unknown[],
  defaults: Partial<Bound>,
): Bound {
  const last = args.at(-1);
  const options = isOptions(last) ? last : undefined;
  const positional = options === undefined ? args : args.slice(0, -1);
  if (positional.length > names.length) {
    throw new PythonTypeError(
      `${caller}() takes ${names.length} positional arguments but ${positional.length} were given`,
    );
  }
  const bound: Record<string, unknown> = { ...defaults };
  positional.forEach((value, i) => {
    if (value !== undefined) bound[names[i]!] = value;
  });
  for (const [name, value] of Object.entries(options ?? {})) {
    if (!(name in defaults) && !names.includes(name as keyof Bound & string)) {
      throw new PythonTypeError(`${caller}() got an unexpected keyword argument '${name}'`);
    }
    if (positional[names.indexOf(name as keyof Bound & string)] !== undefined) {
      throw new PythonTypeError(`${caller}() got multiple values for argument '${name}'`);
    }
    if (value !== undefined) bound[name] = value;
  }
  const missing = names.filter((name) => !(name in bound));
  if (missing.length > 0) {
    const list = missing.map((name) => `'${name}'`).join(" and ");
    throw new PythonTypeError(
      `${caller}() missing ${missing.length} required positional argument${missing.length > 1 ? "s" : ""}: ${list}`,
    );
  }
  return bound as Bound;
}
