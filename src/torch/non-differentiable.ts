// Arguments that a function has no gradient for (torch/csrc/autograd/VariableTypeUtils.h).

import { RuntimeError } from "../core/errors.ts";
import { isGradEnabled } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * Refuses a gradient where there is none.
 * @param caller PyTorch's name of the function @param name the parameter
 * @throws RuntimeError for an argument of which a gradient is asked, while operations are recorded
 */
export function refuseGradient(caller: string, name: string, argument: Tensor | null): void {
  if (argument === null || !argument.requiresGrad || !isGradEnabled()) return;
  throw new RuntimeError(
    `The function '${caller}' is not differentiable with respect to argument '${name}'. This input cannot have requires_grad True.`,
  );
}
