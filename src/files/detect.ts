// What a file is, by its content alone: never by its name, and never by trying one reader after another.

import { FormatError } from "../core/errors.ts";
import { isNpy } from "./npy.ts";

/** Formats that can be told from their first bytes. A zip archive may be .npz or torch.save's. */
export type Container = "npy" | "zip" | "torch stream" | "pickle";

/** How many bytes `detect` wants to see, where there are so many. */
export const detectLength = 512;

function startsWith(bytes: Uint8Array, start: readonly number[] | string): boolean {
  for (let i = 0; i < start.length; i++) {
    if (bytes[i] !== (typeof start === "string" ? start.charCodeAt(i) : start[i])) return false;
  }
  return true;
}

/** The integer that torch.save began its stream with before 1.6: opcode LONG1 and ten bytes, after PROTO and FRAME. */
const legacyTorch: readonly number[] = [
  0x8a, 0x0a, 0x6c, 0xfc, 0x9c, 0x46, 0xf9, 0x20, 0x6a, 0xa8, 0x50, 0x19,
];

/** Files that are known for what they are, and cannot be read as arrays. */
const others: readonly [start: readonly number[] | string, what: string][] = [
  ["version https://git-lfs", "a Git LFS pointer: the file itself is elsewhere; fetch it with git lfs pull"],
  [[0x1f, 0x8b], "compressed with gzip: unpack it first (gunzip)"],
  [[0x89, 0x48, 0x44, 0x46, 0x0d, 0x0a], "an HDF5 file (Keras's .h5), which is not read here"],
  ["GGUF", "a GGUF file, which is not read here"],
  ["BZh", "compressed with bzip2: unpack it first"],
  [[0xfd, 0x37, 0x7a, 0x58, 0x5a], "compressed with xz: unpack it first"],
  [[0x28, 0xb5, 0x2f, 0xfd], "compressed with Zstandard: unpack it first"],
  [[0x37, 0x7a, 0xbc, 0xaf, 0x27, 0x1c], "a 7z archive: unpack it first"],
  ["Rar!", "a RAR archive: unpack it first"],
  ["%PDF", "a PDF document"],
  [[0x89, 0x50, 0x4e, 0x47], "a PNG image"],
];

/**
 * The container that the bytes begin.
 * @param bytes the first `detectLength` bytes of the file, or all of them
 * @throws FormatError naming what the file is instead
 */
export function detect(bytes: Uint8Array): Container {
  if (bytes.byteLength === 0) throw new FormatError("the file is empty");
  if (isNpy(bytes)) return "npy";
  if (startsWith(bytes, "PK\x03\x04") || startsWith(bytes, "PK\x05\x06")) return "zip";
  for (const [start, what] of others) {
    if (startsWith(bytes, start)) throw new FormatError(`this is ${what}`);
  }
  if (bytes[0] === 0x80 && [2, 11].some((at) => startsWith(bytes.subarray(at), legacyTorch))) {
    return "torch stream";
  }
  if (bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5) return "pickle";
  const text = String.fromCharCode(...bytes.subarray(0, detectLength));
  if (text.slice(257, 262) === "ustar") {
    throw new FormatError(
      "this is a tar archive (torch.save before 0.1.10 wrote such): load it in PyTorch and save it again with torch.save",
    );
  }
  if (/^\s*<(!doctype|html|head|body|\?xml)/i.test(text)) {
    throw new FormatError(
      "this is a web page, not the file it was saved as: the download gave a page (sign-in or error)",
    );
  }
  if (bytes.byteLength > 9 && text[8] === "{" && bytes[6] === 0 && bytes[7] === 0) {
    throw new FormatError("this looks like a safetensors file, which is not read here");
  }
  throw new FormatError(
    `this is no .npy, .npz, torch.save file or pickle: it begins with ${JSON.stringify(text.slice(0, 12))}`,
    { offset: 0 },
  );
}
