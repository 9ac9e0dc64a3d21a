// Who shares memory with whom: `may_share_memory` by bounds, `shares_memory` exactly.

import type { Operand } from "../core/elements.ts";
import { mayShare } from "./assign.ts";
import { asArray } from "./make.ts";
import type { ArrayLike } from "./types.ts";

/** True iff the stretches of memory that the two reach into meet (`numpy.may_share_memory`). */
export function mayShareMemory(a: ArrayLike, b: ArrayLike): boolean {
  return mayShare(asArray(a), asArray(b));
}

/** A step in bytes that can be taken up to so many times. */
interface Term {
  readonly step: number;
  readonly most: number;
}

function terms({ layout }: Operand): Term[] {
  const { dtype, unit } = layout;
  const axes = layout.shape.map((length, axis) => ({ step: layout.strides[axis]! * unit, most: length - 1 }));
  return [...axes, { step: 1, most: dtype.itemSize - 1 }];
}

function start({ storage, layout }: Operand): number {
  return storage.byteOffset + layout.offset * layout.unit;
}

function gcd(a: number, b: number): number {
  return b === 0 ? Math.abs(a) : gcd(b, a % b);
}

/** True iff steps can be taken that lead exactly to the target; they are sorted, largest first. */
function reaches(steps: readonly Term[], target: number): boolean {
  const [first, ...rest] = steps;
  if (first === undefined) return target === 0;
  const reach = rest.reduce((sum, { step, most }) => sum + step * most, 0);
  const divisor = rest.reduce((common, { step }) => gcd(common, step), 0);
  const fewest = Math.max(Math.ceil((target - reach) / first.step), 0);
  const most = Math.min(Math.floor(target / first.step), first.most);
  for (let count = most; count >= fewest; count--) {
    const left = target - count * first.step;
    if (divisor !== 0 && left % divisor !== 0) continue;
    if (reaches(rest, left)) return true;
  }
  return false;
}

/** True iff the two have a byte in common (`numpy.shares_memory`). */
export function sharesMemory(a: ArrayLike, b: ArrayLike): boolean {
  const [first, second] = [asArray(a), asArray(b)];
  if (!mayShare(first, second)) return false;
  // A byte of one is a byte of the other: the difference of two sums of steps. A step taken backwards is one taken
  // forwards from the other end.
  let target = start(second) - start(first);
  const all = [...terms(first), ...terms(second).map(({ step, most }) => ({ step: -step, most }))];
  const forwards = all.map(({ step, most }) => {
    if (step >= 0) return { step, most };
    target -= step * most;
    return { step: -step, most };
  });
  const useful = forwards.filter(({ step, most }) => step > 0 && most > 0).sort((x, y) => y.step - x.step);
  return reaches(useful, target);
}
