// Values with tensors in them: lists, records and tensors themselves, as functions take and give them.

import { TensorBase } from "../torch/base.ts";
import type { Tensor } from "../torch/tensor.ts";

/** True iff a value is a tensor. */
export const isTensor = (value: unknown): value is Tensor => value instanceof TensorBase;

/** True iff a value is a list or a record whose members may be tensors. */
function members(value: unknown): readonly (readonly [string, unknown])[] | undefined {
  if (typeof value !== "object" || value === null || isTensor(value)) return undefined;
  if (Array.isArray(value)) return value.map((each, i) => [String(i), each]);
  if (value instanceof Map) return [...value].map(([name, each]) => [String(name), each]);
  const prototype: unknown = Object.getPrototypeOf(value);
  const isRecord = prototype === Object.prototype || prototype === null;
  return isRecord ? Object.entries(value) : undefined;
}

/** Calls `visit` with each tensor and its path. */
export function eachTensor(value: unknown, visit: (tensor: Tensor, path: string) => void, path = ""): void {
  if (isTensor(value)) visit(value, path);
  else {
    for (const [name, each] of members(value) ?? [])
      eachTensor(each, visit, path === "" ? name : `${path}.${name}`);
  }
}

/** The same value with other tensors. */
export function mapTensors(value: unknown, change: (tensor: Tensor) => Tensor): unknown {
  if (isTensor(value)) return change(value);
  if (members(value) === undefined) return value;
  if (Array.isArray(value)) return value.map((each) => mapTensors(each, change));
  if (value instanceof Map)
    return new Map([...value].map(([name, each]) => [name, mapTensors(each, change)]));
  return Object.fromEntries(
    Object.entries(value as object).map(([name, each]) => [name, mapTensors(each, change)]),
  );
}

/**
 * A text that is equal for values that differ in their tensors' elements alone; undefined where that cannot be told.
 * @param lengthsOf the lengths of a tensor as far as they matter
 */
export function formOf(
  value: unknown,
  lengthsOf: (tensor: Tensor) => readonly (number | string)[] = ({ shape }) => shape,
): string | undefined {
  if (isTensor(value)) return `${value.layout.dtype.name}[${lengthsOf(value).join()}]`;
  if (value === null || (typeof value !== "object" && typeof value !== "function")) {
    return `${typeof value} ${Object.is(value, -0) ? "-0" : String(value)}`;
  }
  const parts = members(value)?.map(([name, each]) => {
    const form = formOf(each, lengthsOf);
    return form === undefined ? undefined : `${JSON.stringify(name)}:${form}`;
  });
  if (parts === undefined || parts.includes(undefined)) return undefined;
  const kind = Array.isArray(value) ? "list" : value instanceof Map ? "map" : "record";
  return `${kind}{${parts.join()}}`;
}
