// Settings that a Keras file tells and the model has otherwise: epsilons of normalizations.

import type { LayerConfig } from "../../files/keras/config.ts";
import type { Finding } from "../finding.ts";
import type { Matching } from "../matching.ts";
import type { Model } from "../target.ts";
import type { SourceUnit } from "./layers/unit.ts";

/** What the configuration says and the model contradicts. */
export function kerasSettings(
  _config: LayerConfig,
  _model: Model,
  _matching: Matching,
  _units: readonly SourceUnit[],
): Finding[] {
  return [];
}
