// The printed form of a module: PyTorch's `Module.__repr__`, with runs of equal blocks in a list drawn together.

import type { Module } from "./module.ts";

function indent(text: string): string {
  return text.replaceAll("\n", "\n  ");
}

/** Name, what `extraRepr` says, and the submodules indented by two. */
export function moduleText(module: Module): string {
  const extra = module.extraRepr();
  const extraLines = extra === "" ? [] : extra.split("\n");
  const children = childLines(module);
  const name = "printedName" in module ? module.printedName : module.constructor.name;
  if (children.length === 0 && extraLines.length <= 1) return `${name}(${extra})`;
  return `${name}(\n  ${[...extraLines, ...children].join("\n  ")}\n)`;
}

function childLines(module: Module): string[] {
  const entries = [...module._modules].map(([name, child]) => ({ name, text: indent(String(child)) }));
  if (!drawsRunsTogether(module)) return entries.map(({ name, text }) => `(${name}): ${text}`);
  const lines: string[] = [];
  for (let start = 0; start < entries.length; ) {
    let end = start + 1;
    while (end < entries.length && entries[end]!.text === entries[start]!.text) end++;
    const { text } = entries[start]!;
    lines.push(end - start === 1 ? `(${start}): ${text}` : `(${start}-${end - 1}): ${end - start} x ${text}`);
    start = end;
  }
  return lines;
}

/** True iff the module is a list, whose names are positions. */
function drawsRunsTogether(module: Module): boolean {
  return "collapsesRuns" in module && module.collapsesRuns === true;
}
