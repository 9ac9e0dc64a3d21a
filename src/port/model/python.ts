// What a forward pass in Python does besides calling functions of tensors: operators, which also work on numbers and
// lists (sizes), items and attributes.

import { PythonTypeError } from "../../core/errors.ts";
import { camelCase } from "../../core/names.ts";
import * as torch from "../../torch/index.ts";
import { position, slicedPositions } from "../../torch/nn/containers.ts";
import { pythonOperators } from "./operations.ts";

type Function = (...args: readonly unknown[]) => unknown;

/** An item of an index as Python writes it: a list of them is a tuple. */
export type Item = number | string | null | boolean | torch.Tensor | readonly unknown[];

/** Operators on numbers. */
const onNumbers: Readonly<Record<string, (a: number, b: number) => unknown>> = {
  abs: Math.abs,
  add: (a, b) => a + b,
  and_: (a, b) => a & b,
  eq: (a, b) => a === b,
  floordiv: (a, b) => Math.floor(a / b),
  ge: (a, b) => a >= b,
  gt: (a, b) => a > b,
  invert: (a) => ~a,
  le: (a, b) => a <= b,
  lt: (a, b) => a < b,
  mod: (a, b) => a - b * Math.floor(a / b),
  mul: (a, b) => a * b,
  ne: (a, b) => a !== b,
  neg: (a) => -a,
  or_: (a, b) => a | b,
  pow: (a, b) => a ** b,
  sub: (a, b) => a - b,
  truediv: (a, b) => a / b,
  xor: (a, b) => a ^ b,
};

const functions = torch as unknown as Readonly<Record<string, Function>>;

function operator(name: string, ofTensors: string): Function {
  const tensors = functions[ofTensors]!;
  return (a, b) => {
    if (a instanceof torch.Tensor) return b === undefined ? tensors(a) : tensors(a, b);
    if (b instanceof torch.Tensor) return tensors(a, b);
    if (name === "add" && Array.isArray(a) && Array.isArray(b)) return [...a, ...b];
    const numbers = onNumbers[name];
    if (numbers === undefined || typeof a !== "number" || (b !== undefined && typeof b !== "number")) {
      throw new PythonTypeError(`unsupported operand type(s) for ${name}: ${typeof a} and ${typeof b}`);
    }
    return numbers(a, b ?? 0);
  };
}

/** `value[index]` of a tensor, a list or a dict. */
function getitem(value: unknown, index: unknown): unknown {
  if (value instanceof torch.Tensor) {
    return value.at(...((Array.isArray(index) ? index : [index]) as Parameters<torch.Tensor["at"]>));
  }
  if (value instanceof Map) return value.get(index);
  if (Array.isArray(value) && typeof index === "number") return value[position(index, value.length)];
  if (Array.isArray(value) && typeof index === "string")
    return slicedPositions(index, value.length).map((i) => value[i]);
  if (typeof value === "object" && value !== null && typeof index === "string")
    return (value as Readonly<Record<string, unknown>>)[index];
  throw new PythonTypeError(`'${typeof value}' object is not subscriptable`);
}

/** `value.name`. */
function getattr(value: unknown, name: unknown): unknown {
  const found = (value as Readonly<Record<string, unknown>>)[camelCase(String(name))];
  // Python has methods as attributes too; a size is a property.
  return typeof found === "function" ? (found as Function).bind(value) : found;
}

/** What Python does itself, by name. */
export const python: Readonly<Record<string, Function>> = {
  getattr,
  getitem,
  ...Object.fromEntries(
    Object.entries(pythonOperators).map(([name, ofTensors]) => [name, operator(name, ofTensors)]),
  ),
};
