// Results that are the same on every machine (torch.use_deterministic_algorithms and what asks for it).

import { PythonTypeError } from "../core/errors.ts";
import { getDeterministic, setDeterministic } from "../devices/index.ts";
import { typeName } from "./errors.ts";

/** Options of `useDeterministicAlgorithms`. */
export interface DeterministicOptions {
  /** Only kept: nothing here is refused. Default: false */
  readonly warnOnly?: boolean;
}

let isWarnOnly = false;

/**
 * Says whether results are to be the same on every machine (`torch.use_deterministic_algorithms`). On one machine they always
 * are, whatever the number of threads. With `true` products and sums are rounded one after the other everywhere; otherwise
 * an engine with relaxed vector instructions may round both at once, in matrix products and in functions such as softmax.
 * @throws TypeError for what is not a boolean
 */
export function useDeterministicAlgorithms(mode: boolean, options: DeterministicOptions = {}): void {
  const name = "_set_deterministic_algorithms()";
  const { warnOnly = false } = options;
  if (typeof mode !== "boolean") {
    throw new PythonTypeError(`${name}: argument 'mode' (position 1) must be bool, not ${typeName(mode)}`);
  }
  if (typeof warnOnly !== "boolean") {
    throw new PythonTypeError(`${name}: argument 'warn_only' must be bool, not ${typeName(warnOnly)}`);
  }
  setDeterministic(mode);
  isWarnOnly = warnOnly;
}

/** True iff results are the same on every machine (`torch.are_deterministic_algorithms_enabled`). */
export function areDeterministicAlgorithmsEnabled(): boolean {
  return getDeterministic();
}

/** What `warnOnly` was given last (`torch.is_deterministic_algorithms_warn_only_enabled`). */
export function isDeterministicAlgorithmsWarnOnlyEnabled(): boolean {
  return isWarnOnly;
}
