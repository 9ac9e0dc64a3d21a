// random/*.json: the numbers behind a seed, in PyTorch and in NumPy. Each part reads one file, or a part of one.

import { isAsWritten } from "../engine.ts";
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

/** The cases of all parts; of those that compute more than they draw where cases do not run as they are written. */
export function* randomCases(folder: string): Iterable<Case> {
  for (const part of isAsWritten() ? parts : [trainingCases]) yield* part(folder);
}
