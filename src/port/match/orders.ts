// In which order programs save parameters that have no names, and how each lies there: tables.

import type { Step } from "../rules/steps.ts";
import type { Target } from "../target.ts";
import { isKernel, isMatrix } from "./fits.ts";
import { groupBy } from "./groups.ts";

/** Which entries are saved. */
export interface SelectionDeclaration {
  readonly name: string;
  select(targets: readonly Target[]): readonly Target[];
}

const isCounter = ({ role }: Target): boolean => role === "num_batches_tracked";

/** What people save in a row: all parameters, each once or under all its names, with buffers, with counters too. */
export const selections: readonly SelectionDeclaration[] = [
  {
    name: "the parameters",
    select: (targets) => targets.filter(({ isBuffer, tiedTo }) => !isBuffer && tiedTo === undefined),
  },
  {
    name: "the parameters, under each name",
    select: (targets) => targets.filter(({ isBuffer }) => !isBuffer),
  },
  {
    name: "the state dict without counters",
    select: (targets) => targets.filter((each) => !isCounter(each)),
  },
  { name: "the state dict", select: (targets) => targets },
];

/** An order of entries. */
export interface OrderDeclaration {
  readonly name: string;
  order(targets: readonly Target[]): readonly Target[];
}

const isBias = ({ role }: Target): boolean => role.startsWith("bias") || role.endsWith("_bias");

/** All orders, that of the state dict first. */
export const orders: readonly OrderDeclaration[] = [
  { name: "in the order of the state dict", order: (targets) => targets },
  {
    name: "the parameters, then the buffers",
    order: (targets) => [
      ...targets.filter(({ isBuffer }) => !isBuffer),
      ...targets.filter(({ isBuffer }) => isBuffer),
    ],
  },
  {
    name: "all weights, then all biases",
    order: (targets) => [...targets.filter((each) => !isBias(each)), ...targets.filter(isBias)],
  },
  {
    name: "all biases, then all weights",
    order: (targets) => [...targets.filter(isBias), ...targets.filter((each) => !isBias(each))],
  },
  {
    name: "in each layer the bias first",
    order: (targets) =>
      [...groupBy(targets, ({ path }) => path).values()].flatMap((layer) => [
        ...layer.filter(isBias),
        ...layer.filter((each) => !isBias(each)),
      ]),
  },
  {
    name: "in the order of the alphabet",
    order: (targets) => targets.toSorted((a, b) => (a.name < b.name ? -1 : a.name > b.name ? 1 : 0)),
  },
];

/** How an entry's numbers lie where it is saved. */
export interface LayoutDeclaration {
  readonly name: string;
  /** The shape that the entry has there, and the steps from it to its own. */
  there(target: Target): { readonly shape: readonly number[]; readonly steps: readonly Step[] };
}

/** Axes moved so that the shape there is the entry's with `axes` taken back. */
function moved(shape: readonly number[], axes: readonly number[]): ReturnType<LayoutDeclaration["there"]> {
  const there = new Array<number>(shape.length);
  axes.forEach((axis, i) => {
    there[axis] = shape[i]!;
  });
  return { shape: there, steps: [{ op: "transpose", axes }] };
}

/** All layouts, PyTorch's first. */
export const layouts: readonly LayoutDeclaration[] = [
  { name: "rows first, [out, in]", there: ({ tensor }) => ({ shape: tensor.shape, steps: [] }) },
  {
    name: "[in, out], kernels [height, width, in, out]",
    there: (target) => {
      const { shape } = target.tensor;
      if (isMatrix(target)) return moved(shape, [1, 0]);
      if (!isKernel(target)) return { shape, steps: [] };
      const spatial = shape.length - 2;
      return moved(shape, [spatial + 1, spatial, ...Array.from({ length: spatial }, (_, axis) => axis)]);
    },
  },
  {
    name: "columns first",
    there: ({ tensor: { shape } }) =>
      shape.length < 2 ? { shape, steps: [] } : moved(shape, shape.map((_, axis) => axis).reverse()),
  },
];
