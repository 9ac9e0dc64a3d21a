// random/*.json: the numbers behind a seed, in PyTorch and in NumPy. Each part reads one file, or a part of one.

import type { Case, Suite } from "../suite.ts";
import { numpyRandomCases } from "./numpy.ts";
import { torchGeneratorCases } from "./torch-generators.ts";
import { torchInitialCases } from "./torch-initial.ts";
import { torchOrderCases } from "./torch-orders.ts";
import { torchStreamCases } from "./torch-streams.ts";
import { trainingCases } from "./training.ts";

const parts: readonly Suite[] = [
  torchStreamCases,
  torchGeneratorCases,
  torchInitialCases,
  torchOrderCases,
  trainingCases,
  numpyRandomCases,
];

/** The cases of all parts. */
export function* randomCases(folder: string): Iterable<Case> {
  for (const part of parts) yield* part(folder);
}
