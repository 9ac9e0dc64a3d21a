// The numbers that works are given: the same for every engine.

/** `length` numbers in [-0.5, 0.5). */
export function numbers(length, seed = 0) {
  const array = new Float32Array(length);
  for (let i = 0; i < length; i++) array[i] = (((i + seed) * 7919) % 10007) / 10007 - 0.5;
  return array;
}
