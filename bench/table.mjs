// The bench's report as tables for people: a row's times, how often the peer's time ours is, and the bars.

import { ours } from "./works.mjs";

const time = (microseconds) => (microseconds === undefined ? "" : `${Number(microseconds.toPrecision(3))}`);
const ratioText = (ratio, digits = 2) =>
  ratio === null ? "no peer" : `${Number(ratio.toPrecision(digits))}`;

/** The fastest of the others, and how many times its time ours is. */
export function best({ times }) {
  const peers = Object.entries(times).filter(([name]) => name !== ours);
  if (peers.length === 0 || times[ours] === undefined) return undefined;
  const [name, fastest] = peers.reduce((a, b) => (b[1] < a[1] ? b : a));
  return { name, ratio: times[ours] / fastest };
}

/** The cells of a group: a head and a line for each row. */
export function cells(rows, missing) {
  const peers = [...new Set(rows.flatMap(({ times }) => Object.keys(times)))].filter((name) => name !== ours);
  const absent = rows.some((row) => row.bars.some(({ ratio }) => ratio === null)) ? missing : [];
  const head = ["", "ours", "to the best", ...peers, ...absent, "bars", ""];
  const body = rows.map((row) => {
    const fastest = best(row);
    const others = peers.map((name) =>
      row.times[name] === undefined
        ? ""
        : `${time(row.times[name])} (${ratioText(row.times[ours] / row.times[name])})`,
    );
    const bars = row.bars.map(
      ({ beside, most, ratio }) => `${ratioText(ratio, 3)} <= ${ratioText(most, 3)} ${beside}`,
    );
    const ratios = Object.entries(row.ratios ?? {});
    if (ratios.length > 0) {
      const each = ratios.map(([engine, ratio]) => `${engine} ${ratioText(ratio)}`);
      bars.push(`to ${row.comparedTo}: ${each.join(", ")}`);
    }
    return [
      row.name,
      row.unit === undefined ? time(row.times[ours]) : `${time(row.times[ours])} ${row.unit}`,
      fastest === undefined ? "" : ratioText(fastest.ratio),
      ...others,
      ...absent.map(() => "not installed"),
      bars.join("; "),
      row.verdict,
    ];
  });
  return [head, ...body];
}

/** Why rows are short that say so. */
export const reasons = (rows) => rows.filter(({ verdict, why }) => verdict === "short" && why !== undefined);

/** Prints one table a group; times in microseconds, in brackets how many times the peer's time ours is. */
export function printReport({ node, machine, engines, missing, rows }) {
  console.log(`microseconds a run where no unit is named, medians; Node ${node}; ${machine}`);
  for (const [name, about] of Object.entries(engines)) console.log(`  ${name}: ${about}`);
  for (const name of missing) console.log(`  ${name}: not installed`);
  for (const group of new Set(rows.map((row) => row.group))) {
    const own = rows.filter((row) => row.group === group);
    const table = cells(own, missing);
    const widths = table[0].map((_, column) => Math.max(...table.map((row) => row[column].length)));
    console.log(`\n${group}`);
    for (const row of table) {
      const line = row.map((cell, i) =>
        i === 0 || i >= row.length - 2 ? cell.padEnd(widths[i]) : cell.padStart(widths[i]),
      );
      console.log(line.join("  ").trimEnd());
    }
    for (const { name, why } of reasons(own)) console.log(`${name} is short: ${why}`);
  }
}
