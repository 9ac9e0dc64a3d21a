// Tensors as NumPy's arrays (torch/csrc/utils/tensor_numpy.cpp).

import { bfloat16 } from "../core/dtype.ts";
import { PythonTypeError, RuntimeError } from "../core/errors.ts";
import { NDArray } from "../numpy/ndarray.ts";
import { resolveConj, resolveNeg } from "./conjugation.ts";
import { scalarTypeName } from "./errors.ts";
import { isGradEnabled } from "./tape.ts";
import type { Tensor } from "./tensor.ts";

/**
 * An array over the tensor's memory.
 * @throws RuntimeError for a tensor that requires gradients or is read as a conjugate; TypeError for a type that NumPy
 * has not
 */
export function numpy(input: Tensor, options: boolean | { readonly force?: boolean } = {}): NDArray {
  const force = typeof options === "boolean" ? options : (options.force ?? false);
  const source = force ? resolveNeg(resolveConj(input.detach())) : input;
  if (source.requiresGrad && isGradEnabled()) {
    throw new RuntimeError(
      "Can't call numpy() on Tensor that requires grad. Use tensor.detach().numpy() instead.",
    );
  }
  if (source.isConj()) {
    throw new RuntimeError(
      "Can't call numpy() on Tensor that has conjugate bit set. Use tensor.resolve_conj().numpy() instead.",
    );
  }
  if (source.isNeg()) {
    throw new RuntimeError(
      "Can't call numpy() on Tensor that has negative bit set. Use tensor.resolve_neg().numpy() instead.",
    );
  }
  const { dtype } = source;
  if (dtype === bfloat16 || (dtype.kind === "float" && dtype.itemSize === 1)) {
    throw new PythonTypeError(`Got unsupported ScalarType ${scalarTypeName(dtype)}`);
  }
  source.storage.isLent = true;
  return new NDArray(source.storage, source.layout, { base: source.detach() });
}
