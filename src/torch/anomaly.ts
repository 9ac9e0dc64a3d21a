// Looking for what goes wrong in a backward pass (torch/autograd/anomaly_mode.py): every recorded operation remembers
// where it was called, and the first gradient that is not a number is an error that names it.

interface Mode {
  readonly isOn: boolean;
  readonly checksNaN: boolean;
}

let mode: Mode = { isOn: false, checksNaN: true };

/** True iff anomalies are looked for (`torch.is_anomaly_enabled`). */
export function isDetectingAnomalies(): boolean {
  return mode.isOn;
}

/** True iff a NaN in a gradient is an anomaly (`torch.is_anomaly_check_nan_enabled`). */
export function isCheckingNaN(): boolean {
  return mode.checksNaN;
}

/** Options of `detectAnomaly`. */
export interface AnomalyOptions {
  /** Whether a NaN in a gradient is an error; default true. */
  readonly checkNan?: boolean;
}

/** Switches the search for anomalies on or off for good (`torch.autograd.set_detect_anomaly`). */
export function setDetectAnomaly(isOn: boolean, { checkNan = true }: AnomalyOptions = {}): void {
  mode = { isOn, checksNaN: checkNan };
}

/**
 * Runs a synchronous function, forward and backward passes within, and looks for anomalies
 * (`with torch.autograd.detect_anomaly()`). It is slow: for debugging only.
 */
export function detectAnomaly<T>(run: () => T, options: AnomalyOptions = {}): T {
  const before = mode;
  setDetectAnomaly(true, options);
  try {
    return run();
  } finally {
    mode = before;
  }
}
