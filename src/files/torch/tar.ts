// PyTorch's tar of before 0.1.10: members sys_info, pickle, storages and tensors. Storages are pickles of (key, location,
// class), each followed by a length and the elements; tensors are pickles of (key, storage, class), each followed by
// dimensions, sizes, strides and offset; the object's pickle refers to both by key. torch/serialization.py,
// `_legacy_load`'s `legacy_load`.

import { FormatError } from "../../core/errors.ts";
import type { Limited } from "../limits.ts";
import { pythonGlobals } from "../pickle/globals.ts";
import { unpickleFile } from "../pickle/machine.ts";
import { numpyGlobals } from "../pickle/numpy.ts";
import { FileSource, integer } from "../pickle/source.ts";
import { partReader, type Reader, readBytes } from "../reader.ts";
import { Stored } from "../stored.ts";
import { DictValue, GlobalValue, type StorageValue, TupleValue, type Value } from "../values.ts";
import { torchGlobals } from "./globals.ts";
import { Waiting } from "./storages.ts";
import { readTar } from "./tar-archive.ts";
import { countFrom, geometryFrom, stridedTensor } from "./tensors.ts";
import { type TorchType, torchStorages, torchTypes } from "./types.ts";

const members = ["sys_info", "pickle", "storages", "tensors"];
const protocol = 1000;
/** PyTorch's own bound. */
const mostDimensions = 64;

/** What a tar of torch.save holds. */
export interface TarContents {
  readonly tree: Value;
  readonly notes: string[];
}

/**
 * Opens a tar of torch.save before 0.1.10; storages are read when they are asked for. Nothing in it is called.
 * @throws FormatError when it is another tar, is damaged or big-endian, or its pickles are refused
 */
export async function readTorchTar(reader: Reader, options: Limited = {}): Promise<TarContents> {
  const entries = await readTar(reader);
  const sourceOf = (name: string): FileSource => {
    const { start, end } = entries.get(name)!;
    return new FileSource(partReader(reader, start, end), 0);
  };
  const missing = members.find((name) => !entries.has(name));
  if (missing !== undefined) {
    throw new FormatError(
      `this is a tar archive, and no torch.save of before 0.1.10: it has no member ${missing}. Unpack it, and open the files in it`,
    );
  }
  const waiting = new Waiting();
  const known = [pythonGlobals, numpyGlobals, torchGlobals({ early: waiting.add, setLane: () => undefined })];
  const next = (source: FileSource): Promise<Value> =>
    unpickleFile(source, { known, limits: options.limits });
  checkSystem(await next(sourceOf("sys_info")));
  const objects = new Map<string, Value>();
  await readStorages(sourceOf("storages"), next, objects);
  await readTensors(sourceOf("tensors"), next, objects);
  const persistent = (id: Value): Value => {
    // A class that was written with its source: the source is not looked at.
    if (id instanceof TupleValue && id.items[0] instanceof GlobalValue) return id.items[0];
    return found(objects, id, "the pickle refers to");
  };
  const tree = await unpickleFile(sourceOf("pickle"), { known, persistent, limits: options.limits });
  await waiting.finish();
  const others = [...entries.keys()].filter((name) => !members.includes(name));
  return { tree, notes: others.map((name) => `the member ${JSON.stringify(name)} was not read`) };
}

function checkSystem(system: Value): void {
  if (!(system instanceof DictValue)) {
    throw new FormatError("the archive says nothing of the system it was written on");
  }
  if (system.get("little_endian") === false) {
    throw new FormatError(
      "the archive was written on a big-endian machine, which torch itself reads wrongly",
    );
  }
  const version = system.get("protocol_version");
  if (version !== undefined && version !== protocol)
    throw new FormatError(`the archive's protocol is not ${protocol}`);
}

/** Keys are addresses of the objects that were saved. */
function keyOf(value: Value | undefined, what: string): string {
  const isKey =
    typeof value === "number" ||
    typeof value === "bigint" ||
    (typeof value === "string" && /^\d{1,20}$/.test(value));
  if (!isKey) throw new FormatError(`${what} has a key that is no number`);
  return String(value);
}

function found(objects: ReadonlyMap<string, Value>, key: Value | undefined, who: string): Value {
  const object = objects.get(keyOf(key, who));
  if (object === undefined) throw new FormatError(`${who} ${String(key)}, which is not in the archive`);
  return object;
}

function storageFrom(objects: ReadonlyMap<string, Value>, key: Value | undefined, who: string): StorageValue {
  const object = found(objects, key, who);
  const isStorage =
    typeof object === "object" && object !== null && "kind" in object && object.kind === "storage";
  if (!isStorage) throw new FormatError(`${who} ${String(key)}, which is no storage`);
  return object;
}

function itemsOf(value: Value, count: number, what: string): readonly Value[] {
  if (!(value instanceof TupleValue) || value.items.length !== count || value.hasWholeFloat) {
    throw new FormatError(`${what} is described by something other than ${count} values`);
  }
  return value.items;
}

type Next = (source: FileSource) => Promise<Value>;

/** Takes the next `count` signed integers of eight bytes. */
async function takeIntegers(source: FileSource, count: number, what: string): Promise<Value[]> {
  const start = source.position;
  const bytes = await readBytes(source.reader, start, start + 8 * count, what);
  source.jumpTo(start + 8 * count);
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  return Array.from({ length: count }, (_, index) => integer(view.getBigInt64(8 * index, true)));
}

async function readStorages(source: FileSource, next: Next, objects: Map<string, Value>): Promise<void> {
  const count = countFrom(await next(source), "the number of storages");
  for (let index = 0; index < count; index++) {
    const [key, , storageClass] = itemsOf(await next(source), 3, "a storage");
    const type = storageClass instanceof GlobalValue ? torchStorages.get(storageClass.path) : undefined;
    if (type === undefined) throw new FormatError("a storage is of a class that is no storage of torch");
    const [given] = await takeIntegers(source, 1, "the length of a storage");
    const length = countFrom(given, "the length of a storage");
    const start = source.position;
    const end = start + length * type.size;
    const stored = Stored.at(source.reader, start, end, keyOf(key, "a storage"));
    source.jumpTo(end);
    put(objects, key, { kind: "storage", stored, dtype: type.name, length });
  }
  const views = await next(source);
  if (!Array.isArray(views)) throw new FormatError("the archive's views of storages are no list");
  for (const view of views) addView(objects, itemsOf(view, 4, "a view of a storage"));
}

/** A view: (key, key of the storage, offset, length), in elements. */
function addView(objects: Map<string, Value>, [key, root, offset, length]: readonly Value[]): void {
  const whole = storageFrom(objects, root, "a view is of the storage");
  const { size } = typeOf(whole);
  const start = countFrom(offset, "the offset of a view of a storage");
  const count = countFrom(length, "the length of a view of a storage");
  if (start + count > whole.length) throw new FormatError("a view of a storage reaches beyond it");
  const stored = Stored.part(whole.stored, start * size, (start + count) * size);
  put(objects, key, { kind: "storage", stored, dtype: whole.dtype, length: count });
}

function typeOf(storage: StorageValue): TorchType {
  return torchTypes.get(storage.dtype)!;
}

function put(objects: Map<string, Value>, key: Value | undefined, value: Value): void {
  const name = keyOf(key, "an object");
  if (objects.has(name)) throw new FormatError(`the archive holds two objects of the key ${name}`);
  objects.set(name, value);
}

async function readTensors(source: FileSource, next: Next, objects: Map<string, Value>): Promise<void> {
  const count = countFrom(await next(source), "the number of tensors");
  for (let index = 0; index < count; index++) {
    const [key, storageKey] = itemsOf(await next(source), 3, "a tensor");
    const storage = storageFrom(objects, storageKey, "a tensor is over the storage");
    const start = source.position;
    const head = await readBytes(source.reader, start, start + 8, "the dimensions of a tensor");
    // The number is of four bytes; the four after it are skipped.
    const rank = new DataView(head.buffer, head.byteOffset, 8).getInt32(0, true);
    if (!(rank >= 0 && rank <= mostDimensions)) {
      throw new FormatError(`a tensor has ${rank} dimensions, not 0 to ${mostDimensions}`);
    }
    source.jumpTo(start + 8);
    const numbers = await takeIntegers(source, 2 * rank + 1, "the sizes and strides of a tensor");
    const geometry = geometryFrom(
      new TupleValue(numbers.slice(0, rank)),
      new TupleValue(numbers.slice(rank, 2 * rank)),
    );
    const offset = countFrom(numbers[2 * rank], "the tensor's offset");
    put(objects, key, stridedTensor(storage.stored, typeOf(storage), offset, geometry, { origin: "torch" }));
  }
}
