// Which bytes of a file an answer holds: Content-Range, and multipart/byteranges. RFC 9110, sections 14.4 and 14.6.

import { FormatError } from "../../core/errors.ts";

/** What Content-Range says: the end is exclusive here. */
export interface ContentRange {
  readonly start: number;
  readonly end: number;
  readonly total: number | undefined;
}

/** Reads `bytes 0-99/1000`. */
export function parseRange(text: string): ContentRange | undefined {
  const found = /^\s*bytes\s+(\d{1,15})-(\d{1,15})\/(\d{1,15}|\*)\s*$/i.exec(text);
  if (found === null) return undefined;
  const [, first, last, total] = found;
  return { start: Number(first), end: Number(last) + 1, total: total === "*" ? undefined : Number(total) };
}

/** A range in words. */
export function rangeText({ start, end, total }: ContentRange): string {
  return `${start} to ${end}${total === undefined ? "" : ` of ${total}`}`;
}

/** One part of an answer. */
export interface FoundPart {
  readonly start: number;
  readonly bytes: Uint8Array;
}

const longestHeader = 4096;

/**
 * The parts of an answer, each of the length that it says.
 * @param type the answer's Content-Type, which has the boundary
 * @returns an error when it is no such answer, or of a file of another length
 */
export function multipartOf(
  bytes: Uint8Array,
  type: string,
  length: number | undefined,
): FoundPart[] | FormatError {
  const damaged = new FormatError("the server's answer of several parts is damaged");
  const boundary = /boundary=(?:"([^"]{1,200})"|([^\s;"]{1,200}))/i.exec(type);
  if (boundary === null) return damaged;
  const mark = new TextEncoder().encode(`--${boundary[1] ?? boundary[2]}`);
  const parts: FoundPart[] = [];
  let at = find(bytes, mark, 0, bytes.byteLength);
  while (at >= 0) {
    const afterMark = at + mark.byteLength;
    if (bytes[afterMark] === 0x2d && bytes[afterMark + 1] === 0x2d) return parts;
    const headerEnd = find(bytes, blankLine, afterMark, afterMark + longestHeader);
    if (headerEnd < 0) return damaged;
    const text = new TextDecoder("latin1").decode(bytes.subarray(afterMark, headerEnd));
    const range = parseRange(/^content-range:(.*)$/im.exec(text)?.[1] ?? "");
    if (range === undefined) return damaged;
    if (range.total !== undefined && length !== undefined && range.total !== length) return damaged;
    const start = headerEnd + blankLine.byteLength;
    const end = start + range.end - range.start;
    if (end < start || end > bytes.byteLength) return damaged;
    parts.push({ start: range.start, bytes: bytes.subarray(start, end) });
    at = find(bytes, mark, end, end + mark.byteLength + 4);
  }
  return damaged;
}

const blankLine = new Uint8Array([0x0d, 0x0a, 0x0d, 0x0a]);

/** Where `wanted` begins, at `from` or later and whole before `to`; -1 where it does not. */
function find(bytes: Uint8Array, wanted: Uint8Array, from: number, to: number): number {
  const last = Math.min(to, bytes.byteLength) - wanted.byteLength;
  for (let at = from; at <= last; at++) {
    if (wanted.every((byte, index) => bytes[at + index] === byte)) return at;
  }
  return -1;
}
