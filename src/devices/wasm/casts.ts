// Conversions between float32 and half types, float64 and integers of 8 bits, in blocks.

import { bfloat16, type DType, float16, float32, float64, int8, uint8 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyOut, nextOf, placeToRead, placeToWrite, unit } from "../../kernels/copy.ts";
import type { CastExports } from "../../kernels/instance.ts";
import { kernelsFor } from "../../kernels/use.ts";
import type { CastAttributes } from "../../ops/copying.ts";
import type { Row, Rows } from "./device.ts";
import { overRuns } from "./runs.ts";

/** Elements converted at a time; no element has more bytes than this. */
const blockLength = 2 ** 14;
const mostBytes = 8;
/** From how many elements on threads pay. */
const leastThreaded = 2 ** 16;

type Name = keyof CastExports;

const names: ReadonlyMap<DType, ReadonlyMap<DType, Name>> = new Map<DType, ReadonlyMap<DType, Name>>([
  [
    float32,
    new Map<DType, Name>([
      [float16, "float32ToFloat16"],
      [bfloat16, "float32ToBfloat16"],
      [float64, "float32ToFloat64"],
    ]),
  ],
  [float16, new Map<DType, Name>([[float32, "float16ToFloat32"]])],
  [bfloat16, new Map<DType, Name>([[float32, "bfloat16ToFloat32"]])],
  [float64, new Map<DType, Name>([[float32, "float64ToFloat32"]])],
  [int8, new Map<DType, Name>([[float32, "int8ToFloat32"]])],
  [uint8, new Map<DType, Name>([[float32, "uint8ToFloat32"]])],
]);

function convert(name: Name, input: Operand, output: Operand): void {
  const [size, toSize] = [input.layout.dtype.itemSize, output.layout.dtype.itemSize];
  overRuns(input, output, (given, into) => {
    const [source, target] = [given.storage.bytes(), into.storage.bytes()];
    const made = kernelsFor(into.layout.size, leastThreaded, source, target)!;
    const start = made.scratch(2 * mostBytes * blockLength);
    const end = start + mostBytes * blockLength;
    const kernel = made.exports[name];
    return (at, to, run) => {
      for (let done = 0, n: number; done < run; done += n) {
        n = nextOf(made, run - done, blockLength);
        const [first, length] = [(to + done) * toSize, n * toSize];
        const place = placeToWrite(made, target, first, length, end, unit * toSize);
        const from = placeToRead(made, source, (at + done) * size, n * size, start);
        if (n <= blockLength) kernel(from, place, n);
        else made.inParts(name, [from, place], [size, toSize], n, blockLength);
        if (place === end) copyOut(made, target, first, end, length);
      }
    };
  });
}

const cast: Row<CastAttributes> = {
  work: (_inputs, outputs) => outputs[0]!.layout.size,
  least: 128,
  run: ([input], [output]) => {
    const name = names.get(input!.layout.dtype)?.get(output!.layout.dtype);
    if (name === undefined || output!.layout.size === 0) return false;
    convert(name, input!, output!);
    return true;
  },
};

export const castRows: Rows = { cast: cast as Row<never> };
