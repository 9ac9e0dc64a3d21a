// PyTorch's stream before 1.6: five pickles (magic number, protocol, system, object, keys), then for each key a length
// and the elements. torch/serialization.py `_legacy_save` and `_legacy_load`.

import { FormatError } from "../../core/errors.ts";
import type { Limited } from "../limits.ts";
import { type KnownGlobals, pythonGlobals } from "../pickle/globals.ts";
import { unpickleFile } from "../pickle/machine.ts";
import { numpyGlobals } from "../pickle/numpy.ts";
import { FileSource } from "../pickle/source.ts";
import { fillFrom, type Reader, readBytes } from "../reader.ts";
import { Stored } from "../stored.ts";
import { DictValue, GlobalValue, type StorageValue, TupleValue, type Value } from "../values.ts";
import { torchGlobals } from "./globals.ts";
import { storageIdFrom, Waiting } from "./storages.ts";
import { countFrom } from "./tensors.ts";
import type { TorchType } from "./types.ts";

const magic = 0x1950a86a20f9469cfc6cn;
const protocol = 1001;

/** What the stream holds. */
export interface LegacyContents {
  readonly tree: Value;
  readonly notes: string[];
}

interface Root {
  readonly stored: Stored;
  readonly type: TorchType;
  readonly count: number;
  /** Where the elements begin, once that is known. */
  start: number | undefined;
}

/** The storages that the object refers to, before their elements have been read. */
class Storages {
  readonly roots: Map<string, Root> = new Map();
  private readonly views: Map<string, Stored> = new Map();
  private readonly reader: Reader;
  /** Bytes that are left of the file: all storages together are no longer. */
  private left: number;

  constructor(reader: Reader) {
    this.reader = reader;
    this.left = reader.byteLength;
  }

  /** What a persistent id stands for: a storage, or a class that was written with its source. */
  readonly take = (id: Value): Value => {
    if (id instanceof TupleValue && id.items[0] === "module" && id.items[1] instanceof GlobalValue) {
      return id.items[1];
    }
    const { type, key, count, view } = storageIdFrom(id);
    const root = this.root(key, type, count);
    if (view === undefined) return { kind: "storage", stored: root.stored, dtype: type.name, length: count };
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
    const root: Root = { stored: this.stored(key, count * type.size), type, count, start: undefined };
    this.roots.set(key, root);
    return root;
  }

  private stored(key: string, size: number): Stored {
    const { reader } = this;
    const fill = (target: Uint8Array): Promise<void> => fillFrom(reader, this.roots.get(key)!.start!, target);
    return Stored.filled(size, fill, { file: reader.name, tensor: key });
  }

  /** A view of a storage: (key, offset, length), in elements. */
  private part({ stored, type, count }: Root, view: Value): StorageValue {
    const [key, offset, length] = view instanceof TupleValue && !view.hasWholeFloat ? view.items : [];
    if (typeof key !== "string") throw new FormatError("a view of a storage has no key");
    const start = countFrom(offset, "the offset of a view of a storage");
    const size = countFrom(length, "the length of a view of a storage");
    if (start + size > count) throw new FormatError("a view of a storage reaches beyond it", { tensor: key });
    let part = this.views.get(key);
    if (part === undefined) {
      part = Stored.part(stored, start * type.size, (start + size) * type.size);
      this.views.set(key, part);
    }
    return { kind: "storage", stored: part, dtype: type.name, length: size };
  }
}

/**
 * Opens a stream of torch.save before 1.6; storages are read when they are asked for. Nothing in it is called; the
 * source of classes in it is not looked at.
 * @throws FormatError when it is damaged, big-endian, or its pickles are refused
 */
export async function readTorchLegacy(reader: Reader, { limits }: Limited = {}): Promise<LegacyContents> {
  const plain = [pythonGlobals, numpyGlobals];
  const source = new FileSource(reader);
  const next = (known: readonly KnownGlobals[], persistent?: (id: Value) => Value): Promise<Value> =>
    unpickleFile(source, persistent === undefined ? { known, limits } : { known, persistent, limits });
  if ((await next(plain)) !== magic) throw new FormatError("the stream does not begin with torch's number");
  if ((await next(plain)) !== protocol) {
    throw new FormatError(`the stream's protocol is not ${protocol}`, { offset: source.position });
  }
  checkSystem(await next(plain));
  const storages = new Storages(reader);
  const waiting = new Waiting();
  const file = { early: waiting.add, setLane: (): void => undefined };
  const tree = await next([...plain, torchGlobals(file)], storages.take);
  const keys = await next(plain);
  const end = await placeStorages(reader, storages.roots, keys, source.position);
  await waiting.finish();
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

/** Finds where each storage lies. @returns where the last one ends */
async function placeStorages(
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
    root.start = at + 8;
    at = root.start + root.stored.byteLength;
    await readBytes(reader, at, at, "a storage");
  }
  return at;
}
