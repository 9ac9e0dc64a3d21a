// Runs Python statements and programs.

import { PythonTypeError } from "../../../src/core/errors.ts";
import { builtins, truth } from "./builtins.ts";
import { bindNames, call, callArguments, closure, evaluate } from "./evaluate.ts";
import { camelCase, deleteAttribute, isClass, iterate, toHost, writeAttribute } from "./host.ts";
import { deleteItem, readItem, writeItem } from "./items.ts";
import { inPlace } from "./operators.ts";
import { parse } from "./parse.ts";
import { Scope } from "./scope.ts";
import type { Expression, Statement } from "./syntax.ts";
import { Callable } from "./values.ts";

const universe: Scope = new Scope(builtins);

/** A scope for a program: Python's built-in names and those given. */
export function programScope(names: Iterable<readonly [string, unknown]>): Scope {
  return new Scope(names, universe);
}

/** Runs a program. @returns the value of its last statement, if that is an expression; else null */
export function run(source: string, scope: Scope): unknown {
  return runStatements(parse(source), scope);
}

/** Runs statements, as `run` does a program. */
export function runStatements(statements: readonly Statement[], scope: Scope): unknown {
  let last: unknown = null;
  for (const statement of statements) {
    if (statement.kind === "expression") last = evaluate(statement.value, scope);
    else {
      last = null;
      execute(statement, scope);
    }
  }
  return last;
}

/** What a `return` gives; undefined where none was reached. */
type Completion = { readonly value: unknown } | undefined;

function block(body: readonly Statement[], scope: Scope): Completion {
  for (const statement of body) {
    const completion = execute(statement, scope);
    if (completion !== undefined) return completion;
  }
  return undefined;
}

function execute(statement: Statement, scope: Scope): Completion {
  switch (statement.kind) {
    case "pass":
      return undefined;
    case "expression":
      evaluate(statement.value, scope);
      return undefined;
    case "assign": {
      const value = evaluate(statement.value, scope);
      for (const target of statement.targets) assign(target, value, scope);
      return undefined;
    }
    case "augment":
      augment(statement, scope);
      return undefined;
    case "delete":
      for (const target of statement.targets) remove(target, scope);
      return undefined;
    case "return":
      return { value: statement.value === undefined ? null : evaluate(statement.value, scope) };
    case "if":
      return block(truth(evaluate(statement.condition, scope)) ? statement.body : statement.otherwise, scope);
    case "for":
      for (const item of iterate(evaluate(statement.iterable, scope))) {
        assign(statement.target, item, scope);
        const completion = block(statement.body, scope);
        if (completion !== undefined) return completion;
      }
      return undefined;
    case "while":
      while (truth(evaluate(statement.condition, scope))) {
        const completion = block(statement.body, scope);
        if (completion !== undefined) return completion;
      }
      return undefined;
    case "with":
      return within(statement, scope);
    case "function":
      scope.write(statement.name, functionOf(statement, scope));
      return undefined;
    case "class":
      scope.write(statement.name, classOf(statement, scope));
      return undefined;
  }
}

function assign(target: Expression, value: unknown, scope: Scope): void {
  if (target.kind === "attribute") writeAttribute(evaluate(target.object, scope), target.name, value);
  else if (target.kind === "subscript") {
    writeItem(evaluate(target.object, scope), evaluate(target.index, scope), value);
  } else bindNames(target, value, scope);
}

function augment({ operator, target, value }: Extract<Statement, { kind: "augment" }>, scope: Scope): void {
  if (target.kind !== "subscript") {
    assign(target, inPlace(operator, evaluate(target, scope), evaluate(value, scope)), scope);
    return;
  }
  const object = evaluate(target.object, scope);
  const key = evaluate(target.index, scope);
  writeItem(object, key, inPlace(operator, readItem(object, key), evaluate(value, scope)));
}

function remove(target: Expression, scope: Scope): void {
  if (target.kind === "name") scope.remove(target.name);
  else if (target.kind === "subscript") {
    deleteItem(evaluate(target.object, scope), evaluate(target.index, scope));
  } else if (target.kind === "attribute") deleteAttribute(evaluate(target.object, scope), target.name);
  else throw new PythonTypeError("cannot delete that");
}

/** `with f(...):` is `f(..., () => { ... })` in the API. */
function within({ context, body }: Extract<Statement, { kind: "with" }>, scope: Scope): Completion {
  if (context.kind !== "call") throw new PythonTypeError("only a call can be entered by with");
  let completion: Completion;
  const inside = new Callable("with", () => {
    completion = block(body, scope);
    return null;
  });
  const { positional, keywords } = callArguments(context, scope);
  call(evaluate(context.callee, scope), [...positional, inside], keywords);
  return completion;
}

function functionOf(statement: Extract<Statement, { kind: "function" }>, scope: Scope): Callable {
  return closure(
    statement.name,
    statement.parameters,
    scope,
    (inner) => block(statement.body, inner)?.value ?? null,
  );
}

type Constructor = new (...args: unknown[]) => object;

/** A class whose base is one of the API's. `super().__init__()` runs before anything else, as JavaScript has it. */
function classOf({ name, bases, body }: Extract<Statement, { kind: "class" }>, scope: Scope): unknown {
  const given = bases.length === 0 ? undefined : evaluate(bases[0]!, scope);
  const base = given === undefined || given instanceof Callable ? Object : given;
  if (base !== Object && !isClass(base)) throw new PythonTypeError(`${name} has a base that is no class`);
  const inside = new Scope([["super", new Callable("super", () => ({ __init__: noInitialization }))]], scope);
  const methods = body.filter((statement) => statement.kind === "function");
  const initialize = methods.find((method) => method.name === "__init__");
  const initializer = initialize && functionOf(initialize, inside);
  const type = class extends (base as Constructor) {
    constructor(...args: unknown[]) {
      super(...(initializer === undefined ? args.map(toHost) : []));
      initializer?.invoke([this, ...args], new Map());
    }
  };
  Object.defineProperty(type, "name", { value: name });
  for (const method of methods) {
    const run = functionOf(method, inside);
    Object.defineProperty(type.prototype, camelCase(method.name), {
      value(this: object, ...args: unknown[]) {
        return toHost(run.invoke([this, ...args], new Map()));
      },
    });
  }
  return type;
}

const noInitialization: Callable = new Callable("__init__", () => null);
