// torch.nn.functional: functions that draw values towards 0 or 1.

import { bind, type Signature } from "../../../core/arguments.ts";
import { RuntimeError } from "../../../core/errors.ts";
import { floatLimits } from "../../../core/limits.ts";
import * as operations from "../../../ops/rectifiers.ts";
import type { Face } from "../../elementwise.ts";
import { scalarTypeName } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { refuse } from "../../refusals.ts";
import type { Tensor } from "../../tensor.ts";
import type { Numeric } from "../text.ts";
import { floatingFace, type InplaceOption, placed } from "./placed.ts";
import { inplaceOf } from "./rectifiers.ts";

export { hardshrink } from "../../rectifiers.ts";

const checkFace: Face = floatingFace("softshrink", "softshrink_check");

/** A number as C++ streams it: six digits. */
const streamed = (value: number): string => String(Number(value.toPrecision(6)));

/** 0 within `lambd` of 0, else x, nearer to 0 by `lambd` (torch.nn.functional.softshrink). */
export function softshrink(
  input: Tensor,
  ...args: Signature<[lambd?: Numeric], { readonly lambd?: Numeric }>
): Tensor {
  const lambd = Number(bind<{ lambd: Numeric }>("softshrink", ["lambd"], args, { lambd: 0.5 }).lambd);
  refuse(checkFace.refusals, input.dtype);
  const { max } = floatLimits(input.dtype);
  if (!(lambd >= 0 && lambd <= max)) {
    throw new RuntimeError(
      `lambda must be in range [0, ${streamed(max)}] for input dtype ${scalarTypeName(input.dtype)}, but found ${streamed(lambd)}`,
    );
  }
  return placed(operations.softshrink, checkFace, input, { lambd }, false);
}

/** x - tanh(x) (torch.nn.functional.tanhshrink). */
export function tanhshrink(input: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.tanhshrink", tanhshrink, [input]);
  return input.sub(input.tanh());
}

/** x / (1 + |x|) (torch.nn.functional.softsign). */
export function softsign(input: Tensor): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.softsign", softsign, [input]);
  return input.div(input.abs().add(1));
}

/** 0 below -3, 1 above 3, between them a line (torch.nn.functional.hardsigmoid). */
export function hardsigmoid(input: Tensor, ...args: Signature<[inplace?: boolean], InplaceOption>): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.hardsigmoid", hardsigmoid, [input, ...args]);
  const face = floatingFace("hardsigmoid", "hardsigmoid_cpu");
  return placed(operations.hardsigmoid, face, input, undefined, inplaceOf("hardsigmoid", args));
}
