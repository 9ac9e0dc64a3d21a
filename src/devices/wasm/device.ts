// A device of WebAssembly kernels: each says what work it takes over; everything else is the reference device's.

import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import type { Device, SmallKernel } from "../../core/run.ts";
import { kernelHeap } from "../../kernels/lent.ts";
import { NoScratch } from "../../kernels/places.ts";
import { kernels } from "../../kernels/use.ts";

/** A kernel that takes work over where it is large enough. */
export interface Row<Attributes> {
  /**
   * How much there is to do, in what the kernel's threshold counts: elements, or multiplications. It is at most the
   * product of the sizes of the first input and the first output.
   */
  readonly work: (inputs: readonly Operand[], outputs: readonly Operand[], attributes: Attributes) => number;
  /** From how much on the call pays. */
  readonly least: number;
  /**
   * Does the work.
   * @returns false, with nothing done, for element types or layouts that it is not made for
   * @throws NoScratch with nothing done
   */
  readonly run: (inputs: readonly Operand[], outputs: readonly Operand[], attributes: Attributes) => boolean;
}

/** Kernels by the operation's name. */
export type Rows = Readonly<Record<string, Row<never>>>;

function withReference({ work, run }: Row<never>, least: number, reference: Kernel<never>): Kernel<never> {
  return (inputs, outputs, attributes) => {
    // What is small for certain is seen without a call, here and before the kernel is chosen.
    const isLarge =
      inputs[0]!.layout.size * outputs[0]!.layout.size >= least && work(inputs, outputs, attributes) >= least;
    if (isLarge && kernels() !== undefined && isDone(run, inputs, outputs, attributes)) return;
    reference(inputs, outputs, attributes);
  };
}

/** Does the work, unless the kernels' memory cannot hold it. */
function isDone(
  run: Row<never>["run"],
  inputs: readonly Operand[],
  outputs: readonly Operand[],
  attributes: never,
): boolean {
  try {
    return run(inputs, outputs, attributes);
  } catch (error) {
    if (error instanceof NoScratch) return false;
    throw error;
  }
}

/**
 * A device of these kernels over another's, for the operations that it has.
 * @param least from how much work on the kernels are used, for tests; default: from where each pays
 */
export function deviceOver(reference: Device, rows: Rows, least?: number): Device {
  const all: Record<string, Kernel<never> | undefined> = { ...reference.kernels };
  const small: Record<string, SmallKernel> = {};
  for (const [name, row] of Object.entries(rows)) {
    const kernel = reference.kernels[name];
    if (kernel === undefined) continue;
    const from = least ?? row.least;
    all[name] = withReference(row, from, kernel);
    small[name] = { kernel, least: from };
  }
  return { name: "wasm", kernels: all, small, heap: kernelHeap };
}
