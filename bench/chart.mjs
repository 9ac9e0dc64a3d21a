// A chart of a group as SVG: a bar for each engine and row, on a logarithmic axis of times.

import { ours } from "./works.mjs";

const WIDTH = 760;
const LEFT = 250;
const RIGHT = 80;
const LINE = 13;
const GAP = 10;
const TOP = 46;
const colours = {
  [ours]: "#c2410c",
  PyTorch: "#475569",
  NumPy: "#0369a1",
  "tfjs-wasm": "#a16207",
  "numpy-ts": "#15803d",
  "jax-js": "#7e22ce",
  "ONNX Runtime": "#64748b",
};

const escaped = (text) => text.replaceAll("&", "&amp;").replaceAll("<", "&lt;");

/** A time with its unit: three digits. */
export function timeText(microseconds) {
  const [value, unit] =
    microseconds < 1000
      ? [microseconds, "us"]
      : microseconds < 1e6
        ? [microseconds / 1000, "ms"]
        : [microseconds / 1e6, "s"];
  return `${Number(value.toPrecision(3))} ${unit}`;
}

/** What a row measured of an engine: a time, or a size in the row's unit. */
export const amountText = (amount, unit) =>
  unit === undefined ? timeText(amount) : `${Number(amount.toPrecision(3))} ${unit}`;

/** The chart of one group's times. */
export function chart(group, rows) {
  const own = rows.filter((row) => row.group === group && row.unit === undefined);
  const all = own.flatMap(({ times }) => Object.values(times));
  const least = 10 ** Math.floor(Math.log10(Math.min(...all)));
  const most = Math.max(...all);
  const wide = (time) => ((WIDTH - LEFT - RIGHT) * Math.log(time / least)) / Math.log(most / least);
  const parts = [];
  let y = TOP;
  for (const { name, times } of own) {
    const sorted = Object.entries(times).toSorted((a, b) => a[1] - b[1]);
    const middle = y + (sorted.length * LINE) / 2 + 4;
    parts.push(`<text x="8" y="${middle}">${escaped(name)}</text>`);
    for (const [engine, time] of sorted) {
      const width = Math.max(2, wide(time)).toFixed(1);
      const fill = colours[engine] ?? "#94a3b8";
      parts.push(
        `<rect x="${LEFT}" y="${y}" width="${width}" height="${LINE - 2}" fill="${fill}"><title>${escaped(engine)}</title></rect>`,
        `<text x="${LEFT + Number(width) + 4}" y="${y + LINE - 4}">${timeText(time)}</text>`,
      );
      y += LINE;
    }
    y += GAP;
  }
  const names = [...new Set(own.flatMap(({ times }) => Object.keys(times)))];
  const legend = names.map((engine, i) => {
    const x = LEFT + (i % 5) * 100;
    const at = 22 + Math.floor(i / 5) * 14;
    return `<rect x="${x}" y="${at - 9}" width="10" height="10" fill="${colours[engine] ?? "#94a3b8"}"/><text x="${x + 14}" y="${at}">${escaped(engine)}</text>`;
  });
  return [
    `<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 ${WIDTH} ${y}" font-family="sans-serif" font-size="10">`,
    `<title>${escaped(group)}: time a run</title>`,
    `<rect width="${WIDTH}" height="${y}" fill="#fff"/>`,
    `<text x="8" y="22" font-size="14">${escaped(group)}: time a run</text>`,
    ...legend,
    ...parts,
    "</svg>\n",
  ].join("\n");
}
