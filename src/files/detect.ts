// Files that are none of those that are read: what they are instead, so far as their first bytes tell.

import { FormatError } from "../core/errors.ts";
import { headLength } from "./format.ts";

/** True iff the bytes begin so. */
export function startsWith(bytes: Uint8Array, start: readonly number[] | string): boolean {
  for (let i = 0; i < start.length; i++) {
    if (bytes[i] !== (typeof start === "string" ? start.charCodeAt(i) : start[i])) return false;
  }
  return true;
}

/** True iff the file is a zip archive with nothing before it. */
export function isZip(head: Uint8Array): boolean {
  return startsWith(head, "PK\x03\x04") || startsWith(head, "PK\x05\x06");
}

/**
 * True iff the bytes begin with a length and an object of JSON, as a safetensors file does. The length may be any bytes:
 * those that a pickle or a zlib stream begins with, too.
 */
export function hasJsonHeader(head: Uint8Array): boolean {
  return head[8] === 0x7b && [4, 5, 6, 7].every((at) => head[at] === 0);
}

/** Files that are known for what they are, and cannot be read as arrays. */
const others: readonly [start: readonly number[] | string, what: string][] = [
  ["version https://git-lfs", "a Git LFS pointer: the file itself is elsewhere; fetch it with git lfs pull"],
  ["GGUF", "a GGUF file, which is not read here"],
  ["BZh", "compressed with bzip2: unpack it first (bunzip2, or joblib.load and joblib.dump with compress=3)"],
  [
    [0xfd, 0x37, 0x7a, 0x58, 0x5a],
    "compressed with xz: unpack it first (unxz, or joblib.load and joblib.dump with compress=3)",
  ],
  [
    [0x5d, 0, 0],
    "compressed with lzma: unpack it first (unlzma, or joblib.load and joblib.dump with compress=3)",
  ],
  [
    [0x04, 0x22, 0x4d, 0x18],
    "compressed with LZ4: unpack it first (unlz4, or joblib.load and joblib.dump with compress=3)",
  ],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with Zstandard: unpack it first"],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive: unpack it first"],
  ["Rar!", "a RAR archive: unpack it first"],
  ["%PDF", "a PDF document"],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG image"],
];

/** No file that holds arrays is shorter. */
const fewestBytes = 10;

/** The error that says what a file is instead of one that can be read. */
export function unknownFile(head: Uint8Array): FormatError {
  if (head.byteLength === 0) return new FormatError("the file is empty");
  for (const [start, what] of others) {
    if (startsWith(head, start)) return new FormatError(`this is ${what}`);
  }
  if (head.byteLength < fewestBytes) {
    return new FormatError(
      `the file has only ${head.byteLength} bytes: it is cut short, or no file of arrays`,
    );
  }
  const text = String.fromCharCode(...head.subarray(0, headLength));
  if (/^\s*<(!doctype|html|head|body|\?xml)/i.test(text)) {
    return new FormatError(
      "this is a web page, not the file it was saved as: the download gave a page (sign-in or error)",
    );
  }
  return new FormatError(
    `this is no file that Python saves arrays in (.npy, .npz, .pt, .safetensors, pickle): it begins with ${JSON.stringify(text.slice(0, 12))}`,
    { offset: 0 },
  );
}
