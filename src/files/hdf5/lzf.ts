// LibLZF's format, as h5py's filter lzf writes it: runs of bytes as they are, and copies of what came before.

import { FormatError } from "../../core/errors.ts";

/**
 * Unpacks LZF.
 * @param most bytes that may come out
 * @throws FormatError when it is damaged, or gives more
 */
export function unpackLzf(packed: Uint8Array, most: number): Uint8Array {
  const content = new Uint8Array(Math.min(most, longestOf(packed)));
  const damaged = (why: string): FormatError =>
    new FormatError(`a chunk packed with lzf ${why}: it is damaged`);
  let at = 0;
  let to = 0;
  while (at < packed.byteLength) {
    const control = packed[at++]!;
    if (control < 32) {
      const length = control + 1;
      if (at + length > packed.byteLength) throw damaged("is cut short");
      if (to + length > content.byteLength) throw damaged("gives more bytes than it has");
      content.set(packed.subarray(at, at + length), to);
      at += length;
      to += length;
      continue;
    }
    let length = control >> 5;
    if (length === 7) length += packed[at++] ?? 0;
    const low = packed[at++];
    if (low === undefined) throw damaged("is cut short");
    length += 2;
    const from = to - ((control & 31) << 8) - low - 1;
    if (from < 0) throw damaged("copies from before its beginning");
    if (to + length > content.byteLength) throw damaged("gives more bytes than it has");
    for (let index = 0; index < length; index++) content[to + index] = content[from + index]!;
    to += length;
  }
  return content.subarray(0, to);
}

/** No LZF grows by more: 264 bytes for three. */
function longestOf(packed: Uint8Array): number {
  return 88 * packed.byteLength + 264;
}
