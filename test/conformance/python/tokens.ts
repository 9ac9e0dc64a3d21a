// Splits Python source into tokens (The Python Language Reference, section 2), lines and indentation included.

import { float } from "../../../src/core/python.ts";
import { Bytes } from "./values.ts";

export interface Token {
  readonly kind:
    | "name"
    | "number"
    | "string"
    | "format"
    | "operator"
    | "newline"
    | "indent"
    | "dedent"
    | "end";
  /** The text; of a string what it says, of an f-string what is between its quotes. */
  readonly text: string;
  /** What a number or bytes literal is. */
  readonly value?: unknown;
  /** Where it begins in the source. */
  readonly at: number;
}

const spaces = /[ \t]*(?:#[^\n]*)?/y;
const numbers = /(?:0[xX][0-9a-fA-F_]+|(?:\d[\d_]*\.?[\d_]*|\.\d[\d_]*)(?:[eE][+-]?\d+)?[jJ]?)/y;
const names = /[A-Za-z_][A-Za-z_0-9]*/y;
const operators =
  /\*\*=|\/\/=|>>=|<<=|\.\.\.|\*\*|\/\/|>>|<<|[-+*/%&|^@<>=!]=|->|[-+*/%@&|^~<>()[\]{},:.;=]/y;
const strings = /([rRbBfF]{0,2})("""|'''|"|')/y;

const escapes: Readonly<Record<string, string>> = {
  n: "\n",
  t: "\t",
  r: "\r",
  "0": "\0",
  "\\": "\\",
  "'": "'",
  '"': '"',
};

function withoutEscapes(text: string): string {
  return text.replace(/\\(x[0-9a-fA-F]{2}|u[0-9a-fA-F]{4}|\n|.)/gs, (whole, code: string) => {
    if (code === "\n") return "";
    if (code.length > 1) return String.fromCharCode(Number.parseInt(code.slice(1), 16));
    return escapes[code] ?? whole;
  });
}

function numberValue(text: string): unknown {
  const plain = text.replaceAll("_", "");
  if (/[jJ]$/.test(plain)) return { re: 0, im: Number(plain.slice(0, -1)) };
  if (!/^0[xX]/.test(plain) && /[.eE]/.test(plain)) return float(Number(plain));
  const whole = BigInt(plain);
  return whole <= BigInt(Number.MAX_SAFE_INTEGER) ? Number(whole) : whole;
}

class Tokenizer {
  private readonly source: string;
  private at = 0;
  private depth = 0;
  private readonly indents: number[] = [0];
  readonly tokens: Token[] = [];

  constructor(source: string) {
    this.source = source;
  }

  run(): Token[] {
    this.indentation();
    while (this.at < this.source.length) this.one();
    this.add("newline", "");
    while (this.indents.length > 1) this.dedent();
    this.add("end", "");
    return this.tokens;
  }

  private add(kind: Token["kind"], text: string, value?: unknown): void {
    this.tokens.push({ kind, text, value, at: this.at });
  }

  private match(pattern: RegExp): RegExpExecArray | undefined {
    pattern.lastIndex = this.at;
    return pattern.exec(this.source) ?? undefined;
  }

  private dedent(): void {
    this.indents.pop();
    this.add("dedent", "");
  }

  /** At the beginning of a line: what its indentation opens and closes. Blank lines mean nothing. */
  private indentation(): void {
    const width = (this.match(/[ ]*/y) as RegExpExecArray)[0].length;
    const next = this.source[this.at + width];
    if (next === undefined || next === "\n" || next === "#") return;
    this.at += width;
    if (width > this.indents.at(-1)!) {
      this.indents.push(width);
      this.add("indent", "");
    }
    while (width < this.indents.at(-1)!) this.dedent();
  }

  private one(): void {
    this.at += this.match(spaces)![0].length;
    const character = this.source[this.at];
    if (character === undefined) return;
    if (character === "\n") {
      const blank = this.tokens.at(-1)?.kind === "newline" || this.tokens.length === 0;
      if (this.depth === 0 && !blank) this.add("newline", "\n");
      this.at++;
      if (this.depth === 0) this.indentation();
      return;
    }
    const opening = this.match(strings);
    if (opening !== undefined) this.string(opening);
    else this.simple(character);
  }

  private string(opening: RegExpExecArray): void {
    const prefix = opening[1]!.toLowerCase();
    const quote = opening[2]!;
    const start = this.at + opening[0].length;
    let end = start;
    while (!this.source.startsWith(quote, end)) {
      if (end >= this.source.length) throw new SyntaxError(`a string without an end at ${this.at}`);
      end += this.source[end] === "\\" ? 2 : 1;
    }
    const raw = this.source.slice(start, end);
    const text = prefix.includes("r") ? raw : withoutEscapes(raw);
    if (prefix.includes("b")) this.add("number", raw, Bytes.of(...[...text].map((c) => c.charCodeAt(0))));
    else this.add(prefix.includes("f") ? "format" : "string", text);
    this.at = end + quote.length;
  }

  private simple(character: string): void {
    const number = /[\d.]/.test(character) ? this.match(numbers) : undefined;
    if (number !== undefined) {
      this.add("number", number[0], numberValue(number[0]));
      this.at += number[0].length;
      return;
    }
    const name = this.match(names);
    const found = name ?? this.match(operators);
    if (found === undefined)
      throw new SyntaxError(`no token at ${this.at}: ${this.source.slice(this.at, this.at + 20)}`);
    const text = found[0];
    if ("([{".includes(text)) this.depth++;
    if (")]}".includes(text)) this.depth--;
    this.add(name === undefined ? "operator" : "name", text);
    this.at += text.length;
  }
}

/** The tokens of a program. */
export function tokenize(source: string): Token[] {
  return new Tokenizer(source).run();
}
