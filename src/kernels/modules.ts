// The modules of kernels: all kernels, and beside them those of products and functions with multiplications and additions that
// are rounded once, where the engine has relaxed vector instructions (https://github.com/WebAssembly/relaxed-simd).

import { binary, fusedBinary } from "./binary.ts";
import { builtin } from "./machine.ts";

function bytesOf(base64: string): Uint8Array<ArrayBuffer> {
  const text = atob(base64);
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < bytes.length; i++) bytes[i] = text.charCodeAt(i);
  return bytes;
}

/** The import of memory in the binary format: module and name with their lengths, the kind, and behind it the flags. */
const memoryImport = "\x03env\x06memory\x02";
/** Limits with a maximum, of plain memory and of shared memory. */
const plainLimits = 1;
const sharedLimits = 3;

/** A module, which imports plain or shared memory: a byte says which. */
function compile(base64: string, isShared: boolean): WebAssembly.Module {
  const bytes = bytesOf(base64);
  const head = String.fromCharCode(...bytes.subarray(0, 2 ** 12));
  bytes[head.indexOf(memoryImport) + memoryImport.length] = isShared ? sharedLimits : plainLimits;
  return new WebAssembly.Module(bytes);
}

/** A module of a function `f` of two numbers: f32x4.relaxed_madd of the first, the first and the second. */
const probe = new Uint8Array([
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x07, 0x01, 0x60, 0x02, 0x7d, 0x7d, 0x01, 0x7d],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x07, 0x05, 0x01, 0x01, 0x66, 0x00, 0x00],
  ...[0x0a, 0x16, 0x01, 0x14, 0x00],
  ...[0x20, 0x00, 0xfd, 0x13, 0x20, 0x00, 0xfd, 0x13, 0x20, 0x01, 0xfd, 0x13],
  ...[0xfd, 0x85, 0x02, 0xfd, 0x1f, 0x00, 0x0b],
]);

/** The version of V8 in Node 20. It has relaxed vector instructions as later ones do, for modules compiled under a flag. */
const flagged = "11.3.";

/** Does something under V8's flag for relaxed vector instructions, where they need one; it stays set no longer than that. */
function withRelaxedVectors<Result>(work: () => Result): Result {
  const { process } = globalThis as { process?: { versions?: { v8?: string } } };
  const v8 = builtin("node:v8") as { setFlagsFromString(flags: string): void } | undefined;
  const needsFlag = process?.versions?.v8?.startsWith(flagged) === true && !WebAssembly.validate(probe);
  if (v8 === undefined || !needsFlag) return work();
  v8.setFlagsFromString("--experimental-wasm-relaxed-simd");
  try {
    return work();
  } finally {
    v8.setFlagsFromString("--no-experimental-wasm-relaxed-simd");
  }
}

/** True iff the engine has relaxed vector instructions, and rounds a product and sum once: not every processor does. */
export function roundsOnce(): boolean {
  return withRelaxedVectors(() => {
    if (!WebAssembly.validate(probe)) return false;
    const { f } = new WebAssembly.Instance(new WebAssembly.Module(probe)).exports;
    // The square of 1 + 2^-23 is 1 + 2^-22 + 2^-46, whose last term a rounding takes away.
    return (f as (a: number, c: number) => number)(1 + 2 ** -23, -1 - 2 ** -22) !== 0;
  });
}

const compiled = new Map<string, readonly WebAssembly.Module[]>();

/**
 * The modules, of which a later one's kernels stand for those of the same name before; compiled once.
 * @param isShared over memory that threads share
 * @param isFused with the kernels that round once
 * @throws where the engine does not know their instructions
 */
export function modulesOf(isShared: boolean, isFused: boolean): readonly WebAssembly.Module[] {
  const key = `${isShared} ${isFused}`;
  let modules = compiled.get(key);
  if (modules === undefined) {
    const texts = isFused ? [binary, fusedBinary] : [binary];
    modules = withRelaxedVectors(() => texts.map((text) => compile(text, isShared)));
    compiled.set(key, modules);
  }
  return modules;
}
