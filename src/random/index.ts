// The random streams behind a seed: what the NumPy and PyTorch faces draw from.

export { fullRange } from "./bounds.ts";
export {
  fillBernoulli,
  fillExponential,
  fillIntegers,
  fillPermutation,
  fillUniform,
  fillWholeRange,
  permutation,
} from "./distributions.ts";
export { defaultGenerator, Generator } from "./generator.ts";
export { Mt19937, type Mt19937State } from "./mt19937.ts";
export { fillNormal } from "./normal.ts";
