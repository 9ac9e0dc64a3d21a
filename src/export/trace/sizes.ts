// Inputs of other sizes made of an example: its elements again and again along the axes that may have any length.

import { arange, type Tensor } from "../../torch/index.ts";

/** An axis of an input. */
export interface Axis {
  readonly input: number;
  readonly axis: number;
  /** How long it is in the example. */
  readonly length: number;
}

/** Axes that have one length in common, which may be any. */
export interface AxisGroup {
  /** What the length counts. */
  readonly name: "batch" | "length" | "size";
  readonly axes: readonly Axis[];
}

/** The first axes of all inputs, where they have one length. */
export function batchGroup(inputs: readonly Tensor[]): AxisGroup | undefined {
  const length = inputs[0]?.shape[0];
  const axes = inputs.map(({ shape }, input): Axis => ({ input, axis: 0, length: shape[0] ?? 0 }));
  return length !== undefined && inputs.every(({ shape }) => shape[0] === length)
    ? { name: "batch", axes }
    : undefined;
}

/** Further axes that may have any length, the likeliest first; which of them have it is for the model to say. */
export function furtherGroups(inputs: readonly Tensor[]): AxisGroup[] {
  const groups: AxisGroup[] = [];
  const texts = inputs.findIndex(({ ndim, dtype }) => ndim === 2 && dtype.isInteger);
  if (texts >= 0) {
    const length = inputs[texts]!.shape[1];
    const axes = inputs.flatMap(({ ndim, shape }, input) =>
      ndim === 2 && shape[1] === length ? [{ input, axis: 1, length: length! }] : [],
    );
    groups.push({ name: "length", axes });
  }
  inputs.forEach(({ ndim, dtype, shape }, input) => {
    const along = (axis: number): Axis => ({ input, axis, length: shape[axis]! });
    if (!dtype.isFloatingPoint || ndim < 3) return;
    if (ndim === 3) groups.push({ name: "length", axes: [along(1)] }, { name: "length", axes: [along(2)] });
    else {
      const axes = Array.from({ length: ndim - 2 }, (_, i) => along(i + 2));
      groups.push({ name: "size", axes });
    }
  });
  return groups;
}

/** How far lengths are changed, by how often: the second time less, so that what took the first takes it too. */
const changes: Readonly<Record<AxisGroup["name"], readonly number[]>> = {
  batch: [1, 2, 3],
  length: [0, 3, 2],
  size: [0, 64, 32],
};

/** A length unlike the given one: shorter where there is room, longer where not. */
function changed(name: AxisGroup["name"], length: number, by: number): number {
  const change = changes[name][by]!;
  return name !== "batch" && length > 2 * change ? length - change : length + change;
}

/**
 * The inputs with other lengths along the axes of the groups, and their elements moved.
 * @param by 0 for the lengths they have, 1 and 2 for others; the batch is always a longer one
 */
export function resized(inputs: readonly Tensor[], groups: readonly AxisGroup[], by: number): Tensor[] {
  const result = [...inputs];
  inputs.forEach((tensor, input) => {
    tensor.shape.forEach((length, axis) => {
      const group = groups.find(({ axes }) =>
        axes.some((each) => each.input === input && each.axis === axis),
      );
      const wanted = group === undefined ? length : changed(group.name, length, by);
      if (length === 0) return;
      const positions = arange(wanted).add(by).remainder(length);
      result[input] = result[input]!.indexSelect(axis, positions);
    });
  });
  return result;
}
