// What calls are given and give, as far as tracing looks at it: tensors in lists and objects, however deep.

import { isOptions } from "../../core/arguments.ts";
import { DType } from "../../core/dtype.ts";
import { snakeCase } from "../../core/names.ts";
import { PyFloat } from "../../core/python.ts";
import { Tensor } from "../../torch/index.ts";

/** Why an argument cannot be written in Python. */
export class Unwritable extends Error {}

/** The tensors of a value, in order, with the names of the fields that hold them ("" where there is none). */
export function* tensorsIn(value: unknown, field = ""): Iterable<readonly [field: string, tensor: Tensor]> {
  if (value instanceof Tensor) yield [field, value];
  else if (Array.isArray(value)) for (const each of value) yield* tensorsIn(each, field);
  else if (value instanceof Map) for (const each of value.values()) yield* tensorsIn(each, field);
  else if (isOptions(value)) for (const [name, each] of Object.entries(value)) yield* tensorsIn(each, name);
}

/** A value whose tensors are replaced. */
export function mapTensors(value: unknown, change: (tensor: Tensor) => Tensor): unknown {
  if (value instanceof Tensor) return change(value);
  if (Array.isArray(value)) return value.map((each) => mapTensors(each, change));
  if (value instanceof Map) return new Map([...value].map(([key, each]) => [key, mapTensors(each, change)]));
  if (!isOptions(value)) return value;
  return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, mapTensors(each, change)]));
}

/** Names that the rule for names does not carry back. */
const capitals: ReadonlySet<string> = new Set(["T", "H", "mT", "mH"]);

/** Python's name of a function, method or property. */
export const pythonName = (name: string): string => (capitals.has(name) ? name : snakeCase(name));

const wholeSlice = /^(-?\d*):(-?\d*)(?::(-?\d*))?$/;

/** An item of an index as descriptions have it. @throws Unwritable for one that is none */
function indexItem(item: unknown): unknown {
  if (typeof item !== "string") return item;
  if (item === "...") return { ellipsis: true };
  const parts = wholeSlice.exec(item);
  if (parts === null) throw new Unwritable(`the index "${item}" cannot be written in Python`);
  return {
    slice: parts
      .slice(1)
      .map((part) => (part === undefined || part === "" ? null : Number(part)))
      .concat([null, null, null])
      .slice(0, 3),
  };
}

/** The index of `x.at(...)`: one item, or a tuple of several. */
export function indexOf(items: readonly unknown[]): unknown {
  const all = items.map(indexItem);
  return all.length === 1 && !Array.isArray(all[0]) ? all[0] : all;
}

/** A value of a description. @param nameOf what stands for a tensor @throws Unwritable for what Python has not */
export function described(value: unknown, nameOf: (tensor: Tensor) => string): unknown {
  if (value instanceof Tensor) return nameOf(value);
  if (value instanceof DType) return { dtype: value.name };
  if (value instanceof PyFloat) return described(value.value, nameOf);
  if (typeof value === "number") return Number.isFinite(value) ? value : String(value);
  if (value === undefined || value === null || typeof value === "boolean" || typeof value === "string")
    return value ?? null;
  if (typeof value === "bigint") return Number(value);
  if (Array.isArray(value)) return value.map((each) => described(each, nameOf));
  if (isOptions(value)) {
    return Object.fromEntries(Object.entries(value).map(([name, each]) => [name, described(each, nameOf)]));
  }
  throw new Unwritable(`a ${typeof value} as an argument cannot be written in Python`);
}

/** Arguments by position, and those by name that stand behind them. */
export interface Arguments {
  readonly args: readonly unknown[];
  readonly kw: Readonly<Record<string, unknown>>;
}

/** Takes the options apart from what is before them. */
export function splitArguments(values: readonly unknown[]): Arguments {
  const last = values.findLastIndex((each) => each !== undefined);
  const given = values.slice(0, last + 1);
  const options = given.at(-1);
  if (!isOptions(options)) return { args: given, kw: {} };
  const kw = Object.entries(options).filter(
    ([name, each]) => each !== undefined && !(name === "out" && each === null),
  );
  return {
    args: given.slice(0, -1),
    kw: Object.fromEntries(kw.map(([name, each]) => [snakeCase(name), each])),
  };
}
