// The same work in NumPy and PyTorch, where an interpreter with both is at hand. Nothing depends on it.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "peers.py");

/** The interpreter whose libraries are timed. */
export const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";

/** Times in microseconds by row and library, `{ add: { numpy: 210, torch: 190 } }`; undefined without such a Python. */
function measurePython(group) {
  const { status, stdout } = spawnSync(interpreter, [program, group], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
}

/**
 * Times Python before and after something else is timed, since the machine's speed changes.
 * @returns times again, and gives the means of both; undefined without such a Python
 */
export function pythonAround(group) {
  const before = measurePython(group);
  return () => {
    const after = before && measurePython(group);
    if (after === undefined) return undefined;
    const mean =
      (row) =>
      ([name, time]) => [name, (time + after[row][name]) / 2];
    const rows = Object.entries(before);
    return Object.fromEntries(
      rows.map(([row, times]) => [row, Object.fromEntries(Object.entries(times).map(mean(row)))]),
    );
  };
}
