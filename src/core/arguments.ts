// Arguments as Python binds them: positions first, then one trailing options object in which every parameter may
// be named instead.

import { PythonTypeError } from "./errors.ts";

/**
 * The argument lists that Python would take: any number of leading positions of `Positions`, then possibly an
 * options object.
 */
export type Signature<Positions extends readonly unknown[], Options> =
  | Positions
  | readonly [...Required<Positions>, Options]
  | (Required<Positions> extends readonly [...infer Rest, unknown] ? Signature<Rest, Options> : never);

/** True iff the value is an object literal, which is how options are passed, and no complex number `{ re, im }`. */
export function isOptions(value: unknown): value is Record<string, unknown> {
  if (typeof value !== "object" || value === null) return false;
  // What a class made says so by its constructor: that is read faster than the prototype.
  const maker: unknown = value.constructor;
  if (maker !== Object && (maker !== undefined || Object.getPrototypeOf(value) !== null)) return false;
  const { re, im } = value as { readonly re?: unknown; readonly im?: unknown };
  return re === undefined || im === undefined;
}

/** What stands alone under that name, by position or in the options; undefined where there is more, or less. */
export function onlyArgument(name: string, args: readonly unknown[]): unknown {
  if (args.length !== 1) return undefined;
  const first = args[0];
  if (!isOptions(first)) return first;
  for (const other in first) if (other !== name) return undefined;
  return first[name];
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
  const last = args.length === 0 ? undefined : args[args.length - 1];
  const options = isOptions(last) ? last : undefined;
  const count = options === undefined ? args.length : args.length - 1;
  if (count > names.length) {
    throw new PythonTypeError(
      `${caller}() takes ${names.length} positional arguments but ${count} were given`,
    );
  }
  const bound: Record<string, unknown> = Object.assign({}, defaults);
  for (let i = 0; i < count; i++) if (args[i] !== undefined) bound[names[i]!] = args[i];
  if (options !== undefined) bindOptions(caller, names, args, count, options, defaults, bound);
  for (let i = 0; i < names.length; i++) if (!(names[i]! in bound)) throw missing(caller, names, bound);
  return bound as Bound;
}

/** Binds what was given by name; the first `count` of the arguments were given by position. */
function bindOptions(
  caller: string,
  names: readonly string[],
  args: readonly unknown[],
  count: number,
  options: Readonly<Record<string, unknown>>,
  defaults: object,
  bound: Record<string, unknown>,
): void {
  for (const name in options) {
    if (!(name in defaults) && !names.includes(name)) {
      throw new PythonTypeError(`${caller}() got an unexpected keyword argument '${name}'`);
    }
    if (count > 0) {
      const position = names.indexOf(name);
      if (position >= 0 && position < count && args[position] !== undefined)
        throw new PythonTypeError(`${caller}() got multiple values for argument '${name}'`);
    }
    const value = options[name];
    if (value !== undefined) bound[name] = value;
  }
}

function missing(caller: string, names: readonly string[], bound: object): PythonTypeError {
  const absent = names.filter((name) => !(name in bound)).map((name) => `'${name}'`);
  const plural = absent.length > 1 ? "s" : "";
  return new PythonTypeError(
    `${caller}() missing ${absent.length} required positional argument${plural}: ${absent.join(" and ")}`,
  );
}
