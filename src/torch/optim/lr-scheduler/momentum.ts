// Momentum that goes with a schedule: what CyclicLR and OneCycleLR do with it alike.

import { ValueError } from "../../../core/errors.ts";
import { type AnyOptimizer, formatted, groupsOf, type RateGroup } from "./scheduler.ts";

/** @throws ValueError for an optimizer without momentum @returns true iff its momentum is the first of its betas */
export function usesBetas(optimizer: AnyOptimizer): boolean {
  if ("betas" in optimizer.defaults) return true;
  if ("momentum" in optimizer.defaults) return false;
  throw new ValueError("optimizer must support momentum or beta1 with `cycle_momentum` option enabled");
}

/** Sets the momentum of a group. */
export function setMomentum(group: RateGroup, momentum: number, isBeta: boolean): void {
  if (isBeta) group.betas = [momentum, ...group.betas!.slice(1)];
  else group.momentum = momentum;
}

/** The bounds of each group's momentum; a fresh start notes them in the groups and begins with the upper one. */
export function beginMomentum(
  optimizer: AnyOptimizer,
  base: number | readonly number[],
  max: number | readonly number[],
  isBeta: boolean,
  isFresh: boolean,
): { base: number[]; max: number[] } {
  const bounds = {
    base: formatted("base_momentum", optimizer, base),
    max: formatted("max_momentum", optimizer, max),
  };
  if (isFresh) {
    groupsOf(optimizer).forEach((group, i) => {
      setMomentum(group, bounds.max[i]!, isBeta);
      group.maxMomentum = bounds.max[i]!;
      group.baseMomentum = bounds.base[i]!;
    });
  }
  return bounds;
}
