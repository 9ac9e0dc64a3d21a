// HDF5's dataspaces, versions 1 and 2: the shape of a dataset or attribute (HDF5 File Format Specification Version 3.0,
// section IV.A.2.b).

import type { Shape } from "../../core/layout.ts";
import { countOf } from "../numpy/types.ts";
import type { Cursor } from "./cursor.ts";

/** The library's own limit of dimensions. */
export const mostDimensions = 32;

/** The shape of what an object holds: null where it has none. */
export interface Dataspace {
  readonly shape: Shape | null;
  /** How long each axis may become; undefined where there is no bound. */
  readonly maximum: readonly (number | undefined)[];
}

/**
 * Reads a dataspace.
 * @throws FormatError when it is damaged, or of a shape that cannot be
 */
export function readDataspace(cursor: Cursor): Dataspace {
  const version = cursor.version(1, 2);
  const rank = cursor.u8();
  if (rank > mostDimensions) {
    throw cursor.wrong(`a shape of ${rank} dimensions is more than the ${mostDimensions} that HDF5 has`);
  }
  const flags = cursor.u8();
  const type = cursor.u8();
  if (version === 1) cursor.skip(4);
  else if (type > 2) throw cursor.wrong(`a dataspace of type ${type} is none of 0, 1 and 2`);
  else if (type === 2) return { shape: null, maximum: [] };
  const shape = Array.from({ length: rank }, () => cursor.length());
  const maximum = (flags & 1) === 0 ? shape : Array.from({ length: rank }, () => cursor.lengthOrUnlimited());
  const over = shape.findIndex((length, axis) => length > (maximum[axis] ?? Number.POSITIVE_INFINITY));
  if (over >= 0) {
    throw cursor.wrong(
      `axis ${over} has ${shape[over]} entries, and may have ${maximum[over]}: it is damaged`,
    );
  }
  // A shape of more elements than there can be is refused here, whatever they are.
  countOf(shape, 1);
  return { shape, maximum };
}
