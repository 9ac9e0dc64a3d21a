// A device: kernels for operations. `src/devices` holds them and says which one is in use.

import type { Operand } from "./elements.ts";
import { NotImplementedError } from "./errors.ts";
import type { Heap } from "./memory.ts";
import type { GradientKernel, Kernel } from "./op.ts";

/** A kernel for little work, on a device that has another for more. */
export interface SmallKernel {
  readonly kernel: Kernel<never>;
  /** Work is little where the product of the sizes of the first operand and the first result is below. */
  readonly least: number;
}

/** Kernels for operations, by the operation's name. */
export interface Device {
  readonly name: string;
  readonly kernels: Readonly<Record<string, Kernel<never> | undefined>>;
  /** What may be run for little work in place of some of the kernels, which do the same. */
  readonly small?: Readonly<Record<string, SmallKernel | undefined>>;
  /** Gradients of some operations in one go, for little work; without one it is computed by the operations it is made of. */
  readonly gradients?: Readonly<Record<string, GradientKernel<never> | undefined>>;
  /** What large results are part of while the device is in use; where there is none, they have memory of their own. */
  readonly heap?: Heap;
}

/** The error for an operation that a device does not have for these element types. */
export function unsupported(name: string, inputs: readonly Operand[], device: string): NotImplementedError {
  const types = inputs.map((input) => input.layout.dtype.name).join(", ");
  return new NotImplementedError(`"${name}" not implemented for ${types} on the ${device} device`);
}
