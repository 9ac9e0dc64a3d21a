// Complex numbers made of their parts, and the parts of complex numbers, in memory of their own.

import { complex64, complex128, float64 } from "../core/dtype.ts";
import type { Operation } from "../core/op.ts";
import { zerosLike } from "./copying.ts";
import { elementwise, realPart } from "./elementwise.ts";

/** a + b i of real a and b. */
export const complexOf: Operation = elementwise("complexOf", {
  label: "Complex",
  result: (dtype) => (dtype === float64 ? complex128 : complex64),
  gradient: ({ grads, needs, run }) => [
    needs(0) ? run(realOf, [grads[0]!]) : undefined,
    needs(1) ? run(imaginaryOf, [grads[0]!]) : undefined,
  ],
});

/** The real part. */
export const realOf: Operation = elementwise("realOf", {
  label: "Real",
  result: realPart,
  gradient: ({ grads, run }) => [run(complexOf, [grads[0]!, run(zerosLike, [grads[0]!])])],
});

/** The imaginary part. */
export const imaginaryOf: Operation = elementwise("imaginaryOf", {
  label: "Imag",
  result: realPart,
  gradient: ({ grads, run }) => [run(complexOf, [run(zerosLike, [grads[0]!]), grads[0]!])],
});
