// Numbers of the Mersenne Twister in single precision: uniform ones, and normal ones in blocks of 16.

import { copyNumbers } from "./numbers.ts";
import { kernels, parallelKernels } from "./use.ts";

const stateBytes = 2560;
/** Elements made at a time: they stay in the first cache; whole blocks of 16. */
const chunk = 2 ** 12;
/** The same where threads turn them into normal ones, and how many blocks of 16 one of them takes at a time. */
const threadedChunk = 2 ** 18;
const grain = 2 ** 10;

/**
 * Fills with uniform numbers, or with normal ones of mean 0 where a deviation is given; what is behind the last whole block
 * of 16 stays uniform then.
 * @param words the 624 words of the state, which are replaced
 * @param next index of the next word to give out; 624 where all are
 * @returns the same afterwards; undefined where there are no kernels, and nothing was done
 */
export function twisterNumbers(
  words: Uint32Array,
  next: number,
  target: Float32Array,
  deviation?: number,
): number | undefined {
  const isThreaded = deviation !== undefined && target.length >= threadedChunk;
  const made = isThreaded ? parallelKernels() : kernels();
  if (made === undefined) return undefined;
  const length = isThreaded ? threadedChunk : chunk;
  const start = made.scratch(stateBytes + 4 * length);
  const { exports, floats } = made;
  const state = new Uint32Array(floats.buffer, start, words.length);
  state.set(words);
  const numbers = start + stateBytes;
  let at = next;
  for (let done = 0; done < target.length; done += length) {
    const count = Math.min(length, target.length - done);
    at = exports.twisterUniforms32(start, at, numbers, count);
    if (deviation !== undefined) made.parallel("normals32", [numbers, deviation], count >> 4, grain);
    copyNumbers(target.subarray(done, done + count), floats.subarray(numbers >> 2, (numbers >> 2) + count));
  }
  words.set(state);
  return at;
}
