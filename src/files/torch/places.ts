// Where tensors lie in a file of torch.save: which storages it gets, their keys, and each tensor's strides in its own.
// torch/serialization.py, `persistent_id`.

import type { Operand } from "../../core/elements.ts";
import { contiguousStrides, Layout } from "../../core/layout.ts";
import { Storage } from "../../core/storage.ts";
import { contentBytes } from "../content.ts";
import { OwnGlobal, OwnText, Persistent } from "../pickle/parts.ts";
import { Stored } from "../stored.ts";
import { ArrayValue, type RawTensor, type StorageValue } from "../values.ts";
import { storageClassNames } from "./types.ts";

/** A storage that the file gets. */
export interface PlacedStorage {
  /** Where its bytes come from. */
  readonly stored: Stored;
  /** The bytes that are written, of the storage once it is in memory. */
  bytesOf(storage: Storage): Uint8Array;
}

/** Where a tensor lies. */
export interface Place {
  /** The storage as the pickle names it. */
  readonly storage: Persistent;
  /** True iff the storage is of one element type, which its class says. */
  readonly isTyped: boolean;
  /** In elements. */
  readonly offset: number;
  readonly strides: readonly number[];
}

/** A key that was given, and the bytes behind it. */
interface Keyed {
  readonly key: OwnText;
  readonly byteLength: number;
}

/** True iff the value is an array of some face. */
export function isOperand(value: object): value is Operand {
  // A file's array is one before its bytes have been read.
  if (value instanceof ArrayValue) return true;
  return (
    "storage" in value &&
    "layout" in value &&
    value.layout instanceof Layout &&
    value.storage instanceof Storage
  );
}

/** The storages of one file. */
export class Places {
  /** In the order of their keys. */
  readonly storages: PlacedStorage[] = [];
  /** Storages that are seen as several element types, which no class of storages can say. */
  readonly mixed: Set<object>;
  /** True iff such were found that were not known: the pickle must be made again. */
  foundMixed = false;
  private readonly compact: boolean;
  private readonly keys: Map<object, Keyed> = new Map();
  private readonly copies: Map<object, Map<string, Keyed>> = new Map();
  private readonly types: Map<object, string> = new Map();

  constructor(compact: boolean, mixed: Set<object> = new Set()) {
    this.compact = compact;
    this.mixed = mixed;
  }

  /** The place of an array of that element type, which may be another name for the layout's own. */
  of(array: Operand, dtype: string): Place {
    const { layout } = array;
    const { itemSize } = layout.dtype;
    const [identity, stored] = sourceOf(array);
    const isOurs = layout.isAligned && layout.strides.every((stride) => stride >= 0);
    const isPart = this.compact && layout.size * itemSize < stored.byteLength;
    if (isOurs && !isPart) {
      const keyed = this.keyOf(identity, stored);
      return this.place(keyed, identity, dtype, itemSize, layout.offset, layout.strides);
    }
    const keyed = this.copyOf(identity, stored, layout);
    return this.place(keyed, keyed, dtype, itemSize, 0, contiguousStrides(layout.shape));
  }

  /** The place of a tensor that is carried as bytes. */
  raw(tensor: RawTensor): Place {
    const { stored, dtype, itemSize, offset, strides } = tensor;
    const identity = identityOf(stored);
    return this.place(this.keyOf(identity, stored), identity, dtype, itemSize, offset, strides);
  }

  /** A storage alone. */
  bare({ stored, dtype, length }: StorageValue): Persistent {
    const identity = identityOf(stored);
    const keyed = this.keyOf(identity, stored);
    const className = dtype === "uint8" ? undefined : storageClassNames.get(dtype);
    return persistent(className, keyed, className === undefined ? stored.byteLength : length);
  }

  private place(
    keyed: Keyed,
    identity: object,
    dtype: string,
    itemSize: number,
    offset: number,
    strides: readonly number[],
  ): Place {
    const known = this.types.get(identity);
    if (known !== undefined && known !== dtype && !this.mixed.has(identity)) {
      this.mixed.add(identity);
      this.foundMixed = true;
    }
    this.types.set(identity, dtype);
    const className = this.mixed.has(identity) ? undefined : storageClassNames.get(dtype);
    const count = className === undefined ? keyed.byteLength : Math.floor(keyed.byteLength / itemSize);
    return {
      storage: persistent(className, keyed, count),
      isTyped: className !== undefined,
      offset,
      strides,
    };
  }

  private newKey(byteLength: number, placed: PlacedStorage): Keyed {
    this.storages.push(placed);
    return { key: new OwnText(String(this.storages.length - 1)), byteLength };
  }

  private keyOf(identity: object, stored: Stored): Keyed {
    let keyed = this.keys.get(identity);
    if (keyed === undefined) {
      keyed = this.newKey(stored.byteLength, { stored, bytesOf: (storage) => storage.bytes() });
      this.keys.set(identity, keyed);
    }
    return keyed;
  }

  /** A storage of the elements of one layout alone, row-major. */
  private copyOf(identity: object, stored: Stored, layout: Layout): Keyed {
    const { dtype, shape, strides, offset, unit, size } = layout;
    const view = [dtype.name, offset, unit, shape, strides].join(";");
    const views: Map<string, Keyed> = this.copies.get(identity) ?? new Map();
    this.copies.set(identity, views);
    let keyed = views.get(view);
    if (keyed === undefined) {
      const bytesOf = (storage: Storage): Uint8Array => contentBytes({ storage, layout });
      keyed = this.newKey(size * dtype.itemSize, { stored, bytesOf });
      views.set(view, keyed);
    }
    return keyed;
  }
}

function persistent(className: string | undefined, { key }: Keyed, count: number): Persistent {
  const path = className === undefined ? "torch.storage.UntypedStorage" : `torch.${className}`;
  return new Persistent(["storage", new OwnGlobal(path), key, "cpu", count]);
}

/** What tells storages apart: one that was read is one with that of a tensor over it. */
function identityOf(stored: Stored): object {
  return stored.isLoaded ? stored.storage : stored;
}

function sourceOf(array: Operand): [identity: object, stored: Stored] {
  if (array instanceof ArrayValue) return [identityOf(array.stored), array.stored];
  return [array.storage, Stored.of(array.storage)];
}
