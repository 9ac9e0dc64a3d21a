// Functions run once as they are written and once as compiled programs.

import assert from "node:assert/strict";
import { nativeEngine } from "../../src/compile/engines/native.ts";
import { Replay } from "../../src/compile/replay.ts";
import { elements, type Operand } from "../../src/core/elements.ts";
import type * as torch from "../../src/torch/index.ts";

type Tensor = torch.Tensor;

/** Runs a function as one compiled program, in which all that is computed from the given tensors is part of the graph. */
export function compiled<T>(run: () => T, given: readonly Tensor[]): T {
  const engine = nativeEngine();
  const roots = new Set(given.map(({ storage }) => storage));
  const isRoot = ({ storage }: Operand): boolean => roots.has(storage);
  const replay = new Replay(run, engine, { keepGradients: true, isEager: true, isRoot });
  try {
    const result = replay.call();
    assert.equal(replay.counts.compiled, 1);
    if (result instanceof Promise) throw new Error("the native engine answers at once");
    return result;
  } finally {
    replay.release();
    engine.release();
  }
}

/** @throws AssertionError unless type, shape and all elements agree, relative to the largest */
export function assertClose(got: Tensor, want: Tensor, what: string, tolerance = 1e-6): void {
  assert.equal(got.dtype, want.dtype, what);
  assert.deepEqual([...got.shape], [...want.shape], what);
  const [a, b] = [got, want].map((tensor) => elements(tensor.detach()).map(Number));
  const scale = Math.max(1, ...b!.map(Math.abs).filter(Number.isFinite));
  b!.forEach((value, i) => {
    const isSame = Object.is(value, a![i]) || Math.abs(value - a![i]!) <= tolerance * scale;
    assert.ok(isSame, `${what}, element ${i}: ${a![i]}, not ${value}`);
  });
}
