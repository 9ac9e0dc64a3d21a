// A storage: bytes that somebody owns, and a counter of the writes made to them through a tensor.
// The bytes may be a caller's own typed array, ArrayBuffer or SharedArrayBuffer: nothing is copied.

import { changes } from "./changes.ts";
import { type DType, type TypedArray, type TypedArrayConstructor, uint8 } from "./dtype.ts";
import { RuntimeError } from "./errors.ts";
import { bounds, type Loan, lend, moveOut, prepared, takeBack } from "./memory.ts";

/** Memory of these sizes in bytes is taken when it is first asked for. Beyond, it is asked whether there is so much. */
const leastLater = 2 ** 20;
const mostLater = 2 ** 30;
const nothing = new Uint8Array(0);

/** Kernels look at memory and keep nothing of it: while one runs, `lending.isOn` is true, and views end no loan. */
export const lending: { isOn: boolean } = { isOn: false };

/** Who is told of large storages that `empty` makes. */
export interface Collector {
  add(storage: Storage): void;
}

let collector: Collector | undefined;

/** Tells someone of each large storage that `Storage.empty` makes from now on. */
export function collecting(into: Collector | undefined): void {
  collector = into;
}

/** Who is told of all storages. */
export interface StorageListener {
  /** A storage was made. */
  made(storage: Storage): void;
  /** It is one of those that `empty` makes: nothing is in it yet. */
  isEmpty(storage: Storage): void;
}

let listener: StorageListener | undefined;

/** Tells someone of each storage that is made. @returns ends it */
export function listening(to: StorageListener): () => void {
  const before = listener;
  listener = to;
  return () => {
    listener = before;
  };
}

/**
 * Memory of these sizes in bytes is cut from blocks of a larger one: an engine keeps smaller arrays in its own heap, and
 * a buffer outside it costs ten times as much as a view of one. A block is given back when nothing is left of it.
 */
const leastCut = 65;
const mostCut = 2048;
const blockBytes = 2 ** 14;
let block = new ArrayBuffer(0);
let blockEnd = 0;

/** An array of zeros. The type that training runs on is named, for an engine makes an array in place only then. */
function zeros(type: TypedArrayConstructor, items: number): TypedArray {
  return (type as unknown) === Float32Array ? new Float32Array(items) : new type(items);
}

/** Zeroed memory for so many entries of an array type. */
function cut(dtype: DType, items: number, bytes: number): TypedArray {
  let start = blockEnd;
  if (start + bytes > block.byteLength) {
    block = new ArrayBuffer(blockBytes);
    start = 0;
  }
  // What follows begins at a multiple of 8, so that any array type can look at it.
  blockEnd = start + ((bytes + 7) & ~7);
  const type: unknown = dtype.array;
  return type === Float32Array ? new Float32Array(block, start, items) : new dtype.array(block, start, items);
}

/** What is asked for memory that was given back. */
function refuse(): never {
  throw new RuntimeError(
    "this memory was given back: call dispose() after the last use, of views and in backward passes too",
  );
}

/** Bytes in memory, seen through typed arrays of any element type. */
export class Storage {
  /** The bytes through the array type they are made with; undefined before they are first asked for. */
  private made: TypedArray | undefined;
  /** The array type they are made with. */
  private readonly type: unknown;
  /** Makes them. */
  private make: (() => TypedArray) | undefined = undefined;
  /** How many bytes there are. */
  readonly byteLength: number;
  /** How often the bytes were written in place; see `version`. */
  private writes = 0;
  /** What the memory is, where it comes from `empty` and nobody but kernels has seen it. */
  private loan: Loan | undefined = undefined;
  /** True iff nobody may look at the bytes. */
  private isWithheld = false;
  /** True iff others count on the bytes staying where they are: nothing that grows in place may leave them behind. */
  isLent = false;
  /** The bytes through other array types, by the index of the element type that asked. */
  private others: (TypedArray | undefined)[] | undefined = undefined;

  /** Takes a typed array as it is: its bytes are the storage. */
  constructor(data: TypedArray, type: unknown = data.constructor, byteLength: number = data.byteLength) {
    this.made = data;
    this.type = type;
    this.byteLength = byteLength;
    if (listener !== undefined) listener.made(this);
  }

  /**
   * A storage of `length` elements, all zero bits. Large memory is taken when it is first asked for: parameters that a
   * file's take the place of never are.
   */
  static allocate(dtype: DType, length: number): Storage {
    const items = length * dtype.lanes;
    const bytes = length * dtype.itemSize;
    // 64-bit integers are mostly read as words of 32 bits, through a second view.
    if ((bytes >= leastCut || dtype.compute === "big") && bytes <= mostCut)
      return new Storage(cut(dtype, items, bytes), dtype.array, bytes);
    if (!(bytes >= leastLater && bytes <= mostLater))
      return new Storage(zeros(dtype.array, items), dtype.array, bytes);
    return Storage.later(dtype, bytes, () => new dtype.array(prepared(new ArrayBuffer(bytes))));
  }

  /**
   * A storage of `length` elements that are written before they are read, all of them, by whoever asked: what is in large
   * memory before that is not said.
   */
  static empty(dtype: DType, length: number): Storage {
    const storage = Storage.unwritten(dtype, length);
    if (listener !== undefined) listener.isEmpty(storage);
    return storage;
  }

  private static unwritten(dtype: DType, length: number): Storage {
    const bytes = length * dtype.itemSize;
    if (!(bytes >= bounds.leastUnwritten && bytes <= mostLater) || bytes === 0)
      return Storage.allocate(dtype, length);
    const storage = Storage.later(dtype, bytes, () => storage.borrow(dtype, bytes));
    if (bytes >= bounds.leastReused) collector?.add(storage);
    return storage;
  }

  /**
   * Gives the memory back to be used again, if nobody but kernels has seen it: for who knows that nothing reads or writes
   * the storage any more. Whoever does gets an error.
   */
  giveBack(): void {
    if (this.loan !== undefined) this.dispose();
  }

  /**
   * Lets go of the memory for good: whoever reads or writes it later gets an error. If nobody but kernels has seen it, it is
   * used again at once; else whoever was shown it keeps it. Values that are yet to be computed are left alone.
   */
  dispose(): void {
    if (this.isWithheld) return;
    if (this.loan !== undefined) takeBack(this.loan);
    this.loan = undefined;
    this.made = undefined;
    this.others = undefined;
    this.make = refuse;
  }

  /**
   * Keeps everybody from the bytes, whose values are yet to be computed: whoever asks for them gets what `refuse` throws.
   * The storage lets go of them; `supply` gives it some again.
   */
  withhold(refuse: () => never): void {
    this.isWithheld = true;
    this.made = undefined;
    this.others = undefined;
    this.make = refuse;
    this.loan = undefined;
  }

  /** True iff the bytes can be looked at: their values are not yet to be computed. */
  get hasValues(): boolean {
    return !this.isWithheld;
  }

  /**
   * Memory for a storage whose bytes are all about to be written by a kernel: its own where it has some, else new memory.
   * @returns its elements
   */
  provide(dtype: DType, items: number): TypedArray {
    if (this.isWithheld) {
      const bytes = items * dtype.array.BYTES_PER_ELEMENT;
      const isLarge = bytes >= bounds.leastUnwritten && bytes <= mostLater && bytes === this.byteLength;
      this.put(isLarge ? this.borrow(dtype, bytes) : new dtype.array(items));
    }
    return this.view(dtype);
  }

  /** Gives a storage its bytes, as many as it says that it has. */
  supply(data: TypedArray): void {
    this.put(data);
    this.loan = undefined;
  }

  private put(data: TypedArray): void {
    this.isWithheld = false;
    this.made = data;
    this.others = undefined;
    this.make = undefined;
  }

  /** Memory that nobody has written: lent, unless someone else than a kernel asks for it. */
  private borrow(dtype: DType, bytes: number): TypedArray {
    const loan = lend(this, bytes, lending.isOn);
    const { buffer, byteOffset } = loan;
    if (lending.isOn) this.loan = loan;
    return new dtype.array(buffer, byteOffset, bytes / dtype.array.BYTES_PER_ELEMENT);
  }

  /** The memory is shown to someone who may keep it. */
  private show(): void {
    if (this.loan === undefined || lending.isOn) return;
    const moved = moveOut(this.loan);
    if (moved !== undefined) {
      this.made = new (this.type as TypedArrayConstructor)(moved);
      this.others = undefined;
    }
    this.loan = undefined;
  }

  /** A storage of so many bytes that are made when they are first asked for. */
  private static later(dtype: DType, bytes: number, make: () => TypedArray): Storage {
    const storage = new Storage(nothing, dtype.array);
    storage.made = undefined;
    storage.make = make;
    (storage as { byteLength: number }).byteLength = bytes;
    return storage;
  }

  /** The bytes through the array type they were made with. */
  get data(): TypedArray {
    const data = this.made ?? this.first();
    if (this.loan === undefined) return data;
    this.show();
    return this.made!;
  }

  private first(): TypedArray {
    const data = this.make!();
    this.made = data;
    this.make = undefined;
    return data;
  }

  /** A storage over bytes of a buffer. The offset need not be aligned: `view` then copies nothing but refuses. */
  static fromBytes(
    buffer: ArrayBufferLike,
    byteOffset = 0,
    byteLength: number = buffer.byteLength - byteOffset,
  ): Storage {
    return new Storage(new Uint8Array(buffer, byteOffset, byteLength));
  }

  /** The memory that the bytes are part of. */
  get buffer(): ArrayBufferLike {
    return this.data.buffer;
  }

  /** Where the bytes begin in `buffer`. */
  get byteOffset(): number {
    return this.data.byteOffset;
  }

  /** How many whole elements of that type the bytes hold. */
  length(dtype: DType): number {
    return Math.floor(this.byteLength / dtype.itemSize);
  }

  /**
   * All the bytes through the typed array of an element type (half types as bit patterns, complex as pairs);
   * a rest shorter than an element is left off. The same bytes: a write to it is a write to the storage.
   * @throws RangeError when the storage begins at an address that is no multiple of the array's element size
   */
  view(dtype: DType): TypedArray {
    if (this.type === dtype.array) return this.data;
    if (this.loan !== undefined) this.show();
    return this.others?.[dtype.index] ?? this.other(dtype);
  }

  /** The same for who keeps nothing of it, as kernels do: the memory stays where it is. */
  look(dtype: DType): TypedArray {
    const before = lending.isOn;
    lending.isOn = true;
    try {
      return this.view(dtype);
    } finally {
      lending.isOn = before;
    }
  }

  /** How often the bytes were written in place through a tensor. A cache or a saved value is stale when it moved. */
  get version(): number {
    return this.writes;
  }

  /** Notes a write in place. */
  bump(): void {
    this.writes++;
    changes.bytes++;
  }

  /** The bytes themselves. */
  bytes(): Uint8Array {
    return this.data instanceof Uint8Array ? this.data : (this.view(uint8) as Uint8Array);
  }

  private other(dtype: DType): TypedArray {
    const { buffer, byteOffset, byteLength } = this.data;
    const array = new dtype.array(buffer, byteOffset, Math.floor(byteLength / dtype.array.BYTES_PER_ELEMENT));
    this.others ??= [];
    this.others[dtype.index] = array;
    return array;
  }
}
