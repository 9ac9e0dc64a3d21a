// `numpy.random`: seeds, engines, and the two ways of drawing numbers from them.

export {
  BitGenerator,
  MT19937,
  PCG64,
  PCG64DXSM,
  Philox,
  type Seed,
  SFC64,
  type StateDict,
} from "./bit-generator.ts";
export { defaultRng, Generator } from "./generator.ts";
export * from "./global.ts";
export { type LegacySeed, type LegacyState, RandomState } from "./random-state.ts";
export { type Entropy, SeedSequence, type SequenceState } from "./seed-sequence.ts";
export type { Size } from "./sizes.ts";
