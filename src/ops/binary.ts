// Arithmetic on pairs of elements.

import type { Operand } from "../core/elements.ts";
import type { GradientContext, Operation } from "../core/op.ts";
import { conjugated } from "./conjugated.ts";
import { zerosLike } from "./copying.ts";
import { elementwise, type Rules } from "./elementwise.ts";
import { log } from "./exponential.ts";
import { equal, greater, greaterEqual, isnan, less, lessEqual, logicalAnd, logicalOr } from "./logic.ts";
import { where } from "./ternary.ts";
import { negative, sign } from "./unary.ts";

export const add: Operation = elementwise("add", { gradient: ({ grads }) => [grads[0], grads[0]] });

export const subtract: Operation = elementwise("subtract", {
  label: "Sub",
  gradient: ({ grads, needs, run }) => [grads[0], needs(1) ? run(negative, [grads[0]!]) : undefined],
});

/** What the second operand of a scaled sum is multiplied by. */
export interface ScaleAttributes {
  readonly scale: number;
}

/** a + scale * b, rounded once: PyTorch's `add` with `alpha`, and what every step of an optimizer is made of. */
export const addScaled: Operation<ScaleAttributes> = elementwise<ScaleAttributes>("addScaled", {
  label: "Add",
  gradient: ({ grads, attributes, needs, run }) => [
    grads[0],
    needs(1) ? run(multiply, [grads[0]!, attributes.scale]) : undefined,
  ],
});

export const multiply: Operation = elementwise("multiply", {
  label: "Mul",
  saves: { inputs: [0, 1] },
  // One product: rounded before it is summed where an operand was stretched, as PyTorch does it.
  roundsSteps: true,
  gradient: ({ grads, inputs, needs, run }) => {
    const g = grads[0]!;
    return [
      needs(0) ? run(multiply, [g, conjugated(run, inputs[1]!)]) : undefined,
      needs(1) ? run(multiply, [g, conjugated(run, inputs[0]!)]) : undefined,
    ];
  },
});

/** True division: the quotient of integers is floating. */
export const divide: Operation = elementwise("divide", {
  label: "Div",
  promotion: "float",
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, run }) => {
    const divisor = conjugated(run, inputs[1]!);
    const first = run(divide, [grads[0]!, divisor]);
    if (!needs(1)) return [first, undefined];
    const quotient = run(divide, [conjugated(run, inputs[0]!), divisor]);
    return [first, run(negative, [run(multiply, [first, quotient])])];
  },
});

/**
 * The quotient rounded down. An integer divided by 0 gives 0 by NumPy's rules; by PyTorch's it is an error.
 */
export const floorDivide: Operation<Rules> = elementwise<Rules>("floorDivide", {
  label: "FloorDivide",
  gradient: constant,
});

/** The quotient rounded towards zero. An integer divided by 0 as in `floorDivide`. */
export const divideTrunc: Operation<Rules> = elementwise<Rules>("divideTrunc", {
  label: "Div",
  gradient: constant,
});

/** The gradient of what does not change between its steps. */
function constant<Value extends Operand>({
  grads,
  needs,
  run,
}: GradientContext<Value, unknown>): readonly (Value | undefined)[] {
  return [0, 1].map((k) => (needs(k) ? run(zerosLike, [grads[0]!]) : undefined));
}

/** What remains after `floorDivide`: it has the divisor's sign. */
export const remainder: Operation<Rules> = elementwise<Rules>("remainder", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, attributes, run }) => [
    grads[0],
    needs(1)
      ? run(multiply, [run(negative, [grads[0]!]), run(floorDivide, [inputs[0]!, inputs[1]!], attributes)])
      : undefined,
  ],
});

/** What remains after `divideTrunc`: it has the dividend's sign. */
export const fmod: Operation<Rules> = elementwise<Rules>("fmod", {
  saves: { inputs: [0, 1] },
  gradient: ({ grads, inputs, needs, attributes, run }) => [
    grads[0],
    needs(1)
      ? run(multiply, [run(negative, [grads[0]!]), run(divideTrunc, [inputs[0]!, inputs[1]!], attributes)])
      : undefined,
  ],
});

/**
 * The first operand to the power of the second. Integers to negative integer powers are an error by NumPy's rules;
 * by PyTorch's they are the truncated quotient.
 */
export const power: Operation<Rules> = elementwise<Rules>("power", {
  label: "Pow",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: (context) => powerGradient(context, power),
});

/** As `power`, of operands in double precision. */
export const floatPower: Operation<Rules> = elementwise<Rules>("floatPower", {
  label: "Pow",
  promotion: "float",
  saves: { inputs: [0, 1], outputs: [0] },
  gradient: (context) => powerGradient(context, floatPower),
});

/** PyTorch's: an exponent of 0 gives the base no gradient; a base of 0 gives none to an exponent of 0 or more. */
function powerGradient<Value extends Operand>(
  { grads, inputs, outputs, needs, attributes, run }: GradientContext<Value, Rules>,
  operation: Operation<Rules>,
): readonly (Value | undefined)[] {
  const [g, base, exponent] = [grads[0]!, inputs[0]!, inputs[1]!];
  const first = (): Value => {
    const lower = run(operation, [base, run(subtract, [exponent, 1])], attributes);
    const flowing = run(multiply, [g, conjugated(run, run(multiply, [exponent, lower]))]);
    return run(where, [run(equal, [exponent, 0]), run(zerosLike, [flowing]), flowing]);
  };
  const second = (): Value => {
    const flowing = run(multiply, [g, conjugated(run, run(multiply, [outputs[0]!, run(log, [base])]))]);
    const isZero = run(equal, [base, 0]);
    const settled = exponent.layout.dtype.isComplex
      ? isZero
      : run(logicalAnd, [isZero, run(greaterEqual, [exponent, 0])]);
    return run(where, [settled, run(zerosLike, [flowing]), flowing]);
  };
  return [needs(0) ? first() : undefined, needs(1) ? second() : undefined];
}

/** The gradient goes to the one that was taken; where both are equal each gets half. */
function chosen<Value extends Operand>(
  { grads, inputs, needs, run }: GradientContext<Value, undefined>,
  beats: Operation,
): readonly (Value | undefined)[] {
  const g = grads[0]!;
  const half = run(multiply, [g, 0.5]);
  const none = run(zerosLike, [g]);
  const tie = run(equal, [inputs[0]!, inputs[1]!]);
  const part = (a: Value, b: Value): Value =>
    run(where, [tie, half, run(where, [run(beats, [b, a]), none, g])]);
  return [
    needs(0) ? part(inputs[0]!, inputs[1]!) : undefined,
    needs(1) ? part(inputs[1]!, inputs[0]!) : undefined,
  ];
}

/** The larger; NaN when either is. */
export const maximum: Operation = elementwise("maximum", {
  saves: { inputs: [0, 1] },
  gradient: (context) => chosen(context, greater),
});
/** The smaller; NaN when either is. */
export const minimum: Operation = elementwise("minimum", {
  saves: { inputs: [0, 1] },
  gradient: (context) => chosen(context, less),
});

/** The first operand gets the gradient where the comparison with the second holds, or the second is NaN. */
function preferred<Value extends Operand>(
  { grads, inputs, needs, run }: GradientContext<Value, undefined>,
  holds: Operation,
): readonly (Value | undefined)[] {
  const g = grads[0]!;
  const none = run(zerosLike, [g]);
  const isFirst = run(logicalOr, [run(holds, [inputs[0]!, inputs[1]!]), run(isnan, [inputs[1]!])]);
  return [
    needs(0) ? run(where, [isFirst, g, none]) : undefined,
    needs(1) ? run(where, [isFirst, none, g]) : undefined,
  ];
}

/** The larger, or the one that is not NaN. */
export const fmax: Operation = elementwise("fmax", {
  saves: { inputs: [0, 1] },
  gradient: (context) => preferred(context, greaterEqual),
});
/** The smaller, or the one that is not NaN. */
export const fmin: Operation = elementwise("fmin", {
  saves: { inputs: [0, 1] },
  gradient: (context) => preferred(context, lessEqual),
});

/** The first operand's magnitude with the second's sign. */
export const copysign: Operation = elementwise("copysign", {
  promotion: "float",
  saves: { inputs: [0], outputs: [0] },
  gradient: ({ grads, inputs, outputs, needs, run }) => {
    const turned = () =>
      run(multiply, [grads[0]!, run(multiply, [run(sign, [inputs[0]!]), run(sign, [outputs[0]!])])]);
    return [needs(0) ? turned() : undefined, needs(1) ? run(zerosLike, [grads[0]!]) : undefined];
  },
});

/** The next number after the first operand in the direction of the second. */
export const nextafter: Operation = elementwise("nextafter", {
  promotion: "float",
  gradient: ({ grads, needs, run }) => [grads[0], needs(1) ? run(zerosLike, [grads[0]!]) : undefined],
});

/** 0 below 0, 1 above, the second operand at 0. NaN stays by NumPy's rules (or none), and gives 0 by PyTorch's. */
export const heaviside: Operation<Rules | undefined> = elementwise<Rules | undefined>("heaviside");

/** The greatest common divisor; not negative. */
export const gcd: Operation = elementwise("gcd");
/** The least common multiple; not negative. */
export const lcm: Operation = elementwise("lcm");
