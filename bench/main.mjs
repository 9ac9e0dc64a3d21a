// `npm run bench [-- GROUP...] [--json]`: how fast the built package is, each row beside what it is measured against.
// The exit status is 1 when a bar is missed. WEIGHTBRIDGE_PYTHON names an interpreter with NumPy and PyTorch, which are
// timed too where they are found (python3 otherwise).

import { spawnSync } from "node:child_process";
import { fileURLToPath } from "node:url";
import { files } from "./files.mjs";
import { loops } from "./loops.mjs";
import { port } from "./port.mjs";
import { measurePython } from "./python.mjs";
import { printTable } from "./table.mjs";
import { training } from "./training.mjs";

/** Each group gives its rows: { name, microseconds, against, bar, python }. */
const groups = { files, loops, port, training };

const parameters = process.argv.slice(2);
const asJson = parameters.includes("--json");
const wanted = parameters.filter((parameter) => !parameter.startsWith("-"));
const unknown = wanted.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`no group ${unknown.join(", ")}; there are: ${Object.keys(groups).join(", ")}`);
  process.exit(2);
}

/** The rows of one group, with the times of Python where it is found. */
function measured(group) {
  const python = measurePython([group]);
  const rows = groups[group]().map((row) => ({
    group,
    ...row,
    python: python?.[row.name] ?? {},
    verdict: row.ratio <= row.bar ? "ok" : "short",
  }));
  return { python: python !== undefined, rows };
}

/** The same in a process of its own: what one group leaves behind, compiled code and memory, is not the next one's. */
function measuredApart(group) {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), group, "--json"], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

const names = wanted.length > 0 ? wanted : Object.keys(groups);
const results = names.length === 1 ? [measured(names[0])] : names.map(measuredApart);
const rows = results.flatMap((result) => result.rows);
const hasPython = results.some(({ python }) => python);

if (asJson) console.log(JSON.stringify({ node: process.version, python: hasPython, rows }, null, 2));
else printTable(rows, hasPython);
process.exitCode = rows.every(({ verdict }) => verdict === "ok") ? 0 : 1;
