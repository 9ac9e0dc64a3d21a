// Readers that tests look at what is read through.

import { bytesReader, type Reader } from "../../src/files/index.ts";

/** A reader that counts the bytes that are taken from it. */
export function counting(bytes: Uint8Array, name = "counted"): Reader & { taken: number } {
  const inner = bytesReader(bytes, name);
  const reader = {
    byteLength: inner.byteLength,
    name,
    taken: 0,
    slice: (start: number, end: number) => {
      reader.taken += end - start;
      return inner.slice(start, end);
    },
  };
  return reader;
}
