// What kernels read and write: where it lies in their memory, or in scratch that it is copied to and from.

import type { Kernels } from "./instance.ts";
import { copyNumbers } from "./numbers.ts";

/** A page of memory holds at least so many bytes on any machine. */
const pageBytes = 4096;

/** Each thread has so many bytes for kernels that need memory of their own: see kernels/own.ts. */
export const ownBytes: number = 2 ** 12;

/** Kernels that go over elements write so many at a time, and so up to one less behind the last. */
export const unit: number = 16;

/**
 * How many of `left` elements to give kernels next: a block, or, for several threads, which find all elements where they lie,
 * a multiple of `whole` that is as large as can be. Parts that are not of whole units would write into each other.
 */
export const nextOf = ({ threads }: Kernels, left: number, block: number, whole: number = unit): number =>
  threads > 1 && left > block && whole % unit === 0 ? left - (left % whole) : Math.min(left, block);

/** The kernels' memory as an array of a type. */
const memoryAs = <A extends Float32Array | Uint8Array>({ memory }: Kernels, { BYTES_PER_ELEMENT }: A): A =>
  (BYTES_PER_ELEMENT === 1 ? memory.shown.bytes : memory.shown.floats) as A;

/**
 * Copies `count` entries from `from` on into the kernels' memory, from byte `at` on. At each page of memory the machine waits
 * to learn where it lies, and fetches nothing ahead beyond it: one look at every page beforehand lets all of them wait at
 * once, which makes the copy an eighth faster.
 */
export function copyIn<A extends Float32Array | Uint8Array>(
  made: Kernels,
  at: number,
  source: A,
  from: number,
  count: number,
): void {
  const size = source.BYTES_PER_ELEMENT;
  if (made.sees(source)) {
    made.exports.copyLines(source.byteOffset + from * size, 0, at, 0, 1, count * size);
    return;
  }
  const memory = memoryAs(made, source);
  const first = at / size;
  const end = from + count;
  let sum = 0;
  for (let i = from; i < end; i += pageBytes / size) sum += source[i]!;
  // An engine leaves out what has no use. The copy overwrites it.
  memory[first] = sum;
  if (made.isShared) copyNumbers(memory.subarray(first, first + count), source.subarray(from, end));
  else memory.set(source.subarray(from, end), first);
}

/** Copies `lines` lines of `length` entries, `step` entries apart, into the kernels' memory, one behind the other. */
export function copyLines(
  made: Kernels,
  at: number,
  source: Float32Array,
  from: number,
  step: number,
  lines: number,
  length: number,
): void {
  const size = source.BYTES_PER_ELEMENT;
  if (made.sees(source)) {
    const first = source.byteOffset + from * size;
    made.exports.copyLines(first, step * size, at, length * size, lines, length * size);
    return;
  }
  const { floats } = made;
  for (let i = 0, a = from, to = at / size; i < lines; i++, a += step, to += length) {
    if (made.isShared) copyNumbers(floats.subarray(to, to + length), source.subarray(a, a + length));
    else floats.set(source.subarray(a, a + length), to);
  }
}

/** Copies `count` entries out of the kernels' memory, the same way. New memory is written, for looking at it would cost more. */
export function copyOut<A extends Float32Array | Uint8Array>(
  made: Kernels,
  target: A,
  to: number,
  at: number,
  count: number,
): void {
  const size = target.BYTES_PER_ELEMENT;
  if (made.sees(target)) {
    made.exports.copyLines(at, 0, target.byteOffset + to * size, 0, 1, count * size);
    return;
  }
  const first = at / size;
  const end = to + count;
  for (let i = to; i < end; i += pageBytes / size) target[i] = 0;
  const source = memoryAs(made, target).subarray(first, first + count);
  if (made.isShared) copyNumbers(target.subarray(to, end), source);
  else target.set(source, to);
}

/**
 * Where kernels read `count` entries of an array from `from` on: where they lie, or in scratch that they are copied to.
 * @param scratch where that is, in bytes
 * @returns an address
 */
export function placeToRead<A extends Float32Array | Uint8Array>(
  made: Kernels,
  source: A,
  from: number,
  count: number,
  scratch: number,
): number {
  if (made.sees(source)) return source.byteOffset + from * source.BYTES_PER_ELEMENT;
  copyIn(made, scratch, source, from, count);
  return scratch;
}

/**
 * Where kernels write `count` entries of a storage's array from `to` on: where they lie, or in scratch, from which they are to
 * be copied out. Kernels that write more than they are told to may do so behind the end of a storage alone.
 * @param unit kernels write a multiple of so many
 * @returns an address, which is `scratch` where that is to be copied out
 */
export function placeToWrite<A extends Float32Array | Uint8Array>(
  made: Kernels,
  target: A,
  to: number,
  count: number,
  scratch: number,
  unit = 1,
): number {
  if (!made.sees(target) || (count % unit !== 0 && to + count !== target.length)) return scratch;
  return target.byteOffset + to * target.BYTES_PER_ELEMENT;
}
