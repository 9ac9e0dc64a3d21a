// torch.nn.functional.linear.

import { PythonTypeError, RuntimeError } from "../../../core/errors.ts";
import { product } from "../../../core/layout.ts";
import { linear as linearOperation } from "../../../ops/products.ts";
import { TensorBase } from "../../base.ts";
import { scalarTypeName, typeName } from "../../errors.ts";
import { functionMode } from "../../function-mode.ts";
import { inFloat32 } from "../../half.ts";
import { named } from "../../node.ts";
import { ownView } from "../../own-view.ts";
import { run } from "../../tape.ts";
import type { Tensor } from "../../tensor.ts";

/**
 * x W^T + b (torch.nn.functional.linear).
 * @param input shape [..., in] @param weight shape [out, in] or [in] @param bias shape [out]
 * @returns shape [..., out]
 * @throws RuntimeError when the shapes or element types do not go together
 */
export function linear(input: Tensor, weight: Tensor, bias: Tensor | null = null): Tensor {
  if (functionMode.now !== null) return functionMode.now.call("F.linear", linear, [input, weight, bias]);
  if (!(input instanceof TensorBase)) {
    throw new PythonTypeError(
      `linear(): argument 'input' (position 1) must be Tensor, not ${typeName(input)}`,
    );
  }
  const x = input.layout;
  const w = weight.layout;
  const features = x.shape[x.rank - 1];
  if (x.rank === 0 || w.rank === 0) {
    throw new RuntimeError(
      `both arguments to linear need to be at least 1D, but they are ${x.rank}D and ${w.rank}D`,
    );
  }
  if (w.rank === 1) return bias === null ? input.matmul(weight) : input.matmul(weight).add(bias);
  if (features !== w.shape[1]) {
    const rows = x.size === 0 ? 0 : x.size / features!;
    throw new RuntimeError(
      `mat1 and mat2 shapes cannot be multiplied (${rows}x${features} and ${w.shape[1]}x${w.shape[0]})`,
    );
  }
  checkTypes(input, weight, bias);
  if (bias === null) {
    return x.rank === 2 ? matrixProduct(input, weight) : foldedProduct(input, weight);
  }
  const out = w.shape[0]!;
  const length = bias.layout.shape[0];
  if (bias.layout.rank !== 1 || (length !== out && length !== 1)) {
    const rows = x.size / features;
    throw new RuntimeError(
      `The expanded size of the tensor (${out}) must match the existing size (${length}) at non-singleton ` +
        `dimension 1.  Target sizes: [${rows}, ${out}].  Tensor sizes: [${bias.layout.shape.join(", ")}]`,
    );
  }
  if (x.rank === 2) return run(linearOperation, [input, weight, bias], undefined);
  if (!x.isContiguous) return inFloat32([input, weight, bias], (a, w, b) => foldedProduct(a, w).add(b));
  const rows = run(linearOperation, [input.view(foldedShape(input)), weight, bias], undefined);
  return rows.view(x.shape.with(-1, out));
}

/** x W^T of a matrix. */
function matrixProduct(input: Tensor, weight: Tensor): Tensor {
  return run(linearOperation, [input, weight], undefined, "MmBackward0");
}

/** The shape of a matrix of all rows of the input. */
function foldedShape({ layout: { shape } }: Tensor): number[] {
  return [product(shape.slice(0, -1)), shape.at(-1)!];
}

/** x W^T of a vector, or of more axes than two, as the product of one matrix. */
function foldedProduct(input: Tensor, weight: Tensor): Tensor {
  const { shape } = input.layout;
  const result = matrixProduct(
    shape.length === 1 ? input.unsqueeze(0) : input.reshape(foldedShape(input)),
    weight,
  );
  const folded = ownView(result, shape.with(-1, weight.layout.shape[0]!));
  return shape.length === 1 ? named(folded, "SqueezeBackward4") : folded;
}

/** Element types do not promote in matrix products. */
function checkTypes(input: Tensor, weight: Tensor, bias: Tensor | null): void {
  const x = input.layout.dtype;
  const w = weight.layout.dtype;
  const b = bias?.layout.dtype;
  if (x === w && (b === undefined || b === w)) return;
  if (b !== undefined && b !== w) {
    throw new RuntimeError(
      `self and mat2 must have the same dtype, but got ${scalarTypeName(b)} and ${scalarTypeName(w)}`,
    );
  }
  const [first, second] = bias === null && input.layout.rank > 2 ? ["expected m1", "m2"] : ["mat1", "mat2"];
  throw new RuntimeError(
    `${first} and ${second} must have the same dtype, but got ${scalarTypeName(x)} and ${scalarTypeName(w)}`,
  );
}
