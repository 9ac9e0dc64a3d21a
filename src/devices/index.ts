// Which device is in use, and the one dispatcher through which the faces run operations.

import type { Operand } from "../core/elements.ts";
import type { Kernel, Operation } from "../core/op.ts";
import { type Device, unsupported } from "../core/run.ts";
import { reference } from "./reference/index.ts";

let current: Device = reference;

/** The device that operations run on. */
export function getDevice(): Device {
  return current;
}

/** Makes a device the one that operations run on. @returns the one before */
export function setDevice(device: Device): Device {
  const before = current;
  current = device;
  return before;
}

/**
 * Computes an operation into outputs that the caller has made: an `out=` argument, an in-place method and a fresh
 * result are one thing. An output may be an input's very memory in the same layout for elementwise operations;
 * otherwise outputs share memory with nothing.
 * @throws NotImplementedError naming operation, element types and device where the device has no kernel
 */
export function execute<A>(
  operation: Operation<A>,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: A,
): void {
  const kernel = current.kernels[operation.name] as Kernel<A> | undefined;
  if (kernel === undefined) throw unsupported(operation.name, inputs, current.name);
  kernel(inputs, outputs, attributes);
}
