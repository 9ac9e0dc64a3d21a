// Items in nested brackets as NumPy sets them: rows wrapped at the width of a line, further axes parted by empty lines,
// long axes cut in the middle.

import type { Shape } from "../core/layout.ts";
import { type ReadItem, shownAlong } from "../core/shown.ts";
import { characterCount } from "../core/text.ts";

/** How brackets are set. */
export interface BracketStyle {
  readonly separator: string;
  /** Characters of a line. */
  readonly width: number;
  /** What following lines begin with. */
  readonly indent: string;
  /** Items at either end of a long axis; undefined when all are shown. */
  readonly edge: number | undefined;
}

/** Stands for the items left out. */
const gap = "...";
const lineBreak = /\r\n|[\n\r]/;

/** Entries of an axis: positions, and the gap where items are left out. The last item always shows. */
function entriesOf(length: number, edge: number | undefined): (number | typeof gap)[] {
  const shown = shownAlong(length, edge);
  if (edge === undefined || length <= 2 * edge) return shown;
  return [...shown.slice(0, edge), gap, ...(edge === 0 ? [length - 1] : shown.slice(edge))];
}

/** Words set one behind the other into lines. */
class Row {
  private done = "";
  private line: string;
  private length: number;
  private readonly indent: string;
  private readonly width: number;

  constructor(indent: string, width: number) {
    this.indent = indent;
    this.width = width;
    this.line = indent;
    this.length = indent.length;
  }

  /** Adds text where the line is. */
  add(text: string): void {
    this.line += text;
    this.length += characterCount(text);
  }

  /** Adds a word, on a new line if it does not fit; the lines of a word that has several stand below each other. */
  addWord(word: string): void {
    const lines = word.split(lineBreak);
    const width = Math.max(...lines.map(characterCount));
    const isNew = this.length + width > this.width && this.length > this.indent.length;
    if (isNew) this.breakLine(this.indent);
    const indent = isNew ? this.indent : " ".repeat(this.length);
    lines.forEach((line, at) => {
      if (at > 0) this.breakLine(indent);
      this.add(line);
    });
    if (lines.length > 1) this.add(" ".repeat(width - characterCount(lines.at(-1)!)));
  }

  private breakLine(indent: string): void {
    this.done += `${this.line.trimEnd()}\n`;
    this.line = indent;
    this.length = indent.length;
  }

  toString(): string {
    return this.done + this.line;
  }
}

/** The items of an array that is not empty, in brackets; `format` gives the text at an index. */
export function nestedText(shape: Shape, format: ReadItem<string>, style: BracketStyle): string {
  const separatorEnd = style.separator.trimEnd();
  const index: number[] = [];
  const row = (axis: number, indent: string, width: number): string => {
    const line = new Row(indent, width - Math.max(characterCount(separatorEnd), 1));
    entriesOf(shape[axis]!, style.edge).forEach((entry, at) => {
      if (at > 0) line.add(style.separator);
      line.addWord(entry === gap ? gap : block(axis, entry, indent, width));
    });
    return String(line);
  };
  const rows = (axis: number, indent: string, width: number): string =>
    entriesOf(shape[axis]!, style.edge)
      .map((entry) => indent + (entry === gap ? gap : block(axis, entry, indent, width)))
      .join(separatorEnd + "\n".repeat(shape.length - axis - 1));
  const block = (axis: number, entry: number, indent: string, width: number): string => {
    index[axis] = entry;
    return nest(axis + 1, `${indent} `, width - 1);
  };
  const nest = (axis: number, indent: string, width: number): string => {
    if (axis === shape.length) return format(index);
    const text = axis === shape.length - 1 ? row(axis, indent, width) : rows(axis, indent, width);
    return `[${text.slice(indent.length)}]`;
  };
  return nest(0, style.indent, style.width);
}
