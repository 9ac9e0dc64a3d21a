// Floating numbers taken apart into a mantissa and a power of 2, and put together again.

import { RuntimeError } from "../core/errors.ts";
import { float } from "../core/python.ts";
import { exponent, mantissa } from "../ops/unary.ts";
import { mul } from "./binary.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { storeOut } from "./in-place.ts";
import { named } from "./node.ts";
import { pow } from "./pointwise.ts";
import { canCast, resultType } from "./promotion.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";

/** [m, e] of input = m 2^e with 1/2 <= |m| < 1: the mantissa, and the exponent as int32. @throws RuntimeError for integers */
export function frexp(input: Tensor): [mantissa: Tensor, exponent: Tensor] {
  if (!input.dtype.isFloatingPoint) {
    throw new RuntimeError("torch.frexp() only supports floating-point dtypes");
  }
  return [run(mantissa, [input], undefined), run(exponent, [input], undefined)];
}

/** input 2^other. */
export function ldexp(input: Tensor, other: Tensor, options: OutOptions = {}): Tensor {
  const result = named(mul(input, powerOfTwo(input, other)), "LdexpBackward0");
  const { out } = options;
  return out === null || out === undefined ? result : storeOut(out, result, "ldexp", [input, other]);
}

/** `ldexp` in place. */
export function ldexp_(input: Tensor, other: Tensor): Tensor {
  const power = powerOfTwo(input, other);
  if (!canCast(resultType([input, power]), input.dtype))
    throw new RuntimeError(`ldexp can't be cast to the desired output type ${scalarTypeName(input.dtype)}`);
  return named(input.mul_(power), "LdexpBackward1");
}

function powerOfTwo(input: Tensor, other: Tensor): Tensor {
  checkTensor("ldexp", "input", 1, input);
  checkTensor("ldexp", "other", 2, other);
  return pow(float(2), other);
}
