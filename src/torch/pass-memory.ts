// The large memory that a backward pass makes on its way: gradients that flow on, and what their formulas need in between.
// Each is given back as soon as no gradient that is still to be used lies in it, unless someone outside was shown it.

import { type Collector, collecting, type Storage } from "../core/storage.ts";
import type { Tensor } from "./tensor.ts";

/** What one pass has made. Sets are made with the first large storage: most passes have none. */
class PassMemory implements Collector {
  private made: Set<Storage> | undefined = undefined;
  /** How many gathered gradients lie in each. */
  private holders: Map<Storage, number> | undefined = undefined;

  add(storage: Storage): void {
    this.made ??= new Set();
    this.made.add(storage);
  }

  keep(storage: Storage): void {
    this.made?.delete(storage);
    this.holders?.delete(storage);
  }

  hold(storage: Storage): void {
    if (this.made === undefined || !this.made.has(storage)) return;
    this.holders ??= new Map();
    this.holders.set(storage, (this.holders.get(storage) ?? 0) + 1);
  }

  drop(storage: Storage): void {
    const count = this.holders?.get(storage);
    if (count === undefined) return;
    if (count > 1) this.holders!.set(storage, count - 1);
    else this.holders!.delete(storage);
  }

  giveBackUnused(): void {
    if (this.made === undefined) return;
    for (const storage of this.made) {
      if (this.holders?.has(storage)) continue;
      this.made.delete(storage);
      storage.giveBack();
    }
  }
}

/** Of the pass that runs; undefined where none does, or what it makes may be anyone's. */
let current: PassMemory | undefined;

/**
 * Begins a pass.
 * @param isOwn whether what it makes is its own: not where it is recorded
 * @returns what `endPass` is to be given
 */
export function beginPass(isOwn: boolean): PassMemory | undefined {
  const outer = current;
  current = isOwn ? new PassMemory() : undefined;
  collecting(current);
  return outer;
}

/** Ends a pass. */
export function endPass(outer: PassMemory | undefined): void {
  current = outer;
  collecting(current);
}

/** Runs a user's function in a pass: what it makes, it may keep. */
export function uncollected<T>(run: () => T): T {
  const outer = beginPass(false);
  try {
    return run();
  } finally {
    endPass(outer);
  }
}

/** The tensor's memory stays: someone outside the pass has it. */
export function keepMemory(tensor: Tensor | null | undefined): void {
  if (tensor !== null && tensor !== undefined) current?.keep(tensor.storage);
}

/** A gradient was gathered in the place of another. */
export function countGathered(before: Tensor | undefined, after: Tensor | undefined): void {
  if (current === undefined || before === after) return;
  if (after !== undefined) current.hold(after.storage);
  if (before !== undefined) current.drop(before.storage);
}

/** The gathered gradients were used: what the pass has made and nobody waits for is given back. */
export function giveBackUnused(used: readonly (Tensor | undefined)[]): void {
  if (current === undefined) return;
  for (let i = 0; i < used.length; i++) if (used[i] !== undefined) current.drop(used[i]!.storage);
  current.giveBackUnused();
}
