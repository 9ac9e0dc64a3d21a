// The bytes of a pickle, read one argument at a time: the argument forms of Python's pickletools.

import { FormatError } from "../core/errors.ts";

/** A number where it is exact, else a bigint. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Python's own limit for the digits of an integer in text. */
const mostDigits = 4300;

/** What is thrown where the bytes end and the pickle does not: with more of them it may be whole. */
export class CutShort extends FormatError {}

/** A place in the bytes of a pickle. All reads are checked against the end. */
export class PickleSource {
  readonly bytes: Uint8Array;
  at: number;
  private readonly view: DataView;

  constructor(bytes: Uint8Array, start = 0) {
    this.bytes = bytes;
    this.at = start;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.at;
    if (!(length >= 0 && start + length <= this.bytes.byteLength)) {
      if (length < 0) throw this.wrong("a length in the pickle is negative");
      throw new CutShort(`the pickle ends where ${length} bytes should follow: it is cut short or damaged`, {
        offset: start,
      });
    }
    this.at = start + length;
    return this.bytes.subarray(start, this.at);
  }

  /** Bytes of their own, beginning at an address that suits any element type. */
  copy(length: number): Uint8Array {
    return this.take(length).slice();
  }

  unsigned(width: 1 | 2 | 4 | 8): number {
    const start = this.at;
    this.take(width);
    if (width === 1) return this.bytes[start]!;
    if (width === 2) return this.view.getUint16(start, true);
    if (width === 4) return this.view.getUint32(start, true);
    const value = Number(this.view.getBigUint64(start, true));
    if (!Number.isSafeInteger(value)) throw this.wrong("a length in the pickle is beyond any file");
    return value;
  }

  signed32(): number {
    const start = this.at;
    this.take(4);
    return this.view.getInt32(start, true);
  }

  float64(): number {
    const start = this.at;
    this.take(8);
    return this.view.getFloat64(start, false);
  }

  /** Two's complement, least byte first. */
  long(length: number): number | bigint {
    const bytes = this.take(length);
    if (length > 1 << 20) throw this.wrong("an integer in the pickle has more than a million bytes");
    if (length === 0) return 0;
    let hex = "0x";
    for (let i = length - 1; i >= 0; i--) hex += bytes[i]!.toString(16).padStart(2, "0");
    return integer(BigInt.asIntN(8 * length, BigInt(hex)));
  }

  /** A line as Latin-1, without its end. */
  line(): string {
    const end = this.bytes.indexOf(10, this.at);
    if (end < 0)
      throw new CutShort("the pickle ends within a line: it is cut short or damaged", { offset: this.at });
    const text = latin1(this.take(end - this.at));
    this.at++;
    return text;
  }

  decimal(): number | bigint {
    const line = this.line().replace(/L$/, "").trim();
    if (!/^[+-]?\d+$/.test(line)) throw this.wrong("an integer in the pickle is no number");
    if (line.length > mostDigits) {
      throw this.wrong(`an integer in the pickle has more than the ${mostDigits} digits that Python takes`);
    }
    return integer(BigInt(line.replace(/^\+/, "")));
  }

  /** Python's text of a float. */
  floatLine(): number {
    const line = this.line().trim().toLowerCase();
    const special = new Map([
      ["nan", Number.NaN],
      ["inf", Number.POSITIVE_INFINITY],
      ["-inf", Number.NEGATIVE_INFINITY],
    ]).get(line);
    if (special !== undefined) return special;
    if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(line))
      throw this.wrong("a float in the pickle is no number");
    return Number(line);
  }

  /** UTF-8, lone surrogates allowed as Python's pickle has them. */
  text(length: number): string {
    const start = this.at;
    const bytes = this.take(length);
    try {
      return utf8.decode(bytes);
    } catch {
      return this.surrogateText(bytes, start);
    }
  }

  private surrogateText(bytes: Uint8Array, start: number): string {
    let text = "";
    let from = 0;
    try {
      for (let i = 0; i + 2 < bytes.byteLength; i++) {
        if (bytes[i] !== 0xed || (bytes[i + 1]! & 0xe0) !== 0xa0 || (bytes[i + 2]! & 0xc0) !== 0x80) continue;
        text += utf8.decode(bytes.subarray(from, i));
        text += String.fromCharCode(0xd000 | ((bytes[i + 1]! & 0x3f) << 6) | (bytes[i + 2]! & 0x3f));
        i += 2;
        from = i + 1;
      }
      return text + utf8.decode(bytes.subarray(from));
    } catch {
      throw new FormatError("text in the pickle is no UTF-8", { offset: start });
    }
  }

  wrong(reason: string): FormatError {
    return new FormatError(reason, { offset: this.at });
  }
}

/** Each byte as the character of that number. */
export function latin1(bytes: Uint8Array): string {
  let text = "";
  for (let start = 0; start < bytes.byteLength; start += 8192) {
    text += String.fromCharCode(...bytes.subarray(start, start + 8192));
  }
  return text;
}

/** The bytes of text in which each character is one; undefined when one is not. */
export function latin1Bytes(text: string): Uint8Array | undefined {
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) {
    const code = text.charCodeAt(i);
    if (code > 0xff) return undefined;
    bytes[i] = code;
  }
  return bytes;
}

/** Python's raw-unicode-escape: only \uXXXX and \UXXXXXXXX are escapes. */
export function rawUnicode(line: string): string {
  return line.replace(
    /(\\+)(?:u([0-9a-fA-F]{4})|U([0-9a-fA-F]{8}))/g,
    (whole, slashes: string, short?: string, long?: string) => {
      const code = Number.parseInt(short ?? long ?? "", 16);
      // An even number of backslashes is so many backslashes, not the beginning of an escape.
      if (slashes.length % 2 === 0 || code > 0x10ffff) return whole;
      return slashes.slice(1) + String.fromCodePoint(code);
    },
  );
}

const simpleEscapes: ReadonlyMap<string, string> = new Map([
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
  ["a", "\x07"],
  ["b", "\b"],
  ["f", "\f"],
  ["v", "\v"],
  ["\\", "\\"],
  ["'", "'"],
  ['"', '"'],
]);

/** A quoted Python 2 string; undefined when it is not quoted. */
export function quotedText(line: string): string | undefined {
  const quote = line[0];
  if ((quote !== "'" && quote !== '"') || line.length < 2 || line[line.length - 1] !== quote)
    return undefined;
  return line
    .slice(1, -1)
    .replace(
      /\\(?:x([0-9a-fA-F]{2})|([0-7]{1,3})|([\s\S]))/g,
      (whole, hex?: string, octal?: string, one?: string) => {
        if (hex !== undefined) return String.fromCharCode(Number.parseInt(hex, 16));
        if (octal !== undefined) return String.fromCharCode(Number.parseInt(octal, 8) & 0xff);
        return simpleEscapes.get(one ?? "") ?? whole;
      },
    );
}
