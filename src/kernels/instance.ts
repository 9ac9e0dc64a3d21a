// The WebAssembly kernels of kernels/, made ready when they are first asked for. They work on a memory of their own: what
// they are given is copied in, block by block, and what they make is copied out, so that storages stay ordinary memory.

import { binary } from "./binary.ts";

/** What the module exports: see kernels/index.ts. */
export interface KernelExports {
  isFinite32(start: number, count: number): number;
  scratchStart(): number;
}

const page = 2 ** 16;
/** What there is at first; memory that is not touched is not taken. */
const firstPages = 2 ** 25 / page;
const mostPages = 2 ** 30 / page;

/** The kernels, and scratch in their memory. */
export class Kernels {
  readonly exports: KernelExports;
  /** All of the memory, from address 0 on; made anew when it grows: not to be kept over a call of `scratch`. */
  bytes: Uint8Array<ArrayBuffer>;
  floats: Float32Array<ArrayBuffer>;
  /** Where scratch begins, in bytes: a multiple of 64. */
  readonly start: number;
  private readonly memory: WebAssembly.Memory;

  constructor(exports: KernelExports, memory: WebAssembly.Memory) {
    this.exports = exports;
    this.memory = memory;
    this.start = exports.scratchStart();
    this.bytes = new Uint8Array(memory.buffer as ArrayBuffer);
    this.floats = new Float32Array(memory.buffer as ArrayBuffer);
  }

  /**
   * Sees to it that there are so many bytes of scratch.
   * @returns where they begin
   * @throws RangeError when the memory cannot grow so far
   */
  scratch(byteLength: number): number {
    const missing = this.start + byteLength - this.bytes.byteLength;
    if (missing > 0) {
      this.memory.grow(Math.ceil(missing / page));
      this.bytes = new Uint8Array(this.memory.buffer as ArrayBuffer);
      this.floats = new Float32Array(this.memory.buffer as ArrayBuffer);
    }
    return this.start;
  }
}

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

function make(): Kernels | null {
  if (typeof WebAssembly === "undefined") return null;
  try {
    const memory = new WebAssembly.Memory({ initial: firstPages, maximum: mostPages });
    const module = new WebAssembly.Module(bytesOf(binary));
    const { exports } = new WebAssembly.Instance(module, { env: { memory } });
    return new Kernels(exports as unknown as KernelExports, memory);
  } catch {
    // No vector instructions, or a page whose policy forbids WebAssembly: the reference kernels do the work.
    return null;
  }
}

let instance: Kernels | null | undefined;

/** The kernels; undefined where there is no WebAssembly with vectors of 128 bits. */
export function kernels(): Kernels | undefined {
  if (instance === undefined) instance = make();
  return instance ?? undefined;
}
