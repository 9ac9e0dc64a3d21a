// `npm run bench [-- GROUP...] [--json]`: how fast the built package is, each row beside what it is measured against.
// The exit status is 1 when a bar is missed. WEIGHTBRIDGE_PYTHON names an interpreter with NumPy and PyTorch, which are
// timed too where they are found (python3 otherwise).

import { loops } from "./loops.mjs";
import { measurePython } from "./python.mjs";
import { printTable } from "./table.mjs";
import { training } from "./training.mjs";

/** Each group gives its rows: { name, microseconds, against, bar, python }. */
const groups = { loops, training };

const parameters = process.argv.slice(2);
const asJson = parameters.includes("--json");
const wanted = parameters.filter((parameter) => !parameter.startsWith("-"));
const unknown = wanted.filter((name) => !(name in groups));
if (unknown.length > 0) {
  console.error(`no group ${unknown.join(", ")}; there are: ${Object.keys(groups).join(", ")}`);
  process.exit(2);
}

const names = wanted.length > 0 ? wanted : Object.keys(groups);
const python = measurePython(names);
const rows = names.flatMap((group) =>
  groups[group]().map((row) => ({
    group,
    ...row,
    python: python?.[row.name] ?? {},
    verdict: row.ratio <= row.bar ? "ok" : "short",
  })),
);

if (asJson)
  console.log(JSON.stringify({ node: process.version, python: python !== undefined, rows }, null, 2));
else printTable(rows, python !== undefined);
process.exitCode = rows.every(({ verdict }) => verdict === "ok") ? 0 : 1;
