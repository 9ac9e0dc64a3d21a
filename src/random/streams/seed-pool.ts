// How NumPy makes states of seeds (`numpy.random.SeedSequence`, after O'Neill's seed_seq): entropy words are hashed into
// a pool that is mixed all with all, and as many words as are needed are hashed out of it.

const FIRST_IN = 0x43b0d7e5;
const STEP_IN = 0x931e8875;
const FIRST_OUT = 0x8b51f9dd;
const STEP_OUT = 0x58f38ded;
const MIX_LEFT = 0xca01f9dd;
const MIX_RIGHT = 0x4973f715;

/** An integer of at least 0 as 32-bit words, the lowest first; 0 is one word. */
export function entropyWords(value: bigint): number[] {
  const words: number[] = [];
  let rest = value;
  do {
    words.push(Number(rest & 0xffffffffn));
    rest >>= 32n;
  } while (rest > 0n);
  return words;
}

function mix(x: number, y: number): number {
  const value = Math.imul(MIX_LEFT, x) - Math.imul(MIX_RIGHT, y);
  return value ^ (value >>> 16);
}

/** A pool of `size` words that the entropy is mixed into. */
export function mixPool(entropy: readonly number[], size: number): Uint32Array {
  const pool = new Uint32Array(size);
  let constant = FIRST_IN;
  const hash = (word: number): number => {
    const mixed = word ^ constant;
    constant = Math.imul(constant, STEP_IN);
    const value = Math.imul(mixed, constant);
    return value ^ (value >>> 16);
  };
  for (let i = 0; i < size; i++) pool[i] = hash(entropy[i] ?? 0);
  for (let from = 0; from < size; from++) {
    for (let to = 0; to < size; to++) {
      if (from !== to) pool[to] = mix(pool[to]!, hash(pool[from]!));
    }
  }
  for (let from = size; from < entropy.length; from++) {
    for (let to = 0; to < size; to++) pool[to] = mix(pool[to]!, hash(entropy[from]!));
  }
  return pool;
}

/** So many words hashed out of the pool. */
export function wordsOfPool(pool: Uint32Array, count: number): Uint32Array {
  const words = new Uint32Array(count);
  let constant = FIRST_OUT;
  for (let i = 0; i < count; i++) {
    const mixed = pool[i % pool.length]! ^ constant;
    constant = Math.imul(constant, STEP_OUT);
    const value = Math.imul(mixed, constant);
    words[i] = value ^ (value >>> 16);
  }
  return words;
}
