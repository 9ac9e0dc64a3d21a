// The entry `weightbridge/native`: large operations run in ONNX Runtime, synchronously, on our own memory. In Node, where
// the packages onnxruntime-node and koffi are installed.

import type { Device } from "../core/run.ts";
import { getDevice, getNumThreads, setDevice } from "../devices/index.ts";
import { NativeDevice } from "./device.ts";
import { holdRuntime, type RuntimeHold } from "./shared.ts";

export type { LiveObjects } from "./runtime.ts";
export type { NativeDevice };

/** How ONNX Runtime is opened. */
export interface NativeOptions {
  /** Its library; default: the one that WEIGHTBRIDGE_ONNXRUNTIME names, or that of the package onnxruntime-node. */
  readonly library?: string;
  /** How many threads an operation is divided among; default: `torch.getNumThreads()`. */
  readonly threads?: number;
}

let current:
  | { readonly device: NativeDevice; readonly before: Device; readonly hold: RuntimeHold }
  | undefined;

/**
 * Has large operations run in ONNX Runtime from here on; small ones, and those that ONNX does not have, run as before.
 * @returns the device; its `sessions.refused` tells what ONNX Runtime did not take, and why
 * @throws RuntimeError naming what is missing, or what is wrong with the library
 */
export function useNative({ library, threads }: NativeOptions = {}): NativeDevice {
  releaseNative();
  const before = getDevice();
  const hold = holdRuntime(threads, getNumThreads, library);
  const device = new NativeDevice(before, hold.runtime);
  setDevice(device);
  current = { device, before, hold };
  return device;
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
