// Copies between storages and the kernels' memory.

/** The arrays that are copied. */
type Numbers = Float32Array | Float64Array | Uint16Array | Uint8Array | Int32Array;

/** Memory begins where a multiple of this does. */
const word = 8;

/**
 * `target.set(source)` for arrays of one type. V8 copies into and out of shared memory byte by byte, at a twentieth of the
 * speed, where the two do not begin at the same place within a word of memory: there element by element is faster.
 */
export function copyNumbers<A extends Numbers>(target: A, source: A): void {
  const isAligned = (target.byteOffset - source.byteOffset) % word === 0;
  if (isAligned || (!isShared(target) && !isShared(source))) target.set(source);
  else for (let i = 0; i < source.length; i++) target[i] = source[i]!;
}

/** A page of memory holds at least so many bytes on any machine. */
const pageBytes = 4096;

/**
 * Copies `count` entries from `from` on into the kernels' memory, from `at` on. At each page of memory the machine waits to
 * learn where it lies, and fetches nothing ahead beyond it: one look at every page beforehand lets all of them wait at once,
 * which makes the copy an eighth faster.
 */
export function copyIn<A extends Float32Array | Uint8Array>(
  memory: A,
  at: number,
  source: A,
  from: number,
  count: number,
): void {
  const page = pageBytes / source.BYTES_PER_ELEMENT;
  const end = from + count;
  let sum = 0;
  for (let i = from; i < end; i += page) sum += source[i]!;
  // An engine leaves out what has no use. The copy overwrites it.
  memory[at] = sum;
  memory.set(source.subarray(from, end), at);
}

/** Copies `count` entries out of the kernels' memory, the same way. New memory is written, for looking at it would cost more. */
export function copyOut<A extends Float32Array | Uint8Array>(
  target: A,
  to: number,
  memory: A,
  at: number,
  count: number,
): void {
  const page = pageBytes / target.BYTES_PER_ELEMENT;
  const end = to + count;
  for (let i = to; i < end; i += page) target[i] = 0;
  target.set(memory.subarray(at, at + count), to);
}

function isShared({ buffer }: Numbers): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}
