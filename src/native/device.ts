// The native device: operations that are large enough run as sessions of ONNX Runtime on our own memory; all others are
// another device's.

import type { Operand } from "../core/elements.ts";
import { RuntimeError } from "../core/errors.ts";
import type { Kernel } from "../core/op.ts";
import type { Device } from "../core/run.ts";
import { intoRowMajor } from "../devices/reference/move.ts";
import { type Lowering, lowerings } from "../lowering/index.ts";
import type { Pointer } from "./interface.ts";
import { type Given, given } from "./operands.ts";
import type { Provider } from "./providers.ts";
import type { Runtime } from "./runtime.ts";
import { type OperationSession, OperationSessions } from "./sessions.ts";
import { neverPays, type WhyNot, whyNot } from "./thresholds.ts";

const isEmpty = ({ layout }: Operand): boolean => layout.size === 0;

/**
 * Is told of each run of a kernel: the operation, its operands, and why ONNX Runtime did not do it; undefined where it did.
 * What has no elements to compute is not told of.
 */
export type Listener = (operation: string, inputs: readonly Operand[], why: string | undefined) => void;

/** How a device works. */
export interface DeviceOptions {
  /** From how much work on sessions are used, for tests; default: from where each pays. */
  readonly least?: number;
  /** Is told of what runs where. */
  readonly listener?: Listener;
  /** What sessions run on; default: the processor alone. */
  readonly providers?: readonly Provider[];
  /** So many sessions are kept. */
  readonly mostSessions?: number;
}

/** A device over a runtime. */
export class NativeDevice implements Device {
  readonly name = "native";
  readonly kernels: Device["kernels"];
  readonly runtime: Runtime;
  readonly sessions: OperationSessions;
  private readonly listener: Listener | undefined;

  /** @param base the device that does what is small, and what ONNX does not have */
  constructor(base: Device, runtime: Runtime, options: DeviceOptions = {}) {
    const { listener, providers = [], mostSessions } = options;
    this.runtime = runtime;
    this.sessions = new OperationSessions(runtime, { providers }, mostSessions);
    this.listener = listener;
    const own = Object.entries(lowerings)
      .filter(([name]) => options.least !== undefined || !neverPays(name))
      .map(([name, lowering]) => {
        return [name, this.kernel(name, lowering, base.kernels[name]!, whyNot(name, options.least))] as const;
      });
    const others = listener === undefined ? base.kernels : heard(base.kernels, listener);
    this.kernels = { ...others, ...Object.fromEntries(own) };
  }

  private kernel(
    name: string,
    lowering: Lowering<never>,
    base: Kernel<never>,
    whyNot: WhyNot,
  ): Kernel<never> {
    return (inputs, outputs, attributes) => {
      const why =
        whyNot(inputs, outputs, attributes) ?? this.done(name, lowering, inputs, outputs, attributes);
      if (why !== undefined) base(inputs, outputs, attributes);
      if (this.listener !== undefined && !outputs.every(isEmpty)) this.listener(name, inputs, why);
    };
  }

  /** Runs an operation in the library. @returns why not; undefined when it is done */
  private done(
    name: string,
    lowering: Lowering<never>,
    inputs: readonly Operand[],
    outputs: readonly Operand[],
    attributes: unknown,
  ): string | undefined {
    if (outputs.every(isEmpty)) return "it is empty";
    const operands = inputs.map(given);
    const asked = {
      name,
      attributes,
      lowering,
      inputs: operands.map(({ shape, order }, i) => ({ dtype: inputs[i]!.layout.dtype, shape, order })),
      outputs: outputs.map(({ layout: { dtype, shape } }) => ({ dtype, shape, order: undefined })),
    };
    const session = this.sessions.find(asked);
    if (typeof session === "string") return session;
    try {
      this.into(outputs, (targets) => this.run(session, inputs, operands, targets));
    } catch (error) {
      // Values that are refused, as an index outside: the device below does so in its own words.
      if (error instanceof RuntimeError) return error.message;
      throw error;
    }
    return undefined;
  }

  /** Lets `compute` write row-major outputs, each of which is moved to where it belongs. */
  private into(outputs: readonly Operand[], compute: (targets: readonly Operand[]) => void): void {
    const targets: Operand[] = [];
    const next = (i: number): void => {
      if (i === outputs.length) compute(targets);
      else
        intoRowMajor(outputs[i]!, (target) => {
          targets[i] = target;
          next(i + 1);
        });
    };
    next(0);
  }

  private run(
    { session, inputNames, outputNames }: OperationSession,
    inputs: readonly Operand[],
    operands: readonly Given[],
    targets: readonly Operand[],
  ): void {
    const { runtime } = this;
    const made: Pointer[] = [];
    try {
      operands.forEach(({ data, shape }, i) => {
        made.push(runtime.tensor(data, inputs[i]!.layout.dtype, shape));
      });
      for (const target of targets) {
        const { dtype, shape } = target.layout;
        made.push(runtime.tensor(given(target).data, dtype, shape));
      }
      const handles = BigUint64Array.from(made, BigInt);
      const ins = handles.subarray(0, operands.length);
      runtime.run(session, inputNames, ins, outputNames, handles.subarray(operands.length));
    } finally {
      for (const tensor of made) runtime.releaseTensor(tensor);
    }
  }

  /** Releases its sessions. The device cannot be used any more. */
  release(): void {
    this.sessions.release();
  }
}

/** Kernels whose runs a listener is told of. */
function heard(kernels: Device["kernels"], listener: Listener): Device["kernels"] {
  const own = Object.entries(kernels).map(([name, kernel]) => {
    const told: Kernel<never> = (inputs, outputs, attributes) => {
      kernel!(inputs, outputs, attributes);
      if (!outputs.every(isEmpty)) listener(name, inputs, "it has no lowering");
    };
    return [name, kernel && told] as const;
  });
  return Object.fromEntries(own);
}
