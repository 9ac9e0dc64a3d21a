// Changes that know of a file's format, so that what a reader checks first does not stop them: headers keep their
// lengths, archives their checksums, messages their form.

import { deflateSync, gunzipSync, gzipSync, inflateSync } from "node:zlib";
import { lookup3 } from "../../../src/files/hdf5/checksum.ts";
import { BytesSink, bytesReader } from "../../../src/files/index.ts";
import { openZip, readEntry } from "../../../src/files/zip/archive.ts";
import { numpyStyle, torchStyle, ZipWriter } from "../../../src/files/zip/write.ts";
import { decode, encodeTo, Records, Span } from "../../../src/onnx/index.ts";
import { anyBytes, type Changer, digits, extremes, joined } from "./bytes.ts";
import { pickleChange } from "./pickle.ts";
import type { Chance } from "./random.ts";

const begins = (bytes: Uint8Array, text: string): boolean =>
  Buffer.from(bytes.subarray(0, text.length)).toString("latin1") === text;

const view = (bytes: Uint8Array): DataView => new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);

/** The header of a .npy, whose length is kept right. */
const npy: Changer = async (bytes, chance) => {
  if (!begins(bytes, "\x93NUMPY") || bytes.byteLength < 12) return undefined;
  const size = bytes[6] === 1 ? 2 : 4;
  const length = size === 2 ? view(bytes).getUint16(8, true) : view(bytes).getUint32(8, true);
  const start = 8 + size;
  if (start + length > bytes.byteLength) return undefined;
  const header = bytes.subarray(start, start + length);
  const change = await chance.of([digits, anyBytes])(header, chance, []);
  if (change === undefined) return undefined;
  const [what, changed] = change;
  const head = bytes.slice(0, start);
  if (size === 2) view(head).setUint16(8, changed.byteLength, true);
  else view(head).setUint32(8, changed.byteLength, true);
  return [`header: ${what}`, joined(head, changed, bytes.subarray(start + length))];
};

/** The header of a safetensors file: its JSON, whose length is kept right. */
const safetensors: Changer = async (bytes, chance) => {
  if (bytes.byteLength < 10) return undefined;
  const length = Number(view(bytes).getBigUint64(0, true));
  if (length > bytes.byteLength - 8) return undefined;
  const change = await chance.of([digits, digits, anyBytes])(bytes.slice(8, 8 + length), chance, []);
  if (change === undefined) return undefined;
  const [what, changed] = change;
  const head = new Uint8Array(8);
  view(head).setBigUint64(0, BigInt(changed.byteLength), true);
  return [`header: ${what}`, joined(head, changed, bytes.subarray(8 + length))];
};

/** A member of an archive, which is written anew with a directory and checksums that fit. */
const zip: Changer = async (bytes, chance) => {
  if (!begins(bytes, "PK")) return undefined;
  const archive = await openZip(bytesReader(bytes));
  const members = await Promise.all(
    archive.entries.map(async (entry) => ({ ...entry, bytes: (await readEntry(archive, entry)).bytes })),
  );
  // What is written in a pickle or in HDF5 says more than the other members.
  const telling = members.filter(({ name }) => /\.(pkl|h5|json)$/.test(name));
  const chosen = chance.of(telling.length > 0 && chance.below(3) > 0 ? telling : members);
  const change = await anyChange(chosen.bytes, chance, []);
  if (change === undefined) return undefined;
  const sink = new BytesSink();
  const isTorch = members.some(({ name }) => name.endsWith("/data.pkl"));
  const writer = new ZipWriter(sink, isTorch ? torchStyle : numpyStyle);
  for (const { name, deflated, bytes: plain } of members) {
    await writer.add(name, [name === chosen.name ? change[1] : plain], deflated);
  }
  await writer.finish();
  return [`${chosen.name}: ${change[0]}`, sink.bytes()];
};

/** What is within a stream of zlib or gzip, packed anew. */
const packed: Changer = async (bytes, chance, others) => {
  const isGzip = bytes[0] === 0x1f;
  const change = await anyChange(
    Uint8Array.from(isGzip ? gunzipSync(bytes) : inflateSync(bytes)),
    chance,
    others,
  );
  if (change === undefined) return undefined;
  const again = isGzip ? gzipSync(change[1]) : deflateSync(change[1]);
  return [`unpacked: ${change[0]}`, Uint8Array.from(again)];
};

/** Structures of HDF5 that begin with a name; all but the first four end with a checksum. */
const structures = [
  "TREE",
  "SNOD",
  "HEAP",
  "GCOL",
  "OHDR",
  "OCHK",
  "FRHP",
  "FHDB",
  "FHIB",
  "BTHD",
  "BTIN",
  "BTLF",
];
const moreStructures = ["EAHD", "EAIB", "EADB", "FAHD", "FADB", "SMTB", "SMLI", "\x89HDF"];
const longestStructure = 2048;

/** Where a structure's checksum is, where it has one. */
function checksumAt(bytes: Uint8Array, start: number): number | undefined {
  const numbers = view(bytes);
  const last = Math.min(bytes.byteLength - 4, start + longestStructure);
  for (let at = start + 8; at <= last; at++) {
    if (numbers.getUint32(at, true) === lookup3(bytes.subarray(start, at))) return at;
  }
  return undefined;
}

/** The inside of a named structure of HDF5, whose checksum is reckoned anew. */
const hdf5: Changer = (bytes, chance) => {
  if (!begins(bytes, "\x89HDF")) return undefined;
  const name = chance.of([...structures, ...moreStructures]);
  const places: number[] = [];
  const file = Buffer.from(bytes);
  for (let at = file.indexOf(name, 0, "latin1"); at >= 0; at = file.indexOf(name, at + 4, "latin1"))
    places.push(at);
  if (places.length === 0) return undefined;
  const start = chance.of(places);
  const end = checksumAt(bytes, start) ?? Math.min(bytes.byteLength, start + 256);
  if (end - start <= 5) return undefined;
  const changed = bytes.slice();
  const at = start + 4 + chance.below(end - start - 4);
  const value = chance.below(2) === 0 ? BigInt(chance.below(256)) : chance.of(extremes);
  const size = Math.min(chance.of([1, 1, 2, 4, 8]), end - at);
  for (let byte = 0; byte < size; byte++) changed[at + byte] = Number((value >> BigInt(8 * byte)) & 255n);
  if (checksumAt(bytes, start) !== undefined) {
    view(changed).setUint32(end, lookup3(changed.subarray(start, end)), true);
  }
  return [`${value} in ${size} bytes at ${at}, of a ${name.slice(-4)} at ${start}`, changed];
};

type Message = { [field: string]: unknown };

/** All messages in one, and it itself. */
function messagesIn(message: Message): Message[] {
  const found = [message];
  for (const value of Object.values(message)) {
    for (const item of Array.isArray(value) ? value : [value]) {
      const isMessage = typeof item === "object" && item !== null && !(item instanceof Uint8Array);
      if (isMessage && !(item instanceof Records) && !(item instanceof Span)) found.push(...messagesIn(item));
    }
  }
  return found;
}

/** Another value for a field. */
async function other(value: unknown, chance: Chance): Promise<unknown> {
  if (typeof value === "number" || typeof value === "bigint") return chance.of(extremes);
  if (typeof value === "string")
    return chance.of(["", "w", "../w", "__proto__", value + value, "9".repeat(30)]);
  const bytes = value instanceof Span ? await value.read() : value;
  if (bytes instanceof Uint8Array) return (await anyBytes(bytes, chance, []))?.[1];
  if (!Array.isArray(value) || value.length === 0) return undefined;
  const index = chance.below(value.length);
  const items = [...value];
  const kind = chance.below(4);
  if (kind === 0) items.splice(index, 1);
  else if (kind === 1) items.push(items[index]);
  else if (kind === 2) items[index] = (await other(items[index], chance)) ?? items[index];
  else items.reverse();
  return items;
}

/** A field of a message of ONNX. */
const onnx: Changer = async (bytes, chance) => {
  const model = await decode(bytesReader(bytes), "ModelProto");
  const messages = messagesIn(model as Message).filter((message) => Object.keys(message).length > 0);
  const message = chance.of(messages);
  const field = chance.of(Object.keys(message));
  if (chance.below(6) === 0) delete message[field];
  else message[field] = await other(message[field], chance);
  const sink = new BytesSink();
  try {
    await encodeTo("ModelProto", model, (piece) => sink.write(piece));
  } catch {
    // A number beyond its field's type.
    return undefined;
  }
  return [`another ${field} in a message with ${Object.keys(message).join(", ")}`, sink.bytes()];
};

/** JSON within a file keeps being JSON. */
const json: Changer = (bytes, chance, others) =>
  bytes[0] === 0x7b ? digits(bytes, chance, others) : undefined;

const byBeginning: readonly [begins: (bytes: Uint8Array) => boolean, change: Changer][] = [
  [(bytes) => begins(bytes, "\x93NUMPY"), npy],
  [(bytes) => begins(bytes, "PK"), zip],
  [(bytes) => begins(bytes, "\x89HDF"), hdf5],
  [(bytes) => bytes[0] === 0x80 && bytes[1]! >= 2 && bytes[1]! <= 5, pickleChange],
  [(bytes) => bytes[0] === 0x7b, json],
  [
    (bytes) => (bytes[0] === 0x1f && bytes[1] === 0x8b) || (bytes[0] === 0x78 && bytes.byteLength > 2),
    packed,
  ],
  [(bytes) => bytes[0] === 0x08 && bytes[2] !== 0, onnx],
  [(bytes) => bytes[8] === 0x7b && bytes[7] === 0, safetensors],
];

/** A change that knows the format, or (of a file without one, or every third time) one that does not. */
export const anyChange: Changer = async (bytes, chance, others) => {
  const known = byBeginning.find(([fits]) => fits(bytes));
  if (known !== undefined && chance.below(3) > 0) {
    const change = await known[1](bytes, chance, others);
    if (change !== undefined) return change;
  }
  return anyBytes(bytes, chance, others);
};

/** Up to three changes one after another. */
export async function changes(
  bytes: Uint8Array,
  chance: Chance,
  others: readonly Uint8Array[],
): Promise<[string, Uint8Array]> {
  const said: string[] = [];
  let changed = bytes;
  for (let left = chance.of([1, 1, 1, 2, 3]); left > 0; left--) {
    let change: Awaited<ReturnType<Changer>>;
    try {
      change = await anyChange(changed, chance, others);
    } catch {
      // What was changed once need not be sound enough for a change that knows the format.
      change = await anyBytes(changed, chance, others);
    }
    if (change === undefined) continue;
    said.push(change[0]);
    changed = change[1];
  }
  return [said.join("; then "), changed];
}
