// Functions as methods: each operation is written once, as a function whose first parameter is the tensor, and stands
// on the class under the same name.

import { functionMode } from "./function-mode.ts";
import { methodError } from "./tensor-arguments.ts";

/** Arguments behind the first. */
type Rest<Arguments> = Arguments extends readonly [unknown, ...infer Others] ? Others : never;

/** The functions of a module as methods: without their first parameter. */
export type Methods<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (...args: infer Arguments) => infer Result
    ? (...rest: Rest<Arguments>) => Result
    : never;
};

/** Functions of one tensor as read-only properties. */
export type Properties<Functions> = {
  readonly [Name in keyof Functions]: Functions[Name] extends (tensor: never) => infer Result
    ? Result
    : never;
};

type Call = (first: unknown, ...rest: unknown[]) => unknown;

/** Under this name functions that load others at their first calls have those others: methods then call them directly. */
const standsFor: unique symbol = Symbol.for("weightbridge.standsFor");

/** Puts functions on a prototype as methods, save those named. */
export function installMethods(prototype: object, functions: object, without: readonly string[] = []): void {
  const named = functions as Readonly<Record<string, Call>> & { readonly [standsFor]?: () => typeof named };
  const { [standsFor]: read = () => named } = named;
  // One description for all: hundreds of methods are made before a program's first tensor is.
  const description: PropertyDescriptor = { configurable: true, writable: true };
  for (const name of Object.keys(named)) {
    if (typeof named[name] !== "function" || /^[A-Z]/.test(name) || without.includes(name)) continue;
    let call: Call | undefined;
    description.value = function method(this: unknown, ...rest: unknown[]): unknown {
      call ??= read()[name]!;
      if (functionMode.now !== null) return functionMode.now.call(`Tensor.${name}`, call, [this, ...rest]);
      try {
        return call(this, ...rest);
      } catch (error) {
        throw methodError(error);
      }
    };
    Object.defineProperty(prototype, name, description);
  }
}

/** Puts functions of one tensor on a prototype as getters. */
export function installProperties(prototype: object, functions: object): void {
  for (const [name, implementation] of Object.entries(functions)) {
    const read = implementation as (tensor: unknown) => unknown;
    const seenAs = `getattr.${name}`;
    Object.defineProperty(prototype, name, {
      configurable: true,
      get(this: unknown): unknown {
        if (functionMode.now !== null) return functionMode.now.call(seenAs, read, [this]);
        return read(this);
      },
    });
  }
}
