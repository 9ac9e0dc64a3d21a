// PyTorch's stream before 1.6: five pickles (magic number, protocol, system, object, keys), then for each key a length
// and the elements. torch/serialization.py `_legacy_save` and `_legacy_load`.

import { FormatError } from "../core/errors.ts";
import { Storage } from "../core/storage.ts";
import { unpickle } from "./pickle.ts";
import { type KnownGlobals, pythonGlobals } from "./pickle-globals.ts";
import { numpyGlobals } from "./pickle-numpy.ts";
import { torchGlobals } from "./pickle-torch.ts";
import { fillFrom, type Reader, readBytes } from "./reader.ts";
import { storageIdFrom } from "./torch-storages.ts";
import { countFrom } from "./torch-tensors.ts";
import type { TorchType } from "./torch-types.ts";
import { DictValue, GlobalValue, type StorageValue, TupleValue, type Value } from "./values.ts";

const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/** What the stream holds. */
export interface LegacyContents {
  readonly tree: Value;
  readonly notes: string[];
}

interface Root {
  readonly storage: Storage;
  readonly type: TorchType;
  readonly count: number;
}

/** The storages that the object refers to, before their elements have been read. */
class Storages {
  readonly roots: Map<string, Root> = new Map();
  private readonly views: Map<string, Storage> = new Map();
  private left: number;

  /** @param bytes what the file has: all storages together are no longer */
  constructor(bytes: number) {
    this.left = bytes;
  }

  /** What a persistent id stands for: a storage, or a class that was written with its source. */
  readonly take = (id: Value): Value => {
    if (id instanceof TupleValue && id.items[0] === "module" && id.items[1] instanceof GlobalValue) {
      return id.items[1];
    }
    const { type, key, count, view } = storageIdFrom(id);
    const root = this.root(key, type, count);
    if (view === undefined)
      return { kind: "storage", storage: root.storage, dtype: type.name, length: count };
    return this.part(root, view);
  };

  private root(key: string, type: TorchType, count: number): Root {
    const known = this.roots.get(key);
    if (known !== undefined) {
      if (known.type.size !== type.size || known.count !== count) {
        throw new FormatError("one storage is given two lengths", { tensor: key });
      }
      return known;
    }
    this.left -= count * type.size;
    if (!(this.left >= 0)) {
      throw new FormatError(`a storage of ${count} ${type.name} is longer than the file`, { tensor: key });
    }
    const root = { storage: new Storage(new Uint8Array(count * type.size)), type, count };
    this.roots.set(key, root);
    return root;
  }

  /** A view of a storage: (key, offset, length), in elements. */
  private part({ storage, type, count }: Root, view: Value): StorageValue {
    const [key, offset, length] = view instanceof TupleValue && !view.hasWholeFloat ? view.items : [];
    if (typeof key !== "string") throw new FormatError("a view of a storage has no key");
    const start = countFrom(offset, "the offset of a view of a storage");
    const size = countFrom(length, "the length of a view of a storage");
    if (start + size > count) throw new FormatError("a view of a storage reaches beyond it", { tensor: key });
    let part = this.views.get(key);
    if (part === undefined) {
      part = new Storage(storage.bytes().subarray(start * type.size, (start + size) * type.size));
      this.views.set(key, part);
    }
    return { kind: "storage", storage: part, dtype: type.name, length: size };
  }
}

/**
 * Reads a stream of torch.save before 1.6. Nothing in it is called; the source of classes in it is not looked at.
 * @throws FormatError when it is damaged, big-endian, or its pickles are refused
 */
export async function readTorchLegacy(reader: Reader): Promise<LegacyContents> {
  const bytes = await readBytes(reader, 0, reader.byteLength, "the stream");
  const plain = [pythonGlobals, numpyGlobals];
  let at = 0;
  const next = (known: readonly KnownGlobals[], persistent?: (id: Value) => Value): Value => {
    const options = persistent === undefined ? { known, start: at } : { known, persistent, start: at };
    const { value, end } = unpickle(bytes, options);
    at = end;
    return value;
  };
  if (next(plain) !== magic) throw new FormatError("the stream does not begin with torch's number");
  const version = next(plain);
  if (version !== protocol) throw new FormatError(`the stream's protocol is not ${protocol}`, { offset: at });
  checkSystem(next(plain));
  const storages = new Storages(bytes.byteLength);
  const later: (() => void)[] = [];
  const file = { later: (work: () => void): void => void later.push(work), setLane: (): void => undefined };
  const tree = next([...plain, torchGlobals(file)], storages.take);
  const keys = next(plain);
  const end = await fillStorages(reader, storages.roots, keys, at);
  for (const work of later) work();
  const rest = reader.byteLength - end;
  return { tree, notes: rest === 0 ? [] : [`${rest} bytes after the last storage were not read`] };
}

function checkSystem(system: Value): void {
  if (!(system instanceof DictValue))
    throw new FormatError("the stream says nothing of the system it was written on");
  if (system.get("little_endian") === false) {
    throw new FormatError("the stream was written on a big-endian machine, which torch itself reads wrongly");
  }
}

/** @returns where the last storage ends */
async function fillStorages(
  reader: Reader,
  roots: ReadonlyMap<string, Root>,
  keys: Value,
  start: number,
): Promise<number> {
  if (!Array.isArray(keys) || new Set(keys).size !== roots.size || keys.length !== roots.size) {
    throw new FormatError("the stream's list of storages is not that of its object", { offset: start });
  }
  let at = start;
  for (const key of keys) {
    const root = typeof key === "string" ? roots.get(key) : undefined;
    if (root === undefined)
      throw new FormatError("the stream holds a storage that nothing names", { offset: at });
    const head = await readBytes(reader, at, at + 8, "the length of a storage");
    const length = new DataView(head.buffer, head.byteOffset, 8).getBigInt64(0, true);
    if (length !== BigInt(root.count)) {
      throw new FormatError(`a storage of ${root.count} elements has ${length} in the stream`, {
        offset: at,
      });
    }
    const target = root.storage.bytes();
    await readBytes(reader, at + 8 + target.byteLength, at + 8 + target.byteLength, "a storage");
    await fillFrom(reader, at + 8, target);
    at += 8 + target.byteLength;
  }
  return at;
}
