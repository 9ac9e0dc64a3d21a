// torch.nn.functional.bilinear.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { product } from "../../../core/layout.ts";
import { wrapDim } from "../../dims.ts";
import { cTypeName } from "../../errors.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import type { Tensor } from "../../tensor.ts";

interface BilinearBound {
  readonly input1: Tensor;
  readonly input2: Tensor;
  readonly weight: Tensor;
  readonly bias: Tensor | null;
}

/** @throws RuntimeError in PyTorch's words when the operands do not go together */
function check({ input1, input2, weight, bias }: BilinearBound): void {
  const [a, b, w] = [input1.layout, input2.layout, weight.layout];
  const refuse = (message: string): never => {
    throw new RuntimeError(message);
  };
  if (a.dtype !== b.dtype || a.dtype !== w.dtype) {
    refuse(
      `All tensors must have the same dtype, got input1: ${cTypeName(a.dtype)}, input2: ${cTypeName(b.dtype)}, weight: ${cTypeName(w.dtype)}`,
    );
  }
  if (a.rank !== b.rank) refuse(`bilinear(): input dimensions do not match: got ${a.rank} and ${b.rank}`);
  for (let axis = 0; axis < a.rank - 1; axis++) {
    if (a.shape[axis] !== b.shape[axis]) {
      refuse(
        `bilinear(): input batch dimensions do not match at dim ${axis}: got ${a.shape[axis]} and ${b.shape[axis]}`,
      );
    }
  }
  const [first, second] = [a.shape.at(-1), b.shape.at(-1)];
  if (first !== w.shape[wrapDim(1, w.rank)])
    refuse(`bilinear(): input1 size does not match weight size: got ${first} but expected ${w.shape[1]}`);
  if (second !== w.shape[wrapDim(2, w.rank)])
    refuse(`bilinear(): input2 size does not match weight size: got ${second} but expected ${w.shape[2]}`);
  if (bias !== null && bias.layout.shape[0] !== w.shape[0]) {
    refuse(
      `bilinear(): bias size does not match weight size: got ${bias.layout.shape[0]} but expected ${w.shape[0]}`,
    );
  }
}

/**
 * x1^T W x2 + b for each matrix W of the weight (torch.nn.functional.bilinear).
 * @param args `input1` of shape [..., in1], `input2` of shape [..., in2], `weight` of shape [out, in1, in2], `bias` of
 *   shape [out] or null
 * @returns shape [..., out]
 */
export function bilinear(
  ...args: Signature<
    [input1: Tensor, input2: Tensor, weight: Tensor, bias: Tensor | null],
    Partial<BilinearBound>
  >
): Tensor {
  const names = ["input1", "input2", "weight", "bias"] as const;
  const bound = bind<BilinearBound>("bilinear", names, args, { bias: null });
  check(bound);
  const { input1, input2, weight, bias } = bound;
  const lead = input1.layout.shape.slice(0, -1);
  const [out, in1, in2] = [...weight.layout.shape] as [number, number, number];
  const rows = product(lead);
  const result = inFloat32([input1, input2, weight, bias], (first, second, matrices, added) => {
    const wide = matrices.permute(1, 0, 2).reshape([in1, out * in2]);
    const half = first.reshape([rows, in1]).matmul(wide).view([rows, out, in2]);
    const sums = half
      .mul(second.reshape([rows, 1, in2]))
      .sum(-1)
      .view([...lead, out]);
    return added === null ? sums : sums.add(added);
  });
  return named(result, bias === null ? "ViewBackward0" : "AddBackward0");
}
