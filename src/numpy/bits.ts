// Bits: `packbits`, `unpackbits`, and numbers written in another base.

import { bind, type Signature } from "../core/arguments.ts";
import { bool, uint8 } from "../core/dtype.ts";
import { elements, isTruthy } from "../core/elements.ts";
import { PythonTypeError, ValueError } from "../core/errors.ts";
import { normalizeAxis } from "./axes.ts";
import { converted } from "./casting.ts";
import { asArray, fromValues } from "./make.ts";
import type { NDArray } from "./ndarray.ts";
import { isOnlyFortran } from "./order.ts";
import type { ArrayLike } from "./types.ts";
import { moveaxis, ravel } from "./views.ts";

/** Which bit of a byte comes first. */
export type BitOrder = "big" | "little";

interface PackOptions {
  readonly axis: number | null;
  readonly bitorder: BitOrder;
}

function checkBitOrder(order: BitOrder): void {
  if (order !== "big" && order !== "little") {
    throw new ValueError("'order' must be either 'little' or 'big'");
  }
}

/** Lines along an axis, each of them changed to another length. */
function changedLines(
  array: NDArray,
  axis: number | null,
  change: (line: readonly number[]) => number[],
): NDArray {
  const flat = axis === null ? ravel(array) : array.ndim === 0 ? array.reshape([1]) : array;
  const along = axis === null ? 0 : normalizeAxis(axis, Math.max(array.ndim, 1));
  const lines = moveaxis(flat, along, -1);
  const length = lines.shape[lines.ndim - 1]!;
  const rest = lines.shape.slice(0, -1);
  const list = elements(lines).map(Number);
  const count = rest.reduce((n, each) => n * each, 1);
  const changed = Array.from({ length: count }, (_, i) => change(list.slice(i * length, (i + 1) * length)));
  const width = changed[0]?.length ?? change(new Array<number>(length).fill(0)).length;
  const result = fromValues(uint8, [...rest, width], changed.flat());
  return converted(moveaxis(result, -1, along), uint8, isOnlyFortran(flat.layout) ? "F" : "C");
}

/** Eight elements as the bits of a byte, along an axis or in row-major order (`numpy.packbits`). */
export function packbits(
  a: ArrayLike,
  ...args: Signature<[axis: number | null, bitorder: BitOrder], Partial<PackOptions>>
): NDArray {
  const { axis, bitorder } = bind<PackOptions>("packbits", ["axis", "bitorder"], args, {
    axis: null,
    bitorder: "big",
  });
  checkBitOrder(bitorder);
  const array = asArray(a);
  if (!array.dtype.isInteger && array.dtype !== bool) {
    throw new PythonTypeError("Expected an input array of integer or boolean data type");
  }
  const flags = fromValues(
    uint8,
    array.shape,
    elements(array).map((value) => Number(isTruthy(value))),
  );
  return changedLines(flags, axis, (line) => {
    const bytes = new Array<number>(Math.ceil(line.length / 8)).fill(0);
    line.forEach((bit, i) => {
      bytes[i >> 3]! |= bit << (bitorder === "big" ? 7 - (i & 7) : i & 7);
    });
    return bytes;
  });
}

interface UnpackOptions extends PackOptions {
  readonly count: number | null;
}

/** The bits of bytes as elements (`numpy.unpackbits`). @throws TypeError unless they are uint8, ValueError */
export function unpackbits(
  a: ArrayLike,
  ...args: Signature<[axis: number | null, count: number | null, bitorder: BitOrder], Partial<UnpackOptions>>
): NDArray {
  const names = ["axis", "count", "bitorder"] as const;
  const { axis, count, bitorder } = bind<UnpackOptions>("unpackbits", [...names], args, {
    axis: null,
    count: null,
    bitorder: "big",
  });
  const array = asArray(a);
  if (array.dtype !== uint8) throw new PythonTypeError("Expected an input array of unsigned byte data type");
  checkBitOrder(bitorder);
  return changedLines(array, axis, (line) => {
    const bits = line.flatMap((byte) =>
      Array.from({ length: 8 }, (_, i) => (byte >> (bitorder === "big" ? 7 - i : i)) & 1),
    );
    if (count === null) return bits;
    if (count < -bits.length) {
      throw new ValueError(`-count larger than number of elements`);
    }
    const length = count < 0 ? bits.length + count : count;
    return Array.from({ length }, (_, i) => bits[i] ?? 0);
  });
}

/** An integer in base 2 (`numpy.binary_repr`); a negative one as two's complement where there is a width. */
export function binaryRepr(
  num: number | bigint,
  ...args: Signature<[width: number | null], { readonly width?: number | null }>
): string {
  const { width } = bind<{ width: number | null }>("binary_repr", ["width"], args, { width: null });
  const value = BigInt(num);
  const check = (digits: number): void => {
    if (width === null || width >= digits) return;
    throw new ValueError(`Insufficient bit width=${width} provided for binwidth=${digits}`);
  };
  if (value === 0n) return "0".repeat(width || 1);
  if (value > 0n) {
    const text = value.toString(2);
    check(text.length);
    return text.padStart(width ?? 0, "0");
  }
  const magnitude = (-value).toString(2);
  if (width === null) return `-${magnitude}`;
  const digits = 1n << BigInt(magnitude.length - 1) === -value ? magnitude.length - 1 : magnitude.length;
  const text = ((1n << BigInt(digits + 1)) + value).toString(2);
  check(text.length);
  return text.padStart(width, "1");
}

/** An integer in a base from 2 to 36 (`numpy.base_repr`). @throws ValueError */
export function baseRepr(
  number: number | bigint,
  ...args: Signature<[base: number, padding: number], { readonly base?: number; readonly padding?: number }>
): string {
  const { base, padding } = bind<{ base: number; padding: number }>("base_repr", ["base", "padding"], args, {
    base: 2,
    padding: 0,
  });
  if (base > 36) throw new ValueError("Bases greater than 36 not handled in base_repr.");
  if (base < 2) throw new ValueError("Bases less than 2 not handled in base_repr.");
  const value = BigInt(number);
  const magnitude = value < 0n ? -value : value;
  const digits = magnitude === 0n ? "" : magnitude.toString(base).toUpperCase();
  const text = `${value < 0n ? "-" : ""}${"0".repeat(padding)}${digits}`;
  return text === "" ? "0" : text;
}
