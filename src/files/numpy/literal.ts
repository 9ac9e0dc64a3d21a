// Python literals, as they stand in the header of a .npy file: dicts, tuples, lists, text, integers, True, False
// and None. The grammar is Python's own (docs.python.org/3/reference/lexical_analysis.html) less all that computes.

import { FormatError } from "../../core/errors.ts";

/** A literal: a tuple is marked, so that it can be told from a list. */
export type Literal =
  | null
  | boolean
  | number
  | bigint
  | string
  | Literal[]
  | LiteralTuple
  | Map<string, Literal>;

/** A tuple in a header. */
export class LiteralTuple {
  readonly items: readonly Literal[];

  constructor(items: readonly Literal[]) {
    this.items = items;
  }
}

/** Nesting that no element type reaches. */
const deepest = 64;

/**
 * Parses the whole text as one literal.
 * @throws FormatError saying at which character the text is no literal
 */
export function parseLiteral(text: string): Literal {
  const parser = new Parser(text);
  const value = parser.value(0);
  parser.end();
  return value;
}

class Parser {
  private readonly text: string;
  private at = 0;

  constructor(text: string) {
    this.text = text;
  }

  value(depth: number): Literal {
    if (depth > deepest) throw this.wrong("brackets are nested too deep");
    this.blanks();
    const start = this.text[this.at];
    if (start === "{") return this.dict(depth);
    if (start === "[") return this.items("]", depth).items;
    if (start === "(") {
      const { items, comma } = this.items(")", depth);
      return items.length === 1 && !comma ? items[0]! : new LiteralTuple(items);
    }
    if (start === "'" || start === '"') return this.string(start);
    if (start !== undefined && /[0-9-]/.test(start)) return this.number();
    for (const [word, value] of words) {
      if (this.text.startsWith(word, this.at) && !/\w/.test(this.text[this.at + word.length] ?? "")) {
        this.at += word.length;
        return value;
      }
    }
    throw this.wrong("a literal is expected");
  }

  /** Nothing but blanks may follow. */
  end(): void {
    this.blanks();
    if (this.at < this.text.length) throw this.wrong("the end is expected");
  }

  private dict(depth: number): Map<string, Literal> {
    const result = new Map<string, Literal>();
    this.at++;
    for (;;) {
      this.blanks();
      if (this.take("}")) return result;
      const key = this.value(depth + 1);
      if (typeof key !== "string") throw this.wrong("a key must be text");
      if (result.has(key)) throw this.wrong(`the key ${JSON.stringify(key)} stands twice`);
      this.blanks();
      if (!this.take(":")) throw this.wrong("a colon is expected");
      result.set(key, this.value(depth + 1));
      this.blanks();
      if (this.take(",")) continue;
      if (this.take("}")) return result;
      throw this.wrong("a comma or } is expected");
    }
  }

  private items(close: string, depth: number): { items: Literal[]; comma: boolean } {
    const items: Literal[] = [];
    let comma = false;
    this.at++;
    for (;;) {
      this.blanks();
      if (this.take(close)) return { items, comma };
      items.push(this.value(depth + 1));
      this.blanks();
      comma = this.take(",");
      if (!comma) {
        if (this.take(close)) return { items, comma };
        throw this.wrong(`a comma or ${close} is expected`);
      }
    }
  }

  private string(quote: string): string {
    let result = "";
    for (let i = this.at + 1; i < this.text.length; i++) {
      const character = this.text[i]!;
      if (character === quote) {
        this.at = i + 1;
        return result;
      }
      if (character === "\n" || character === "\0") break;
      if (character !== "\\") {
        result += character;
        continue;
      }
      const sequence = /^(?:x([0-9a-f]{2})|u([0-9a-f]{4})|U([0-9a-f]{8})|(['"\\nrt]))/i.exec(
        this.text.slice(i + 1, i + 10),
      );
      const code = Number.parseInt(sequence?.[1] ?? sequence?.[2] ?? sequence?.[3] ?? "0", 16);
      if (sequence === null || code > 0x10ffff) throw this.wrong("an escape in text is not understood");
      result +=
        sequence[4] === undefined ? String.fromCodePoint(code) : (escapes.get(sequence[4]) ?? sequence[4]);
      i += sequence[0].length;
    }
    throw this.wrong("text does not end");
  }

  /** An integer, Python 2's `3L` among them. */
  private number(): number | bigint {
    const match = /^-?(?:0|[1-9][0-9]*)L?(?![\w.])/.exec(this.text.slice(this.at, this.at + 64));
    if (match === null) throw this.wrong("an integer is expected");
    this.at += match[0].length;
    const value = BigInt(match[0].replace("L", ""));
    return Number.isSafeInteger(Number(value)) ? Number(value) : value;
  }

  private blanks(): void {
    while (this.at < this.text.length && " \t\n\r\f".includes(this.text[this.at]!)) this.at++;
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private wrong(reason: string): FormatError {
    return new FormatError(`the header is no Python literal: ${reason} at character ${this.at}`);
  }
}

const words: readonly [string, Literal][] = [
  ["True", true],
  ["False", false],
  ["None", null],
];

const escapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
