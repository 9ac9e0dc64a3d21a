// Evaluates Python expressions.

import { PythonTypeError } from "../../../src/core/errors.ts";
import { getAttribute, truth } from "./builtins.ts";
import { formatted } from "./format.ts";
import { callHost, iterate, typeName } from "./host.ts";
import { readItem } from "./items.ts";
import { binary, unary } from "./operators.ts";
import { Scope } from "./scope.ts";
import type { Expression, Parameter } from "./syntax.ts";
import { Callable, Slice, Tuple, tuple } from "./values.ts";

/** The value of an expression. */
export function evaluate(node: Expression, scope: Scope): unknown {
  switch (node.kind) {
    case "constant":
      return node.value;
    case "name":
      return scope.read(node.name);
    case "tuple":
      return tuple(items(node.items, scope));
    case "list":
    case "set":
      return items(node.items, scope);
    case "dict":
      return new Map(node.entries.map(([key, value]) => [evaluate(key, scope), evaluate(value, scope)]));
    case "unary":
      return node.operator === "not"
        ? !truth(evaluate(node.operand, scope))
        : unary(node.operator, evaluate(node.operand, scope));
    case "binary":
      return binary(node.operator, evaluate(node.left, scope), evaluate(node.right, scope));
    case "compare":
      return compare(node, scope);
    case "logic": {
      const left = evaluate(node.left, scope);
      return truth(left) === (node.operator === "or") ? left : evaluate(node.right, scope);
    }
    case "conditional":
      return evaluate(truth(evaluate(node.condition, scope)) ? node.whenTrue : node.whenFalse, scope);
    case "lambda":
      return closure("<lambda>", node.parameters, scope, (inner) => evaluate(node.body, inner));
    case "attribute":
      return getAttribute(evaluate(node.object, scope), node.name);
    case "call":
      return callOf(node, scope);
    case "subscript":
      return readItem(evaluate(node.object, scope), evaluate(node.index, scope));
    case "slice":
      return new Slice([node.start, node.stop, node.step].map((part) => part && evaluate(part, scope)));
    case "comprehension":
      return comprehension(node, scope);
    case "format":
      return node.parts
        .map((part) =>
          typeof part === "string" ? part : formatted(evaluate(part.value, scope), part.specification),
        )
        .join("");
    case "starred":
      throw new SyntaxError("can't use starred expression here");
  }
}

function items(nodes: readonly Expression[], scope: Scope): unknown[] {
  return nodes.flatMap((node) =>
    node.kind === "starred" ? iterate(evaluate(node.value, scope)) : [evaluate(node, scope)],
  );
}

function compare(node: Extract<Expression, { kind: "compare" }>, scope: Scope): unknown {
  let left = evaluate(node.first, scope);
  let result: unknown = true;
  for (const { operator, operand } of node.rest) {
    const right = evaluate(operand, scope);
    result = comparison(operator, left, right);
    if (node.rest.length > 1 && !truth(result)) return result;
    left = right;
  }
  return result;
}

function comparison(operator: string, left: unknown, right: unknown): unknown {
  if (operator === "is") return left === right;
  if (operator === "is not") return left !== right;
  if (operator === "in" || operator === "not in") {
    const isIn = iterate(right).some((item) => truth(binary("==", item, left)));
    return isIn === (operator === "in");
  }
  return binary(operator, left, right);
}

/** A function of Python's, with the names around it. */
export function closure(
  name: string,
  parameters: readonly Parameter[],
  scope: Scope,
  run: (inner: Scope) => unknown,
): Callable {
  const defaults = parameters.map(({ defaultValue }) => defaultValue && evaluate(defaultValue, scope));
  return new Callable(name, (args, keywords) => {
    if (args.length > parameters.length) {
      throw new PythonTypeError(
        `${name}() takes ${parameters.length} positional arguments but ${args.length} were given`,
      );
    }
    const bound = parameters.map((parameter, i) => {
      const value = i < args.length ? args[i] : keywords.get(parameter.name);
      return [parameter.name, value === undefined ? defaults[i] : value] as const;
    });
    return run(new Scope(bound, scope));
  });
}

/** The arguments of a call. */
export function callArguments(
  node: Extract<Expression, { kind: "call" }>,
  scope: Scope,
): { readonly positional: readonly unknown[]; readonly keywords: ReadonlyMap<string, unknown> } {
  return {
    positional: items(node.positional, scope),
    keywords: new Map(node.keywords.map(({ name, value }) => [name, evaluate(value, scope)])),
  };
}

function callOf(node: Extract<Expression, { kind: "call" }>, scope: Scope): unknown {
  const callee = evaluate(node.callee, scope);
  const { positional, keywords } = callArguments(node, scope);
  return call(callee, positional, keywords);
}

/** Calls a function of Python's or of the API. */
export function call(
  callee: unknown,
  positional: readonly unknown[],
  keywords: ReadonlyMap<string, unknown> = new Map(),
): unknown {
  return callee instanceof Callable
    ? callee.invoke(positional, keywords)
    : callHost(callee, positional, keywords);
}

function comprehension(node: Extract<Expression, { kind: "comprehension" }>, scope: Scope): unknown {
  const found: (readonly [unknown, unknown])[] = [];
  const inner = new Scope([], scope);
  const clause = (depth: number): void => {
    const { target, iterable, conditions } = node.clauses[depth]!;
    for (const item of iterate(evaluate(iterable, inner))) {
      bindNames(target, item, inner);
      if (!conditions.every((condition) => truth(evaluate(condition, inner)))) continue;
      if (depth + 1 < node.clauses.length) clause(depth + 1);
      else found.push([evaluate(node.element, inner), node.value && evaluate(node.value, inner)]);
    }
  };
  clause(0);
  return node.form === "dict" ? new Map(found) : found.map(([element]) => element);
}

/** Lets the names of a target stand for a value or its parts. */
export function bindNames(target: Expression, value: unknown, scope: Scope): void {
  if (target.kind === "name") scope.write(target.name, value);
  else if (target.kind === "tuple" || target.kind === "list") {
    const parts = value instanceof Tuple || Array.isArray(value) ? value : iterate(value);
    target.items.forEach((item, i) => {
      bindNames(item, parts[i], scope);
    });
  } else throw new PythonTypeError(`cannot assign to ${typeName(target)}`);
}
