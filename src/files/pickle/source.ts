// The bytes of a pickle, read one argument at a time: the argument forms of Python's pickletools.

import { FormatError } from "../../core/errors.ts";
import { latin1 } from "../latin1.ts";
import { type Reader, readBytes } from "../reader.ts";

/** A number where it is exact, else a bigint. */
export function integer(value: bigint): number | bigint {
  const number = Number(value);
  return Number.isSafeInteger(number) ? number : value;
}

const utf8 = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true });

/** Python's own limit for the digits of an integer in text. */
const mostDigits = 4300;

/** Not a failure: the bytes of a file up to `end` must be brought into memory before the pickle is read on. */
export class MoreNeeded {
  readonly end: number;

  constructor(end: number) {
    this.end = end;
  }
}

/** A place in the bytes of a pickle. All reads are checked against the end. */
export class PickleSource {
  /** Bytes of the whole: the last pickle in it ends there at the latest. */
  readonly byteLength: number;
  /** What is in memory of it, and where that begins in the whole. */
  protected held: Uint8Array;
  protected base: number;
  /** The next byte in what is held. */
  private at: number;
  private view: DataView;

  constructor(bytes: Uint8Array, start = 0, byteLength: number = bytes.byteLength) {
    this.held = bytes;
    this.base = 0;
    this.at = start;
    this.byteLength = byteLength;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Where the next byte lies in the whole. */
  get position(): number {
    return this.base + this.at;
  }

  /** Goes to a place in what is held, or just behind it; from there on more must be brought. */
  moveTo(position: number): void {
    this.at = position - this.base;
  }

  /** Replaces what is held by bytes that lie at `position`, and goes there. */
  protected hold(bytes: Uint8Array, position: number): void {
    this.held = bytes;
    this.base = position;
    this.at = 0;
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  }

  /** Moves over the next `length` bytes. @returns where they begin in what is held */
  private advance(length: number): number {
    const start = this.at;
    if (length < 0) throw this.wrong("a length in the pickle is negative");
    if (!(this.position + length <= this.byteLength)) {
      throw this.wrong(`the pickle ends where ${length} bytes should follow: it is cut short or damaged`);
    }
    if (start + length > this.held.byteLength) throw new MoreNeeded(this.position + length);
    this.at = start + length;
    return start;
  }

  /** The next `length` bytes, as a view. */
  take(length: number): Uint8Array {
    const start = this.advance(length);
    return this.held.subarray(start, this.at);
  }

  /** Bytes of their own, beginning at an address that suits any element type. */
  copy(length: number): Uint8Array {
    return this.take(length).slice();
  }

  unsigned(width: 1 | 2 | 4 | 8): number {
    const start = this.advance(width);
    if (width === 1) return this.held[start]!;
    if (width === 2) return this.view.getUint16(start, true);
    if (width === 4) return this.view.getUint32(start, true);
    const value = Number(this.view.getBigUint64(start, true));
    if (!Number.isSafeInteger(value)) throw this.wrong("a length in the pickle is beyond any file");
    return value;
  }

  signed32(): number {
    const start = this.advance(4);
    return this.view.getInt32(start, true);
  }

  float64(): number {
    const start = this.advance(8);
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

  /** The bytes up to the end of the line, which are left behind together with it. */
  private lineBytes(): Uint8Array {
    const end = this.held.indexOf(10, this.at);
    if (end < 0) {
      const heldEnd = this.base + this.held.byteLength;
      if (heldEnd < this.byteLength) throw new MoreNeeded(2 * heldEnd - this.position + 1);
      throw this.wrong("the pickle ends within a line: it is cut short or damaged");
    }
    const line = this.take(end - this.at);
    this.at++;
    return line;
  }

  /** A line as Latin-1, without its end. */
  line(): string {
    return latin1(this.lineBytes());
  }

  /** A line as UTF-8, without its end. */
  textLine(): string {
    const start = this.position;
    return this.decode(this.lineBytes(), start);
  }

  /** UTF-8, lone surrogates allowed as Python's pickle has them. */
  text(length: number): string {
    const start = this.position;
    return this.decode(this.take(length), start);
  }

  private decode(bytes: Uint8Array, start: number): string {
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
    return new FormatError(reason, { offset: this.position });
  }
}

/** How much of a file is held at a time, where nothing longer is asked for. */
const window = 2 ** 16;

/** A pickle in a file, of which a part is held at a time. */
export class FileSource extends PickleSource {
  readonly reader: Reader;

  constructor(reader: Reader, start = 0) {
    super(new Uint8Array(0), 0, reader.byteLength);
    this.reader = reader;
    this.hold(new Uint8Array(0), start);
  }

  /** Brings the bytes from the present position up to `end`, and some after them, into memory. */
  async bring(end: number): Promise<void> {
    const { position } = this;
    const until = Math.min(this.byteLength, Math.max(end, position + window));
    this.hold(await readBytes(this.reader, position, until, "the pickle"), position);
  }

  /** Goes to any place in the file. */
  jumpTo(position: number): void {
    if (position >= this.base && position <= this.base + this.held.byteLength) this.moveTo(position);
    else this.hold(new Uint8Array(0), position);
  }
}

/**
 * Python's text of an integer.
 * @throws FormatError when it is none, or longer than Python takes
 */
export function decimal(line: string): number | bigint {
  const digits = line.replace(/L$/, "").trim();
  if (!/^[+-]?\d+$/.test(digits)) throw new FormatError("an integer in the pickle is no number");
  if (digits.length > mostDigits) {
    throw new FormatError(
      `an integer in the pickle has more than the ${mostDigits} digits that Python takes`,
    );
  }
  return integer(BigInt(digits.replace(/^\+/, "")));
}

const specialFloats: ReadonlyMap<string, number> = new Map([
  ["nan", Number.NaN],
  ["inf", Number.POSITIVE_INFINITY],
  ["-inf", Number.NEGATIVE_INFINITY],
]);

/** Python's text of a float. @throws FormatError when it is none */
export function float(line: string): number {
  const text = line.trim().toLowerCase();
  const special = specialFloats.get(text);
  if (special !== undefined) return special;
  if (!/^[+-]?(\d+\.?\d*|\.\d+)(e[+-]?\d+)?$/.test(text))
    throw new FormatError("a float in the pickle is no number");
  return Number(text);
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
