// Entries that a file may lack and nothing is lost.

import type { Target } from "../target.ts";

/** True iff the entry only counts batches, or is another name of one that is there. */
export const isHarmless = (target: Target, filled: ReadonlySet<string>): boolean =>
  target.role === "num_batches_tracked" || (target.tiedTo !== undefined && filled.has(target.tiedTo));
