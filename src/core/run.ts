// A device: kernels for operations. `src/devices` holds them and says which one is in use.

import type { Operand } from "./elements.ts";
import { NotImplementedError } from "./errors.ts";
import type { Kernel } from "./op.ts";

/** Kernels for operations, by the operation's name. */
export interface Device {
  readonly name: string;
  readonly kernels: Readonly<Record<string, Kernel<never> | undefined>>;
}

/** The error for an operation that a device does not have for these element types. */
export function unsupported(name: string, inputs: readonly Operand[], device: string): NotImplementedError {
  const types = inputs.map((input) => input.layout.dtype.name).join(", ");
  return new NotImplementedError(`"${name}" not implemented for ${types} on the ${device} device`);
}
