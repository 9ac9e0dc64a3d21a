// The modules of kernels: all kernels, and beside them those of products with multiplications and additions that are rounded
// once, where the engine has relaxed vector instructions (https://github.com/WebAssembly/relaxed-simd).

import { binary, fusedBinary } from "./binary.ts";

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

/** A module of one function of three vectors: f32x4.relaxed_madd of them. */
const probe = [
  ...[0x00, 0x61, 0x73, 0x6d, 0x01, 0x00, 0x00, 0x00],
  ...[0x01, 0x08, 0x01, 0x60, 0x03, 0x7b, 0x7b, 0x7b, 0x01, 0x7b],
  ...[0x03, 0x02, 0x01, 0x00],
  ...[0x0a, 0x0d, 0x01, 0x0b, 0x00, 0x20, 0x00, 0x20, 0x01, 0x20, 0x02, 0xfd, 0x85, 0x02, 0x0b],
];

/** True iff the engine has relaxed vector instructions. */
export function hasRelaxedVectors(): boolean {
  return WebAssembly.validate(new Uint8Array(probe));
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
    modules = texts.map((text) => compile(text, isShared));
    compiled.set(key, modules);
  }
  return modules;
}
