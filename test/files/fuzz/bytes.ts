// Changes of a file's bytes that know nothing of its format.

import type { Chance } from "./random.ts";

/** A change: what it is, and the bytes it gives. */
export type Change = readonly [what: string, bytes: Uint8Array];

/** Something that changes bytes; `others` are further files of the same format. */
export type Changer = (
  bytes: Uint8Array,
  chance: Chance,
  others: readonly Uint8Array[],
) => Change | undefined | Promise<Change | undefined>;

export function joined(...parts: readonly Uint8Array[]): Uint8Array {
  return Uint8Array.from(Buffer.concat(parts));
}

/** The bytes with a part replaced by others. */
export function replaced(bytes: Uint8Array, start: number, end: number, by: Uint8Array): Uint8Array {
  return joined(bytes.subarray(0, start), by, bytes.subarray(end));
}

/** Integers at the ends of their types and around. */
export const extremes: readonly bigint[] = [
  ...[0n, 1n, 2n, -1n, -2n, 127n, 128n, 255n, 256n, 32767n, 65535n, 65536n],
  ...[
    2n ** 31n - 1n,
    2n ** 31n,
    2n ** 32n - 1n,
    2n ** 32n,
    2n ** 53n,
    2n ** 62n,
    2n ** 63n - 1n,
    -(2n ** 63n),
  ],
];

const flip: Changer = (bytes, chance) => {
  const at = chance.below(bytes.byteLength);
  const changed = bytes.slice();
  changed[at]! ^= 1 << chance.below(8);
  return [`a bit of byte ${at} turned over`, changed];
};

const set: Changer = (bytes, chance) => {
  const at = chance.below(bytes.byteLength);
  const changed = bytes.slice();
  changed[at] = chance.below(256);
  return [`byte ${at} set to ${changed[at]}`, changed];
};

const cut: Changer = (bytes, chance) => {
  const end = chance.below(bytes.byteLength);
  return [`cut after ${end} bytes`, bytes.slice(0, end)];
};

const double: Changer = (bytes, chance) => {
  const [start, end] = chance.part(bytes.byteLength);
  return [`bytes ${start} to ${end} doubled`, replaced(bytes, end, end, bytes.subarray(start, end))];
};

const zero: Changer = (bytes, chance) => {
  const [start, end] = chance.part(bytes.byteLength);
  return [`bytes ${start} to ${end} set to 0`, bytes.slice().fill(0, start, end)];
};

const remove: Changer = (bytes, chance) => {
  const [start, end] = chance.part(bytes.byteLength);
  return [`bytes ${start} to ${end} removed`, replaced(bytes, start, end, new Uint8Array(0))];
};

const swap: Changer = (bytes, chance) => {
  const [start, end] = chance.part(bytes.byteLength);
  const other = chance.below(bytes.byteLength - (end - start) + 1);
  const changed = bytes.slice();
  changed.set(bytes.subarray(other, other + end - start), start);
  changed.set(bytes.subarray(start, end), other);
  return [`${end - start} bytes at ${start} and ${other} exchanged`, changed];
};

const extreme: Changer = (bytes, chance) => {
  const size = chance.of([1, 2, 4, 8]);
  if (bytes.byteLength < size) return undefined;
  const at = size * chance.below(Math.floor(bytes.byteLength / size));
  const value = chance.of(extremes);
  const littleEndian = chance.below(4) > 0;
  const changed = bytes.slice();
  for (let byte = 0; byte < size; byte++) {
    const shift = BigInt(8 * (littleEndian ? byte : size - 1 - byte));
    changed[at + byte] = Number((value >> shift) & 255n);
  }
  return [`${value} in the ${size} bytes at ${at}, ${littleEndian ? "little" : "big"}-endian`, changed];
};

/** A number written in digits becomes another. */
export const digits: Changer = (bytes, chance) => {
  const places = [
    ...Buffer.from(bytes)
      .toString("latin1")
      .matchAll(/-?[0-9]+/g),
  ];
  if (places.length === 0) return undefined;
  const { index, 0: text } = chance.of(places);
  const value = String(chance.of([...extremes, BigInt(chance.below(10))]));
  const changed = replaced(bytes, index, index + text.length, Buffer.from(value));
  return [`the number ${text.slice(0, 30)} at ${index} became ${value}`, changed];
};

const splice: Changer = (bytes, chance, others) => {
  if (others.length === 0) return undefined;
  const other = chance.of(others);
  const at = chance.below(Math.min(bytes.byteLength, other.byteLength) + 1);
  return [`from byte ${at} on the bytes of another file`, joined(bytes.subarray(0, at), other.subarray(at))];
};

const insert: Changer = (bytes, chance, others) => {
  const other = others.length === 0 ? bytes : chance.of(others);
  if (other.byteLength === 0) return undefined;
  const [start, end] = chance.part(other.byteLength);
  const at = chance.below(bytes.byteLength + 1);
  return [
    `${end - start} bytes of another file inserted at ${at}`,
    replaced(bytes, at, at, other.subarray(start, end)),
  ];
};

const all: readonly Changer[] = [
  ...[flip, set, cut, double, zero, remove, swap, extreme, extreme, digits, splice, insert],
];

/** One of the changes that know nothing of the format. */
export const anyBytes: Changer = (bytes, chance, others) =>
  bytes.byteLength === 0 ? undefined : chance.of(all)(bytes, chance, others);
