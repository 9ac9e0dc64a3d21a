// An operand gone through beside an output of its shape, in runs that are dense in both.

import type { Operand } from "../../core/elements.ts";
import { intoRowMajor, rowMajor } from "../reference/move.ts";
import { forEachRun, planWalk } from "../reference/walk.ts";

/** Shorter runs of memory are brought together by copies first. */
const shortRun = 256;

/** Goes over `n` elements of an input from element `from` on, and over those of an output from `to` on. */
export type VisitRun = (from: number, to: number, n: number) => void;

/**
 * Goes over memory as it lies where both operands have long runs, else over copies in row-major order.
 * @param visitorOf what goes over these operands' runs
 */
export function overRuns(
  input: Operand,
  output: Operand,
  visitorOf: (input: Operand, output: Operand) => VisitRun,
): void {
  const walk = planWalk(output.layout.shape, [output.layout, input.layout]);
  const isLong = walk.shape.length === 0 || walk.run >= shortRun;
  if (!isLong || walk.steps[0] !== 1 || walk.steps[1] !== 1) {
    const plain = rowMajor(input, input.layout.dtype, output.layout.shape);
    intoRowMajor(output, (target) => overRuns(plain, target, visitorOf));
    return;
  }
  const visit = visitorOf(input, output);
  forEachRun(walk, (at) => visit(at[1]!, at[0]!, walk.run));
}
