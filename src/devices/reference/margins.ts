// Margins of several labels and their gradient: row by row in float64 (ATen/native/LossMultiLabelMargin.cpp).

import type { Operand } from "../../core/elements.ts";
import type { Kernel } from "../../core/op.ts";
import { loadOf, storeOf } from "./blocks.ts";
import { integers, rowMajor } from "./move.ts";

/**
 * Calls `visit` for each row: its number, its values, which classes are labels (1), and the labels, of which the first
 * `count` hold.
 */
function forEachRow(
  x: Operand,
  target: Operand,
  visit: (row: number, values: Float64Array, isLabel: Uint8Array, labels: Int32Array, count: number) => void,
): void {
  const [rows, classes] = x.layout.shape as readonly [number, number];
  const source = rowMajor(x);
  const array = source.storage.view(source.layout.dtype);
  const load = loadOf(source.layout.dtype);
  const places = rowMajor(target);
  const read = integers(places);
  const values = new Float64Array(classes);
  const isLabel = new Uint8Array(classes);
  const labels = new Int32Array(classes);
  for (let row = 0; row < rows; row++) {
    load(array, source.layout.offset + row * classes, 1, classes, values);
    isLabel.fill(0);
    let count = 0;
    for (; count < classes; count++) {
      const label = read(places.layout.offset + row * classes + count);
      if (label < 0) break;
      labels[count] = label;
      isLabel[label] = 1;
    }
    visit(row, values, isLabel, labels, count);
  }
}

const multilabelMargin: Kernel<undefined> = ([x, target], [output]) => {
  const { storage, layout } = output!;
  const out = storage.view(layout.dtype);
  const store = storeOf(layout.dtype);
  const cell = new Float64Array(1);
  forEachRow(x!, target!, (row, values, isLabel, labels, count) => {
    let sum = 0;
    for (let k = 0; k < count; k++) {
      const wanted = values[labels[k]!]!;
      for (let c = 0; c < values.length; c++) {
        const lacking = 1 - wanted + values[c]!;
        if (isLabel[c] === 0 && lacking > 0) sum += lacking;
      }
    }
    cell[0] = sum / values.length;
    store(cell, 1, out, layout.offset + row * layout.strides[0]!, 1);
  });
};

const multilabelMarginGradient: Kernel<undefined> = ([g, x, target], [output]) => {
  const { storage, layout } = output!;
  const out = storage.view(layout.dtype);
  const store = storeOf(layout.dtype);
  const [rows, classes] = layout.shape as readonly [number, number];
  const flowing = new Float64Array(rows);
  const back = rowMajor(g!, g!.layout.dtype, [rows]);
  loadOf(back.layout.dtype)(back.storage.view(back.layout.dtype), back.layout.offset, 1, rows, flowing);
  const line = new Float64Array(classes);
  forEachRow(x!, target!, (row, values, isLabel, labels, count) => {
    line.fill(0);
    const share = flowing[row]! / classes;
    for (let k = 0; k < count; k++) {
      const label = labels[k]!;
      for (let c = 0; c < classes; c++) {
        if (isLabel[c] !== 0 || !(1 - values[label]! + values[c]! > 0)) continue;
        line[label]! -= share;
        line[c]! += share;
      }
    }
    store(line, classes, out, layout.offset + row * layout.strides[0]!, layout.strides[1]!);
  });
};

/** Kernels of margins. */
export interface MarginKernels {
  readonly multilabelMargin: Kernel<never>;
  readonly multilabelMarginGradient: Kernel<never>;
}

export const margins: MarginKernels = { multilabelMargin, multilabelMarginGradient };
