// torch.random: drawing that leaves the global stream as it was.

import assert from "node:assert/strict";
import { test } from "node:test";
import * as torch from "../../src/torch/index.ts";

const next = (): unknown => torch.rand(3).tolist();

test("what is drawn inside leaves the stream as it was, seeds and waiting normals too", () => {
  torch.manualSeed(7);
  torch.normal(0, 1, [1]);
  const expected = ((): unknown => {
    const state = torch.getRngState();
    const values = [torch.normal(0, 1, [1]).tolist(), next()];
    torch.setRngState(state);
    return values;
  })();
  const inside = torch.random.forkRng(() => {
    torch.manualSeed(1);
    torch.normal(0, 1, [3]);
    return torch.initialSeed();
  });
  assert.equal(inside, 1);
  assert.equal(torch.initialSeed(), 7);
  assert.deepEqual([torch.normal(0, 1, [1]).tolist(), next()], expected);
});

test("the stream is put back when the function throws, and when its promise is settled", async () => {
  torch.manualSeed(3);
  const expected = next();
  torch.manualSeed(3);
  assert.throws(() =>
    torch.random.forkRng(() => {
      next();
      throw new RangeError("no");
    }),
  );
  const waiting = torch.random.forkRng(async () => {
    await Promise.resolve();
    return next();
  });
  assert.deepEqual(await waiting, expected);
  assert.deepEqual(next(), expected);
});

test("switched off, the stream goes on", () => {
  torch.manualSeed(3);
  const [, second] = [next(), next()];
  torch.manualSeed(3);
  torch.random.forkRng(next, { enabled: false });
  assert.deepEqual(next(), second);
});

test("torch.random has the functions of torch", () => {
  torch.random.manualSeed(5);
  assert.equal(torch.initialSeed(), 5);
  const state = torch.random.getRngState();
  const expected = next();
  torch.random.setRngState(state);
  assert.deepEqual(next(), expected);
  assert.equal(torch.random.initialSeed(), 5);
});
