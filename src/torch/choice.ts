// The choice between two operands by a condition: `torch.where`.

import { bool } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Operation } from "../core/op.ts";
import { where as whereOperation } from "../ops/ternary.ts";
import { TensorBase } from "./base.ts";
import { scalarTypeName } from "./errors.ts";
import { plainScalar, resultType } from "./promotion.ts";
import { checkBroadcast, type Input, run, scalarOperand } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/** `where` of operands that have met: the condition stays out of promotion. */
const choice: Operation = {
  ...whereOperation,
  promotion: "none",
  infer: (inputs) => whereOperation.infer(inputs, inputs[1]!.dtype, undefined),
};

/** Elements of one operand where the condition holds, else of the other. */
export function choose(condition: Tensor, a: Input, b: Input): Tensor {
  if (condition.dtype !== bool && condition.dtype.name !== "uint8") {
    throw new RuntimeError(
      `where expected condition to be a boolean tensor, but got a tensor with dtype ${scalarTypeName(condition.dtype)}`,
    );
  }
  const type = resultType([a, b]);
  const typed = (value: Input): Tensor => {
    if (!(value instanceof TensorBase)) return scalarOperand(plainScalar(value), type);
    return value.dtype === type ? (value as Tensor) : (value as Tensor).to(type);
  };
  const operands = [condition, typed(a), typed(b)];
  checkBroadcast(operands.map((operand) => operand.layout));
  return run(choice, operands, undefined);
}
