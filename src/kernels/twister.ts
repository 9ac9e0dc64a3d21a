// Numbers of the Mersenne Twister in single precision: uniform ones, and normal ones in blocks of 16.

import { kernels } from "./instance.ts";

const stateBytes = 2560;
/** Elements made at a time: they stay in the first cache; whole blocks of 16. */
const chunk = 2 ** 12;

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
  const made = kernels();
  if (made === undefined) return undefined;
  const start = made.scratch(stateBytes + 4 * chunk);
  const { exports, floats } = made;
  const state = new Uint32Array(floats.buffer, start, words.length);
  state.set(words);
  const numbers = start + stateBytes;
  let at = next;
  for (let done = 0; done < target.length; done += chunk) {
    const count = Math.min(chunk, target.length - done);
    at = exports.twisterUniforms32(start, at, numbers, count);
    if (deviation !== undefined) exports.normals32(numbers, count >> 4, deviation);
    target.set(floats.subarray(numbers >> 2, (numbers >> 2) + count), done);
  }
  words.set(state);
  return at;
}
