// Checksums of HDF5: Bob Jenkins's lookup3 (hashlittle, May 2006) over metadata, and Fletcher-32 over chunks as the
// library reckons it (HDF5 File Format Specification Version 3.0, section III.G; big-endian 16-bit words).

const rotate = (value: number, bits: number): number => (value << bits) | (value >>> (32 - bits));

/** Lookup3 of bytes, beginning from 0. */
export function lookup3(bytes: Uint8Array): number {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let a = (0xdeadbeef + bytes.byteLength) | 0;
  let b = a;
  let c = a;
  let at = 0;
  let left = bytes.byteLength;
  for (; left > 12; left -= 12, at += 12) {
    a = (a + view.getInt32(at, true)) | 0;
    b = (b + view.getInt32(at + 4, true)) | 0;
    c = (c + view.getInt32(at + 8, true)) | 0;
    a = ((a - c) ^ rotate(c, 4)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 6)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 8)) | 0;
    b = (b + a) | 0;
    a = ((a - c) ^ rotate(c, 16)) | 0;
    c = (c + b) | 0;
    b = ((b - a) ^ rotate(a, 19)) | 0;
    a = (a + c) | 0;
    c = ((c - b) ^ rotate(b, 4)) | 0;
    b = (b + a) | 0;
  }
  if (left === 0) return c >>> 0;
  const last = new DataView(new ArrayBuffer(12));
  for (let index = 0; index < left; index++) last.setUint8(index, bytes[at + index]!);
  a = (a + last.getInt32(0, true)) | 0;
  b = (b + last.getInt32(4, true)) | 0;
  c = (c + last.getInt32(8, true)) | 0;
  c = ((c ^ b) - rotate(b, 14)) | 0;
  a = ((a ^ c) - rotate(c, 11)) | 0;
  b = ((b ^ a) - rotate(a, 25)) | 0;
  c = ((c ^ b) - rotate(b, 16)) | 0;
  a = ((a ^ c) - rotate(c, 4)) | 0;
  b = ((b ^ a) - rotate(a, 14)) | 0;
  c = ((c ^ b) - rotate(b, 24)) | 0;
  return c >>> 0;
}

/** Fletcher-32 of bytes. */
export function fletcher32(bytes: Uint8Array): number {
  let first = 0;
  let second = 0;
  const words = bytes.byteLength >>> 1;
  for (let word = 0; word < words; ) {
    // The sums of 360 words stay below 2^32.
    const end = Math.min(words, word + 360);
    for (; word < end; word++) {
      first += (bytes[2 * word]! << 8) | bytes[2 * word + 1]!;
      second += first;
    }
    first = (first & 0xffff) + (first >>> 16);
    second = (second & 0xffff) + (second >>> 16);
  }
  if (bytes.byteLength % 2 === 1) {
    first += bytes[bytes.byteLength - 1]! << 8;
    second += first;
  }
  first = (first & 0xffff) + (first >>> 16);
  second = (second & 0xffff) + (second >>> 16);
  first = (first & 0xffff) + (first >>> 16);
  second = (second & 0xffff) + (second >>> 16);
  return ((second << 16) | first) >>> 0;
}
