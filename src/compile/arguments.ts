// What a module's arguments are called, and which of their axes have dynamic lengths.

import { ValueError } from "../core/errors.ts";
import type { Module } from "../torch/nn/module.ts";
import type { Tensor } from "../torch/tensor.ts";
import { eachTensor } from "./tree.ts";

/**
 * Axes whose lengths are known when the graph runs, by the argument: the name of `forward`'s parameter, or its number. Axes are
 * listed (`{ x: [0] }`), or named (`{ ids: { 0: "batch", 1: "tokens" } }`): axes of one name have one length.
 */
export type DynamicAxes = Readonly<Record<string, readonly number[] | Readonly<Record<number, string>>>>;

/** The parameters of a function by its source; undefined where one is no plain name. */
export function parameterNames(call: (...args: never[]) => unknown): (string | undefined)[] {
  const text = /^[^(]*\(([^)]*)\)/s.exec(Function.prototype.toString.call(call))?.[1] ?? "";
  return text.split(",").map((part) => /^\s*([A-Za-z_$][\w$]*)\s*(?:=.*)?$/s.exec(part)?.[1]);
}

/** Names of the tensors among a module's arguments, in order: `x`, or `inputs.mask` of a record. */
export function argumentNames(module: Module, args: readonly unknown[]): string[] {
  const parameters = parameterNames(module.forward);
  const names: string[] = [];
  eachTensor(args, (_, path) => {
    const [first, ...rest] = path.split(".");
    names.push([parameters[Number(first)] ?? `input${first}`, ...rest].join("."));
  });
  return names;
}

/** An axis of dynamic length. */
export interface DynamicAxis {
  /** The length's name. */
  readonly name: string;
  /** Which tensor among the arguments. */
  readonly argument: number;
  readonly axis: number;
}

/**
 * The dynamic axes of arguments.
 * @param others further names of the arguments' tensors, in order
 * @throws ValueError naming what is no argument or no axis of it
 */
export function dynamicAxes(
  module: Module,
  args: readonly unknown[],
  dynamic: DynamicAxes,
  others: readonly string[] = [],
): DynamicAxis[] {
  const names = argumentNames(module, args);
  const tensors: Tensor[] = [];
  const paths: string[] = [];
  eachTensor(args, (tensor, path) => {
    tensors.push(tensor);
    paths.push(path);
  });
  return Object.entries(dynamic).flatMap(([key, axes]) => {
    const argument = names.findIndex(
      (name, i) =>
        name === key || others[i] === key || paths[i] === key || name.split(".").slice(1).join(".") === key,
    );
    if (argument < 0)
      throw new ValueError(
        `dynamic: there is no argument ${key}; there are ${(others.length > 0 ? others : names).join(", ")}`,
      );
    const rank = tensors[argument]!.ndim;
    const named = Array.isArray(axes)
      ? (axes as readonly number[]).map((axis) => [axis, `${key}_${axis}`] as const)
      : Object.entries(axes as Readonly<Record<number, string>>).map(
          ([axis, name]) => [Number(axis), name] as const,
        );
    return named.map(([axis, name]) => {
      const place = axis < 0 ? axis + rank : axis;
      if (!Number.isInteger(place) || place < 0 || place >= rank)
        throw new ValueError(`dynamic: ${key} has ${rank} axes, and no axis ${axis}`);
      return { name, argument, axis: place };
    });
  });
}
