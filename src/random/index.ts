// The random streams behind a seed: what the NumPy and PyTorch faces draw from.

export { fullRange, printed } from "./bounds.ts";
export { fillCauchy, fillExponential, fillLogNormal } from "./continuous.ts";
export { binomialNumber, fillGeometric, poissonNumber } from "./counts.ts";
export {
  fillBernoulli,
  fillIntegers,
  fillPermutation,
  fillTosses,
  fillUniform,
  fillWholeRange,
  permutation,
} from "./distributions.ts";
export { binomial, legacyBinomial, multinomial } from "./draws/binomial.ts";
export {
  beta,
  chisquare,
  f,
  gumbel,
  laplace,
  legacyBeta,
  legacyWald,
  logistic,
  noncentralChisquare,
  noncentralF,
  standardT,
  triangular,
  vonmises,
  wald,
  wrappedVonmises,
} from "./draws/continuous.ts";
export {
  geometric,
  legacyGeometric,
  legacyLogseries,
  legacyZipf,
  logGamma,
  logseries,
  negativeBinomial,
  poisson,
  zipf,
} from "./draws/discrete.ts";
export { standardGamma32 } from "./draws/gamma32.ts";
export {
  colorCounts,
  colorMarginals,
  hypergeometric,
  legacyHypergeometric,
} from "./draws/hypergeometric.ts";
export { BoundedIntegers, fillBounded, lemireWord, maskedWord } from "./draws/integers.ts";
export { sampleOf, shuffledOrder, shuffleItems, weightedChoices, weightedSample } from "./draws/orders.ts";
export { PolarVariates, Variates, ZigguratVariates } from "./draws/variates.ts";
export {
  invertedExponential,
  invertedExponential32,
  standardExponential,
  standardExponential32,
  standardNormal,
  standardNormal32,
} from "./draws/ziggurat.ts";
export { logarithm } from "./elementary.ts";
export { defaultGenerator, Generator } from "./generator.ts";
export { Mt19937, type Mt19937State } from "./mt19937.ts";
export { fillNormal } from "./normal.ts";
export type { BitStream } from "./streams/bit-stream.ts";
export type { BlockStream } from "./streams/block-stream.ts";
export { type Pcg, Pcg64DxsmStream, Pcg64Stream } from "./streams/pcg64.ts";
export { PhiloxStream } from "./streams/philox.ts";
export { entropyWords, mixPool, wordsOfPool } from "./streams/seed-pool.ts";
export { Sfc64Stream } from "./streams/sfc64.ts";
export { TwisterStream } from "./streams/twister.ts";
export { bigOfWords } from "./streams/words.ts";
export { fillElements } from "./targets.ts";
