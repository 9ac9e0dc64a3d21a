// How much a file may ask for, of what its own size does not bound. The defaults are beyond every honest file; who
// has a larger one raises them.

import { FormatError } from "../core/errors.ts";

/** Bounds on what opening a file may take. Every refusal by one of them names it. */
export interface Limits {
  /** Opcodes of one pickle: 100,000,000. */
  readonly opcodes?: number;
  /** Values that one pickle may hold at hand under a number (its memo): 10,000,000. */
  readonly memo?: number;
  /** Values of a pickle's tree written out, where what is held twice counts twice: 1,000,000, or 16 a byte. */
  readonly values?: number;
  /** Levels of lists within dicts within objects: 1,000. Walks over such a tree go as deep. */
  readonly depth?: number;
  /** Characters of the header of a .npy: 10,000, as NumPy's `max_header_size`. */
  readonly headerBytes?: number;
  /** Bytes that a packed file may unpack to for each of its own: 200. */
  readonly expansion?: number;
  /** Bytes that a packed file may unpack to whatever its size: 256 MiB. */
  readonly unpackedBytes?: number;
}

/** Options of whatever is bounded. */
export interface Limited {
  /** Bounds that are raised for a file that is larger than the usual ones. */
  readonly limits?: Limits | undefined;
}

/** The limits where nothing else is said. */
export const defaultLimits: Required<Limits> = {
  opcodes: 100_000_000,
  memo: 10_000_000,
  values: 1_000_000,
  depth: 1000,
  headerBytes: 10_000,
  expansion: 200,
  unpackedBytes: 2 ** 28,
};

/** The limits that hold, those given before the defaults. */
export function limitsOf(given: Limits = {}): Required<Limits> {
  return { ...defaultLimits, ...given };
}

/** The error for what goes beyond a limit: says which one to raise. */
export function beyondLimit(what: string, name: keyof Limits, limit: number): FormatError {
  return new FormatError(`${what}, more than ${limit}; if that is meant, raise limits.${name}`);
}

/** How many bytes a packed file of `packed` bytes may unpack to. */
export function unpackedAllowed(packed: number, { limits }: Limited): number {
  const { expansion, unpackedBytes } = limitsOf(limits);
  return Math.max(unpackedBytes, expansion * packed);
}

/**
 * Checks what a packed file of `packed` bytes unpacks to.
 * @throws FormatError when it is beyond both limits for that
 */
export function checkUnpacked(unpacked: number, packed: number, options: Limited): void {
  const allowed = unpackedAllowed(packed, options);
  if (unpacked > allowed) {
    throw beyondLimit(`the file of ${packed} bytes unpacks to ${unpacked} or more`, "unpackedBytes", allowed);
  }
}
