// Pooling of float32 planes on the WebAssembly device (kernels/pooling.ts), over the reference device's windows.

import { float32, int32, int64 } from "../../core/dtype.ts";
import type { Operand } from "../../core/elements.ts";
import { copyOut, placeToRead } from "../../kernels/copy.ts";
import type { Kernels } from "../../kernels/instance.ts";
import { copyNumbers } from "../../kernels/numbers.ts";
import { kernels } from "../../kernels/use.ts";
import type {
  AveragePoolAttributes,
  MaxPoolAttributes,
  SizeAttributes,
  WithShape,
} from "../../ops/pooling.ts";
import { intoRowMajor } from "../reference/move.ts";
import {
  adaptivePlan,
  divisors,
  planeSize,
  slidingPlan,
  type Windows,
  windowTotal,
} from "../reference/pooling.ts";
import { imagesAtOnce, integersAt, Room } from "./convolve.ts";
import type { Row, Rows } from "./device.ts";
import { valuesOf } from "./images.ts";

/** Elements read from where on the call pays. */
const least = 4096;

/** Tables of the windows in scratch, and what kernels are told of them. */
function tablesOf(room: Room, windows: Windows): number[] {
  return windows.map(({ count }) => room.take(8 * count));
}

function fillTables(made: Kernels, windows: Windows, tables: readonly number[]): number[] {
  windows.forEach(({ count, first, end }, k) => {
    const table = integersAt(made, tables[k]!, 2 * count);
    for (let i = 0; i < count; i++) {
      table[2 * i] = first[i]!;
      table[2 * i + 1] = end[i]!;
    }
  });
  return [
    windows[1].length,
    windows[2].length,
    planeSize(windows),
    ...tables,
    ...windows.map(({ count }) => count),
  ];
}

/** The elements of a row-major operand. */
const targetOf = ({ storage, layout }: Operand): Float32Array =>
  (storage.view(float32) as Float32Array).subarray(layout.offset, layout.offset + layout.size);

function maximum(x: Operand, values: Operand, places: Operand, windows: Windows): void {
  const [size, total] = [planeSize(windows), windowTotal(windows)];
  const planes = values.layout.size / total;
  const source = valuesOf(x);
  const made = kernels(source)!;
  const most = imagesAtOnce(planes, size + 3 * total);
  const room = new Room(made);
  const tables = tablesOf(room, windows);
  const [from, best, where] = [
    room.take(4 * most * size),
    room.take(4 * most * total),
    room.take(8 * most * total),
  ];
  made.scratch(room.byteLength);
  const numbers = [...fillTables(made, windows, tables), ...windows.map(({ step }) => step)];
  intoRowMajor(values, (bestOut) => {
    intoRowMajor(places, (placesOut) => {
      const target = targetOf(bestOut);
      const words = placesOut.storage.view(int32) as Int32Array;
      for (let first = 0; first < planes; first += most) {
        const count = Math.min(most, planes - first);
        const at = placeToRead(made, source, first * size, count * size, from);
        made.parallel("maxPool32", [at, ...numbers, best, where], count, count);
        const to = first * total;
        copyOut(made, target, to, best, count * total);
        copyNumbers(
          words.subarray(2 * (placesOut.layout.offset + to)),
          integersAt(made, where, 2 * count * total),
        );
      }
    });
  });
}

/** Means of windows, or with `isBack` what flows back from them. */
function means(
  x: Operand,
  output: Operand,
  windows: Windows,
  override: number | undefined,
  isBack: boolean,
): void {
  const [size, total] = [planeSize(windows), windowTotal(windows)];
  const [read, written] = isBack ? [total, size] : [size, total];
  const planes = output.layout.size / written;
  const source = valuesOf(x);
  const made = kernels(source)!;
  const most = imagesAtOnce(planes, size + total);
  const room = new Room(made);
  const tables = tablesOf(room, windows);
  const [from, into, divided] = [
    room.take(4 * most * read),
    room.take(4 * most * written),
    room.take(8 * total),
  ];
  const sums = isBack ? [room.take(8 * size * made.threads)] : [];
  made.scratch(room.byteLength);
  new Float64Array(made.bytes.buffer, divided, total).set(divisors(windows, override));
  const numbers = fillTables(made, windows, tables);
  intoRowMajor(output, (result) => {
    const target = targetOf(result);
    for (let first = 0; first < planes; first += most) {
      const count = Math.min(most, planes - first);
      const at = placeToRead(made, source, first * read, count * read, from);
      const kernel = isBack ? "meanPoolGradient32" : "meanPool32";
      made.parallel(kernel, [at, ...numbers, divided, into, ...sums], count, count);
      copyOut(made, target, first * written, into, count * written);
    }
  });
}

const isMade = (x: Operand, output: Operand): boolean =>
  x.layout.dtype === float32 &&
  output.layout.dtype === float32 &&
  output.layout.size > 0 &&
  x.layout.size > 0;

const readSize = (inputs: readonly Operand[], outputs: readonly Operand[]): number =>
  Math.max(inputs[0]!.layout.size, outputs[0]!.layout.size);

const maximumRow = <Attributes>(
  windowsOf: (attributes: Attributes, x: Operand, output: Operand) => Windows,
): Row<Attributes> => ({
  work: readSize,
  least,
  run: ([x], [values, places], attributes) => {
    if (!isMade(x!, values!) || places!.layout.dtype !== int64) return false;
    maximum(x!, values!, places!, windowsOf(attributes, x!, values!));
    return true;
  },
});

const meanRow = <Attributes>(
  isBack: boolean,
  windowsOf: (attributes: Attributes, x: Operand, output: Operand) => Windows,
  override: (attributes: Attributes) => number | undefined = () => undefined,
): Row<Attributes> => ({
  work: readSize,
  least,
  run: ([x], [output], attributes) => {
    if (!isMade(x!, output!)) return false;
    means(x!, output!, windowsOf(attributes, x!, output!), override(attributes), isBack);
    return true;
  },
});

const rows = {
  maxPool: maximumRow<MaxPoolAttributes>((attributes, x, values) =>
    slidingPlan(attributes, x.layout.shape, values.layout.shape, false),
  ),
  adaptiveMaxPool: maximumRow<SizeAttributes>((attributes, x) => adaptivePlan(attributes, x.layout.shape)),
  avgPool: meanRow<AveragePoolAttributes>(
    false,
    (attributes, x, output) =>
      slidingPlan(attributes, x.layout.shape, output.layout.shape, attributes.countIncludePad),
    ({ divisorOverride }) => divisorOverride,
  ),
  avgPoolGradient: meanRow<WithShape<AveragePoolAttributes>>(
    true,
    (attributes, g) => slidingPlan(attributes, attributes.shape, g.layout.shape, attributes.countIncludePad),
    ({ divisorOverride }) => divisorOverride,
  ),
  adaptiveAvgPool: meanRow<SizeAttributes>(false, (attributes, x) =>
    adaptivePlan(attributes, x.layout.shape),
  ),
  adaptiveAvgPoolGradient: meanRow<WithShape<SizeAttributes>>(true, (attributes) =>
    adaptivePlan(attributes, attributes.shape),
  ),
};

/** Rows of pooling. */
export const poolingRows: Rows = rows as unknown as Rows;
