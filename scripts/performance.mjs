// Makes docs/performance.md, and the table of the measured statement in docs/statements.md, of a report of the benchmark:
// `npm run bench -- --out FOLDER`, and then `node scripts/performance.mjs FOLDER`. Groups may be measured in several runs, and
// the folders named one after another.

import { mkdirSync, readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { fileURLToPath } from "node:url";
import { amountText, chart } from "../bench/chart.mjs";
import { best, reasons } from "../bench/table.mjs";
import { ours } from "../bench/works.mjs";

const docs = fileURLToPath(new URL("../docs", import.meta.url));

const two = (ratio) => (ratio >= 100 ? ratio.toFixed(0) : `${Number(ratio.toPrecision(2))}`);

/** A row of a table in Markdown. */
const line = (cells) => `| ${cells.join(" | ")} |`;

/** What a bar asks and what was reached, to the digit that tells one from the other. */
const three = (ratio) => `${Number(ratio.toPrecision(3))}`;

/** Between which ratios a bar was in several runs; nothing for one. */
function rangeOf(ratios = []) {
  if (ratios.length < 2) return "";
  return ` (${three(Math.min(...ratios))} to ${three(Math.max(...ratios))} in ${ratios.length} runs)`;
}

function barsOf({ bars, verdict }) {
  const texts = bars.map(
    ({ beside, most, ratio, ratios }) =>
      `${ratio === null ? "not measured" : three(ratio)}${rangeOf(ratios)}, at most ${three(most)} of ${beside}`,
  );
  return texts.length === 0 ? "" : `${texts.join("; ")}: ${verdict}`;
}

/** The table of one group: times, and in brackets how many times the peer's time ours is. */
function tableOf(rows) {
  const peers = [...new Set(rows.flatMap(({ times }) => Object.keys(times)))].filter((name) => name !== ours);
  const head = ["", "Weightbridge", ...peers, "to the best", "to reach"];
  const body = rows.map((row) => {
    const fastest = best(row);
    return [
      row.name,
      amountText(row.times[ours], row.unit),
      ...peers.map((name) =>
        row.times[name] === undefined
          ? ""
          : `${amountText(row.times[name], row.unit)} (${two(row.times[ours] / row.times[name])})`,
      ),
      fastest === undefined ? "" : two(fastest.ratio),
      barsOf(row),
    ];
  });
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

/** What the rows of the group `layout` say of the statement about a Linear's weight: how many times as long [in, out] takes. */
function statementOf(rows) {
  const compared = rows.filter(({ ratios }) => ratios !== undefined);
  const engines = [ours, "PyTorch"].filter((name) =>
    compared.some(({ ratios }) => ratios[name] !== undefined),
  );
  const body = compared.map((row) => [
    row.name.replace(/ \[.*/, ""),
    ...engines.map((name) => (row.ratios[name] === undefined ? "" : two(row.ratios[name]))),
  ]);
  const head = ["batch x in x out, pass", ...engines.map((name) => (name === ours ? "Weightbridge" : name))];
  return [line(head), line(head.map(() => "---")), ...body.map(line)].join("\n");
}

const measured = /(<!-- measured: layout -->\n)[\s\S]*?(<!-- measured: end -->)/;

/** The page of statements with what was measured. */
export const withStatement = (text, rows) =>
  text.replace(measured, (_, begin, end) => `${begin}\n${statementOf(rows)}\n\n${end}`);

/** The page. */
export function page({ node, machine, engines, missing, rows }) {
  const groups = [...new Set(rows.map(({ group }) => group))];
  const parts = groups.map((group) => {
    const own = rows.filter((row) => row.group === group);
    const short = reasons(own).map(({ name, why }) => `- ${name} is short: ${why}.\n`);
    const list = short.length > 0 ? `${short.join("")}\n` : "";
    return `## ${group}\n\n![Times of ${group}](performance/${group}.svg)\n\n${tableOf(own)}\n\n${list}`;
  });
  const absent = missing.length > 0 ? `Not installed for this run: ${missing.join(", ")}.\n\n` : "";
  return `# Performance

Made by \`npm run bench\` on ${machine}, with Node ${node}. Each number is the median of rounds in which all engines
took turns on the same work; in brackets stands how many times the peer's time ours is. One thread each, but for rows that
say two. Processors of one machine are not equally fast where others use it too: work on one thread has each turn on two of
them, the same two for all engines, and the turn's time is the mean; not so in the groups import and small, whose rows run
wherever the system puts them.

${Object.values(engines)
  .map((about) => `- ${about}`)
  .join("\n")}

${absent}${parts.join("").trimEnd()}
`;
}

/** A row with what its bars were in all reports. */
function withRatios(row, reports) {
  const runs = reports.flatMap(({ rows }) =>
    rows.filter(({ name, group }) => name === row.name && group === row.group),
  );
  const bars = row.bars.map((bar, i) => ({
    ...bar,
    ratios: runs.map((run) => run.bars[i]?.ratio).filter((ratio) => typeof ratio === "number"),
  }));
  return { ...row, bars };
}

/** Several reports as one; of a group that is in several the last counts, beside the range of its bars in all. */
export function joined(reports) {
  const groups = new Map();
  for (const { rows } of reports) {
    for (const group of new Set(rows.map((row) => row.group))) {
      groups.set(
        group,
        rows.filter((row) => row.group === group),
      );
    }
  }
  return {
    ...reports.at(-1),
    engines: Object.assign({}, ...reports.map(({ engines }) => engines)),
    missing: [...new Set(reports.flatMap(({ missing }) => missing))],
    rows: [...groups.values()].flat().map((row) => withRatios(row, reports)),
  };
}

const folders = process.argv.slice(2);
if (folders.length > 0) {
  const report = joined(
    folders.map((folder) => JSON.parse(readFileSync(join(folder, "bench.json"), "utf8"))),
  );
  mkdirSync(join(docs, "performance"), { recursive: true });
  for (const group of new Set(report.rows.map((row) => row.group))) {
    writeFileSync(join(docs, "performance", `${group}.svg`), chart(group, report.rows));
  }
  writeFileSync(join(docs, "performance.md"), page(report));
  const layouts = report.rows.filter((row) => row.group === "layout");
  const statements = join(docs, "statements.md");
  if (layouts.length > 0) writeFileSync(statements, withStatement(readFileSync(statements, "utf8"), layouts));
}
