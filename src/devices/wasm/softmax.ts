// Softmax and its logarithm along the last axis of float32 elements: several rows at a time.

import { float32 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyOut, ownBytes, placeToRead, placeToWrite } from "../../kernels/copy.ts";
import type { RowExports } from "../../kernels/instance.ts";
import { kernelsFor } from "../../kernels/use.ts";
import type { AxisAttributes } from "../../ops/indexing.ts";
import { intoRowMajor, rowMajor } from "../reference/move.ts";
import type { Row, Rows } from "./device.ts";

/** About so many elements are worked on at a time. */
const blockLength = 2 ** 15;
/** From how many elements on threads pay. */
const leastThreaded = 2 ** 16;
/** Longer rows stay with the reference, so that scratch does not grow without bound. */
const longestRow = 2 ** 23;

type Name = "logSoftmax32" | "softmax32";

function alongRows(name: Name & keyof RowExports, input: Operand, output: Operand, length: number): void {
  const source = input.storage.view(float32) as Float32Array;
  const target = output.storage.view(float32) as Float32Array;
  const made = kernelsFor(input.layout.size, leastThreaded, source, target)!;
  const rows = input.layout.size / length;
  const each = Math.max(1, Math.floor(blockLength / length));
  // Rows that are not seen are the caller's, whose memory is the first. Two vectors behind the last are read, and one is
  // written back.
  const own = made.scratch(Math.max(made.threads * ownBytes, ownBytes + 4 * (each * length + 8)));
  const at = own + ownBytes;
  const [from, to] = [input.layout.offset, output.layout.offset];
  const together = made.threads > 1 ? rows : each;
  for (let row = 0; row < rows; row += together) {
    const count = Math.min(together, rows - row);
    const [begin, n] = [row * length, count * length];
    const place = placeToWrite(made, target, to + begin, n, at);
    const first = placeToRead(made, source, from + begin, n, at);
    if (count <= each) made.exports[name](first, place, length, own, count, 0);
    else made.inParts(name, [first, place, length, own], [4 * length, 4 * length, 0, 0], count, each);
    if (place === at) copyOut(made, target, to + begin, at, n);
  }
}

function rowOf(name: Name): Row<never> {
  const row: Row<AxisAttributes> = {
    work: ([x]) => x!.layout.size,
    // With 64 the call takes half of the reference's time.
    least: 64,
    run: ([x], [output], { axis }) => {
      const { dtype, rank, shape, size } = x!.layout;
      if (dtype !== float32 || output!.layout.dtype !== float32 || axis !== rank - 1) return false;
      const length = shape[axis]!;
      if (size === 0 || length > longestRow) return false;
      const plain = rowMajor(x!);
      intoRowMajor(output!, (target) => alongRows(name, plain, target, length));
      return true;
    },
  };
  return row as Row<never>;
}

export const softmaxRows: Rows = { softmax: rowOf("softmax32"), logSoftmax: rowOf("logSoftmax32") };
