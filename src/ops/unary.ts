// Operations on each element of one operand: signs, rounding, parts of numbers.

import type { Operation } from "../core/op.ts";
import { divide, multiply, subtract } from "./binary.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { elementwise, integer, type Rules, realPart } from "./elementwise.ts";
import { isfinite } from "./logic.ts";
import { where } from "./ternary.ts";

export const negative: Operation = elementwise("negative", {
  label: "Neg",
  gradient: ({ grads, run }) => [run(negative, [grads[0]!])],
});

/** The operand as it is, in new memory. */
export const positive: Operation = elementwise("positive", { gradient: ({ grads }) => [grads[0]] });

export const absolute: Operation = elementwise("absolute", {
  label: "Abs",
  result: realPart,
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [run(multiply, [grads[0]!, run(sign, [inputs[0]!])])],
});

/**
 * NumPy's `sign`, PyTorch's `sign` and `sgn`: of a complex number x / |x|, 0 at 0. NaN stays by NumPy's rules, which hold
 * when none are given, and gives 0 by PyTorch's.
 */
export const sign: Operation<Rules | undefined> = elementwise<Rules | undefined>("sign", {
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, run }) => {
    const g = grads[0]!;
    const [x, direction] = [inputs[0]!, outputs[0]!];
    if (x.layout.dtype.kind !== "complex") return [run(zerosLike, [x])];
    // Only the part of the gradient across the direction of x turns it: (g - conj(g) sgn(x)^2) / (2 |x|).
    const along = run(multiply, [run(conjugate, [g]), run(multiply, [direction, direction])]);
    const turned = run(divide, [run(subtract, [g, along]), run(multiply, [run(absolute, [x]), 2])]);
    return [run(where, [x, turned, run(zerosLike, [turned])])];
  },
});

export const square: Operation = elementwise("square", {
  label: "Pow",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(multiply, [run(multiply, [grads[0]!, conjugated(run, inputs[0]!)]), 2]),
  ],
});

/** 1 / x; of an integer operand into an integer result the truncated quotient, as NumPy has it. */
export const reciprocal: Operation = elementwise("reciprocal", {
  promotion: "float",
  saves: { outputs: [0] },
  gradient: ({ grads, outputs, run }) => {
    const y = conjugated(run, outputs[0]!);
    return [run(negative, [run(multiply, [grads[0]!, run(multiply, [y, y])])])];
  },
});

/** The complex conjugate; a real operand as it is. */
export const conjugate: Operation = elementwise("conjugate", {
  label: "Conj",
  gradient: ({ grads, run }) => [conjugated(run, grads[0]!)],
});

/** The angle of a complex number in radians; of a real one 0 or pi, NaN of NaN. */
export const angle: Operation = elementwise("angle", {
  promotion: "float",
  result: realPart,
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const x = inputs[0]!;
    if (x.layout.dtype.kind !== "complex") return [run(zerosLike, [x])];
    // d angle = Im(conj(x) dx) / |x|^2: the gradient is g i x / |x|^2, which is g i / conj(x).
    const turned = run(divide, [
      run(multiply, [grads[0]!, run(timesI, [x])]),
      run(square, [run(absolute, [x])]),
    ]);
    return [run(where, [x, turned, run(zerosLike, [x])])];
  },
});

/** A complex number turned by a quarter: i x. */
export const timesI: Operation = elementwise("timesI", {
  label: "Mul",
  gradient: ({ grads, run }) => [run(negative, [run(timesI, [grads[0]!])])],
});

export const floor: Operation = elementwise("floor", {
  gradient: ({ grads, run }) => [run(zerosLike, [grads[0]!])],
});
export const ceil: Operation = elementwise("ceil", {
  gradient: ({ grads, run }) => [run(zerosLike, [grads[0]!])],
});
/** Towards zero. */
export const trunc: Operation = elementwise("trunc", {
  gradient: ({ grads, run }) => [run(zerosLike, [grads[0]!])],
});
/** To the nearest integer, halves to even. */
export const round: Operation = elementwise("round", {
  gradient: ({ grads, run }) => [run(zerosLike, [grads[0]!])],
});
/** What remains after `trunc`, with the operand's sign. */
export const frac: Operation = elementwise("frac", { gradient: ({ grads }) => [grads[0]] });

/** The fractional part as C's `modf` gives it: a zero of the operand's sign for an infinity. */
export const fractionalPart: Operation = elementwise("fractionalPart", {
  promotion: "float",
  label: "Frac",
  gradient: ({ grads }) => [grads[0]],
});

/** The mantissa m of x = m 2^e with 0.5 <= |m| < 1, as `frexp` gives it. */
export const mantissa: Operation = elementwise("mantissa", {
  label: "Frexp",
  promotion: "float",
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => [
    run(scaleByPower, [grads[0]!, run(negative, [run(exponent, [inputs[0]!])])]),
  ],
});

/** The exponent e of x = m 2^e with 0.5 <= |m| < 1, as int32. */
export const exponent: Operation = elementwise("exponent", { promotion: "float", result: integer });

/** x 2^n, without overflow on the way: C's `ldexp`. */
export const scaleByPower: Operation = elementwise("scaleByPower", {
  label: "Ldexp",
  promotion: "float",
  saves: { inputs: [1] },
  gradient: ({ grads, inputs, run }) => [run(scaleByPower, [grads[0]!, inputs[1]!]), undefined],
});

export const degrees: Operation = elementwise("degrees", {
  label: "Rad2Deg",
  promotion: "float",
  gradient: ({ grads, run }) => [run(degrees, [grads[0]!])],
});

export const radians: Operation = elementwise("radians", {
  label: "Deg2Rad",
  promotion: "float",
  gradient: ({ grads, run }) => [run(radians, [grads[0]!])],
});

/** What stands for NaN and the infinities; for an infinity that is not given, the type's largest finite number. */
export interface NanToNumAttributes {
  readonly nan: number;
  readonly posinf?: number | undefined;
  readonly neginf?: number | undefined;
}

export const nanToNum: Operation<NanToNumAttributes> = elementwise<NanToNumAttributes>("nanToNum", {
  saves: { inputs: [0] },
  gradient: ({ grads, inputs, run }) => {
    const g = grads[0]!;
    return [run(where, [run(isfinite, [inputs[0]!]), g, run(zerosLike, [g])])];
  },
});

/** The distance to the next larger number in magnitude, with the operand's sign. */
export const spacing: Operation = elementwise("spacing", { promotion: "float" });
