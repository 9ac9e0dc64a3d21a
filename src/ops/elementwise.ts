// Elementwise operations: how one is declared. Every operand is stretched to the common shape, the result lies in
// the operands' order of memory.

import { bool as boolType, type DType, int32, partType } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Layout } from "../core/layout.ts";
import type { Gradient, Operation, Promotion, SavedValues } from "../core/op.ts";
import { elementwiseLayout } from "../core/order.ts";

/** What the result's type is, from the type that the operands met in. */
export type ResultType = (dtype: DType) => DType;

/** The result has the operands' type. */
export const same: ResultType = (dtype) => dtype;
/** The result is bool. */
export const boolean: ResultType = () => boolType;
/** The result is int32. */
export const integer: ResultType = () => int32;
/** A complex operand gives a result of the type of its parts. */
export const realPart: ResultType = partType;

export interface ElementwiseOptions<Attributes> {
  readonly label?: string;
  readonly promotion?: Promotion;
  readonly result?: ResultType;
  readonly gradient?: Gradient<Attributes>;
  readonly saves?: SavedValues;
  readonly roundsSteps?: boolean;
}

/** Where C leaves the outcome open the libraries differ: whose rules hold. */
export interface Rules {
  readonly rules: "numpy" | "torch";
}

/** Declares an elementwise operation. */
export function elementwise<Attributes = undefined>(
  name: string,
  options: ElementwiseOptions<Attributes> = {},
): Operation<Attributes> {
  const { label, promotion = "common", result = same, ...rest } = options;
  return {
    name,
    label: label ?? name.charAt(0).toUpperCase() + name.slice(1),
    promotion,
    isElementwise: true,
    infer: (inputs, dtype) => [resultLayout(inputs, result(dtype))],
    ...rest,
  };
}

/**
 * The layout of an elementwise result.
 * @throws RuntimeError when the shapes do not stretch to one; the faces check before, in their own words
 */
export function resultLayout(inputs: readonly Layout[], dtype: DType): Layout {
  const layout = elementwiseLayout(inputs, dtype);
  if (layout !== undefined) return layout;
  const shapes = inputs.map((input) => `[${input.shape.join(", ")}]`).join(" ");
  throw new RuntimeError(`operands could not be broadcast together with shapes ${shapes}`);
}
