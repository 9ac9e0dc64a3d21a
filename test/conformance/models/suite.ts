// The suite `models`: every recorded model is ported from every one of its files without being told the mapping; every
// mistake of part B is named, called undecidable, or found and repaired, as its truth says.

import { referenceFolder } from "../../support/reference.ts";
import { isAsWritten } from "../engine.ts";
import type { Case } from "../suite.ts";
import { recordedModels } from "./case.ts";
import { mappingCases } from "./mapping.ts";
import { modelCases } from "./model.ts";
import { portCases } from "./port.ts";
import { trainingCases } from "./training.ts";
import { wrongCases } from "./wrong.ts";
import { zooCases } from "./zoo.ts";

/** All cases; those whose names hold a word of the environment variable ONLY, where there is one. */
export function* modelsCases(folder: string = referenceFolder): Iterable<Case> {
  const words = process.env.ONLY?.split(",");
  for (const recorded of recordedModels(folder)) {
    if (words !== undefined && !words.some((word) => recorded.name.includes(word))) continue;
    yield* modelCases(recorded);
    if (isAsWritten()) {
      yield* mappingCases(recorded);
      yield* recorded.file.part === "B" ? wrongCases(recorded) : portCases(recorded);
    }
    yield* trainingCases(recorded);
    yield* zooCases(recorded);
  }
}
