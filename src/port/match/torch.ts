// PyTorch's names and order of axes, and those of programs that compute x @ W: by name, in a row, or all numbers in one
// array. https://docs.pytorch.org/docs/stable/generated/torch.nn.Module.html (state_dict, parameters)

import type { Matcher, Matching } from "../matching.ts";
import type { Source } from "../source.ts";
import type { Model } from "../target.ts";
import { matchFlat, matchPerLayer } from "./flat.ts";
import { matchNamed } from "./named.ts";
import { matchPositional } from "./positional.ts";
import { pairByName } from "./prefixes.ts";

function match(source: Source, model: Model, isTurned: boolean): Matching {
  switch (source.arrangement) {
    case "named":
      return matchNamed(source, model, isTurned);
    case "positional":
      return matchPositional(source, model, isTurned);
    case "flat":
      return isOneEntry(source, model) ? matchPositional(source, model, isTurned) : matchFlat(source, model);
    case "per layer":
      return perLayer(source, model, isTurned);
  }
}

/** True iff the one array is the model's one parameter, and no row of numbers. */
const isOneEntry = ({ arrays }: Source, { targets }: Model): boolean =>
  arrays[0]!.array.ndim !== 1 && targets.length === 1;

/** As many vectors as layers hold a layer each, or are an entry each. */
function perLayer(source: Source, model: Model, isTurned: boolean): Matching {
  const matching = matchPerLayer(source, model);
  if (matching.problems.length === 0) return matching;
  const single = matchPositional(source, model, isTurned);
  return single.problems.length === 0 ? single : matching;
}

/** PyTorch's own. */
export const torchMatcher: Matcher = {
  name: "torch",
  title: "PyTorch",
  source: "torch.nn.Module.state_dict",
  recognise: ({ arrays, arrangement }, { targets }) => {
    // A row that fits as it is: more likely of PyTorch than of a library that it would fit turned.
    if (arrangement !== "named") return { confidence: 0.2, reasons: ["nothing speaks for another library"] };
    const known = pairByName(arrays, targets).pairs.length;
    return {
      confidence: arrays.length === 0 ? 0 : known / arrays.length,
      reasons: [`${known} of ${arrays.length} names are the model's`],
    };
  },
  match: (source, model) => match(source, model, false),
};

/** Programs that compute x @ W. */
export const inOutMatcher: Matcher = {
  name: "numpy",
  title: "x @ W",
  source: "programs that compute x @ W + b with W of shape [in, out]",
  most: 0.15,
  recognise: (source, model) => {
    if (source.arrangement !== "named" && source.arrangement !== "positional") return undefined;
    const isTurned = match(source, model, true).findings.some(
      ({ kind, severity }) => severity === "conversion" && (kind === "transposed" || kind === "hwio"),
    );
    const { arrays, arrangement } = source;
    const known = arrangement === "named" ? pairByName(arrays, model.targets).pairs.length : 0;
    if (!isTurned || known > arrays.length / 2) return undefined;
    return { confidence: 0.15, reasons: ["weights are [in, out] by their shapes, under no library's names"] };
  },
  match: (source, model) => match(source, model, true),
};
