// The way through several operands at once: axes dropped, reordered and merged until what remains is a few long runs.

import type { Layout, Shape } from "../../core/layout.ts";

/** Operands of one shape as runs: outer axes to step through, an inner run with a step for each operand. */
export interface Walk {
  /** Lengths of the outer axes, outermost first. */
  readonly shape: Shape;
  /** For each operand, its strides along the outer axes. */
  readonly strides: readonly (readonly number[])[];
  /** Where each operand begins. */
  readonly offsets: readonly number[];
  /** Length of the inner run; 0 when there is nothing to do. */
  readonly run: number;
  /** For each operand, its step within the run. */
  readonly steps: readonly number[];
}

/**
 * Plans a walk. The axes are taken in the order of memory of the first layout, so the order of visits is not
 * row-major: for operations whose elements do not depend on each other.
 * @param layouts operands' layouts; those of lower rank or length 1 are stretched to `shape`
 */
export function planWalk(shape: Shape, layouts: readonly Layout[]): Walk {
  return flatWalk(layouts) ?? mergedWalk(shape, layouts);
}

/** 1 for row-major elements of n, 0 for a single one (stretched, too), -1 for any other. */
export function flatStep(layout: Layout, n: number): number {
  if (layout.size === n && layout.isContiguous) return 1;
  return layout.isOne ? 0 : -1;
}

/** The one run of operands that are row-major or single elements; undefined for others. */
function flatWalk(layouts: readonly Layout[]): Walk | undefined {
  const first = layouts[0]!;
  if (!first.isContiguous) return undefined;
  const n = first.size;
  const offsets = [first.offset];
  const steps = [1];
  for (let k = 1; k < layouts.length; k++) {
    const layout = layouts[k]!;
    const step = flatStep(layout, n);
    if (step < 0) return undefined;
    steps.push(step);
    offsets.push(layout.offset);
  }
  return { shape: noAxes, strides: noStrides, offsets, run: n, steps };
}

const noAxes: Shape = [];
const noStrides: readonly (readonly number[])[] = [];

function mergedWalk(shape: Shape, layouts: readonly Layout[]): Walk {
  const all = layouts.map((layout) => stretched(layout, shape));
  const lead = all[0]!;
  const axes = shape
    .map((_, axis) => axis)
    .filter((axis) => shape[axis] !== 1)
    .sort((a, b) => Math.abs(lead[b]!) - Math.abs(lead[a]!) || a - b);
  const lengths: number[] = [];
  const strides: number[][] = all.map(() => []);
  for (const axis of axes) {
    const length = shape[axis]!;
    const last = lengths.length - 1;
    const merges = last >= 0 && all.every((each, k) => strides[k]![last] === each[axis]! * length);
    if (merges) lengths[last]! *= length;
    else lengths.push(length);
    all.forEach((each, k) => {
      if (merges) strides[k]![last] = each[axis]!;
      else strides[k]!.push(each[axis]!);
    });
  }
  const run = lengths.pop() ?? 1;
  const steps = strides.map((each) => each.pop() ?? 0);
  const isEmpty = run === 0 || lengths.includes(0);
  return {
    shape: lengths,
    strides,
    offsets: layouts.map((layout) => layout.offset),
    run: isEmpty ? 0 : run,
    steps,
  };
}

/** Strides over `shape`, 0 where the layout is stretched. */
export function stretched(layout: Layout, shape: Shape): number[] {
  const lead = shape.length - layout.rank;
  return shape.map((length, axis) =>
    axis < lead || (layout.shape[axis - lead] === 1 && length !== 1) ? 0 : layout.strides[axis - lead]!,
  );
}

/**
 * Calls `visit` at each inner run of a walk with the operands' positions. The array is the same each time.
 */
export function forEachRun(walk: Walk, visit: (positions: readonly number[]) => void): void {
  if (walk.run === 0) return;
  const rank = walk.shape.length;
  if (rank === 0) {
    visit(walk.offsets);
    return;
  }
  const positions = walk.offsets.slice();
  const index = new Array<number>(rank).fill(0);
  for (;;) {
    visit(positions);
    let axis = rank - 1;
    for (; axis >= 0; axis--) {
      index[axis]!++;
      for (let k = 0; k < positions.length; k++) positions[k]! += walk.strides[k]![axis]!;
      if (index[axis]! < walk.shape[axis]!) break;
      for (let k = 0; k < positions.length; k++) positions[k]! -= walk.strides[k]![axis]! * walk.shape[axis]!;
      index[axis] = 0;
    }
    if (axis < 0) return;
  }
}
