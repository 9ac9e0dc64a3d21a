// Element types that PyTorch's CPU functions do not take, with their words.

import { bool, type DType, dtypes, uint8 } from "../core/dtype.ts";
import { NotImplementedError, RuntimeError } from "../core/errors.ts";
import { scalarTypeName } from "./errors.ts";

/** Families of types: `rare` are the unsigned types beyond uint8, `whole` the other integers. */
export type Family = "bool" | "rare" | "whole" | "floating" | "complex";

/** What is thrown for types that a function refuses, by the type's index. */
export type Refusals = readonly (((dtype: DType) => Error) | undefined)[];

function familyOf(dtype: DType): Family {
  if (dtype === bool) return "bool";
  if (dtype.kind === "complex") return "complex";
  if (dtype.kind === "float") return "floating";
  return dtype.kind === "unsigned" && dtype !== uint8 ? "rare" : "whole";
}

type Rule = readonly [families: readonly Family[], error: (dtype: DType) => Error];

/** Refusals by family; where two rules meet the first holds. */
export function refusals(...rules: readonly Rule[]): Refusals {
  return dtypes.map((dtype) => rules.find(([families]) => families.includes(familyOf(dtype)))?.[1]);
}

/** A rule: `"add_stub" not implemented for 'UInt16'`. */
export function lacks(kernel: string, ...families: readonly Family[]): Rule {
  return [families, (dtype) => notImplemented(kernel, dtype)];
}

/** The error for a kernel that a type has not. */
export function notImplemented(kernel: string, dtype: DType): NotImplementedError {
  return new NotImplementedError(`"${kernel}" not implemented for '${scalarTypeName(dtype)}'`);
}

/** A rule with a sentence of its own, a RuntimeError. */
export function says(message: string, ...families: readonly Family[]): Rule {
  return [families, () => new RuntimeError(message)];
}

/** A rule with a sentence of its own, a NotImplementedError. */
export function saysMissing(message: string, ...families: readonly Family[]): Rule {
  return [families, () => new NotImplementedError(message)];
}

/** Types that have no zeros and ones drawn with one probability. */
export const bernoulliRefusals: Refusals = refusals(lacks("bernoulli_scalar_cpu_", "rare", "complex"));

/** @throws what the refusals say for the type */
export function refuse(rules: Refusals | undefined, dtype: DType): void {
  const error = rules?.[dtype.index];
  if (error !== undefined) throw error(dtype);
}
