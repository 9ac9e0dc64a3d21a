// The kernel of p-norms: sizes of elements folded in double precision.

import type { Kernel } from "../../core/op.ts";
import type { NormAttributes } from "../../ops/norms.ts";
import { blockLength, loadOf, loadPairs, storeOf } from "./blocks.ts";
import { forEachFolded, planReduction } from "./reductions.ts";
import { forEachRun } from "./walk.ts";

interface Fold {
  readonly initial: number;
  /** Takes in sizes of elements, none negative. */
  readonly block: (total: number, sizes: Float64Array, count: number) => number;
  readonly finish: (total: number) => number;
}

const asIs = (total: number): number => total;

const summed =
  (term: (size: number) => number): Fold["block"] =>
  (total, sizes, count) => {
    let result = total;
    for (let i = 0; i < count; i++) result += term(sizes[i]!);
    return result;
  };

const extreme =
  (choose: (a: number, b: number) => number): Fold["block"] =>
  (total, sizes, count) => {
    let result = total;
    // Math.max and Math.min keep NaN.
    for (let i = 0; i < count; i++) result = choose(result, sizes[i]!);
    return result;
  };

function foldOf(order: number): Fold {
  if (order === Number.POSITIVE_INFINITY) return { initial: 0, block: extreme(Math.max), finish: asIs };
  if (order === Number.NEGATIVE_INFINITY)
    return { initial: Number.POSITIVE_INFINITY, block: extreme(Math.min), finish: asIs };
  if (order === 0) return { initial: 0, block: summed((size) => (size === 0 ? 0 : 1)), finish: asIs };
  if (order === 1) return { initial: 0, block: summed(asIs), finish: asIs };
  if (order === 2) return { initial: 0, block: summed((size) => size * size), finish: Math.sqrt };
  return {
    initial: 0,
    block: summed((size) => size ** order),
    finish: (total) => total ** (1 / order),
  };
}

const sizes: Float64Array = new Float64Array(2 * blockLength);
const result: Float64Array = new Float64Array(1);

const vectorNorm: Kernel<NormAttributes> = ([input], [output], { axes, order }) => {
  const { dtype } = input!.layout;
  const { kept, folded } = planReduction(input!.layout, output!.layout, axes);
  const { initial, block, finish } = foldOf(order);
  const source = input!.storage.view(dtype);
  const target = output!.storage.view(output!.layout.dtype);
  const isComplex = dtype.kind === "complex";
  const load = isComplex ? undefined : loadOf(dtype);
  const store = storeOf(output!.layout.dtype);
  const step = folded.steps[0]!;
  let total = initial;
  const visit = (start: number): void => {
    for (let done = 0; done < folded.run; done += blockLength) {
      const n = Math.min(blockLength, folded.run - done);
      if (load === undefined) {
        loadPairs(dtype, source, start + done * step, step, n, sizes);
        for (let i = 0; i < n; i++) sizes[i] = Math.hypot(sizes[2 * i]!, sizes[2 * i + 1]!);
      } else {
        load(source, start + done * step, step, n, sizes);
        for (let i = 0; i < n; i++) sizes[i] = Math.abs(sizes[i]!);
      }
      total = block(total, sizes, n);
    }
  };
  forEachRun(kept, (at) => {
    for (let i = 0; i < kept.run; i++) {
      total = initial;
      forEachFolded(folded, at[1]! + i * kept.steps[1]!, visit);
      result[0] = finish(total);
      store(result, 1, target, at[0]! + i * kept.steps[0]!, 1);
    }
  });
};

/** Kernels of the operations of `src/ops/norms.ts`. */
export const norms: { readonly vectorNorm: Kernel<NormAttributes> } = { vectorNorm };
