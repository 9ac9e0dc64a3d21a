// Copies between arrays of which one may lie in shared memory.

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

function isShared({ buffer }: Numbers): boolean {
  return typeof SharedArrayBuffer !== "undefined" && buffer instanceof SharedArrayBuffer;
}
