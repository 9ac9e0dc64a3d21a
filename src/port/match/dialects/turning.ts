// How an array of another library lies, and the steps that turn it to a shape of PyTorch's. Facts: porting rules of Flax
// (kernels end in [in, out]; attention is per head) and of GPT-2's Conv1D ([in, out] under the name weight).

import { product, sameShape } from "../../../core/layout.ts";
import type { Step } from "../../rules/steps.ts";
import type { Part } from "./parts.ts";

type Shape = readonly number[];

/** Kernels of Flax: [in, out]; per head [in, heads, size], on the way out [heads, size, out]; images HWIO. */
function kernelSteps(shape: Shape, part: string, wanted: Shape): readonly Step[] | undefined {
  if (shape.length === 2) return [{ op: "transpose", axes: [1, 0] }];
  if (shape.length === 3) {
    const inputs = part === "attention.out" ? shape[0]! * shape[1]! : shape[0]!;
    return [
      { op: "reshape", shape: [inputs, product(shape) / inputs] },
      { op: "transpose", axes: [1, 0] },
    ];
  }
  if (shape.length === 4 && wanted.length === 4) return [{ op: "transpose", axes: [3, 2, 0, 1] }];
  return undefined;
}

/**
 * The steps from an array to a weight or bias of PyTorch.
 * @param wanted the shape that is needed
 * @param isTurned true where the library keeps weights [in, out] under the name `weight`
 * @returns undefined where no rule gives that shape
 */
export function turningSteps(
  shape: Shape,
  { part, role, leaf }: Part,
  wanted: Shape,
  isTurned: boolean,
): readonly Step[] | undefined {
  if (role === "bias" || shape.length < 2) {
    if (sameShape(shape, wanted)) return [];
    return product(shape) === product(wanted) && wanted.length === 1
      ? [{ op: "reshape", shape: wanted }]
      : undefined;
  }
  if (leaf === "kernel") return kernelSteps(shape, part, wanted);
  if (isTurned && shape.length === 2 && /^(attention|mlp)\./.test(part)) {
    return sameShape([shape[1]!, shape[0]!], wanted) ? [{ op: "transpose", axes: [1, 0] }] : undefined;
  }
  return sameShape(shape, wanted) ? [] : undefined;
}

/** True iff the fused projection of queries, keys and values shows that weights are kept [in, out]: GPT-2's Conv1D. */
export const isInOut = (shape: Shape): boolean => shape.length === 2 && shape[1] === 3 * shape[0]!;
