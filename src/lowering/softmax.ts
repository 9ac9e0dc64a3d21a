// Softmax, its logarithm, and their gradients in ONNX.

import type { Operation } from "../core/op.ts";
import type { AxisAttributes } from "../ops/indexing.ts";
import { logSoftmax, logSoftmaxGradient, softmax, softmaxGradient } from "../ops/softmax.ts";
import type { LoweringRow } from "./lowering.ts";
import { asGiven, made } from "./nodes.ts";

/** A row for a node that goes along an axis; of a value without axes along one that is put in. */
const along = (operation: Operation<AxisAttributes>, opType: string): LoweringRow =>
  made(operation, asGiven, (n, [x], { axis }) =>
    x!.shape.length > 0
      ? n.one(opType, x!, { axis })
      : n.squeeze(n.one(opType, n.unsqueeze(x!, [0]), { axis: 0 }), [0]),
  );

/** Rows of softmax. */
export const softmaxLowerings: readonly LoweringRow[] = [
  along(softmax, "Softmax"),
  along(logSoftmax, "LogSoftmax"),
  made(softmaxGradient, asGiven, (n, [g, y], { axis }) => {
    const axes = y!.shape.length === 0 ? [] : [axis];
    return n.multiply(y!, n.subtract(g!, n.sum(n.multiply(g!, y!), axes)));
  }),
  made(logSoftmaxGradient, asGiven, (n, [g, y], { axis }) => {
    const axes = y!.shape.length === 0 ? [] : [axis];
    return n.subtract(g!, n.multiply(n.exp(y!), n.sum(g!, axes)));
  }),
];
