// What an array's shape tells of how it was saved: a table of orders of axes, each with the steps that make it the
// entry's. The orders are those of TensorFlow and Keras (height, width, in, out), TensorFlow Lite and MLX (out, height,
// width, in) and of programs that compute x @ W ([in, out]).

import { ValueError } from "../../core/errors.ts";
import { product, sameShape } from "../../core/layout.ts";
import { type Step, shapeAfter } from "../rules/steps.ts";
import type { Target } from "../target.ts";

/** One way in which an array may lie. */
export interface FitDeclaration {
  /** What it is called: "transposed". */
  readonly kind: string;
  /** What the array's axes are, in words. */
  readonly there: string;
  /** True iff the order of the numbers is the entry's, and only the shape is written otherwise. */
  readonly isShapeOnly?: true;
  /** The steps that make an array of that shape the entry's; undefined where it does not apply. */
  steps(from: readonly number[], target: Target): readonly Step[] | undefined;
}

/** How one array becomes one entry. */
export interface Fit {
  /** Undefined where it is as it should be. */
  readonly declaration?: FitDeclaration;
  readonly steps: readonly Step[];
}

const squeezed = (shape: readonly number[]): number[] => shape.filter((length) => length !== 1);
const range = (start: number, length: number): number[] => Array.from({ length }, (_, i) => start + i);

/** True iff the entry is a matrix that something is multiplied by: of a table of rows no transpose is to be expected. */
export const isMatrix = ({ tensor, role, type }: Target): boolean =>
  tensor.shape.length === 2 && /weight|proj|kernel/.test(role) && !type.startsWith("Embedding");

/** True iff the entry is a convolution's kernel. */
export const isKernel = ({ tensor, role, type }: Target): boolean =>
  tensor.shape.length >= 3 && (role === "weight" || type.includes("Conv"));

/** A transposition, for entries of one sort. */
const ordered = (
  kind: string,
  there: string,
  applies: (target: Target) => boolean,
  axesOf: (spatial: number) => readonly number[] | undefined,
): FitDeclaration => ({
  kind,
  there,
  steps: (from, target) => {
    const rank = target.tensor.shape.length;
    if (!applies(target) || from.length !== rank) return undefined;
    const axes = axesOf(rank - 2);
    return axes === undefined ? undefined : [{ op: "transpose", axes }];
  },
});

const isTransposedKernel = (target: Target): boolean => isKernel(target) && target.type.includes("Transpose");
const isPlainKernel = (target: Target): boolean => isKernel(target) && !isTransposedKernel(target);

/** Reshaped alone: the numbers lie as they should. */
const reshaped = (kind: string, there: string, applies: FitDeclaration["steps"]): FitDeclaration => ({
  kind,
  there,
  isShapeOnly: true,
  steps: applies,
});

/** All orders, the commonest first. */
const fitDeclarations: readonly FitDeclaration[] = [
  reshaped("spare axes", "with axes of length 1", (from, { tensor: { shape } }) =>
    sameShape(squeezed(from), squeezed(shape)) ? [{ op: "reshape", shape }] : undefined,
  ),
  ordered(
    "transposed",
    "[in, out]",
    ({ tensor }) => tensor.shape.length === 2,
    () => [1, 0],
  ),
  ordered("hwio", "[height, width, in, out]", isPlainKernel, (n) => [n + 1, n, ...range(0, n)]),
  ordered("hwio", "[height, width, out, in]", isTransposedKernel, (n) => [n + 1, n, ...range(0, n)]),
  ordered("ohwi", "[out, height, width, in]", isKernel, (n) => [0, n + 1, ...range(1, n)]),
  ordered("in and out swapped", "[in, out, height, width]", isPlainKernel, (n) => [1, 0, ...range(2, n)]),
  ordered("in and out swapped", "[out, in, height, width]", isTransposedKernel, (n) => [
    1,
    0,
    ...range(2, n),
  ]),
  ordered("height and width swapped", "[out, in, width, height]", isKernel, (n) =>
    n === 2 ? [0, 1, 3, 2] : undefined,
  ),
  ordered("hwoi", "[height, width, out, in]", isPlainKernel, (n) => [n, n + 1, ...range(0, n)]),
  ordered("hwoi", "[height, width, in, out]", isTransposedKernel, (n) => [n, n + 1, ...range(0, n)]),
  ordered("ihwo", "[in, height, width, out]", isKernel, (n) => [n + 1, 0, ...range(1, n)]),
  ordered("axes reversed", "[width, height, in, out]", isKernel, (n) => range(0, n + 2).reverse()),
  {
    kind: "hwio",
    there: "[height, width, channels, multiplier]",
    steps: (from, { tensor: { shape }, ...target }) => {
      const spatial = shape.length - 2;
      if (!isPlainKernel({ tensor: { shape }, ...target } as Target) || from.length !== shape.length) return;
      if (shape[1] !== 1 || from[spatial]! * from[spatial + 1]! !== shape[0]) return;
      const axes = [spatial, spatial + 1, ...range(0, spatial)];
      return [
        { op: "transpose", axes },
        { op: "reshape", shape },
      ];
    },
  },
  {
    kind: "transposed",
    there: "[in, out] with axes of length 1",
    steps: (from, target) => {
      const { shape } = target.tensor;
      const [matrix, wanted] = [squeezed(from), squeezed(shape)];
      if (matrix.length !== 2 || wanted.length !== 2 || !(isMatrix(target) || isKernel(target)))
        return undefined;
      return [
        { op: "reshape", shape: matrix },
        { op: "transpose", axes: [1, 0] },
        { op: "reshape", shape },
      ];
    },
  },
  reshaped("flattened", "as rows of a matrix", (from, target) => {
    const { shape } = target.tensor;
    const isRows = isKernel(target) && from.length === 2 && from[0] === shape[0];
    return isRows && product(from) === product(shape) ? [{ op: "reshape", shape }] : undefined;
  }),
  reshaped("flattened", "in one row", (from, { tensor: { shape } }) =>
    from.length === 1 && shape.length > 1 && product(from) === product(shape)
      ? [{ op: "reshape", shape }]
      : undefined,
  ),
];

function gives(from: readonly number[], steps: readonly Step[], wanted: readonly number[]): boolean {
  try {
    return sameShape(shapeAfter(from, steps), wanted);
  } catch (error) {
    if (error instanceof ValueError) return false;
    throw error;
  }
}

/** All ways in which an array of a shape becomes the entry, the array as it is first; none where nothing fits. */
export function fitsOf(from: readonly number[], target: Target): Fit[] {
  const { shape } = target.tensor;
  const fits: Fit[] = sameShape(from, shape) ? [{ steps: [] }] : [];
  for (const declaration of fitDeclarations) {
    if (declaration.isShapeOnly === true && fits.length > 0) continue;
    const steps = declaration.steps(from, target);
    if (steps !== undefined && gives(from, steps, shape)) fits.push({ declaration, steps });
  }
  return fits;
}

/** True iff steps that only move axes of length 1: the numbers stay in their order. */
export function keepsOrder(from: readonly number[], steps: readonly Step[]): boolean {
  let shape = from;
  for (const step of steps) {
    if (step.op === "transpose") {
      const moved = step.axes.filter((axis) => shape[axis] !== 1);
      if (moved.some((axis, i) => i > 0 && axis < moved[i - 1]!)) return false;
    } else if (step.op !== "reshape") return false;
    shape = shapeAfter(shape, [step]);
  }
  return true;
}
