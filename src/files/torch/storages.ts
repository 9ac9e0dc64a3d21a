// The persistent ids by which PyTorch's pickles refer to storages: torch/serialization.py, `persistent_id`.

import { FormatError } from "../../core/errors.ts";
import type { Stored } from "../stored.ts";
import { GlobalValue, TupleValue, type Value } from "../values.ts";
import { countFrom, type Early } from "./tensors.ts";
import { type TorchType, torchStorages } from "./types.ts";

/** What a storage's id says of it. */
export interface StorageId {
  readonly type: TorchType;
  readonly key: string;
  /** Elements of the storage. */
  readonly count: number;
  /** In the old stream, which part of the storage of that key is meant; else undefined. */
  readonly view: Value | undefined;
}

/**
 * Reads an id: ('storage', class, key, location, length), in the old stream with a view after it.
 * @throws FormatError when it is none
 */
export function storageIdFrom(id: Value): StorageId {
  const parts = id instanceof TupleValue && !id.hasWholeFloat ? id.items : [];
  const [kind, storageClass, key, location, length, view] = parts;
  if (kind !== "storage" || parts.length < 5 || parts.length > 6) {
    throw new FormatError("a persistent id in the pickle is not that of a storage");
  }
  const type = storageClass instanceof GlobalValue ? torchStorages.get(storageClass.path) : undefined;
  if (type === undefined) throw new FormatError("a storage is of a class that is no storage of torch");
  if (typeof key !== "string") throw new FormatError("a storage's key is no text");
  if (typeof location !== "string") throw new FormatError("a storage's location is no text");
  return { type, key, count: countFrom(length, "a storage's length"), view: view ?? undefined };
}

/** What must be done before a file is open, and needs some of its storages: shapes that stand in tensors. */
export class Waiting {
  private readonly works: { readonly needs: readonly Stored[]; readonly work: () => void }[] = [];

  readonly add: Early = (needs, work) => {
    this.works.push({ needs, work });
  };

  /** Reads what is needed, and does it. */
  async finish(): Promise<void> {
    for (const { needs, work } of this.works) {
      for (const stored of needs) await stored.load();
      work();
    }
  }
}
