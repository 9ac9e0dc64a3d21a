// Memory seen as words of 1, 2 or 4 bytes, so that elements are moved with every bit as it is.

import { type DType, int32, uint8, uint16 } from "../../core/dtype.ts";
import type { Storage } from "../../core/storage.ts";

/** Memory as words. */
export type Words = Uint8Array | Uint16Array | Int32Array;

/** The words of a storage that holds elements of a type. */
export function wordsOf(storage: Storage, dtype: DType): Words {
  const type = dtype.itemSize === 1 ? uint8 : dtype.itemSize === 2 ? uint16 : int32;
  return storage.view(type) as Words;
}

/** How many words an element takes. */
export function wordsPerElement(dtype: DType): number {
  return dtype.itemSize <= 2 ? 1 : dtype.itemSize / 4;
}
