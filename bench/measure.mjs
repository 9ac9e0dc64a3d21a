// Timing: medians of interleaved rounds, so that a slow moment of the machine falls on all candidates alike.

const ROUNDS = 101;
const ROUND_MILLISECONDS = 8;

/** How long a candidate runs before anything counts: what runs for microseconds is compiled in steps. */
const WARM_UP_MILLISECONDS = 500;

function warmUp(run) {
  const end = performance.now() + WARM_UP_MILLISECONDS;
  while (performance.now() < end) run();
}

/** How often a function must run to fill a round. */
function repetitions(run) {
  for (let count = 1; ; count *= 2) {
    const start = performance.now();
    for (let i = 0; i < count; i++) run();
    const elapsed = performance.now() - start;
    if (elapsed >= ROUND_MILLISECONDS) return Math.max(1, Math.round((count * ROUND_MILLISECONDS) / elapsed));
  }
}

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

/**
 * The median time of one run of each candidate, in microseconds.
 * @param candidates functions by name
 */
export function measure(candidates) {
  const entries = Object.entries(candidates);
  for (const [, run] of entries) warmUp(run);
  const counts = entries.map(([, run]) => repetitions(run));
  const times = entries.map(() => []);
  for (let round = 0; round < ROUNDS; round++) {
    for (let i = 0; i < entries.length; i++) {
      const [, run] = entries[i];
      const start = performance.now();
      for (let k = 0; k < counts[i]; k++) run();
      times[i].push(((performance.now() - start) * 1000) / counts[i]);
    }
  }
  return Object.fromEntries(entries.map(([name], i) => [name, median(times[i])]));
}
