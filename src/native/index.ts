// The entry `weightbridge/native`: large operations run in ONNX Runtime, synchronously, on our own memory. In Node, where
// the packages onnxruntime-node and koffi are installed.

import { float32 } from "../core/dtype.ts";
import type { Device } from "../core/run.ts";
import { getDevice, getNumThreads, setDevice } from "../devices/index.ts";
import { GraphBuilder } from "../onnx/graph.ts";
import { NativeDevice } from "./device.ts";
import type { Provider } from "./providers.ts";
import type { Runtime } from "./runtime.ts";
import { holdRuntime, type RuntimeHold } from "./shared.ts";

export type { Provider, ProviderOptions } from "./providers.ts";
export type { LiveObjects } from "./runtime.ts";
export type { NativeDevice };

/** How ONNX Runtime is opened. */
export interface NativeOptions {
  /** Its library; default: the one that WEIGHTBRIDGE_ONNXRUNTIME names, or that of the package onnxruntime-node. */
  readonly library?: string;
  /** How many threads an operation is divided among; default: `torch.getNumThreads()`. */
  readonly threads?: number;
  /**
   * What operations run on, the first that can, where the library has them: "CUDA", "CoreML", "DML", ... or
   * `{ name: "CUDA", options: { device_id: "1" } }`. What none can, and everything by default, the processor does.
   */
  readonly providers?: readonly Provider[];
}

let current:
  | { readonly device: NativeDevice; readonly before: Device; readonly hold: RuntimeHold }
  | undefined;

/**
 * Has large operations run in ONNX Runtime from here on; small ones, and those that ONNX does not have, run as before.
 * @returns the device; its `sessions.refused` tells what ONNX Runtime did not take, and why
 * @throws RuntimeError naming what is missing, or what is wrong with the library; ValueError for a provider that it has not
 */
export function useNative({ library, threads, providers = [] }: NativeOptions = {}): NativeDevice {
  releaseNative();
  const before = getDevice();
  const hold = holdRuntime(threads, getNumThreads, library);
  try {
    if (providers.length > 0) tryProviders(hold.runtime, providers);
  } catch (error) {
    hold.release();
    throw error;
  }
  const device = new NativeDevice(before, hold.runtime, { providers });
  setDevice(device);
  current = { device, before, hold };
  return device;
}

/** Makes a session on providers: one that is there and does not work would be told of by no operation. */
function tryProviders(runtime: Runtime, providers: readonly Provider[]): void {
  const graph = new GraphBuilder();
  const x = graph.input("x", float32, [1]);
  graph.output("y", graph.node("Relu", [x], x));
  runtime.session(graph.model("providers"), { providers }).release();
}

/** Has all operations run without ONNX Runtime again, and releases what it holds. */
export function releaseNative(): void {
  if (current === undefined) return;
  const { device, before, hold } = current;
  current = undefined;
  setDevice(before);
  device.release();
  hold.release();
}
