// Matrices turned by the kernels of kernels/transpose.ts: blocks are copied in, turned, and copied out line by line.

import type { KernelExports, Kernels, TransposeKernel } from "./instance.ts";
import { copyNumbers } from "./numbers.ts";
import { kernels } from "./use.ts";

/** A matrix in memory: where its first line begins and how far it is to the next one, in bytes. A line is dense. */
export interface Lines {
  readonly bytes: Uint8Array;
  readonly start: number;
  readonly step: number;
}

/** The kernel by the size of an element in bytes. */
const kernelOf = (exports: KernelExports, itemSize: number): TransposeKernel =>
  itemSize === 1
    ? exports.transpose8
    : itemSize === 2
      ? exports.transpose16
      : itemSize === 4
        ? exports.transpose32
        : itemSize === 8
          ? exports.transpose64
          : exports.transpose128;

/** Bytes of a block, and of a target's line in it where there are more: measured with 4096 x 4096 numbers. */
const blockBytes = 2 ** 20;
const lineBytes = 2 ** 12;
/** Lines are so many bytes further apart than they are long: at powers of two they would share few places of the cache. */
const gap = 64;
/** The sides of the kernels' squares. */
const mostLines = 8;
/** A line that is copied by itself has to have so many bytes; and a matrix so many, to pay for the call. */
const leastLine = 128;
const leastBytes = 1024;

const bytesOf = (count: number, itemSize: number): number => count * itemSize;

/**
 * Writes target[j, i] = source[i, j] for `rows` lines of the source with `columns` elements each.
 * @param itemSize bytes of an element: 1, 2, 4, 8 or 16
 * @returns false, with nothing done, where there are no kernels or they do not pay
 */
export function transposeLines(
  source: Lines,
  target: Lines,
  rows: number,
  columns: number,
  itemSize: number,
): boolean {
  const isDenseIn = source.step === bytesOf(columns, itemSize);
  const isDenseOut = target.step === bytesOf(rows, itemSize);
  if (rows * columns * itemSize < leastBytes) return false;
  if (!isDenseIn && bytesOf(columns, itemSize) < leastLine) return false;
  if (!isDenseOut && bytesOf(rows, itemSize) < leastLine) return false;
  const made = kernels(source.bytes, target.bytes);
  if (made === undefined) return false;
  const most = Math.max(1, Math.floor(blockBytes / itemSize));
  // Of a matrix with short lines more lines are taken.
  const height = Math.min(rows, Math.max(Math.floor(lineBytes / itemSize), Math.floor(most / columns)));
  const width = Math.min(columns, Math.max(1, Math.floor(most / height)));
  const lineIn = bytesOf(width, itemSize) + (isDenseIn && width === columns ? 0 : gap);
  const lineOut = bytesOf(height, itemSize) + (isDenseOut && height === rows ? 0 : gap);
  const outAt = (height + mostLines) * lineIn + gap;
  const first = made.scratch(outAt + (width + mostLines) * lineOut + gap);
  const second = first + outAt;
  const kernel = kernelOf(made.exports, itemSize);
  for (let j = 0; j < columns; j += width) {
    const across = Math.min(width, columns - j);
    for (let i = 0; i < rows; i += height) {
      const down = Math.min(height, rows - i);
      const from = source.start + i * source.step + bytesOf(j, itemSize);
      moveLines(
        made,
        source.bytes,
        from,
        source.step,
        made.bytes,
        first,
        lineIn,
        down,
        bytesOf(across, itemSize),
      );
      kernel(first, lineIn, second, lineOut, down, across);
      const to = target.start + j * target.step + bytesOf(i, itemSize);
      moveLines(
        made,
        made.bytes,
        second,
        lineOut,
        target.bytes,
        to,
        target.step,
        across,
        bytesOf(down, itemSize),
      );
    }
  }
  return true;
}

/** Copies lines of `length` bytes between scratch and a matrix: all at once where they are dense on both sides. */
function moveLines(
  made: Kernels,
  from: Uint8Array,
  start: number,
  step: number,
  to: Uint8Array,
  at: number,
  toStep: number,
  lines: number,
  length: number,
): void {
  if (made.sees(from) && made.sees(to)) {
    made.exports.copyLines(from.byteOffset + start, step, to.byteOffset + at, toStep, lines, length);
    return;
  }
  if (lines === 1 || (step === length && toStep === length)) {
    copyNumbers(to.subarray(at, at + lines * length), from.subarray(start, start + lines * length));
    return;
  }
  for (let i = 0, a = start, o = at; i < lines; i++, a += step, o += toStep) {
    copyNumbers(to.subarray(o, o + length), from.subarray(a, a + length));
  }
}
