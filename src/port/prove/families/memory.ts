// Numbers that lie in another order than the shape says: a buffer of a Fortran-ordered or transposed array written as it
// lay (met as a safetensors file of Fortran-ordered arrays), and channels-last kernels poured into PyTorch's shape.

import type { Rule } from "../../rules/rule.ts";
import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import { type Change, type ChangeFamily, filledTargets, stepsChange } from "../change.ts";

const reversed = (count: number): number[] => Array.from({ length: count }, (_, i) => count - 1 - i);

/** True iff a rule reads a part of a flat array. */
const isFlat = ({ from }: Rule): boolean => from.length === 1 && from[0]!.ops?.[0]?.op === "slice";

/** Read column by column: the buffer is that of the transpose. */
const byColumns = (shape: readonly number[]): Step[] => [
  { op: "reshape", shape: shape.toReversed() },
  { op: "transpose", axes: reversed(shape.length) },
];

/** Read row by row, where it was read column by column. */
const byRows = (shape: readonly number[]): Step[] => [
  { op: "transpose", axes: reversed(shape.length) },
  { op: "reshape", shape },
];

/** Poured from [...kernel, in, out]. */
function fromChannelsLast(shape: readonly number[]): Step[] {
  const [out, into, ...kernel] = shape as [number, number, ...number[]];
  const rank = kernel.length;
  return [
    { op: "reshape", shape: [...kernel, into, out] },
    { op: "transpose", axes: [rank + 1, rank, ...kernel.map((_, axis) => axis)] },
  ];
}

const isMoved = (shape: readonly number[]): boolean => shape.filter((length) => length > 1).length > 1;
/** True iff the shape is its own reverse: then reading it the other way is a transpose, and that is another family's. */
const isSquare = (shape: readonly number[]): boolean => shape.toReversed().join() === shape.join();

function* changesOf({ name, tensor: { shape } }: Target, rule: Rule): Iterable<Change> {
  const kind = isFlat(rule) ? "flattened in the other order" : "memory order";
  const buffer = isFlat(rule) ? "its part of the flat array" : "its buffer";
  if (!isSquare(shape) || isFlat(rule)) {
    yield stepsChange(
      {
        kind,
        way: "columns",
        text: `${buffer} holds the transpose: the numbers lie column by column`,
        repair: "read the numbers column by column",
      },
      [[name, byColumns(shape)]],
    );
  }
  if (isSquare(shape)) return;
  const rows = `${buffer} was read column by column and lies row by row`;
  yield stepsChange({ kind, way: "rows", text: rows, repair: "read the numbers row by row" }, [
    [name, byRows(shape)],
  ]);
  const isPoured = [...shape.slice(2), shape[1], shape[0]].join() !== shape.join();
  if (shape.length > 2 && isPoured) {
    yield stepsChange(
      {
        kind,
        way: "channels last",
        text: "the numbers of a kernel [height, width, in, out] were poured into this shape as they lay",
        repair: "read the numbers as [height, width, in, out] and transpose",
      },
      [[name, fromChannelsLast(shape)]],
    );
  }
}

/** Numbers in another memory order. */
export const memoryFamily: ChangeFamily = {
  name: "memory order",
  source: "numpy.ndarray.flags; safetensors holds row-major buffers only",
  *changes(context) {
    for (const target of filledTargets(context)) {
      if (isMoved(target.tensor.shape)) yield* changesOf(target, context.rules.get(target.name)!);
    }
  },
};
