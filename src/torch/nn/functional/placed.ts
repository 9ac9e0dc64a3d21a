// How an elementwise operation becomes a function of torch.nn.functional: out of place, or in place of its input.

import type { Operation } from "../../../core/op.ts";
import { apply, applyInPlace, type Face } from "../../elementwise.ts";
import { lacks, refusals } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";

/** What functions take that may write into their input. */
export interface InplaceOption {
  readonly inplace?: boolean;
}

/** The face of a function whose kernel floating types alone have. */
export function floatingFace(name: string, kernel: string): Face {
  return { name, refusals: refusals(lacks(kernel, "bool", "rare", "whole", "complex")) };
}

/**
 * Runs an operation of one tensor.
 * @param labels the nodes' names, out of place and in place, where they are not the operation's own
 */
export function placed<A>(
  operation: Operation<A>,
  face: Face,
  input: Tensor,
  attributes: A,
  inplace: boolean,
  labels?: readonly [outOfPlace: string, inPlace: string],
): Tensor {
  if (inplace) return applyInPlace(operation, face, [input], attributes, labels?.[1]);
  return apply(operation, face, [input], attributes, null, labels?.[0]);
}
