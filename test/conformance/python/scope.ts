// Names and what they stand for, from the inside out.

import { PythonError } from "../../../src/core/errors.ts";

/** The names of a program, a function call or a comprehension. */
export class Scope {
  private readonly names: Map<string, unknown>;
  private readonly outer: Scope | undefined;

  constructor(names: Iterable<readonly [string, unknown]> = [], outer?: Scope) {
    this.names = new Map(names);
    this.outer = outer;
  }

  /** What a name stands for. @throws NameError when there is none */
  read(name: string): unknown {
    for (let scope: Scope | undefined = this; scope !== undefined; scope = scope.outer) {
      if (scope.names.has(name)) return scope.names.get(name);
    }
    throw new PythonError("NameError", `name '${name}' is not defined`);
  }

  /** Lets a name stand for a value, here and not further out. */
  write(name: string, value: unknown): void {
    this.names.set(name, value);
  }

  /** Forgets a name. */
  remove(name: string): void {
    this.names.delete(name);
  }
}
