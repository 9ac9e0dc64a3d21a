// CRC-32 as zip has it (ISO 3309, polynomial 0xEDB88320 reflected), eight bytes a step.

const tables: readonly Uint32Array[] = makeTables();

function makeTables(): Uint32Array[] {
  const first = new Uint32Array(256);
  for (let byte = 0; byte < 256; byte++) {
    let value = byte;
    for (let bit = 0; bit < 8; bit++) value = value & 1 ? (value >>> 1) ^ 0xedb88320 : value >>> 1;
    first[byte] = value;
  }
  const all = [first];
  for (let step = 1; step < 8; step++) {
    const last = all[step - 1]!;
    all.push(last.map((value) => (value >>> 8) ^ first[value & 0xff]!));
  }
  return all;
}

type Sum = (bytes: Uint8Array, seed: number) => number;

/** Node's own, which is ten times as fast; browsers and older versions of Node have none. */
function platformSum(): Sum | undefined {
  const { getBuiltinModule } =
    (globalThis as { process?: { getBuiltinModule?: (name: string) => unknown } }).process ?? {};
  const zlib = getBuiltinModule?.("zlib") as { readonly crc32?: Sum } | undefined;
  return zlib?.crc32;
}

/** Chosen at first use: Node's takes a while to load. */
let sum: Sum = (bytes, seed) => {
  sum = platformSum() ?? sumByTables;
  return sum(bytes, seed);
};

/** The CRC-32 of the bytes; `seed` is the CRC of what came before them. */
export function crc32(bytes: Uint8Array, seed = 0): number {
  // Node's gives 0 for no bytes, whatever came before them.
  return bytes.byteLength === 0 ? seed : sum(bytes, seed);
}

/** As `crc32`, in JavaScript alone. */
export function sumByTables(bytes: Uint8Array, seed = 0): number {
  const [t0, t1, t2, t3, t4, t5, t6, t7] = tables as [
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
    Uint32Array,
  ];
  let crc = ~seed;
  const length = bytes.byteLength;
  let at = 0;
  for (; at + 8 <= length; at += 8) {
    crc ^= bytes[at]! | (bytes[at + 1]! << 8) | (bytes[at + 2]! << 16) | (bytes[at + 3]! << 24);
    crc =
      t7[crc & 0xff]! ^
      t6[(crc >>> 8) & 0xff]! ^
      t5[(crc >>> 16) & 0xff]! ^
      t4[crc >>> 24]! ^
      t3[bytes[at + 4]!]! ^
      t2[bytes[at + 5]!]! ^
      t1[bytes[at + 6]!]! ^
      t0[bytes[at + 7]!]!;
  }
  for (; at < length; at++) crc = (crc >>> 8) ^ t0[(crc ^ bytes[at]!) & 0xff]!;
  return ~crc >>> 0;
}
