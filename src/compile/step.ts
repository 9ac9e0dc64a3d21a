// compileStep: a whole training step as one graph.

import {
  type Answer,
  type DeviceName,
  type EngineOptions,
  engineFor,
  isWebDevice,
} from "./engines/choose.ts";
import { Held } from "./held.ts";
import { type ProgressOptions, Watch } from "./progress.ts";
import { Replay } from "./replay.ts";

/** How a step is compiled. */
export interface StepOptions<Device extends DeviceName = DeviceName>
  extends EngineOptions<Device>,
    ProgressOptions {
  /**
   * True iff the gradients of parameters that the step updates can be read afterwards; default: false, they are only part of
   * the graph. Gradients that the step leaves to others (it does not update the parameter) are always there.
   */
  readonly keepGradients?: boolean;
}

/** A compiled step. */
export interface CompiledStep<
  Arguments extends readonly unknown[],
  Result,
  Device extends DeviceName = "native",
> {
  /**
   * Runs the step: at once on native devices. On "wasm" and "webgpu" the function runs at once, and what it does to tensors when
   * the steps before are done: the promise tells when that is.
   */
  (...args: Arguments): Answer<Result, Device>;
  /** How many calls ran as a graph, and how many one operation at a time. */
  readonly counts: { readonly compiled: number; readonly followed: number };
  /** Gives back what it holds of the engine. */
  release(): void;
}

/**
 * Compiles a training step: what the function does to tensors (forward, loss, `backward()`, clipping, `optimizer.step()`) runs
 * as one graph of ONNX Runtime, and writes parameters and the optimizer's state where they are.
 *
 * The function itself runs at each call, on tensors without values, so learning rates, schedules, counts of steps and random
 * numbers are those of an uncompiled run. The first calls run one operation at a time, until two calls have done the same.
 * What depends on values (`item()`, `if (loss > 1)`) is refused; what a call returns can be read.
 * @throws RuntimeError naming the package that is missing, or the line that looks at a value
 */
export function compileStep<
  Arguments extends readonly unknown[],
  Result,
  Device extends DeviceName = "native",
>(
  step: (...args: Arguments) => Result,
  options: StepOptions<Device> = {},
): CompiledStep<Arguments, Result, Device> {
  const { device = "native", keepGradients = false } = options;
  const engine = engineFor(options);
  const replay = new Replay(step, engine, { keepGradients, watch: new Watch(step.name || "step", options) });
  const held = new Held(engine, replay.abandoned);
  const call = (...args: Arguments): Result | Promise<Result> => {
    held.check();
    return replay.call(...args);
  };
  const compiled = isWebDevice(device) ? async (...args: Arguments) => call(...args) : call;
  const program = Object.assign(compiled as (...args: Arguments) => Answer<Result, Device>, {
    counts: replay.counts,
    release: () => replay.whenDone(() => held.release()),
  });
  return held.watch(program);
}
