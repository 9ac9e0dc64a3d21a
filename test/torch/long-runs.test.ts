// Runs of training with large results, each in a process of its own: the resident set stays where it is.

import assert from "node:assert/strict";
import { spawnSync } from "node:child_process";
import { test } from "node:test";
import { fileURLToPath } from "node:url";

interface Run {
  readonly sizes: readonly number[];
  readonly batch: number;
  readonly steps: number;
  readonly threads: number;
  /** Whether the event loop turns between the steps. */
  readonly turns: boolean;
}

interface Report {
  /** The resident set in MiB, after each tenth of the steps. */
  readonly resident: readonly number[];
  readonly loss: number;
}

const program = fileURLToPath(new URL("long-run.ts", import.meta.url));

function train(run: Run): Report {
  const { stdout, stderr } = spawnSync(
    process.execPath,
    ["--expose-gc", "--import", "tsx", program, JSON.stringify(run)],
    { encoding: "utf8" },
  );
  assert.notEqual(stdout, "", stderr);
  return JSON.parse(stdout) as Report;
}

const mlp = { sizes: [256, 512, 512, 10], batch: 512, steps: 150 };

const runs: Readonly<Record<string, Run>> = {
  "a large one, in one go": { ...mlp, threads: 1, turns: false },
  "a large one, with turns of the event loop": { ...mlp, threads: 1, turns: true },
  "a large one on two threads": { ...mlp, threads: 2, turns: true },
};

/** Room for what a garbage collection has not yet looked at, in MiB. */
const slack = 48;

for (const [name, run] of Object.entries(runs)) {
  test(`${name}: the resident set stays where it is`, () => {
    const { resident, loss } = train(run);
    const [, , first, ...rest] = resident;
    const grown = Math.max(...rest.slice(-3)) - first!;
    assert.ok(grown < slack, `${resident.join(", ")} MiB`);
    assert.ok(Number.isFinite(loss));
  });
}
