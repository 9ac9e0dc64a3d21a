// PyTorch's zip format (torch.save since 1.6): data.pkl, a record data/N for each storage, version, byteorder.
// torch/serialization.py `_save` and `_load`, caffe2/serialize/inline_container.cc.

import { FormatError } from "../../core/errors.ts";
import type { Contents } from "../format.ts";
import type { Limited } from "../limits.ts";
import { swapBytes } from "../numpy/arrays.ts";
import { pythonGlobals } from "../pickle/globals.ts";
import { unpickle } from "../pickle/machine.ts";
import { numpyGlobals } from "../pickle/numpy.ts";
import type { Stored } from "../stored.ts";
import { type ArrayLike, isArrayLike, type StorageValue, TupleValue, type Value } from "../values.ts";
import type { ZipArchive, ZipEntry } from "../zip/archive.ts";
import { torchGlobals } from "./globals.ts";
import { recordBytes, storedRecord } from "./records.ts";
import { addScriptParts, codeRecord, scriptGlobals, scriptObjects } from "./script.ts";
import { storageIdFrom, Waiting } from "./storages.ts";
import { untyped } from "./types.ts";

/** The newest version that torch writes. */
const newestVersion = 10;

/** The folder of the archive's records, where it is one of torch.save; else undefined. */
export function torchFolder(archive: ZipArchive): string | undefined {
  const found = archive.entries.filter((entry) => /^[^/]+\/data\.pkl$/.test(entry.name));
  if (found.length > 1)
    throw new FormatError("the archive holds two data.pkl: which one is meant is not to be known");
  return found[0]?.name.slice(0, -"/data.pkl".length);
}

/** What a file of torch.save or torch.jit.save holds. */
export type TorchContents = Omit<Contents, "format">;

/** The records of one archive, and the storages taken from them. */
class Records {
  readonly notes: string[];
  private readonly archive: ZipArchive;
  private readonly folder: string;
  private readonly entries: ReadonlyMap<string, ZipEntry>;
  private readonly storages: Map<string, Stored> = new Map();
  private readonly lanes: Map<Stored, number> = new Map();
  /** True iff the storages are big-endian. */
  isBig = false;

  constructor(archive: ZipArchive, folder: string) {
    this.archive = archive;
    this.folder = folder;
    this.notes = [...archive.notes];
    this.entries = new Map(archive.entries.map((entry) => [entry.name, entry]));
  }

  has(name: string): boolean {
    return this.entries.has(`${this.folder}/${name}`);
  }

  private entry(name: string): ZipEntry {
    const entry = this.entries.get(`${this.folder}/${name}`);
    if (entry === undefined) throw new FormatError(`the archive has no record ${name}`, { tensor: name });
    return entry;
  }

  /** Names of all records, without the folder. */
  names(): string[] {
    const start = `${this.folder}/`;
    return [...this.entries.keys()]
      .filter((name) => name.startsWith(start))
      .map((name) => name.slice(start.length));
  }

  /** The bytes of a record. */
  bytes(name: string): Promise<Uint8Array> {
    return recordBytes(this.archive, this.entry(name), this.notes);
  }

  /** What a persistent id stands for in the pickle of that folder: ('storage', class, key, location, length). */
  storage(place: string, id: Value): StorageValue {
    const { type, key, count } = storageIdFrom(id);
    if (!/^[\w-]+$/.test(key)) {
      throw new FormatError(
        `a storage has the key ${JSON.stringify(key.slice(0, 80))}, which is no name of a record in ${place}/`,
      );
    }
    const name = `${place}/${key}`;
    const { size } = this.entry(name);
    const bytes = count * type.size;
    // A storage whose bytes are no whole number of elements is written whole.
    if (!(size >= bytes && size < bytes + type.size)) {
      throw new FormatError(
        `a storage of ${count} ${type.name} takes ${bytes} bytes, and its record has ${size}`,
        { tensor: name },
      );
    }
    let stored = this.storages.get(name);
    if (stored === undefined) {
      stored = this.stored(name);
      this.storages.set(name, stored);
    }
    if (type !== untyped) this.setLane(stored, type.lane);
    return { kind: "storage", stored, dtype: type.name, length: count };
  }

  /** A record's bytes, read when they are asked for. */
  record(name: string): Stored {
    return storedRecord(this.archive, this.entry(name), this.notes);
  }

  private stored(name: string): Stored {
    const stored = this.record(name);
    if (this.isBig) {
      stored.whenLoaded((storage) => swapBytes(storage.bytes(), this.lanes.get(stored) ?? 1));
    }
    return stored;
  }

  readonly setLane = (stored: Stored, lane: number): void => {
    const known = this.lanes.get(stored);
    if (known !== undefined && known !== lane && this.isBig) {
      throw new FormatError(
        "a big-endian storage is seen as two types of different sizes: its order is not to be known",
      );
    }
    this.lanes.set(stored, lane);
  };

  noteMissingChecksums(): void {
    const sums = this.archive.entries.filter((entry) => entry.crc !== 0);
    if (sums.length === 0) this.notes.push("the archive holds no checksums (torch was told to write none)");
  }
}

/**
 * Opens an archive of torch.save or torch.jit.save; storages are read when they are asked for. Nothing of its pickles is
 * called, and none of TorchScript's code is run.
 * @throws FormatError when a record is missing or damaged, a tensor lies outside its storage, or the pickle is refused
 */
export async function readTorchZip(
  archive: ZipArchive,
  folder: string,
  options: Limited = {},
): Promise<TorchContents> {
  const records = new Records(archive, folder);
  const lower = new Set(archive.entries.map((entry) => entry.name.toLowerCase()));
  if (lower.size !== archive.entries.length) {
    throw new FormatError("two records of the archive differ in nothing but upper and lower case");
  }
  await checkVersion(records);
  records.isBig = await readByteOrder(records);
  const waiting = new Waiting();
  const tree = await readPickle(records, "data", waiting, options);
  records.noteMissingChecksums();
  const script = records.has("constants.pkl") ? await readScript(records, tree, waiting, options) : {};
  await waiting.finish();
  const order = records.isBig ? { byteOrder: "big" as const } : {};
  return { tree, notes: records.notes, ...order, ...script };
}

/** The value of the pickle `place`.pkl, whose storages are the records below `place`/. */
async function readPickle(
  records: Records,
  place: string,
  waiting: Waiting,
  options: Limited,
): Promise<Value> {
  const name = `${place}.pkl`;
  const pickle = await records.bytes(name);
  const { value, end } = inRecord(name, () =>
    unpickle(pickle, {
      known: [
        pythonGlobals,
        numpyGlobals,
        torchGlobals({ early: waiting.add, setLane: records.setLane }),
        scriptGlobals,
      ],
      persistent: (id) => records.storage(place, id),
      limits: options.limits,
    }),
  );
  if (end < pickle.byteLength)
    records.notes.push(`${pickle.byteLength - end} bytes of ${name} follow its pickle`);
  return value;
}

/** Makes a TorchScript archive's objects modules. @returns its constants, its code and further files */
async function readScript(
  records: Records,
  tree: Value,
  waiting: Waiting,
  options: Limited,
): Promise<Pick<Contents, "constants" | "otherMembers">> {
  const objects = scriptObjects(tree);
  const codes = new Map<string, string>();
  for (const name of new Set(objects.map(({ className }) => codeRecord(className)))) {
    if (records.has(name)) codes.set(name, new TextDecoder().decode(await records.bytes(name)));
  }
  addScriptParts(objects, codes);
  const constants = constantsOf(await readPickle(records, "constants", waiting, options));
  if (constants.size > 0) {
    records.notes.push(
      `${constants.size} tensors are constants of the code: all weights of a frozen model are`,
    );
  }
  records.notes.push(
    "this is a TorchScript archive: its tensors and structure are read, its code is text and is not run",
  );
  const others = records.names().filter((name) => /^(code\/.*\.py|extra\/.*[^/])$/.test(name));
  return { constants, otherMembers: new Map(others.map((name) => [name, records.record(name)])) };
}

/** The tensors in the tuple of constants.pkl, under the names that the code has for them. */
function constantsOf(constants: Value): Map<string, ArrayLike> {
  const tensors = new Map<string, ArrayLike>();
  if (!(constants instanceof TupleValue)) return tensors;
  for (const [index, value] of constants.items.entries()) {
    const isTensor = typeof value === "object" && value !== null && isArrayLike(value);
    if (isTensor) tensors.set(`CONSTANTS.c${index}`, value);
  }
  return tensors;
}

async function checkVersion(records: Records): Promise<void> {
  if (!records.has("version"))
    throw new FormatError("the archive has no record version, without which torch reads none");
  const version = new TextDecoder().decode(await records.bytes("version")).trim();
  if (!/^\d{1,9}$/.test(version) || Number(version) < 1 || Number(version) > newestVersion) {
    throw new FormatError(
      `the archive's version is ${JSON.stringify(version.slice(0, 40))}, not 1 to ${newestVersion}`,
    );
  }
}

async function readByteOrder(records: Records): Promise<boolean> {
  if (!records.has("byteorder")) return false;
  const order = new TextDecoder().decode(await records.bytes("byteorder")).trim();
  if (order !== "little" && order !== "big") {
    throw new FormatError(
      `the archive's byteorder is ${JSON.stringify(order.slice(0, 40))}, neither little nor big`,
    );
  }
  return order === "big";
}

/** Runs `read`; a refusal names the record. Its offset counts from the record's beginning. */
function inRecord<T>(name: string, read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (!(error instanceof FormatError)) throw error;
    const { offset, tensor } = error.place;
    const where = offset === undefined ? "" : ` (byte ${offset} of ${name})`;
    throw new FormatError(error.reason + where, { tensor: tensor ?? name });
  }
}
