// A storage: bytes that somebody owns, and a counter of the writes made to them through a tensor.
// The bytes may be a caller's own typed array, ArrayBuffer or SharedArrayBuffer: nothing is copied.

import type { DType, TypedArray, TypedArrayConstructor } from "./dtype.ts";

/** Bytes in memory, seen through typed arrays of any element type. */
export class Storage {
  /** The bytes through the array type they were made with. */
  readonly data: TypedArray;
  /** How often the bytes were written in place through a tensor. A cache or a saved value is stale when it moved. */
  version = 0;
  private others: Map<TypedArrayConstructor, TypedArray> | undefined = undefined;

  /** Takes a typed array as it is: its bytes are the storage. */
  constructor(data: TypedArray) {
    this.data = data;
  }

  /** A storage of `length` elements, all zero bits. */
  static allocate(dtype: DType, length: number): Storage {
    return new Storage(new dtype.array(length * dtype.lanes));
  }

  /** A storage over bytes of a buffer. The offset need not be aligned: `view` then copies nothing but refuses. */
  static fromBytes(
    buffer: ArrayBufferLike,
    byteOffset = 0,
    byteLength: number = buffer.byteLength - byteOffset,
  ): Storage {
    return new Storage(new Uint8Array(buffer, byteOffset, byteLength));
  }

  get buffer(): ArrayBufferLike {
    return this.data.buffer;
  }

  get byteOffset(): number {
    return this.data.byteOffset;
  }

  get byteLength(): number {
    return this.data.byteLength;
  }

  /** How many whole elements of that type the bytes hold. */
  length(dtype: DType): number {
    return Math.floor(this.data.byteLength / dtype.itemSize);
  }

  /**
   * All the bytes through the typed array of an element type (half types as bit patterns, complex as pairs);
   * a rest shorter than an element is left off. The same bytes: a write to it is a write to the storage.
   * @throws RangeError when the storage begins at an address that is no multiple of the array's element size
   */
  view(dtype: DType): TypedArray {
    const arrayType = dtype.array;
    return this.data.constructor === arrayType ? this.data : this.other(arrayType);
  }

  /** The bytes themselves. */
  bytes(): Uint8Array {
    return this.data instanceof Uint8Array
      ? this.data
      : (this.other(Uint8Array as unknown as TypedArrayConstructor) as Uint8Array);
  }

  private other(arrayType: TypedArrayConstructor): TypedArray {
    this.others ??= new Map();
    let array = this.others.get(arrayType);
    if (array === undefined) {
      const { buffer, byteOffset, byteLength } = this.data;
      array = new arrayType(buffer, byteOffset, Math.floor(byteLength / arrayType.BYTES_PER_ELEMENT));
      this.others.set(arrayType, array);
    }
    return array;
  }
}
