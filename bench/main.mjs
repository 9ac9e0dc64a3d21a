// `npm run bench [-- GROUP...] [--json] [--out FOLDER]`: how fast the built package is, each row beside the peers that are
// installed and beside what it has to reach. `--json` prints the report as JSON, `--out` writes it there as bench.json with a
// chart for each group. The exit status is 1 when a bar is missed. WEIGHTBRIDGE_PYTHON names an interpreter with NumPy and
// PyTorch (python3 otherwise), WEIGHTBRIDGE_PEERS a folder whose node_modules hold the libraries for JavaScript.

import { spawnSync } from "node:child_process";
import { mkdirSync, writeFileSync } from "node:fs";
import { cpus } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { parseArgs } from "node:util";
import { chart } from "./chart.mjs";
import { compared } from "./compare.mjs";
import { Engines } from "./engines.mjs";
import { files } from "./files.mjs";
import { importing } from "./import.mjs";
import { loops } from "./loops.mjs";
import { port } from "./port.mjs";
import { pythonAround } from "./python.mjs";
import { random } from "./random.mjs";
import { small } from "./small.mjs";
import { printReport } from "./table.mjs";
import { ours, works } from "./works.mjs";

/** Groups of programs of their own: each gives its rows `{ name, microseconds, against, beside, ratio, bar }`; of a
 *  size `size` and `unit` in the place of `microseconds`. */
const programs = { files, import: importing, loops, port, random, small };
const groupNames = [...Object.keys(programs), ...Object.keys(works)];

const { values: options, positionals: wanted } = parseArgs({
  allowPositionals: true,
  options: { json: { type: "boolean" }, out: { type: "string" } },
});
const unknown = wanted.filter((name) => !groupNames.includes(name));
if (unknown.length > 0) {
  console.error(`no group ${unknown.join(", ")}; there are: ${groupNames.join(", ")}`);
  process.exit(2);
}

/** The rows of one program, with the times of Python where it is found. */
async function measured(group) {
  const around = pythonAround(group);
  let python;
  const rows = await programs[group](() => {
    python ??= around();
    return python;
  });
  python ??= around();
  return rows.map(({ name, microseconds, size, unit, beside, ratio, bar, why }) => {
    const { numpy, torch } = python?.[name] ?? {};
    const peers = Object.entries({ NumPy: numpy, PyTorch: torch }).filter(([, time]) => time !== undefined);
    const times = { [ours]: microseconds ?? size, ...Object.fromEntries(peers) };
    return {
      group,
      name,
      threads: 1,
      unit,
      times,
      why,
      bars: bar === undefined ? [] : [{ beside, most: bar, ratio }],
    };
  });
}

/** What a row's bars come to: "" where it has none, "no peer" where none could be looked at. */
function verdictOf({ bars }) {
  if (bars.length === 0) return "";
  const known = bars.filter(({ ratio }) => ratio !== null);
  if (known.some(({ ratio, most }) => ratio > most)) return "short";
  return known.length === bars.length ? "ok" : "no peer";
}

/** The report of one group. */
async function reportOf(group) {
  const engines = new Engines();
  try {
    const rows = group in works ? await compared(group, engines) : await measured(group);
    return {
      engines: engines.about,
      missing: [...engines.missing],
      rows: rows.map((row) => ({ ...row, verdict: verdictOf(row) })),
    };
  } finally {
    engines.end();
  }
}

/** The same in a process of its own: what one group leaves behind, compiled code and memory, is not the next one's. */
function reportApart(group) {
  const { stdout, stderr } = spawnSync(process.execPath, [fileURLToPath(import.meta.url), group, "--json"], {
    encoding: "utf8",
  });
  if (stdout === "") throw new Error(stderr);
  return JSON.parse(stdout);
}

const names = wanted.length > 0 ? wanted : groupNames;
const reports = names.length === 1 ? [await reportOf(names[0])] : names.map(reportApart);
const report = {
  node: process.version,
  machine: `${cpus()[0]?.model.trim() ?? "unknown"}, ${cpus().length} threads`,
  engines: Object.assign({}, ...reports.map(({ engines }) => engines)),
  missing: [...new Set(reports.flatMap(({ missing }) => missing))],
  rows: reports.flatMap(({ rows }) => rows),
};

if (options.json) console.log(JSON.stringify(report, null, 2));
else printReport(report);
if (options.out !== undefined) {
  mkdirSync(options.out, { recursive: true });
  writeFileSync(join(options.out, "bench.json"), `${JSON.stringify(report, null, 2)}\n`);
  for (const group of new Set(report.rows.map((row) => row.group))) {
    writeFileSync(join(options.out, `${group}.svg`), chart(group, report.rows));
  }
}
process.exitCode = report.rows.some(({ verdict }) => verdict === "short") ? 1 : 0;
