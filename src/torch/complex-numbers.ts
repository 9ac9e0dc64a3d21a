// Complex tensors of real ones: of parts, and of lengths and angles (ATen/native/TensorFactories.cpp, `complex`, `polar`).

import { complex64, complex128, float16, float32, float64 } from "../core/dtype.ts";
import { RuntimeError } from "../core/errors.ts";
import { complexOf } from "../ops/complex.ts";
import { mul } from "./binary.ts";
import type { OutOptions } from "./elementwise.ts";
import { scalarTypeName } from "./errors.ts";
import { storeOut } from "./in-place.ts";
import { named } from "./node.ts";
import { notImplemented } from "./refusals.ts";
import { run } from "./tape.ts";
import type { Tensor } from "./tensor.ts";
import { checkTensor } from "./tensor-arguments.ts";
import { cos, sin } from "./unary.ts";

/** @throws TypeError for what is no tensor, RuntimeError for types that do not make a complex one */
function checkParts(
  name: string,
  parameters: readonly [string, string],
  a: Tensor,
  b: Tensor,
  out?: Tensor | null,
): void {
  checkTensor(name, parameters[0], 1, a);
  checkTensor(name, parameters[1], 2, b);
  const types = [float16, float32, float64];
  if (!types.includes(a.dtype) || !types.includes(b.dtype)) {
    throw new RuntimeError(
      `Expected both inputs to be Half, Float or Double tensors but got ${scalarTypeName(a.dtype)} and ${scalarTypeName(b.dtype)}`,
    );
  }
  if (a.dtype !== b.dtype) {
    throw new RuntimeError(
      `Expected object of scalar type ${scalarTypeName(a.dtype)} but got scalar type ${scalarTypeName(b.dtype)} for second argument`,
    );
  }
  // PyTorch makes complex numbers of halves, which are no type here.
  if (a.dtype === float16) throw notImplemented(`${name}_cpu`, float16);
  const expected = a.dtype === float64 ? complex128 : complex64;
  if (out !== null && out !== undefined && out.dtype !== expected) {
    throw new RuntimeError(
      `Expected object of scalar type ${scalarTypeName(expected)} but got scalar type ${scalarTypeName(out.dtype)} for argument 'out'`,
    );
  }
}

/** Complex numbers of real and imaginary parts, float32 or float64. */
export function complex(real: Tensor, imag: Tensor, options: OutOptions = {}): Tensor {
  const { out } = options;
  checkParts("complex", ["real", "imag"], real, imag, out);
  const result = run(complexOf, [real, imag], undefined);
  return out === null || out === undefined ? result : storeOut(out, result, "complex", [real, imag]);
}

/** Complex numbers of lengths and angles (radians), float32 or float64. */
export function polar(abs: Tensor, angle: Tensor, options: OutOptions = {}): Tensor {
  const { out } = options;
  checkParts("polar", ["abs", "angle"], abs, angle, out);
  const parts = [mul(abs, cos(angle)), mul(abs, sin(angle))];
  const result = named(run(complexOf, parts, undefined), "PolarBackward0");
  return out === null || out === undefined ? result : storeOut(out, result, "polar", [abs, angle]);
}
