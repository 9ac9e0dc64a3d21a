// Bytes of a file that become a storage when they are asked for: what makes opening a file cheap. Who holds a tensor
// of a file holds its `Stored`; several tensors of one storage hold one.

import { FormatError, type FormatPlace } from "../core/errors.ts";
import { Storage } from "../core/storage.ts";
import type { Allocate } from "./memory/blocks.ts";
import { fillFrom, memoryFor, type Reader, requireBytes } from "./reader.ts";

/** Fills the bytes of a new storage. Where they come from has been checked to exist. */
export type Fill = (target: Uint8Array) => Promise<void> | void;

/** Where in which file the bytes of a storage are read. */
export interface StoredSource {
  readonly reader: Reader;
  readonly start: number;
  readonly end: number;
}

/** Bytes in a file, or worked out from others, that are read when they are asked for. */
export class Stored {
  readonly byteLength: number;
  /** Where in the file they are, for messages and for reading in the file's order. */
  readonly place: FormatPlace;
  /** The part of a file that is read for it, where it is one part. */
  readonly source: StoredSource | undefined;
  private readonly make: (allocate: Allocate) => Promise<Storage>;
  private readonly checks: ((storage: Storage) => void)[] = [];
  private loaded: Storage | undefined = undefined;
  private loading: Promise<Storage> | undefined = undefined;
  private canReload = true;
  /** How many bytes of memory are asked for when it is loaded. */
  memoryTaken = 0;

  private constructor(
    byteLength: number,
    make: (allocate: Allocate) => Promise<Storage>,
    place: FormatPlace,
    source?: StoredSource,
  ) {
    this.byteLength = byteLength;
    this.make = make;
    this.place = place;
    this.source = source;
  }

  /** A storage that is in memory already. */
  static of(storage: Storage): Stored {
    const stored = new Stored(storage.byteLength, async () => storage, {});
    stored.loaded = storage;
    stored.canReload = false;
    return stored;
  }

  /** A storage of its own whose bytes `fill` writes when they are asked for. */
  static filled(byteLength: number, fill: Fill, place: FormatPlace = {}, source?: StoredSource): Stored {
    const make = async (allocate: Allocate): Promise<Storage> => {
      const bytes = allocate(source?.reader, byteLength);
      await fill(bytes);
      return new Storage(bytes);
    };
    const stored = new Stored(byteLength, make, place, source);
    stored.memoryTaken = byteLength;
    return stored;
  }

  /** A storage that `make` makes when it is asked for: checks come before its memory is taken. */
  static made(
    byteLength: number,
    make: () => Promise<Storage>,
    place: FormatPlace = {},
    source?: StoredSource,
  ): Stored {
    return new Stored(byteLength, make, place, source);
  }

  /**
   * The bytes from `start` up to `end` of a file.
   * @throws FormatError when the file ends before `end`
   */
  static at(reader: Reader, start: number, end: number, tensor?: string): Stored {
    requireBytes(reader, start, end, tensor === undefined ? "the array" : "the tensor");
    const place = { file: reader.name, tensor, offset: start };
    const fill = (target: Uint8Array): Promise<void> => fillFrom(reader, start, target);
    return Stored.filled(end - start, fill, place, { reader, start, end });
  }

  /** Bytes `start` up to `end` of another storage: the same memory. */
  static part(whole: Stored, start: number, end: number): Stored {
    const make = async (): Promise<Storage> => new Storage((await whole.load()).bytes().subarray(start, end));
    return new Stored(end - start, make, whole.place);
  }

  /** True iff the bytes are in memory. */
  get isLoaded(): boolean {
    return this.loaded !== undefined;
  }

  /**
   * The storage.
   * @throws FormatError when its bytes have not been read yet
   */
  get storage(): Storage {
    if (this.loaded === undefined) {
      throw new FormatError(
        "the tensor's bytes have not been read: await load() of the opened file, or load(value), first",
        this.place,
      );
    }
    return this.loaded;
  }

  /**
   * Reads the bytes, once.
   * @param allocate gives the memory, where it is to be part of a larger one
   * @throws FormatError when they are damaged, or the file became shorter
   */
  load(allocate: Allocate = memoryFor): Promise<Storage> {
    if (this.loaded !== undefined) return Promise.resolve(this.loaded);
    this.loading ??= this.read(allocate).finally(() => {
      this.loading = undefined;
    });
    return this.loading;
  }

  /** Lets go of bytes that can be read again. Whoever has the storage keeps it. */
  release(): void {
    if (this.canReload) this.loaded = undefined;
  }

  /** What is done with the bytes when they have been read: checks, which throw, and the turning of byte orders. */
  whenLoaded(check: (storage: Storage) => void): void {
    if (this.loaded !== undefined) check(this.loaded);
    else this.checks.push(check);
  }

  private async read(allocate: Allocate): Promise<Storage> {
    try {
      this.loaded = await this.make(allocate);
      for (const check of this.checks) check(this.loaded);
      return this.loaded;
    } catch (error) {
      this.loaded = undefined;
      // A length that was checked against the file can still be more than this machine has.
      if (error instanceof RangeError) {
        throw new FormatError(`it cannot be held in memory: ${error.message}`, this.place);
      }
      if (error instanceof FormatError)
        throw new FormatError(error.reason, { ...this.place, ...error.place });
      throw error;
    }
  }
}
