// Square weights: their shape does not tell [in, out] from [out, in].

import type { Step } from "../../rules/steps.ts";
import type { Target } from "../../target.ts";
import { type Change, type ChangeFamily, filledTargets, stepsChange } from "../change.ts";

const squareWords = {
  kind: "transposed",
  way: "square",
  text: "square and transposed, which its shape does not show",
  repair: "transpose it",
};

/** Each square block of [k n, n] transposed: what [n, k n] gives when it is cut into blocks that are not transposed. */
function blockSteps(rows: number, size: number): Step[] {
  return [
    { op: "reshape", shape: [rows / size, size, size] },
    { op: "transpose", axes: [0, 2, 1] },
    { op: "reshape", shape: [rows, size] },
  ];
}

function changeOf({ name, type, tensor: { shape } }: Target): Change | undefined {
  const [rows, columns] = shape as readonly [number, number];
  if (shape.length !== 2 || columns < 2 || type === "Embedding") return undefined;
  if (rows === columns) return stepsChange(squareWords, [[name, [{ op: "transpose", axes: [1, 0] }]]]);
  if (rows % columns !== 0 || rows / columns > 4) return undefined;
  const words = {
    ...squareWords,
    way: "square blocks",
    text: `each of its ${rows / columns} square blocks is transposed`,
    repair: "transpose each block",
  };
  return stepsChange(words, [[name, blockSteps(rows, columns)]]);
}

/** Square weights transposed. */
export const transposedFamily: ChangeFamily = {
  name: "square weights",
  source: "Keras, Flax, scikit-learn, transformers' Conv1D: [in, out]; torch.nn.Linear: [out, in]",
  *changes(context) {
    for (const target of filledTargets(context)) {
      const change = target.isBuffer ? undefined : changeOf(target);
      if (change !== undefined) yield change;
    }
  },
};
