// What is done to an array so that it becomes a parameter, as data: it can be printed, saved and applied. Axes are
// NumPy's.

import { ValueError } from "../core/errors.ts";
import type { NDArray } from "../numpy/ndarray.ts";

/** One step. `slice` takes elements of the first axis. */
export type Transform =
  | { readonly op: "transpose"; readonly axes: readonly number[] }
  | { readonly op: "reshape"; readonly shape: readonly number[] }
  | { readonly op: "slice"; readonly start: number; readonly stop: number };

type Apply<Step> = (array: NDArray, step: Step) => NDArray;

const applications: { readonly [Op in Transform["op"]]: Apply<Extract<Transform, { op: Op }>> } = {
  transpose: (array, { axes }) => array.transpose(axes),
  reshape: (array, { shape }) => array.reshape(shape),
  slice: (array, { start, stop }) => array.at(`${start}:${stop}`),
};

/** The array after all steps: a view where that is possible. */
export function applyTransforms(array: NDArray, steps: readonly Transform[]): NDArray {
  return steps.reduce((value, step) => (applications[step.op] as Apply<Transform>)(value, step), array);
}

/** The shape after all steps, without touching an element. @throws ValueError where a step does not fit */
export function transformedShape(shape: readonly number[], steps: readonly Transform[]): readonly number[] {
  return steps.reduce((current, step) => nextShape(current, step), shape);
}

function nextShape(shape: readonly number[], step: Transform): readonly number[] {
  if (step.op === "transpose") {
    if (step.axes.length !== shape.length)
      throw new ValueError(`axes (${step.axes.join(", ")}) do not match (${shape.join(", ")})`);
    return step.axes.map((axis) => shape[axis]!);
  }
  if (step.op === "slice") return [Math.min(step.stop, shape[0]!) - step.start, ...shape.slice(1)];
  const [from, to] = [shape, step.shape].map((lengths) => lengths.reduce((a, b) => a * b, 1));
  if (from !== to)
    throw new ValueError(`cannot reshape (${shape.join(", ")}) into (${step.shape.join(", ")})`);
  return step.shape;
}

/** The steps as the NumPy calls they are: `.reshape(4, 4, 12, 16).transpose(3, 2, 0, 1)`. */
export function transformText(steps: readonly Transform[]): string {
  return steps
    .map((step) => {
      if (step.op === "transpose") return `.transpose(${step.axes.join(", ")})`;
      if (step.op === "reshape") return `.reshape(${step.shape.join(", ")})`;
      return `[${step.start}:${step.stop}]`;
    })
    .join("");
}
