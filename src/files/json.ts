// JSON (RFC 8259) as headers and index files have it, read strictly: UTF-8 without a byte order mark, whole surrogate
// pairs, integers apart from other numbers, keys in order. The bounds are those of serde_json, which safetensors uses.

import { FormatError } from "../core/errors.ts";
import { DictValue, type Value } from "./values.ts";

/** A value of JSON: integers are bigints; numbers with a fraction or an exponent, and integers beyond 64 bits, numbers. */
export type JsonValue = null | boolean | bigint | number | string | JsonValue[] | JsonObject;

/** An object of JSON, its keys in order. Of a key that comes twice the last value holds. */
export class JsonObject extends Map<string, JsonValue> {
  private earlier: [key: string, value: JsonValue][] | undefined = undefined;

  /** Values that a later one of the same key took the place of. */
  get replaced(): readonly (readonly [key: string, value: JsonValue])[] {
    return this.earlier ?? [];
  }

  /** True iff the key came more than once. */
  isRepeated(key: string): boolean {
    return this.replaced.some(([other]) => other === key);
  }

  /** Sets a key that may be there already. */
  add(key: string, value: JsonValue): void {
    if (this.has(key)) {
      this.earlier ??= [];
      this.earlier.push([key, this.get(key)!]);
    }
    this.set(key, value);
  }
}

/** Levels of lists and objects. */
const mostLevels = 127;
/** Digits of 2^64: integers of more are read as floating point, and need no long arithmetic. */
const mostDigits = 20;

const [quote, backslash, minus, plus, point, zero, nine] = [0x22, 0x5c, 0x2d, 0x2b, 0x2e, 0x30, 0x39];
const escapes: ReadonlyMap<string, string> = new Map([
  ['"', '"'],
  ["\\", "\\"],
  ["/", "/"],
  ["b", "\b"],
  ["f", "\f"],
  ["n", "\n"],
  ["r", "\r"],
  ["t", "\t"],
]);
type Words = readonly (readonly [word: string, value: null | boolean | number])[];
const words: Words = [
  ["null", null],
  ["true", true],
  ["false", false],
];
/** What Python's json module writes besides, though JSON has no such. */
const pythonWords: Words = [
  ...words,
  ["NaN", Number.NaN],
  ["Infinity", Number.POSITIVE_INFINITY],
  ["-Infinity", Number.NEGATIVE_INFINITY],
];

/** How JSON is read. */
export interface JsonOptions {
  /** Where the bytes begin in the file, for errors. */
  readonly start?: number;
  /** True: NaN and infinities may stand in it, as Python's json module writes and reads them. */
  readonly python?: boolean;
}

/**
 * Reads JSON.
 * @param what is named in errors: "the header"
 * @throws FormatError when it is not JSON, not UTF-8, or nested more than 127 levels deep
 */
export function parseJson(bytes: Uint8Array, what: string, options: JsonOptions = {}): JsonValue {
  const { start = 0, python = false } = options;
  let text: string;
  try {
    text = new TextDecoder("utf-8", { fatal: true, ignoreBOM: true }).decode(bytes);
  } catch {
    throw new FormatError(`${what} is not UTF-8`, { offset: start });
  }
  if (text.startsWith("\ufeff")) {
    throw new FormatError(`${what} begins with a byte order mark, which JSON may not`, { offset: start });
  }
  return new JsonReader(text, what, start, python ? pythonWords : words).whole();
}

/** The value as files' values are. */
export function valueOfJson(json: JsonValue): Value {
  if (typeof json === "bigint") return Number.isSafeInteger(Number(json)) ? Number(json) : json;
  if (Array.isArray(json)) return json.map(valueOfJson);
  if (json instanceof JsonObject) {
    return new DictValue([...json].map(([key, value]): [string, Value] => [key, valueOfJson(value)]));
  }
  return json;
}

class JsonReader {
  private readonly text: string;
  private readonly what: string;
  private readonly start: number;
  private readonly words: Words;
  private at = 0;

  constructor(text: string, what: string, start: number, known: Words) {
    this.text = text;
    this.what = what;
    this.start = start;
    this.words = known;
  }

  whole(): JsonValue {
    this.skipBlanks();
    const value = this.value(0);
    this.skipBlanks();
    if (this.at < this.text.length) throw this.unexpected("nothing more");
    return value;
  }

  private value(level: number): JsonValue {
    const character = this.text[this.at];
    if (character === "{" || character === "[") {
      if (level >= mostLevels) throw this.wrong(`is nested more than ${mostLevels} levels deep`);
      this.at++;
      return character === "{" ? this.object(level + 1) : this.list(level + 1);
    }
    if (character === '"') return this.string();
    for (const [word, value] of this.words) {
      if (this.text.startsWith(word, this.at)) {
        this.at += word.length;
        return value;
      }
    }
    return this.number();
  }

  private object(level: number): JsonObject {
    const object = new JsonObject();
    this.skipBlanks();
    if (this.take("}")) return object;
    for (;;) {
      this.skipBlanks();
      if (this.text[this.at] !== '"') throw this.unexpected('a key in "quotes"');
      const key = this.string();
      this.skipBlanks();
      if (!this.take(":")) throw this.unexpected('":"');
      this.skipBlanks();
      object.add(key, this.value(level));
      this.skipBlanks();
      if (this.take("}")) return object;
      if (!this.take(",")) throw this.unexpected('"," or "}"');
    }
  }

  private list(level: number): JsonValue[] {
    const list: JsonValue[] = [];
    this.skipBlanks();
    if (this.take("]")) return list;
    for (;;) {
      this.skipBlanks();
      list.push(this.value(level));
      this.skipBlanks();
      if (this.take("]")) return list;
      if (!this.take(",")) throw this.unexpected('"," or "]"');
    }
  }

  private string(): string {
    const first = this.at;
    let result = "";
    let from = ++this.at;
    for (;;) {
      const code = this.text.charCodeAt(this.at);
      if (code === quote) break;
      if (Number.isNaN(code)) throw this.unexpected('the " that ends a text');
      if (code < 0x20) throw this.wrong("has a raw control character in a text");
      if (code !== backslash) this.at++;
      else {
        result += this.text.slice(from, this.at) + this.escaped();
        from = this.at;
      }
    }
    // Without an escape the text is UTF-8 as it was decoded, and so has no half pairs.
    const hadEscape = from !== first + 1;
    result += this.text.slice(from, this.at++);
    if (hadEscape && /\p{Surrogate}/u.test(result)) {
      this.at = first;
      throw this.wrong("has half a surrogate pair in a text");
    }
    return result;
  }

  /** The character that the escape at the backslash stands for. */
  private escaped(): string {
    const letter = this.text[this.at + 1] ?? "";
    const plain = escapes.get(letter);
    if (plain !== undefined) {
      this.at += 2;
      return plain;
    }
    const digits = this.text.slice(this.at + 2, this.at + 6);
    if (letter !== "u" || !/^[0-9a-fA-F]{4}$/.test(digits)) {
      throw this.wrong(`has the escape ${JSON.stringify(`\\${letter}${letter === "u" ? digits : ""}`)}`);
    }
    this.at += 6;
    return String.fromCharCode(Number.parseInt(digits, 16));
  }

  private number(): bigint | number {
    const first = this.at;
    if (this.code() === minus) this.at++;
    const firstDigit = this.at;
    if (this.code() === zero) this.at++;
    else this.digits(first);
    let isInteger = this.at - firstDigit <= mostDigits;
    if (this.code() === point) {
      this.at++;
      this.digits(first);
      isInteger = false;
    }
    if (this.text[this.at] === "e" || this.text[this.at] === "E") {
      this.at++;
      if (this.code() === minus || this.code() === plus) this.at++;
      this.digits(first);
      isInteger = false;
    }
    const digits = this.text.slice(first, this.at);
    if (isInteger && digits !== "-0") return BigInt(digits);
    const value = Number(digits);
    if (!Number.isFinite(value)) {
      this.at = first;
      throw this.wrong("has a number beyond floating point");
    }
    return value;
  }

  /** One digit or more. */
  private digits(first: number): void {
    const from = this.at;
    while (this.code() >= zero && this.code() <= nine) this.at++;
    if (this.at === from) {
      if (from === first) throw this.unexpected("a value");
      throw this.unexpected("a digit");
    }
  }

  private code(): number {
    return this.text.charCodeAt(this.at);
  }

  private take(character: string): boolean {
    if (this.text[this.at] !== character) return false;
    this.at++;
    return true;
  }

  private skipBlanks(): void {
    for (;;) {
      const code = this.code();
      if (code !== 0x20 && code !== 0x0a && code !== 0x0d && code !== 0x09) return;
      this.at++;
    }
  }

  private unexpected(expected: string): FormatError {
    const next = this.text.codePointAt(this.at);
    const came = next === undefined ? "its end" : JSON.stringify(String.fromCodePoint(next));
    return this.wrong(`is not JSON: expected ${expected}, and ${came} came`);
  }

  private wrong(reason: string): FormatError {
    const before = new TextEncoder().encode(this.text.slice(0, this.at)).byteLength;
    return new FormatError(`${this.what} ${reason}`, { offset: this.start + before });
  }
}
