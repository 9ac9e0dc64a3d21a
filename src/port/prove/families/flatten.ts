// Columns of a Linear layer behind a flattening of an image, in the order of a program that has its channels last.

import { product } from "../../../core/layout.ts";
import type { Step } from "../../rules/steps.ts";
import type { ChangeContext, ChangeFamily } from "../change.ts";
import { type Change, filledTargets, stepsChange } from "../change.ts";

const letters: Readonly<Record<number, string>> = { 1: "W", 2: "HW", 3: "DHW" };

/** Columns reordered from the axes `from`, given as places of [C, ...spatial], to those. */
function columnSteps(rows: number, before: readonly number[], from: readonly number[]): Step[] {
  const back = before.map((_, axis) => from.indexOf(axis) + 1);
  return [
    { op: "reshape", shape: [rows, ...from.map((axis) => before[axis]!)] },
    { op: "transpose", axes: [0, ...back] },
    { op: "reshape", shape: [rows, product(before)] },
  ];
}

function* changesOf(name: string, rows: number, before: readonly number[]): Iterable<Change> {
  const rank = before.length - 1;
  const last = [...before.slice(1).map((_, i) => i + 1), 0];
  const title = letters[rank] ?? "spatial";
  const sizes = (axes: readonly number[]): string => `(${axes.map((axis) => before[axis]).join(", ")})`;
  const own = before.map((_, axis) => axis);
  yield stepsChange(
    {
      kind: "flatten order",
      way: "channels last",
      text: `its columns are in the order ${title}C ${sizes(last)} of a program that has its channels last, and the model flattens C${title} ${sizes(own)}`,
      repair: `reorder its columns from ${title}C to C${title}`,
    },
    [[name, columnSteps(rows, before, last)]],
  );
  // The way back: the places of [...spatial, C] as if they were those of [C, ...spatial].
  const channelsLast = [...before.slice(1), before[0]!];
  const first = [channelsLast.length - 1, ...channelsLast.slice(1).map((_, i) => i)];
  yield stepsChange(
    {
      kind: "flatten order",
      way: "channels first",
      text: `its columns were reordered from ${title}C to C${title} although they were C${title} already`,
      repair: `reorder its columns from C${title} to ${title}C`,
    },
    [[name, columnSteps(rows, channelsLast, first)]],
  );
  if (rank === 2) {
    const swapped = [0, 2, 1];
    yield stepsChange(
      {
        kind: "flatten order",
        way: "height and width",
        text: `its columns are in the order CWH ${sizes(swapped)}`,
        repair: "reorder its columns from CWH to CHW",
      },
      [[name, columnSteps(rows, before, swapped)]],
    );
  }
}

/** What a Linear layer could read: of a model that did not show it, the channels of each convolution that fit. */
function guesses({ model }: ChangeContext, columns: number): number[][] {
  const channels = new Set(
    model.targets
      .filter(({ role, tensor }) => role === "weight" && tensor.ndim === 4)
      .map(({ tensor }) => tensor.shape[0]!),
  );
  return [...channels].flatMap((count) => {
    const side = Math.sqrt(columns / count);
    return side > 1 && Number.isInteger(side) ? [[count, side, side]] : [];
  });
}

/** Columns behind a flattening. */
export const flattenFamily: ChangeFamily = {
  name: "flatten order",
  source: "tf.keras.layers.Flatten flattens [H, W, C], torch.flatten [C, H, W]",
  *changes(context) {
    const { model } = context;
    for (const { name, path, role, tensor } of filledTargets(context)) {
      if (role !== "weight" || tensor.ndim !== 2) continue;
      const [rows, columns] = tensor.shape as readonly [number, number];
      const known = model.flattened.get(path);
      const shapes =
        known !== undefined ? [[...known]] : model.calls === undefined ? guesses(context, columns) : [];
      for (const shape of shapes) {
        const places = product(shape.slice(1));
        if (places > 1 && shape[0]! > 1) yield* changesOf(name, rows, shape);
      }
    }
  },
};
