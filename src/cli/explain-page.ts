// What explain tells as a page: a picture of the modules' times, one in another, and bars of what takes time.

import type { Explanation, TimedModule } from "../compile/explain.ts";
import { countText } from "../core/words.ts";
import { pageHtml } from "../port/report/frame.ts";
import { html, type Markup } from "../port/report/markup.ts";
import { section } from "../port/report/sections.ts";

/** A module in the picture: its own time and that of all that it holds. */
interface Part {
  readonly path: string;
  readonly type: string;
  /** Of all nodes' time. */
  share: number;
  readonly parts: Map<string, Part>;
}

/** Bars of a list at most. */
const mostBars = 40;
/** What takes less of all time than that is no box of its own. */
const leastShare = 0.0005;
/** Sizes in the picture, in its own units: it is as wide as the page. */
const width = 1000;
const rowHeight = 26;
/** How wide a letter is. */
const letter = 7.4;

/** The modules one in another. */
function treeOf(model: string, modules: readonly TimedModule[]): Part {
  const root: Part = { path: "", type: model, share: 0, parts: new Map() };
  for (const { name, type, share } of modules) {
    const isNamed = name !== "(no module)";
    let part = root;
    root.share += share;
    const words = isNamed ? name.split(".") : [name];
    words.forEach((word, i) => {
      const own = part.parts.get(word) ?? {
        path: words.slice(0, i + 1).join("."),
        type: i === words.length - 1 ? type : "",
        share: 0,
        parts: new Map<string, Part>(),
      };
      part.parts.set(word, own);
      own.share += share;
      part = own;
    });
  }
  return root;
}

const percent = (share: number): string => `${(100 * share).toFixed(1)} %`;

/** A module's box, and below it those of what it holds, the one that takes longest first. */
function boxes(part: Part, left: number, depth: number, milliseconds: number): Markup[] {
  const size = part.share * width;
  if (part.share < leastShare) return [];
  const name = part.path === "" ? part.type : part.path;
  const label = part.type === "" || part.path === "" ? name : `${name} (${part.type})`;
  const room = Math.floor((size - 8) / letter);
  const text = [label, name, name.slice(name.lastIndexOf(".") + 1)].find((each) => each.length <= room);
  const told = `${label}: ${(part.share * milliseconds).toFixed(3)} ms, ${percent(part.share)}`;
  const top = depth * rowHeight;
  const box = html`<g class="depth-${depth % 3}"><title>${told}</title><rect x="${left.toFixed(2)}" y="${top}" width="${Math.max(0, size - 1).toFixed(2)}" height="${rowHeight - 2}" rx="3"/>${
    text !== undefined && html`<text x="${(left + 5).toFixed(2)}" y="${top + 16}">${text}</text>`
  }</g>`;
  let next = left;
  const inner = [...part.parts.values()].sort((a, b) => b.share - a.share);
  const below = inner.flatMap((each) => {
    const own = boxes(each, next, depth + 1, milliseconds);
    next += each.share * width;
    return own;
  });
  return [box, ...below];
}

const depthOf = (part: Part): number =>
  part.share < leastShare ? 0 : 1 + Math.max(0, ...[...part.parts.values()].map(depthOf));

/** The picture's own look. */
const pictureMarkup = html`<style>
.times { display: block; width: 100%; height: auto; }
.times text { font: 12px ui-monospace, SFMono-Regular, Menlo, Consolas, monospace; fill: var(--ink); pointer-events: none; }
.times .depth-0 rect { fill: var(--note-tint); } .times .depth-1 rect { fill: var(--open-tint); } .times .depth-2 rect { fill: var(--right-tint); }
.times rect { stroke: var(--line); } .track svg { display: block; }
</style>`;

function picture(model: string, { modules, milliseconds }: Explanation): Markup {
  const tree = treeOf(model, modules);
  const height = depthOf(tree) * rowHeight;
  const label = `${model}: which of its modules take how much of the time; the lists below say the same`;
  return html`<svg class="times" viewBox="0 0 ${width} ${height}" role="img" aria-label="${label}">${boxes(tree, 0, 0, milliseconds)}</svg>`;
}

interface Bar {
  readonly name: string;
  readonly about: string;
  readonly milliseconds: number;
  readonly share: number;
}

function bars(all: readonly Bar[]): Markup {
  const most = Math.max(...all.map(({ share }) => share), Number.MIN_VALUE);
  const rows = all.slice(0, mostBars).map(
    ({ name, about, milliseconds, share }) => html`<div class="row"><p><b class="mono">${name}</b>${about}</p>
<div class="track"><svg width="100%" height="14" aria-hidden="true"><rect width="${((100 * share) / most).toFixed(2)}%" height="14" rx="3" fill="var(--accent)"/></svg></div>
<div class="value">${milliseconds.toFixed(3)} ms<small>${percent(share)}</small></div></div>`,
  );
  const rest = all.length - rows.length;
  return html`<div class="card bars">${rows}${rest > 0 && html`<p class="key">and ${rest} more, each shorter</p>`}</div>`;
}

/** The page. @param inputs what the model was run on, as a text @param isFrozen whether the weights are part of the graph */
export function explanationHtml(model: string, inputs: string, isFrozen: boolean, told: Explanation): string {
  const { operations, lowered, optimized, providers, milliseconds, operators, modules } = told;
  const sum = (counts: ReadonlyMap<string, number>): number =>
    [...counts.values()].reduce((total, count) => total + count, 0);
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["input", inputs],
    ["weights", isFrozen ? "part of the graph" : "read at each run"],
    ["one run", `${milliseconds.toFixed(3)} ms in the graph's nodes`],
    ["operations", `${sum(operations)}, lowered to ${countText(sum(lowered), "node")} of ONNX`],
    ["runs as", `${countText(sum(optimized), "node")}, when ONNX Runtime has fused and folded them`],
    ["on", [...providers].map(([name, count]) => `${name} (${count})`).join(", ")],
  ];
  const count = (counts: ReadonlyMap<string, number>, name: string): string =>
    String(counts.get(name) ?? "none");
  const operatorBars = operators.map((part) => ({
    ...part,
    about: `${count(lowered, part.name)} lowered, ${count(optimized, part.name)} run`,
  }));
  const moduleBars = modules.map((part) => ({ ...part, about: part.type }));
  return pageHtml({
    title: `${model}: where the time goes (weightbridge)`,
    header: html`<header><p class="kicker"><b>weightbridge</b> explain</p>
<h1>${model} <span>where the time goes</span></h1>
<dl class="facts">${facts.map(([name, value]) => html`<dt>${name}</dt><dd>${value}</dd>`)}</dl></header>`,
    content: html`${section(
      "picture",
      "The modules, one in another",
      "Each box is as wide as its share of the time. A module's box stands above those of what it holds; a fused node counts for the module of its main part.",
      [pictureMarkup, picture(model, told)],
    )}
${section("modules", "By module", undefined, bars(moduleBars))}
${section("operators", "By operator", undefined, bars(operatorBars))}`,
    footer: "Made by weightbridge. Times are of this run, on this machine.",
  });
}
