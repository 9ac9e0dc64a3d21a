// Which device is in use, and the one dispatcher through which the faces run operations.

import { aligned, forEachPosition, type Operand } from "../core/elements.ts";
import type { Layout } from "../core/layout.ts";
import { lendingFrom } from "../core/memory.ts";
import type { GradientContext, GradientKernel, Kernel, Operation } from "../core/op.ts";
import { type Device, unsupported } from "../core/run.ts";
import { lending } from "../core/storage.ts";
import { loadKernels } from "../kernels/use.ts";
import { loadFast } from "./fast.ts";
import { forgetKernels, type Prepared, prepared } from "./prepared.ts";
import { reference } from "./reference/index.ts";
import { onSupply, suppliedKernels } from "./supplying.ts";

export { getNumThreads, setNumThreads } from "../kernels/threads.ts";
export { getDeterministic, setDeterministic } from "../kernels/use.ts";

let usual: Device | undefined;
let arriving: Promise<void> | undefined;
let faster: ((device: Device) => Device) | undefined;
let current: Device | undefined;
lendingFrom(() => getDevice().heap);

/** The device that operations run on unless another is set: the reference kernels, and what is faster once it is loaded. */
export function usualDevice(): Device {
  // Made here and not before: kernels need not be loaded until there is something to compute.
  if (usual === undefined) {
    usual = { ...reference };
    arriving = loadFast((given) => {
      faster = given;
      gather();
    });
    onSupply(gather);
    if (faster === undefined) gather();
    loadKernels();
  }
  return usual;
}

/**
 * Is done when the faster kernels are there, which a bundled page loads beside its work: from then on results do not change
 * with what has come. In Node, and where a program holds them, that is at once. Where they cannot be loaded, a warning says
 * so, and the plain ones stay.
 */
export async function kernelsReady(): Promise<void> {
  usualDevice();
  await Promise.all([arriving, loadKernels()]);
}

/** Gives the usual device the kernels that there are now. */
function gather(): void {
  const { name, kernels } = reference;
  const plain: Device = { name, kernels: Object.assign({}, kernels, ...suppliedKernels()) };
  Object.assign(usual!, faster?.(plain) ?? plain);
  forgetKernels();
}

/** The device that operations run on. */
export function getDevice(): Device {
  current ??= usualDevice();
  return current;
}

/** Makes a device the one that operations run on. @returns the one before */
export function setDevice(device: Device): Device {
  const before = getDevice();
  current = device;
  forgetKernels();
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
  const ready = prepared(operation);
  if (areAligned(inputs) && areAligned(outputs)) executeAligned(ready, inputs, outputs, attributes);
  else throughAligned(kernelOf(ready, inputs), inputs, outputs, attributes);
}

/** `execute` for operands over whole elements. */
export function executeAligned<A>(
  operation: Prepared<A>,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: A,
): void {
  let kernel = kernelOf(operation, inputs);
  const { least } = operation;
  if (least > 0 && inputs[0]!.layout.size * outputs[0]!.layout.size < least) kernel = operation.small!;
  runKernel(kernel, inputs, outputs, attributes);
}

/** Runs a kernel on operands over whole elements. It keeps nothing of the memory that it looks at. */
function runKernel<A>(
  kernel: Kernel<A>,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: A,
): void {
  const before = lending.isOn;
  lending.isOn = true;
  try {
    kernel(inputs, outputs, attributes);
  } finally {
    lending.isOn = before;
  }
}

/**
 * The kernel of an operation on the device in use. It takes operands over whole elements alone: see `execute`.
 * @param inputs for the error
 * @throws NotImplementedError where the device has none
 */
function kernelOf<A>(operation: Prepared<A>, inputs: readonly Operand[]): Kernel<A> {
  return operation.kernel ?? findKernel(operation, inputs);
}

function findKernel<A>(prepared: Prepared<A>, inputs: readonly Operand[]): Kernel<A> {
  const { name } = prepared.operation;
  const device = getDevice();
  const kernel = device.kernels[name];
  if (kernel === undefined) throw unsupported(name, inputs, device.name);
  const small = device.small?.[name];
  prepared.kernel = kernel as Kernel<A>;
  prepared.small = small?.kernel as Kernel<A> | undefined;
  prepared.least = small?.least ?? 0;
  return prepared.kernel;
}

/**
 * An operation's gradient in one go, where the device in use does that for such operands.
 * @param make makes a result that is then written
 * @returns undefined where the gradient has to be computed by the operations that it is made of
 */
export function gradientAtOnce<A, Value extends Operand>(
  operation: Prepared<A>,
  context: Omit<GradientContext<Value, A>, "run">,
  make: (layout: Layout) => Value,
): readonly (Value | undefined)[] | undefined {
  const kernel = operation.gradientKernel;
  if (kernel === null) return undefined;
  const before = lending.isOn;
  lending.isOn = true;
  try {
    return (kernel ?? findGradientKernel(operation))?.(context, make);
  } finally {
    lending.isOn = before;
  }
}

function findGradientKernel<A>(operation: Prepared<A>): GradientKernel<A> | null {
  const kernel = getDevice().gradients?.[operation.operation.name] as GradientKernel<A> | undefined;
  operation.gradientKernel = kernel ?? null;
  return operation.gradientKernel;
}

function areAligned(operands: readonly Operand[]): boolean {
  for (let i = 0; i < operands.length; i++) if (!operands[i]!.layout.isAligned) return false;
  return true;
}

function isAligned(operand: Operand): boolean {
  return operand.layout.isAligned;
}

/** Kernels know whole elements only: operands at odd bytes go in as copies, and results are written back from copies. */
function throughAligned<A>(
  kernel: Kernel<A>,
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: A,
): void {
  const copies = outputs.map((output) => (isAligned(output) ? output : aligned(output)));
  runKernel(
    kernel,
    inputs.map((input) => (isAligned(input) ? input : aligned(input))),
    copies,
    attributes,
  );
  outputs.forEach((output, i) => {
    const copy = copies[i]!;
    if (copy !== output) writeBytes(copy, output);
  });
}

/** Writes the elements of a row-major operand to another of the same shape, byte by byte. */
function writeBytes(from: Operand, to: Operand): void {
  const { itemSize } = from.layout.dtype;
  const source = from.storage.bytes();
  const target = to.storage.bytes();
  let at = 0;
  forEachPosition(to.layout, (position) => {
    target.set(source.subarray(at, at + itemSize), position * to.layout.unit);
    at += itemSize;
  });
}
