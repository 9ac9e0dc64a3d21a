// Changes of a pickle, opcode by opcode (protocols 0 to 5; Python's pickletools has the list).

import { type Changer, extremes, joined } from "./bytes.ts";

/** Bytes of an opcode's argument; negative: so many bytes of a length, and then as many as it says. Else none. */
const argumentSizes: Readonly<Record<number, number>> = {
  ...{ 128: 1, 75: 1, 77: 2, 74: 4, 71: 8, 138: -1, 139: -4, 149: 8 },
  ...{ 84: -4, 85: -1, 140: -1, 88: -4, 141: -8, 67: -1, 66: -4, 142: -8, 150: -8 },
  ...{ 104: 1, 106: 4, 113: 1, 114: 4, 130: 1, 131: 2, 132: 4 },
};

/** Opcodes whose argument is a line, or two. */
const lines: Readonly<Record<string, number>> = {
  I: 1,
  L: 1,
  F: 1,
  S: 1,
  V: 1,
  c: 2,
  i: 2,
  g: 1,
  p: 1,
  P: 1,
};

/** Every opcode there is. */
const known = new Set([..."(.012}]FGIJKLMNPQRSTUVX)abcdeghijloqrtpsu"].map((letter) => letter.charCodeAt(0)));
for (let code = 0x80; code <= 0x98; code++) known.add(code);
for (const code of [0x42, 0x43]) known.add(code);

/** Beginnings of the opcodes, as far as there are such, and the end of the last. */
function opcodesOf(bytes: Uint8Array): number[] {
  const places = [0];
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  let at = 0;
  while (at < bytes.byteLength && known.has(bytes[at]!)) {
    const code = bytes[at++]!;
    const size = argumentSizes[code] ?? 0;
    if (at + Math.abs(size) > bytes.byteLength) break;
    if (size >= 0) at += size;
    else {
      const length =
        size === -1
          ? view.getUint8(at)
          : size === -4
            ? view.getUint32(at, true)
            : Number(view.getBigUint64(at, true));
      at += length - size;
    }
    for (let line = lines[String.fromCharCode(code)] ?? 0; line > 0; line--) {
      const end = bytes.indexOf(0x0a, at);
      at = end < 0 ? bytes.byteLength + 1 : end + 1;
    }
    if (at > bytes.byteLength) break;
    places.push(at);
  }
  return places;
}

/** An opcode removed, doubled, moved, exchanged for another, or with another argument. */
export const pickleChange: Changer = (bytes, chance, others) => {
  const places = opcodesOf(bytes);
  const count = places.length - 1;
  if (count < 2) return undefined;
  const index = chance.below(count);
  const [start, end] = [places[index]!, places[index + 1]!];
  const before = bytes.subarray(0, start);
  const own = bytes.subarray(start, end);
  const after = bytes.subarray(end);
  const where = `opcode ${index} (0x${own[0]!.toString(16)}) at ${start}`;
  switch (chance.below(7)) {
    case 0:
      return [`${where} removed`, joined(before, after)];
    case 1:
      return [`${where} doubled`, joined(before, own, own, after)];
    case 2: {
      const to = chance.below(count);
      const part = bytes.subarray(places[to]!, places[to + 1]!);
      return [`${where} in place of opcode ${to}`, joined(before, part, after)];
    }
    case 3: {
      const code = chance.of([...known]);
      return [`0x${code.toString(16)} before ${where}`, joined(before, Uint8Array.of(code), own, after)];
    }
    case 4: {
      const source = others.length === 0 ? bytes : chance.of(others);
      const from = opcodesOf(source);
      const first = chance.below(from.length);
      const last = Math.min(from.length - 1, first + 1 + chance.below(8));
      const part = source.subarray(from[first]!, from[last]!);
      return [`opcodes ${first} to ${last} of another before ${where}`, joined(before, part, own, after)];
    }
    default: {
      const numbers = places
        .slice(0, -1)
        .filter((place) => [0x4b, 0x4d, 0x4a, 0x68, 0x6a, 0x71, 0x72].includes(bytes[place]!));
      if (numbers.length === 0) return [`${where} removed`, joined(before, after)];
      const place = chance.of(numbers);
      const size = argumentSizes[bytes[place]!]!;
      const value = chance.below(2) === 0 ? BigInt(chance.below(16)) : chance.of(extremes);
      const changed = bytes.slice();
      for (let byte = 0; byte < size; byte++)
        changed[place + 1 + byte] = Number((value >> BigInt(8 * byte)) & 255n);
      return [`the argument of 0x${bytes[place]!.toString(16)} at ${place} became ${value}`, changed];
    }
  }
};
