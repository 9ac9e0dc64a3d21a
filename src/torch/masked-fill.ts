// One value written where a mask is true.

import { elements } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import { broadcastShapes, broadcastTo, Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { warn } from "../core/warnings.ts";
import { execute } from "../devices/index.ts";
import { zerosLike } from "../ops/copying.ts";
import { sum } from "../ops/reductions.ts";
import { where } from "../ops/ternary.ts";
import { TensorBase } from "./base.ts";
import { convertedTo } from "./converted.ts";
import { allAxes } from "./dims.ts";
import { cTypeName, shapeText } from "./errors.ts";
import { checkWritable, recordWrite, writeValues } from "./in-place.ts";
import { overlapsItself } from "./overlap.ts";
import { plainScalar, type ScalarLike } from "./promotion.ts";
import { checkFilling } from "./sequences.ts";
import { broadcastError, resolved, scalarOperand, unwritten } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** Where the mask is true, zero flows to what was there, and the rest flows to the value. */
const maskedFillOperation: Operation = {
  name: "maskedFill",
  label: "MaskedFill",
  promotion: "none",
  infer: (inputs) => inputs,
  saves: { inputs: [1] },
  gradient: ({ inputs, grads, needs, run: apply }) => {
    const g = grads[0]!;
    const mask = inputs[1]!;
    const none = apply(zerosLike, [g]);
    const axes = allAxes(g.layout.rank);
    return [
      needs(0) ? apply(where, [mask, none, g]) : undefined,
      undefined,
      needs(2) ? apply(sum, [apply(where, [mask, g, none])], { axes, keepdims: false }) : undefined,
    ];
  },
};

function checkMask(input: Tensor, mask: Tensor, value: ScalarLike | Tensor): Tensor {
  if (mask.dtype.name !== "bool") {
    throw new RuntimeError(
      `masked_fill_ only supports boolean masks, but got mask with dtype ${cTypeName(mask.dtype)}`,
    );
  }
  if (value instanceof TensorBase) {
    if (value.ndim === 0) {
      checkFilling(elements(value)[0]!, input.dtype);
      return value as Tensor;
    }
    throw new RuntimeError(
      `masked_fill_ only supports a 0-dimensional value tensor, but got tensor with ${value.ndim} dimension(s).`,
    );
  }
  const plain = plainScalar(value as ScalarLike);
  checkFilling(plain, input.dtype);
  return scalarOperand(plain, input.dtype);
}

/** The error for a source that does not stretch to the tensor it is written to. */
export function copyError(input: Tensor, source: Tensor): RuntimeError {
  const both = broadcastShapes([input.shape, source.shape]);
  if (both === undefined) return broadcastError(input.shape, source.shape);
  return new RuntimeError(
    `output with shape ${shapeText(input.shape)} doesn't match the broadcast shape ${shapeText(both)}`,
  );
}

/** The value where the mask is true, in place. @param label what the node of the write is called */
export function fillMasked(input: Tensor, mask: Tensor, value: ScalarLike | Tensor, label: string): Tensor {
  const filling = checkMask(input, mask, value);
  const isRecorded = checkWritable(input, [filling]);
  if (overlapsItself(input.layout)) {
    warn(
      "UserWarning",
      "Use of masked_fill_ on expanded tensors is deprecated. Please clone() the tensor before performing this operation. " +
        "This also applies to advanced indexing e.g. tensor[mask] = scalar",
    );
  }
  if (broadcastTo(mask.layout, input.shape) === undefined) throw copyError(input, mask);
  const typed = filling.dtype === input.dtype ? filling : convertedTo(filling, input.dtype);
  const result = unwritten(Layout.contiguous(input.dtype, input.shape));
  execute(where, [mask, resolved(typed), resolved(input)], [result], undefined);
  writeValues(input, result);
  if (isRecorded) {
    const inputs = [input, mask, filling];
    recordWrite(maskedFillOperation, input, inputs, undefined, label);
  }
  return input;
}
