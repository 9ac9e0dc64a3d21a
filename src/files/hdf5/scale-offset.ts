// HDF5's scale-offset filter: numbers as their distance from the least, in as few bits as that takes; floats are rounded
// to a number of decimal places (HDF5 File Format Specification Version 3.0, section IV.A.2.l, filter 6).

import { FormatError } from "../../core/errors.ts";
import { swapBytes } from "../numpy/arrays.ts";

/** The parameters of the filter, by their place in its values. */
interface Parameters {
  readonly decimals: number;
  readonly count: number;
  readonly isFloat: boolean;
  readonly size: number;
  readonly bigEndian: boolean;
  /** The element that stands for the highest distance, little-endian, where there is a fill value. */
  readonly fill: bigint | undefined;
}

/** Bytes before the distances: how many bits one takes, the width of the least value, and that. */
const headLength = 21;

/**
 * Undoes the filter.
 * @param most bytes that may come out
 * @throws FormatError when it is damaged, or was used in a way that no library writes
 */
export function unscale(packed: Uint8Array, values: readonly number[], most: number): Uint8Array {
  const parameters = readParameters(values);
  const { count, size, bigEndian, isFloat, decimals } = parameters;
  // Integers in all their bits go through as they are.
  if (!isFloat && decimals === 8 * size) return packed;
  if (count * size > most) throw new FormatError(`a chunk has ${count * size} bytes, more than ${most}`);
  if (packed.byteLength < headLength) throw new FormatError("a chunk is too short for its scale and offset");
  const view = new DataView(packed.buffer, packed.byteOffset, packed.byteLength);
  const bits = view.getUint32(0, true);
  const content = new Uint8Array(count * size);
  const needed = headLength + Math.ceil((count * bits) / 8);
  if (bits > 8 * size || needed > packed.byteLength) {
    throw new FormatError(
      `a chunk of ${count} numbers of ${bits} bits takes ${packed.byteLength} bytes: it is damaged`,
    );
  }
  if (bits === 8 * size) content.set(packed.subarray(headLength, needed));
  else {
    const least = view.getBigUint64(5, true);
    const distances = new Bits(packed.subarray(headLength));
    (isFloat ? floats : integers)(parameters, bits, least, distances, new DataView(content.buffer));
  }
  if (bigEndian) swapBytes(content, size);
  return content;
}

function readParameters(values: readonly number[]): Parameters {
  const [scale = 0, decimals = 0, count = 0, kind = 0, size = 0, , order = 0, hasFill = 0] = values;
  const isFloat = kind === 1;
  const isKnown = isFloat ? scale === 0 && (size === 4 || size === 8) : [1, 2, 4, 8].includes(size);
  if (values.length < 20 || kind > 1 || !isKnown) {
    throw new FormatError("a chunk's scale and offset are of a kind that no library writes");
  }
  const bytes = new DataView(new ArrayBuffer(8));
  bytes.setUint32(0, values[8]!, true);
  bytes.setUint32(4, values[9]!, true);
  const fill = hasFill === 1 ? BigInt.asUintN(8 * size, bytes.getBigUint64(0, true)) : undefined;
  return { decimals: decimals | 0, count, isFloat, size, bigEndian: order === 1, fill };
}

/** A run of numbers of some bits each, the highest bit first. */
class Bits {
  private readonly bytes: Uint8Array;
  private at = 0;
  private held = 0;
  private heldBits = 0;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  next(bits: number): bigint {
    let value = 0n;
    for (let left = bits; left > 0; ) {
      if (this.heldBits === 0) {
        this.held = this.bytes[this.at++]!;
        this.heldBits = 8;
      }
      const taken = Math.min(left, this.heldBits);
      this.heldBits -= taken;
      value = (value << BigInt(taken)) | BigInt((this.held >> this.heldBits) & ((1 << taken) - 1));
      left -= taken;
    }
    return value;
  }
}

type Restore = (
  parameters: Parameters,
  bits: number,
  least: bigint,
  distances: Bits,
  target: DataView,
) => void;

const integers: Restore = ({ count, size, fill }, bits, least, distances, target) => {
  const highest = (1n << BigInt(bits)) - 1n;
  for (let index = 0; index < count; index++) {
    const distance = distances.next(bits);
    const value = fill !== undefined && distance === highest ? fill : distance + least;
    writeInteger(target, index * size, size, value);
  }
};

function writeInteger(target: DataView, at: number, size: number, value: bigint): void {
  const word = BigInt.asUintN(64, value);
  if (size === 8) target.setBigUint64(at, word, true);
  else if (size === 4) target.setUint32(at, Number(BigInt.asUintN(32, word)), true);
  else if (size === 2) target.setUint16(at, Number(BigInt.asUintN(16, word)), true);
  else target.setUint8(at, Number(BigInt.asUintN(8, word)));
}

const floats: Restore = ({ count, size, fill, decimals }, bits, least, distances, target) => {
  const highest = (1n << BigInt(bits)) - 1n;
  const round = size === 4 ? Math.fround : (value: number): number => value;
  const word = new DataView(new ArrayBuffer(8));
  word.setBigUint64(0, least, true);
  const offset = size === 4 ? word.getFloat32(0, true) : word.getFloat64(0, true);
  const scale = round(10 ** decimals);
  for (let index = 0; index < count; index++) {
    const distance = distances.next(bits);
    if (fill !== undefined && distance === highest) {
      writeInteger(target, index * size, size, fill);
      continue;
    }
    const value = round(round(round(Number(distance)) / scale) + offset);
    if (size === 4) target.setFloat32(4 * index, value, true);
    else target.setFloat64(8 * index, value, true);
  }
};
