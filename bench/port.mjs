// A checkpoint of 503 MB ported, findings and all, beside reading it: each run in a process of its own, in turns, the file
// in the page cache. Which of the two comes first changes from round to round. The bar: porting takes at most 1.5 times the time of reading.

import { spawnSync } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { dirname, join } from "node:path";
import { fileURLToPath } from "node:url";

const program = join(dirname(fileURLToPath(import.meta.url)), "port-run.mjs");
const ROUNDS = 12;
const BAR = 1.5;

const median = (values) => values.toSorted((a, b) => a - b)[values.length >> 1];

function run(...parameters) {
  const { status, stdout, stderr } = spawnSync(process.execPath, [program, ...parameters], {
    encoding: "utf8",
  });
  if (status !== 0) throw new Error(stderr);
  return JSON.parse(stdout).milliseconds;
}

/** The one row of this group. */
export function port() {
  const folder = mkdtempSync(join(tmpdir(), "weightbridge-bench-"));
  const path = join(folder, "model.safetensors");
  try {
    run("make", path);
    const reading = [];
    const porting = [];
    for (let round = 0; round < ROUNDS; round++) {
      const readAndPort = [
        () => reading.push(run("read", path, "warmed")),
        () => porting.push(run("port", path, "warmed")),
      ];
      for (const next of round % 2 === 0 ? readAndPort : readAndPort.toReversed()) next();
    }
    const [against, taken] = [median(reading) * 1000, median(porting) * 1000];
    return [
      {
        name: "503 MB ported",
        microseconds: taken,
        against,
        beside: "read",
        ratio: taken / against,
        bar: BAR,
      },
    ];
  } finally {
    rmSync(folder, { recursive: true, force: true });
  }
}
