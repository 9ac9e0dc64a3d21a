// random/numpy.json as it is recorded, and how arrays drawn here are held against it: bytes for bytes, float64 numbers
// that rest on functions of the C library within one unit in the last place, and counted.

import { dtypeByName } from "../../../src/core/dtype.ts";
import { Layout } from "../../../src/core/layout.ts";
import { Storage } from "../../../src/core/storage.ts";
import * as np from "../../../src/numpy/index.ts";
import { hasReferenceFile, referenceJson } from "../../support/reference.ts";
import type { ArrayRecord } from "../recorded/values.ts";
import { type Counts, Failure } from "../suite.ts";
import { unitsApart } from "./torch-record.ts";

/** The file's path. */
export const path = "random/numpy.json";

/** The file, in the form that the caller knows; undefined where the folder has none. */
export function numpyRecord<T>(folder: string): T | undefined {
  return hasReferenceFile(path, folder) ? referenceJson<T>(path, folder) : undefined;
}

/** A recorded array as an array. */
export function arrayOf({ dtype, shape, data }: ArrayRecord): np.NDArray {
  const bytes = Uint8Array.from(Buffer.from(data!, "base64"));
  return new np.NDArray(new Storage(bytes), Layout.contiguous(dtypeByName(dtype)!, shape));
}

/** How far float64 numbers may be from the recorded ones. */
export interface Tolerance {
  /** Units in the last place. */
  readonly units: number;
  /** What the numbers are, for the counts. */
  readonly what: string;
  /** True iff the units are those of the largest number: the others may be small differences of such. */
  readonly isOfLargest?: boolean;
}

/** True iff a float64 number is as near to the recorded one as the tolerance says; `largest` is that of all. */
function isNear(got: number, expected: number, tolerance: Tolerance, largest: number): boolean {
  return tolerance.isOfLargest
    ? Math.abs(got - expected) <= tolerance.units * Number.EPSILON * largest
    : unitsApart(got, expected) <= tolerance.units;
}

/** @throws Failure unless the drawn array is the recorded one */
export function compareArray(
  drawn: unknown,
  record: ArrayRecord,
  where: string,
  tolerance?: Tolerance,
): Counts {
  const got = np.asarray(drawn as np.NDArray);
  const expected = arrayOf(record);
  if (got.dtype !== expected.dtype)
    throw new Failure(`${where}: expected ${expected.dtype}, got ${got.dtype}`);
  if (`${got.shape}` !== `${expected.shape}`)
    throw new Failure(`${where}: expected shape [${expected.shape}], got [${got.shape}]`);
  const wanted = expected.ravel().tolist() as unknown[];
  const came = got.ravel().tolist() as unknown[];
  const isRounded = tolerance !== undefined && expected.dtype === np.float64;
  const largest = isRounded ? Math.max(...(wanted as number[]).map(Math.abs)) : 0;
  let off = 0;
  wanted.forEach((value, i) => {
    if (Object.is(came[i], value)) return;
    if (!(isRounded && isNear(came[i] as number, value as number, tolerance, largest)))
      throw new Failure(`${where}, element ${i}: expected ${value}, got ${came[i]}`);
    off++;
  });
  return tolerance === undefined
    ? {}
    : { [tolerance.what]: wanted.length, [`${tolerance.what}: off in the last place`]: off };
}
