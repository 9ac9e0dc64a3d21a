// Tells pickles of protocols 0 and 1, which have no mark of their own, by whether the file's first bytes are opcodes
// with their arguments: Lib/pickletools.py.

import { latin1 } from "../latin1.ts";

/** What follows an opcode: so many bytes, lines of such text, or a length of one or four bytes and as many more. */
type Argument = number | readonly RegExp[] | "length1" | "length4";

const integer = [/^\s*[+-]?\d+L?\s*$/];
const float = [/^\s*[+-]?(\d|\.\d|inf|nan)/i];
const quoted = [/^\s*(['"]).*\1\s*$/];
const name = /^\S+$/;
const digits = [/^\d+$/];
const anyText = [/^/];

/** The opcodes of protocols 0 and 1, by the character that each is. */
const opcodes: ReadonlyMap<string, Argument> = new Map<string, Argument>([
  ...[..."(.012NQRabdlostu]})e"].map((code): [string, Argument] => [code, 0]),
  ["K", 1],
  ["M", 2],
  ["J", 4],
  ["G", 8],
  ["h", 1],
  ["q", 1],
  ["j", 4],
  ["r", 4],
  ["I", integer],
  ["L", integer],
  ["F", float],
  ["S", quoted],
  ["V", anyText],
  ["P", anyText],
  ["g", digits],
  ["p", digits],
  ["c", [name, name]],
  ["i", [name, name]],
  ["U", "length1"],
  ["T", "length4"],
  ["X", "length4"],
]);

/** So many opcodes in a row are no accident, and so many none though what follows is no opcode: joblib's arrays. */
const enough = 8;
const plenty = 24;

/**
 * True iff the file is taken for a pickle of protocol 0 or 1: its first bytes are such opcodes, and it ends as a pickle
 * does or there are many of them.
 */
export function looksLikeOldPickle(head: Uint8Array, byteLength: number, lastByte: number): boolean {
  let count = 0;
  let at = 0;
  // A pickle begins by making something.
  if (!"(])}NIJKLMFGSTUVXc".includes(String.fromCharCode(head[0]!))) return false;
  while (at < head.byteLength) {
    const code = String.fromCharCode(head[at]!);
    const argument = opcodes.get(code);
    const next = argument === undefined ? undefined : argumentEnd(head, at + 1, argument);
    if (next === undefined || next > byteLength) return count >= plenty;
    count++;
    at = next;
    if (code === ".") return at === byteLength || count >= enough;
  }
  return count >= enough || lastByte === 0x2e;
}

/** Where the argument ends: beyond the head where that is cut off within it; undefined where it is none. */
function argumentEnd(head: Uint8Array, at: number, argument: Argument): number | undefined {
  if (typeof argument === "number") return at + argument;
  if (argument === "length1") return at + 1 + (head[at] ?? 0);
  if (argument === "length4") {
    if (at + 4 > head.byteLength) return head.byteLength;
    return at + 4 + new DataView(head.buffer, head.byteOffset).getUint32(at, true);
  }
  let end = at;
  for (const pattern of argument) {
    const newline = head.indexOf(10, end);
    if (newline < 0) return head.byteLength;
    if (!pattern.test(latin1(head.subarray(end, newline)))) return undefined;
    end = newline + 1;
  }
  return end;
}
