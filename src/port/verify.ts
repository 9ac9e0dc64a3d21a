// The proof of a port: the outputs that Python recorded against the model's own.

import { elements } from "../core/elements.ts";
import { ValueError } from "../core/errors.ts";
import { type nn, noGrad, type Tensor } from "../torch/index.ts";

/** How far outputs lie from the recorded ones. */
export interface Comparison {
  /** The largest |got - want|. */
  readonly absolute: number;
  /** The largest |got - want| over the largest |want|. */
  readonly relative: number;
  /** True iff everywhere |got - want| <= atol + rtol |want|. */
  readonly isWithin: boolean;
  readonly atol: number;
  readonly rtol: number;
}

/** Runs a model in evaluation mode without recording gradients. */
export function predict(model: nn.Module, input: Tensor): Tensor {
  const wasTraining = model.training;
  try {
    model.eval();
    return noGrad(() => (model as unknown as { call(x: Tensor): Tensor }).call(input));
  } finally {
    model.train(wasTraining);
  }
}

/** Compares outputs element by element. @throws ValueError when the shapes differ */
export function compareOutputs(
  got: Tensor,
  want: Tensor,
  options: { readonly atol?: number; readonly rtol?: number } = {},
): Comparison {
  const { atol = 1e-5, rtol = 1e-5 } = options;
  if (got.shape.join() !== want.shape.join()) {
    throw new ValueError(
      `the model gives shape [${got.shape.join(", ")}], recorded is [${want.shape.join(", ")}]`,
    );
  }
  const [a, b] = [elements(got).map(Number), elements(want).map(Number)];
  let absolute = 0;
  let scale = 0;
  let isWithin = true;
  b.forEach((expected, i) => {
    const value = a[i]!;
    if (Object.is(value, expected) || value === expected) return;
    const difference = Math.abs(value - expected);
    if (!(difference <= atol + rtol * Math.abs(expected))) isWithin = false;
    absolute = Math.max(absolute, Number.isNaN(difference) ? Number.POSITIVE_INFINITY : difference);
  });
  for (const expected of b) if (Number.isFinite(expected)) scale = Math.max(scale, Math.abs(expected));
  return { absolute, relative: scale === 0 ? absolute : absolute / scale, isWithin, atol, rtol };
}

/** How many rows of the output have their largest number at the label. */
export function countRight(output: Tensor, labels: Tensor): number {
  const guesses = elements(output.argmax(1)).map(Number);
  return elements(labels).filter((label, i) => Number(label) === guesses[i]).length;
}
