// The same work in NumPy and PyTorch, where an interpreter with both is at hand. Nothing depends on it.

import { spawnSync } from "node:child_process";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "peers.py");

/** The interpreter whose libraries are timed. */
export const interpreter = process.env.WEIGHTBRIDGE_PYTHON ?? "python3";

/** Times in microseconds by row and library, `{ add: { numpy: 210, torch: 190 } }`; undefined without such a Python. */
export function measurePython(groups) {
  const { status, stdout } = spawnSync(interpreter, [program, ...groups], {
    encoding: "utf8",
    stdio: ["ignore", "pipe", "ignore"],
    env: { ...process.env, OMP_NUM_THREADS: "1", MKL_NUM_THREADS: "1" },
  });
  return status === 0 ? JSON.parse(stdout) : undefined;
}
