// Operations on each element of one operand.

import type { DType } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import { boolean, elementwise, realPart } from "./elementwise.ts";
import { divide, multiply, subtract } from "./binary.ts";

/** A new memory with the same values. */
export const copy: Operation = elementwise("copy", {
  label: "Clone",
  promotion: "none",
  gradient: ({ grads }) => [grads[0]],
});

/** How a conversion goes where the value does not fit; the libraries differ there. */
export interface CastAttributes {
  readonly dtype: DType;
  /** Whose conversion rules hold where C leaves the outcome open. */
  readonly rules: "numpy" | "torch";
}

export const negative: Operation = elementwise("negative", {
  label: "Neg",
  gradient: ({ grads, run }) => [run(negative, [grads[0]!])],
});

export const absolute: Operation = elementwise("absolute", {
  label: "Abs",
  result: realPart,
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [grads[0]!, run(sign, [inputs[0]!])])],
});

/** NumPy's sign; of a complex number x / |x|. PyTorch's `sign` and `sgn`. */
export const sign: Operation = elementwise("sign", {
  gradient: ({ grads, run }) => [run(multiply, [grads[0]!, 0])],
});

export const square: Operation = elementwise("square", {
  label: "Pow",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [run(multiply, [grads[0]!, inputs[0]!]), 2])],
});

export const sqrt: Operation = elementwise("sqrt", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(divide, [grads[0]!, run(multiply, [outputs[0]!, 2])])],
});

export const exp: Operation = elementwise("exp", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => [run(multiply, [grads[0]!, outputs[0]!])],
});

export const log: Operation = elementwise("log", {
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(divide, [grads[0]!, inputs[0]!])],
});

export const tanh: Operation = elementwise("tanh", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = outputs[0]!;
    return [run(multiply, [grads[0]!, run(subtract, [1, run(multiply, [y, y])])])];
  },
});

export const sigmoid: Operation = elementwise("sigmoid", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = outputs[0]!;
    return [run(multiply, [grads[0]!, run(multiply, [y, run(subtract, [1, y])])])];
  },
});

export const isnan: Operation = elementwise("isnan", { result: boolean });
export const logicalNot: Operation = elementwise("logicalNot", { result: boolean });

export const reciprocal: Operation = elementwise("reciprocal", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = outputs[0]!;
    return [run(negative, [run(multiply, [grads[0]!, run(multiply, [y, y])])])];
  },
});

/** The complex conjugate; a real operand as it is. */
export const conjugate: Operation = elementwise("conjugate", {
  label: "Conj",
  gradient: ({ grads, run }) => [run(conjugate, [grads[0]!])],
});
