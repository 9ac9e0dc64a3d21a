// Reads a tar archive in memory: POSIX ustar (IEEE Std 1003.1-1988), plain files only, as scripts/pack-reference.mjs
// writes it.

const block = 512;
const ascii = new TextDecoder("latin1");

function field(header: Uint8Array, at: number, length: number): string {
  const text = ascii.decode(header.subarray(at, at + length));
  const end = text.indexOf("\0");
  return end < 0 ? text : text.slice(0, end);
}

/** The files of an archive by path, in its order. The arrays are views of `bytes`. */
export function untar(bytes: Uint8Array): Map<string, Uint8Array> {
  const files = new Map<string, Uint8Array>();
  let at = 0;
  while (at + block <= bytes.length && bytes[at] !== 0) {
    const header = bytes.subarray(at, at + block);
    const size = Number.parseInt(field(header, 124, 12), 8);
    files.set(field(header, 0, 100), bytes.subarray(at + block, at + block + size));
    at += block + Math.ceil(size / block) * block;
  }
  return files;
}
