// Operations that move values: copies, conversions between element types, and fillings.

import type { DType } from "../core/dtype.ts";
import type { Scalar } from "../core/elements.ts";
import { Layout } from "../core/layout.ts";
import type { Operation } from "../core/op.ts";
import { elementwise, resultLayout } from "./elementwise.ts";

/** A new memory with the same values. Into an output of another type the values are converted as `cast` does. */
export const copy: Operation = elementwise("copy", {
  label: "Clone",
  promotion: "none",
  gradient: ({ grads }) => [grads[0]],
});

/** A conversion's target, and how it goes where the value does not fit; the libraries differ there. */
export interface CastAttributes {
  readonly dtype: DType;
  /** Whose conversion rules hold where C leaves the outcome open. */
  readonly rules: "numpy" | "torch";
}

/** Conversion to another element type: NumPy's `astype`, PyTorch's `to`. */
export const cast: Operation<CastAttributes> = {
  name: "cast",
  label: "ToCopy",
  promotion: "none",
  infer: (inputs, _dtype, attributes) => [resultLayout(inputs, attributes.dtype)],
  isElementwise: true,
  gradient: ({ inputs, grads, attributes, run }) => [
    run(cast, [grads[0]!], { dtype: inputs[0]!.layout.dtype, rules: attributes.rules }),
  ],
};

/** One value for every element of the output, which the caller has made; there are no inputs. */
export const fill: Operation<{ readonly value: Scalar }> = {
  name: "fill",
  label: "Fill",
  promotion: "none",
  infer: (inputs, dtype) => inputs.map((input) => Layout.contiguous(dtype, input.shape)),
};

/** Zeros in the operand's shape, order of memory and type. */
export const zerosLike: Operation = elementwise("zerosLike", { promotion: "none" });
