// Which engine runs what is compiled, by the name of the device.

import { RuntimeError, ValueError } from "../../core/errors.ts";
import type { SavedOptions } from "../../native/session-options.ts";
import type { Engine } from "./engine.ts";
import { type OnnxRuntimeWeb, type WebDeviceName, webEngine } from "./web.ts";

/**
 * What runs at once, in Node: ONNX Runtime's own library, on the processor ("native"), or on what else the library has been
 * built for.
 */
export type NativeDeviceName = "native" | "cuda" | "tensorrt" | "coreml" | "dml";

/** What compiled programs run on. */
export type DeviceName = NativeDeviceName | WebDeviceName;

/** What a compiled program gives on a device: the result, or a promise of it. */
export type Answer<Result, Device extends DeviceName> = Device extends WebDeviceName
  ? Promise<Awaited<Result>>
  : Result;

/** What compiled programs run on. */
export interface EngineOptions<Device extends DeviceName = DeviceName> {
  /**
   * What the graph runs on. By default "native": ONNX Runtime's library in Node (packages onnxruntime-node and koffi), called
   * synchronously; "cuda", "tensorrt", "coreml" and "dml" are that library on other devices, where it has them. "wasm" and
   * "webgpu" are the package onnxruntime-web, in pages and in Node: calls give promises.
   */
  readonly device?: Device;
  /** How many threads the work is divided among; default: `torch.getNumThreads()`. */
  readonly threads?: number;
  /** On "wasm" and "webgpu": what the package onnxruntime-web exports; default: it is imported by its name. */
  readonly onnxruntime?: OnnxRuntimeWeb;
  /** On the other devices: the path of ONNX Runtime's library; default: that of the package onnxruntime-node. */
  readonly library?: string;
  /**
   * On "native": a folder in which graphs that hold weights are kept as ONNX Runtime has rewritten them, so that the next start
   * finds them there; or the folder and how many bytes may lie in it. Default: what the environment's WEIGHTBRIDGE_CACHE names,
   * else none; `false` is none in any case.
   */
  readonly cache?: string | SavedOptions | false;
}

/** Makes the native engine. @param providers what graphs run on besides the processor */
export type NativeEngines = (
  threads: number | undefined,
  library: string | undefined,
  providers: readonly string[],
  cache: SavedOptions | false | undefined,
) => Engine;

let nativeEngines: NativeEngines | undefined;

/** Says how native engines are made, where there are such: not in a page, which loads nothing of them. */
export function provideNative(engines: NativeEngines): void {
  nativeEngines = engines;
}

const natives: Readonly<Record<NativeDeviceName, readonly string[]>> = {
  native: [],
  cuda: ["CUDA"],
  tensorrt: ["Tensorrt"],
  coreml: ["CoreML"],
  dml: ["DML"],
};

/** True iff calls on the device give promises. */
export const isWebDevice = (device: DeviceName): device is WebDeviceName =>
  device === "wasm" || device === "webgpu";

/**
 * The engine of a device.
 * @throws RuntimeError naming what is missing, or the devices that there are
 */
export function engineFor({
  device = "native",
  threads,
  onnxruntime,
  library,
  cache,
}: EngineOptions): Engine {
  if (cache !== undefined && cache !== false && device !== "native")
    throw new ValueError(`cache: graphs are kept for the device "native", and not for "${device}"`);
  if (isWebDevice(device)) return webEngine(device, onnxruntime, threads);
  const providers = natives[device];
  if (providers === undefined) {
    const names = [...Object.keys(natives), "wasm", "webgpu"].map((name) => `"${name}"`);
    throw new ValueError(`there is no device "${device}": it is one of ${names.join(", ")}`);
  }
  if (nativeEngines !== undefined) {
    return nativeEngines(threads, library, providers, typeof cache === "string" ? { folder: cache } : cache);
  }
  throw new RuntimeError(
    `a page has no device "${device}": give { device: "wasm" } or { device: "webgpu" }, which are those of onnxruntime-web`,
  );
}
