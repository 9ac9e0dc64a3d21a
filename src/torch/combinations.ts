// Scalars as operands: they stand for tensors in some places of PyTorch's functions of two operands and not in others.

import { TensorBase } from "./base.ts";
import { combinationError } from "./tensor-arguments.ts";

/**
 * Which operands of a function of two may be scalars. That the first may is a form of its own; PyTorch lists it with `out`,
 * or without.
 */
export type ScalarForms = "second" | "either" | "eitherWithoutOut";

/** @throws TypeError where a scalar stands first that may not */
export function checkScalars(
  name: string,
  forms: ScalarForms,
  other: string,
  args: readonly unknown[],
): void {
  if (forms !== "second" && args[1] instanceof TensorBase) return;
  const out = ["*", "Tensor out = None"];
  const scalarFirst = ["Number self", `Tensor ${other}`];
  throw combinationError(name, args, [
    ["Tensor input", `Tensor ${other}`, ...out],
    ...(forms === "second" ? [] : [forms === "either" ? [...scalarFirst, ...out] : scalarFirst]),
    ["Tensor input", `Number ${other}`, ...out],
  ]);
}
