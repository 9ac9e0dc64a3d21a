// The suites by name.

import { chainCases } from "./chains.ts";
import { fileCases } from "./files.ts";
import { interopCases } from "./interop.ts";
import { modelsCases } from "./models/suite.ts";
import { numpyCases } from "./numpy.ts";
import { promotionCases } from "./promotion.ts";
import { randomCases } from "./random/suite.ts";
import { moduleCases } from "./recorded/modules.ts";
import { operatorCases } from "./recorded/operators.ts";
import { optimizerCases } from "./recorded/optimizers.ts";
import { schedulerCases } from "./recorded/schedulers.ts";
import { claimCases } from "./seeds.ts";
import type { Case, Suite } from "./suite.ts";
import { textCases } from "./text.ts";

function* layoutCases(folder: string): Iterable<Case> {
  yield* chainCases(folder);
  yield* interopCases(folder);
  yield* promotionCases(folder);
}

/** What can be run. */
export const suites: Readonly<Record<string, Suite>> = {
  layout: layoutCases,
  text: textCases,
  seeds: claimCases,
  files: fileCases,
  numpy: numpyCases,
  random: randomCases,
  ops: operatorCases,
  models: modelsCases,
  modules: moduleCases,
  optim: optimizerCases,
  schedulers: schedulerCases,
};
