// `ndarray.flags`: how an array's memory lies, whose it is, and whether it may be written.

import { NDArray } from "./ndarray.ts";
import { inElements } from "./order.ts";

/** `ndarray.flags`. */
export interface Flags {
  readonly cContiguous: boolean;
  readonly fContiguous: boolean;
  readonly owndata: boolean;
  writeable: boolean;
  readonly aligned: boolean;
}

/** The flags of an array; setting `writeable` sets the array's. */
export function flagsOf(array: NDArray): Flags {
  const { storage, layout } = array;
  const { dtype, unit } = layout;
  const word = dtype.itemSize / dtype.lanes;
  const isWord = (steps: number): boolean => (steps * unit) % word === 0;
  const whole = inElements(layout);
  return {
    cContiguous: whole.isContiguous,
    fContiguous: whole.isFortranContiguous,
    // An empty array over memory that is no array's has no memory to share.
    owndata: array.base === null || (array.size === 0 && !(array.base instanceof NDArray)),
    get writeable(): boolean {
      return array.writeable;
    },
    set writeable(write: boolean) {
      array.setflags({ write });
    },
    aligned:
      layout.size === 0 ||
      ((storage.byteOffset + layout.offset * unit) % word === 0 &&
        layout.strides.every((stride, axis) => layout.shape[axis]! <= 1 || isWord(stride))),
  };
}
